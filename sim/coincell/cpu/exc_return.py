"""EXC_RETURN: the stack, the mode and the frame that a return goes to (ARMv7-M ARM B1.5.8, DDI 0553)."""

from __future__ import annotations

from typing import NamedTuple

ARMV7M, SECURE, NO_SECURITY = 0xFFFFFFE1, 0xFFFFFFE1, 0xFFFFFFA0
"""The bits that do not change; the others are Armv8-M with and without the Security Extension."""
_PROCESS, _THREAD, _BASIC = 0x4, 0x8, 0x10
_SAYS = _PROCESS | _THREAD | _BASIC


class ExcReturn(NamedTuple):
    """Where to return to, and what the frame holds."""

    to_handler: bool
    process_stack: bool
    extended: bool
    """The frame has room for floating-point registers."""

    def value(self, base: int) -> int:
        """What LR holds in the handler."""
        bits = 0 if self.extended else _BASIC
        if not self.to_handler:
            bits |= _THREAD | (_PROCESS if self.process_stack else 0)
        return base | bits


def decode(value: int, base: int, has_fpu: bool) -> ExcReturn | None:
    """None where table B1-8 reserves the value; other UNPREDICTABLE values are none here too."""
    to_handler, process_stack = not value & _THREAD, bool(value & _PROCESS)
    extended = not value & _BASIC
    if value & ~_SAYS != base & ~_SAYS or (to_handler and process_stack) or (extended and not has_fpu):
        return None
    return ExcReturn(to_handler, process_stack, extended)


def lowest(is_v8m: bool) -> int:
    """In handler mode a branch to this address or above is an exception return."""
    return 0xFF000000 if is_v8m else 0xF0000000
