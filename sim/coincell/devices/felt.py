"""What a slow part feels at any moment: the samples of a signal, joined by straight lines."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from coincell.ports import Samples, Signal
from coincell.simtime import PS_PER_S

_BLOCK = 256


class Felt:
    """The value of a signal between its samples. Before time 0 the first sample holds."""

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        self._rate_hz = Fraction(signal.rate_hz)
        self._first = -1
        self._block: Samples = np.zeros((0, signal.n_channels))

    def at(self, time_ps: int) -> Samples:
        """Every channel at `time_ps`, shape (n_channels,)."""
        place = max(0, time_ps) * self._rate_hz / PS_PER_S
        number = place.numerator // place.denominator
        share = float(place - number)
        low = self._sample(number)
        return low if not share else low + (self._sample(number + 1) - low) * share

    def _sample(self, number: int) -> Samples:
        first = number // _BLOCK * _BLOCK
        if first != self._first:
            self._first, self._block = first, self._signal.samples(first, _BLOCK)
        row: Samples = self._block[number - first]
        return row
