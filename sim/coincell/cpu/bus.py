"""The address space as the core and DMA see it: memories that are arrays, and blocks that are called."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from coincell.ports import BusBlock, BusFault

PAGE = 12
"""Blocks are found by address >> PAGE; several may share a page."""
MARK_SHIFT = 7
"""Granules of 128 bytes are marked when they hold translated code."""


@dataclass
class DirectMemory:
    """Flash or RAM: `size` bytes at `base`, which compiled code may reach without a call."""

    name: str
    base: int
    size: int
    writable: bool
    data: bytearray = field(repr=False, default_factory=bytearray)

    def __post_init__(self) -> None:
        if not self.data:
            self.data = bytearray(self.size)
        self._pin = (ctypes.c_char * self.size).from_buffer(self.data)
        self.host_address = ctypes.addressof(self._pin)
        self.marks = bytearray((self.size >> MARK_SHIFT) + 1)
        self._pin_marks = (ctypes.c_char * len(self.marks)).from_buffer(self.marks)
        self.host_marks = ctypes.addressof(self._pin_marks)

    def alias(self, name: str, base: int, size: int) -> DirectMemory:
        """The first `size` bytes of this memory at another address: bytes and marks are the same."""
        twin = DirectMemory(name, base, size, self.writable, self.data)
        twin.marks, twin._pin_marks, twin.host_marks = self.marks, self._pin_marks, self.host_marks
        return twin

    def holds(self, address: int, size: int = 1) -> bool:
        """Whether all of [address, address + size) lies in this memory."""
        return self.base <= address and address + size <= self.base + self.size


class Bus:
    """Implements `ports.Memory` for DMA; `read` and `write` serve single accesses by the core."""

    def __init__(self, memories: Iterable[DirectMemory], bit_band: bool = False) -> None:
        self.memories = sorted(memories, key=lambda m: not m.writable)
        self.bit_band = bit_band
        self._pages: dict[int, list[BusBlock]] = {}
        self.on_code_written: Callable[[int, int], None] = lambda address, size: None
        """Called with address and size after a write touched a granule that holds translated code."""
        self.on_flash_store: Callable[[int, int, int], None] = _refuse
        """Called with address, size and value when the core stores to memory that it cannot write: the chip's
        flash controller may take it, or raise BusFault."""

    def attach(self, block: BusBlock) -> None:
        """Put a block into the address space."""
        for page in range(block.base >> PAGE, (block.base + block.size - 1 >> PAGE) + 1):
            self._pages.setdefault(page, []).append(block)

    def memory_at(self, address: int, size: int = 1) -> DirectMemory | None:
        """The memory that holds all of [address, address + size), if any."""
        for memory in self.memories:
            if memory.base <= address and address + size <= memory.base + memory.size:
                return memory
        return None

    def block_at(self, address: int) -> BusBlock | None:
        """The block that answers `address`, if any."""
        for block in self._pages.get(address >> PAGE, ()):
            if block.base <= address < block.base + block.size:
                return block
        return None

    def read(self, address: int, size: int) -> int:
        """One access by the core. Raises BusFault."""
        memory = self.memory_at(address, size)
        if memory is not None:
            at = address - memory.base
            return int.from_bytes(memory.data[at : at + size], "little")
        block = self.block_at(address)
        if block is not None:
            return block.read(address - block.base, size)
        if self.bit_band and address >> 25 in (0x22000000 >> 25, 0x42000000 >> 25):
            target, bit = _bit_band_target(address, size)
            return self.read(target, size) >> bit & 1
        raise BusFault(address)

    def write(self, address: int, size: int, value: int) -> None:
        """One access by the core. Raises BusFault."""
        memory = self.memory_at(address, size)
        if memory is not None:
            if memory.writable:
                self._store(memory, address, value.to_bytes(size, "little"))
            else:
                self.on_flash_store(address, size, value)
            return
        block = self.block_at(address)
        if block is not None:
            block.write(address - block.base, size, value)
        elif self.bit_band and address >> 25 in (0x22000000 >> 25, 0x42000000 >> 25):
            target, bit = _bit_band_target(address, size)
            self.write(target, size, self.read(target, size) & ~(1 << bit) | (value & 1) << bit)
        else:
            raise BusFault(address, write=True)

    def read_block(self, address: int, size: int) -> bytes:
        memory = self.memory_at(address, size)
        if memory is None:
            raise BusFault(address)
        return bytes(memory.data[address - memory.base : address - memory.base + size])

    def write_block(self, address: int, data: bytes) -> None:
        memory = self.memory_at(address, len(data))
        if memory is None or not memory.writable:
            raise BusFault(address, write=True)
        self._store(memory, address, data)

    def program(self, address: int, data: bytes) -> None:
        """Write flash or RAM from outside: an image loader, or the chip's flash controller."""
        memory = self.memory_at(address, len(data))
        if memory is None:
            raise BusFault(address, write=True)
        self._store(memory, address, data)

    def _store(self, memory: DirectMemory, address: int, data: bytes) -> None:
        at = address - memory.base
        memory.data[at : at + len(data)] = data
        if any(memory.marks[at >> MARK_SHIFT : (at + len(data) - 1 >> MARK_SHIFT) + 1]):
            self.on_code_written(address, len(data))


def _refuse(address: int, size: int, value: int) -> None:
    raise BusFault(address, write=True)


def _bit_band_target(address: int, size: int) -> tuple[int, int]:
    """Where the bit is: word n of the alias is bit n of the region (ARMv7-M ARM B3.1, DDI 0439 3.7).

    The access there is as wide as the one to the alias.
    """
    number = (address & 0x1FFFFFF) >> 2
    base = (address & 0xFE000000) - 0x02000000
    return base + (number >> 3 & -size), number & (8 * size - 1)
