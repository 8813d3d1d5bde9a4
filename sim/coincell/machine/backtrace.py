"""How the firmware got to a fault: frames by call frame information, then return addresses that lie about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coincell.cpu.bus import Bus
from coincell.image import FirmwareImage
from coincell.image.unwind import LR, Frame, unwind

_MOST_GUESSES = 12
_STACK_WORDS = 1024
"""Words of the stack that are searched for return addresses."""


@dataclass(frozen=True)
class Backtrace:
    """`frames` begin with the function that faulted. `guesses` are addresses inside calls that may have led
    to the last of them; there are none when that has no caller.
    """

    frames: tuple[Frame, ...]
    guesses: tuple[int, ...]


def backtrace(
    image: FirmwareImage,
    bus: Bus,
    registers: Sequence[int],
    psr: int,
    process_stack: int,
    stack_top: int,
    reset: int,
) -> Backtrace:
    """From r0-r15, xPSR and PSP. `reset` is the address of the function that nothing calls."""

    def read(address: int) -> int:
        if bus.memory_at(address, 4) is None:
            raise LookupError
        return bus.read(address, 4)

    trace = unwind(image, registers, psr, process_stack, read)
    last = image.function_at(trace.frames[-1].address)
    outermost = last is not None and (last.name == "main" or last.address == reset & ~1)
    if trace.complete or outermost:
        return Backtrace(trace.frames, ())
    words = _words(bus, trace.frames[-1].stack, stack_top)
    if len(trace.frames) == 1:
        words = (registers[LR], *words)
    return Backtrace(trace.frames, _guess(bus, words))


def _words(bus: Bus, low: int, high: int) -> tuple[int, ...]:
    """What the stack holds from `low` up."""
    memory = bus.memory_at(low, 4)
    if memory is None or low & 3:
        return ()
    size = min(high, low + 4 * _STACK_WORDS, memory.base + memory.size) - low
    data = bus.read_block(low, size & ~3) if size >= 4 else b""
    return tuple(memoryview(data).cast("I"))


def _guess(bus: Bus, words: Sequence[int]) -> tuple[int, ...]:
    found: list[int] = []
    last = None
    for word in words:
        if word != last and _follows_call(bus, word) and len(found) < _MOST_GUESSES:
            last = word
            found.append(word - 3)  # inside the call, so that its line is named
    return tuple(found)


def _follows_call(bus: Bus, word: int) -> bool:
    """Whether `word` is a Thumb address in code, right after BL (4 bytes) or BLX register (2 bytes)."""
    if not word & 1 or word <= 5 or bus.memory_at(word - 5, 4) is None:
        return False
    high, low = bus.read(word - 5, 2), bus.read(word - 3, 2)
    return (high & 0xF800 == 0xF000 and low & 0xD000 == 0xD000) or low & 0xFF87 == 0x4780
