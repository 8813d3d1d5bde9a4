"""What an observer counts is the same whatever runs the core; what the core does is the same without one."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache

import numpy as np
import pytest
from bare import CACHED, UNCACHED, bare_core, compile_bare, fingerprint
from emulate import Left

from coincell.cpu.compiled.tiers import Tiers
from coincell.cpu.core import Core
from coincell.cpu.fp_context import STACKING_CYCLES
from coincell.cpu.observer import EXECUTED, SPENT, Counts, Observer
from coincell.cpu.semihosting import Semihosting
from coincell.cpu.state import INSTRUCTIONS
from coincell.simtime import PS_PER_S
from coincell.timing import MemoryTiming

END_PS = 1_200_000_000


class ByFunction:
    """The functions of a file of tests/firmware."""

    def __init__(self, name: str = "tiers") -> None:
        self.digest = name
        functions = compile_bare(name).symbols.values()
        self._ranges = sorted((s.address, s.size) for s in functions if s.is_function and s.size)

    def range_at(self, address: int) -> tuple[int, int]:
        return next(((a, n) for a, n in self._ranges if a <= address < a + n), (address & -16, 16))


@cache
def observed(policy: str, timing: MemoryTiming) -> tuple[Core, Observer]:
    """After a run of it: ticks, alarms, sleep and every kind of code."""
    core, _ = bare_core(compile_bare("tiers"), "step", timing)
    observer = Observer(core, ByFunction())
    if policy != "step":
        core.execute = Tiers(core, policy).run
    core.run(END_PS)
    observer.finish()
    return core, observer


def tree(observer: Observer) -> dict[tuple[int, ...], tuple[int, int]]:
    """Chain of keys -> (calls, cycles)."""
    calls, found = observer.calls.tree, {}
    for node in range(1, len(calls.keys)):
        chain, at = [], node
        while at:
            chain.append(calls.keys[at])
            at = calls.parents[at]
        found[tuple(reversed(chain))] = calls.calls[node], observer.bank.node_cycles[node]
    return found


@pytest.mark.parametrize(
    ("policy", "timing"),
    [("compile", CACHED), ("auto", UNCACHED), ("random:1", CACHED)],
    ids=["compiled", "uncached", "cut at random"],
)
def test_counts_do_not_depend_on_what_runs_the_core(policy: str, timing: MemoryTiming) -> None:
    core, observer = observed(policy, timing)
    reference, judge = observed("step", timing)
    assert fingerprint(core) == fingerprint(reference)
    for area, expected in zip(observer.bank.areas, judge.bank.areas, strict=True):
        assert np.array_equal(area.counts, expected.counts)
    assert tree(observer) == tree(judge)


def test_an_observed_core_does_what_it_does_alone() -> None:
    alone, _ = bare_core(compile_bare("tiers"), "step", CACHED)
    alone.run(END_PS)
    assert fingerprint(observed("step", CACHED)[0]) == fingerprint(alone)


def test_nothing_is_missing() -> None:
    core, observer = observed("step", CACHED)
    assert sum(observer.bank.node_cycles) == core.awake_cycles
    counts = sum(area.counts.sum(axis=0) for area in observer.bank.areas)
    # what is left is the floating-point context that exceptions take back
    contexts, rest = divmod(core.awake_cycles - core.exception_cycles - int(counts[SPENT]), STACKING_CYCLES)
    assert rest == 0
    assert 0 < contexts <= sum(calls for chain, (calls, _) in tree(observer).items() if len(chain) == 1)
    executed = int(counts[EXECUTED])
    assert core.state.wides[INSTRUCTIONS] * 0.9 < executed < core.state.wides[INSTRUCTIONS]


def test_what_faults_is_counted_alike() -> None:
    """tests/firmware/exceptions.c takes every kind of exception, and every fault."""
    stepped, counts = exceptional("step")
    compiled, others = exceptional("compile")
    assert compiled == stepped
    assert all(np.array_equal(one, other) for one, other in zip(counts, others, strict=True))


def exceptional(policy: str) -> tuple[dict[tuple[int, ...], tuple[int, int]], list[Counts]]:
    core, _ = bare_core(compile_bare("exceptions"), "step", CACHED)
    observer = Observer(core, ByFunction("exceptions"))
    if policy != "step":
        core.execute = Tiers(core, policy).run
    semihosting = Semihosting(core, lambda text: None, lambda code: core.stop(Left(code)))
    core.on_breakpoint = semihosting.breakpoint
    core.run(PS_PER_S // 50)
    assert isinstance(core.stopped, Left)
    observer.finish()
    return tree(observer), [area.counts for area in observer.bank.areas]


def test_another_current_has_counts_of_its_own() -> None:
    """`use` in the middle of a run, from an event: both tiers change over after the same instruction."""
    spent, counts = changing("step")
    others, theirs = changing("compile")
    assert spent == others
    assert all(np.array_equal(counts[key], theirs[key]) for key in counts)


def changing(policy: str) -> tuple[dict[Hashable, int], dict[Hashable, Counts]]:
    """Cycles and counts of flash by current, where the current changes twice."""
    core, _ = bare_core(compile_bare("tiers"), "step", CACHED)
    observer = Observer(core, ByFunction(), "slow")
    if policy != "step":
        core.execute = Tiers(core, policy).run
    core.sim.at(END_PS // 3, lambda: observer.use("fast"))
    core.sim.at(END_PS // 2, lambda: observer.use("slow"))
    core.run(END_PS)
    observer.finish()
    spent = {key: sum(bank.node_cycles) for key, bank in observer.banks.items()}
    assert sum(spent.values()) == core.awake_cycles
    assert all(spent.values())
    return spent, {key: bank.areas[1].counts for key, bank in observer.banks.items()}
