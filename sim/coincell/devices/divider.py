"""A resistor that senses, above a fixed one: a force-sensing resistor, a thermistor. OUT lies between them.

OUT = supply · fixed / (fixed + sensing). The current through both is what it draws.
"""

from __future__ import annotations

from math import exp

from coincell.devices.felt import Felt
from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext, register
from coincell.devices.supply import Supply
from coincell.simtime import PS_PER_S

_NOISE_KIND = 0xD1B
_NOISE_RATE_HZ = 1000
"""Two readings within a millisecond see the same noise: a filter of 500 Hz, as RC at an ADC's input has."""
_KELVIN = 273.15


class Divider:
    """Implements ports.AnalogSource. States: off, and on_<n>ua: the current [µA], as last looked at."""

    resting = 0.0
    """What it senses where no signal is attached."""

    def __init__(self, context: DeviceContext) -> None:
        self.part = context.part
        self._sim = context.sim
        self._power = context.power
        value = context.description.parameter
        self._rail_v = float(context.rail_v)
        self._fixed_ohm = float(value("fixed_ohm"))
        self._noise_v = float(value("noise_mv_rms")) / 1000
        self._noise = Noise(context.seed, self.part.name, _NOISE_KIND)
        self._felt = Felt(context.signal) if context.signal else None
        self._supply = Supply(context, self._changed)

    def ohm(self, sensed: float) -> float:
        """The resistance [ohm] of the sensing one."""
        raise NotImplementedError

    def voltage(self, time_ps: int) -> float:
        if not self._supply.on:
            return 0.0
        noise = self._noise.at(time_ps * _NOISE_RATE_HZ // PS_PER_S) * self._noise_v
        return min(max(self._ideal(time_ps) + noise, 0.0), self._rail_v)

    def _ideal(self, time_ps: int) -> float:
        sensed = float(self._felt.at(time_ps)[0]) if self._felt else self.resting
        current_a = self._rail_v / (self._fixed_ohm + self.ohm(sensed))
        self._power.enter(f"on_{round(current_a * 1e6)}ua")
        return current_a * self._fixed_ohm

    def _changed(self) -> None:
        if self._supply.on:
            self._ideal(self._sim.now)
        else:
            self._power.enter("off")


@register("force_resistor")
class ForceResistor(Divider):
    """Open below its break force, then a power law of the force that ends in a lowest resistance."""

    def __init__(self, context: DeviceContext) -> None:
        super().__init__(context)
        value = context.description.parameter
        self._open_ohm = float(value("open_ohm"))
        self._break_n = float(value("break_force_n"))
        self._at_1n_ohm = float(value("at_1n_ohm"))
        self._exponent = float(value("exponent"))
        self._least_ohm = float(value("least_ohm"))
        self._changed()

    def ohm(self, sensed: float) -> float:
        if sensed < self._break_n:
            return self._open_ohm
        return float(self._least_ohm + (self._at_1n_ohm - self._least_ohm) * sensed**-self._exponent)


@register("thermistor")
class Thermistor(Divider):
    """R = R25 · exp(B · (1/T - 1/298.15 K)), the B equation."""

    resting = 25.0

    def __init__(self, context: DeviceContext) -> None:
        super().__init__(context)
        value = context.description.parameter
        self._at_25_ohm, self._b_k = float(value("at_25degc_ohm")), float(value("b_kelvin"))
        self._changed()

    def ohm(self, sensed: float) -> float:
        return self._at_25_ohm * exp(self._b_k * (1 / (sensed + _KELVIN) - 1 / (25 + _KELVIN)))
