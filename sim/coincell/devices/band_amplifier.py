"""An amplifier that passes a band around half its supply: for an ECG, or behind a pyroelectric element.

OUT = supply · reference + gain · (what the band lets through + noise), as far as the supply allows. Figures
are in the descriptions that name this driver.
"""

from __future__ import annotations

from coincell.devices.filtered import Band, Filtered
from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext, register
from coincell.devices.supply import Supply
from coincell.simtime import PS_PER_S, seconds

_NOISE_KIND = 0xA3B


@register("band_amplifier")
class BandAmplifier:
    """Implements ports.AnalogSource. States: off (no supply), shutdown (its pin SDN is low), on.

    An SDN that the board does not wire is tied high. Until it has settled, OUT rests at the reference.
    """

    def __init__(self, context: DeviceContext) -> None:
        self.part = context.part
        self._power = context.power
        self._sim = context.sim
        value = context.description.parameter
        self._gain = float(value("gain"))
        self._reference_v = float(context.rail_v * value("reference_ratio"))
        swing_v = float(value("swing_mv")) / 1000
        self._range_v = swing_v, float(context.rail_v) - swing_v
        self._settle_ps = seconds(value("settle_ms") / 1000)
        band = Band(
            float(value("highpass_hz")),
            float(value("lowpass_hz")),
            int(value("highpass_poles")),
            int(value("lowpass_poles")),
        )
        self._filtered = Filtered(context.signal, band) if context.signal else None
        self._noise = Noise(context.seed, self.part.name, _NOISE_KIND)
        self._noise_rms = float(value("noise_rms"))
        self._noise_rate_hz = 2 * value("lowpass_hz")
        self._working_since: int | None = None
        self._enable = context.wired("SDN")
        if self._enable is not None:
            self._enable.watch(lambda _: self._changed())
        self._supply = Supply(context, self._changed)
        self._changed()

    def voltage(self, time_ps: int) -> float:
        if not self._supply.on or self._working_since is None:
            return 0.0
        if time_ps - self._working_since < self._settle_ps:
            return self._reference_v
        felt = self._filtered.at(time_ps) if self._filtered else 0.0
        noise = self._noise.at(int(time_ps * self._noise_rate_hz // PS_PER_S)) * self._noise_rms
        low, high = self._range_v
        return min(max(self._reference_v + self._gain * (felt + noise), low), high)

    def _changed(self) -> None:
        enabled = self._enable is None or self._enable.level
        working = self._supply.on and enabled
        if not working:
            self._working_since = None
        elif self._working_since is None:
            self._working_since = self._sim.now
        self._power.enter("on" if working else "shutdown" if self._supply.on else "off")
