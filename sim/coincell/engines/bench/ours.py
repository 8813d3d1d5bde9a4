"""A program on this project's core, by one tier, with everything counted that could flatter the number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coincell.cpu import state as st
from coincell.cpu.compiled.background import Background
from coincell.cpu.compiled.code_cache import CodeCache
from coincell.cpu.compiled.code_store import Compiled
from coincell.cpu.compiled.compiler import QUICK, THOROUGH
from coincell.cpu.compiled.recording import Recording
from coincell.cpu.compiled.region import Key, Shape
from coincell.cpu.compiled.tiers import Tiers
from coincell.cpu.core import Core
from coincell.engines.bench.clock import Stopwatch
from coincell.engines.bench.measurement import Measurement
from coincell.engines.bench.program import MEMORIES, answer
from coincell.errors import CoincellError
from coincell.image import load_image
from coincell.machine import Processor
from coincell.machine.cores import bare_options
from coincell.machine.memories import plain_memories
from coincell.ports import BusBlock
from coincell.simtime import NEVER, Simulation
from coincell.timing import MemoryTiming

ORDERED_S = 60
"""How long one order may take [s]."""
CORE, FREQ_HZ = "cortex-m4f", 64_000_000
_NAMES = {QUICK: "quick", THOROUGH: "thorough"}


class CountingTiers(Tiers):
    """Tiers that know how long building code took them, and how many instructions each level was seen at."""

    def __init__(
        self, core: Core, policy: str, cache: CodeCache | None, background: Background | None
    ) -> None:
        super().__init__(core, policy, cache, background)
        self.seen: Counter[str] = Counter()
        self._seen_until = 0
        self._building = False
        self.building_s = 0.0
        self._make, self.store.make = self.store.make, self._timed_make  # type: ignore[method-assign]

    @contextmanager
    def _timed(self) -> Iterator[None]:
        if self._building:  # one of them calls another
            yield
            return
        watch, self._building = Stopwatch(), True
        try:
            yield
        finally:
            self._building = False
            self.building_s += watch.cpu_s

    def _timed_make(
        self, key: Key, shape: Shape, level: int, hints: Recording | None = None, only_cached: bool = False
    ) -> Compiled | None:
        with self._timed():
            return self._make(key, shape, level, hints, only_cached)

    def _optimise(self, key: Key, owner: Compiled) -> None:
        with self._timed():
            super()._optimise(key, owner)

    def _take_delivery(self) -> None:
        if self.store.orders:
            with self._timed():
                super()._take_delivery()

    def _sample(self, key: Key) -> None:
        now = self.core.state.wides[st.INSTRUCTIONS]
        owner = self._installed.get(self.core.state.wides[st.RUNNING])
        if owner is not None:
            self.seen[_NAMES[owner.level]] += now - self._seen_until
        self._seen_until = now
        super()._sample(key)


def measure(
    program: str,
    elf: Path,
    tier: str,
    label: str,
    timing: MemoryTiming,
    cache: CodeCache | None = None,
    limit_cycles: int | None = None,
    keep_orders: bool = False,
    longer: bool = False,
) -> Measurement:
    """Run `elf` by `tier`: "auto", "quick" or "interpret"; to its end, or for `limit_cycles`.

    `keep_orders`: what is still being compiled at the end is waited for and kept in the cache.
    `longer`: `elf` has more rounds than what others run.
    Raises CoincellError when the program crashes or fails.
    """
    memories = plain_memories([MEMORIES["flash"]], [MEMORIES["ram"]])
    processor = Processor(bare_options(CORE), FREQ_HZ, timing, memories, load_image(elf), Simulation())
    core = processor.core
    tiers = background = None
    if tier == "interpret":
        core.execute = core.stepper.run
    else:
        background = Background() if cache is not None else None
        tiers = CountingTiers(core, "compile" if tier == "quick" else tier, cache, background)
        core.execute = tiers.run
    reached = _count_accesses(processor)
    limit = NEVER if limit_cycles is None else core.clock.time_of(limit_cycles)
    watch = Stopwatch()
    processor.run(limit)
    if background is not None:
        if keep_orders and tiers is not None:
            tiers.store.keep_orders(ORDERED_S)
        background.close()  # its time counts when it has ended
    wall_s, cpu_s, beside_s = watch.wall_s, watch.cpu_s, watch.children_s
    if processor.exit_code != (0 if limit_cycles is None else None):
        raise CoincellError(f"benchmark {program} ended with {processor.exit_code} by tier {tier}")
    n = core.state.wides[st.INSTRUCTIONS]
    return Measurement(
        program=program,
        engine="coincell",
        tier=label,
        instructions=n,
        wall_s=wall_s,
        cpu_s=cpu_s,
        compile_s=tiers.building_s + beside_s if tiers else 0.0,
        shares=_shares(tiers, n),
        regions_compiled=tiers.store.compiled_regions if tiers else 0,
        regions_loaded=tiers.store.loaded_regions if tiers else 0,
        bus_accesses=len(reached),
        polled=core.state.wides[st.POLLED],
        float_calls=tiers.runtime.soft_floats if tiers else 0,
        answer=answer("\n".join(line.text for line in processor.console.lines)),
        longer=longer,
    )


def _count_accesses(processor: Processor) -> list[int]:
    """A list that collects the addresses outside flash and RAM that the core reaches."""
    reached: list[int] = []
    find = processor.bus.block_at

    def block_at(address: int) -> BusBlock | None:
        reached.append(address)
        return find(address)

    processor.bus.block_at = block_at  # type: ignore[method-assign]
    return reached


def _shares(tiers: CountingTiers | None, instructions: int) -> dict[str, float]:
    if tiers is None:
        return {"interpreted": 1.0}
    shares = {"interpreted": tiers.interpreted / instructions}
    compiled = 1 - shares["interpreted"]
    if tiers.policy == "compile":
        return shares | {"quick": compiled, "thorough": 0.0}
    total = tiers.seen.total()
    return shares | {name: compiled * tiers.seen[name] / total for name in _NAMES.values() if total}
