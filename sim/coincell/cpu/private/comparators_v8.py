"""DWT comparators of Armv8-M: ranges are pairs; FUNCTION says what matches and what then (DDI 0553, D1.2).

Debug events come behind the instruction, as in Armv7-M.
"""

from __future__ import annotations

from dataclasses import dataclass

from coincell.cpu.private.comparators import Comparator, Watch
from coincell.cpu.private.debug_monitor import DWTTRAP
from coincell.cpu.state import CYCLES

_CYCLES, _PC, _PC_LIMIT, _DATA, _WRITES, _READS, _DATA_LIMIT = range(1, 8)
_VALUE, _VALUE_WRITES, _VALUE_READS, _LINKED_VALUE, _TRACED, _TRACED_WRITES, _TRACED_READS = range(8, 15)
"""FUNCTION.MATCH. What is traced has its address matched and its value sent: no packets are made here."""
_ADDRESSES = {_DATA: "rw", _WRITES: "w", _READS: "r", _TRACED: "rw", _TRACED_WRITES: "w", _TRACED_READS: "r"}
_VALUES = {_VALUE: "rw", _VALUE_WRITES: "w", _VALUE_READS: "r"}
_DEBUG_EVENT = 1
"""FUNCTION.ACTION; 0 only sets MATCHED, 2 and 3 send packets."""
_HELD, _MATCHED = 0xC3F, 1 << 24
_CAPABLE = {
    0b01011: {_CYCLES, _PC, *_ADDRESSES},
    0b01010: {_PC, *_ADDRESSES},
    0b11010: {_PC, _PC_LIMIT, _DATA_LIMIT, *_ADDRESSES},
    0b11110: {_PC, _PC_LIMIT, _DATA_LIMIT, _LINKED_VALUE, *_ADDRESSES, *_VALUES},
}
"""FUNCTION.ID -> what the comparator can match."""
_IDS = (0b01011, 0b11010, 0b01010, 0b11110)
"""Cortex-M33, comparators 0 to 3: only the last compares values. Reset values of RP2350's DWT_FUNCTION0 to 3
(raspberrypi/pico-sdk, commit a1438df, src/rp2350/hardware_regs/include/hardware/regs/m33.h, lines 1241, 1298,
1355, 1412). Those of 1 and 3 stand there as digits of the decimal number read as hexadecimal, as DWT_CTRL's
does: 0x89000828 is made from 3489660928, 0xD0000000, and no other ID gives it; 0x20000800 from 0xF0000000."""


@dataclass
class PairedComparator(Comparator):
    """COMP and FUNCTION of one."""

    @property
    def size(self) -> int:
        """Bytes that are compared: DATAVSIZE."""
        return min(1 << (self.function >> 10 & 3), 4)

    @property
    def armed(self) -> bool:
        return self.kind != 0


class PairedWatch(Watch):
    """Asked as the Armv7-M one is."""

    def reset(self) -> None:
        super().reset()
        self.comparators: list[Comparator] = [
            PairedComparator() for _ in range(self.core.options.dwt_comparators)
        ]

    def _span(self, n: int, limit: int, size: int) -> tuple[int, int]:
        """First and last address that comparator `n` looks at; the next one may hold the last."""
        first = self.comparators[n].value
        if n + 1 < len(self.comparators) and self.comparators[n + 1].kind == limit:
            return first, self.comparators[n + 1].value
        return first & -size, first | size - 1

    # ---- what happens -----------------------------------------------------------------------------------
    def accessed(self, address: int, size: int, write: bool, value: int) -> None:
        self._touched = True
        way = "w" if write else "r"
        for n, comparator in enumerate(self.comparators):
            assert isinstance(comparator, PairedComparator)
            if way in _ADDRESSES.get(comparator.kind, ""):
                if self._is_linked(n):
                    continue  # the value decides, below
                found = self._address_matches(n, address, size)
            elif way in _VALUES.get(comparator.kind, ""):
                found = _holds(comparator, size, value)
            elif comparator.kind == _LINKED_VALUE and way in _ADDRESSES.get(self.comparators[n - 1].kind, ""):
                found = self._address_matches(n - 1, address, size) and _holds(comparator, size, value)
            else:
                continue
            if found:
                self._match(comparator)

    def _is_linked(self, n: int) -> bool:
        return n + 1 < len(self.comparators) and self.comparators[n + 1].kind == _LINKED_VALUE

    def _address_matches(self, n: int, address: int, size: int) -> bool:
        comparator = self.comparators[n]
        assert isinstance(comparator, PairedComparator)
        first, last = self._span(n, _DATA_LIMIT, comparator.size)
        return address <= last and first < address + size

    def executed(self, address: int, before: int, counted: int) -> None:
        passed = self.core.state.wides[CYCLES] - self.core.exception_cycles - before
        counts = self.core.cycle_count() - counted & 0xFFFFFFFF
        for n, comparator in enumerate(self.comparators):
            if comparator.kind == _CYCLES:
                found = 0 < comparator.value - counted & 0xFFFFFFFF <= counts
            elif comparator.kind == _PC:
                first, last = self._span(n, _PC_LIMIT, 2)
                found = first <= address <= last
            else:
                continue
            if found:
                self._match(comparator)
        if self.profiled:
            self._attribute(passed)
        self._touched = False

    def _match(self, comparator: Comparator) -> None:
        comparator.matched = True
        if comparator.function >> 4 & 3 == _DEBUG_EVENT:
            self.core.debug.event(DWTTRAP)

    # ---- registers of one comparator --------------------------------------------------------------------
    def only_traces(self, function: int) -> bool:
        return function & 15 != 0 and function >> 4 & 3 > _DEBUG_EVENT

    def read(self, n: int, place: int) -> int:
        """COMP or FUNCTION, which begins with ID; there is no MASK."""
        if place == 1:
            return 0
        if place == 0:
            return self.comparators[n].value
        return super().read(n, place) | _IDS[n % len(_IDS)] << 27

    def write(self, n: int, place: int, value: int) -> None:
        """A MATCH that the comparator is not capable of is UNPREDICTABLE, here off."""
        comparator = self.comparators[n]
        if place == 0:
            comparator.value = value
        elif place == 2:
            capable = value & 15 in _CAPABLE[_IDS[n % len(_IDS)]]
            comparator.function = value & _HELD if capable else value & _HELD & ~15
            self.update()


def _holds(comparator: PairedComparator, size: int, value: int) -> bool:
    """Whether a part of the value that was moved is what the comparator has."""
    bits = 8 * comparator.size
    wanted = comparator.value & (1 << bits) - 1
    return any(value >> 8 * at & (1 << bits) - 1 == wanted for at in range(size - comparator.size + 1))
