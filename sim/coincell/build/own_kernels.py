"""How the firmware's own kernels, firmware/nn, want a layer: convolutions get the fastest one that fits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.build.node import Call, Layer
from coincell.build.weighted import largest_sums

_FAST_SUM_LIMIT = 1 << 30
_WIDE = 64
"""NN_WIDE of nn_kernels.h: added to the shift of channels whose sums lack the fast path's spare bit."""
_GATHERED_MAX = 1024
"""Values in the longest window that is worth gathering: two of them take RAM. An estimate."""


@dataclass(frozen=True)
class OwnKernels:
    """The kernels of firmware/nn, which every supported operator has."""

    headers: tuple[str, ...] = ("nn_kernels.h",)

    def fitted(self, layer: Layer) -> Layer:
        """The same layer by calls of the fastest kernels that can do it."""
        return replace(layer, calls=tuple(_fitted(call) for call in layer.calls))


def _fitted(call: Call) -> Call:
    if call.struct != "nn_conv":
        return call
    offset, channels = call.number("input_offset"), call.array("channels").astype(np.int64)
    rows = _rows(call)
    wide = largest_sums(rows, channels[:, 0], offset) >= _FAST_SUM_LIMIT
    channels[:, 2] += np.where(wide, _WIDE, 0)
    function, scratch = call.function, call.scratch
    if function == "nn_conv2d" and len(rows) % 2 == 0:
        if _is_whole(call) and call.number("input_c") % 4 == 0:
            function = "nn_conv2d_paired"
        elif rows.shape[1] <= _GATHERED_MAX:
            function, scratch = "nn_conv2d_gathered", 2 * ((rows.shape[1] + 3) // 4 * 4)
    weights = call.array("weights")
    if function != call.function:
        weights = _paired(rows).ravel()
        channels[:, 0] += offset * rows.sum(axis=1, dtype=np.int64)
    fields = {**call.fields, "weights": weights, "channels": channels.astype(np.int32)}
    return replace(call, function=function, fields=fields, scratch=scratch)


def _rows(call: Call) -> NDArray[Any]:
    """A convolution's weights, a row for each output channel."""
    weights, n_channels = call.array("weights"), call.number("output_c")
    if call.function == "nn_depthwise_conv2d":
        return weights.reshape(-1, n_channels).T
    return weights.reshape(n_channels, -1)


def _is_whole(call: Call) -> bool:
    """Whether no window has padding or gaps in it."""
    reaches = (
        (call.number(f"output_{side}") - 1) * call.number(f"stride_{side}") + call.number(f"kernel_{side}")
        for side in "hw"
    )
    inside = all(reach <= call.number(f"input_{side}") for reach, side in zip(reaches, "hw", strict=True))
    return inside and call.number("dilation_h") == call.number("dilation_w") == 1


def _paired(weights: NDArray[Any]) -> NDArray[Any]:
    """Rows of whole words, two by two, interleaved by word: what nn_conv2d_paired reads."""
    weights = np.pad(weights, ((0, 0), (0, -weights.shape[1] % 4)))
    return weights.reshape(weights.shape[0] // 2, 2, -1, 4).swapaxes(1, 2)
