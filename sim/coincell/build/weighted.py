"""Layers with weights: convolutions and fully connected ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.build import fixed_point
from coincell.build.node import LARGEST_DIMENSION, Field, Layer, Node
from coincell.build.tflite import INT8, INT32

_PADDING_VALID = 1
_SUM_LIMIT = 1 << 31


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
    fields: dict[str, Field] = {
        **shape, "input_offset": -in_zero, **node.output_range(4 if depthwise else 3),
        "weights": weights.data.ravel(), "channels": channels,
    }  # fmt: skip
    function = "nn_depthwise_conv2d" if depthwise else "nn_conv2d"
    return node.layer(node.call(function, "nn_conv", fields), macs=macs)


def _channels(
    node: Node,
    weights: NDArray[Any],
    bias: NDArray[Any] | None,
    rescaling: tuple[list[int], list[int]],
    input_offset: int,
) -> NDArray[Any]:
    """Bias, multiplier and shift of each channel, shape (channels, 3), int32. Refuses sums that overflow."""
    biases = np.zeros(len(weights), np.int64) if bias is None else bias.astype(np.int64)
    largest = int(largest_sums(weights, biases, input_offset).max())
    if largest >= _SUM_LIMIT:
        node.fail(f"may sum up to {largest}; at most {_SUM_LIMIT - 1} is supported")
    return np.stack([biases, *(np.array(column, np.int64) for column in rescaling)], axis=1).astype(np.int32)


def largest_sums(weights: NDArray[Any], biases: NDArray[np.int64], input_offset: int) -> NDArray[np.int64]:
    """How far the sum of each channel can be from 0, int64: also partial sums, and where the offset is in
    the bias. `weights` has a row for each channel."""
    sums: NDArray[np.int64] = np.abs(weights.astype(np.int64)).sum(axis=1)
    return np.abs(biases) + sums * (128 + abs(input_offset))


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
    fields: dict[str, Field] = {
        "batches": batches, "inputs": inputs, "outputs": outputs,
        "input_offset": -in_zero, **node.output_range(0),
        "weights": weights.data.ravel(), "channels": channels,
    }  # fmt: skip
    return node.layer(node.call("nn_fully_connected", "nn_dense", fields), macs=batches * inputs * outputs)


def _transpose_convolution(node: Node) -> Layer:
    """Inputs are the output's shape, weights, activations and perhaps a bias."""
    source, output, options = node.tensor(2), node.output, node.settings()
    weights = node.weights(1, 4, 0)
    in_h, in_w, in_c = node.image(source)
    out_h, out_w, out_c = node.image(output)
    (in_scale, in_zero), (out_scale, _) = node.scale(source), node.scale(output)
    k_h, k_w = weights.shape[1:3]
    stride_w, stride_h = options.integer(1, INT32), options.integer(2, INT32)
    valid = options.integer(0, INT8) == _PADDING_VALID
    node.expect(*(int(size) for size in node.constant(0, INT32)))
    if weights.shape[0] != out_c or weights.shape[3] != in_c:
        node.fail(f"has weights of shape {weights.shape} for {in_c} input and {out_c} output channels")
    # It is the gradient of a convolution from its output to its input, so that one's padding counts.
    (rows, top), (columns, left) = (
        node.window(out_h, k_h, stride_h, 1, valid), node.window(out_w, k_w, stride_w, 1, valid)
    )  # fmt: skip
    if (rows, columns) != (in_h, in_w):
        node.fail(f"maps {source.shape} to {output.shape}, of which {rows} by {columns} pixels could come")
    rescaling = fixed_point.channel_multipliers(in_scale, weights.scales, out_scale, out_c)
    assert weights.data is not None
    channels = _channels(node, weights.data.reshape(out_c, -1), node.bias(3, out_c), rescaling, -in_zero)
    fields: dict[str, Field] = {
        "input_h": in_h, "input_w": in_w, "input_c": in_c,
        "output_h": out_h, "output_w": out_w, "output_c": out_c,
        "kernel_h": k_h, "kernel_w": k_w, "stride_h": stride_h, "stride_w": stride_w,
        "dilation_h": 1, "dilation_w": 1, "pad_top": top, "pad_left": left,
        "input_offset": -in_zero, **node.output_range(3),
        "weights": weights.data.ravel(), "channels": channels,
    }  # fmt: skip
    node.check(in_c, out_c)
    call = node.call("nn_transpose_conv2d", "nn_conv", fields, node.operator.inputs[2])
    return node.layer(call, macs=in_h * in_w * in_c * k_h * k_w * out_c)


BUILDERS = {
    "CONV_2D": lambda node: _convolution(node, depthwise=False),
    "DEPTHWISE_CONV_2D": lambda node: _convolution(node, depthwise=True),
    "FULLY_CONNECTED": _fully_connected,
    "TRANSPOSE_CONV": _transpose_convolution,
}
