"""Tiers are one: whatever is interpreted or compiled, wherever blocks are cut, every cycle is the same."""

from __future__ import annotations

import random

import pytest
from bare import CACHED, UNCACHED, bare_core, compile_bare, fingerprint
from rig import BX_LR, HERE, NOP, PERIOD_PS, RAM, Rig

from coincell.cpu.compiled import tiers
from coincell.cpu.core import Core
from coincell.timing import MemoryTiming

STOPS = sorted(random.Random(7).sample(range(1, 5_000_000), 12))
"""Moments [ns] at which runs are compared, up to 5 ms of board time."""


def history(policy: str, timing: MemoryTiming) -> list[tuple[object, ...]]:
    core, block = bare_core(compile_bare("tiers"), policy, timing)
    seen = []
    for nanoseconds in STOPS:
        core.run(nanoseconds * 1000)
        assert core.stopped is None
        seen.append(fingerprint(core))
    return [*seen, tuple(block.accesses)]


@pytest.fixture(scope="module", params=[CACHED, UNCACHED], ids=["cached", "uncached"])
def interpreted(request: pytest.FixtureRequest) -> tuple[MemoryTiming, list[tuple[object, ...]]]:
    return request.param, history("step", request.param)


LONG = [pytest.param(f"random:{seed}", marks=pytest.mark.long) for seed in range(2, 12)]


@pytest.mark.parametrize("policy", ["compile", "auto", "random:1", *LONG])
def test_every_policy_gives_the_same_history(
    interpreted: tuple[MemoryTiming, list[tuple[object, ...]]], policy: str
) -> None:
    timing, expected = interpreted
    for moment, (got, want) in enumerate(zip(history(policy, timing), expected, strict=True)):
        assert got == want, f"differs at moment {moment}"


def test_the_program_exercises_what_it_should(
    interpreted: tuple[MemoryTiming, list[tuple[object, ...]]],
) -> None:
    accesses = interpreted[1][-1]
    final_cycles = interpreted[1][-2][1]
    assert len(accesses) > 150  # ticks, alarms and clock readings
    assert interpreted[1][-2][4] > 0  # it slept
    assert isinstance(final_cycles, int)
    assert final_cycles > 200_000


def test_deadlines_everywhere(interpreted: tuple[MemoryTiming, list[tuple[object, ...]]]) -> None:
    """Runs cut every few microseconds, inside loops and IT blocks alike, end in the same state."""

    def final(policy: str) -> tuple[object, ...]:
        core, _ = bare_core(compile_bare("tiers"), policy, interpreted[0])
        for time_ps in range(0, 1_200_000_000, 3_700_000):
            core.run(time_ps)
        return fingerprint(core)

    assert final("compile") == final("step")


@pytest.mark.parametrize("policy", ["step", "compile", "thorough"])
def test_a_trap_counts_from_the_next_instruction_on(policy: str) -> None:
    """str r1, [r0]: CCR.DIV_0_TRP; sdiv r2, r2, r3: by zero; movs r5, #1."""
    rig = Rig([0x6001, 0xFB92, 0xF2F3, 0x2501, HERE], {6: [HERE]}, policy)
    rig.write(0xD24, 1 << 18)
    words = rig.core.state.words
    words[0], words[1], words[2] = 0xE000ED14, 0x210, 5
    rig.run(300)
    assert ([number for number, _ in rig.taken], rig.reg(5)) == ([6], 0)


class Flash:
    """A controller: writing to it holds the core for 50 cycles."""

    name, base, size = "flash controller", 0x40000000, 0x1000

    def __init__(self, core: Core) -> None:
        self.core = core

    def reset(self) -> None: ...

    def read(self, offset: int, width: int) -> int:
        return 0

    def write(self, offset: int, width: int, value: int) -> None:
        self.core.stall(self.core.time + 50 * PERIOD_PS)


@pytest.mark.parametrize("policy", ["step", "compile", "thorough"])
def test_an_interrupt_during_a_stall_comes_right_behind_it(policy: str) -> None:
    """str r1, [r0]; then r5 counts: nothing of that happens before the handler."""
    rig = Rig([0x6001, *[0x3501] * 10, HERE], policy=policy)
    rig.bus.attach(Flash(rig.core))
    rig.core.state.words[0] = 0x40000000
    rig.core.exceptions.enable(16, True)
    rig.at(20, 16)
    counted = []
    rig.core.on_exception = lambda number, stack, began: counted.append((number, rig.reg(5), began))
    rig.run(300)
    assert counted == [(16, 0, 51)]


def test_code_is_made_anew_when_its_accesses_go_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that reads RAM and flash in turn; the check of r1 stands where the loop begins."""
    monkeypatch.setattr(tiers, "SHORTEST_SLICE", 2000)
    monkeypatch.setattr(tiers, "HOT", 1)
    # adds r3, #1; ldr r6, [r1]; subs r2, #1; bne; eors r1, r5; movs r2, #20; b back
    rig = Rig([0x3301, 0x680E, 0x3A01, 0xD1FB, 0x4069, 0x2214, 0xE7F8], policy="auto")
    words = rig.core.state.words
    words[1], words[2], words[5] = RAM + 0x100, 3, (RAM + 0x100) ^ 0x100
    rig.run(200_000)
    assert rig.tiers is not None
    before = rig.tiers.interpreted
    rig.run(1_000_000)
    assert rig.tiers.interpreted - before < 2000


def test_a_fault_just_before_a_deadline_is_one_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load from nowhere, again and again; the HardFault handler counts, other interrupts come between."""
    monkeypatch.setattr(tiers, "PRECISE_AFTER", 0)

    def happened(policy: str) -> tuple[list[tuple[int, int]], list[int]]:
        rig = Rig([0x6801, *[NOP] * 20, HERE], {3: [0x3501, BX_LR]}, policy)
        rig.core.state.words[0] = 0x60000000
        rig.core.exceptions.enable(16, True)
        faults: list[int] = []
        rig.core.on_fault = lambda fault: faults.append(rig.cycle)
        for cycle in range(100, 8000, 97):
            rig.at(cycle, 16)
        rig.run(8000)
        return rig.taken, faults

    assert happened("compile") == happened("step")
