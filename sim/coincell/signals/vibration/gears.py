"""Teeth in mesh: lines at the number of teeth times the shaft's speed, and sidebands at the shaft's distance.

McFadden, "Detecting fatigue cracks in gears by amplitude and phase demodulation of the meshing vibration",
J. Vib. Acoust. 108 (1986): each harmonic of the mesh is modulated in amplitude and in phase by what changes
once per turn.
"""

from __future__ import annotations

import numpy as np

from coincell.signals.streams import stream
from coincell.signals.vibration.impacts import Severity
from coincell.signals.vibration.machine import AXES, Machine
from coincell.signals.vibration.shaft import Shaft
from coincell.signals.vibration.slow import Array

MESH_G = 0.12
"""Amplitude [g] of sound teeth in mesh (estimate)."""
_HARMONICS = (1.0, 0.5, 0.25)
_SOUND_DEPTH, _WORN_DEPTH = 0.08, 0.7
"""Depth of the amplitude's modulation without a fault, and what severity 1 adds (estimates)."""
_WORN_SWING_RAD = 0.5
_WORN_GAIN = 1.5
_AXES = (0.7, 1.0, 0.8)


class Gears:
    """A pinion of `teeth` on the shaft."""

    def __init__(self, teeth: int, shaft: Shaft, who: Machine, rate_hz: float, seed: int) -> None:
        rng = stream(seed, "gears")
        self._teeth, self._shaft = teeth, shaft
        self._orders = [k for k in range(1, 4) if k * teeth * shaft.mean_hz < 0.45 * rate_hz]
        self._phase = rng.uniform(0, 2 * np.pi, 3)
        self._amplitude, self._swing = rng.uniform(0, 2 * np.pi, 2)
        self._gains = MESH_G * who.loudness * np.array(_AXES)

    def felt(self, t_s: Array, severity: Severity) -> Array:
        """Acceleration [g], shape (times, 3)."""
        turns, worn = self._shaft.turns(t_s), severity(t_s)
        shaft = 2 * np.pi * turns
        depth = _SOUND_DEPTH + _WORN_DEPTH * worn
        envelope = (1 + _WORN_GAIN * worn) * (1 + depth * np.cos(shaft + self._amplitude))
        swing = _WORN_SWING_RAD * worn * np.sin(shaft + self._swing)
        wave = np.zeros(t_s.size)
        for k in self._orders:
            wave += _HARMONICS[k - 1] * np.cos(k * (self._teeth * shaft + swing) + self._phase[k - 1])
        out: Array = (envelope * wave)[:, np.newaxis] * self._gains.reshape(1, AXES)
        return out
