"""Memory as a debugger sees it: RAM and flash directly, everything else through the chip's registers."""

from __future__ import annotations

from collections.abc import Iterator

from coincell.engines.assembly import Assembly
from coincell.ports import BusFault

_ERASE_BLOCK = 0x1000
"""What GDB may erase at once. Real blocks differ, and nothing here depends on them."""
_AREAS = ((0x40000000, 0x20000000), (0xE0000000, 0x100000))
"""Peripherals and the private peripheral bus (Armv7-M ARM, table B3-1)."""
_BIT_BAND_RAM = (0x22000000, 0x02000000)


class DebugMemory:
    """Reads and writes cost no time. A register's side effects happen, as on hardware."""

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self._processor = assembly.processor

    def read(self, address: int, size: int) -> bytes:
        """As many of `size` bytes as can be read from `address` on. Raises BusFault when that is none."""
        data = bytearray()
        try:
            for at, n in self._pieces(address, size):
                data += self._read_piece(at, n)
        except BusFault:
            if not data:
                raise
        return bytes(data)

    def write(self, address: int, data: bytes) -> None:
        """Raises BusFault; what was written until then stays."""
        done = 0
        for at, n in self._pieces(address, len(data)):
            piece = data[done : done + n]
            if self._processor.bus.memory_at(at, n) is not None:
                self._processor.bus.program(at, piece)
            else:
                self._touch()
                with self._processor.accesses.unseen():
                    self._processor.bus.write(at, n, int.from_bytes(piece, "little"))
            done += n

    def _read_piece(self, address: int, size: int) -> bytes:
        bus = self._processor.bus
        if bus.memory_at(address, size) is not None:
            return bus.read_block(address, size)
        self._touch()
        with self._processor.accesses.unseen():
            return bus.read(address, size).to_bytes(size, "little")

    def _touch(self) -> None:
        """Registers show the present moment: what is due by now would happen before the next instruction."""
        core = self._processor.core
        core.sim.advance(core.time)

    def _pieces(self, address: int, size: int) -> Iterator[tuple[int, int]]:
        """Stretches of one memory, or single aligned accesses elsewhere."""
        end = min(address + size, 1 << 32)
        while address < end:
            memory = self._processor.bus.memory_at(address)
            if memory is not None:
                n = min(end, memory.base + memory.size) - address
            else:
                n = next(width for width in (4, 2, 1) if not address % width and width <= end - address)
            yield address, n
            address += n

    def is_flash(self, address: int, size: int) -> bool:
        """Whether all of it lies in one memory that the core cannot write."""
        memory = self._processor.bus.memory_at(address, size)
        return memory is not None and not memory.writable

    def map_xml(self) -> str:
        """The XML that GDB reads as its memory map; what is not in it, GDB does not touch."""
        lines = ['<?xml version="1.0"?>', "<memory-map>"]
        taken: list[tuple[int, int]] = []
        for kind, base, size in self._regions():
            if any(base < end and start < base + size for start, end in taken):
                continue
            taken.append((base, base + size))
            place = f'start="0x{base:x}" length="0x{size:x}"'
            if kind == "flash":
                block = f'<property name="blocksize">0x{min(size & -size, _ERASE_BLOCK):x}</property>'
                lines.append(f'<memory type="flash" {place}>{block}</memory>')
            else:
                lines.append(f'<memory type="ram" {place}/>')
        return "\n".join([*lines, "</memory-map>"])

    def _regions(self) -> Iterator[tuple[str, int, int]]:
        for memory in self._processor.bus.memories:
            yield "ram" if memory.writable else "flash", memory.base, memory.size
        for base, size in _AREAS:
            yield "registers", base, size
        if self._processor.core.options.bit_band:
            yield "registers", *_BIT_BAND_RAM
        for block in self._assembly.machine.blocks if self._assembly.machine else ():
            yield "registers", block.base, block.size
