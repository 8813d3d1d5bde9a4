"""A cell: how much charge is at hand under load and after rest, and at which voltage and resistance.

The kinetic battery model (Manwell and McGowan, Solar Energy 50 (1993) 399-405): a share c of the charge is at
hand (y1), the rest is bound (y2); it follows at a rate k' c (1-c) times the difference of the levels y1/c and
y2/(1-c), so that the difference decays as exp(-k' t) at rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1

import numpy as np
import scipy  # its parts load when first used: most of a second for optimize
from numpy.typing import NDArray

from coincell.describe import BatteryDescription

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TwoWell:
    """The charge of a cell [C], split into what is at hand and what is bound. Steps are exact."""

    capacity_c: float
    available_ratio: float
    recovery_s: float
    at_hand_c: float
    bound_c: float

    @classmethod
    def full(cls, capacity_c: float, available_ratio: float, recovery_s: float) -> TwoWell:
        """A fresh, rested cell."""
        at_hand = capacity_c * available_ratio
        return cls(capacity_c, available_ratio, recovery_s, at_hand, capacity_c - at_hand)

    @classmethod
    def of(cls, battery: BatteryDescription) -> TwoWell:
        """The wells of a whole battery: cells in parallel add up."""
        wells = battery.two_well
        capacity = float(wells.charge_c) * battery.in_parallel
        return cls.full(capacity, float(wells.available_ratio), float(wells.recovery_s))

    def after(self, current_a: float, duration_s: float) -> TwoWell:
        """The cell after `duration_s` of a steady current; a current of 0 is rest. May go below empty."""
        rate, share = 1 / self.recovery_s, self.available_ratio
        total = self.at_hand_c + self.bound_c
        step = rate * duration_s
        decay, risen = exp(-step), -expm1(-step)
        drift = current_a * (step - risen) / rate
        at_hand = self.at_hand_c * decay + (total * share - current_a / rate) * risen - share * drift
        return TwoWell(
            self.capacity_c, share, self.recovery_s, at_hand, total - current_a * duration_s - at_hand
        )

    @property
    def empty(self) -> bool:
        """Nothing is at hand: under load the voltage collapses, though rest may help."""
        return self.at_hand_c <= 0

    def time_to_empty_s(self, current_a: float) -> float:
        """How long a steady current [A] flows until nothing is at hand [s]."""
        longest = (self.at_hand_c + self.bound_c) / current_a
        if self.empty:
            return 0.0
        return float(
            scipy.optimize.brentq(
                lambda t: self.after(current_a, t).at_hand_c, 0.0, longest * (1 + 1e-9), xtol=1e-6
            )
        )

    def deliverable_c(self, current_a: float) -> float:
        """Charge that a steady current [A] can draw [C]."""
        return current_a * self.time_to_empty_s(current_a)


def unusable_ratio(
    available_ratio: float,
    recovery_s: float,
    mean_a: Array,
    pulse_a: Array,
    pulse_s: float,
    capacity_c: Array,
) -> Array:
    """Share of the charge still bound when, under a mean current with pulses, nothing is left at hand.

    Long after the start the levels differ by mean/(c k'), and by the extra charge of one pulse over c.
    """
    lag = mean_a * recovery_s / available_ratio
    # within a pulse much shorter than the recovery time nothing flows over
    lag = lag + np.maximum(0.0, pulse_a - mean_a) * min(pulse_s, recovery_s) / available_ratio
    share: Array = np.clip((1 - available_ratio) * lag / capacity_c, 0.0, 1.0)
    return share


@dataclass(frozen=True)
class Curves:
    """Open-circuit voltage [V] and resistance [Ω] of a whole battery over depth of discharge (0 to 1)."""

    depth: Array
    open_circuit: Array
    resistance: Array

    @classmethod
    def of(cls, battery: BatteryDescription) -> Curves:
        """The curves of cells in series and parallel."""
        points = battery.curve.points
        series, parallel = battery.in_series, battery.in_parallel
        return cls(
            np.array([float(p.depth_ratio) for p in points]),
            np.array([float(p.open_circuit_v) * series for p in points]),
            np.array([float(p.resistance_ohm) * series / parallel for p in points]),
        )

    def at(self, depth: Array) -> tuple[Array, Array]:
        """Open-circuit voltage and resistance at `depth`."""
        return np.interp(depth, self.depth, self.open_circuit), np.interp(depth, self.depth, self.resistance)


def temperature_factor(battery: BatteryDescription, temperature_degc: float) -> float:
    """Share of the rated capacity at a temperature [°C]; beyond the described range, that of its end."""
    points = battery.temperature.points
    temperatures = [float(p.temperature_degc) for p in points]
    return float(np.interp(temperature_degc, temperatures, [float(p.capacity_ratio) for p in points]))
