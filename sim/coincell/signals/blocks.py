"""The fixed grid on which every generated signal is rendered, so that cutting it changes no number."""

from __future__ import annotations

from collections import OrderedDict
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coincell.ports import Label, Samples, Signal

RATE_HZ = 16_000
"""Sample rate of all generated sound [Hz]."""
BLOCK = 16_384
"""Samples per block of sound: about a second, long enough to warm up every filter in this room."""
_KEPT = 4

Mono = NDArray[np.float64]


class Renderer(Protocol):
    """A pure function from block number to that block's samples."""

    def __call__(self, index: int) -> Mono:
        """Samples [unit] of block `index`, shape (size, n_channels) or, of one channel, (size,)."""


class Gridded:
    """A Signal made of blocks of `size` samples. Reading anywhere costs the blocks it touches, no more."""

    def __init__(
        self,
        render: Renderer,
        labels: tuple[Label, ...] = (),
        unit: str = "Pa",
        *,
        rate_hz: Fraction | int = RATE_HZ,
        n_channels: int = 1,
        size: int = BLOCK,
    ) -> None:
        self.rate_hz = Fraction(rate_hz)
        self.unit = unit
        self.n_channels = n_channels
        self.labels = labels
        self._render = render
        self._size = size
        self._cache: OrderedDict[int, Samples] = OrderedDict()

    def _block(self, index: int) -> Samples:
        block = self._cache.get(index)
        if block is None:
            block = self._cache[index] = self._render(index).reshape(self._size, self.n_channels)
            if len(self._cache) > _KEPT:
                self._cache.popitem(last=False)
        return block

    def samples(self, start: int, count: int) -> Samples:
        """Samples [unit] number `start` to `start + count`, shape (count, n_channels)."""
        if start < 0 or count < 0:
            raise ValueError(f"samples begin at 0: asked for {count} from {start}")
        out = np.empty((count, self.n_channels))
        done = 0
        while done < count:
            index, offset = divmod(start + done, self._size)
            size = min(self._size - offset, count - done)
            out[done : done + size] = self._block(index)[offset : offset + size]
            done += size
        return out


def mix(*signals: Signal) -> Gridded:
    """The sum of one-channel signals of the same rate and unit; labels of all, in order of time."""
    units = {signal.unit for signal in signals}
    if any(signal.rate_hz != RATE_HZ or signal.n_channels != 1 for signal in signals) or len(units) != 1:
        raise ValueError(f"only one-channel signals of {RATE_HZ} Hz and one unit can be mixed")

    def render(index: int) -> Mono:
        total = np.zeros(BLOCK)
        for signal in signals:
            total += signal.samples(index * BLOCK, BLOCK)[:, 0]
        return total

    labels = sorted((x for s in signals for x in s.labels), key=lambda x: (x.start_s, x.end_s, x.name))
    return Gridded(render, tuple(labels), units.pop())
