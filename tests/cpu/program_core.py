"""A random program on a core, in any tier: what it looks like at chosen moments, and why it differs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from bare import TimeBlock
from fp_truth import EDGES
from program_parts import FLASH_SIZE, RAM, RAM_SIZE, STACK, Program, random_memory

from coincell.cpu import state as st
from coincell.cpu.bus import Bus, DirectMemory
from coincell.cpu.compiled.code_cache import CodeCache
from coincell.cpu.compiled.tiers import Tiers
from coincell.cpu.core import Core, CoreOptions
from coincell.cpu.private.scs import SystemControlSpace
from coincell.machine.cores import bare_options
from coincell.simtime import Simulation
from coincell.timing import MemoryTiming

FREQ_HZ = 1_000_000
PERIOD_PS = 1_000_000
CORES = tuple(
    bare_options(n)
    for n in ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7+fp.dp", "cortex-m33")
)
SYSTICK, IRQS = 15, (16, 17, 18, 19)
HANDLERS = (2, 3, 11, 14, SYSTICK, *IRQS)
WORDS = (*range(25), st.PIPE, st.FETCH, *range(st.S, st.S + 32))
Snapshot = dict[str, object]


@dataclass
class History:
    """What a run looked like at each moment, and the tiers that ran it (None for the stepper)."""

    snapshots: list[Snapshot]
    tiers: Tiers | None

    def differs_from(self, truth: History) -> str:
        """The first moment that differs and in what; "" when none does."""
        for n, (a, b) in enumerate(zip_longest(self.snapshots, truth.snapshots)):
            if a is None or b is None:
                return f"moment {n}: only one of them got there"
            if a != b:
                parts = [f"{k}: {_short(a[k], b[k])}" for k in b if a[k] != b[k]]
                return f"moment {n}: " + "; ".join(parts)
        return ""


@dataclass(frozen=True)
class Experiment:
    """A program, where it starts from, what interrupts it, and when to look."""

    program: Program
    options: CoreOptions
    timing: MemoryTiming
    seed: int
    """Of the registers, the memory, the priorities and the period of SysTick."""
    moments: Sequence[int]
    """Cycles at which the core is stopped and compared."""
    pulses: Sequence[tuple[int, int]] = ()
    """(cycle, exception number) of interrupt lines that rise and fall."""

    def build(self) -> tuple[Core, TimeBlock]:
        """The core before its first instruction."""
        rng = random.Random(self.seed)
        memories = [DirectMemory("flash", 0, FLASH_SIZE, False), DirectMemory("ram", RAM, RAM_SIZE, True)]
        bus = Bus(memories)
        program = self.program
        vectors = [STACK, program.entry | 1] + [program.handlers.get(n, 0x400) | 1 for n in range(2, 64)]
        bus.program(0, b"".join(v.to_bytes(4, "little") for v in vectors))
        memories[0].data[0x600:] = rng.randbytes(FLASH_SIZE - 0x600)
        bus.program(0x400, b"\x70\x47")
        memories[1].data[:] = random_memory(rng)
        bus.program(program.base, program.code)
        core = Core(self.options, bus, Simulation(), FREQ_HZ, self.timing)
        bus.attach(SystemControlSpace(core, lambda: None))
        block = Clockwork(core)
        bus.attach(block)
        core.on_lockup = lambda fault: core.stop(fault or RuntimeError("locked up"))
        core.reset()
        words = core.state.words
        for n in (*range(13), *range(st.S, st.S + 32)):
            words[n] = rng.choice((rng.getrandbits(32), rng.choice(EDGES)))
        core.state.xpsr_flags = rng.getrandbits(32) if "dsp" in self.options.features else 0
        if core.has_fpu:
            bus.write(0xE000ED88, 4, 0xF << 20)
        if self.program.handlers:
            self._interrupts(core, rng)
        return core, block

    def _interrupts(self, core: Core, rng: random.Random) -> None:
        exceptions = core.exceptions
        for n in (11, 14, SYSTICK, *IRQS):
            exceptions.priority[n] = rng.randrange(1, 8) << 5 & exceptions.priority_mask
        for n in IRQS:
            exceptions.enable(n, True)
        core.bus.write(0xE000E014, 4, rng.randrange(150, 3000))
        core.bus.write(0xE000E018, 4, 0)
        core.bus.write(0xE000E010, 4, 7)
        for cycle, number in self.pulses:
            core.sim.at(cycle * PERIOD_PS, lambda number=number: _pulse(core, number))

    def history(self, policy: str, cache: CodeCache | None = None) -> History:
        """The core at each moment. `policy` as in `cpu.compiled.tiers`, or "step" for the stepper alone."""
        core, block = self.build()
        taken: list[tuple[int, int]] = []
        begin = core.exceptions.begin

        def noted(number: int) -> None:
            taken.append((number, core.state.wides[st.CYCLES]))
            begin(number)

        core.exceptions.begin = noted  # type: ignore[method-assign]
        tiers = None if policy == "step" else Tiers(core, policy, cache)
        if tiers is not None:
            core.execute = tiers.run
        found = History([], tiers)
        for moment in self.moments:
            core.run(moment * PERIOD_PS)
            found.snapshots.append(
                snapshot(core) | {"taken": tuple(taken), "accesses": tuple(block.accesses)}
            )
            if core.stopped is not None:
                break
        return found


class Clockwork(TimeBlock):
    """Its alarms are never far away, so that stores to it bring the deadline nearer."""

    def write(self, offset: int, width: int, value: int) -> None:
        super().write(offset, width, value % 1000 + 1)


def _pulse(core: Core, number: int) -> None:
    core.exceptions.set_line(number, True)
    core.exceptions.set_line(number, False)


def snapshot(core: Core) -> Snapshot:
    """Everything that could differ."""
    words, wides, special, exceptions = core.state.words, core.state.wides, core.special, core.exceptions
    found: Snapshot = {f"word {n}": words[n] for n in WORDS}
    found |= {
        "cycles": wides[st.CYCLES],
        "instructions": wides[st.INSTRUCTIONS],
        "fpu free": max(wides[st.FPU_FREE], wides[st.CYCLES]),
        "asleep": core.sleep_cycles,
        "other sp": special.other_sp,
        "control": (special.ipsr, special.control, core.fp.pending, core.fp.address),
        "masks": (exceptions.primask, exceptions.faultmask, exceptions.basepri),
        "exceptions": (tuple(sorted(exceptions.pending)), tuple(exceptions.active)),
        "stopped": repr(core.stopped),
        "tags": bytes(core.tags),
        "memory": bytes(next(m for m in core.bus.memories if m.writable).data),
    }
    return found


def _short(a: object, b: object) -> str:
    if isinstance(a, bytes | tuple) and isinstance(b, bytes | tuple) and len(a) + len(b) > 16:
        at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        return f"from {at:#x} of {len(a)}, {len(b)}: {a[at : at + 4]!r} not {b[at : at + 4]!r}"
    return f"{a:#x} not {b:#x}" if isinstance(a, int) and isinstance(b, int) else f"{a} not {b}"


def smallest(experiment: Experiment, fails: Callable[[Experiment], bool]) -> Experiment:
    """The same with as many instructions as possible replaced by NOPs, still failing."""
    dropped: set[int] = set()
    program = experiment.program
    lines = [at for at, _, _ in program.lines]
    size = len(lines)
    while size > 1:
        size = (size + 1) // 2
        for start in range(0, len(lines), size):
            more = dropped | set(lines[start : start + size])
            if more != dropped and fails(replace(experiment, program=program.without(more))):
                dropped = more
    return replace(experiment, program=program.without(dropped))
