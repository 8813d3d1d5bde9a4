"""What a developer needs when firmware crashes: what, where, registers, how it got there, its last words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from posixpath import basename

from coincell.cpu.core import Core
from coincell.cpu.exceptions import FIRST_IRQ, HARD_FAULT, NAMES
from coincell.cpu.faults import CoreFault
from coincell.cpu.state import INSTRUCTIONS, R
from coincell.engines.contract import ConsoleLine
from coincell.errors import FirmwareCrash
from coincell.image import Call, FirmwareImage
from coincell.machine.backtrace import Backtrace
from coincell.machine.memories import UNTOUCHED, Stack
from coincell.simtime import PS_PER_S

_LAST_LINES = 5
_FIRST_FRAMES, _LAST_FRAMES = 16, 4
"""Of a longer trace the middle is left out."""
_CFSR_NAMES = (
    "IACCVIOL DACCVIOL - MUNSTKERR MSTKERR MLSPERR - MMARVALID "
    "IBUSERR PRECISERR IMPRECISERR UNSTKERR STKERR LSPERR - BFARVALID "
    "UNDEFINSTR INVSTATE INVPC NOCP STKOF - - - UNALIGNED DIVBYZERO"
)
"""Bits of CFSR (Armv7-M ARM B3.2.15; STKOF is Armv8-M's)."""
_UNWRITTEN = "0x" + 3 * f"{UNTOUCHED:02x}"
"""How an address begins that is a pointer from RAM which nobody wrote, plus a small offset."""
_NEARLY_FULL = 128
"""An exception with floating-point context takes 104 bytes [bytes]."""


@dataclass(frozen=True)
class Snapshot:
    """The core at the moment of a fault."""

    what: str
    fault: str
    """The exception that it is, as the manuals call it."""
    time_ps: int
    instructions: int
    registers: tuple[int, ...]
    """r0-r15: r15 is the instruction that faulted."""
    xpsr: int
    process_stack: int
    """PSP, when r13 is the main stack."""
    cfsr: int | None
    """None for Armv6-M, which has no such register."""
    hint: str = ""
    """What may be behind it."""

    @property
    def exception(self) -> int:
        """The exception whose handler faulted, 0 in thread mode."""
        return self.xpsr & 0x1FF


def snapshot(core: Core, fault: CoreFault) -> Snapshot:
    """The core now, with what `fault` will put into CFSR."""
    words = core.state.words
    return Snapshot(
        what=str(fault),
        fault=exception_name(fault.exception if core.is_v7m else HARD_FAULT),
        time_ps=core.time,
        instructions=core.state.wides[INSTRUCTIONS],
        registers=tuple(words[R + n] for n in range(16)),
        xpsr=core.state.xpsr_flags | core.special.ipsr | int(core.thumb) << 24,
        process_stack=core.special.other_sp,
        cfsr=core.faults.status | fault.bit if core.is_v7m else None,
        hint=_hint(str(fault), words[R + 15]),
    )


def _hint(what: str, pc: int) -> str:
    """What often is behind a fault at `pc`."""
    if "INVSTATE" in what and pc == 0:
        return "a null function pointer was called?"
    if _UNWRITTEN in what:
        return f"a pointer that was never set? RAM holds 0x{UNTOUCHED:02X} in every byte until it is written"
    return ""


@dataclass(frozen=True)
class Branch:
    """A branch that was taken `count` times in a row, or an exception between two instructions."""

    origin: int
    target: int
    count: int = 1
    exception: int = 0


@dataclass(frozen=True)
class CrashReport:
    """A crash that began with `first` and ended because of `then`.

    `branches` are the last taken before it, the newest last; None when nobody recorded them, and then
    `no_branches` may say why.
    """

    first: Snapshot
    escalated: bool
    """It became a HardFault: its own exception is disabled, or has too low a priority."""
    then: str
    image: FirmwareImage
    trace: Backtrace
    stack: Stack
    console: tuple[ConsoleLine, ...]
    branches: tuple[Branch, ...] | None = None
    no_branches: str = ""

    def text(self) -> str:
        """For people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        first = self.first
        here, *callers = self._frames()
        forced = self.escalated and first.fault != exception_name(HARD_FAULT)
        yield f"the firmware crashed: {first.what}"
        yield f"  at      {here.strip()}"
        yield f"  fault   {first.fault}{', taken as HardFault' if forced else ''}"
        if first.hint:
            yield f"  hint    {first.hint}"
        yield f"  time    {first.time_ps / PS_PER_S:.9f} s, in {_mode(first.exception)}"
        if self.then:
            yield f"  then    {self.then}"
        if self.stack.size is not None and self.stack.limit is not None:
            left = first.registers[13] - self.stack.limit
            if left < _NEARLY_FULL and first.registers[13] <= self.stack.top:
                yield f"  stack   overflowed, or nearly: {max(left, 0)} of {self.stack.size:,} bytes left"
        for row in range(0, 16, 4):
            names = (f"{_register(n):>4} {first.registers[n]:08x}" for n in range(row, row + 4))
            yield " " + " ".join(names)
        yield f"  xpsr {first.xpsr:08x}{_cfsr(first.cfsr)}"
        yield from self._trace(callers)
        yield from self._branches()
        if self.console:
            yield "  last lines of the console"
            yield from (f"    {line.text}" for line in self.console[-_LAST_LINES:])

    def _trace(self, callers: list[str]) -> Iterator[str]:
        rows = [row + _times(len(list(same))) for row, same in groupby(callers)]
        if rows:
            yield "  called from"
            left_out = len(rows) - _FIRST_FRAMES - _LAST_FRAMES
            if left_out > 1:
                rows[_FIRST_FRAMES:-_LAST_FRAMES] = [f"    … {left_out:,} more …"]
            yield from rows
        if self.trace.guesses:
            yield "  probably called from (return addresses found on the stack, a guess)"
            yield from (f"    {place(self.image, address)}" for address in self.trace.guesses)

    def _frames(self) -> Iterator[str]:
        """One row for each function, inlined ones included; and one for each exception."""
        for frame in self.trace.frames:
            if frame.exception:
                yield f"    ── interrupted by {exception_name(frame.exception)} ──"
            guess = "" if frame.sure else "  (a guess, by LR)"
            shown = frame.address + (
                frame.address & 1
            )  # a caller's is inside the call: show where it returns
            function = self.image.function_at(frame.address)
            for call in self.image.calls_at(frame.address) or (Call("", None, False),):
                offset = f"+0x{shown - function.address:x}" if function and not call.inlined else ""
                source = f" ({call.source[0]}:{call.source[1]})" if call.source else ""
                inlined = " inlined" if call.inlined else ""
                yield f"    0x{shown:08x} {call.function}{offset}{source}{inlined}{guess}".rstrip()

    def _branches(self) -> Iterator[str]:
        if self.branches is None:
            if self.no_branches:
                yield f"  last branches: {self.no_branches}"
            return
        rows = []
        for branch in self.branches:
            why = f"  {exception_name(branch.exception)}" if branch.exception else _times(branch.count)
            origin, target = (_short(self.image, at) for at in (branch.origin, branch.target))
            rows.append((origin, target + why))
        if rows:
            yield "  last branches taken, the newest last"
        width = max((len(origin) for origin, _ in rows), default=0)
        yield from (f"    {origin:<{width}} -> {target}" for origin, target in rows)


class ReportedCrash(FirmwareCrash):
    """With its report, for whoever wants to add to it."""

    def __init__(self, report: CrashReport) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        return self.report.text()

    def with_branches(self, branches: tuple[Branch, ...] | None, why_not: str = "") -> ReportedCrash:
        """The same crash with the branches that led to it."""
        return ReportedCrash(replace(self.report, branches=branches, no_branches=why_not))


def place(image: FirmwareImage, address: int) -> str:
    """An address as a developer wants to read it: function, offset, source line."""
    text = f"0x{address:08x}"
    function = image.function_at(address)
    if function is not None:
        text += f" {function.name}+0x{address - function.address:x}"
    line = image.line_at(address)
    return f"{text} ({line[0]}:{line[1]})" if line else text


def _short(image: FirmwareImage, address: int) -> str:
    """Without the address where there is a name, and without the folder: two of them stand in a row."""
    function, line = image.function_at(address), image.line_at(address)
    if function is None:
        return f"0x{address:08x}"
    offset = address - function.address
    text = f"{function.name}+0x{offset:x}" if offset else function.name
    return f"{text} ({basename(line[0])}:{line[1]})" if line else text


def _cfsr(value: int | None) -> str:
    if value is None:
        return ""
    bits = (name for bit, name in enumerate(_CFSR_NAMES.split()) if value >> bit & 1)
    return " ".join([f" cfsr {value:08x}", *bits])


def _times(n: int) -> str:
    return f"  {n:,} times" if n > 1 else ""


def exception_name(number: int) -> str:
    """As the manuals call it."""
    return NAMES.get(number, f"interrupt {number - FIRST_IRQ}")


def _mode(exception: int) -> str:
    return f"the handler of {exception_name(exception)}" if exception else "thread mode"


def _register(n: int) -> str:
    return {13: "sp", 14: "lr", 15: "pc"}.get(n, f"r{n}")
