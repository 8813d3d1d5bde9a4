"""Which lines and branches of the firmware ran, as an lcov tracefile (geninfo(1), section FILES).

A branch is a conditional branch instruction (B<c>, CBZ, CBNZ): way 0 leads to its target, way 1 straight on.
Instructions that an IT makes conditional are not branches; a line of them ran when their condition held once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from coincell.errors import InputError
from coincell.observe.lines import Counted, LineCount, Lines, by_address, by_line
from coincell.observe.recording import Recording
from coincell.timing.footprint import footprint


@dataclass(frozen=True)
class Branch:
    """A conditional branch: how often it was executed, and how often it went to its target."""

    line: int
    executed: int
    taken: int


@dataclass(frozen=True)
class FileCoverage:
    """One source file. `functions` are (line, name, calls); `lines` are (line, times)."""

    file: str
    functions: tuple[tuple[int, str, int], ...]
    branches: tuple[Branch, ...]
    lines: tuple[tuple[int, int], ...]


def coverage(recording: Recording) -> tuple[FileCoverage, ...]:
    """By file. Raises InputError for an image that does not tell its source lines."""
    lines = Lines(recording.image)
    if not lines.spans:
        raise InputError(
            "coverage is told by source line, and this image knows none",
            where=str(recording.image.path),
            mend="use an ELF that was compiled with -g",
        )
    counted = by_address(recording)
    counts = by_line(recording, lines, counted)
    functions = _functions(recording, lines)
    branches = _branches(recording, lines, counted)
    files = sorted({file for file, _ in counts})
    return tuple(
        FileCoverage(
            file,
            tuple(functions.get(file, ())),
            tuple(branches.get(file, ())),
            tuple(_times(file, counts.values())),
        )
        for file in files
    )


def _times(file: str, counts: Iterable[LineCount]) -> Iterator[tuple[int, int]]:
    return ((count.place[1], count.times) for count in counts if count.place[0] == file)


def _functions(recording: Recording, lines: Lines) -> dict[str, list[tuple[int, str, int]]]:
    calls: dict[int, int] = {}
    for node, key in enumerate(recording.tree.keys):
        calls[key] = calls.get(key, 0) + recording.tree.calls[node]
    found: dict[str, list[tuple[int, str, int]]] = {}
    for start, (file, line) in lines.of_functions(recording.functions).items():
        row = (line, recording.functions.at(start).title, calls.get(start, 0))
        found.setdefault(file, []).append(row)
    return {file: sorted(rows) for file, rows in found.items()}


def _branches(recording: Recording, lines: Lines, counted: Mapping[int, Counted]) -> dict[str, list[Branch]]:
    found: dict[str, list[Branch]] = {}
    for address in _conditional(recording):
        place = lines.at(address)
        if place is not None:
            one = counted.get(address, Counted())
            found.setdefault(place[0], []).append(Branch(place[1], one.executed, one.taken))
    return {file: sorted(rows, key=lambda row: row.line) for file, rows in found.items()}


def _conditional(recording: Recording) -> Iterator[int]:
    """Addresses of the conditional branches in the image's code, whether or not they ran."""
    for start, end in recording.image.code:
        at = start
        while at < end:
            instruction = recording.decode(at)
            if instruction is None:
                at += 2
                continue
            if not instruction.encoding.interpreted and footprint(instruction).branch == "conditional":
                yield at
            at += instruction.size


def tracefile(files: Iterable[FileCoverage], beside: Path | None = None) -> str:
    """The text of an lcov tracefile. Files that are found from folder `beside` are named in full."""
    return "".join(line + "\n" for line in _records(files, beside))


def _records(files: Iterable[FileCoverage], beside: Path | None) -> Iterator[str]:
    for one in files:
        found = beside is not None and (beside / one.file).is_file()
        yield "TN:"
        yield f"SF:{(beside / one.file).absolute() if found and beside else one.file}"
        yield from (f"FN:{line},{name}" for line, name, _ in one.functions)
        yield from (f"FNDA:{calls},{name}" for _, name, calls in one.functions)
        yield f"FNF:{len(one.functions)}"
        yield f"FNH:{sum(calls > 0 for _, _, calls in one.functions)}"
        yield from _branch_records(one.branches)
        yield from (f"DA:{line},{times}" for line, times in one.lines)
        yield f"LF:{len(one.lines)}"
        yield f"LH:{sum(times > 0 for _, times in one.lines)}"
        yield "end_of_record"


def _branch_records(branches: Iterable[Branch]) -> Iterator[str]:
    block: dict[int, int] = {}
    ways = []
    for branch in branches:
        number = block[branch.line] = block.get(branch.line, -1) + 1
        for way, times in enumerate((branch.taken, branch.executed - branch.taken)):
            ways.append(times)
            yield f"BRDA:{branch.line},{number},{way},{times if branch.executed else '-'}"
    yield f"BRF:{len(ways)}"
    yield f"BRH:{sum(times > 0 for times in ways)}"
