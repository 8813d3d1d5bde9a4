"""All programs on everything that is here, in one run: ratios hold although the host's speed does not."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from coincell.cpu.code_cache import CodeCache
from coincell.engines.bench import others, ours
from coincell.engines.bench.clock import load_average
from coincell.engines.bench.program import Program, write
from coincell.engines.bench.result import BenchResult, Measurement
from coincell.machine.cores import bare_options
from coincell.timing import MemoryTiming, pipeline

INSTRUCTIONS, QUICK_INSTRUCTIONS = 500_000_000, 40_000_000
"""Guest instructions per measurement, about."""
INTERPRETED_CYCLES, QUICK_INTERPRETED_CYCLES = 500_000, 100_000
"""The interpreter runs only the beginning."""
QEMU_FACTOR, QUICK_QEMU_FACTOR = 4, 10
"""QEMU, which is quick but starts slowly, is measured by so many times the rounds less one time."""

Told = Callable[[float, str], None]
"""Called with the share that is done and what comes next."""


def run_bench(
    programs: Sequence[Program],
    timing: MemoryTiming,
    timing_name: str,
    quick: bool = False,
    progress: Told = lambda ratio, text: None,
) -> BenchResult:
    """Measure `programs` with the memory system `timing`. Raises CoincellError when one of them fails."""
    load = load_average()
    absent = others.missing()
    found: list[Measurement] = []
    with tempfile.TemporaryDirectory(prefix="coincell-bench-") as name:
        for number, program in enumerate(programs):

            def tell(done: float, text: str, at: int = number, of: str = program.name) -> None:
                progress((at + done) / len(programs), f"{of}: {text}")

            found += _one(program, timing, quick, absent, Path(name), tell)
    progress(1.0, "done")
    costs = f"{pipeline(bare_options(ours.CORE).pipeline).name} pipeline, {timing_name}, not validated"
    return BenchResult(tuple(found), costs, _host(), load, absent)


def _one(
    program: Program, timing: MemoryTiming, quick: bool, absent: dict[str, str], folder: Path, tell: Told
) -> list[Measurement]:
    rounds = program.rounds_for(QUICK_INSTRUCTIONS if quick else INSTRUCTIONS)
    name = program.name
    elf = write(program.with_rounds(rounds), folder, name)
    factor = QUICK_QEMU_FACTOR if quick else QEMU_FACTOR
    longer = write(program.with_rounds(rounds * factor), folder, f"{name}-longer")
    cache = CodeCache(folder / f"cache-{name}")

    # The cold run comes first: nothing that another tier left in this process may help it.
    tell(0.0, "auto, cold")
    cold = ours.measure(name, elf, "auto", "auto, cold", timing, cache)
    tell(0.2, "auto, warm")
    found = [cold, ours.measure(name, elf, "auto", "auto, warm", timing, cache)]
    tell(0.3, "compiled")
    found.append(ours.measure(name, elf, "quick", "quick", timing))
    if not quick:
        found.append(ours.measure(name, elf, "auto", "auto, no wait states", MemoryTiming()))
    tell(0.7, "interpreted")
    cycles = QUICK_INTERPRETED_CYCLES if quick else INTERPRETED_CYCLES
    found.append(ours.measure(name, elf, "interpret", "interpreted", timing, limit_cycles=cycles))
    n = cold.instructions
    if "unicorn" not in absent:
        tell(0.8, "unicorn")
        found.append(others.measure_unicorn(name, elf, n))
    if "qemu" not in absent:
        tell(0.9, "qemu")
        found.append(others.measure_qemu(name, elf, longer, factor, n))
    return found


def _host() -> str:
    python = platform.python_version()
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {python}"
