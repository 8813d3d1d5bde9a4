"""Exception entry and return: where execution goes (ARMv7-M ARM B1.5.6 - B1.5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.faults import CoreFault, invalid_return
from coincell.cpu.stacking import pop_frame, push_frame
from coincell.cpu.state import CYCLES, ITSTATE, PIPE, R
from coincell.timing.pipeline import REFILL

if TYPE_CHECKING:
    from coincell.cpu.core import Core

LR, PC = R + 14, R + 15


def enter(core: Core, number: int, *, tail_chained: bool = False) -> None:
    """Take the pending exception `number`, or a higher one that arrives meanwhile (late arrival, B1.5.11).

    A tail-chained one finds its frame already on the stack. Raises CoreFault when the handler cannot start.
    """
    words = core.state.words
    if tail_chained:
        core.state.wides[CYCLES] += core.pipeline.tail_chain
    else:
        fault = push_frame(core)
        core.state.wides[CYCLES] += core.pipeline.exception_entry
        if fault is not None:
            # The frame is lost, but its room is taken: the fault is a late arrival (B1.5.11).
            core.faults.raise_fault(fault)
            if core.stopped is not None:
                return
    core.sim.advance(core.time)
    number = core.exceptions.preempting() or number
    core.special.enter_handler(number)
    core.exceptions.begin(number)
    words[ITSTATE], words[PIPE] = 0, REFILL
    core.exclusive = None
    core.exceptions.event = True
    vector = core.access.read_vector(number)
    words[PC] = vector & ~1
    core.thumb = bool(vector & 1)
    core.fp.update_ready()


def leave(core: Core, exc_return: int) -> None:
    """Return from the running exception with this EXC_RETURN value, or go on with a pending one (B1.5.8)."""
    special, exceptions = core.special, core.exceptions
    base_only = not core.configuration & 1 and len(exceptions.active) != 1
    valid = special.ipsr in exceptions.active and _is_valid(core, exc_return, base_only)
    exceptions.end(special.ipsr)
    if not valid:
        _refuse(core, exc_return, invalid_return(exc_return))
        return
    number = exceptions.preempting()
    if number is None:
        number = _preempted(core, core.pipeline.exception_return)
    if number is not None:
        _chain(core, exc_return, number)
        return
    fault = pop_frame(core, exc_return)
    if fault is not None:
        _refuse(core, exc_return, fault)
        return
    core.state.words[PIPE] = REFILL
    core.exclusive = None
    exceptions.event = True
    core.fp.update_ready()
    if special.sleep_on_exit and not special.ipsr:
        core.sleep("wfi")


def _preempted(core: Core, n_cycles: int) -> int | None:
    """Unstack for `n_cycles`, unless an exception comes meanwhile: it is chained at once (B1.5.12)."""
    wides, sim = core.state.wides, core.sim
    end = wides[CYCLES] + n_cycles
    while (due := core.clock.cycle_at(sim.next_event())) < end:
        wides[CYCLES] = max(wides[CYCLES], due)
        sim.advance(core.time)
        number = core.exceptions.preempting()
        if number is not None:
            return number
    wides[CYCLES] = end
    return None


def _is_valid(core: Core, exc_return: int, base_only: bool) -> bool:
    kind = exc_return & 0xF
    if exc_return | 0x1F != 0xFFFFFFFF or not (exc_return & 0x10 or core.has_fpu):
        return False
    # To thread mode only from the last active exception, unless CCR.NONBASETHRDENA allows more.
    return kind == 1 or (kind in (9, 13) and not base_only)


def _refuse(core: Core, exc_return: int, fault: CoreFault) -> None:
    """The return failed: its exception is over, the fault's handler finds the same frame."""
    core.state.words[LR] = exc_return
    core.faults.raise_fault(fault)
    number = core.exceptions.preempting()
    if number is not None and core.stopped is None:
        _chain(core, exc_return, number)


def _chain(core: Core, exc_return: int, number: int) -> None:
    core.state.words[LR] = exc_return
    core.special.control &= ~4
    enter(core, number, tail_chained=True)
