"""Sensors whose registers answer on SPI too, ST's way.

Bit 7 of the first byte is 1 to read, the other seven are the register; then bytes, each to or from the
register that follows, until the chip select rises.
"""

from __future__ import annotations

from coincell.devices.i2c_target import I2cTarget
from coincell.ports import Pin


class SpiRegisters:
    """Implements ports.SpiDevice in front of a target's registers; `chip_select` (active low) frames the
    transfers.
    """

    def __init__(self, target: I2cTarget, chip_select: Pin) -> None:
        self._target = target
        self._register: int | None = None
        self._reading = False
        chip_select.pull("SPI " + chip_select.name, True)
        chip_select.watch(lambda level: self.select(not level))
        self.select(not chip_select.level)

    def select(self, active: bool) -> None:
        self._selected, self._register = active, None

    def exchange(self, byte: int) -> int:
        if not self._selected or not self._target.answers():
            return 0
        if self._register is None:
            self._register, self._reading = byte & 0x7F, bool(byte & 0x80)
            return 0
        register = self._register
        following = self._target.register_after(register, writing=not self._reading)
        self._register = register if following is None else following
        if self._reading:
            return self._target.read_register(register)
        self._target.write_register(register, byte)
        return 0
