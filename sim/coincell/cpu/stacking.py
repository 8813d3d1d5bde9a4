"""Frames of exceptions: what is stacked and unstacked, and where it fails (ARMv7-M ARM B1.5.6 - B1.5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.exc_return import ExcReturn
from coincell.cpu.faults import (
    CoreFault,
    invalid_return,
    no_coprocessor,
    stack_overflow,
    stacking_error,
    stacking_violation,
    unstacking_error,
    unstacking_violation,
)
from coincell.cpu.stack_limits import stack_limit
from coincell.cpu.state import ITSTATE, R
from coincell.ports import BusFault

if TYPE_CHECKING:
    from coincell.cpu.core import Core

SP, LR, PC = R + 13, R + 14, R + 15
BASIC_WORDS = 8
BASIC_FRAME = 0x20
_REALIGNED = 1 << 9
"""Set in the stacked xPSR when four bytes were left for alignment."""
_STKALIGN = 1 << 9


def push_frame(core: Core) -> CoreFault | None:
    """Stack the interrupted context on the stack in use; LR becomes EXC_RETURN. Gives the fault it met."""
    words, special = core.state.words, core.special
    how = ExcReturn(bool(special.ipsr), special.uses_process_stack, special.fp_active)
    gap = words[SP] & 4 if _aligns(core, how) else 0
    frame = (words[SP] - gap - _size(core, how)) & 0xFFFFFFFF
    psr = core.state.xpsr_flags | special.ipsr | int(core.thumb) << 24 | (_REALIGNED if gap else 0)
    it = words[ITSTATE]
    psr |= (it & 3) << 25 | (it >> 2) << 10 | (special.control >> 3 & 1) << 20
    basic = [*words[R : R + 4], words[R + 12], words[LR], words[PC], psr]
    words[LR] = how.value(core.security.return_base)
    limit = stack_limit(core)
    if frame < limit:
        words[SP] = limit
        return stack_overflow(frame)
    fault = _store(core, frame, basic, how.extended)
    words[SP] = frame
    return fault


def _size(core: Core, how: ExcReturn) -> int:
    """Bytes of the frame."""
    return BASIC_FRAME + (core.fp.room if how.extended else 0)


def _aligns(core: Core, how: ExcReturn) -> bool:
    """Whether the frame is 8-byte aligned: an extended one always is."""
    return how.extended or bool(core.configuration & _STKALIGN)


def _store(core: Core, frame: int, basic: list[int], extended: bool) -> CoreFault | None:
    lazy = extended and core.fp.lazy
    n_words = BASIC_WORDS + len(core.fp.slots) * (extended and not lazy)
    if core.mpu.enabled:
        refused = core.mpu.refused(frame, n_words, True, core.special.privileged)
        if refused is not None:
            return stacking_violation(refused)
    try:
        core.access.write_words(frame, basic)
        if lazy:
            core.fp.reserve(frame + BASIC_FRAME)
        elif extended:
            if not core.fp.allowed():
                return no_coprocessor()
            core.fp.store(frame + BASIC_FRAME)
    except BusFault as error:
        return stacking_error(error.address)
    return None


def pop_frame(core: Core, how: ExcReturn) -> CoreFault | None:
    """Unstack what `how` names. On a fault, which it gives, nothing has changed."""
    words, special = core.state.words, core.special
    frame = special.other_sp if how.process_stack else words[SP]
    stored = how.extended and not core.fp.pending
    if core.mpu.enabled:
        n_words = BASIC_WORDS + len(core.fp.slots) * stored
        refused = core.mpu.refused(frame, n_words, False, how.to_handler or not special.control & 1)
        if refused is not None:
            return unstacking_violation(refused)
    try:
        basic = core.access.read_words(frame, BASIC_WORDS)
        context = core.access.read_words(frame + BASIC_FRAME, len(core.fp.slots)) if stored else ()
    except BusFault as fault:
        return unstacking_error(fault.address)
    psr = basic[7]
    if bool(psr & 0x1FF) != how.to_handler:
        return invalid_return(how.value(core.security.return_base))
    if stored and not core.fp.allowed():
        return no_coprocessor()
    special.leave_handler(to_handler=how.to_handler, process_stack=how.process_stack)
    if stored:
        core.fp.restore(context)
    elif how.extended:
        core.fp.pending = False
    words[R], words[R + 1], words[R + 2], words[R + 3], words[R + 12], words[LR] = basic[:6]
    gap = 4 if psr & _REALIGNED and _aligns(core, how) else 0
    words[SP] = (frame + _size(core, how)) | gap
    special.control = special.control & ~12 | int(how.extended) << 2
    if core.security.secure:
        special.control |= (psr >> 20 & 1) << 3
    words[PC] = basic[6] & ~1
    core.state.xpsr_flags = psr & special.flags
    special.ipsr = psr & 0x1FF
    words[ITSTATE] = (psr >> 25 & 3) | (psr >> 10 & 0x3F) << 2 if core.is_v7m else 0
    core.thumb = bool(psr >> 24 & 1)
    return None
