"""How long a whole process takes, from its start to its end: what a user waits for who runs one firmware."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from coincell.cpu.compiled.code_cache import FOLDER_VARIABLE
from coincell.engines.bench.measurement import EMPTY_CACHE, FULL_CACHE, Start
from coincell.engines.bench.others import HOST, qemu_command, qemu_version, timed
from coincell.engines.bench.program import Program, answer, write
from coincell.errors import CoincellError

BOARD = "nano33ble_sense"
"""Its memories are MEMORIES; its own flash and cache are modelled, in the state that reset leaves them in."""
_EXEC = (sys.executable, "-c", "from coincell.cli import main; main()", "exec")
_COUNT = re.compile(r"([\d,]+) instructions")


def measure_starts(program: Program, native: Path | None, qemu: bool, folder: Path) -> list[Start]:
    """`coincell exec` with an empty code cache and once more, beside QEMU and the host's own program."""
    elf = write(program.with_rounds(1), folder, program.name)
    cache = {FOLDER_VARIABLE: str(folder / f"code-{program.name}")}
    ours = [*_EXEC, str(elf), "--board", BOARD]
    rows = [("coincell", EMPTY_CACHE, ours, cache), ("coincell", FULL_CACHE, ours, cache)]
    rows += [("qemu", f"qemu {qemu_version()}", qemu_command(elf), {})] if qemu else []
    rows += [("host", HOST, [str(native)], {})] if native else []
    found: list[Start] = []
    for engine, label, command, variables in rows:
        taken, said = timed(command, **variables)
        instructions = found[0].instructions if found else _counted(said, program.name)
        found.append(
            Start(program.name, engine, label, instructions, taken.wall_s, taken.cpu_s, answer(said))
        )
    return found


def _counted(said: str, program: str) -> int:
    count = _COUNT.search(said)
    if count is None:
        raise CoincellError(f"benchmark {program}: coincell exec did not tell its instructions")
    return int(count[1].replace(",", ""))
