"""BKPT 0xAB as Renode's releases serve it: after 1.16.1 nearly all of it, until then three operations."""

from __future__ import annotations

from collections.abc import Callable

from coincell.cpu.core import Core
from coincell.cpu.semihosting import FAILED, READC, WRITE0, WRITEC, Semihosting
from coincell.cpu.state import R


class Console:
    """UART.SemihostingUart: `sent` gets its bytes (I Peripherals/Peripherals/UART/SemihostingUart.cs)."""

    def __init__(self) -> None:
        self.sent: Callable[[int], None] = lambda byte: None

    def write(self, data: bytes) -> None:
        for byte in data:
            self.sent(byte)


class Handler:
    """What the core calls. `console` is the object that stands on it, or None."""

    def __init__(self, core: Core, console: Console | None, on_exit: Callable[[int], None]) -> None:
        self.core, self.console = core, console
        write = console.write if console else lambda data: None
        self._whole = Semihosting(core, write, on_exit)
        """I Cores/Arm/SemihostingHandler.cs:76-470."""

    def serve(self, number: int) -> bool:
        """Of releases after 1.16.1. Without a console there is no handler either: Cores/Arm/Arm.cs:403."""
        if number == 0xAB and self.console is None:
            self.core.state.words[R] = FAILED
            return True
        return self._whole.breakpoint(number)

    def serve_a_little(self, number: int) -> bool:
        """Of releases until 1.16.1: Arm.cs:350-383 at v1.15.0. All else is answered by 0."""
        if number != 0xAB:
            return False
        words = self.core.state.words
        if self.console is not None and words[R] in (WRITEC, WRITE0, READC):
            return self._whole.breakpoint(number)
        words[R] = 0
        return True
