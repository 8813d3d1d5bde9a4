"""Functions that the compiler put into others: which of them hold an address (DWARF 5, 3.3.8)."""

from __future__ import annotations

from dataclasses import dataclass

from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.die import DIE
from elftools.dwarf.dwarfinfo import DWARFInfo

from coincell.image.dwarf import DebugInfo, ranges_of
from coincell.image.lines import LineLookup

_MAX_UNIT_BYTES = 1 << 20
"""Larger units are not searched: the answer would take too long."""
_CODE = ("DW_TAG_inlined_subroutine", "DW_TAG_lexical_block", "DW_TAG_subprogram")
_NAMED_BY = ("DW_AT_abstract_origin", "DW_AT_specification")


@dataclass(frozen=True)
class Inlined:
    """A function that was inlined, and where it was called."""

    name: str
    called_at: tuple[str, int] | None


class InlineLookup:
    """Call it with an address; the answer is the inlined functions that hold it, the innermost first.

    Damaged debug information is no reason to fail: it answers nothing.
    """

    def __init__(self, debug: DebugInfo, lines: LineLookup) -> None:
        self._debug, self._lines = debug, lines

    def __call__(self, address: int) -> tuple[Inlined, ...]:
        # the many exception types of pyelftools on damaged files, as in elf.py
        try:
            return self._find(address)
        except Exception:
            return ()

    def _find(self, address: int) -> tuple[Inlined, ...]:
        dwarf, offset = self._debug.dwarf, self._debug.unit_of(address)
        if dwarf is None or offset is None:
            return ()
        unit = dwarf.get_CU_at(offset)
        if unit.header.unit_length > _MAX_UNIT_BYTES:
            return ()
        path = _path(dwarf, unit, address)
        inlined = [die for die in path if die.tag == "DW_TAG_inlined_subroutine"]
        return tuple(self._inlined(die, offset) for die in reversed(inlined))

    def _inlined(self, die: DIE, unit: int) -> Inlined:
        attributes, files = die.attributes, self._lines.files(unit)
        file = attributes["DW_AT_call_file"].value if "DW_AT_call_file" in attributes else -1
        line = attributes["DW_AT_call_line"].value if "DW_AT_call_line" in attributes else 0
        return Inlined(_name(die), (files[file], line) if 0 <= file < len(files) and line else None)


def _path(dwarf: DWARFInfo, unit: CompileUnit, address: int) -> list[DIE]:
    """The function that holds `address`, and the blocks and inlined functions in it that do, inwards.

    Entries are read one after the other: links between them may be made to lead in circles.
    """
    path: list[tuple[int, DIE]] = []
    offset, end, depth = unit.get_top_DIE().offset, unit.cu_offset + unit.size, 0
    while offset < end:
        die = unit.get_DIE_from_refaddr(offset)
        offset += die.size
        if path and depth <= path[0][0]:
            break
        if die.is_null():
            depth -= 1
            continue
        inside = die.tag in _CODE and _holds(dwarf, unit, die, address)
        if inside:
            path.append((depth, die))
        if die.has_children:
            depth += 1
            if not inside and "DW_AT_sibling" in die.attributes:
                sibling = die.attributes["DW_AT_sibling"].value + unit.cu_offset
                if offset < sibling < end:
                    offset, depth = sibling, depth - 1
    return [die for _, die in path]


def _holds(dwarf: DWARFInfo, unit: CompileUnit, die: DIE, address: int) -> bool:
    return any(low and low <= address < high for low, high in ranges_of(dwarf, unit, die))


def _name(die: DIE) -> str:
    """Its own name, or that of the function it is an instance of."""
    for _ in range(4):
        if "DW_AT_name" in die.attributes:
            return str(die.attributes["DW_AT_name"].value.decode("utf-8", "replace"))
        link = next((key for key in _NAMED_BY if key in die.attributes), None)
        if link is None:
            break
        die = die.get_DIE_from_attribute(link)
    return "?"
