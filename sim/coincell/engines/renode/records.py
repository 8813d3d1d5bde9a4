"""What the probe wrote inside Renode, read back: one happening a line, in the order in which they happened.

`KIND TIME INSTRUCTIONS REST`: nanoseconds of virtual time since reset, instructions done until then, and
what the kind says. A file may stop anywhere: Renode may have been killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coincell.errors import InputError

HEADER = "coincell-records/1"
PS_PER_NS = 1000
_TAIL = 1 << 16


@dataclass(frozen=True)
class Record:
    """One happening. `kind` is one letter: see `KINDS`."""

    kind: str
    time_ps: int
    instructions: int
    words: tuple[str, ...]
    """The rest of the line, by spaces."""

    def number(self, index: int) -> int:
        """A hexadecimal word."""
        return int(self.words[index], 16)


KINDS = {
    "H": 1,  # header, nanoseconds between two of Renode's times, the run's fingerprint
    "U": 2,  # PORT BYTE: sent by a UART
    "P": 2,  # NET LEVEL: a pin changed
    "M": 3,  # NAME RESUME STACK: a marked function was called
    "R": 3,  # NAME RESUME STACK: and returned
    "D": 2,  # KEY BYTES: memory captured then
    "S": 1,  # PC: about to sleep
    "A": 1,  # awake
    "Z": 1,  # START: slept from then until now by SLEEPONEXIT
    "W": 3,  # ADDRESS WIDTH VALUE: register write, before it takes effect
    "B": 2,  # ADDRESS BYTES: memory that a block is about to read, or the stack at the end
    "N": 1,  # OBJECT: not on the platform of this release of Renode
    "V": 1,  # what cannot be watched, in words
    "K": 0,  # the machine was reset
    "X": 0,  # the run came to its end
    "E": 1,  # something went wrong, in words
}
"""Words that each kind has at least."""


def read_records(path: Path) -> Iterator[Record]:
    """The records of a file; an unfinished last line is left out.

    Raises InputError for a file that the probe did not write.
    """
    try:
        file = path.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(
            f"these records cannot be read ({error.strerror})", where=str(path), mend="check the path"
        ) from error
    with file:
        for number, line in enumerate(file):
            if not line.endswith("\n"):
                return
            record = _parse(line.rstrip("\n"))
            if record is None or (number == 0) != (record.kind == "H"):
                raise InputError("this line is no record", f"{path}, line {number + 1}", value=line[:80])
            if record.kind == "H" and record.words[0] != HEADER:
                raise InputError(
                    "these records are of another version", str(path), value=record.words[0], allowed=[HEADER]
                )
            yield record


def _parse(line: str) -> Record | None:
    kind, *rest = line.split(" ")
    try:
        time_ns, instructions = int(rest[0]), int(rest[1])
    except (ValueError, IndexError):
        return None
    words = tuple(rest[2:])
    if len(words) < KINDS.get(kind, 99) or time_ns < 0:
        return None
    return Record(kind, time_ns * PS_PER_NS, instructions, words)


def last_time_ps(path: Path) -> int:
    """The time of the last complete record; 0 while there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return 0
    for line in reversed(lines[1:-1]):
        record = _parse(line)
        if record is not None:
            return record.time_ps
    return 0
