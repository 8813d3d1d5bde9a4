"""ST MP34DT05-A: a PDM microphone, from sound pressure to ones density. Figures are in its description.

Full scale of the bit stream is density ±1. A 94 dB SPL sine (1 Pa r.m.s.) reaches the peak density that
the sensitivity states (-26 dBFS: 0.0501), so 1 Pa is 0.0501/√2. Beyond full scale it clips.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np

from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext, register
from coincell.devices.resample import Resampler
from coincell.errors import InputError
from coincell.ports import Samples
from coincell.simtime import PS_PER_S

_AUDIO_HZ = 20_000.0


@register("mp34dt05")
class Mp34dt05:
    """Implements ports.PdmSource. States: off (no supply), sleep (no clock), on.

    The noise of sample n depends on the seed, the part's name and n alone: it is the same however the
    stream is cut. While it wakes, and on the edge of the clock that the other microphone of a pair would
    use, it gives nothing: density 0 and -1 (a line that rests low).
    """

    def __init__(self, context: DeviceContext) -> None:
        self.part = context.part
        self._sim = context.sim
        self._power = context.power
        about = context.description
        self._clock_limits = about.parameter("min_clock_hz"), about.parameter("max_clock_hz")
        self._wake_ps = int(about.parameter("wake_ms") * PS_PER_S / 1000)
        sensitivity = 10 ** (float(about.parameter("sensitivity_dbfs")) / 20)
        self._density_per_pa = sensitivity / np.sqrt(2)
        # noise r.m.s. relative to a 94 dB SPL sine, whose r.m.s. density is 1 Pa's
        self._noise_weighted = self._density_per_pa * 10 ** (-float(about.parameter("snr_db")) / 20)
        select = context.part.options.get("select", "left")
        if select not in ("left", "right"):
            raise InputError(
                "a microphone answers on one of two clock edges",
                key=f"part.{self.part.name}.options.select",
                value=select,
                allowed=["left", "right"],
            )
        self._right = select == "right"
        self._noise = Noise(context.seed, self.part.name, 0x3505)
        self._signal = context.signal
        self._resamplers: dict[Fraction, Resampler] = {}
        self._clock_hz: Fraction | None = None
        self._awake_ps = 0
        self._origin_ps = 0
        self._supply = context.net(context.supply_net) if context.supply_net else None
        if self._supply is not None:
            self._supply.watch(lambda _: self._settle())
        self._settle()

    @property
    def powered(self) -> bool:
        """Whether its supply is on."""
        return self._supply is None or self._supply.level

    def clock(self, freq_hz: Fraction | None) -> None:
        low, high = self._clock_limits
        if freq_hz is not None and not low <= freq_hz <= high:
            raise InputError(
                f"{self.part.name} cannot take this PDM clock",
                key="PDM clock",
                value=f"{float(freq_hz):,.0f} Hz",
                allowed=[f"{float(low):,.0f} to {float(high):,.0f} Hz"],
                mend="set PDMCLKCTRL (or the clock divider of this chip) to a frequency in that range",
            )
        if freq_hz is not None:
            self._origin_ps = self._sim.now
        self._clock_hz = freq_hz
        self._settle()

    def density(self, start_ps: int, rate_hz: Fraction, count: int, right: bool) -> Samples:
        if not self.powered or self._clock_hz is None or right != self._right:
            return np.full(count, -1.0)
        # number of the first sample on a grid from time 0; the grid's phase is fixed when the clock starts
        start = self._number(self._origin_ps, rate_hz) + self._number(start_ps - self._origin_ps, rate_hz)
        sound = np.zeros(count)
        if self._signal is not None:
            if rate_hz not in self._resamplers:
                self._resamplers[rate_hz] = Resampler(self._signal, rate_hz)
            sound = self._resamplers[rate_hz].read(start, count)[:, 0]
        density = sound * self._density_per_pa + self._noise.read(start, count) * self._noise_rms(rate_hz)
        asleep = -(-(self._awake_ps - start_ps) * rate_hz // PS_PER_S)
        density[: max(0, min(count, asleep))] = 0.0
        clipped: Samples = np.clip(density, -1.0, 1.0)
        return clipped

    def _settle(self) -> None:
        running = self.powered and self._clock_hz is not None
        state = "on" if running else "sleep" if self.powered else "off"
        if state != getattr(self, "_state", None):
            self._state = state
            self._power.enter(state)
            if running:
                self._awake_ps = self._sim.now + self._wake_ps

    @staticmethod
    def _number(time_ps: int, rate_hz: Fraction) -> int:
        return round(time_ps * rate_hz / PS_PER_S)

    def _noise_rms(self, rate_hz: Fraction) -> float:
        """Noise density [1/√Hz] is that of a flat spectrum whose A-weighted r.m.s. the data sheet states."""
        return float(self._noise_weighted * np.sqrt(float(rate_hz) / 2 / a_weighted_bandwidth_hz()))


@cache
def a_weighted_bandwidth_hz() -> float:
    """Bandwidth [Hz] of flat noise up to 20 kHz that has the power of its A-weighting (IEC 61672-1)."""
    f2 = np.arange(0.5, _AUDIO_HZ) ** 2
    gain = (
        12194.0**2 * f2**2 / ((f2 + 20.6**2) * np.sqrt((f2 + 107.7**2) * (f2 + 737.9**2)) * (f2 + 12194.0**2))
    )
    gain *= 10 ** (2.0 / 20)
    return float(np.sum(gain**2))
