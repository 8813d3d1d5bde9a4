"""A whole machine, from shaft to sensor: the sum of what its parts cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

import numpy as np

from coincell.ports import Label
from coincell.signals.blocks import Gridded
from coincell.signals.vibration.background import Background
from coincell.signals.vibration.bearing import Bearing, Defect
from coincell.signals.vibration.gears import Gears
from coincell.signals.vibration.impacts import Severity, Train, ringing
from coincell.signals.vibration.machine import AXES, RING_S, Machine
from coincell.signals.vibration.rotor import Rotor, RotorFault
from coincell.signals.vibration.shaft import Shaft
from coincell.signals.vibration.slow import Array, Wander

Fault = Literal[RotorFault, Defect, "gear"]
VERTICAL = 1
_SIZE = 8192
"""Samples per block: a third of a second at the fastest sensors' rate."""
_ROUGH = 2.0
"""What a worn bearing adds to the noise at severity 1, as a multiple of it (estimate)."""
_LOAD_PERIODS_S = (410.0, 1300.0, 4300.0)
"""How fast a machine's work changes: minutes to an hour (estimate)."""


@dataclass(frozen=True)
class Assembly:
    """A machine, what is mounted in it, and how it is listened to."""

    who: Machine
    shaft: Shaft
    bearing: Bearing
    slip: float
    gear_teeth: int | None
    noise_rms_g: float
    load_variation: float
    rate_hz: Fraction
    seed: int

    def signal(self, faults: Mapping[Fault, Severity], axes: int, labels: tuple[Label, ...]) -> Gridded:
        """Acceleration [g] along `axes` (3, or 1 for the vertical one) with `faults` as bad as they say."""
        felt = self._parts(faults)

        def render(index: int) -> Array:
            out = felt(index)
            return out if axes == AXES else out[:, VERTICAL]

        return Gridded(render, labels, "g", rate_hz=self.rate_hz, n_channels=axes, size=_SIZE)

    def _parts(self, faults: Mapping[Fault, Severity]) -> Callable[[int], Array]:
        rate = float(self.rate_hz)
        left = {
            "imbalance": self.who.imbalance,
            "misalignment": self.who.misalignment,
            "looseness": self.who.looseness,
        }
        rotors = [
            (Rotor(fault, self.shaft, self.who, rate, self.seed), _over(left[fault], faults.get(fault)))
            for fault in get_args(RotorFault)
        ]
        trains = [
            (Train(self.bearing, defect, self.slip, self.shaft, self.who, self.seed), faults[defect])
            for defect in get_args(Defect)
            if defect in faults
        ]
        gears = Gears(self.gear_teeth, self.shaft, self.who, rate, self.seed) if self.gear_teeth else None
        worn = _over(0.0, faults.get("gear"))
        background = Background(self.who, rate, _SIZE, self.seed)
        wander = Wander(_LOAD_PERIODS_S, self.seed, "load")

        def load(t_s: Array) -> Array:
            """As a share of the usual one; teeth, flow and struck defects follow it."""
            return np.exp(self.load_variation * wander.value(t_s))

        def felt(index: int) -> Array:
            t_s = (index * _SIZE + np.arange(_SIZE)) / rate
            rough = sum((severity(t_s) for _, severity in trains), np.zeros(_SIZE))
            at_load = load(t_s)[:, np.newaxis]
            out = self.noise_rms_g * (1 + _ROUGH * rough)[:, np.newaxis] * at_load * background.block(index)
            for rotor, severity in rotors:
                out += rotor.felt(t_s, severity)
            if gears:
                out += gears.felt(t_s, worn) * at_load
            for train, severity in trains:
                blows = train.between(t_s[0] - RING_S, t_s[-1] + 1 / rate, _product(severity, load))
                out += ringing(blows, self.who, t_s[0], _SIZE, rate)
            return out

        return felt


def _product(severity: Severity, load: Severity) -> Severity:
    return lambda t_s: severity(t_s) * load(t_s)


def _over(left: float, fault: Severity | None) -> Severity:
    """The severity of a fault above what every machine of its kind has left of it."""

    def at(t_s: Array) -> Array:
        return left + (1 - left) * (fault(t_s) if fault else np.zeros_like(t_s))

    return at
