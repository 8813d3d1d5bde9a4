"""Panasonic Grid-EYE AMG8833: 8 x 8 thermopiles behind a lens, on I2C.

Registers and words: Panasonic's reference specification AMG88** 47, sections 4-10 and 4-11; figures: data
sheet AMG88, 201601 (both in public repository libdriver/amg8833, folder datasheet, commit e4e79969).
Pixels are the signal's 64 channels, row by row, at the end of each frame. Not modelled: the 15 s in which the
output settles.
"""

from __future__ import annotations

from math import floor

import numpy as np

from coincell.devices.felt import Felt
from coincell.devices.i2c_target import I2cTarget, address_of
from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext, register
from coincell.devices.supply import Supply
from coincell.errors import InputError
from coincell.peripherals.tally import Tally
from coincell.ports import Samples
from coincell.simtime import PS_PER_S, seconds

PCTL, RST, FPSC, INTC, STAT, SCLR, AVE = 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x07
INT_HIGH, INT_LOW, HYSTERESIS, THERMISTOR = 0x08, 0x0A, 0x0C, 0x0E
TABLE, UNLOCK, PIXELS = 0x10, 0x1F, 0x80
NORMAL, SLEEP, STANDBY_60S, STANDBY_10S = 0x00, 0x10, 0x20, 0x21
FLAG_RESET, INITIAL_RESET = 0x30, 0x3F
INTEN, ABSOLUTE = 1, 2
INTF, OVERFLOW = 2, 4
MOVING_AVERAGE = 0x20
KEY = (0x50, 0x45, 0x57)
"""What is written to UNLOCK before AVE takes a value (4-11-7)."""
N_PIXELS = 64
LSB_DEGC, THERMISTOR_LSB_DEGC = 0.25, 0.0625
_FRAME_PS = {NORMAL: PS_PER_S // 10, STANDBY_10S: 10 * PS_PER_S, STANDBY_60S: 60 * PS_PER_S}
_RESTING_DEGC = 25.0
"""Where no signal is attached."""
_NOISE_KIND, _OFFSET_KIND = 0x8833, 0x8834


@register("amg8833")
class Amg8833(I2cTarget):
    """States: off, sleep, standby, normal. INT is open drain and low while a pixel's interrupt stands."""

    def __init__(self, context: DeviceContext) -> None:
        super().__init__(address_of(context.part, (0x69, 0x68)))
        self.part = context.part
        self._sim = context.sim
        self._power = context.power
        value = context.description.parameter
        self._setup_ps = seconds(value("setup_ms") / 1000)
        self._noise_rms = {False: float(value("noise_at_10hz")), True: float(value("noise_at_1hz"))}
        self._range = float(value("least_degc")), float(value("most_degc"))
        scene = context.signals.get("pixels")
        if scene is not None and scene.n_channels != N_PIXELS:
            raise InputError(
                f"{self.part.name} senses {N_PIXELS} pixels, row by row",
                key=f"inputs.{self.part.name}.pixels",
                value=f"{scene.n_channels} channels",
            )
        self._scene = Felt(scene) if scene else None
        ambient = context.signals.get("ambient")
        self._ambient = Felt(ambient) if ambient else None
        self._noise = Noise(context.seed, self.part.name, _NOISE_KIND)
        accuracy = float(value("accuracy_degc"))
        self.offset = accuracy * min(1, max(-1, Noise(context.seed, self.part.name, _OFFSET_KIND).at(0) / 2))
        """How far this specimen is off: within the typical accuracy, taken as two standard deviations."""
        self.tallies = {"pixels": Tally()}
        self._table = bytes(8)
        self._int = context.wired("INT")
        self._frame_done = self._sim.alarm(self._compare)
        self._supply = Supply(context, self._supplied)
        self._supplied()

    def _supplied(self) -> None:
        self._ready_ps = self._sim.now + self._setup_ps
        self._enter(NORMAL)
        if not self._supply.on:
            self._frame_done.cancel()
            self._power.enter("off")

    def _enter(self, mode: int) -> None:
        """A mode begins, with registers as after an initial reset where the part had slept or was off."""
        self._mode = mode
        self._held = bytearray(UNLOCK)
        self._key: tuple[int, ...] = ()
        self._previous: Samples | None = None
        self._restart(self._setup_ps)
        self._power.enter({NORMAL: "normal", SLEEP: "sleep"}.get(mode, "standby"))

    def _restart(self, delay_ps: int = 0) -> None:
        """Frames are counted from now on."""
        self._origin_ps = self._sim.now + delay_ps
        self._read_out = -1
        self._latest: tuple[int, Samples] = -1, np.zeros(N_PIXELS)
        self._clear()
        self._schedule()

    # ---- frames
    @property
    def _frame_ps(self) -> int:
        if self._mode == NORMAL and self._held[FPSC] & 1:
            return PS_PER_S
        return _FRAME_PS.get(self._mode, PS_PER_S)

    def _n_frames(self) -> int:
        """How many are complete."""
        return max(0, (self._sim.now - self._origin_ps) // self._frame_ps)

    def _frame(self, number: int) -> Samples:
        """Frame `number` in steps of 0.25 °C, averaged with the one before where that is asked for."""
        if number != self._latest[0]:
            degc = self._sensed(number)
            if self._held[AVE] & MOVING_AVERAGE and number:
                degc = (degc + self._sensed(number - 1)) / 2
            low, high = self._range
            if np.any((degc < low) | (degc > high)):
                self._held[STAT] |= OVERFLOW
            self._latest = number, np.rint(np.clip(degc, low, high) / LSB_DEGC)
        return self._latest[1]

    def _sensed(self, number: int) -> Samples:
        time = self._origin_ps + (number + 1) * self._frame_ps
        scene = self._scene.at(time) if self._scene else np.full(N_PIXELS, _RESTING_DEGC)
        first = N_PIXELS * (time // (PS_PER_S // 10))
        rms = self._noise_rms[self._frame_ps >= PS_PER_S]
        return np.asarray(scene + self.offset + rms * self._noise.read(first, N_PIXELS))

    # ---- interrupts
    def _schedule(self) -> None:
        """Be called at the end of the next frame while somebody listens to INT."""
        if self._held[INTC] & INTEN and self._mode != SLEEP:
            self._frame_done.set(self._origin_ps + (self._n_frames() + 1) * self._frame_ps)
        else:
            self._frame_done.cancel()
            self._signal()

    def _compare(self) -> None:
        frame = self._frame(self._n_frames() - 1)
        compared = frame
        if not self._held[INTC] & ABSOLUTE:
            compared = frame - self._previous if self._previous is not None else np.zeros(N_PIXELS)
        self._previous = frame
        high, low, back = (_signed12(self._word(r)) for r in (INT_HIGH, INT_LOW, HYSTERESIS))
        stays = np.unpackbits(np.frombuffer(bytes(self._table), np.uint8), bitorder="little").astype(bool)
        outside = (compared > high) | (compared < low)
        inside = (compared <= high - back) & (compared >= low + back)
        self._table = np.packbits(outside | (stays & ~inside), bitorder="little").tobytes()
        if any(self._table):
            self._held[STAT] |= INTF
        self._schedule()
        self._signal()

    def _signal(self) -> None:
        if self._int is not None:
            active = self._held[INTC] & INTEN and any(self._table)
            self._int.drive(self.part.name, False if active else None)

    def _clear(self, bits: int = INTF | OVERFLOW) -> None:
        self._held[STAT] &= ~bits & 0xFF
        if bits & INTF:
            self._table = bytes(8)
        self._signal()

    # ---- registers
    def answers(self) -> bool:
        return self._supply.on and self._sim.now >= self._ready_ps

    def read_register(self, register: int) -> int:
        if register == PCTL:
            return self._mode
        if self._mode == SLEEP:
            return 0  # reading is not valid in sleep (4-11-1)
        if register >= PIXELS:
            return self._pixel_byte(register - PIXELS)
        if register in (THERMISTOR, THERMISTOR + 1):
            return _sign_and_size(self._degc()) >> 8 * (register - THERMISTOR) & 0xFF
        if TABLE <= register < TABLE + 8:
            return self._table[register - TABLE]
        return 0 if register in (RST, SCLR) or register >= UNLOCK else self._held[register]

    def write_register(self, register: int, value: int) -> None:
        if register == PCTL and value in (NORMAL, SLEEP, STANDBY_10S, STANDBY_60S):
            if value != self._mode and (self._mode != SLEEP or value == NORMAL):
                self._enter(value)
        elif self._mode == SLEEP:
            return  # only the way out of it is taken
        elif register == RST and value in (FLAG_RESET, INITIAL_RESET):
            self._clear()
        elif register == SCLR:
            self._clear(value & (INTF | OVERFLOW))
        elif register == UNLOCK:
            self._key = (*self._key, value)[-len(KEY) :]
        elif register == AVE:
            if self._key == KEY:
                self._held[AVE] = value & MOVING_AVERAGE
        elif register == FPSC:
            self._held[FPSC] = value & 1
            self._restart()
        elif register == INTC or INT_HIGH <= register < THERMISTOR:
            self._held[register] = value & (3 if register == INTC else 0xFF if register % 2 == 0 else 0x0F)
            self._schedule()

    def _pixel_byte(self, place: int) -> int:
        number = self._n_frames() - 1
        if number < 0:
            return 0
        words = self._frame(number).astype(int) & 0xFFF
        if number != self._read_out:
            self._read_out = number
            self.tallies["pixels"].add(words.astype("<u2").tobytes(), N_PIXELS)
        return int(words[place // 2]) >> 8 * (place % 2) & 0xFF

    def _degc(self) -> float:
        return float(self._ambient.at(self._sim.now)[0]) if self._ambient else _RESTING_DEGC

    def _word(self, register: int) -> int:
        return self._held[register] | self._held[register + 1] << 8


def _signed12(word: int) -> int:
    return (word & 0xFFF ^ 0x800) - 0x800


def _sign_and_size(degc: float) -> int:
    """A thermistor's word: sign and 11 bits of 0.0625 °C."""
    size = min(0x7FF, floor(abs(degc) / THERMISTOR_LSB_DEGC + 0.5))
    return size | (0x800 if degc < 0 and size else 0)
