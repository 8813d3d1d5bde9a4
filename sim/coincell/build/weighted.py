"""Layers with weights: convolutions and fully connected ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.build import fixed_point
from coincell.build.node import LARGEST_DIMENSION, Field, Layer, Node
from coincell.build.tflite import INT8, INT32

_PADDING_VALID = 1
_SUM_LIMIT, _FAST_SUM_LIMIT = 1 << 31, 1 << 30
_WIDE = 64
"""NN_WIDE of nn_kernels.h: added to the shift of channels whose sums lack the fast path's spare bit."""
_GATHERED_MAX = 1024
"""Values in the longest window that is worth gathering: two of them take RAM. An estimate."""


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
    function, stored, scratch = "nn_depthwise_conv2d" if depthwise else "nn_conv2d", weights.data, 0
    if not depthwise and out_c % 2 == 0:
        rows = weights.data.reshape(out_c, -1)
        if whole and (dilation_h, dilation_w) == (1, 1) and in_c % 4 == 0:
            function, stored = "nn_conv2d_paired", _paired(rows)
        elif rows.shape[1] <= _GATHERED_MAX:
            function, stored = "nn_conv2d_gathered", _paired(rows)
            scratch = 2 * ((rows.shape[1] + 3) // 4 * 4)
        if function != "nn_conv2d":
            channels[:, 0] -= in_zero * rows.sum(axis=1, dtype=np.int64)
    fields: dict[str, Field] = {
        **shape, "input_offset": -in_zero, **node.output_range(4 if depthwise else 3),
        "weights": stored.ravel(), "channels": channels.astype(np.int32),
    }  # fmt: skip
    return node.layer(node.call(function, "nn_conv", fields, scratch=scratch), macs=macs)


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
    fast: bool = True,
) -> NDArray[Any]:
    """Bias, multiplier and shift of each channel, shape (channels, 3), int64.

    `fast` kernels are told of channels whose sums lack a spare bit. Refuses sums that could overflow.
    """
    biases = np.zeros(len(weights), np.int64) if bias is None else bias.astype(np.int64)
    widest = 128 + abs(input_offset)  # also of partial sums where the offset is in the bias
    largest = np.abs(biases) + np.abs(weights.astype(np.int64)).sum(axis=1) * widest
    if largest.max() >= _SUM_LIMIT:
        node.fail(f"may sum up to {largest.max()}; at most {_SUM_LIMIT - 1} is supported")
    multipliers, shifts = (np.array(column, np.int64) for column in rescaling)
    if fast:
        shifts = np.where(largest < _FAST_SUM_LIMIT, shifts, shifts + _WIDE)
    return np.stack([biases, multipliers, shifts], axis=1)


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
    channels = _channels(node, weights.data, node.bias(2, outputs), rescaling, -in_zero, fast=False)
    fields: dict[str, Field] = {
        "batches": batches, "inputs": inputs, "outputs": outputs,
        "input_offset": -in_zero, **node.output_range(0),
        "weights": weights.data.ravel(), "channels": channels.astype(np.int32),
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
        "weights": weights.data.ravel(), "channels": channels.astype(np.int32),
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
