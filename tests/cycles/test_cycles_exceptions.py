"""Cycles of taking exceptions and returning, with memory that never waits.

Cortex-M4: 12 to enter, 6 to chain (Arm DDI 0439, Cortex-M4 TRM 3.9); M0+: 15 to enter (DDI 0484).
"""

from __future__ import annotations

import pytest
from measure import M0PLUS, M4F, Lines, bare

from coincell.cpu.core import Core, CoreOptions
from coincell.cpu.entry import enter
from coincell.cpu.state import CYCLES, R

HANDLER, MAIN = 0x800, 0x1000
IRQ0, IRQ1 = 16, 17


def ready(options: CoreOptions) -> Core:
    """A core in a loop of nops, whose two interrupts return at once."""
    core = bare(options)
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
