"""A potentiostat that reads an electrochemical cell: the cell's current through a feedback resistor.

OUT = supply · zero + current · feedback, as far as the supply allows, plus noise.
"""

from __future__ import annotations

from coincell.devices.felt import Felt
from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext, register
from coincell.devices.supply import Supply
from coincell.simtime import PS_PER_S, seconds

_NOISE_KIND = 0x907


@register("potentiostat")
class Potentiostat:
    """Implements ports.AnalogSource. States: off, on. Until the cell has settled OUT is at its zero."""

    def __init__(self, context: DeviceContext) -> None:
        self.part = context.part
        self._power = context.power
        value = context.description.parameter
        self._rail_v = float(context.rail_v)
        self._zero_v = float(context.rail_v * value("zero_ratio"))
        self._feedback_ohm = float(value("feedback_ohm"))
        self._settle_ps = seconds(value("settle_ms") / 1000)
        self._noise_v = float(value("noise_mv_rms")) / 1000
        self._noise_rate_hz = 2 * value("bandwidth_hz")
        self._noise = Noise(context.seed, self.part.name, _NOISE_KIND)
        self._felt = Felt(context.signal) if context.signal else None
        self._supply = Supply(context, self._changed)
        self._changed()

    def voltage(self, time_ps: int) -> float:
        lasted = self._supply.lasted_ps(time_ps)
        if lasted < 0:
            return 0.0
        current_a = float(self._felt.at(time_ps)[0]) if self._felt and lasted >= self._settle_ps else 0.0
        noise = self._noise.at(int(time_ps * self._noise_rate_hz // PS_PER_S)) * self._noise_v
        return min(max(self._zero_v + current_a * self._feedback_ohm + noise, 0.0), self._rail_v)

    def _changed(self) -> None:
        self._power.enter("on" if self._supply.on else "off")
