"""EXC_RETURN: the stack, the mode and the frame that a return goes to (ARMv7-M ARM B1.5.8)."""

from __future__ import annotations

from dataclasses import dataclass

LOWEST = 0xF0000000
"""In handler mode a branch to this address or above is an exception return."""
_HANDLER, _THREAD_MAIN, _THREAD_PROCESS = 0x1, 0x9, 0xD
_BASIC = 0x10


@dataclass(frozen=True)
class ExcReturn:
    """Where to return to, and what the frame holds."""

    to_handler: bool
    process_stack: bool
    extended: bool
    """The frame has room for floating-point registers."""

    @property
    def value(self) -> int:
        """What LR holds in the handler."""
        kind = _HANDLER if self.to_handler else _THREAD_PROCESS if self.process_stack else _THREAD_MAIN
        return 0xFFFFFFE0 | (0 if self.extended else _BASIC) | kind


_VALID = {
    value.value: value
    for value in (
        ExcReturn(to_handler, process, extended)
        for to_handler, process in ((True, False), (False, False), (False, True))
        for extended in (False, True)
    )
}


def decode(value: int, has_fpu: bool) -> ExcReturn | None:
    """None where table B1-8 reserves the value; one with zeros above is UNPREDICTABLE, and none here."""
    found = _VALID.get(value)
    return None if found is None or (found.extended and not has_fpu) else found
