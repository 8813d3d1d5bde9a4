"""A converted model as a table: what each layer computes, keeps in flash and needs in RAM."""

from __future__ import annotations

from rich.console import Group, RenderableType

from coincell.build.convert import ConvertedModel
from coincell.report.style import add, table


def summary(model: ConvertedModel) -> RenderableType:
    """One row for each layer, and the sums."""
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
