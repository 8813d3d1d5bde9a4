"""From the registers at one moment to the calls and exceptions that led there.

Calls are undone by call frame information. Exceptions are undone as the core would: EXC_RETURN in LR says
which stack holds the frame and what is in it (Armv7-M ARM B1.5.6 to B1.5.8; Armv8-M keeps these bits).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coincell.image.call_frames import RETURN, FrameRule, Saved
from coincell.image.model import FirmwareImage

SP, LR, PC = 13, RETURN, 15
LONGEST = 4096
"""Frames after which a trace ends: recursion may be endless, and so may what a damaged stack says."""
_EXC_RETURN = range(0xFFFFFF80, 0xFFFFFFFF)
_PROCESS_STACK, _BASIC = 4, 0x10
_THUMB = 1 << 24
_BASIC_BYTES, _EXTENDED_BYTES = 0x20, 0x68
_STACKED = (0, 1, 2, 3, 12, LR, PC)
"""What is on an exception's frame, before xPSR."""
_CALLEE_SAVED = range(4, 12)

Reader = Callable[[int], int]
"""The word at an address; raises LookupError where there is no memory."""


@dataclass(frozen=True)
class Frame:
    """One function under way.

    `address` is its present instruction: for a caller, an address inside the call. `exception` is the number
    of the exception that interrupted it, 0 for a call. `sure` is False where only LR's say-so led here.
    """

    address: int
    stack: int
    exception: int = 0
    sure: bool = True


@dataclass(frozen=True)
class Trace:
    """The innermost frame first. `complete` tells whether the last one has no caller."""

    frames: tuple[Frame, ...]
    complete: bool


@dataclass
class _State:
    registers: list[int | None]
    """None where nothing says what the function had in it."""
    psr: int
    process_stack: int
    address: int
    exact: bool = True
    """`address` is about to execute; else it is inside a call that executed."""
    sure: bool = True


def unwind(
    image: FirmwareImage, registers: Sequence[int], psr: int, process_stack: int, read: Reader
) -> Trace:
    """The trace from r0-r15, xPSR and PSP (which counts when r13 is the main stack)."""
    state = _State(list(registers), psr, process_stack, registers[PC])
    frames = [Frame(state.address, registers[SP])]
    try:
        while len(frames) < LONGEST:
            frame = _caller(image, state, read)
            if frame is None:
                return Trace(tuple(frames), True)
            frames.append(frame)
    except LookupError:
        pass
    return Trace(tuple(frames), False)


def _caller(image: FirmwareImage, state: _State, read: Reader) -> Frame | None:
    """Make `state` the caller's; None when there is none. Raises LookupError when nothing tells it."""
    lost = state.exact and not state.psr & _THUMB  # a branch into nowhere: what lies there does not run
    rule = None if lost else image.frame_rule_at(state.address)
    if rule is None and not state.exact:
        raise LookupError
    state.sure = state.sure and rule is not None
    here = None if lost else image.function_at(state.address)
    back = _leave(state, rule, read)
    if back in (0, 0xFFFFFFFF):  # what LR holds after reset, and what schedulers give their tasks
        return None
    if back is None:
        raise LookupError
    exception = 0
    if back in _EXC_RETURN:
        exception = state.psr & 0x1FF
        _return(state, back, read)
    else:
        state.address, state.exact = (back & ~1) - 1, False
        there = image.function_at(state.address)
        if there is None or (rule is None and there == here):
            raise LookupError
    return Frame(state.address, state.registers[SP] or 0, exception, state.sure)


def _leave(state: _State, rule: FrameRule | None, read: Reader) -> int | None:
    """Registers become the caller's; gives the return address. Without a rule: LR, nothing on the stack."""
    registers = state.registers
    if rule is None:
        back, registers[LR] = registers[LR], None
        return back
    base = registers[rule.register] if 0 <= rule.register < 16 else None
    if base is None:
        raise LookupError
    cfa = (base + rule.offset) & 0xFFFFFFFF
    if cfa < (registers[SP] or 0):
        raise LookupError  # stacks grow downwards
    old = list(registers)
    for number in range(16):
        if number in rule.saved:
            registers[number] = _saved(rule.saved[number], number, cfa, old, read)
        elif number not in _CALLEE_SAVED and number != LR:
            registers[number] = None
    registers[SP] = cfa
    back, registers[LR] = registers[LR], None  # the call has overwritten the caller's own
    return back


def _saved(saved: Saved, number: int, cfa: int, old: list[int | None], read: Reader) -> int | None:
    if saved.how == "memory":
        return read((cfa + saved.offset) & 0xFFFFFFFF)
    if saved.how == "value":
        return (cfa + saved.offset) & 0xFFFFFFFF
    if saved.how == "register":
        return old[saved.offset] if 0 <= saved.offset < 16 else None
    return old[number] if saved.how == "same" else None


def _return(state: _State, exc_return: int, read: Reader) -> None:
    """Undo an exception's entry."""
    registers = state.registers
    process = bool(exc_return & _PROCESS_STACK)
    frame = state.process_stack if process else registers[SP]
    if frame is None:
        raise LookupError
    values = [read((frame + 4 * n) & 0xFFFFFFFF) for n in range(8)]
    for number, value in zip(_STACKED, values, strict=False):
        registers[number] = value
    state.psr = values[7]
    size = _BASIC_BYTES if exc_return & _BASIC else _EXTENDED_BYTES
    # Bit 9 of the stacked xPSR: a word was left out to align the frame to 8 bytes.
    registers[SP] = (frame + size) | (state.psr >> 9 & 1) << 2
    if process:
        state.process_stack = registers[SP] or 0
    state.address, state.exact = (registers[PC] or 0) & ~1, True
