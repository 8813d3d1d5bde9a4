"""A block that exists on the chip and is not modelled: it stores what is written and reports every access."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Block
from coincell.peripherals.registry import register


@register("stub")
class Stub(Block):
    """`size` bytes of address space [bytes]."""

    def __init__(self, name: str, base: int, context: BlockContext, size: int = 0x1000) -> None:
        self.size = size
        super().__init__(name, base, context.unmodelled)

    def read_word(self, offset: int) -> int:
        self._unmodelled(self.name, f"0x{offset:03X}")
        stored: int = self.words[offset >> 2]
        return stored

    def write_word(self, offset: int, value: int) -> None:
        self._unmodelled(self.name, f"0x{offset:03X}")
        self.words[offset >> 2] = value
