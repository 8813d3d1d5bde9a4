"""A day's profile as mean currents that follow the battery's voltage, in a form for many draws at once."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from coincell.describe import Charge, Current, Kind
from coincell.energy.cell import Array
from coincell.energy.profile import DAY_S, DayProfile
from coincell.energy.timeline import Draw

Group = tuple[str, Kind]
"""Component and kind of figure: what errs together."""


def _order(item: tuple[Draw, Fraction]) -> tuple[object, ...]:
    draw, seconds = item
    return (draw.component, draw.state, draw.figure.kind, draw.figure.current_a, seconds)


@dataclass(frozen=True)
class Load:
    """Mean current at the battery [A] as a sum over `groups`.

    Each has a constant part [A], one of constant power [W], one of constant conductance [A/V], and LEDs
    ([A/V] above a forward voltage).
    """

    groups: tuple[Group, ...]
    constant: Array
    power: Array
    conductance: Array
    leds: tuple[tuple[int, float, float], ...]
    """(group, conductance [A/V], forward voltage [V])"""
    nominal_a: float
    """Mean current at the battery's voltage in the run."""

    @classmethod
    def of(cls, profile: DayProfile) -> Load:
        """The load of a day."""
        numbers: dict[Group, int] = {}
        parts: list[tuple[int, str, float, float]] = []
        converter = profile.attachment.converter
        standing = {f"attachment.{s.name}" for s in profile.attachment.standing} | {"attachment.regulator"}

        def add(component: str, figure: Current | Charge, mean_a: float) -> None:
            group = numbers.setdefault((component, figure.kind), len(numbers))
            law, volts, forward = figure.law, float(figure.voltage_v), 0.0
            if converter is not None and component not in standing:
                # behind a regulator the rail never moves: constant power at the battery
                rail = converter.out_v
                at_rail = figure.at(rail) / (
                    (figure.current_a if isinstance(figure, Current) else figure.charge_c) or 1
                )
                mean_a *= float(at_rail * rail / converter.efficiency.value_ratio)
                law, volts = "constant-power", 1.0
            if law == "led" and isinstance(figure, Current) and figure.forward_v is not None:
                forward = float(figure.forward_v)
                mean_a /= volts - forward
            elif law == "constant-power":
                mean_a *= volts
            elif law == "resistive":
                mean_a /= volts
            parts.append((group, law, mean_a, forward))

        # sorted, so that sums and draws do not depend on the order in which things happened
        for draw, seconds in sorted(profile.seconds.items(), key=_order):
            add(draw.component, draw.figure, float(draw.figure.current_a * seconds / DAY_S))
        for (component, _), (charge, times) in sorted(profile.events.items(), key=lambda item: item[0]):
            add(component, charge, float(charge.charge_c * times / DAY_S))
        sums = {law: np.zeros(len(numbers)) for law in ("constant-current", "constant-power", "resistive")}
        leds = []
        for group, law, value, forward in parts:
            if law == "led":
                leds.append((group, value, forward))
            else:
                sums[law][group] += value
        load = cls(
            tuple(numbers),
            sums["constant-current"],
            sums["constant-power"],
            sums["resistive"],
            tuple(leds),
            0.0,
        )
        at = np.full((1, 1), float(profile.battery_v))
        nominal = float(load.current(np.ones((1, len(numbers))), at)[0, 0])
        return cls(load.groups, load.constant, load.power, load.conductance, load.leds, nominal)

    def current(self, factors: Array, volts: Array) -> Array:
        """Mean current [A] for each draw (rows of `factors`) at each of its voltages (rows of `volts`)."""
        total: Array = (
            (factors @ self.constant)[:, np.newaxis]
            + (factors @ self.power)[:, np.newaxis] / volts
            + (factors @ self.conductance)[:, np.newaxis] * volts
        )
        for group, conductance, forward in self.leds:
            total = total + factors[:, group : group + 1] * conductance * np.maximum(0.0, volts - forward)
        return total
