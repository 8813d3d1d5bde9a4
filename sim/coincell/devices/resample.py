"""Reading a signal at another rate than its own, the same however the reading is cut into pieces."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np

from coincell.ports import Samples, Signal

HALF_WIDTH = 24
"""Zero crossings of the windowed sinc on each side; stop band better than 80 dB with the window below."""
KAISER_BETA = 9.0
PASS_BAND = 0.92
"""Share of the lower Nyquist frequency that is kept."""


class Resampler:
    """Sample number m of the result lies at time `origin_s` + m / `rate_hz`. On equal grids, samples pass
    untouched.

    Before time 0 there is silence, or what the first sample says where `hold` is set (gravity was there
    before the start). `bandwidth_hz` is the band that is kept; more than half of `rate_hz` folds.
    """

    def __init__(
        self,
        signal: Signal,
        rate_hz: Fraction,
        *,
        origin_s: Fraction = Fraction(0),
        bandwidth_hz: Fraction | None = None,
        hold: bool = False,
    ) -> None:
        self._signal = signal
        self._hold = hold
        self._step = Fraction(signal.rate_hz) / rate_hz  # samples of the signal per sample of the result
        self._origin = origin_s * Fraction(signal.rate_hz)
        if bandwidth_hz is None:
            self._cutoff = PASS_BAND * min(1.0, 1.0 / float(self._step))
        else:
            self._cutoff = min(PASS_BAND, float(2 * bandwidth_hz / Fraction(signal.rate_hz)))
        self._untouched = self._step == 1 and self._origin.denominator == 1 and self._cutoff >= PASS_BAND
        self._reach = int(np.ceil(HALF_WIDTH / self._cutoff))

    def read(self, start: int, count: int) -> Samples:
        """Samples `start` to `start + count`, shape (count, n_channels)."""
        if self._untouched:
            return self._slice(start + int(self._origin), count)
        unit = lcm(self._origin.denominator, self._step.denominator)
        origin, step = int(self._origin * unit), int(self._step * unit)
        places = [origin + number * step for number in range(start, start + count)]  # in 1 / unit
        whole = np.array([place // unit for place in places], dtype=np.int64)
        fraction = np.array([place % unit / unit for place in places])
        first = int(whole[0]) - self._reach + 1
        source = self._slice(first, int(whole[-1]) + self._reach + 1 - first)
        taps = np.arange(-self._reach + 1, self._reach + 1)
        distance = taps[np.newaxis, :] - fraction[:, np.newaxis]
        kernel = self._cutoff * np.sinc(self._cutoff * distance)
        inside = np.clip(1.0 - (distance / self._reach) ** 2, 0.0, None)
        kernel *= np.i0(KAISER_BETA * np.sqrt(inside)) / np.i0(KAISER_BETA)
        kernel /= kernel.sum(axis=1, keepdims=True)
        index = (whole - whole[0])[:, np.newaxis] + np.arange(taps.size)[np.newaxis, :]
        # a sum along the last axis adds each row alike, whatever the number of rows
        channels = [(kernel * channel[index]).sum(axis=1) for channel in source.T]
        return np.stack(channels, axis=1)

    def _slice(self, start: int, count: int) -> Samples:
        before = min(count, max(0, -start))
        silence = np.zeros((before, self._signal.n_channels))
        if self._hold and before:
            silence += self._signal.samples(0, 1)
        if before == count:
            return silence
        return np.concatenate((silence, self._signal.samples(start + before, count - before)))
