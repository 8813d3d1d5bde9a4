"""Machines that do not exist: drawn from a seed, those for training apart from those held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream
from coincell.signals.vibration.slow import Array

AXES = 3
"""Radial horizontal, radial vertical (along the load), axial."""
RING_S = 0.04
"""After this, a struck machine is still: the slowest mode has decayed by 75 dB or more."""


@dataclass(frozen=True)
class Mode:
    """One resonance of the housing between a bearing and the sensor."""

    freq_hz: float
    damping: float
    """Share of critical damping."""
    gains: tuple[float, float, float]
    """Of the peak, by axis."""

    def ring(self, t_s: Array) -> Array:
        """Answer to a blow at 0, of unit amplitude before its decay, at each of `t_s` [s]."""
        after = np.maximum(t_s, 0)
        omega = 2 * np.pi * self.freq_hz
        decay = np.exp(-self.damping * omega * after)
        wave: Array = decay * np.sin(omega * np.sqrt(1 - self.damping**2) * after)
        return wave


@dataclass(frozen=True)
class Machine:
    """One machine. Ranges are `estimate`: small motors, pumps and fans on their feet."""

    seed: int
    modes: tuple[Mode, ...]
    imbalance: float
    """Severity that is left after balancing; so are the next two after mounting."""
    misalignment: float
    looseness: float
    speed: float
    """Where in the spread of speeds this one is: -1 to 1."""
    loudness: float
    """Factor on what impacts and teeth cause: how the sensor is mounted."""
    load_extent: float


_BANDS_HZ = ((900.0, 1500.0), (2200.0, 3400.0), (3900.0, 5600.0))
"""Where a housing's modes are: the bands that envelope analysis of small machines uses (estimate)."""


def machine(split: Split, number: int) -> Machine:
    """Machine `number` of `split`: the same whatever happens to it; the splits share none."""
    seed = (SPLITS.index(split) << 24) + number
    rng = stream(seed, "machine")
    modes = []
    for (low, high), weight in zip(_BANDS_HZ, (0.35, 1.0, 0.7), strict=True):
        gains = weight * np.array([0.55, 1.0, 0.35]) * rng.uniform(0.7, 1.3, AXES)
        modes.append(
            Mode(
                freq_hz=float(rng.uniform(low, high)),
                damping=float(rng.uniform(0.04, 0.07)),
                gains=(float(gains[0]), float(gains[1]), float(gains[2])),
            )
        )
    return Machine(
        seed=seed,
        modes=tuple(modes),
        imbalance=float(rng.uniform(0.06, 0.18)),
        misalignment=float(rng.uniform(0.04, 0.12)),
        looseness=float(rng.uniform(0.0, 0.03)),
        speed=float(rng.uniform(-1, 1)),
        loudness=float(rng.uniform(0.75, 1.3)),
        load_extent=float(rng.uniform(0.35, 0.5)),
    )
