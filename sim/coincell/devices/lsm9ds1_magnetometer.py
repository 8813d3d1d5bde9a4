"""Magnetometer of an LSM9DS1: the registers at I2C address 0x1E.

Names, addresses, bits and rates: ST's driver lsm9ds1-pid (lsm9ds1_reg.h:697-884, scale factors
lsm9ds1_reg.c:137-155). Defaults: data sheet DocID025715, from memory.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from coincell.devices.byte_registers import ByteRegisters
from coincell.devices.i2c_target import I2cTarget
from coincell.devices.sampled import Element, quantised
from coincell.peripherals.tally import Tally
from coincell.simtime import Simulation

WHO_AM_I = 0x3D
ID, CTRL_REG1, CTRL_REG2, CTRL_REG3, CTRL_REG5, STATUS, OUT = 0x0F, 0x20, 0x21, 0x22, 0x24, 0x27, 0x28
RESETS = {CTRL_REG1: 0x10, CTRL_REG3: 0x03, 0x30: 0x08}
WRITABLE = (*range(0x05, 0x0B), *range(0x20, 0x25), 0x30, 0x32, 0x33)
NOT_MODELLED = {
    CTRL_REG1: (0x01, "CTRL_REG1_M.ST"),
    0x23: (0x02, "CTRL_REG4_M.BLE"),
    0x30: (0x01, "INT_CFG_M.IEN"),
}
RATES = tuple(Fraction(5, 8) * 2**n for n in range(8))
"""By DO: 0.625 to 80 Hz."""
TESLA_PER_LSB = (0.14e-7, 0.29e-7, 0.43e-7, 0.58e-7)
"""By FS: 4, 8, 12, 16 gauss."""
_CONTINUOUS, _SINGLE = 0, 1
_ZYXDA, _ZYXOR = 0x0F, 0xF0


class Magnetometer(I2cTarget):
    """Missing: self-test, interrupt; hard-iron offsets do nothing."""

    def __init__(
        self, sim: Simulation, part: str, address: int, field: Element, changed: Callable[[], None]
    ) -> None:
        super().__init__(address)
        self._sim, self._element = sim, field
        self._registers = ByteRegisters(part, RESETS, WRITABLE, NOT_MODELLED)
        self._changed = changed
        self._alive = False
        self.tally = Tally(3)
        self._forget()

    def power(self, on: bool) -> None:
        """Its supply is there and it has booted, or not."""
        self._alive = on
        self._registers.reset()
        self._forget()

    @property
    def on(self) -> bool:
        """Whether it measures."""
        return self._element.on

    def _forget(self) -> None:
        self._element.stop()
        self._settings = (0, 0)
        self._n_seen, self._status = 0, 0
        self._sample, self._unread = bytes(6), False
        self._held: dict[int, int] = {}

    def answers(self) -> bool:
        return self._alive

    def register_after(self, register: int, writing: bool) -> int:
        """Bit 7 of the sub-address says whether a transfer moves on."""
        return register & 0x80 | (register + 1) & 0x7F if register & 0x80 else register

    def read_register(self, register: int) -> int:
        register &= 0x7F
        self._collect()
        if register == ID:
            return WHO_AM_I
        if register == STATUS:
            return self._status
        if OUT <= register < OUT + 6:
            return self._output(register - OUT)
        return self._registers[register]

    def write_register(self, register: int, value: int) -> None:
        register &= 0x7F
        self._collect()
        if not self._registers.store(register, value):
            return
        if register == CTRL_REG2 and value & 0x0C:
            if value & 0x04:
                self._registers.reset()
                self._forget()
            self._registers.clear(CTRL_REG2, 0x0C)
        mode, rate = self._registers[CTRL_REG3] & 3, self._registers[CTRL_REG1] >> 2 & 7
        if (mode, rate) != self._settings or (register == CTRL_REG3 and mode == _SINGLE):
            self._settings = mode, rate
            self._n_seen = 0
            self._element.stop()
            if mode in (_CONTINUOUS, _SINGLE):
                self._element.begin(self._sim.now, RATES[rate], RATES[rate] / 2)
        self._changed()

    def _collect(self) -> None:
        if not self._element.on:
            return
        complete = self._element.complete(self._sim.now)
        single = self._settings[0] == _SINGLE
        if single:
            complete = min(complete, 1)
        if complete == self._n_seen:
            return
        scale = TESLA_PER_LSB[self._registers[CTRL_REG2] >> 5 & 3]
        self._sample = quantised(self._element.read(complete - 1, 1)[0], scale).tobytes()
        self._unread = True
        self._n_seen = complete
        self._status |= _ZYXDA | (_ZYXOR if self._status & _ZYXDA else 0)
        if single:
            self._element.stop()
            self._changed()

    def _output(self, place: int) -> int:
        byte = self._held.pop(place, self._sample[place])
        if self._registers[CTRL_REG5] & 0x40 and not place & 1:
            self._held[place + 1] = self._sample[place + 1]
        if self._unread:
            self._unread = False
            self.tally.add(self._sample, rate_hz=RATES[self._registers[CTRL_REG1] >> 2 & 7])
        if place == 5:
            self._status = 0
        return byte
