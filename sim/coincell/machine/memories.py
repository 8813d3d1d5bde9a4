"""A chip's memories, what an image puts there, where it starts, and how deep its stack went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from coincell.cpu.bus import DirectMemory
from coincell.describe import ChipDescription
from coincell.errors import InputError
from coincell.image import FirmwareImage, Segment

UNTOUCHED = 0xC5
"""What RAM holds before anything is written. Not a pattern that operating systems paint stacks with."""
ERASED = 0xFF
"""What flash holds before anything is written."""
_BOOT2 = 0x100
"""RP2040: the first 256 bytes of flash are a loader, the vector table follows (RP2040 data sheet 2.8.1)."""
_LIMITS = ("__stack_limit", "__StackLimit", "__StackBottom", "_sstack", "__stack_start__", "_stack_start")
_ENDS = ("__bss_end__", "__bss_end", "_ebss", "_end", "end", "__end__")
_GAP = 256
"""So many untouched bytes are taken for the end of the stack when no symbol says where it ends."""


@dataclass(frozen=True)
class MemoryMap:
    """Memories as the bus takes them. `flash` and `ram` are the ones without aliases."""

    memories: tuple[DirectMemory, ...]
    flash: tuple[DirectMemory, ...]
    ram: tuple[DirectMemory, ...]

    def at(self, address: int) -> DirectMemory | None:
        """The memory that holds `address`."""
        return next((m for m in self.memories if m.holds(address)), None)


def chip_memories(chip: ChipDescription) -> MemoryMap:
    """The memories of `chip`, blank. An alias shows the bytes and the code marks of its original."""
    made: dict[str, DirectMemory] = {}
    for about in sorted(chip.memory, key=lambda m: m.alias_of is not None):
        if about.alias_of is None:
            made[about.name] = _blank(about.name, about.base, about.size, about.kind == "ram")
        else:
            made[about.name] = made[about.alias_of].alias(about.name, about.base, about.size)
    own = [made[m.name] for m in chip.memory if m.alias_of is None]
    return _map([made[m.name] for m in chip.memory], own)


def plain_memories(flash: Sequence[tuple[int, int]], ram: Sequence[tuple[int, int]]) -> MemoryMap:
    """Memories by (base, size), for a chip that nobody described. Raises InputError when they overlap."""
    places = [*((*place, False) for place in flash), *((*place, True) for place in ram)]
    ordered = sorted(places)
    for (low, size, _), (high, _, _) in pairwise(ordered):
        if low + size > high:
            raise InputError("two memories overlap", value=f"0x{low:08x} + {size:,} bytes and 0x{high:08x}")
    own = [
        _blank(f"{'ram' if writable else 'flash'}{n}", base, size, writable)
        for n, (base, size, writable) in enumerate(places)
    ]
    return _map(own, own)


def _blank(name: str, base: int, size: int, writable: bool) -> DirectMemory:
    return DirectMemory(name, base, size, writable, bytearray([UNTOUCHED if writable else ERASED]) * size)


def _map(memories: Iterable[DirectMemory], own: Sequence[DirectMemory]) -> MemoryMap:
    return MemoryMap(
        tuple(memories), tuple(m for m in own if not m.writable), tuple(m for m in own if m.writable)
    )


def load(
    image: FirmwareImage, places: MemoryMap, others: Sequence[tuple[int, int]] = ()
) -> tuple[int, list[Segment]]:
    """Put `image` into memory; returns the bytes of flash it takes, and what belongs into a block.

    `others` are (base, size) of blocks: an image may bring the contents of option bytes, for instance.
    Raises InputError for what has no place.
    """
    used = 0
    rest: list[Segment] = []
    for segment in image.segments:
        memory = places.at(segment.address)
        size = len(segment.data)
        if memory is None or not memory.holds(segment.address, size):
            end = segment.address + size
            if memory is None and any(base <= segment.address and end <= base + n for base, n in others):
                rest.append(segment)
                continue
            raise InputError(
                "the image does not fit the chip's memories",
                where=str(image.path),
                value=f"0x{segment.address:08x} + {size:,} bytes",
                allowed=[f"0x{m.base:08x} + {m.size:,} bytes ({m.name})" for m in places.memories],
                mend="build it for this chip, or choose the board it was built for",
            )
        at = segment.address - memory.base
        memory.data[at : at + size] = segment.data
        used += 0 if memory.writable else size
    return used, rest


def vector_table(image: FirmwareImage, places: MemoryMap) -> int:
    """Where the core finds its initial stack pointer and reset vector.

    That is the start of the first memory that the image fills there; for an image that expects a boot
    loader below it (as Arduino's do), its own first table. Raises InputError when there is none.
    """
    starts = [m.base for m in places.flash] + [s.address for s in image.segments]
    for address in [*starts, *(m.base + _BOOT2 for m in places.flash)]:
        if _is_table(address, places):
            return address
    raise InputError(
        "no vector table was found: no initial stack pointer in RAM with a reset vector in memory after it",
        where=str(image.path),
        allowed=[f"0x{a:08x}" for a in dict.fromkeys(starts)],
        mend="check the address that the image was linked for, or that a raw binary is loaded at",
    )


def _is_table(address: int, places: MemoryMap) -> bool:
    memory = places.at(address)
    if memory is None or not memory.holds(address, 8):
        return False
    at = address - memory.base
    stack = int.from_bytes(memory.data[at : at + 4], "little")
    reset = int.from_bytes(memory.data[at + 4 : at + 8], "little")
    below = places.at(stack - 4) if stack >= 4 else None
    return below is not None and below.writable and bool(reset & 1) and places.at(reset & ~1) is not None


@dataclass(frozen=True)
class Stack:
    """The main stack, from `limit` up to `top`. `size` is None where no symbol says where it ends."""

    top: int
    limit: int | None
    size: int | None


def main_stack(image: FirmwareImage, top: int, places: MemoryMap) -> Stack:
    """The stack that starts at `top`, down to the image's limit symbol, or else to the end of its data."""
    memory = places.at(top - 4)

    def below_top(names: Iterable[str]) -> int | None:
        found = [image.symbols[name].address for name in names if name in image.symbols]
        inside = [a for a in found if memory is not None and memory.base <= a < top]
        return max(inside, default=None)

    limit = below_top(_LIMITS)
    if limit is not None:
        return Stack(top, limit, top - limit)
    return Stack(top, below_top(_ENDS), None)


def high_water(stack: Stack, places: MemoryMap) -> int:
    """Bytes of the stack that were ever written: from the top down to the lowest byte that changed.

    Without a limit symbol, down to the first long stretch that did not: a heap may grow from below.
    """
    memory = places.at(stack.top - 4)
    if memory is None:
        return 0
    low = (memory.base if stack.limit is None else stack.limit) - memory.base
    content = bytes(memory.data[low : stack.top - memory.base])
    if stack.size is None:
        content = content[content.rfind(bytes([UNTOUCHED]) * _GAP) + 1 :]
    return (len(content.lstrip(bytes([UNTOUCHED]))) + 3) // 4 * 4
