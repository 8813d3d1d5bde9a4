"""Frames of exceptions: what is stacked and unstacked, and where it fails (ARMv7-M ARM B1.5.6 - B1.5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu import fp_context
from coincell.cpu.faults import (
    CoreFault,
    invalid_return,
    stacking_error,
    stacking_violation,
    unstacking_error,
    unstacking_violation,
)
from coincell.cpu.state import ITSTATE, R
from coincell.ports import BusFault

if TYPE_CHECKING:
    from coincell.cpu.core import Core

SP, LR, PC = R + 13, R + 14, R + 15
BASIC_WORDS = 8
BASIC_FRAME, EXTENDED_FRAME = 0x20, 0x68


def push_frame(core: Core) -> CoreFault | None:
    """Stack the interrupted context on the stack in use; LR becomes EXC_RETURN. Gives the fault it met."""
    words, special = core.state.words, core.special
    extended = special.fp_active
    size = EXTENDED_FRAME if extended else BASIC_FRAME
    # STKALIGN is fixed to 1 on the cores here: the frame is 8-byte aligned and bit 9 remembers the gap.
    misaligned = words[SP] >> 2 & 1
    frame = (words[SP] - size & ~7) & 0xFFFFFFFF
    psr = core.state.xpsr_flags | special.ipsr | int(core.thumb) << 24 | misaligned << 9
    it = words[ITSTATE]
    psr |= (it & 3) << 25 | (it >> 2) << 10
    basic = [*(words[R + n] for n in (0, 1, 2, 3, 12, 14)), words[PC], psr]
    lazy = extended and core.fp.lazy
    n_words = BASIC_WORDS + fp_context.WORDS * (extended and not lazy)
    fault = None
    if core.access.guarded and (at := core.mpu.refused(frame, n_words, True, special.privileged)) is not None:
        fault = stacking_violation(at)
    else:
        try:
            core.access.write_words(frame, basic)
            if extended and not lazy:
                core.fp.store(frame + BASIC_FRAME)
        except BusFault as error:
            fault = stacking_error(error.address)
    if lazy and fault is None:
        core.fp.reserve(frame + BASIC_FRAME)
    words[SP] = frame
    exc_return = 0xFFFFFFF1 if special.ipsr else (0xFFFFFFFD if special.control & 2 else 0xFFFFFFF9)
    words[LR] = exc_return & ~0x10 if extended else exc_return
    return fault


def pop_frame(core: Core, exc_return: int) -> CoreFault | None:
    """Unstack what `exc_return` names. On a fault, which it gives, nothing has changed."""
    words, special = core.state.words, core.special
    to_handler, process_stack = exc_return & 0xF == 1, exc_return & 0xF == 13
    extended = not exc_return & 0x10
    frame = special.other_sp if process_stack else words[SP]
    context: list[int] = []
    if core.access.guarded:
        n_words = BASIC_WORDS + fp_context.WORDS * (extended and not core.fp.pending)
        refused = core.mpu.refused(frame, n_words, False, to_handler or not special.control & 1)
        if refused is not None:
            return unstacking_violation(refused)
    try:
        basic = core.access.read_words(frame, BASIC_WORDS)
        if extended and not core.fp.pending:
            context = core.access.read_words(frame + BASIC_FRAME, fp_context.WORDS)
    except BusFault as fault:
        return unstacking_error(fault.address)
    psr = basic[7]
    if bool(psr & 0x1FF) != to_handler:
        return invalid_return(exc_return)
    special.leave_handler(to_handler=to_handler, process_stack=process_stack)
    if context:
        core.fp.restore(context)
    elif extended:
        core.fp.pending = False
    for n, value in zip((0, 1, 2, 3, 12, 14), basic, strict=False):
        words[R + n] = value
    words[SP] = (frame + (EXTENDED_FRAME if extended else BASIC_FRAME)) | (psr >> 9 & 1) << 2
    special.control = special.control & ~4 | int(extended) << 2
    words[PC] = basic[6] & ~1
    core.state.xpsr_flags = psr
    special.ipsr = psr & 0x1FF
    words[ITSTATE] = (psr >> 25 & 3) | (psr >> 10 & 0x3F) << 2
    core.thumb = bool(psr >> 24 & 1)
    return None
