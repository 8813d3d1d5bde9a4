"""Semihosting as Arm specifies it ("Semihosting for AArch32 and AArch64", 2.0): console, clock, exit."""

from __future__ import annotations

import pytest
from rig import HERE, NOP, RAM, Rig

from coincell.cpu.faults import CoreFault
from coincell.cpu.semihosting import Semihosting
from coincell.cpu.state import CYCLES

BKPT_AB = 0xBEAB
ALL_ONES = 0xFFFFFFFF
BLOCK, TEXT = RAM + 0x100, RAM + 0x200


class Host(Rig):
    """`call` executes one BKPT 0xAB and gives r0 after it."""

    def __init__(self) -> None:
        super().__init__([BKPT_AB] * 64 + [HERE])
        self.text = bytearray()
        self.codes: list[int] = []
        self.core.on_breakpoint = Semihosting(self.core, self.text.extend, self.codes.append).breakpoint

    def call(self, operation: int, *arguments: int, r1: int | None = None) -> int:
        self.words(BLOCK, *arguments)
        words = self.core.state.words
        words[0], words[1] = operation, BLOCK if r1 is None else r1
        before = words[15]
        self.core.stepper.step()
        assert words[15] == before + 2
        assert self.core.stopped is None
        return self.reg(0)

    def string(self, text: bytes) -> None:
        self.bus.program(TEXT, text)


def test_writes_to_the_console() -> None:
    host = Host()
    host.string(b"hello, \0there")
    host.call(4, r1=TEXT)  # SYS_WRITE0
    host.call(3, r1=TEXT + 1)  # SYS_WRITEC
    assert host.call(5, 1, TEXT + 8, 5) == 0  # SYS_WRITE to standard output: nothing left
    assert host.call(5, 2, TEXT, 0) == 0
    assert host.text == b"hello, ethere"
    assert host.call(5, 77, TEXT, 5) == 5  # no such handle: all left
    assert host.text == b"hello, ethere"


def test_a_long_write_says_what_is_left() -> None:
    host = Host()
    assert host.call(5, 1, RAM, 0x20000) == ALL_ONES  # beyond the end of memory
    assert host.call(5, 1, 0, 0x10000) == 0
    assert len(host.text) == 0x10000


def test_only_the_terminal_opens() -> None:
    host = Host()
    host.string(b":tt\0/etc/passwd\0")
    handles = [host.call(1, TEXT, mode, 3) for mode in (0, 4, 8)]
    assert len(set(handles)) == 3
    assert all(0 < handle < ALL_ONES for handle in handles)
    assert host.call(5, handles[1], TEXT, 3) == host.call(5, handles[2], TEXT, 3) == 0
    assert host.text == b":tt:tt"
    assert host.call(9, handles[0]) == 1  # SYS_ISTTY
    assert host.call(6, handles[0], TEXT, 10) == 10  # SYS_READ: end of file
    assert host.call(2, handles[0]) == 0
    assert host.call(1, TEXT + 4, 0, 11) == ALL_ONES
    assert host.call(1, 0x90000000, 0, 3) == ALL_ONES


@pytest.mark.parametrize("operation", [0x07, 0x0A, 0x0C, 0x0D, 0x0E, 0x0F, 0x12, 0x15, 0x99])
def test_nothing_of_the_host_is_given(operation: int) -> None:
    """READC, SEEK, FLEN, TMPNAM, REMOVE, RENAME, SYSTEM, GET_CMDLINE and what does not exist."""
    assert Host().call(operation, TEXT, 0, 0) == ALL_ONES


def test_clocks_tell_simulated_time() -> None:
    host = Host()
    host.core.state.wides[CYCLES] = 3_210_000  # 3.21 s at 1 MHz
    assert host.call(0x10) == 321  # SYS_CLOCK: centiseconds
    assert host.call(0x11) == 3  # SYS_TIME
    assert host.call(0x31) == 1_000_000  # SYS_TICKFREQ
    assert host.call(0x30) == 0  # SYS_ELAPSED
    assert abs(int.from_bytes(host.bus.read_block(BLOCK, 8), "little") - 3_210_000) <= 10


def test_errors_and_heap() -> None:
    host = Host()
    assert host.call(8, ALL_ONES) != 0  # SYS_ISERROR
    assert host.call(8, 0) == 0
    host.words(TEXT, 1, 2, 3, 4)
    host.call(0x16, TEXT)  # SYS_HEAPINFO: zeros, for "cannot tell"
    assert host.bus.read_block(TEXT, 16) == bytes(16)


def test_exit_codes() -> None:
    host = Host()
    host.call(0x18, r1=0x20026)  # ADP_Stopped_ApplicationExit
    host.call(0x18, r1=0x20023)  # ADP_Stopped_RunTimeErrorUnknown
    host.call(0x20, 0x20026, 7)  # SYS_EXIT_EXTENDED
    host.call(0x20, 0x20020, 7)
    assert host.codes == [0, 1, 7, 1]


def test_other_breakpoints_fault() -> None:
    """Without a debugger BKPT is a HardFault with DEBUGEVT (C1.6.1, B3.2.16)."""
    rig = Rig([NOP, 0xBE01, HERE])
    rig.run(30)
    assert [number for number, _ in rig.taken][:1] == [3]
    assert rig.read(0xD2C) == 1 << 31
    assert isinstance(rig.core.faults.last, CoreFault)
    assert "BKPT 1" in str(rig.core.faults.last)
