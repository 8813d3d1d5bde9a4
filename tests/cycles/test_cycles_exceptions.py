"""Cycles of taking exceptions and returning, with memory that never waits.

Cortex-M4: 12 to enter, 6 to chain (Arm DDI 0439 3.9.1), 10 to return, 17 more each way with floating-point
registers (Arm's article KA 16366); M0+: 15 to enter (DDI 0484C 3.6.1).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from measure import FREE, M0PLUS, M4F, Lines, bare

from coincell.cpu.core import Core, CoreOptions
from coincell.cpu.entry import enter
from coincell.cpu.state import CYCLES, R
from coincell.timing import MemoryTiming

HANDLER, MAIN = 0x800, 0x1000
IRQ0, IRQ1 = 16, 17


def ready(options: CoreOptions, timing: MemoryTiming = FREE) -> Core:
    """A core in a loop of nops, whose two interrupts return at once."""
    core = bare(options, timing)
    for number in (IRQ0, IRQ1):
        core.bus.program(4 * number, (HANDLER | 1).to_bytes(4, "little"))
        core.exceptions.enabled.add(number)
    core.bus.program(HANDLER, Lines(options).code("bx lr"))
    core.bus.program(MAIN, b"\x00\xbf" * 100)
    core.state.words[R + 15] = MAIN
    core.vector_table = 0
    return core


@pytest.mark.parametrize(("options", "entry"), [(M4F, 12), (M0PLUS, 15)], ids=["m4", "m0+"])
def test_entry(options: CoreOptions, entry: int) -> None:
    core = ready(options)
    before = core.state.wides[CYCLES]
    enter(core, IRQ0)
    assert core.state.words[R + 15] == HANDLER
    assert core.state.wides[CYCLES] - before == entry


@pytest.mark.parametrize("options", [M4F, M0PLUS], ids=["m4", "m0+"])
def test_return_takes_about_ten(options: CoreOptions) -> None:
    core = ready(options)
    enter(core, IRQ0)
    before = core.state.wides[CYCLES]
    core.stepper.step()
    assert core.state.words[R + 15] == MAIN
    assert 10 <= core.state.wides[CYCLES] - before <= 16


def test_tail_chaining() -> None:
    core = ready(M4F)
    core.exceptions.pend(IRQ0)
    enter(core, IRQ0)
    core.exceptions.pend(IRQ1)
    before = core.state.wides[CYCLES]
    core.stepper.step()  # BX LR: 1 + P, P is 1 to 3 (table 3-1)
    assert core.state.words[R + 15] == HANDLER
    assert core.special.ipsr == IRQ1
    assert 6 <= core.state.wides[CYCLES] - before <= 6 + 4


def spent(core: Core, *steps: Callable[[], None]) -> list[int]:
    """Cycles of each step."""
    found = []
    for step in steps:
        before = core.state.wides[CYCLES]
        step()
        found.append(core.state.wides[CYCLES] - before)
    return found


WAITING = MemoryTiming(line_bytes=16, fetch_wait=4, data_wait=5)


@pytest.mark.parametrize(
    ("options", "entry"), [(M4F, 12 + 5 + 4 - 3), (M0PLUS, 15 + 5 + 4)], ids=["m4", "m0+"]
)
def test_waiting_for_vector_and_handler(options: CoreOptions, entry: int) -> None:
    """Stacking takes nine cycles beside six for vector and handler (KA 16366): three hide on M4."""
    core = ready(options, WAITING)
    assert spent(core, lambda: enter(core, IRQ0), core.stepper.step)[0] == entry
    assert core.state.words[R + 15] == MAIN


def test_the_first_instruction_of_a_handler_is_there() -> None:
    """Its line was fetched on the way in, and what is returned to on the way out, up to six cycles of it."""
    waiting, free = ready(M4F, WAITING), ready(M4F)
    for core in (waiting, free):
        enter(core, IRQ0)
    assert spent(waiting, waiting.stepper.step) == spent(free, free.stepper.step)
    slow = ready(M4F, MemoryTiming(line_bytes=16, fetch_wait=10, data_wait=0))
    enter(slow, IRQ0)
    assert (
        spent(slow, slow.stepper.step)[0] == spent(free, lambda: enter(free, IRQ0), free.stepper.step)[1] + 4
    )


def test_chaining_hides_nothing() -> None:
    waiting, free = ready(M4F, WAITING), ready(M4F)
    took = []
    for core in (waiting, free):
        enter(core, IRQ0)
        core.exceptions.pend(IRQ1)
        took += spent(core, core.stepper.step)
        assert core.special.ipsr == IRQ1
    assert took[0] == took[1] + 5  # the handler's line is there already


@pytest.mark.parametrize("lazy", [True, False])
def test_floating_point_registers(lazy: bool) -> None:
    core = ready(M4F)
    core.fp.cpacr, core.fp.control = 0xF << 20, 0xC0000000 if lazy else 0x80000000
    core.special.control = 4
    took = spent(core, lambda: enter(core, IRQ0), core.stepper.step)
    plain = ready(M4F)
    expected = spent(plain, lambda: enter(plain, IRQ0), plain.stepper.step)
    assert took == [n + (0 if lazy else 17) for n in expected]
