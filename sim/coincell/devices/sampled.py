"""A quantity sampled by a part of its own accord: on a grid of its own clock, filtered, with its errors.

Sample number n is complete at `start + (n + 1) / rate`. It is what a second-order low pass of the stated
bandwidth says then, idealised: the signal is cut off sharply at the bandwidth and late by the delay of
such a filter at 0 Hz, √2 / (2π bandwidth). Samples do not depend on when, or how often, they are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from coincell.devices.resample import Resampler
from coincell.ports import Samples, Signal
from coincell.simtime import PS_PER_S, Clock

Words = np.ndarray[Any, np.dtype[np.int16]]
_DELAY = Fraction(2251, 10_000)
"""√2 / (2π): group delay of a second-order Butterworth low pass at 0 Hz, times its bandwidth."""
_BLOCK = 256
_N_KEPT = 4


@dataclass(frozen=True)
class Errors:
    """How a sensing element is wrong, in its unit."""

    noise_density: float = 0.0
    """White noise [unit/√Hz]."""
    bias: tuple[float, ...] = (0.0, 0.0, 0.0)

    @staticmethod
    def drawn(seed: int, name: str, noise_density: float, offset: float) -> Errors:
        """The errors of one specimen: each axis is off by anything up to `offset`, all alike likely.

        Data sheets state a typical offset, not a distribution: this one is an estimate.
        """
        draw = np.random.Generator(np.random.Philox(key=noise_key(seed, name)))
        return Errors(noise_density, tuple(float(v) for v in draw.uniform(-offset, offset, 3)))


def noise_key(seed: int, name: str) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """The key of the random numbers that belong to `name`."""
    letters = np.frombuffer(name.encode(), np.uint8)
    state = np.random.SeedSequence([seed, 0x1315, *map(int, letters)]).generate_state(2, np.uint64)
    return state.astype(np.uint64)


class Element:
    """One sensing element with three axes: a signal (None: nothing at all), a grid, and its errors."""

    def __init__(self, signal: Signal | None, errors: Errors, seed: int, name: str) -> None:
        self._signal = signal
        self._errors = errors
        self._key = noise_key(seed, name + " noise")
        self._session = 0
        self._clock: Clock | None = None
        self._noise_rms = 0.0
        self._n_unsettled = 0
        self._resampler: Resampler | None = None
        self._blocks: dict[int, Samples] = {}  # the few latest: readers look ahead and go back
        self.rate_hz = Fraction(0)

    @property
    def on(self) -> bool:
        """Whether it samples."""
        return self._clock is not None

    def begin(self, start_ps: int, rate_hz: Fraction, bandwidth_hz: Fraction, n_unsettled: int = 0) -> None:
        """Sample from now on. The first `n_unsettled` samples rise to what they should be, in equal steps."""
        self._session += 1
        self._clock, self.rate_hz = Clock(rate_hz, start_ps), rate_hz
        self._n_unsettled = n_unsettled
        self._noise_rms = self._errors.noise_density * float(bandwidth_hz) ** 0.5
        self._blocks.clear()
        self._resampler = None
        if self._signal is not None:
            origin = Fraction(start_ps, PS_PER_S) + 1 / rate_hz - _DELAY / bandwidth_hz
            self._resampler = Resampler(
                self._signal, rate_hz, origin_s=origin, bandwidth_hz=bandwidth_hz, hold=True
            )

    def stop(self) -> None:
        """Sample no more."""
        self._clock, self.rate_hz = None, Fraction(0)

    def complete(self, time_ps: int) -> int:
        """How many samples are complete at `time_ps`."""
        return max(0, self._clock.cycle_at(time_ps + 1) - 1) if self._clock else 0

    def time_of(self, number: int) -> int:
        """When sample `number` is complete [ps]."""
        assert self._clock is not None, "an element that is off has no samples"
        return self._clock.time_of(number + 1)

    def last_tick(self, time_ps: int) -> int:
        """The latest moment of the grid at or before `time_ps` [ps]."""
        return self.time_of(self.complete(time_ps) - 1)

    def read(self, first: int, count: int) -> Samples:
        """Samples `first` to `first + count` [unit], shape (count, 3)."""
        last = (first + count - 1) // _BLOCK
        blocks = [self._block(number) for number in range(first // _BLOCK, last + 1)]
        offset = first % _BLOCK
        return np.concatenate(blocks)[offset : offset + count]

    def _block(self, number: int) -> Samples:
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) == _N_KEPT:
                del self._blocks[min(self._blocks)]
            block = self._blocks[number] = self._rendered(number)
        return block

    def _rendered(self, number: int) -> Samples:
        values = np.zeros((_BLOCK, 3))
        first = number * _BLOCK
        if self._resampler is not None:
            values += self._resampler.read(first, _BLOCK)
        values += self._errors.bias
        if self._noise_rms:
            bits = np.random.Philox(key=self._key, counter=[0, 0, self._session, number])
            values += self._noise_rms * np.random.Generator(bits).standard_normal((_BLOCK, 3))
        if first < self._n_unsettled:
            rise = np.arange(first + 1, first + _BLOCK + 1) / (self._n_unsettled + 1)
            values *= np.minimum(rise, 1.0)[:, np.newaxis]
        return values


def quantised(values: Samples, lsb: float) -> Words:
    """`values` [unit] in steps of `lsb` [unit], 16 bits, at the end of the scale where they are beyond it."""
    return np.clip(np.rint(values / lsb), -32768, 32767).astype("<i2")
