"""How to find a function's caller: call frame information from .debug_frame or .eh_frame (DWARF 5, 6.4)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from elftools.dwarf.callframe import FDE, RegisterRule
from elftools.dwarf.dwarfinfo import DWARFInfo

from coincell.image.dwarf import DebugInfo

RETURN = 14
"""The column of the return address is LR's (DWARF for the Arm Architecture, AADWARF32)."""
_MAX_SECTION_BYTES = 1 << 20
"""pyelftools reads about 250 kB of it a second."""
_MAX_ENTRY_BYTES = 1 << 12
"""Rows times registers of one entry are what a hostile file could make large."""


@dataclass(frozen=True)
class Saved:
    """Where a register of the caller is: in memory at the frame's address plus `offset`, that address itself
    plus `offset` ("value"), or in another register; or nowhere.
    """

    how: str
    offset: int = 0


@dataclass(frozen=True)
class FrameRule:
    """The canonical frame address (the caller's stack pointer) is `register` + `offset`."""

    register: int
    offset: int
    saved: Mapping[int, Saved]


_HOW = {
    RegisterRule.OFFSET: "memory",
    RegisterRule.VAL_OFFSET: "value",
    RegisterRule.REGISTER: "register",
    RegisterRule.SAME_VALUE: "same",
}


class CallFrames:
    """Call it with an address; the answer is the rule that holds there, or None where nothing is known.

    Damaged information is no reason to fail: it answers None.
    """

    def __init__(self, debug: DebugInfo) -> None:
        self._debug = debug

    def __call__(self, address: int) -> FrameRule | None:
        # the many exception types of pyelftools on damaged files, as in elf.py
        try:
            return self._find(address)
        except Exception:
            return None

    def _find(self, address: int) -> FrameRule | None:
        starts, entries = self._entries
        for start, end, number in reversed(entries[: bisect_right(starts, address)][-8:]):
            if start <= address < end:
                pcs, rules = self._rules(number)
                index = bisect_right(pcs, address) - 1
                return rules[index] if index >= 0 else None
        return None

    @cached_property
    def _entries(self) -> tuple[list[int], list[tuple[int, int, int]]]:
        """First address, end and number of each described stretch of code."""
        found = []
        for number, entry in enumerate(self._all):
            start = entry.header["initial_location"]
            if start:
                found.append((start, start + entry.header["address_range"], number))
        found.sort()
        return [start for start, _, _ in found], found

    @cached_property
    def _all(self) -> list[FDE]:
        dwarf = self._debug.dwarf
        return [] if dwarf is None else list(_described(dwarf))

    @lru_cache(maxsize=256)  # noqa: B019 - one lookup lives as long as its image
    def _rules(self, number: int) -> tuple[list[int], list[FrameRule | None]]:
        table = self._all[number].get_decoded().table
        return [row["pc"] for row in table], [_rule(row) for row in table]


def _described(dwarf: DWARFInfo) -> Iterator[FDE]:
    for section, read in (
        (dwarf.debug_frame_sec, dwarf.CFI_entries),
        (dwarf.eh_frame_sec, dwarf.EH_CFI_entries),
    ):
        if section is None or section.size > _MAX_SECTION_BYTES:
            continue
        for entry in read():
            if isinstance(entry, FDE):
                common = entry.cie.header if entry.cie is not None else {"length": _MAX_ENTRY_BYTES + 1}
                longest = max(entry.header["length"], common["length"])
                if longest <= _MAX_ENTRY_BYTES and common["return_address_register"] == RETURN:
                    yield entry


def _rule(row: Mapping[object, object]) -> FrameRule | None:
    """None for what only an expression describes."""
    cfa = row.get("cfa")
    if cfa is None or getattr(cfa, "expr", None) is not None:
        return None
    saved = {}
    for register, rule in row.items():
        if isinstance(register, int) and isinstance(rule, RegisterRule) and register < 16:
            argument = rule.arg or 0
            if rule.type in _HOW and isinstance(argument, int):
                saved[register] = Saved(_HOW[rule.type], argument)
            else:
                saved[register] = Saved("nowhere")
    return FrameRule(getattr(cfa, "reg", 0), getattr(cfa, "offset", 0), saved)
