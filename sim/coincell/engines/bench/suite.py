"""All programs on everything that is here, in one run: ratios hold although the host's speed does not."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
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
LONGER = 3
"""What is so fast that its beginning would count runs so many times the rounds. QEMU, which starts slowly, is
measured by what that takes more than the rounds of the others."""

TURNS = 3
"""How often each engine is measured in turn with the others. Its fastest counts: a busy host only slows."""
MOST_WARMING = 4
"""Runs before a warm one, at most."""
FREE = "auto, no waits"

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
        program, name = self.program, self.program.name
        rounds = program.rounds_for(QUICK_INSTRUCTIONS if self.quick else INSTRUCTIONS)
        elf = write(program.with_rounds(rounds), self.folder, name)
        longer = write(program.with_rounds(rounds * LONGER), self.folder, f"{name}-longer")
        found, warm = self._ours(elf, longer)
        n = found[0].instructions
        in_turn = dict(warm)
        if "unicorn" not in self.absent:
            in_turn["unicorn"] = lambda: others.measure_unicorn(name, elf, n)
        if "qemu" not in self.absent:
            in_turn["qemu"] = lambda: others.measure_qemu(name, elf, longer, LONGER, n)
        if (native := self._native(rounds)) is not None:
            in_turn["a program of the host"] = lambda: others.measure_host(name, native, n)
        return _in_order(found + self._fastest(in_turn))

    def _fastest(self, engines: Mapping[str, Callable[[], Measurement]]) -> list[Measurement]:
        """The best of some turns of each."""
        turns = 1 if self.quick else TURNS
        found: dict[str, list[Measurement]] = {text: [] for text in engines}
        for turn in range(turns):
            for number, (text, measure) in enumerate(engines.items()):
                self.tell(0.4 + 0.6 * (turn + number / len(engines)) / turns, text)
                found[text].append(measure())
        return [min(several, key=lambda m: m.cpu_s - m.compile_s) for several in found.values()]

    def _ours(
        self, elf: Path, longer: Path
    ) -> tuple[list[Measurement], dict[str, Callable[[], Measurement]]]:
        """Ours that are measured once, and how to measure the others, whose caches have been filled."""
        name, timing, tell = self.program.name, self.timing, self.tell
        cache = CodeCache(self.folder / f"cache-{name}")
        # The cold run comes first: nothing that another tier left in this process may help it.
        tell(0.0, COLD)
        found = [ours.measure(name, elf, "auto", COLD, timing, cache)]
        tell(0.2, WARM)
        warm = {WARM: _filled(name, longer, WARM, timing, cache)}
        if not self.quick:
            tell(0.25, FREE)
            # Warm too, so that its distance to WARM is what the timing of memory costs.
            free = CodeCache(self.folder / f"cache-{name}-free")
            warm[FREE] = _filled(name, longer, FREE, MemoryTiming(), free)
        tell(0.3, "quick")
        found.append(ours.measure(name, elf, "quick", "quick", timing))
        tell(0.35, "interpreted")
        cycles = QUICK_INTERPRETED_CYCLES if self.quick else INTERPRETED_CYCLES
        found.append(ours.measure(name, elf, "interpret", "interpreted", timing, limit_cycles=cycles))
        return found, warm

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


def _filled(
    name: str, elf: Path, tier: str, timing: MemoryTiming, cache: CodeCache
) -> Callable[[], Measurement]:
    """How to measure with a full cache, after runs until nothing is compiled any more."""

    def measure() -> Measurement:
        return ours.measure(name, elf, "auto", tier, timing, cache, keep_orders=True, longer=True)

    for _ in range(MOST_WARMING):
        if not measure().regions_compiled:
            break
    return measure


def _in_order(found: list[Measurement]) -> list[Measurement]:
    """The warm ones behind the cold one."""
    return sorted(
        found, key=lambda m: (COLD, WARM, FREE).index(m.tier) if m.tier in (COLD, WARM, FREE) else 3
    )
