"""Source file and line of an address, from DWARF, read when first asked.

A crash asks once, a profile asks a thousand times: only the compilation unit that holds the address is
decoded, and what was decoded is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property, lru_cache
from io import BytesIO
from posixpath import join, normpath, relpath
from typing import Any

from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.dwarfinfo import DWARFInfo
from elftools.dwarf.ranges import BaseAddressEntry
from elftools.elf.elffile import ELFFile

_MAX_DEBUG_BYTES = 64 << 20
_MAX_PROGRAM_BYTES = 4 << 20
"""Larger line programs of one unit are not read: at about 1 us a byte the answer would take too long."""
_SHF_COMPRESSED = 0x800

Row = tuple[int, int, int]
"""Address, number of the file, line; line 0 ends a sequence."""


class LineLookup:
    """Call it with an address; the answer is (file, line), or None where nothing is known.

    Damaged debug information is no reason to fail: it answers None.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __call__(self, address: int) -> tuple[str, int] | None:
        # the many exception types of pyelftools on damaged files, as in elf.py
        try:
            unit = self._unit_of(address)
            return self._search(unit, address) if unit is not None else None
        except Exception:
            return None

    @cached_property
    def _dwarf(self) -> DWARFInfo | None:
        elf = ELFFile(BytesIO(self._content))
        debug = [s for s in elf.iter_sections() if s.name.startswith((".debug", ".zdebug"))]
        if any(s.name.startswith(".zdebug") or s.header.sh_flags & _SHF_COMPRESSED for s in debug):
            return None  # a few bytes may unpack to gigabytes
        if not elf.has_dwarf_info() or sum(s.header.sh_size for s in debug) > _MAX_DEBUG_BYTES:
            return None
        return elf.get_dwarf_info(relocate_dwarf_sections=False, follow_links=False)

    def _unit_of(self, address: int) -> int | None:
        """Offset of the compilation unit that holds `address`."""
        starts, ranges = self._ranges
        for low, high, unit in reversed(ranges[: bisect_right(starts, address)][-64:]):
            if low <= address < high:
                return unit
        return None

    @cached_property
    def _ranges(self) -> tuple[list[int], list[tuple[int, int, int]]]:
        dwarf = self._dwarf
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
                found.update((low, high, unit.cu_offset) for low, high in _unit_ranges(dwarf, unit))
        ranges = sorted(found)
        return [low for low, _, _ in ranges], ranges

    @lru_cache(maxsize=64)  # noqa: B019 - one lookup lives as long as its image
    def _rows(self, offset: int) -> tuple[list[int], list[Row], tuple[str, ...]]:
        assert self._dwarf is not None
        unit = self._dwarf.get_CU_at(offset)
        program = self._dwarf.line_program_for_CU(unit)
        if program is None or program.program_end_offset - program.program_start_offset > _MAX_PROGRAM_BYTES:
            return [], [], ()
        states = [entry.state for entry in program.get_entries() if entry.state is not None]
        rows = [(s.address, s.file, 0 if s.end_sequence else s.line) for s in states]
        # of several rows for one address the last counts; the end of a sequence yields to what begins there
        rows.sort(key=lambda row: (row[0], row[2] != 0))
        return [row[0] for row in rows], rows, tuple(_file_names(unit, program.header))

    def _search(self, unit: int, address: int) -> tuple[str, int] | None:
        addresses, rows, files = self._rows(unit)
        index = bisect_right(addresses, address) - 1
        if index < 0 or not rows[index][2]:
            return None
        _, file, line = rows[index]
        return (files[file], line) if 0 <= file < len(files) else None


def _unit_ranges(dwarf: DWARFInfo, unit: CompileUnit) -> list[tuple[int, int]]:
    top = unit.get_top_DIE()
    attributes = top.attributes
    base = attributes["DW_AT_low_pc"].value if "DW_AT_low_pc" in attributes else 0
    if "DW_AT_high_pc" in attributes:
        high = attributes["DW_AT_high_pc"]
        return [(base, high.value if high.form == "DW_FORM_addr" else base + high.value)]
    lists = dwarf.range_lists()
    if "DW_AT_ranges" not in attributes or lists is None:
        return []
    ranges = []
    for entry in lists.get_range_list_at_offset(attributes["DW_AT_ranges"].value, unit):
        if isinstance(entry, BaseAddressEntry):
            base = entry.base_address
        else:
            shift = 0 if entry.is_absolute else base
            ranges.append((shift + entry.begin_offset, shift + entry.end_offset))
    return ranges


def _file_names(unit: CompileUnit, header: Any) -> list[str]:
    """Names by the numbers that line rows use: from 1 up to DWARF 4, from 0 since DWARF 5."""
    compiled_in = unit.get_top_DIE().attributes.get("DW_AT_comp_dir")
    here = compiled_in.value.decode("utf-8", "replace") if compiled_in else ""
    modern = header.version >= 5
    folders = [_text(folder) for folder in header.include_directory]
    if not modern:
        folders.insert(0, "")
    names = [] if modern else [""]
    for entry in header.file_entry:
        folder = folders[entry.dir_index] if entry.dir_index < len(folders) else ""
        full = normpath(join(folder, _text(entry.name)))
        inside = here and full.startswith(here.rstrip("/") + "/")
        names.append(relpath(full, here) if inside else full)
    return names


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
