"""A battery as its data sheet and measurements describe it."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pydantic import Field

from coincell.describe.figures import Figure
from coincell.describe.model import Described, Exact, Name, NotNegative, Positive


class RatedCapacity(Figure):
    """Charge [C] that one cell gives at a steady current [A] down to a cut-off voltage [V]."""

    charge_c: Positive
    current_a: Positive
    cutoff_v: Positive


class CurvePoint(Described):
    """One point over the depth of discharge (0 fresh, 1 empty), for one cell."""

    depth_ratio: NotNegative
    open_circuit_v: Positive
    resistance_ohm: Positive


class Curve(Figure):
    """Open-circuit voltage and internal resistance over depth of discharge, linear between points."""

    points: tuple[CurvePoint, ...] = Field(min_length=2)


class TwoWell(Figure):
    """Parameters of the kinetic battery model (Manwell and McGowan, Solar Energy 50 (1993) 399).

    `charge_c` is all there is, as drawn very slowly [C]; `available_ratio` the share c at hand; `recovery_s`
    is 1/k' = c(1-c)/k, the time in which the bound rest follows [s].
    """

    charge_c: Positive
    available_ratio: Positive
    recovery_s: Positive


class Rating(Figure):
    """What the maker allows one cell to give."""

    standard_a: Positive
    """The current for which the cell is made; more costs capacity."""
    continuous_a: Positive
    """The most it may give for long."""
    pulse_a: Positive
    pulse_s: Positive
    """Length of the pulse that `pulse_a` is stated for."""


class SelfDischarge(Figure):
    """Share of the charge lost in a year of storage, and after how long no maker promises anything."""

    yearly_ratio: NotNegative
    shelf_s: Positive


class TemperaturePoint(Described):
    """Share of the rated capacity at a temperature."""

    temperature_degc: Exact
    capacity_ratio: Positive


class TemperatureCurve(Figure):
    """Capacity over temperature, linear between points."""

    points: tuple[TemperaturePoint, ...] = Field(min_length=1)


class Spread(Figure):
    """How far cells of different makers and batches lie apart: 90 % of them within ± this share."""

    within_ratio: NotNegative


class BatteryDescription(Described):
    """Cells in series and in parallel; every figure is for one cell."""

    name: Name
    title: str
    chemistry: Literal["alkaline", "li-mno2", "lifes2", "silver-oxide", "zinc-air", "li-ion"]
    in_series: int = Field(default=1, ge=1, le=16)
    in_parallel: int = Field(default=1, ge=1, le=16)
    nominal_v: Positive
    """Per cell [V]."""
    capacity: tuple[RatedCapacity, ...] = Field(min_length=1)
    """Capacity against load; the entry with the lowest current is the rating."""
    two_well: TwoWell
    curve: Curve
    rating: Rating
    self_discharge: SelfDischarge
    temperature: TemperatureCurve
    capacity_spread: Spread

    @property
    def nominal_pack_v(self) -> Fraction:
        """Voltage of the whole pack [V]."""
        return self.nominal_v * self.in_series

    @property
    def rated(self) -> RatedCapacity:
        """The capacity at the lowest load."""
        return min(self.capacity, key=lambda entry: entry.current_a)
