"""What random programs are made of: memory map, pinned registers, the finished program, its data."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from assembler import NOP, NOP_WIDE
from fp_truth import EDGES, WIDE_EDGES
from unicorn_twin import CORNERS

from coincell.isa.encoding import Encoding
from coincell.timing.footprint import Sources, _Tracer

CODE, RAM, RAM_SIZE = 0x2000, 0x2000_0000, 0x1_0000
CODE_IN_RAM = RAM + 0x1000
"""Programs there change themselves."""
FLASH_SIZE = 0x1_0000
WINDOW = RAM + 0x6000
"""Where the pointers point; accesses reach some 4 KB and a bit either way."""
STACK, PROCESS_STACK = RAM + 0xE000, RAM + 0xC000
DEVICE = 0x4000_0000
MEMORY_GROUPS = {"load_store", "load_store_wide", "load_store_multiple"}
HARD_FAULT = 3
ROUNDING = (0, 0, 0x0040_0000, 0x0080_0000, 0x00C0_0000, 0x0100_0000, 0x0200_0000, 0x0380_0000)


class Effects(_Tracer):
    """A footprint, and where each address and each written register comes from."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, object] = {}
        self.aligned = False
        self.addresses: list[Sources] = []

    def set_reg(self, n: int, value: object) -> None:
        super().set_reg(n, value)
        self.values[f"r{n}"] = value

    def load(self, address: object, size: int, aligned: bool = False) -> Sources:
        self._note(address, size, aligned)
        return super().load(address, size, aligned)

    def store(self, address: object, value: object, size: int, aligned: bool = False) -> None:
        self._note(address, size, aligned)
        super().store(address, value, size, aligned)

    def _note(self, address: object, size: int, aligned: bool) -> None:
        self.aligned |= aligned
        self.addresses.append(address if isinstance(address, frozenset) else frozenset())


@dataclass
class Program:
    """Bytes to put at `base`. `lines` tell what stands where."""

    base: int
    code: bytes
    entry: int
    handlers: dict[int, int]
    lines: list[tuple[int, int, str]]
    """(address, opcode, name) of every instruction."""

    def without(self, dropped: set[int]) -> Program:
        """The same with NOPs at some addresses: what a failing program shrinks by."""
        code, lines = bytearray(self.code), []
        for at, opcode, name in self.lines:
            if at in dropped:
                wide = opcode > 0xFFFF
                opcode, name = (NOP_WIDE if wide else NOP), "nop"
                code[at - self.base : at - self.base + 2 + 2 * wide] = halfwords(opcode, 4 if wide else 2)
            lines.append((at, opcode, name))
        return replace(self, code=bytes(code), lines=lines)

    def __str__(self) -> str:
        shown = [f"{at:#x}: {op:8x}  {name}" for at, op, name in self.lines if name != "nop"]
        return "\n".join([f"entry {self.entry:#x}, handlers {self.handlers}", *shown])


def halfwords(opcode: int, size: int) -> bytes:
    """An opcode as it stands in memory."""
    parts = (opcode,) if size == 2 else (opcode >> 16, opcode & 0xFFFF)
    return b"".join(part.to_bytes(2, "little") for part in parts)


@dataclass
class Pins:
    """Registers with a purpose."""

    aligned: int
    """Points to a word of the window, always."""
    loose: int
    """Points anywhere near it."""
    index: int
    """Below 64, a multiple of four where the core cannot access unaligned data."""
    counters: tuple[int, ...]
    """Loops count these down, innermost last."""
    device: int | None = None
    """Points to the device, in programs that have one."""

    def all(self) -> set[int]:
        found = {self.aligned, self.loose, self.index, *self.counters}
        return found if self.device is None else found | {self.device}


def should_be_one(encoding: Encoding) -> int:
    """The bits that a pattern prints as (1)."""
    found, at = 0, encoding.width
    for token in encoding.pattern.split():
        fixed = set(token) <= {"0", "1"}
        width = len(token) if fixed else 1 if token[0] == "(" else int(f"{token}:1".split(":")[1])
        at -= width
        found |= (token == "(1)") << at
    return found


def random_memory(rng: random.Random, size: int = RAM_SIZE) -> bytes:
    """Random words, edges of floating point, corner cases and small numbers."""
    words: list[int] = []
    while len(words) < size // 4:
        kind = rng.randrange(4)
        if kind == 0:
            double = rng.choice(WIDE_EDGES)
            words += [double & 0xFFFFFFFF, double >> 32]
        else:
            pair = (
                [rng.choice(EDGES), rng.choice(CORNERS)] if kind == 1 else [rng.getrandbits(32) for _ in "ab"]
            )
            words += pair
    return b"".join(word.to_bytes(4, "little") for word in words)
