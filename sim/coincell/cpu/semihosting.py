"""Semihosting: console, clock and exit code, and nothing of the host (Arm, "Semihosting for AArch32")."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coincell.cpu.state import R
from coincell.ports import BusFault
from coincell.simtime import PS_PER_S

if TYPE_CHECKING:
    from coincell.cpu.core import Core

OPEN, CLOSE, WRITEC, WRITE0, WRITE, READ, READC, ISERROR, ISTTY = 1, 2, 3, 4, 5, 6, 7, 8, 9
CLOCK, TIME, ERRNO, GET_CMDLINE, HEAPINFO = 0x10, 0x11, 0x13, 0x15, 0x16
EXIT, EXIT_EXTENDED, ELAPSED, TICKFREQ = 0x18, 0x20, 0x30, 0x31
APPLICATION_EXIT = 0x20026
STDIN, STDOUT, STDERR = 3, 1, 2
"""Handles of the console: zero would not be a handle, and 1 and 2 are written to without being opened."""
FAILED = 0xFFFFFFFF
TICKS_PER_S = 1_000_000
LONGEST_TEXT = 1 << 16


class Semihosting:
    """Serves BKPT 0xAB. Text goes to `write`; an exit goes to `on_exit` with its code."""

    def __init__(self, core: Core, write: Callable[[bytes], None], on_exit: Callable[[int], None]) -> None:
        self._core = core
        self._write = write
        self._on_exit = on_exit

    def breakpoint(self, number: int) -> bool:
        """Whether the breakpoint was a semihosting call; then r0 holds its answer."""
        if number != 0xAB:
            return False
        words = self._core.state.words
        try:
            words[R] = self._serve(words[R], words[R + 1]) & 0xFFFFFFFF
        except BusFault:
            words[R] = FAILED
        return True

    def _serve(self, operation: int, parameter: int) -> int:
        if operation == WRITEC:
            self._write(self._core.bus.read_block(parameter, 1))
        elif operation == WRITE0:
            self._write(self._text(parameter))
        elif operation == WRITE:
            handle, address, size = self._arguments(parameter, 3)
            if handle not in (STDOUT, STDERR):
                return size
            written = min(size, LONGEST_TEXT)
            self._write(self._core.bus.read_block(address, written))
            return size - written
        elif operation == OPEN:
            address, mode, size = self._arguments(parameter, 3)
            terminal = self._core.bus.read_block(address, min(size, 16)) == b":tt"
            return (STDIN if mode < 4 else STDOUT if mode < 8 else STDERR) if terminal else FAILED
        elif operation == READ:
            return self._arguments(parameter, 3)[2]
        elif operation == ISTTY:
            return 1
        elif operation == ISERROR:
            return self._arguments(parameter, 1)[0] >> 31
        elif operation in (CLOSE, ERRNO):
            return 0
        elif operation == CLOCK:
            return self._core.time * 100 // PS_PER_S
        elif operation == TIME:
            return self._core.time // PS_PER_S
        elif operation == ELAPSED:
            ticks = self._core.time * TICKS_PER_S // PS_PER_S
            self._core.bus.write_block(parameter, ticks.to_bytes(8, "little"))
            return 0
        elif operation == TICKFREQ:
            return TICKS_PER_S
        elif operation == HEAPINFO:
            (block,) = self._arguments(parameter, 1)
            self._core.bus.write_block(block, bytes(16))
        elif operation == EXIT:
            self._on_exit(0 if parameter == APPLICATION_EXIT else 1)
        elif operation == EXIT_EXTENDED:
            reason, code = self._arguments(parameter, 2)
            self._on_exit(code if reason == APPLICATION_EXIT else 1)
        else:
            return FAILED
        return 0

    def _arguments(self, address: int, n: int) -> list[int]:
        data = self._core.bus.read_block(address, 4 * n)
        return [int.from_bytes(data[i : i + 4], "little") for i in range(0, 4 * n, 4)]

    def _text(self, address: int) -> bytes:
        memory = self._core.bus.memory_at(address)
        if memory is None:
            raise BusFault(address)
        at = address - memory.base
        end = memory.data.find(0, at, at + LONGEST_TEXT)
        return bytes(memory.data[at : end if end >= 0 else at + LONGEST_TEXT])
