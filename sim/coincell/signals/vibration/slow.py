"""Slow, smooth changes without an end, as closed forms of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coincell.signals.streams import stream

Array = NDArray[np.float64]


class Wander:
    """A sum of sines of unequal periods: mean 0, root mean square 1, never more than sqrt(2 n)."""

    def __init__(self, periods_s: Sequence[float], seed: int, *path: str | int) -> None:
        rng = stream(seed, *path)
        spread = rng.uniform(0.85, 1.15, len(periods_s))
        self._omega = 2 * np.pi / (np.asarray(periods_s) * spread)
        self._phase = rng.uniform(0, 2 * np.pi, len(periods_s))
        self._scale = float(np.sqrt(2 / len(periods_s)))

    def value(self, t_s: Array) -> Array:
        """The value at each of `t_s` [s]."""
        out = np.zeros(t_s.shape)
        for omega, phase in zip(self._omega, self._phase, strict=True):
            out += np.sin(omega * t_s + phase)
        return self._scale * out

    def integral(self, t_s: Array) -> Array:
        """The integral from 0 to each of `t_s` [s]."""
        out = np.zeros(t_s.shape)
        for omega, phase in zip(self._omega, self._phase, strict=True):
            out += (np.cos(phase) - np.cos(omega * t_s + phase)) / omega
        return self._scale * out
