"""Layers that sum up: pooling, means, softmax."""

from __future__ import annotations

import math

from coincell.build import fixed_point
from coincell.build.node import Field, Layer, Node
from coincell.build.tflite import INT8, INT32

_PADDING_VALID = 1
_MOST_SUMMED = 1 << 22
"""Values in one mean: 2**22 differences of at most 255 stay below 2**30."""


def _pool(node: Node, function: str) -> Layer:
    source, output, options = node.tensor(0), node.output, node.settings()
    node.same_scale(source, output)
    in_h, in_w, channels = node.image(source)
    stride_w, stride_h, k_w, k_h = (options.integer(slot, INT32) for slot in (1, 2, 3, 4))
    valid = options.integer(0, INT8) == _PADDING_VALID
    out_h, top = node.window(in_h, k_h, stride_h, 1, valid)
    out_w, left = node.window(in_w, k_w, stride_w, 1, valid)
    node.expect(1, out_h, out_w, channels)
    fields: dict[str, Field] = {
        "input_h": in_h, "input_w": in_w, "channels": channels, "output_h": out_h, "output_w": out_w,
        "kernel_h": k_h, "kernel_w": k_w, "stride_h": stride_h, "stride_w": stride_w,
        "pad_top": top, "pad_left": left, **node.activation(5),
    }  # fmt: skip
    return node.layer(node.call(function, "nn_pool", fields))


def _mean(node: Node) -> Layer:
    source, output = node.tensor(0), node.output
    rank = len(source.shape)
    axes = {int(axis) for axis in node.constant(1, INT32)}
    if not axes or any(not -rank <= axis < rank for axis in axes) or source.n_elements == 0:
        node.fail(f"averages axes {sorted(axes)} of shape {source.shape}")
    axes = {axis % rank for axis in axes}
    # An axis of one element is averaged or kept alike: only a longer one between two others matters.
    long = [axis for axis in range(rank) if source.shape[axis] > 1]
    averaged = [axis for axis in long if axis in axes]
    between = [axis for axis in long if averaged and averaged[0] <= axis <= averaged[-1]]
    if between != averaged:
        node.fail(f"averages axes {sorted(axes)} of shape {source.shape}; they must be neighbours")
    first, last = (averaged[0], averaged[-1]) if averaged else (rank, rank - 1)
    outer, inner = math.prod(source.shape[:first]), math.prod(source.shape[last + 1 :])
    count = source.n_elements // (outer * inner)
    if output.n_elements != outer * inner or count > _MOST_SUMMED:
        node.fail(
            f"states the output shape {output.shape} for the mean of {source.shape} over {sorted(axes)}"
        )
    (in_scale, in_zero), (out_scale, out_zero) = node.scale(source), node.scale(output)
    multiplier, shift = fixed_point.mean_multiplier(in_scale, out_scale, count)
    fields: dict[str, Field] = {
        "outer": outer, "pixels": count, "channels": inner, "input_offset": -in_zero,
        "output_offset": out_zero, "multiplier": multiplier, "shift": shift,
    }  # fmt: skip
    return node.layer(node.call("nn_mean", "nn_mean_params", fields))


def _softmax(node: Node) -> Layer:
    source, output = node.tensor(0), node.output
    in_scale, _ = node.scale(source)
    if node.scale(output) != (1 / 256, -128):
        node.fail("needs an output scale of 1/256 and zero point -128")
    if source.shape != output.shape or not source.shape or source.n_elements == 0:
        node.fail(f"maps shape {source.shape} to {output.shape}")
    classes = source.shape[-1]
    beta = node.settings().real(0)
    if not (math.isfinite(beta) and beta * in_scale > 0 and classes <= 4096):
        node.fail(f"has beta {beta} and {classes} classes; beta must be above 0, classes at most 4096")
    multiplier, shift, smallest = fixed_point.softmax_parameters(beta, in_scale)
    if shift < 0:
        node.fail("has an input scale too small for the reference kernel")
    rows = source.n_elements // classes
    node.check(rows)
    fields: dict[str, Field] = {
        "rows": rows, "classes": classes, "multiplier": multiplier, "left_shift": shift, "diff_min": smallest
    }  # fmt: skip
    return node.layer(node.call("nn_softmax", "nn_softmax_params", fields))


BUILDERS = {
    "AVERAGE_POOL_2D": lambda node: _pool(node, "nn_average_pool"),
    "MAX_POOL_2D": lambda node: _pool(node, "nn_max_pool"),
    "MEAN": _mean,
    "SOFTMAX": _softmax,
}
