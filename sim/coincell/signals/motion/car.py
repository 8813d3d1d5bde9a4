"""A car on a road: what its floor, a seat and somebody on it do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coincell.signals.motion.jets import Array
from coincell.signals.motion.wander import Sines
from coincell.signals.streams import stream

Road = Literal["smooth", "average", "rough"]

_ROUGHNESS_M3: dict[Road, float] = {"smooth": 4e-6, "average": 16e-6, "rough": 64e-6}
"""Displacement spectral density at 0.1 cycles per metre (ISO 8608:2016, annex C: class A has its geometric
mean at 16e-6 m³, B at 64e-6; Múčka, J. Test. Eval. 46, 2018, finds A right for good and average roads)."""
_N0_PER_M = 0.1
_MASS_RATIO, _SUSPENSION, _TYRE, _DAMPING = 0.15, 63.3, 653.0, 6.0
"""Golden quarter car: unsprung over sprung mass, stiffnesses [1/s²] and damping [1/s] over sprung mass
(Sayers, Transportation Research Record 1501, 1995)."""
_SEAT_HZ, _SEAT_DAMPING = 4.0, 0.28
"""A person on a foam seat resonates at about 4 Hz with about twice the floor's motion (Griffin, Handbook of
Human Vibration, 1990, chapter 9); damping ratio an estimate that gives the two."""
_EMPTY_HZ, _EMPTY_DAMPING = 18.0, 0.15
"""The cushion alone (estimate: the same foam under a tenth of the mass and less, unloaded)."""
_LINES = 160
_BAND_HZ = (0.5, 60.0)


def quarter_car(freq_hz: Array) -> NDArray[np.complex128]:
    """Acceleration of the body over displacement of the road [1/s²] at frequencies [Hz]."""
    s = 2j * np.pi * freq_hz
    spring = _SUSPENSION + _DAMPING * s
    wheel = (_TYRE) / (_MASS_RATIO * s**2 + _TYRE + spring - spring**2 / (s**2 + spring))
    return np.asarray(s**2 * wheel * spring / (s**2 + spring))


def seat(freq_hz: Array, natural_hz: float, damping: float) -> NDArray[np.complex128]:
    """Transmissibility of one mass on a spring and a damper, base to mass."""
    r = freq_hz / natural_hz
    return np.asarray((1 + 2j * damping * r) / (1 - r**2 + 2j * damping * r))


@dataclass(frozen=True)
class Ride:
    """How the car goes: at rest with the engine off (0) or idling, or at `speed_m_per_s` over `road`."""

    speed_m_per_s: float
    engine: bool
    road: Road
    on_seat: Literal["floor", "empty", "occupied"]
    take: int


@lru_cache(maxsize=64)
def shake(ride: Ride) -> tuple[Sines, Sines, Sines]:
    """Acceleration [m/s²] along x, y, z in the steady state, as lines.

    The vertical one is the road through the quarter car and the seat. Of it, a quarter appears along and a
    third across, with phases of their own (estimate).
    """
    rng = stream(ride.take, "ride")
    edges = np.geomspace(*_BAND_HZ, _LINES + 1)
    freq = edges[:-1] * (edges[1:] / edges[:-1]) ** rng.random(_LINES)
    cushion = {"floor": None, "empty": (_EMPTY_HZ, _EMPTY_DAMPING), "occupied": (_SEAT_HZ, _SEAT_DAMPING)}
    through = cushion[ride.on_seat]
    carried = np.ones(_LINES) if through is None else np.abs(seat(freq, *through))
    size = np.zeros(_LINES)
    if ride.speed_m_per_s > 0:
        n = freq / ride.speed_m_per_s
        density = _ROUGHNESS_M3[ride.road] * (n / _N0_PER_M) ** -2 / ride.speed_m_per_s  # per Hz
        size = np.abs(quarter_car(freq)) * np.sqrt(2 * density * np.diff(edges)) * carried
    idle_hz = float(rng.uniform(24, 30))  # four strokes, four cylinders: twice 720 to 900 turns a minute
    hum = 0.06 if ride.engine else 0.0  # m/s² at the floor, an estimate
    turns = np.array([0.5, 1.0, 2.0]) * (idle_hz if ride.speed_m_per_s == 0 else idle_hz * 2.6)
    part = hum * np.array([0.3, 1.0, 0.3]) * (1.0 if through is None else np.abs(seat(turns, *through)))
    freqs = np.concatenate([freq, turns])
    return (
        Sines(freqs, np.concatenate([0.25 * size, 0.5 * part]), rng.uniform(0, 2 * np.pi, freqs.size)),
        Sines(freqs, np.concatenate([0.33 * size, 0.5 * part]), rng.uniform(0, 2 * np.pi, freqs.size)),
        Sines(freqs, np.concatenate([size, part]), rng.uniform(0, 2 * np.pi, freqs.size)),
    )


def pushed(ride: Ride, t: Array) -> Array:
    """Acceleration [m/s²] of the floor or the seat at times [s], shape (3, n)."""
    return np.stack([lines.at(t).value for lines in shake(ride)])
