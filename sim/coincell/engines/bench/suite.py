"""All programs on everything that is here, in one run: ratios hold although the host's speed does not."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coincell.cpu.compiled.code_cache import CodeCache
from coincell.engines.bench import others, ours
from coincell.engines.bench.clock import load_average
from coincell.engines.bench.measurement import COLD, WARM, Measurement, Start
from coincell.engines.bench.program import STARTED, Program, write
from coincell.engines.bench.result import BenchResult
from coincell.engines.bench.starts import measure_starts
from coincell.errors import CoincellError
from coincell.machine.cores import bare_options
from coincell.timing import MemoryTiming, pipeline

INSTRUCTIONS, QUICK_INSTRUCTIONS = 2_000_000_000, 200_000_000
"""Guest instructions per measurement, about: so many that beginning does not count."""
INTERPRETED_CYCLES, QUICK_INTERPRETED_CYCLES = 500_000, 100_000
"""The interpreter runs only the beginning."""
QEMU_FACTOR, QUICK_QEMU_FACTOR = 2, 3
"""QEMU, which is quick but starts slowly, is measured by so many times the rounds less one time."""

MOST_WARMING = 4
"""Runs before a warm one, at most."""

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
    starts: list[Start] = []
    with tempfile.TemporaryDirectory(prefix="coincell-bench-") as name:
        for number, program in enumerate(programs):

            def tell(done: float, text: str, at: int = number, of: str = program.name) -> None:
                progress((at + done) / len(programs), f"{of}: {text}")

            bench = _Bench(program, timing, quick, absent, Path(name), tell)
            if program.name in STARTED:
                starts += bench.starts()
            else:
                found += bench.speeds()
    progress(1.0, "done")
    costs = f"{pipeline(bare_options(ours.CORE).pipeline).name} pipeline, {timing_name}, not validated"
    return BenchResult(tuple(found), costs, _host(), load, absent, tuple(starts), quick)


@dataclass
class _Bench:
    """One program. What cannot be measured is added to `absent`."""

    program: Program
    timing: MemoryTiming
    quick: bool
    absent: dict[str, str]
    folder: Path
    tell: Told

    def starts(self) -> list[Start]:
        """Whole processes."""
        self.tell(0.0, "a program of the host")
        native = self._native(1)
        self.tell(0.2, "processes from start to end")
        return measure_starts(self.program, native, "qemu" not in self.absent, self.folder)

    def speeds(self) -> list[Measurement]:
        """Guest instructions per second, of everything."""
        program, name, tell = self.program, self.program.name, self.tell
        rounds = program.rounds_for(QUICK_INSTRUCTIONS if self.quick else INSTRUCTIONS)
        elf = write(program.with_rounds(rounds), self.folder, name)
        found = self._ours(elf)
        n = found[0].instructions
        if "unicorn" not in self.absent:
            tell(0.6, "unicorn")
            found.append(others.measure_unicorn(name, elf, n))
        if "qemu" not in self.absent:
            tell(0.8, "qemu")
            factor = QUICK_QEMU_FACTOR if self.quick else QEMU_FACTOR
            longer = write(program.with_rounds(rounds * factor), self.folder, f"{name}-longer")
            found.append(others.measure_qemu(name, elf, longer, factor, n))
        tell(0.95, "a program of the host")
        native = self._native(rounds)
        return found + ([others.measure_host(name, native, n)] if native else [])

    def _ours(self, elf: Path) -> list[Measurement]:
        name, timing, tell = self.program.name, self.timing, self.tell
        cache = CodeCache(self.folder / f"cache-{name}")
        # The cold run comes first: nothing that another tier left in this process may help it.
        tell(0.0, COLD)
        found = [ours.measure(name, elf, "auto", COLD, timing, cache)]
        tell(0.2, WARM)
        found.append(_warm(name, elf, WARM, timing, cache))
        if not self.quick:
            tell(0.3, "no wait states")
            # Warm too, so that its distance to WARM is what the timing of memory costs.
            free = CodeCache(self.folder / f"cache-{name}-free")
            found.append(_warm(name, elf, "auto, no waits", MemoryTiming(), free))
        tell(0.4, "quick")
        found.append(ours.measure(name, elf, "quick", "quick", timing))
        tell(0.5, "interpreted")
        cycles = QUICK_INTERPRETED_CYCLES if self.quick else INTERPRETED_CYCLES
        found.append(ours.measure(name, elf, "interpret", "interpreted", timing, limit_cycles=cycles))
        return found

    def _native(self, rounds: int) -> Path | None:
        """The host's own program, if there is a compiler for it."""
        build = self.program.build_native
        if build is None or "host" in self.absent:
            return None
        path = self.folder / f"{self.program.name}-native"
        try:
            build(path, rounds)
        except CoincellError as error:
            # What is wrong, and the compiler's first words or how to get one.
            self.absent["host"] = " ".join(line.strip() for line in str(error).splitlines()[:2])
            return None
        return path


def _host() -> str:
    python = platform.python_version()
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {python}"


def _warm(name: str, elf: Path, label: str, timing: MemoryTiming, cache: CodeCache) -> Measurement:
    """A run that finds everything in the cache: earlier ones are made until nothing is compiled any more."""
    run = ours.measure(name, elf, "auto", label, timing, cache, keep_orders=True)
    for _ in range(MOST_WARMING):
        if not run.regions_compiled:
            break
        run = ours.measure(name, elf, "auto", label, timing, cache, keep_orders=True)
    return run
