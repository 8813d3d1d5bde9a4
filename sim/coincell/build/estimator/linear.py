"""Linear models as C: dot products of int16 features, in 32 or 64 bits."""

from __future__ import annotations

from collections.abc import Mapping

from coincell.build.estimator.arrays import array
from coincell.build.estimator.description import Linear

_CODE = 70
"""[bytes] of Thumb code, as zig's -O2 makes it for the Cortex-M0+ with 64 bits; the M4 takes less."""


def flash_bytes(model: Linear) -> Mapping[str, int]:
    """Constants and an estimate of the code [bytes]."""
    weight, bias = (2, 4) if model.accumulator == 32 else (4, 8)
    return {"products": len(model.biases) * (weight * len(model.features) + bias) + _CODE}


def source(model: Linear) -> str:
    """`model_scores` of `model`. No sum overflows, whatever the features are: the description sees to it."""
    weight, total = ("int16_t", "int32_t") if model.accumulator == 32 else ("int32_t", "int64_t")
    return "\n".join(
        (
            array(weight, "weights", model.weights),
            array(total, "biases", model.biases),
            _SCORES.replace("TOTAL", total),
        )
    )


_SCORES = """
void model_scores(const int16_t features[MODEL_N_FEATURES], model_score scores[MODEL_N_SCORES])
{
    for (int k = 0; k < MODEL_N_SCORES; k++) {
        TOTAL sum = biases[k];
        for (int i = 0; i < MODEL_N_FEATURES; i++)
            sum += (TOTAL)weights[k][i] * features[i];
        scores[k] = sum;
    }
}
"""
