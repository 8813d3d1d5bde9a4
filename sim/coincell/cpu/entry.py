"""Exception entry and return: where execution goes (ARMv7-M ARM B1.5.6 - B1.5.13).

Frames are in `cpu.stacking`, the value that LR gets in `cpu.exc_return`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.exc_return import ExcReturn, decode
from coincell.cpu.faults import CoreFault, invalid_return, vector_unreadable
from coincell.cpu.stacking import pop_frame, push_frame
from coincell.cpu.state import CYCLES, ITSTATE, PIPE, R
from coincell.ports import BusFault
from coincell.timing.pipeline import REFILL

if TYPE_CHECKING:
    from coincell.cpu.core import Core

SP, LR, PC = R + 13, R + 14, R + 15
LOCKUP_ADDRESS, ARMV8M_LOCKUP_ADDRESS = 0xFFFFFFFE, 0xEFFFFFFE
"""What the program counter holds in lock-up (B1.5.15; DDI 0553, lockup)."""


def lockup_address(core: Core) -> int:
    """What the program counter holds in lock-up."""
    return ARMV8M_LOCKUP_ADDRESS if core.is_v8m else LOCKUP_ADDRESS


def enter(core: Core, number: int) -> None:
    """Take the pending exception `number`, or a higher one that arrives meanwhile (late arrival, B1.5.11)."""
    interrupted, began = core.state.words[SP], core.state.wides[CYCLES]
    fault = push_frame(core)
    _spend(core, core.pipeline.exception_entry)
    _start_handler(core, number, fault, interrupted, began)


def leave(core: Core, exc_return: int) -> None:
    """Return from the running exception with this EXC_RETURN value, or go on with a pending one (B1.5.8)."""
    special, exceptions = core.special, core.exceptions
    number, nested = special.ipsr, len(exceptions.active) > 1
    how = decode(exc_return, core.security.return_base, core.has_fpu)
    # To thread mode only from the last active exception, unless CCR.NONBASETHRDENA allows more.
    barred = how is not None and not how.to_handler and nested and not core.configuration & 1
    valid = number in exceptions.active and not barred
    exceptions.end(number)
    core.fp.clear_on_return()
    if how is None or not valid:
        _chain(core, exc_return, invalid_return(exc_return))
        return
    if exceptions.preempting() is not None or _preempted(core, core.pipeline.exception_return):
        _chain(core, exc_return, None)
        return
    fault = pop_frame(core, how)
    if fault is not None:
        _chain(core, exc_return, fault)
        return
    _resume(core, how)


def _resume(core: Core, how: ExcReturn) -> None:
    """Execution goes on where the frame says."""
    _wait(core, core.stepper.prefetch(core.state.words[PC]) - core.pipeline.return_hides)
    core.state.words[PIPE] = REFILL
    core.exclusive = False
    core.exceptions.event = True
    core.fp.update_ready()
    core.on_exception_return()
    if core.special.sleep_on_exit and not how.to_handler and not core.exceptions.active:
        core.sleep("wfi")
    if core.state.words[PC] == lockup_address(core) and core.exceptions.execution_priority() < 0:
        core.lock_up()  # an NMI had interrupted it


def _preempted(core: Core, n_cycles: int) -> bool:
    """Unstack for `n_cycles`, unless an exception comes meanwhile: it is chained at once (B1.5.12)."""
    wides, sim = core.state.wides, core.sim
    start = wides[CYCLES]
    end = start + n_cycles
    while (due := core.clock.cycle_at(sim.next_event())) < end:
        wides[CYCLES] = max(wides[CYCLES], due)
        sim.advance(core.time)
        if core.exceptions.preempting() is not None:
            core.exception_cycles += wides[CYCLES] - start
            return True
    wides[CYCLES] = end
    core.exception_cycles += n_cycles
    return False


def _chain(core: Core, exc_return: int, fault: CoreFault | None) -> None:
    """Tail-chaining (B1.5.12): the frame stays, and LR names it again. `fault` is why the return failed."""
    core.state.words[LR] = exc_return
    core.special.control &= ~12
    if fault is not None:
        # The exception that returned is over: its priority no longer counts.
        core.faults.raise_fault(fault)
    number = core.exceptions.preempting()
    if number is None or core.stopped is not None:
        return
    began = core.state.wides[CYCLES]
    _spend(core, core.pipeline.tail_chain)
    _start_handler(core, number, None, None, began)


def _start_handler(
    core: Core, number: int, fault: CoreFault | None, interrupted: int | None, began: int
) -> None:
    """Read the vector and begin. `fault` was met while stacking for `number`; the rest is for observers."""
    while True:
        if fault is not None and not core.faults.raise_derived(fault, number):
            _begin(core, number)
            core.lock_up(fault)
            return
        if core.stopped is not None:
            return
        core.sim.advance(core.time)
        number = core.exceptions.preempting() or number
        try:
            vector, waited = core.access.read_vector(number)
        except BusFault:
            fault = vector_unreadable(number)
            continue
        hidden = core.pipeline.entry_hides if interrupted is not None else 0
        _wait(core, waited + core.stepper.prefetch(vector & ~1) - hidden)
        _begin(core, number)
        core.state.words[PC] = vector & ~1
        core.thumb = bool(vector & 1)
        core.on_exception(number, interrupted, began)
        return


def _begin(core: Core, number: int) -> None:
    words = core.state.words
    core.special.enter_handler(number)
    core.exceptions.begin(number)
    words[ITSTATE], words[PIPE] = 0, REFILL
    core.exclusive = False
    core.exceptions.event = True
    core.fp.update_ready()


def _wait(core: Core, n_cycles: int) -> None:
    """Memory was late by so many cycles, if any (negative: it was early)."""
    _spend(core, max(0, n_cycles))


def _spend(core: Core, n_cycles: int) -> None:
    core.state.wides[CYCLES] += n_cycles
    core.exception_cycles += n_cycles
