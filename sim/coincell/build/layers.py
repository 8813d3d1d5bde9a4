"""One operator of the graph as one kernel call: its constants and parameters, in C's terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.build import fixed_point
from coincell.build.node import LARGEST_DIMENSION, Layer, Node
from coincell.build.tflite import INT8, INT32, Graph, Operator
from coincell.errors import InputError

_PADDING_VALID = 1
_SUM_LIMIT = 1 << 30
_GATHERED_MAX = 256
"""NN_GATHERED_MAX of nn_kernels.h."""


def _convolution(node: Node, depthwise: bool) -> Layer:
    source, output, options = node.tensor(0), node.output, node.settings()
    weights = node.weights(1, 4, 3 if depthwise else 0)
    in_h, in_w, in_c = node.image(source)
    (in_scale, in_zero), (out_scale, _) = node.scale(source), node.scale(output)
    k_h, k_w = weights.shape[1:3]
    out_c = weights.shape[3] if depthwise else weights.shape[0]
    grouped = out_c % in_c or weights.shape[0] != 1 if depthwise else weights.shape[3] != in_c
    if grouped:
        node.fail(f"has weights of shape {weights.shape} for {in_c} input channels; groups are not supported")
    stride_w, stride_h = options.integer(1, INT32), options.integer(2, INT32)
    first = 5 if depthwise else 4
    dilation_w, dilation_h = options.integer(first, INT32, 1), options.integer(first + 1, INT32, 1)
    valid = options.integer(0, INT8) == _PADDING_VALID
    out_h, top = node.window(in_h, k_h, stride_h, dilation_h, valid)
    out_w, left = node.window(in_w, k_w, stride_w, dilation_w, valid)
    node.expect(1, out_h, out_w, out_c)
    macs = out_h * out_w * out_c * k_h * k_w * (1 if depthwise else in_c)
    if not depthwise and (k_h, k_w, stride_h, stride_w) == (1, 1, 1, 1) and in_h * in_w <= LARGEST_DIMENSION:
        in_h, in_w, out_h, out_w = 1, in_h * in_w, 1, out_h * out_w  # one long row: no row ends to treat
    rescaling = fixed_point.channel_multipliers(in_scale, weights.scales, out_scale, out_c)
    shape = {
        "input_h": in_h, "input_w": in_w, "input_c": in_c,
        "output_h": out_h, "output_w": out_w, "output_c": out_c,
        "kernel_h": k_h, "kernel_w": k_w, "stride_h": stride_h, "stride_w": stride_w,
        "dilation_h": dilation_h, "dilation_w": dilation_w, "pad_top": top, "pad_left": left,
    }  # fmt: skip
    node.check(*shape.values())
    assert weights.data is not None
    by_channel = np.moveaxis(weights.data, 3, 0) if depthwise else weights.data
    channels = _channels(node, by_channel.reshape(out_c, -1), node.bias(2, out_c), rescaling, -in_zero)
    whole = (out_h - 1) * stride_h + k_h <= in_h and (out_w - 1) * stride_w + k_w <= in_w  # no padding
    function, stored = "nn_depthwise_conv2d" if depthwise else "nn_conv2d", weights.data
    if not depthwise and out_c % 2 == 0:
        rows = weights.data.reshape(out_c, -1)
        if whole and (dilation_h, dilation_w) == (1, 1) and in_c % 4 == 0:
            function, stored = "nn_conv2d_paired", _paired(rows)
        elif rows.shape[1] <= _GATHERED_MAX:
            function, stored = "nn_conv2d_gathered", _paired(rows)
        if function != "nn_conv2d":
            channels[:, 0] -= in_zero * rows.sum(axis=1, dtype=np.int64)
    fields: dict[str, Any] = {
        **shape, "input_offset": -in_zero, **node.output_range(4 if depthwise else 3),
        "weights": stored.ravel(), "channels": channels.astype(np.int32),
    }  # fmt: skip
    return node.layer(function, "nn_conv", fields, 1, macs)


def _paired(weights: NDArray[Any]) -> NDArray[Any]:
    """Rows of whole words, two by two, interleaved by word: what nn_conv2d_paired reads."""
    weights = np.pad(weights, ((0, 0), (0, -weights.shape[1] % 4)))
    return weights.reshape(weights.shape[0] // 2, 2, -1, 4).swapaxes(1, 2)


def _channels(
    node: Node,
    weights: NDArray[Any],
    bias: NDArray[Any] | None,
    rescaling: tuple[list[int], list[int]],
    input_offset: int,
) -> NDArray[Any]:
    """Bias, multiplier and shift of each channel, shape (channels, 3), int64.

    Refuses sums that could reach 2**30: the kernels' rounding counts on one spare bit.
    """
    biases = np.zeros(len(weights), np.int64) if bias is None else bias.astype(np.int64)
    widest = max(abs(input_offset - 128), abs(input_offset + 127))
    largest = np.abs(biases) + np.abs(weights.astype(np.int64)).sum(axis=1) * widest
    if largest.max() >= _SUM_LIMIT:
        node.fail(f"may sum up to {largest.max()}; at most {_SUM_LIMIT - 1} is supported")
    return np.stack([biases, *(np.array(column, np.int64) for column in rescaling)], axis=1)


def _fully_connected(node: Node) -> Layer:
    source, output, options = node.tensor(0), node.output, node.settings()
    weights = node.weights(1, 2, 0)
    outputs, inputs = weights.shape
    (in_scale, in_zero), (out_scale, _) = node.scale(source), node.scale(output)
    batches = source.n_elements // inputs
    if batches * inputs != source.n_elements or batches * outputs != output.n_elements or batches == 0:
        node.fail(f"maps shape {source.shape} to {output.shape} with weights of shape {weights.shape}")
    if options.integer(1, INT8) != 0:
        node.fail("has shuffled weights, which are not supported")
    rescaling = fixed_point.channel_multipliers(in_scale, weights.scales, out_scale, outputs)
    node.check(batches, inputs, outputs)
    assert weights.data is not None
    channels = _channels(node, weights.data, node.bias(2, outputs), rescaling, -in_zero)
    fields: dict[str, Any] = {
        "batches": batches, "inputs": inputs, "outputs": outputs,
        "input_offset": -in_zero, **node.output_range(0),
        "weights": weights.data.ravel(), "channels": channels.astype(np.int32),
    }  # fmt: skip
    return node.layer("nn_fully_connected", "nn_dense", fields, 1, batches * inputs * outputs)


def _pool(node: Node, function: str) -> Layer:
    source, output, options = node.tensor(0), node.output, node.settings()
    if node.scale(source) != node.scale(output):
        node.fail("changes the scale, which pooling cannot")
    in_h, in_w, channels = node.image(source)
    stride_w, stride_h, k_w, k_h = (options.integer(slot, INT32) for slot in (1, 2, 3, 4))
    valid = options.integer(0, INT8) == _PADDING_VALID
    out_h, top = node.window(in_h, k_h, stride_h, 1, valid)
    out_w, left = node.window(in_w, k_w, stride_w, 1, valid)
    node.expect(1, out_h, out_w, channels)
    fields: dict[str, Any] = {
        "input_h": in_h, "input_w": in_w, "channels": channels, "output_h": out_h, "output_w": out_w,
        "kernel_h": k_h, "kernel_w": k_w, "stride_h": stride_h, "stride_w": stride_w,
        "pad_top": top, "pad_left": left, **node.activation(5),
    }  # fmt: skip
    return node.layer(function, "nn_pool", fields, 1, 0)


def _mean(node: Node) -> Layer:
    source, output = node.tensor(0), node.output
    height, width, channels = node.image(source)
    axes = node.tensor(1).data
    if axes is None or sorted(int(axis) % 4 for axis in axes.ravel()) != [1, 2]:
        node.fail("averages other axes than height and width")
    if output.n_elements != channels or height * width == 0:
        node.fail(f"states the output shape {output.shape} for {channels} channels")
    (in_scale, in_zero), (out_scale, out_zero) = node.scale(source), node.scale(output)
    multiplier, shift = fixed_point.mean_multiplier(in_scale, out_scale, height * width)
    fields: dict[str, Any] = {
        "pixels": height * width, "channels": channels, "input_offset": -in_zero, "output_offset": out_zero,
        "multiplier": multiplier, "shift": shift,
    }  # fmt: skip
    return node.layer("nn_mean", "nn_mean_params", fields, 1, 0)


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
    fields: dict[str, Any] = {
        "rows": rows, "classes": classes, "multiplier": multiplier, "left_shift": shift, "diff_min": smallest
    }  # fmt: skip
    return node.layer("nn_softmax", "nn_softmax_params", fields, 1, 0)


def _add(node: Node) -> Layer:
    left, right, output = node.tensor(0), node.tensor(1), node.output
    if not left.shape == right.shape == output.shape or left.data is not None or right.data is not None:
        node.fail(f"adds shapes {left.shape} and {right.shape}; only activations of one shape can be added")
    (l_scale, l_zero), (r_scale, r_zero), (o_scale, o_zero) = map(node.scale, (left, right, output))
    common = 2 * max(l_scale, r_scale)
    pairs = {
        "left": fixed_point.quantize_multiplier(l_scale / common),
        "right": fixed_point.quantize_multiplier(r_scale / common),
        "output": fixed_point.quantize_multiplier(common / ((1 << 20) * o_scale)),
    }
    fields: dict[str, Any] = {"count": output.n_elements}
    fields |= {"left_offset": -l_zero, "right_offset": -r_zero, "output_offset": o_zero, **node.activation(0)}
    for side, (multiplier, shift) in pairs.items():
        if shift > 0:
            node.fail("has scales that the reference kernel does not take")
        fields |= {f"{side}_multiplier": multiplier, f"{side}_shift": shift}
    return node.layer("nn_add", "nn_add_params", fields, 2, 0)


ALIASES = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
"""Operators that change no byte: their output is their first input."""

_BUILDERS: Mapping[str, Callable[[Node], Layer]] = {
    "CONV_2D": lambda node: _convolution(node, depthwise=False),
    "DEPTHWISE_CONV_2D": lambda node: _convolution(node, depthwise=True),
    "FULLY_CONNECTED": _fully_connected,
    "AVERAGE_POOL_2D": lambda node: _pool(node, "nn_average_pool"),
    "MAX_POOL_2D": lambda node: _pool(node, "nn_max_pool"),
    "MEAN": _mean,
    "SOFTMAX": _softmax,
    "ADD": _add,
}

SUPPORTED = tuple(sorted((*_BUILDERS, *ALIASES)))


def layer_of(graph: Graph, operator: Operator) -> Layer:
    """The kernel call for `operator`. Raises InputError when it, or one of its settings, is unsupported."""
    builder = _BUILDERS.get(operator.kind)
    if builder is None:
        raise InputError(
            f"operator {operator.kind} is not supported by the firmware's kernels",
            where=str(graph.path),
            key=f"operator {graph.operators.index(operator)}",
            value=operator.kind,
            allowed=SUPPORTED,
            mend="rebuild the model from supported layers, with int8 inputs and outputs",
        )
    return builder(Node(graph, operator))


def check_alias(graph: Graph, operator: Operator) -> None:
    """Raises InputError unless `operator` really leaves its bytes alone."""
    node = Node(graph, operator)
    source, output = node.tensor(0), node.output
    if source.n_elements != output.n_elements or node.scale(source) != node.scale(output):
        node.fail(f"turns {source.shape} into {output.shape}, or changes the scale")
