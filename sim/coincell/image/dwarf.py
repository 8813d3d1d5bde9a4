"""The debug information of one ELF: bounded before it is read, and read when first asked.

Linkers leave debug information of code that they discarded, as if it lay at address 0. Nothing else lies
there but a vector table, so whatever begins at 0 is passed over.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from io import BytesIO

from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.die import DIE
from elftools.dwarf.dwarfinfo import DWARFInfo
from elftools.dwarf.ranges import BaseAddressEntry
from elftools.elf.elffile import ELFFile

_MAX_DEBUG_BYTES = 64 << 20
_SHF_COMPRESSED = 0x800


class DebugInfo:
    """Its methods raise whatever pyelftools raises on damaged files: callers answer with nothing known."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @cached_property
    def dwarf(self) -> DWARFInfo | None:
        """None where there is none, or too much, or what would unpack to too much."""
        elf = ELFFile(BytesIO(self._content))
        debug = [s for s in elf.iter_sections() if s.name.startswith((".debug", ".zdebug"))]
        if any(s.name.startswith(".zdebug") or s.header.sh_flags & _SHF_COMPRESSED for s in debug):
            return None  # a few bytes may unpack to gigabytes
        if not elf.has_dwarf_info() or sum(s.header.sh_size for s in debug) > _MAX_DEBUG_BYTES:
            return None
        return elf.get_dwarf_info(relocate_dwarf_sections=False, follow_links=False)

    def unit_of(self, address: int) -> int | None:
        """Offset of the compilation unit that holds `address`."""
        starts, ranges = self._ranges
        for low, high, unit in reversed(ranges[: bisect_right(starts, address)][-64:]):
            if low <= address < high:
                return unit
        return None

    def units(self) -> list[int]:
        """Offsets of the compilation units that have code."""
        return sorted({unit for _, _, unit in self._ranges[1]})

    @cached_property
    def _ranges(self) -> tuple[list[int], list[tuple[int, int, int]]]:
        dwarf = self.dwarf
        if dwarf is None:
            return [], []
        found: set[tuple[int, int, int]] = set()
        index = dwarf.get_aranges() if dwarf.debug_aranges_sec else None
        indexed = set()
        for entry in index.entries if index else ():
            found.add((entry.begin_addr, entry.begin_addr + entry.length, entry.info_offset))
            indexed.add(entry.info_offset)
        for unit in dwarf.iter_CUs():  # clang writes no index unless asked: then the units say it themselves
            if unit.cu_offset not in indexed:
                found.update((low, high, unit.cu_offset) for low, high in ranges_of(dwarf, unit))
        ranges = sorted(entry for entry in found if entry[0])
        return [low for low, _, _ in ranges], ranges


def ranges_of(dwarf: DWARFInfo, unit: CompileUnit, die: DIE | None = None) -> list[tuple[int, int]]:
    """Where the code of `die` lies, or of the whole unit; empty where it has none."""
    top = unit.get_top_DIE()
    attributes = (die or top).attributes
    if "DW_AT_high_pc" in attributes and "DW_AT_low_pc" in attributes:
        low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
        return [(low, high.value if high.form == "DW_FORM_addr" else low + high.value)]
    lists = dwarf.range_lists()
    if "DW_AT_ranges" not in attributes or lists is None:
        return []
    base = top.attributes["DW_AT_low_pc"].value if "DW_AT_low_pc" in top.attributes else 0
    ranges = []
    for entry in lists.get_range_list_at_offset(attributes["DW_AT_ranges"].value, unit):
        if isinstance(entry, BaseAddressEntry):
            base = entry.base_address
        else:
            shift = 0 if entry.is_absolute else base
            ranges.append((shift + entry.begin_offset, shift + entry.end_offset))
    return ranges
