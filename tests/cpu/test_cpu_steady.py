"""A computation comes out the same whatever interrupts it, and whenever: entry and return lose nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from bare import CACHED, TARGETS, UNCACHED, bare_core, compile_bare
from emulate import Left

from coincell.cpu.semihosting import Semihosting
from coincell.cpu.state import CYCLES
from coincell.simtime import PS_PER_S
from coincell.timing import MemoryTiming


def run(
    core: str,
    pulses: Sequence[tuple[int, int]],
    policy: str = "step",
    timing: MemoryTiming = CACHED,
    limits: Sequence[int] = (PS_PER_S // 100,),
) -> tuple[str, list[str], list[int], int]:
    """Check word, the handlers' results and counts, the cycle at the end. `pulses`: (cycle, interrupt)."""
    image = compile_bare("steady", core=core)
    here, _ = bare_core(image, policy, timing, TARGETS[core].options)
    text: list[bytes] = []
    here.on_breakpoint = Semihosting(here, text.append, lambda code: here.stop(Left(code))).breakpoint
    here.on_lockup = here.stop  # type: ignore[assignment]
    for cycle, interrupt in pulses:

        def pulse(number: int = 16 + interrupt) -> None:
            here.exceptions.set_line(number, True)
            here.exceptions.set_line(number, False)

        here.sim.at(here.clock.time_of(cycle), pulse)
    for limit in limits:
        here.run(limit)
    assert isinstance(here.stopped, Left), here.stopped
    assert here.stopped.code == 0
    words = [word.split("=")[1] for word in b"".join(text).decode().split()]
    counts = [int(n, 16) for n in words[1::2]]
    return words[0], words[2::2], counts, here.state.wides[CYCLES]


@pytest.mark.parametrize("core", ["m3", "m4f", "m7", "m33"])
def test_one_interrupt_at_any_cycle(core: str) -> None:
    check, _, counts, end = run(core, [])
    assert counts == [0, 0, 0]
    rng = random.Random(core)
    for cycle in rng.sample(range(60, end - 700), 20):
        got, _, counts, _ = run(core, [(cycle, 1)])
        assert (got, counts) == (check, [0, 1, 0]), cycle


@pytest.mark.parametrize("timing", [CACHED, UNCACHED], ids=["cached", "uncached"])
@pytest.mark.parametrize("core", ["m0", "m3", "m4f", "m7", "m33"])
def test_storms(core: str, timing: MemoryTiming) -> None:
    """Three priorities, forty interrupts: nested, chained, late; handlers get their own sums right."""
    check, _, _, end = run(core, [], timing=timing)
    rng = random.Random(core)
    sums: set[tuple[str, ...]] = set()
    for _ in range(4):
        pulses = [(rng.randrange(60, 2 * end), rng.randrange(3)) for _ in range(40)]
        got, results, counts, _ = run(core, pulses, timing=timing)
        assert got == check
        assert min(counts) > 0
        sums.add(tuple(results))
    assert len(sums) == 1


@pytest.mark.parametrize("policy", ["compile", "auto", "random:5"])
def test_storms_in_every_tier(policy: str) -> None:
    """To the cycle."""
    *_, end = run("m4f", [])
    rng = random.Random(policy)
    for _ in range(3):
        pulses = [(rng.randrange(60, 2 * end), rng.randrange(3)) for _ in range(30)]
        assert run("m4f", pulses, policy) == run("m4f", pulses)


@pytest.mark.parametrize("policy", ["step", "compile"])
def test_where_a_run_is_cut_changes_nothing(policy: str) -> None:
    """`Core.run` in pieces that end inside instructions, LDM and divisions among them."""
    rng = random.Random(policy)
    pulses = [(rng.randrange(60, 4000), rng.randrange(3)) for _ in range(20)]
    cuts = sorted(rng.randrange(PS_PER_S // 10000) for _ in range(400))
    whole = run("m4f", pulses, policy)
    assert run("m4f", pulses, policy, limits=[*cuts, PS_PER_S // 100]) == whole
