"""DWT cycle counter and ITM stimulus ports, as far as firmware uses them (ARMv7-M ARM C1.7, C1.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coincell.cpu.state import CYCLES

if TYPE_CHECKING:
    from coincell.cpu.core import Core


class DataWatchpointAndTrace:
    """CYCCNT counts core cycles while awake; the other counters read zero. `ports.BusBlock`."""

    name = "dwt"
    base = 0xE0001000
    size = 0x1000

    def __init__(self, core: Core) -> None:
        self.core = core
        self.reset()

    def reset(self) -> None:
        self._enabled = False
        self._count = 0
        self._since = 0

    def _awake(self) -> int:
        return self.core.state.wides[CYCLES] - self.core.sleep_cycles

    def _value(self) -> int:
        return (self._count + (self._awake() - self._since if self._enabled else 0)) & 0xFFFFFFFF

    def read(self, offset: int, width: int) -> int:
        if offset == 0:
            return 0x40000000 | self._enabled
        return self._value() if offset == 4 else 0

    def write(self, offset: int, width: int, value: int) -> None:
        if offset == 0:
            self._count, self._since = self._value(), self._awake()
            self._enabled = bool(value & 1)
        elif offset == 4:
            self._count, self._since = value, self._awake()


class InstrumentationTrace:
    """Stimulus port 0 is a console; ports always take what they are given. `ports.BusBlock`."""

    name = "itm"
    base = 0xE0000000
    size = 0x1000

    def __init__(self, receive: Callable[[int], None]) -> None:
        self._receive = receive
        self.reset()

    def reset(self) -> None:
        self._values = {0xE00: 0, 0xE80: 0}

    def read(self, offset: int, width: int) -> int:
        return 1 if offset < 0x80 else self._values.get(offset, 0)

    def write(self, offset: int, width: int, value: int) -> None:
        if offset in self._values:
            self._values[offset] = value
        elif offset < 4 and self._values[0xE80] & 1 and self._values[0xE00] & 1:
            for n in range(width):
                self._receive(value >> 8 * n & 0xFF)
