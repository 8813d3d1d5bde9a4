"""Exception entry and return: what is stacked, and where execution goes (ARMv7-M ARM B1.5.6 - B1.5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.faults import (
    CoreFault,
    invalid_return,
    stacking_error,
    stacking_violation,
    unstacking_error,
    unstacking_violation,
)
from coincell.cpu.state import CYCLES, FPSCR, ITSTATE, PIPE, R, S
from coincell.ports import BusFault
from coincell.timing.pipeline import REFILL

if TYPE_CHECKING:
    from coincell.cpu.core import Core

SP, LR, PC = R + 13, R + 14, R + 15
BASIC_FRAME, EXTENDED_FRAME = 0x20, 0x68
FP_STACKING_CYCLES = 17
"""Storing s0-s15 and FPSCR: 17 words, one a cycle (estimate: as STM of 17)."""


def enter(core: Core, number: int, *, tail_chained: bool = False) -> None:
    """Take the pending exception `number`, or a higher one that arrives meanwhile (late arrival, B1.5.11).

    A tail-chained one finds its frame already on the stack. Raises CoreFault when the handler cannot start.
    """
    words = core.state.words
    if tail_chained:
        core.state.wides[CYCLES] += core.pipeline.tail_chain
    else:
        fault = _push_frame(core)
        core.state.wides[CYCLES] += core.pipeline.exception_entry
        if fault is not None:
            # The frame is lost, but its room is taken: the fault is a late arrival (B1.5.11).
            core.raise_fault(fault)
            if core.stopped is not None:
                return
    core.sim.advance(core.time)
    number = core.exceptions.preempting() or number
    core.special.enter_handler(number)
    core.exceptions.begin(number)
    words[ITSTATE], words[PIPE] = 0, REFILL
    core.exclusive = None
    core.exceptions.event = True
    vector = core.read_vector(number)
    words[PC] = vector & ~1
    core.thumb = bool(vector & 1)
    core.update_fp_ready()


def _push_frame(core: Core) -> CoreFault | None:
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
    lazy = extended and special.lazy_fp
    n_words = 8 + 17 * (extended and not lazy)
    fault = None
    if core.guarded and (at := core.mpu.refused(frame, n_words, True, special.privileged)) is not None:
        fault = stacking_violation(at)
    else:
        try:
            _store_words(core, frame, basic)
            if extended and not lazy:
                store_fp_context(core, frame + BASIC_FRAME)
        except BusFault as error:
            fault = stacking_error(error.address)
    if lazy and fault is None:
        special.fpcar = frame + BASIC_FRAME
        special.fp_pending = True
        core.lazy_privileged = special.privileged
    words[SP] = frame
    exc_return = 0xFFFFFFF1 if special.ipsr else (0xFFFFFFFD if special.control & 2 else 0xFFFFFFF9)
    words[LR] = exc_return & ~0x10 if extended else exc_return
    return fault


def store_fp_context(core: Core, address: int) -> None:
    """s0-s15 and FPSCR to a frame (at entry, or later when stacking is lazy). Raises BusFault."""
    words = core.state.words
    _store_words(core, address, [*words[S : S + 16].tolist(), words[FPSCR]])
    core.state.wides[CYCLES] += FP_STACKING_CYCLES


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
    fault = _pop_frame(core, exc_return)
    if fault is not None:
        _refuse(core, exc_return, fault)
        return
    core.state.words[PIPE] = REFILL
    core.exclusive = None
    exceptions.event = True
    core.update_fp_ready()
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
    core.raise_fault(fault)
    number = core.exceptions.preempting()
    if number is not None and core.stopped is None:
        _chain(core, exc_return, number)


def _chain(core: Core, exc_return: int, number: int) -> None:
    core.state.words[LR] = exc_return
    core.special.control &= ~4
    enter(core, number, tail_chained=True)


def _pop_frame(core: Core, exc_return: int) -> CoreFault | None:
    """Unstack what `exc_return` names. On a fault, which it gives, nothing has changed."""
    words, special = core.state.words, core.special
    to_handler, process_stack = exc_return & 0xF == 1, exc_return & 0xF == 13
    extended = not exc_return & 0x10
    frame = special.other_sp if process_stack else words[SP]
    context: list[int] = []
    if core.guarded:
        n_words = 8 + 17 * (extended and not special.fp_pending)
        refused = core.mpu.refused(frame, n_words, False, to_handler or not special.control & 1)
        if refused is not None:
            return unstacking_violation(refused)
    try:
        basic = _load_words(core, frame, 8)
        if extended and not special.fp_pending:
            context = _load_words(core, frame + BASIC_FRAME, 17)
    except BusFault as fault:
        return unstacking_error(fault.address)
    psr = basic[7]
    if bool(psr & 0x1FF) != to_handler:
        return invalid_return(exc_return)
    special.leave_handler(to_handler=to_handler, process_stack=process_stack)
    if context:
        for n in range(16):
            words[S + n] = context[n]
        words[FPSCR] = context[16]
        core.state.wides[CYCLES] += FP_STACKING_CYCLES
    elif extended:
        special.fp_pending = False
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


def _store_words(core: Core, address: int, values: list[int]) -> None:
    core.bus.write_block(address, b"".join(v.to_bytes(4, "little") for v in values))


def _load_words(core: Core, address: int, n: int) -> list[int]:
    data = core.bus.read_block(address, 4 * n)
    return [int.from_bytes(data[i : i + 4], "little") for i in range(0, 4 * n, 4)]
