"""A converted model as a table: what each layer computes, keeps in flash and needs in RAM."""

from __future__ import annotations

from rich.console import Group, RenderableType

from coincell.build.convert import ConvertedModel
from coincell.build.estimator.code import EstimatorCode
from coincell.build.model import Model
from coincell.report.style import add, facts, table


def summary(model: Model) -> RenderableType:
    """Of a network one row for each layer, and the sums; of an estimator what it is and takes."""
    return _estimator(model) if isinstance(model, EstimatorCode) else _network(model)


def _estimator(model: EstimatorCode) -> RenderableType:
    about = model.estimator
    answer = f"classes {', '.join(about.classes)}" if about.classes else "a number"
    others = [f"{size:,} as {form}" for form, size in model.forms.items() if form != model.form]
    return facts(
        ("kind", about.kind, about.source),
        ("features", f"{len(about.features)}", ", ".join(feature.name for feature in about.features)),
        ("answer", answer, ""),
        ("flash", f"{model.flash_bytes:,} bytes", f"as {model.form}; {', '.join(others)}" if others else ""),
        ("RAM", f"{model.arena_bytes:,} bytes", "the stack comes on top"),
    )


def _network(model: ConvertedModel) -> RenderableType:
    grid = table("layer", "output", "MACs", "flash", "RAM", right=(2, 3, 4))
    for layer in model.layers:
        shape = "x".join(map(str, layer.output_shape))
        add(grid, layer.name, shape, f"{layer.macs:,}", f"{layer.flash_bytes:,}", f"{layer.live_bytes:,}")
    sums = (
        f"input {'x'.join(map(str, model.input_shape))}, output {'x'.join(map(str, model.output_shape))}, "
        f"{model.macs:,} MACs\n"
        f"flash {model.flash_bytes:,} bytes of constants; code comes on top\n"
        f"RAM   {model.arena_bytes:,} bytes of arena, of which {model.arena_bound:,} at once are in use"
    )
    return Group(grid, "", sums)
