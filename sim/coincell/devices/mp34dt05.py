"""ST MP34DT05-A: a PDM microphone, from sound pressure to ones density. Figures are in its description.

Full scale of the bit stream is density ±1; beyond, it clips.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from coincell.devices.digital_microphone import DigitalMicrophone
from coincell.devices.registry import DeviceContext, register
from coincell.errors import InputError
from coincell.ports import Samples
from coincell.simtime import PS_PER_S


@register("mp34dt05")
class Mp34dt05(DigitalMicrophone):
    """Implements ports.PdmSource. States: off (no supply), sleep (no clock), on.

    While it wakes, and on the edge of the clock that the other microphone of a pair would
    use, it gives nothing: density 0 and -1 (a line that rests low).
    """

    def __init__(self, context: DeviceContext) -> None:
        super().__init__(context, 0x3505, "answers on one of two clock edges")
        about = context.description
        self._clock_limits = about.parameter("min_clock_hz"), about.parameter("max_clock_hz")
        self._wake_ps = int(about.parameter("wake_ms") * PS_PER_S / 1000)
        self._snr_db = float(about.parameter("snr_db"))
        self._clock_hz: Fraction | None = None
        self._awake_ps = 0
        self._settle()

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
        start = self._first(start_ps, rate_hz)
        density = self._element.read(start, count, rate_hz, self._snr_db)
        asleep = -(-(self._awake_ps - start_ps) * rate_hz // PS_PER_S)
        density[: max(0, min(count, asleep))] = 0.0
        clipped: Samples = np.clip(density, -1.0, 1.0)
        return clipped

    def _settle(self) -> None:
        running = self.powered and self._clock_hz is not None
        state = "on" if running else "sleep" if self.powered else "off"
        if self._entered(state) and running:
            self._awake_ps = self._sim.now + self._wake_ps
