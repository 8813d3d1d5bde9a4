"""What a sound machine hums: noise of flow and rolling, white and through the housing's resonances."""

from __future__ import annotations

import numpy as np
import scipy

from coincell.signals.streams import stream
from coincell.signals.vibration.machine import AXES, RING_S, Machine
from coincell.signals.vibration.slow import Array

_COLOURED = 0.8
"""Share (amplitude) of the noise that comes through the housing (estimate); the rest is white."""


class Background:
    """Noise of unit r.m.s. on each axis, by blocks of `size` samples."""

    def __init__(self, who: Machine, rate_hz: float, size: int, seed: int) -> None:
        self._seed, self._size = seed, size
        t_s = np.arange(int(RING_S * rate_hz) + 1) / rate_hz
        heard = [mode for mode in who.modes if mode.freq_hz < rate_hz / 2]
        self._answer = np.zeros((t_s.size, AXES))
        for mode in heard:
            self._answer += mode.ring(t_s)[:, np.newaxis] * np.array(mode.gains)
        self._share = _COLOURED if heard else 0.0
        energy = np.sqrt(np.sum(self._answer**2, axis=0))
        self._answer /= np.where(energy > 0, energy, 1)

    def _white(self, name: str, index: int) -> Array:
        return stream(self._seed, "background", name, index).standard_normal((self._size, AXES))

    def block(self, index: int) -> Array:
        """Block `index`, shape (size, 3)."""
        out: Array = np.sqrt(1 - self._share**2) * self._white("white", index)
        if self._share:
            memory = len(self._answer) - 1
            # as many earlier blocks as the housing remembers
            n = -(-memory // self._size)
            drive = np.concatenate([self._white("housing", index - back) for back in range(n, -1, -1)])
            answer = scipy.signal.fftconvolve(drive, self._answer, axes=0)
            out += self._share * answer[n * self._size : (n + 1) * self._size]
        return out
