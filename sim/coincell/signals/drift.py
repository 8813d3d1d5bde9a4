"""Slow random change as a closed form of time: the same wherever one begins to look."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from coincell.signals.streams import stream

_LINES = 40


def drift(seed: int, name: str, times: NDArray[np.float64], constant: float) -> NDArray[np.float64]:
    """Noise of unit variance whose correlation falls as exp(-lag / `constant`), at `times` in its unit.

    Lines at frequencies drawn from that process's own spectrum, a Lorentzian, have its correlation.
    """
    omega, phase = _lines(seed, name, constant)
    angle = np.multiply.outer(times, omega) + phase
    out: NDArray[np.float64] = np.sqrt(2 / _LINES) * np.cos(angle).sum(axis=1)
    return out


@lru_cache(maxsize=64)
def _lines(seed: int, name: str, constant: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Angular frequency and phase of each line."""
    rng = stream(seed, "drift", name)
    shares = (np.arange(_LINES) + rng.uniform(0, 1, _LINES)) / _LINES
    omega = np.tan(np.pi / 2 * np.clip(shares, 0, 0.99)) / constant
    return omega, rng.uniform(0, 2 * np.pi, _LINES)
