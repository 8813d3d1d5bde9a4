"""One instruction at a time, with checks that compiled code does not make: MPU, single steps, comparators.

It costs nothing while none of them is on; `Core.update_guarded` says when one is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.faults import CoreFault
from coincell.cpu.private.debug_monitor import HALTED
from coincell.cpu.state import CYCLES, DEADLINE, EXIT, ITSTATE, PIPE, R

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_UNPRIVILEGED = frozenset(
    f"{name}T T1" for name in ("LDR", "LDRB", "LDRH", "LDRSB", "LDRSH", "STR", "STRB", "STRH")
)


def run_guarded(core: Core) -> None:
    """As `Stepper.run`: fetches are checked, LDRT and STRT act as unprivileged, debug events are raised."""
    words, wides, step, mpu = core.state.words, core.state.wides, core.stepper.step, core.mpu
    while wides[CYCLES] < wides[DEADLINE] and not words[EXIT]:
        if mpu.enabled:
            try:
                mpu.check_fetch(words[R + 15])
            except CoreFault as fault:
                core.faults.raise_fault(fault)
                continue
            core.access.acts_unprivileged = _is_unprivileged(core)
        stepping, watched = core.debug.stepping, core.watch.armed
        address, before = words[R + 15], wides[CYCLES] - core.exception_cycles
        counted = core.cycle_count() if watched else 0
        step()
        core.access.acts_unprivileged = False
        if watched:
            core.watch.executed(address, before, counted)
        if stepping:
            core.debug.event(HALTED)


def _is_unprivileged(core: Core) -> bool:
    words = core.state.words
    try:
        step = core.stepper.plan(words[R + 15], words[PIPE], words[ITSTATE] != 0)
    except CoreFault:
        return False  # executing it will tell
    return step.instruction.name in _UNPRIVILEGED
