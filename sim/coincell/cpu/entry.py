"""Exception entry and return: what is stacked, and where execution goes (ARMv7-M ARM B1.5.6 - B1.5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.exceptions import HARD_FAULT
from coincell.cpu.faults import CoreFault, data_bus_error, invalid_return, invalid_state
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
    """Take exception `number`. A tail-chained one finds its frame already on the stack."""
    words = core.state.words
    if tail_chained:
        core.state.wides[CYCLES] += core.pipeline.tail_chain
    else:
        words[LR] = _push_frame(core)
        core.state.wides[CYCLES] += core.pipeline.exception_entry
    core.special.enter_handler(number)
    core.exceptions.begin(number)
    words[ITSTATE], words[PIPE] = 0, REFILL
    core.exclusive = None
    core.exceptions.event = True
    vector = core.read_vector(number)
    words[PC] = vector & ~1
    core.thumb = bool(vector & 1)
    core.update_fp_ready()
    if not core.thumb:
        raise invalid_state(vector)


def _push_frame(core: Core) -> int:
    """Stack the interrupted context on the stack in use; gives EXC_RETURN."""
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
    try:
        _store_words(core, frame, basic)
        if extended:
            if special.lazy_fp:
                special.fpcar = frame + BASIC_FRAME
                special.fp_pending = True
            else:
                store_fp_context(core, frame + BASIC_FRAME)
    except BusFault as fault:
        raise CoreFault(HARD_FAULT, 1 << 12, f"stacking failed at 0x{fault.address:08x} (STKERR)") from None
    words[SP] = frame
    exc_return = 0xFFFFFFF1 if special.ipsr else (0xFFFFFFFD if special.control & 2 else 0xFFFFFFF9)
    return exc_return & ~0x10 if extended else exc_return


def store_fp_context(core: Core, address: int) -> None:
    """s0-s15 and FPSCR to a frame (at entry, or later when stacking is lazy)."""
    words = core.state.words
    _store_words(core, address, [*words[S : S + 16].tolist(), words[FPSCR]])
    core.state.wides[CYCLES] += FP_STACKING_CYCLES


def leave(core: Core, exc_return: int) -> None:
    """Return from the running exception with this EXC_RETURN value. Raises CoreFault when it is invalid."""
    special, exceptions = core.special, core.exceptions
    words = core.state.words
    kind = exc_return & 0xF
    extended = not exc_return & 0x10
    if kind not in (1, 9, 13) or exc_return | 0x1F != 0xFFFFFFFF or (extended and not core.has_fpu):
        raise invalid_return(exc_return)
    exceptions.end(special.ipsr)
    number = exceptions.preempting()
    if number is not None:
        words[LR] = exc_return
        special.leave_fp_active(extended)
        enter(core, number, tail_chained=True)
        return
    special.leave_handler(to_handler=kind == 1, process_stack=kind == 13)
    frame = words[SP]
    try:
        basic = _load_words(core, frame, 8)
        if extended:
            if special.fp_pending:
                special.fp_pending = False
            else:
                context = _load_words(core, frame + BASIC_FRAME, 17)
                for n in range(16):
                    words[S + n] = context[n]
                words[FPSCR] = context[16]
                core.state.wides[CYCLES] += FP_STACKING_CYCLES
    except BusFault as fault:
        raise data_bus_error(fault.address, False) from None
    for n, value in zip((0, 1, 2, 3, 12, 14), basic, strict=False):
        words[R + n] = value
    psr = basic[7]
    words[SP] = (frame + (EXTENDED_FRAME if extended else BASIC_FRAME)) | (psr >> 9 & 1) << 2
    special.control = special.control & ~4 | int(extended) << 2
    words[PC] = basic[6] & ~1
    core.state.xpsr_flags = psr
    special.ipsr = psr & 0x1FF
    words[ITSTATE] = (psr >> 25 & 3) | (psr >> 10 & 0x3F) << 2
    core.thumb = bool(psr >> 24 & 1)
    words[PIPE] = REFILL
    core.exclusive = None
    core.exceptions.event = True
    core.state.wides[CYCLES] += core.pipeline.exception_return
    core.update_fp_ready()
    if special.sleep_on_exit and not special.ipsr:
        core.sleep("wfi")


def _store_words(core: Core, address: int, values: list[int]) -> None:
    core.bus.write_block(address, b"".join(v.to_bytes(4, "little") for v in values))


def _load_words(core: Core, address: int, n: int) -> list[int]:
    data = core.bus.read_block(address, 4 * n)
    return [int.from_bytes(data[i : i + 4], "little") for i in range(0, 4 * n, 4)]
