"""A signal behind an amplifier that passes a band: no direct current, nothing too fast."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import scipy  # its parts load when first used: most of a second for signal

from coincell.devices.resample import HALF_WIDTH, KAISER_BETA
from coincell.ports import Samples, Signal
from coincell.simtime import PS_PER_S

_RATE_BY_LOWPASS = 32
"""Samples for each period of the low-pass corner: straight lines between them are 0.3 % off there."""
_FORGOTTEN = 3.0
"""Times 1/high-pass corner after which a Butterworth high pass has forgotten all but a millionth: for two
poles the envelope is exp(-√½·2π·3) = 1.6e-6."""

_BLOCK_S = 4
"""Filtered at a time: long beside what the filter remembers, short beside what is looked at."""
_N_KEPT = 24
"""Blocks that are kept, the latest: enough for those who look ahead."""


@dataclass(frozen=True)
class Band:
    """Butterworth filters, high pass and low pass one after the other."""

    highpass_hz: float
    lowpass_hz: float
    highpass_poles: int = 2
    lowpass_poles: int = 2

    def sections(self, rate_hz: float) -> Any:
        """As second-order sections at a sample rate."""
        high = scipy.signal.butter(
            self.highpass_poles, self.highpass_hz, "highpass", output="sos", fs=rate_hz
        )
        low = scipy.signal.butter(self.lowpass_poles, self.lowpass_hz, output="sos", fs=rate_hz)
        return np.vstack((high, low))


class Filtered:
    """The first channel of `signal` behind a band, on a grid from time 0 and between its points.

    Each block starts from rest as far back as the filter remembers, so a value depends on the signal alone.
    Before time 0 the signal is taken to have stood where it begins.
    """

    def __init__(self, signal: Signal, band: Band) -> None:
        self._signal = signal
        self._times = max(1, ceil(_RATE_BY_LOWPASS * band.lowpass_hz / signal.rate_hz))
        """Points of the grid for each sample: a windowed sinc puts points between the samples."""
        self.rate_hz = Fraction(signal.rate_hz) * self._times
        self._taps = self._between(self._times) if self._times > 1 else None
        self._rest = float(signal.samples(0, 1)[0, 0])
        self._sections = band.sections(float(self.rate_hz))
        self._size = ceil(_BLOCK_S * signal.rate_hz) * self._times
        self._n_warm = ceil(_FORGOTTEN / band.highpass_hz * self.rate_hz / self._size)
        self._blocks: dict[int, Samples] = {}

    def at(self, time_ps: int) -> float:
        """The value at `time_ps`, on a straight line between points of the grid."""
        place = max(0, time_ps) * self.rate_hz / PS_PER_S
        number = place.numerator // place.denominator
        share = float(place - number)
        low = self._point(number)
        return low if not share else low * (1 - share) + self._point(number + 1) * share

    def read(self, start: int, count: int) -> Samples:
        """Points `start` to `start + count` of the grid, shape (count,)."""
        first, last = start // self._size, (start + count - 1) // self._size
        numbers = range(first, last + 1)
        lacking = [number for number in numbers if number not in self._blocks]
        fresh = self._filter(lacking[0], lacking[-1] - lacking[0] + 1) if lacking else {}
        whole = np.concatenate([fresh[n] if n in fresh else self._blocks[n] for n in numbers])
        for number in lacking:
            self._keep(number, fresh[number])
        return whole[start - first * self._size :][:count]

    def _point(self, number: int) -> float:
        return float(self._block(number // self._size)[number % self._size])

    def _block(self, number: int) -> Samples:
        block = self._blocks.get(number)
        if block is None:
            block = self._filter(number, 1)[number]
            self._keep(number, block)
        return block

    def _keep(self, number: int, block: Samples) -> None:
        if len(self._blocks) == _N_KEPT:
            del self._blocks[next(iter(self._blocks))]
        self._blocks[number] = block

    def _filter(self, first: int, n_blocks: int) -> dict[int, Samples]:
        """Blocks by their number, filtered side by side: to the last bit as each alone."""
        warm, size = self._n_warm, self._size
        level = self._level((first - warm) * size, (warm + n_blocks) * size)
        windows = np.lib.stride_tricks.sliding_window_view(level, (warm + 1) * size)[::size]
        filtered = scipy.signal.sosfilt(self._sections, windows)[:, -size:]
        return {first + i: filtered[i].copy() for i in range(n_blocks)}

    @staticmethod
    def _between(times: int) -> Any:
        """The windowed sinc that puts `times` points where there was one."""
        length = 2 * HALF_WIDTH * times + 1
        return scipy.signal.firwin(length, 1 / times, window=("kaiser", KAISER_BETA)) * times

    def _level(self, start: int, count: int) -> Samples:
        """Points of the grid before the filters, less where the signal begins; `start` is a whole sample."""
        if self._taps is None:
            return self._samples(start, count)
        around = self._samples(start // self._times - HALF_WIDTH, count // self._times + 2 * HALF_WIDTH)
        points: Samples = scipy.signal.upfirdn(self._taps, around, up=self._times)
        return points[2 * HALF_WIDTH * self._times :][:count]

    def _samples(self, start: int, count: int) -> Samples:
        before = min(count, max(0, -start))
        level = np.zeros(count)
        if before < count:
            level[before:] = self._signal.samples(start + before, count - before)[:, 0] - self._rest
        return level
