"""DWT comparators and profiling counters: what is looked at after each instruction (ARMv7-M ARM C1.8).

While one of them is on, the core runs one instruction at a time (`cpu.guarded`); off, they cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coincell.cpu.private.debug_monitor import DWTTRAP
from coincell.cpu.state import CYCLES

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_MATCHED, _DATAVMATCH, _CYCMATCH = 1 << 24, 1 << 8, 1 << 7
_PC, _READ, _WRITE = 4, 5, 6
"""FUNCTION (table C1-14): 4 matches the program counter, 5 reads, 6 writes, 7 both; 8 to 11 are the same four
for the trace unit, without a debug event; 1 to 3 only send packets."""
_VALUE_COMPARATOR = 1
"""The only one that compares values, as on Cortex-M3 and M4 (DDI 0439 9.2)."""
CPICNT, LSUCNT, FOLDCNT = 17, 20, 21
"""Bits of DWT_CTRL that switch on the counters that need every instruction looked at."""
_STEPPED = 1 << CPICNT | 1 << LSUCNT | 1 << FOLDCNT


@dataclass
class Comparator:
    """COMP, MASK and FUNCTION of one."""

    value: int = 0
    mask: int = 0
    function: int = 0
    matched: bool = False

    @property
    def kind(self) -> int:
        return self.function & 15

    @property
    def armed(self) -> bool:
        return 4 <= self.kind <= 11

    def holds(self, address: int, size: int) -> bool:
        """Whether any byte of the access lies where the comparator looks."""
        ignored = (1 << self.mask) - 1
        first = self.value & ~ignored
        return address <= first + ignored and first < address + size


class Watch:
    """`armed` while an instruction must be looked at; then `accessed` and `executed` are called."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.reset()

    def reset(self) -> None:
        self.comparators = [Comparator() for _ in range(self.core.options.dwt_comparators)]
        self.profiled = 0
        """The bits of DWT_CTRL that are on and need every instruction."""
        self.extra_cycles = {CPICNT: 0, LSUCNT: 0, FOLDCNT: 0}
        self.armed = False
        self._touched = False

    def profile(self, control: int) -> None:
        """DWT_CTRL was written: counters that begin do so at zero (C1.8.7)."""
        for bit in self.extra_cycles:
            if control >> bit & 1 and not self.profiled >> bit & 1:
                self.extra_cycles[bit] = 0
        self.profiled = control & _STEPPED
        self.update()

    def update(self) -> None:
        """Something that decides whether it is armed has changed."""
        self.armed = self.core.debug.trace_enabled and (
            bool(self.profiled) or any(c.armed for c in self.comparators)
        )
        self.core.update_guarded()

    # ---- what happens ---------------------------------------------------------------------------------
    def accessed(self, address: int, size: int, write: bool, value: int) -> None:
        """One data access of the present instruction."""
        self._touched = True
        wanted = _WRITE if write else _READ
        for comparator in self.comparators:
            kind = comparator.kind & 7 if comparator.kind < 8 else comparator.kind - 4
            if not comparator.armed or kind not in (wanted, 7):
                continue
            if comparator.function & _DATAVMATCH:
                found = self._value_matches(comparator, address, size, value)
            else:
                found = comparator.holds(address, size)
            if found:
                self._match(comparator)

    def _value_matches(self, comparator: Comparator, address: int, size: int, value: int) -> bool:
        """The value, at the addresses of the linked comparators; a link to itself is to any address."""
        width = min(1 << (comparator.function >> 10 & 3), 4)
        wanted = comparator.value & (1 << 8 * width) - 1
        parts = (value >> 8 * at & (1 << 8 * width) - 1 for at in range(0, size - width + 1, width))
        if wanted not in parts:
            return False
        links = {comparator.function >> 12 & 15, comparator.function >> 16 & 15} - {_VALUE_COMPARATOR}
        linked = [self.comparators[n] for n in links if n < len(self.comparators)]
        return not linked or any(other.holds(address, size) for other in linked)

    def executed(self, address: int, before: int, counted: int) -> None:
        """The instruction at `address` is complete.

        `before` is when it began, exceptions' cycles excluded; CYCCNT was `counted` then.
        """
        passed = self.core.state.wides[CYCLES] - self.core.exception_cycles - before
        counts = self.core.cycle_count() - counted & 0xFFFFFFFF
        for comparator in self.comparators:
            if comparator.kind not in (_PC, _PC + 4):
                continue
            if comparator.function & _CYCMATCH:
                found = 0 < comparator.value - counted & 0xFFFFFFFF <= counts
            else:
                found = comparator.holds(address, 2)
            if found:
                self._match(comparator)
        if self.profiled:
            self._attribute(passed)
        self._touched = False

    def _attribute(self, cycles: int) -> None:
        """Cycles beyond one an instruction (C1.8.1): of loads and stores, or of others; or a folded one."""
        bit = FOLDCNT if not cycles else LSUCNT if self._touched else CPICNT
        if self.profiled >> bit & 1:
            self.extra_cycles[bit] += 1 if not cycles else cycles - 1

    def _match(self, comparator: Comparator) -> None:
        comparator.matched = True
        if comparator.kind < 8:
            self.core.debug.event(DWTTRAP)

    # ---- registers of one comparator --------------------------------------------------------------------
    def only_traces(self, function: int) -> bool:
        """What is written to FUNCTION is for packets or the trace unit."""
        return function & 15 != 0 and not _PC <= function & 15 <= 7

    def read(self, n: int, place: int) -> int:
        """COMP, MASK or FUNCTION; reading FUNCTION clears MATCHED."""
        comparator = self.comparators[n]
        if place < 2:
            return (comparator.value, comparator.mask)[place]
        matched, comparator.matched = comparator.matched, False
        return comparator.function | (_MATCHED if matched else 0)

    def write(self, n: int, place: int, value: int) -> None:
        comparator = self.comparators[n]
        if place == 0:
            comparator.value = value
        elif place == 1:
            comparator.mask = value & 31
        else:
            able = 0xFF10F if n == _VALUE_COMPARATOR else 0xF
            able |= 0xC00 if n == _VALUE_COMPARATOR else 0
            comparator.function = value & (able | (_CYCMATCH if n == 0 else 0))
            self.update()
