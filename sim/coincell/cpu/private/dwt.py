"""The Data Watchpoint and Trace unit: cycle and profiling counters, comparators (ARMv7-M ARM C1.8).

Not modelled, and told to `note` by Arm's name: trace packets. Only the core reads these registers here, and
a program cannot sample itself: DWT_PCSR reads all ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coincell.cpu.private.comparators import CPICNT, FOLDCNT, LSUCNT
from coincell.cpu.private.private_names import register_name
from coincell.cpu.state import CYCLES

if TYPE_CHECKING:
    from coincell.cpu.core import Core

Note = Callable[[str, str], None]
"""Takes block and register of an access that is not modelled."""
_LAR, _LSR = 0xFB0, 0xFB4
"""LSR reads 0: there is no lock for software to open, so writing LAR does nothing (C1.1)."""
_CTRL, _CYCCNT, _CPICNT, _EXCCNT, _SLEEPCNT, _LSUCNT, _FOLDCNT, _PCSR = range(0, 0x20, 4)
_COMP0 = 0x20
_COUNTING = 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20 | 1 << 21
"""DWT_CTRL: CPIEVTENA, EXCEVTENA, SLEEPEVTENA, LSUEVTENA, FOLDEVTENA."""
_PACKETS = 0x007F1FFE & ~_COUNTING
"""DWT_CTRL: what only makes or times trace packets (C1.8.7)."""
_STEPPED = {_CPICNT: CPICNT, _LSUCNT: LSUCNT, _FOLDCNT: FOLDCNT}


def unheard(block: str, register: str) -> None:
    """For a core that nobody reports on."""


class DataWatchpointAndTrace:
    """CYCCNT counts core cycles while awake, and while DEMCR.TRCENA is set. `ports.BusBlock`."""

    name = "dwt"
    base = 0xE0001000
    size = 0x1000

    def __init__(self, core: Core, note: Note = unheard) -> None:
        self.core = core
        self._note = note
        core.on_trace_enabled = self._start
        core.cycle_count = self._value
        self.reset()

    def reset(self) -> None:
        self._control = 0
        self._count = self._since = 0
        self._exceptions = self._sleep = 0
        self._running = False
        self.core.watch.reset()

    # ---- counters -------------------------------------------------------------------------------------
    def _awake(self) -> int:
        return self.core.state.wides[CYCLES] - self.core.sleep_cycles

    def _value(self) -> int:
        return (self._count + (self._awake() - self._since if self._running else 0)) & 0xFFFFFFFF

    def _start(self) -> None:
        """CYCCNTENA or TRCENA may have changed."""
        self._count, self._since = self._value(), self._awake()
        self._running = bool(self._control & 1) and self.core.debug.trace_enabled

    def _write_control(self, value: int) -> None:
        begun = value & ~self._control
        self._control = value & (_COUNTING | _PACKETS | 1)
        self._start()
        if begun >> 18 & 1:
            self._exceptions = self.core.exception_cycles
        if begun >> 19 & 1:
            self._sleep = self.core.sleep_cycles
        self.core.watch.profile(self._control)
        if value & _PACKETS:
            self._note(self.name, register_name(self.name, _CTRL))

    def _read_counter(self, offset: int) -> int:
        """Eight bits that count up since the counter was enabled."""
        if offset == _EXCCNT:
            counted = self.core.exception_cycles - self._exceptions if self._control >> 18 & 1 else 0
        elif offset == _SLEEPCNT:
            counted = self.core.sleep_cycles - self._sleep if self._control >> 19 & 1 else 0
        else:
            counted = self.core.watch.extra_cycles[_STEPPED[offset]]
        return counted & 0xFF

    # ---- access -----------------------------------------------------------------------------------------
    def read(self, offset: int, width: int) -> int:
        return self._read_word(offset & ~3) >> (offset & 3) * 8 & ((1 << width * 8) - 1)

    def _read_word(self, offset: int) -> int:
        watch = self.core.watch
        if offset == _CTRL:
            return len(watch.comparators) << 28 | self._control
        if offset == _CYCCNT:
            return self._value()
        if offset == _PCSR:
            return 0xFFFFFFFF
        if offset < _PCSR:
            return self._read_counter(offset)
        if self._comparator(offset):
            return watch.read(offset - _COMP0 >> 4, offset >> 2 & 3)
        if offset != _LSR:
            self._note(self.name, register_name(self.name, offset))
        return 0

    def write(self, offset: int, width: int, value: int) -> None:
        if offset == _CTRL:
            self._write_control(value)
        elif offset == _CYCCNT:
            self._count, self._since = value, self._awake()
        elif self._comparator(offset):
            n = offset - _COMP0 >> 4
            self.core.watch.write(n, offset >> 2 & 3, value)
            if offset >> 2 & 3 == 2 and self.core.watch.only_traces(value):
                self._note(self.name, register_name(self.name, offset))
        elif offset != _LAR:
            self._note(self.name, register_name(self.name, offset))

    def _comparator(self, offset: int) -> bool:
        n = offset - _COMP0 >> 4
        return 0 <= n < len(self.core.watch.comparators) and offset >> 2 & 3 < 3
