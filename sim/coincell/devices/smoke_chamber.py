"""A photoelectric smoke chamber: a LED whose light smoke scatters to a photodiode, and its amplifier.

In the dark OUT is the amplifier's offset. From the LED's start it rises with one time constant to
clear air + slope · obscuration [%/m], and falls back alike when the LED ends.
"""

from __future__ import annotations

from math import exp

from coincell.devices.felt import Felt
from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext, register
from coincell.devices.supply import Supply
from coincell.simtime import PS_PER_S

_NOISE_KIND = 0x5CB


@register("smoke_chamber")
class SmokeChamber:
    """Implements ports.AnalogSource. States: off (no supply), idle, pulse (its pin LED is high)."""

    def __init__(self, context: DeviceContext) -> None:
        self.part = context.part
        self._power = context.power
        self._sim = context.sim
        value = context.description.parameter
        self._rail_v = float(context.rail_v)
        self._dark_v = float(value("dark_mv")) / 1000
        self._clear_v = float(value("clear_air_mv")) / 1000
        self._slope_v = float(value("slope_mv_per_percent_per_m")) / 1000
        self._rise_ps = float(value("rise_us")) * PS_PER_S / 1e6
        self._noise_v = float(value("noise_mv_rms")) / 1000
        self._noise = Noise(context.seed, self.part.name, _NOISE_KIND)
        self._felt = Felt(context.signal) if context.signal else None
        self._lit = False
        self._share, self._since_ps = 0.0, 0  # of the light's voltage, when the LED last changed
        self._led = context.wired("LED")
        if self._led is not None:
            self._led.watch(lambda _: self._changed())
        self._supply = Supply(context, self._changed)
        self._changed()

    def voltage(self, time_ps: int) -> float:
        if not self._supply.on:
            return 0.0
        obscuration = float(self._felt.at(time_ps)[0]) if self._felt else 0.0
        light_v = self._clear_v + self._slope_v * obscuration - self._dark_v
        noise = self._noise.at(int(time_ps / self._rise_ps)) * self._noise_v
        return min(max(self._dark_v + light_v * self._share_at(time_ps) + noise, 0.0), self._rail_v)

    def _share_at(self, time_ps: int) -> float:
        towards = 1.0 if self._lit else 0.0
        faded = exp(-max(0, time_ps - self._since_ps) / self._rise_ps)
        return towards + (self._share - towards) * faded

    def _changed(self) -> None:
        lit = self._supply.on and self._led is not None and self._led.level
        self._share = self._share_at(self._sim.now) if self._supply.on else 0.0
        self._lit, self._since_ps = lit, self._sim.now
        self._power.enter("pulse" if lit else "idle" if self._supply.on else "off")
