"""An estimator as one C file and one header: no heap, no C library, constants in flash.

`model_scores` and `model_predict` take the quantised features; `model_quantise` makes them of real values and
costs nothing where it is not called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coincell.build.estimator import linear, network, trees
from coincell.build.estimator.description import (
    Estimator,
    Linear,
    Network,
    Trees,
    load_estimator,
    macro,
    n_scores_of,
)

HEADER = "model.h"


@dataclass(frozen=True)
class EstimatorCode:
    """C for an estimator. `flash_bytes` counts constants and an estimate of the code, `arena_bytes` what it
    keeps in RAM; the stack comes on top. `forms` tells what each way to write it would take in flash."""

    source: str
    header: str
    flash_bytes: int
    arena_bytes: int
    form: str
    forms: Mapping[str, int]
    estimator: Estimator


def convert_estimator(path: Path) -> EstimatorCode:
    """The file at `path` as C. Raises InputError for a file that is damaged or unsound."""
    return to_c(load_estimator(path), path.name)


def to_c(estimator: Estimator, name: str = "an estimator", form: str = "") -> EstimatorCode:
    """`estimator` as C, in the form that takes least flash or in the `form` asked for."""
    if isinstance(estimator, Trees):
        sizes = trees.flash_bytes(estimator)
        chosen = form or min(sizes, key=lambda one: sizes[one])
        body = trees.source(estimator, chosen)
    elif isinstance(estimator, Network):
        sizes = network.flash_bytes(estimator)
        chosen = form or next(iter(sizes))
        body = network.source(estimator)
    else:
        sizes = linear.flash_bytes(estimator)
        chosen = form or next(iter(sizes))
        body = linear.source(estimator)
    parts = (
        f"/* Generated from {name} by coincell. Do not edit. */",
        f'#include "{HEADER}"\n',
        body,
        _prediction(estimator),
        _QUANTISE.format(
            scales=_reals([one.scale for one in estimator.features]),
            offsets=_reals([one.offset for one in estimator.features]),
        ),
    )
    ram = network.ram_bytes(estimator) if isinstance(estimator, Network) else 0
    return EstimatorCode(
        "\n".join(parts), _header(estimator, name), sizes[chosen], ram, chosen, sizes, estimator
    )


def score_type(estimator: Estimator) -> str:
    """The C type of a score."""
    return "int64_t" if isinstance(estimator, Linear) and estimator.accumulator == 64 else "int32_t"


def _prediction(estimator: Estimator) -> str:
    if not estimator.classes:
        answer = "    return scores[0];"
    elif not isinstance(estimator, Trees) and len(estimator.classes) == 2:
        answer = "    return scores[0] > 0;"
    else:
        answer = (
            "    int best = 0;\n"
            "    for (int k = 1; k < MODEL_N_SCORES; k++)\n"
            "        if (scores[k] > scores[best])\n"
            "            best = k;\n"
            "    return best;"
        )
    return (
        f"{_predict(estimator)}\n{{\n"
        "    model_score scores[MODEL_N_SCORES];\n"
        "    model_scores(features, scores);\n"
        f"{answer}\n}}\n"
    )


def _predict(estimator: Estimator) -> str:
    kind = "int" if estimator.classes else "model_score"
    return f"{kind} model_predict(const int16_t features[MODEL_N_FEATURES])"


_QUANTISE = """\
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif
int16_t model_quantise(int feature, float value)
{{
    static const float scales[MODEL_N_FEATURES] = {{{scales}}};
    static const float offsets[MODEL_N_FEATURES] = {{{offsets}}};
    float steps = (value - offsets[feature]) / scales[feature];
    if (!(steps > -32768.0f))
        return -32768;
    if (steps >= 32767.0f)
        return 32767;
    return (int16_t)(steps < 0.0f ? steps - 0.5f : steps + 0.5f);
}}
"""


def _reals(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.9e}f" for value in values)


def _header(estimator: Estimator, name: str) -> str:
    n_scores = n_scores_of(estimator.classes)
    if isinstance(estimator, Trees) and estimator.classes:
        n_scores = len(estimator.classes)
    lines = [
        f"/* Generated from {name} by coincell. Do not edit. {estimator.source} */",
        "#ifndef COINCELL_MODEL_H\n#define COINCELL_MODEL_H\n\n#include <stdint.h>\n",
        f"#define MODEL_N_FEATURES {len(estimator.features)}",
        f"#define MODEL_N_CLASSES {len(estimator.classes)}",
        f"#define MODEL_N_SCORES {n_scores}",
        "",
        "/* A feature's real value is offset + scale * q. */",
    ]
    for number, one in enumerate(estimator.features):
        own = f"MODEL_FEATURE_{macro(one.name)}"
        lines += [
            f"#define {own} {number}",
            f"#define {own}_SCALE {one.scale:.9e}f",
            f"#define {own}_OFFSET ({one.offset:.9e}f)",
        ]
    lines += [f"#define MODEL_CLASS_{macro(one)} {number}" for number, one in enumerate(estimator.classes)]
    if not estimator.classes:
        offset = estimator.output_offset if isinstance(estimator, Trees) else 0.0
        lines += [
            "\n/* The output's real value is offset + scale * model_predict(). */",
            f"#define MODEL_OUTPUT_SCALE {estimator.output_scale:.9e}f",
            f"#define MODEL_OUTPUT_OFFSET ({offset:.9e}f)",
        ]
    lines += [
        f"\ntypedef {score_type(estimator)} model_score;",
        "\n/* The int16 for a real value of a feature: rounded, saturated. */",
        "int16_t model_quantise(int feature, float value);",
        "\n/* What is compared to tell the classes apart. */",
        "void model_scores(const int16_t features[MODEL_N_FEATURES], model_score scores[MODEL_N_SCORES]);",
        "\n/* The number of the class. */"
        if estimator.classes
        else "\n/* The output in steps of its scale. */",
        f"{_predict(estimator)};\n\n#endif\n",
    ]
    return "\n".join(lines)
