"""The programs: where they are linked, how long they run, and how their answer is read."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from coincell.errors import InputError

MEMORIES = {"flash": (0x0000_0000, 1 << 20), "ram": (0x2000_0000, 1 << 18)}
"""Base and size. Both lie inside QEMU's mps2-an386: 4 MiB at 0 and at 0x20000000 (Arm AN386, memory map)."""

PER_ROUND = {"network": 1_440_000, "branchy": 26_500, "filter": 40_900, "whole": 8_010_000}
"""Guest instructions in one round, about: only chooses how many rounds are run. Counted by this emulator."""

STARTED = ("whole",)
"""Programs of one round, whose whole process is timed from its start to its end."""

ROUNDS = "bench_rounds"
_SUM = re.compile(r"^sum ([0-9a-f]{8})$", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A program of `benchmarks/`, linked for MEMORIES. Its sources decide `bench_rounds`, we overwrite it."""

    name: str
    elf: bytes
    build_native: Callable[[Path, int], None] | None = None
    """Makes a program of the host at a path, of the same C with so many rounds. Raises CoincellError."""

    def with_rounds(self, rounds: int) -> bytes:
        """The same ELF, doing its work `rounds` times. Raises InputError when it has no `bench_rounds`."""
        at = self._offset()
        return self.elf[:at] + struct.pack("<I", rounds) + self.elf[at + 4 :]

    def rounds_for(self, instructions: int) -> int:
        """Rounds that take about so many guest instructions."""
        return max(1, instructions // PER_ROUND[self.name])

    def _offset(self) -> int:
        try:
            image = ELFFile(BytesIO(self.elf))
            table = image.get_section_by_name(".symtab")
            found = table.get_symbol_by_name(ROUNDS) if isinstance(table, SymbolTableSection) else None
            for segment in image.iter_segments("PT_LOAD"):
                offset = found[0]["st_value"] - segment["p_vaddr"] if found else -1
                if 0 <= offset <= segment["p_filesz"] - 4:
                    return int(segment["p_offset"] + offset)
        except ELFError as error:
            raise InputError(f"not an ELF: {error}", where=self.name) from None
        raise InputError("a benchmark needs an initialised word of this name", where=self.name, key=ROUNDS)


def answer(console: str) -> str | None:
    """The sum that a program printed at its end; None when it did not get there."""
    found = _SUM.search(console)
    return found[1] if found else None


def choose(names: Sequence[str]) -> tuple[str, ...]:
    """Names of programs as a user gave them; all when none was given. Raises InputError."""
    for name in names:
        if name not in PER_ROUND:
            raise InputError("no such benchmark", key="program", value=name, allowed=PER_ROUND)
    return tuple(names) or tuple(PER_ROUND)


def write(elf: bytes, folder: Path, name: str) -> Path:
    """Put an image where other programs can read it."""
    path = folder / f"{name}.elf"
    path.write_bytes(elf)
    return path
