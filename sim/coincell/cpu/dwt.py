"""DWT cycle counter and ITM stimulus ports, as far as firmware uses them (ARMv7-M ARM C1.7, C1.8).

What is not modelled - comparators, the other counters, trace packets - is told to `note` by Arm's name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coincell.cpu.private_names import register_name
from coincell.cpu.state import CYCLES

if TYPE_CHECKING:
    from coincell.cpu.core import Core

Note = Callable[[str, str], None]
"""Takes block and register of an access that is not modelled."""
_LAR, _LSR = 0xFB0, 0xFB4
"""LSR reads 0: there is no lock for software to open, so writing LAR does nothing (C1.1)."""
_CTRL, _CYCCNT = 0x000, 0x004
_EVENTS = 0x007F1FFE
"""DWT_CTRL: counters, sampling and packets, whatever is not CYCCNTENA or read-only (C1.8.7)."""
_TER, _TPR, _TCR = 0xE00, 0xE40, 0xE80


def unheard(block: str, register: str) -> None:
    """For a core that nobody reports on."""


class DataWatchpointAndTrace:
    """CYCCNT counts core cycles while awake. `ports.BusBlock`."""

    name = "dwt"
    base = 0xE0001000
    size = 0x1000

    def __init__(self, core: Core, note: Note = unheard) -> None:
        self.core = core
        self._note = note
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
        word = 0
        if offset & ~3 == _CTRL:
            word = self.core.options.dwt_comparators << 28 | self._enabled
        elif offset & ~3 == _CYCCNT:
            word = self._value()
        elif offset & ~3 != _LSR:
            self._note(self.name, register_name(self.name, offset))
        return word >> (offset & 3) * 8 & ((1 << width * 8) - 1)

    def write(self, offset: int, width: int, value: int) -> None:
        if offset == _CTRL:
            self._count, self._since = self._value(), self._awake()
            self._enabled = bool(value & 1)
            if value & _EVENTS:
                self._note(self.name, register_name(self.name, offset))
        elif offset == _CYCCNT:
            self._count, self._since = value, self._awake()
        elif offset != _LAR:
            self._note(self.name, register_name(self.name, offset))


class InstrumentationTrace:
    """Stimulus port 0 is a console; ports always take what they are given. `ports.BusBlock`."""

    name = "itm"
    base = 0xE0000000
    size = 0x1000

    def __init__(self, receive: Callable[[int], None], note: Note = unheard) -> None:
        self._receive = receive
        self._note = note
        self.reset()

    def reset(self) -> None:
        self._values = {_TER: 0, _TPR: 0, _TCR: 0}

    def read(self, offset: int, width: int) -> int:
        if offset < 0x80:
            return 1
        if offset in self._values:
            return self._values[offset]
        if offset != _LSR:
            self._note(self.name, register_name(self.name, offset))
        return 0

    def write(self, offset: int, width: int, value: int) -> None:
        if offset in self._values:
            self._values[offset] = value
        elif offset < 0x80:
            self._stimulate(offset >> 2, width, value)
        elif offset != _LAR:
            self._note(self.name, register_name(self.name, offset))

    def _stimulate(self, port: int, width: int, value: int) -> None:
        """A port that is not enabled ignores what is written (C1.7.3); of the others only 0 is heard."""
        if not (self._values[_TCR] & 1 and self._values[_TER] >> port & 1):
            return
        if port:
            self._note(self.name, register_name(self.name, 4 * port))
            return
        for n in range(width):
            self._receive(value >> 8 * n & 0xFF)
