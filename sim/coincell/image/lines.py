"""Source file and line of an address, from DWARF, read when first asked.

A crash asks once, a profile asks a thousand times: only the compilation unit that holds the address is
decoded, and what was decoded is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from posixpath import join, normpath, relpath
from typing import Any

from elftools.dwarf.compileunit import CompileUnit

from coincell.image.dwarf import DebugInfo

_MAX_PROGRAM_BYTES = 4 << 20
"""Larger line programs of one unit are not read: at about 1 us a byte the answer would take too long."""

Row = tuple[int, int, int]
"""Address, number of the file, line; line 0 ends a sequence."""


@dataclass(frozen=True)
class LineSpan:
    """Code from `start` up to `end` that comes from one source line."""

    start: int
    end: int
    file: str
    line: int


class LineLookup:
    """Call it with an address; the answer is (file, line), or None where nothing is known.

    Damaged debug information is no reason to fail: it answers None.
    """

    def __init__(self, debug: DebugInfo) -> None:
        self._debug = debug

    def __call__(self, address: int) -> tuple[str, int] | None:
        # the many exception types of pyelftools on damaged files, as in elf.py
        try:
            unit = self._debug.unit_of(address)
            return self._search(unit, address) if unit is not None else None
        except Exception:
            return None

    @lru_cache(maxsize=64)  # noqa: B019 - one lookup lives as long as its image
    def _rows(self, offset: int) -> tuple[list[int], list[Row], tuple[str, ...]]:
        dwarf = self._debug.dwarf
        assert dwarf is not None
        unit = dwarf.get_CU_at(offset)
        program = dwarf.line_program_for_CU(unit)
        if program is None or program.program_end_offset - program.program_start_offset > _MAX_PROGRAM_BYTES:
            return [], [], ()
        states = (entry.state for entry in program.get_entries() if entry.state is not None)
        living = _living(states)
        marked = [((s.address, s.file, 0 if s.end_sequence else s.line), bool(s.is_stmt)) for s in living]
        # Of several rows for one address the last that begins a statement counts, as in GDB; the end of a
        # sequence yields to what begins there.
        marked.sort(key=lambda item: (item[0][0], item[0][2] != 0, item[1]))
        rows = [row for row, _ in marked]
        return [row[0] for row in rows], rows, tuple(_file_names(unit, program.header))

    def files(self, unit: int) -> tuple[str, ...]:
        """Names by the numbers that a unit's debug information uses."""
        return self._rows(unit)[2]

    def _search(self, unit: int, address: int) -> tuple[str, int] | None:
        addresses, rows, files = self._rows(unit)
        index = bisect_right(addresses, address) - 1
        if index < 0 or not rows[index][2]:
            return None
        _, file, line = rows[index]
        return (files[file], line) if 0 <= file < len(files) else None

    def spans(self) -> tuple[LineSpan, ...]:
        """All code that comes from a line, by address; empty where nothing is known."""
        try:
            return tuple(sorted(self._spans(), key=lambda span: span.start))
        except Exception:  # as above
            return ()

    def _spans(self) -> Iterator[LineSpan]:
        for unit in self._debug.units():
            _, rows, files = self._rows(unit)
            for (address, file, line), following in pairwise(rows):
                if line and address < following[0] and 0 <= file < len(files):
                    yield LineSpan(address, following[0], files[file], line)


def _living(states: Iterable[Any]) -> Iterator[Any]:
    """Without the sequences of discarded code, which begin at address 0.

    Instructions of no line (the compiler's own, "line 0") count as the line before them, as in GDB.
    """
    sequence: list[Any] = []
    for state in states:
        sequence.append(state)
        if state.end_sequence:
            if sequence[0].address:
                yield from (s for s in sequence if s.line or s.end_sequence)
            sequence = []


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
