"""What a developer needs when firmware crashes: what, where, registers, how it got there, its last words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coincell.cpu.core import Core
from coincell.cpu.exceptions import FIRST_IRQ, NAMES
from coincell.cpu.faults import CoreFault
from coincell.cpu.state import R
from coincell.engines.contract import ConsoleLine
from coincell.errors import FirmwareCrash
from coincell.image import FirmwareImage
from coincell.machine.memories import Stack
from coincell.ports import BusFault
from coincell.simtime import PS_PER_S

_LAST_LINES = 5
_DEEPEST_TRACE = 12
_NEARLY_FULL = 128
"""An exception with floating-point context takes 104 bytes [bytes]."""
_STACK_WORDS = 1024
"""Words of the stack that are searched for return addresses."""


@dataclass(frozen=True)
class Snapshot:
    """The core at the moment of a fault."""

    what: str
    time_ps: int
    registers: tuple[int, ...]
    xpsr: int
    exception: int


def snapshot(core: Core, fault: CoreFault) -> Snapshot:
    """The core now: r15 is the instruction that faulted."""
    xpsr = core.state.xpsr_flags | core.special.ipsr | int(core.thumb) << 24
    return Snapshot(
        str(fault), core.time, tuple(core.state.words[R + n] for n in range(16)), xpsr, core.special.ipsr
    )


def crash(
    first: Snapshot,
    why: str,
    core: Core,
    image: FirmwareImage,
    console: Sequence[ConsoleLine],
    stack: Stack,
) -> FirmwareCrash:
    """The report of a crash that began with `first` and ended because of `why`."""
    lines = [f"the firmware crashed: {first.what}", f"  at      {place(image, first.registers[15])}"]
    lines.append(f"  time    {first.time_ps / PS_PER_S:.9f} s, in {_mode(first.exception)}")
    if why:
        lines.append(f"  then    {why}")
    for row in range(0, 16, 4):
        names = (f"{_register(n):>3} {first.registers[n]:08x}" for n in range(row, row + 4))
        lines.append("  " + "  ".join(names))
    lines.append(f"  xpsr {first.xpsr:08x}  cfsr {core.faults.status & 0x3FFFFFF:08x}")
    if stack.size is not None and stack.limit is not None:
        left = first.registers[13] - stack.limit
        if left < _NEARLY_FULL and first.registers[13] <= stack.top:
            lines.append(f"  stack   overflowed, or nearly: {max(left, 0)} of {stack.size:,} bytes left")
    trace = list(_callers(core, image, first, stack.top))
    if trace:
        lines.append("  probably called from (return addresses found on the stack, a guess):")
        lines += [f"    {caller}" for caller in trace]
    if console:
        lines.append("  last lines of the console:")
        lines += [f"    {line.text}" for line in console[-_LAST_LINES:]]
    return FirmwareCrash("\n".join(lines))


def place(image: FirmwareImage, address: int) -> str:
    """An address as a developer wants to read it: function, offset, source line."""
    text = f"0x{address:08x}"
    function = image.function_at(address)
    if function is not None:
        text += f" {function.name}+0x{address - function.address:x}"
    line = image.line_at(address)
    return f"{text} ({line[0]}:{line[1]})" if line else text


def exception_name(number: int) -> str:
    """As the manuals call it."""
    return NAMES.get(number, f"interrupt {number - FIRST_IRQ}")


def _mode(exception: int) -> str:
    return f"the handler of {exception_name(exception)}" if exception else "thread mode"


def _register(n: int) -> str:
    return {13: "sp", 14: "lr", 15: "pc"}.get(n, f"r{n}")


def _callers(core: Core, image: FirmwareImage, first: Snapshot, stack_top: int) -> Iterator[str]:
    """LR, then words on the stack that follow a call instruction."""
    found = 0
    stack = first.registers[13]
    above = range(stack, min(stack_top, stack + 4 * _STACK_WORDS), 4)
    last = None
    for address in (None, *above):
        try:
            word = first.registers[14] if address is None else core.bus.read(address, 4)
        except BusFault:
            return
        if word != last and _follows_call(core, word):
            last = word
            yield place(image, word - 3)  # inside the call, so that its line is named
            found += 1
            if found == _DEEPEST_TRACE:
                return


def _follows_call(core: Core, word: int) -> bool:
    """Whether `word` is a Thumb address in code, right after BL (4 bytes) or BLX register (2 bytes)."""
    memory = core.bus.memory_at(word - 5, 4) if word & 1 and word > 5 else None
    if memory is None:
        return False
    high, low = core.bus.read(word - 5, 2), core.bus.read(word - 3, 2)
    return (high & 0xF800 == 0xF000 and low & 0xD000 == 0xD000) or low & 0xFF87 == 0x4780
