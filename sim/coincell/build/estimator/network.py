"""Small networks as C: int8 weights, int16 activations, int32 sums."""

from __future__ import annotations

from collections.abc import Mapping

from coincell.build.estimator.arrays import array
from coincell.build.estimator.description import Network

_LAYER = 90
_CODE = 60
"""[bytes] of Thumb code for each layer and around them: an estimate from what zig's -O2 makes for the M0+."""


def flash_bytes(model: Network) -> Mapping[str, int]:
    """Constants and an estimate of the code [bytes]."""
    constants = sum(
        len(one.biases) * (len(one.weights[0]) + 4) + 2 * len(one.multipliers) + len(one.shifts)
        for one in model.layers
    )
    return {"products": constants + _CODE + _LAYER * len(model.layers)}


def ram_bytes(model: Network) -> int:
    """What the layers between take: two buffers, used in turn."""
    widths = [len(one.biases) for one in model.layers[:-1]]
    return 2 * (max(widths[::2], default=0) + max(widths[1::2], default=0))


def source(model: Network) -> str:
    """`model_scores` of `model`. It is not reentrant: what lies between layers is static."""
    widths = [len(one.biases) for one in model.layers[:-1]]
    parts = [f"static int16_t buffer_{turn}[{max(widths[turn::2])}];" for turn in range(min(2, len(widths)))]
    calls = []
    parts.append(_SUM)
    if widths:
        parts.append(_HIDDEN)
    before, n_inputs = "features", len(model.features)
    for number, one in enumerate(model.layers):
        weights = [weight for row in one.weights for weight in row]
        parts += [
            array("int8_t", f"weights_{number}", weights),
            array("int32_t", f"biases_{number}", one.biases),
        ]
        if not one.multipliers:
            calls.append(
                "    for (int k = 0; k < MODEL_N_SCORES; k++)\n"
                f"        scores[k] = sum(weights_{number} + k * {n_inputs}, {before}, {n_inputs},"
                f" biases_{number}[k]);\n"
            )
            break
        low = 0 if one.relu else -32768
        parts += [
            array("int16_t", f"multipliers_{number}", one.multipliers),
            array("uint8_t", f"shifts_{number}", one.shifts),
            f"static const layer layer_{number} = {{{n_inputs}, {len(one.biases)}, {low}, "
            f"weights_{number}, biases_{number}, multipliers_{number}, shifts_{number}}};",
        ]
        calls.append(f"    hidden(&layer_{number}, {before}, buffer_{number % 2});\n")
        before, n_inputs = f"buffer_{number % 2}", len(one.biases)
    parts.append(
        "\nvoid model_scores(const int16_t features[MODEL_N_FEATURES], model_score scores[MODEL_N_SCORES])\n"
        f"{{\n{''.join(calls)}}}\n"
    )
    return "\n".join(parts)


_SUM = """
static int32_t sum(const int8_t *weights, const int16_t *in, int count, int32_t total)
{
    for (int i = 0; i < count; i++)
        total += weights[i] * in[i];
    return total;
}
"""

_HIDDEN = """\
typedef struct {
    int inputs, outputs;
    int32_t low;
    const int8_t *weights;
    const int32_t *biases;
    const int16_t *multipliers;
    const uint8_t *shifts;
} layer;

static void hidden(const layer *l, const int16_t *in, int16_t *out)
{
    for (int k = 0; k < l->outputs; k++) {
        int64_t total = sum(l->weights + k * l->inputs, in, l->inputs, l->biases[k]);
        total = (total * l->multipliers[k] + (INT64_C(1) << (l->shifts[k] - 1))) >> l->shifts[k];
        out[k] = (int16_t)(total < l->low ? l->low : total > 32767 ? 32767 : total);
    }
}
"""
