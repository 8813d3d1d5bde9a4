"""Calls of the firmware's plain kernels as calls of CMSIS-NN, by way of the functions of firmware/nn_cmsis.

Scratch follows the library's own functions *_get_buffer_size at 99f736a (July 2026), for cores without MVE;
firmware/nn_cmsis asks these functions again before each call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from coincell.build.node import Call, Field

PREFIX = "nn_cmsis_"
"""Of every function, type and file of firmware/nn_cmsis."""

NEEDED = {
    "nn_cmsis_conv2d": "arm_convolve_wrapper_s8",
    "nn_cmsis_depthwise_conv2d": "arm_depthwise_conv_wrapper_s8",
    "nn_cmsis_fully_connected": "arm_fully_connected_s8",
    "nn_cmsis_fully_connected_by_channel": "arm_fully_connected_per_channel_s8",
    "nn_cmsis_average_pool": "arm_avgpool_s8",
    "nn_cmsis_max_pool": "arm_max_pool_s8",
    "nn_cmsis_softmax": "arm_softmax_s8",
    "nn_cmsis_add": "arm_elementwise_add_s8",
    "nn_cmsis_mul": "arm_elementwise_mul_s8",
}
"""For each function of firmware/nn_cmsis the library's by which it works."""


def translated(call: Call, dsp: bool) -> Call | None:
    """`call` by the library, None where that has nothing for it. `dsp`: the core has the DSP extension."""
    translate = _TRANSLATIONS.get(call.function)
    return None if translate is None else translate(call, dsp)


def _convolution(call: Call, dsp: bool) -> Call:
    one_by_one = all(call.number(f"{key}_{side}") == 1 for key in ("kernel", "dilation") for side in "hw")
    window = call.number("kernel_h") * call.number("kernel_w") * call.number("input_c")
    return _own_channels(call, "conv2d", "conv", 0 if one_by_one else 2 * 2 * (-(-window // 4) * 4))


def _depthwise(call: Call, dsp: bool) -> Call:
    k_h, k_w, in_c = call.number("kernel_h"), call.number("kernel_w"), call.number("input_c")
    one_each = call.number("output_c") == in_c and call.number("dilation_h") == call.number("dilation_w") == 1
    small = (k_h, k_w) == (3, 3) and max(call.number("pad_top"), call.number("pad_left")) <= 1
    scratch = 2 * k_h * k_w * in_c if dsp and one_each and not small else 0
    return _own_channels(call, "depthwise_conv2d", "conv", scratch)


def _fully_connected(call: Call, dsp: bool) -> Call:
    channels = call.array("channels")
    by_channel = bool((channels[:, 1:] != channels[0, 1:]).any())
    named = _own_channels(call, "fully_connected_by_channel" if by_channel else "fully_connected", "dense")
    if by_channel:
        return named
    one = {key: named.array(key)[:1] for key in ("multipliers", "shifts")}
    return replace(named, fields={**named.fields, **one})


def _own_channels(call: Call, function: str, struct: str, scratch: int | None = None) -> Call:
    """The call with an array each for biases, multipliers and shifts."""
    fields: dict[str, Field] = {key: value for key, value in call.fields.items() if key != "channels"}
    columns = np.ascontiguousarray(call.array("channels").T)
    fields |= dict(zip(("biases", "multipliers", "shifts"), columns, strict=True))
    return _named(replace(call, fields=fields), function, struct, scratch)


def _named(call: Call, function: str, struct: str, scratch: int | None) -> Call:
    fields = call.fields if scratch is None else {**call.fields, "scratch_bytes": scratch}
    return Call(PREFIX + function, PREFIX + struct, fields, call.inputs, call.output, scratch)


def _average_pool(call: Call, dsp: bool) -> Call:
    return _named(call, "average_pool", "pool", 4 * call.number("channels") if dsp else 0)


def _whole_pair(call: Call, function: str) -> Call | None:
    """Two operands of one shape; the library repeats none."""
    fields = call.fields
    flat = fields["left_step"] == fields["right_step"] == (0, 0, 0, 1)
    return replace(call, function=function) if flat else None


_TRANSLATIONS: Mapping[str, Callable[[Call, bool], Call | None]] = {
    "nn_conv2d": _convolution,
    "nn_depthwise_conv2d": _depthwise,
    "nn_fully_connected": _fully_connected,
    "nn_average_pool": _average_pool,
    "nn_max_pool": lambda call, dsp: _named(call, "max_pool", "pool", 0),
    "nn_softmax": lambda call, dsp: replace(call, function="nn_cmsis_softmax"),
    "nn_add": lambda call, dsp: _whole_pair(call, "nn_cmsis_add"),
    "nn_mul": lambda call, dsp: _whole_pair(call, "nn_cmsis_mul"),
}
