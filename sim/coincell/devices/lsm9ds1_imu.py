"""Accelerometer and gyroscope of an LSM9DS1: the registers at I2C address 0x6B.

Names, addresses, bits and rates: ST's driver lsm9ds1-pid (lsm9ds1_reg.h:192-697, 985-1095; scale factors
lsm9ds1_reg.c:102-160) and, for defaults, the data sheet DocID025715 Rev 2, table 21. Cut-offs, FIFO behaviour
and turn-on samples: the same data sheet, from memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from coincell.devices.byte_registers import ByteRegisters
from coincell.devices.i2c_target import I2cTarget
from coincell.devices.sampled import Element, quantised
from coincell.peripherals.tally import Tally
from coincell.ports import Pin
from coincell.simtime import Simulation

WHO_AM_I = 0x68
INT1_CTRL, INT2_CTRL, ID = 0x0C, 0x0D, 0x0F
CTRL_REG1_G, CTRL_REG2_G, CTRL_REG3_G = 0x10, 0x11, 0x12
TEMP, STATUS, OUT_G = 0x15, 0x17, 0x18
CTRL_REG6_XL, CTRL_REG7_XL, CTRL_REG8, CTRL_REG9, CTRL_REG10 = 0x20, 0x21, 0x22, 0x23, 0x24
STATUS_AGAIN, OUT_XL, FIFO_CTRL, FIFO_SRC = 0x27, 0x28, 0x2E, 0x2F
RESETS = {0x1E: 0x38, 0x1F: 0x38, CTRL_REG8: 0x04}
WRITABLE = (*range(0x04, 0x0E), *range(0x10, 0x14), *range(0x1E, 0x25), FIFO_CTRL, *range(0x30, 0x38))
NOT_MODELLED = {
    0x04: (0x80, "ACT_THS.SLEEP_ON_INACT"),
    0x06: (0xFF, "INT_GEN_CFG_XL"),
    CTRL_REG2_G: (0x0F, "CTRL_REG2_G (output after the high pass or the second low pass)"),
    CTRL_REG3_G: (0x40, "CTRL_REG3_G.HP_EN"),
    0x13: (0x3F, "ORIENT_CFG_G"),
    CTRL_REG7_XL: (0x04, "CTRL_REG7_XL.FDS"),
    CTRL_REG8: (0x02, "CTRL_REG8.BLE"),
    CTRL_REG9: (0x40, "CTRL_REG9.SLEEP_G"),
    CTRL_REG10: (0x05, "CTRL_REG10 (self-test)"),
    0x30: (0xFF, "INT_GEN_CFG_G"),
}
RATES_XL = {1: Fraction(10), 2: Fraction(50)} | {3 + n: Fraction(119 << n) for n in range(4)}
RATES_G = {1: Fraction(149, 10), 2: Fraction(119, 2)} | {3 + n: Fraction(119 << n) for n in range(4)}
BANDWIDTHS_XL = {119: 50, 238: 105, 476: 211}
"""Rate -> anti-aliasing cut-off [Hz] with BW_SCAL_ODR 0; 408 Hz at the other rates."""
BANDWIDTHS_G = {1: 5, 2: 19, 3: 38, 4: 76, 5: 100, 6: 100}
"""ODR_G -> cut-off of LPF1 [Hz]."""
MG_PER_LSB = (0.061, 0.732, 0.122, 0.244)
"""By FS_XL: 2, 16, 4, 8 g."""
MDPS_PER_LSB = (8.75, 17.5, 17.5, 70.0)
"""By FS_G: 245, 500, (none), 2000 degrees per second."""
UNSETTLED_XL = {119: 1, 238: 2, 476: 4, 952: 7}
"""Rate -> samples to discard after the accelerometer was switched on; 0 at 10 Hz, 1 at others."""
UNSETTLED_G = {1: 2, 2: 3, 3: 3, 4: 4, 5: 5, 6: 8}
FIFO_DEPTH = 32
_FTH, _OVRN = 0x80, 0x40
_XLDA, _GDA, _TDA = 1, 2, 4
_BYPASS, _FIFO, _CONTINUOUS = 0, 1, 6


class Imu(I2cTarget):
    """`changed` is called when what it draws may have changed.

    With the gyroscope on, both sample at the gyroscope's rate and in step. Missing: interrupt generators,
    high pass, self-test, orientation, FIFO modes that an interrupt switches; writes that ask for them raise.
    """

    def __init__(
        self,
        sim: Simulation,
        part: str,
        address: int,
        acceleration: Element,
        rotation: Element,
        interrupts: Mapping[int, Pin | None],
        changed: Callable[[], None],
    ) -> None:
        super().__init__(address)
        self._sim = sim
        self._xl, self._g = acceleration, rotation
        self._registers = ByteRegisters(
            part, RESETS, WRITABLE, NOT_MODELLED | {FIFO_CTRL: (0x00, "FIFO_CTRL")}
        )
        self._who = part
        self._pins = {register: pin for register, pin in interrupts.items() if pin is not None}
        self._changed = changed
        self._wake = sim.alarm(self._settle)
        self._alive = False
        self.tallies = {"acceleration": Tally(3), "rotation": Tally(3)}
        self._forget()

    def power(self, on: bool) -> None:
        """Its supply is there and it has booted, or not."""
        self._alive = on
        self._registers.reset()
        self._forget()
        self._settle()

    @property
    def accelerating(self) -> bool:
        """Whether the accelerometer is on."""
        return self._xl.on

    @property
    def gyroscope(self) -> tuple[Fraction, bool] | None:
        """Rate and whether in low-power mode, while the gyroscope is on."""
        low_power = bool(self._registers[CTRL_REG3_G] & 0x80) and self._registers[CTRL_REG1_G] >> 5 <= 3
        return (self._g.rate_hz, low_power) if self._g.on else None

    def _forget(self) -> None:
        self._xl.stop()
        self._g.stop()
        self._settings: tuple[int, ...] = ()
        self._slots: deque[bytes] = deque()
        self._overrun = False
        self._n_seen = 0
        self._now_out = bytes(12)  # rotation, acceleration: the latest sample
        self._fresh = 0  # flags of STATUS
        self._unread = [False, False]
        self._held: dict[int, int] = {}

    # ---- the bus --------------------------------------------------------------------------------------
    def answers(self) -> bool:
        return self._alive

    def register_after(self, register: int, writing: bool) -> int:
        """A burst over the output registers goes round: gyroscope, accelerometer, gyroscope.

        The accelerometer alone goes round by itself (data sheet of the LSM6DB0, its six-axis sibling, 7.1).
        """
        if not self._registers[CTRL_REG8] & 0x04:
            return register
        register &= 0x7F
        if register == OUT_G + 5 and self._xl.on:
            return OUT_XL
        if register == OUT_XL + 5:
            return OUT_G if self._g.on else OUT_XL
        return (register + 1) & 0x7F

    def read_register(self, register: int) -> int:
        self._collect()
        value = self._answer(register & 0x7F)
        self._settle()
        return value

    def _answer(self, register: int) -> int:
        if register == ID:
            return WHO_AM_I
        if register in (STATUS, STATUS_AGAIN):
            return self._fresh | (_TDA if self._xl.on or self._g.on else 0)
        if register == FIFO_SRC:
            return self._fifo_source()
        if OUT_G <= register < OUT_G + 6:
            return self._output(register - OUT_G)
        if OUT_XL <= register < OUT_XL + 6:
            return self._output(register - OUT_XL + 6)
        return self._registers[register]  # OUT_TEMP too: 0 is 25 °C

    def write_register(self, register: int, value: int) -> None:
        register &= 0x7F
        self._collect()
        if register == FIFO_CTRL and value >> 5 not in (_BYPASS, _FIFO, _CONTINUOUS):
            ByteRegisters(self._who, {}, (), {FIFO_CTRL: (0xE0, "FIFO_CTRL.FMODE")}).store(FIFO_CTRL, value)
        if not self._registers.store(register, value):
            return
        if register == CTRL_REG8 and value & 0x81:
            if value & 0x01:
                self._registers.reset()
                self._forget()
            self._registers.clear(CTRL_REG8, 0x81)
        if register == FIFO_CTRL and value >> 5 == _BYPASS:
            self._slots.clear()
            self._overrun = False
        self._configure()
        self._settle()

    # ---- sampling -------------------------------------------------------------------------------------
    def _configure(self) -> None:
        """Start and stop sampling as the registers say; a new rate begins a new grid now."""
        control_g, control_xl = self._registers[CTRL_REG1_G], self._registers[CTRL_REG6_XL]
        code_g = control_g >> 5
        rate_g = RATES_G.get(code_g)
        rate_xl = RATES_XL.get(control_xl >> 5)
        settings = code_g, control_xl >> 5 if rate_xl else 0, control_xl & 0x07
        if rate_g and rate_xl:
            settings, rate_xl = (code_g, 1, control_xl & 0x07), rate_g
        if settings != self._settings:
            self._settings = settings
            self._n_seen, self._fresh = 0, 0
            self._g.stop()
            self._xl.stop()
            if rate_g:
                self._g.begin(self._sim.now, rate_g, Fraction(BANDWIDTHS_G[code_g]), UNSETTLED_G[code_g])
            if rate_xl:
                self._xl.begin(
                    self._sim.now, rate_xl, self._bandwidth_xl(rate_xl, control_xl), self._unsettled(rate_xl)
                )
        self._changed()

    @staticmethod
    def _bandwidth_xl(rate_hz: Fraction, control: int) -> Fraction:
        if control & 0x04:
            return Fraction((408, 211, 105, 50)[control & 3])
        return Fraction(BANDWIDTHS_XL.get(int(rate_hz), 408))

    @staticmethod
    def _unsettled(rate_hz: Fraction) -> int:
        return 0 if rate_hz == 10 else UNSETTLED_XL.get(int(rate_hz), 1)

    @property
    def _leader(self) -> Element | None:
        """Whose samples are counted: both are in step when both are on."""
        return self._g if self._g.on else self._xl if self._xl.on else None

    def _samples(self, first: int, count: int) -> list[bytes]:
        """Rotation and acceleration of so many samples, 12 bytes each."""
        rows = np.zeros((count, 6), "<i2")
        if self._g.on:
            scale = MDPS_PER_LSB[self._registers[CTRL_REG1_G] >> 3 & 3]
            rows[:, :3] = quantised(self._g.read(first, count), np.radians(scale / 1000))
        if self._xl.on:
            scale = MG_PER_LSB[self._registers[CTRL_REG6_XL] >> 3 & 3]
            rows[:, 3:] = quantised(self._xl.read(first, count), scale / 1000)
        return [row.tobytes() for row in rows]

    def _collect(self) -> None:
        """Take note of every sample that is complete by now."""
        leader = self._leader
        if leader is None:
            return
        complete = leader.complete(self._sim.now)
        count = complete - self._n_seen
        if count <= 0:
            return
        if self._fifo_mode == _BYPASS:
            self._now_out = self._samples(complete - 1, 1)[0]
            self._unread = [self._g.on, self._xl.on]
        else:
            self._fill(self._n_seen, count)
        self._n_seen = complete
        self._fresh |= (_GDA if self._g.on else 0) | (_XLDA if self._xl.on else 0)

    # ---- FIFO -----------------------------------------------------------------------------------------
    @property
    def _fifo_mode(self) -> int:
        return self._registers[FIFO_CTRL] >> 5 if self._registers[CTRL_REG9] & 0x02 else _BYPASS

    @property
    def _threshold(self) -> int:
        return self._registers[FIFO_CTRL] & 0x1F

    @property
    def _depth(self) -> int:
        return self._threshold if self._registers[CTRL_REG9] & 0x01 and self._threshold else FIFO_DEPTH

    def _fill(self, first: int, count: int) -> None:
        depth, room = self._depth, self._depth - len(self._slots)
        if self._fifo_mode == _FIFO:
            if room > 0:
                self._slots += self._samples(first, min(room, count))
            return
        if count > room:
            self._overrun = True
        kept = min(count, depth)  # older ones would be overwritten at once
        self._slots += self._samples(first + count - kept, kept)
        while len(self._slots) > depth:
            self._slots.popleft()

    def _fifo_source(self) -> int:
        level = len(self._slots)
        return level | (_FTH if self._at_threshold else 0) | (_OVRN if self._overrun else 0)

    @property
    def _at_threshold(self) -> bool:
        return self._fifo_mode != _BYPASS and len(self._slots) >= self._threshold

    # ---- output registers -----------------------------------------------------------------------------
    def _output(self, place: int) -> int:
        """Byte `place` of the FIFO's oldest sample, or of the latest one; with BDU, never half of each."""
        fifo = self._fifo_mode != _BYPASS
        sample = self._slots[0] if fifo and self._slots else self._now_out
        byte = self._held.pop(place, sample[place])
        if self._registers[CTRL_REG8] & 0x40 and not place & 1:
            self._held[place + 1] = sample[place + 1]
        if place & 1:
            self._fresh &= ~(_GDA if place < 6 else _XLDA)
        if fifo and self._slots and place == (11 if self._xl.on else 5):
            self._now_out = self._slots.popleft()
            self._overrun = False
            self._unread = [self._g.on, self._xl.on]
            self._note(0)
            self._note(1)
        elif not fifo:
            self._note(place // 6)
        return byte

    def _note(self, which: int) -> None:
        if self._unread[which]:
            self._unread[which] = False
            name, element = (("rotation", self._g), ("acceleration", self._xl))[which]
            self.tallies[name].add(self._now_out[6 * which : 6 * which + 6], rate_hz=element.rate_hz)

    # ---- interrupts -----------------------------------------------------------------------------------
    def _settle(self) -> None:
        """Drive the interrupt pins, and be called again when a sample may change them."""
        if not self._pins:
            return
        self._collect()
        level = len(self._slots)
        reasons = self._fresh & (_XLDA | _GDA)
        reasons |= 0x08 if self._at_threshold and self._fifo_mode else 0
        reasons |= 0x10 if self._overrun else 0
        reasons |= 0x20 if level == FIFO_DEPTH else 0
        active_low, enabled = bool(self._registers[CTRL_REG8] & 0x20), 0
        for register, pin in self._pins.items():
            enabled |= self._registers[register]
            raised = bool(self._registers[register] & reasons)
            pin.drive(self._who, (raised != active_low) if self._alive else None)
        leader = self._leader
        if leader is None or not enabled & 0x3B:
            self._wake.cancel()
            return
        to_go = 1
        if not enabled & 0x33 and level < self._threshold:
            to_go = self._threshold - level  # nothing else can happen before
        self._wake.set(leader.time_of(self._n_seen + to_go - 1))
