"""TDK InvenSense ICS-43434: a microphone that sends 24-bit words on I2S. Figures are in its description."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from coincell.devices.digital_microphone import DigitalMicrophone
from coincell.devices.registry import DeviceContext, register
from coincell.errors import InputError
from coincell.peripherals.tally import Tally
from coincell.simtime import PS_PER_S

_FULL_SCALE = 1 << 23
_MODES = ("low_power", "high_performance")


@register("ics43434")
class Ics43434(DigitalMicrophone):
    """Implements ports.I2sSource. States: off (no supply), sleep (no clock), low_power, high_performance.

    The rate of WS chooses the mode. The part is silent while it starts up, then grows to full volume, by
    straight steps. In the other half of a frame it lets go of the line, which then rests low.
    """

    def __init__(self, context: DeviceContext) -> None:
        super().__init__(context, 0x4344, "speaks in one of two halves of a frame")
        about = context.description
        self._ranges = {
            mode: (about.parameter(f"{mode}_min_hz"), about.parameter(f"{mode}_max_hz")) for mode in _MODES
        }
        self._snr_db = {
            "low_power": float(about.parameter("low_power_snr_db")),
            "high_performance": float(about.parameter("snr_db")),
        }
        self._clocks_per_frame = about.parameter("clocks_per_frame")
        self._start_up_clocks = about.parameter("start_up_clocks")
        self._unmute_frames = int(about.parameter("unmute_frames"))
        self.tallies = {"": Tally()}
        self._ws_hz: Fraction | None = None
        self._awake_ps = 0
        self._sck_hz: Fraction | None = None
        self._settle()

    def clock(self, sck_hz: Fraction | None, ws_hz: Fraction | None) -> None:
        if sck_hz is not None and ws_hz is not None:
            self._check(sck_hz, ws_hz)
            self._origin_ps = self._sim.now
        else:
            sck_hz = ws_hz = None
        self._sck_hz, self._ws_hz = sck_hz, ws_hz
        self._settle()

    def _check(self, sck_hz: Fraction, ws_hz: Fraction) -> None:
        if sck_hz != self._clocks_per_frame * ws_hz:
            raise InputError(
                f"{self.part.name} needs {self._clocks_per_frame} clocks in each frame",
                key="I2S clock",
                value=f"{float(sck_hz / ws_hz):g} clocks",
                allowed=[f"{self._clocks_per_frame} clocks"],
                mend="nRF52's I2S as a master makes 16, 32 or 48: be a slave, and make SCK and WS with PWM",
            )
        if self._mode(ws_hz) is None:
            raise InputError(
                f"{self.part.name} has no mode for this sample rate",
                key="I2S word select",
                value=f"{float(ws_hz):,.0f} Hz",
                allowed=[
                    f"{float(low):,.0f} to {float(high):,.0f} Hz" for low, high in self._ranges.values()
                ],
            )

    def _mode(self, ws_hz: Fraction) -> str | None:
        return next((mode for mode, (low, high) in self._ranges.items() if low <= ws_hz <= high), None)

    def words(self, start_ps: int, rate_hz: Fraction, count: int) -> NDArray[np.int32]:
        out = np.zeros((count, 2), np.int32)
        if not self.powered or self._ws_hz is None:
            return out
        start = self._first(start_ps, rate_hz)
        mode = self._mode(self._ws_hz)
        assert mode is not None
        heard = self._element.read(start, count, rate_hz, self._snr_db[mode])
        awake = np.arange(count) - float((self._awake_ps - start_ps) * rate_hz / PS_PER_S)
        heard = heard * np.clip(awake / self._unmute_frames, 0.0, 1.0)
        words = np.clip(np.rint(heard * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1).astype("<i4")
        out[:, int(self._right)] = words
        self.tallies[""].add(words.tobytes(), count)
        return out

    def _settle(self) -> None:
        mode = self._mode(self._ws_hz) if self.powered and self._ws_hz is not None else None
        state = mode or ("sleep" if self.powered else "off")
        if self._entered(state) and mode is not None and self._sck_hz is not None:
            self._awake_ps = self._sim.now + int(self._start_up_clocks * PS_PER_S / self._sck_hz)
