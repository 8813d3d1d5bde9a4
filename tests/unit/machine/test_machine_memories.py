"""Memories, vector tables and stacks, on images made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from coincell.errors import InputError
from coincell.image import FirmwareImage, Segment, Symbol
from coincell.machine import memories
from coincell.machine.memories import UNTOUCHED, high_water, load, main_stack, plain_memories, vector_table

FLASH, RAM = 0x0800_0000, 0x2000_0000


def image(address: int, *words: int, symbols: dict[str, int] | None = None) -> FirmwareImage:
    data = b"".join(word.to_bytes(4, "little") for word in words)
    names = {name: Symbol(name, at, 0, False) for name, at in (symbols or {}).items()}
    return FirmwareImage(Path("made.elf"), "elf", (Segment(address, data),), names)


def places() -> memories.MemoryMap:
    return plain_memories([(FLASH, 0x1000)], [(RAM, 0x1000)])


@pytest.mark.parametrize("start", [FLASH, FLASH + 0x400, RAM, FLASH + 0x100])
def test_the_vector_table_is_found(start: int) -> None:
    firmware, where = image(start, RAM + 0x1000, start + 9), places()
    load(firmware, where)
    assert vector_table(firmware, where) == start


@pytest.mark.parametrize(
    ("stack", "reset"),
    [(0xFFFFFFFF, FLASH + 9), (RAM + 0x1000, FLASH + 8), (RAM, FLASH + 9), (RAM + 8, 0x99)],
)
def test_nonsense_is_no_vector_table(stack: int, reset: int) -> None:
    firmware, where = image(FLASH, stack, reset), places()
    load(firmware, where)
    with pytest.raises(InputError, match="no vector table"):
        vector_table(firmware, where)


def test_what_fits_nowhere_is_refused_and_what_belongs_to_a_block_is_handed_over() -> None:
    with pytest.raises(InputError, match=r"does not fit.*(?s:.)*0x08000ffc \+ 8 bytes"):
        load(image(FLASH + 0xFFC, 1, 2), places())
    used, rest = load(image(0x1000_1000, 5), places(), [(0x1000_1000, 0x1000)])
    assert (used, rest) == (0, [Segment(0x1000_1000, b"\5\0\0\0")])


def test_overlapping_memories_are_refused() -> None:
    with pytest.raises(InputError, match="overlap"):
        plain_memories([(0, 0x2000)], [(0x1000, 0x1000)])


@pytest.mark.parametrize(
    ("symbols", "size", "used"),
    [
        ({"__stack_limit": RAM + 0x800}, 0x800, 0x300),
        ({"_end": RAM + 0x100}, None, 0x300),  # a heap grows from there
        ({}, None, 0x300),
        ({"__stack_limit": RAM + 0xE00}, 0x200, 0x200),  # it overflowed
    ],
)
def test_high_water(symbols: dict[str, int], size: int | None, used: int) -> None:
    where = places()
    ram = where.ram[0].data
    ram[0:0x180] = bytes(0x180)
    ram[0xD00:0x1000] = bytes(0x300)
    ram[0xD80:0xD90] = bytes([UNTOUCHED]) * 16  # a hole in a frame does not end the stack
    stack = main_stack(image(FLASH, symbols=symbols), RAM + 0x1000, where)
    assert stack.size == size
    assert high_water(stack, where) == used
