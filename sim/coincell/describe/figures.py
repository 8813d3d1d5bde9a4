"""Numbers with their source: what it is, where it was read, and how much it can be trusted."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pydantic import Field, model_validator

from coincell.describe.model import Described, Exact, NotNegative, Positive

Kind = Literal["datasheet-typ", "datasheet-max", "measured", "estimate"]
KINDS: tuple[Kind, ...] = ("datasheet-typ", "datasheet-max", "measured", "estimate")

Law = Literal["constant-current", "constant-power", "resistive", "led"]
"""How a current follows the supply voltage V away from the voltage V0 it is given at:

constant-current: I0 (a linear regulator, logic behind one); constant-power: I0·V0/V (behind a switching
regulator); resistive: I0·V/V0; led: I0·(V-Vf)/(V0-Vf), not below zero (a resistor in series with a diode).
"""

VOLTAGE_DEFAULT = Fraction(3)
TEMPERATURE_DEFAULT = Fraction(25)


class Figure(Described):
    """What every figure has beside its value."""

    kind: Kind
    source: str = Field(min_length=3)
    """Document, revision, table or section; or who measured it; or why it is estimated so."""


class Number(Figure):
    """A figure without a unit of its own in the key: the table's name carries it."""

    value: Exact


class Current(Figure):
    """A current [A] at a supply voltage [V] and a temperature [°C]."""

    current_a: NotNegative
    voltage_v: Positive = VOLTAGE_DEFAULT
    temperature_degc: Exact = TEMPERATURE_DEFAULT
    law: Law = "constant-current"
    forward_v: Positive | None = None
    """Forward voltage of the diode [V], for the law "led"."""

    @model_validator(mode="after")
    def _led_has_forward_voltage(self) -> Current:
        if (self.law == "led") != (self.forward_v is not None):
            raise ValueError('the law "led" and the key forward_v go together')
        if self.forward_v is not None and self.forward_v >= self.voltage_v:
            raise ValueError("forward_v must lie below voltage_v")
        return self

    def at(self, voltage_v: Fraction) -> Fraction:
        """The current [A] when the supply is `voltage_v` [V], by this figure's law."""
        if self.law == "constant-power":
            return self.current_a * self.voltage_v / voltage_v
        if self.law == "resistive":
            return self.current_a * voltage_v / self.voltage_v
        if self.forward_v is not None:
            return self.current_a * max(
                Fraction(0), (voltage_v - self.forward_v) / (self.voltage_v - self.forward_v)
            )
        return self.current_a


class Charge(Figure):
    """What one event costs [C] at a supply voltage [V]."""

    charge_c: NotNegative
    voltage_v: Positive = VOLTAGE_DEFAULT
    law: Literal["constant-current", "constant-power"] = "constant-current"

    def at(self, voltage_v: Fraction) -> Fraction:
        """The charge [C] when the supply is `voltage_v` [V]."""
        return self.charge_c * self.voltage_v / voltage_v if self.law == "constant-power" else self.charge_c


class Voltage(Figure):
    """A voltage [V]."""

    voltage_v: NotNegative


class Ratio(Figure):
    """A ratio, for instance an efficiency."""

    value_ratio: Positive
