"""Who preempts whom, against an independent reading of ARMv7-M B1.5.4; NMI, FAULTMASK, and odd returns."""

from __future__ import annotations

import random

import pytest
from rig import BX_LR, HERE, MAIN, NOP, Rig

from coincell.cpu.exceptions import Exceptions

CPSID_F = 0xB671
SVC_1 = 0xDF01


def winner(e: Exceptions) -> int | None:
    """ExecutionPriority() and the choice of B1.5.4, written with division instead of masks."""
    size = 2 << e.group_shift

    def grouped(value: int) -> int:
        return value if value < 0 else value // size * size

    running = min([grouped(e.priority[n]) for n in e.active] + [256])
    boosted = min(
        grouped(e.basepri) if e.basepri else 256, 0 if e.primask else 256, -1 if e.faultmask else 256
    )
    best: int | None = None
    for n in range(2, e.n):
        if n in e.pending and n in e.enabled and (best is None or e.priority[n] < e.priority[best]):
            best = n
    return best if best is not None and grouped(e.priority[best]) < min(running, boosted) else None


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_random_states(bits: int) -> None:
    rng = random.Random(bits)
    outcomes = set()
    for _ in range(2000):
        e = Exceptions(8, bits)
        e.group_shift = rng.randrange(8)
        for n in range(4, e.n):
            e.priority[n] = rng.choice((0, 0x20, 0x40, 0x60, 0x80, 0xC0, 0xE0)) & e.priority_mask
        e.enabled |= set(rng.sample(range(16, 24), rng.randrange(9)))
        for n in rng.sample([2, 3, 11, 14, 15, *range(16, 24)], rng.randrange(4)):
            e.pend(n)
        e.active = rng.sample([3, 11, 15, *range(16, 24)], rng.choice((0, 0, 1, 2)))
        e.primask, e.faultmask = int(rng.random() < 0.2), int(rng.random() < 0.1)
        e.basepri = rng.choice((0, 0, 0x40, 0xC0)) & e.priority_mask
        got = e.preempting()
        assert got == winner(e)
        outcomes.add(got)
        primask, e.primask = e.primask, 0
        assert e.wakes() == (winner(e) is not None)
        e.primask = primask
    assert len(outcomes) > 8


def test_nmi_interrupts_faultmask_and_keeps_it() -> None:
    """B1.5.8 DeActivate(): every return but NMI's clears FAULTMASK."""
    rig = Rig([CPSID_F, *[NOP] * 100, HERE])
    rig.run(20)
    rig.write(0xD04, 1 << 31)
    rig.run(60)
    assert [number for number, _ in rig.taken] == [2]
    assert rig.core.exceptions.faultmask == 1
    handler = Rig([SVC_1, HERE], {11: [CPSID_F, BX_LR]})
    handler.run(40)
    assert handler.reg(15) == MAIN + 2
    assert handler.core.exceptions.faultmask == 0


def test_nmi_interrupts_hardfault() -> None:
    rig = Rig([0xDE00, HERE], {3: [HERE]})
    rig.run(30)
    rig.write(0xD04, 1 << 31)
    rig.run(80)
    assert [number for number, _ in rig.taken] == [3, 2]
    assert rig.core.exceptions.active == [3]


def test_return_value_in_thread_mode_is_an_address() -> None:
    """B1.5.8: outside handlers EXC_RETURN is only a branch, to where nothing executes (IACCVIOL)."""
    rig = Rig([0x4770], {3: [HERE]})  # bx lr, with lr as reset leaves it
    rig.core.state.words[14] = 0xFFFFFFF9
    rig.run(30)
    assert (rig.read(0xD28), rig.read(0xD2C)) == (1, 1 << 30)
    assert rig.bus.read(rig.reg(13) + 24, 4) == 0xFFFFFFF8


@pytest.mark.parametrize("changed", ["priority", "group"])
def test_a_pending_exception_notices_new_priorities(changed: str) -> None:
    """A write that lifts a pending interrupt above the running one lets it in at once."""
    # str r1, [r2] amid the handler of 16
    rig = Rig([HERE], {16: [NOP] * 10 + [0x6011] + [NOP] * 30 + [BX_LR], 17: [BX_LR]})
    rig.write(0x100, 3)
    if changed == "priority":
        rig.write(0x400, 0x8080)
        rig.core.state.words[1], rig.core.state.words[2] = 0x4080, 0xE000E400
    else:
        rig.write(0x400, 0x4080)
        rig.write(0xD0C, 0x05FA0700)
        rig.core.state.words[1], rig.core.state.words[2] = 0x05FA0000, 0xE000ED0C
    rig.at(20, 16)
    rig.at(36, 17)
    rig.run(100)
    (_, first), (number, second) = rig.taken
    assert number == 17
    assert second - first == 10 + 1 + 12  # behind the store, with a frame of its own


def test_unprivileged_software_trigger() -> None:
    """B3.2.26, B3.2.8: STIR by unprivileged code faults unless CCR.USERSETMPEND."""
    for allowed in (0, 2):
        rig = Rig([0x6011, HERE], {3: [HERE]})  # str r1, [r2]
        rig.write(0xD14, allowed)
        rig.write(0x100, 2)
        rig.core.special.control = 1
        rig.core.state.words[1], rig.core.state.words[2] = 1, 0xE000EF00
        rig.run(30)
        assert [number for number, _ in rig.taken][:1] == ([17] if allowed else [3])


def test_condition_comes_before_the_fpu_check() -> None:
    """A7.1, ExecuteFPCheck(): an FP instruction that its IT block skips cannot fault."""
    rig = Rig([0xBF08, 0xEE30, 0x0A00, 0x2001, HERE], {3: [HERE]})  # IT EQ; VADDEQ; MOVS r0, #1
    rig.run(30)
    assert rig.read(0xD28) == 0
    assert rig.reg(0) == 1
