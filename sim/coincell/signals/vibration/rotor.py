"""What a shaft shakes once, twice, many times or half a time per turn: imbalance, misalignment, looseness.

Levels are velocities, because standards judge those: in ISO 10816-1:1995, table B.1, class I (machines up to
15 kW), 0.71 mm/s r.m.s. is where good ends and 4.5 mm/s where damage begins: severity 1. Which orders belong
to which fault: the diagnostic charts of the trade, as in SKF's CM5118 "Spectrum analysis"; the shares of the
orders are estimates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from coincell.signals.streams import stream
from coincell.signals.vibration.impacts import Severity
from coincell.signals.vibration.machine import AXES, Machine
from coincell.signals.vibration.shaft import Shaft
from coincell.signals.vibration.slow import Array, Wander

RotorFault = Literal["imbalance", "misalignment", "looseness"]
STANDARD_GRAVITY = 9.80665
"""[m/s²] in a g (exact, CGPM 1901)."""
_ERRATIC_S = (0.9, 2.9, 8.3)
_ERRATIC = 0.25
"""How fast a loose foot changes its rattle, and the r.m.s. of that as a share (estimates)."""
_AXIAL_LAG = np.exp(1j)
"""Axial vibration lags by a radian (estimate: neither in phase nor in quadrature)."""


class Line(NamedTuple):
    """A velocity [mm/s r.m.s.] at a multiple of half the shaft's speed, at severity 1."""

    halves: int
    radial: float
    axial: float


LINES: Mapping[RotorFault, tuple[Line, ...]] = {
    "imbalance": (Line(2, 4.5, 0.3),),
    "misalignment": (Line(2, 1.5, 1.8), Line(4, 4.0, 2.2), Line(6, 1.6, 1.2)),
    # whole orders to the tenth; halves between them, weaker, to the sixth
    "looseness": (
        *(Line(2 * n, 2.4 / n**0.7, 0.8 / n**0.7) for n in range(1, 11)),
        *(Line(2 * n + 1, 1.0 / (n + 0.5) ** 0.5, 0.4 / (n + 0.5) ** 0.5) for n in range(6)),
    ),
}


def acceleration_g(velocity_mm_s: float, freq_hz: float) -> float:
    """Peak acceleration [g] of a sine whose velocity is `velocity_mm_s` r.m.s."""
    return float(np.sqrt(2) * velocity_mm_s * 1e-3 * 2 * np.pi * freq_hz / STANDARD_GRAVITY)


class Rotor:
    """The lines of one fault as the sensor feels them."""

    def __init__(self, fault: RotorFault, shaft: Shaft, who: Machine, rate_hz: float, seed: int) -> None:
        shown = 0.45 * rate_hz
        self._lines = [line for line in LINES[fault] if line.halves / 2 * shaft.mean_hz < shown]
        rng = stream(seed, "rotor", fault)
        self._shaft = shaft
        self._turned = np.exp(2j * np.pi * rng.uniform(0, 1, len(self._lines)))
        self._stiff = stream(who.seed, "rotor", fault).uniform(0.6, 0.9)  # feet are stiffer upwards
        self._rattle: tuple[Wander, ...] = ()
        if fault == "looseness":
            self._rattle = tuple(Wander(_ERRATIC_S, seed, "rattle", i) for i in range(3))
            shares = rng.standard_normal((len(self._lines), len(self._rattle)))
            self._shares = _ERRATIC * shares / np.linalg.norm(shares, axis=1, keepdims=True)

    def felt(self, t_s: Array, severity: Severity) -> Array:
        """Acceleration [g], shape (times, 3). It grows with the square of the speed, as centrifugal force."""
        half_turns = np.exp(1j * np.pi * self._shaft.turns(t_s))
        force = severity(t_s) * (self._shaft.speed_hz(t_s) / self._shaft.mean_hz) ** 2
        rattle = [wander.value(t_s) for wander in self._rattle]
        out = np.zeros((t_s.size, AXES))
        for number, line in enumerate(self._lines):
            freq_hz = line.halves / 2 * self._shaft.mean_hz
            wave = force * half_turns**line.halves * self._turned[number]
            if rattle:
                wave *= 1 + np.tensordot(self._shares[number], rattle, 1)
            radial, axial = (acceleration_g(level, freq_hz) for level in line[1:])
            out[:, 0] += radial * wave.real
            out[:, 1] += radial * self._stiff * wave.imag
            out[:, 2] += axial * (wave * _AXIAL_LAG).imag
        return out
