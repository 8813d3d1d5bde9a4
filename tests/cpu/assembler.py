"""The few instructions that frame a random program, assembled by hand, with labels. Truth: the Arm manual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

Make = Callable[[int, dict[str, int]], int]
"""(own address, labels) -> opcode."""
NOP, NOP_WIDE = 0xBF00, 0xF3AF8000


@dataclass
class Item:
    """One instruction or halfword of data; `name` tells a person what it is."""

    size: int
    make: Make
    name: str
    is_data: bool = False


@dataclass
class Assembler:
    """`items` in order; `assemble` places them. A label stands before the item that follows it."""

    items: list[Item | str] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def label(self, name: str = "") -> str:
        """A fresh name for a place; `put` it where it belongs."""
        return f"{name or 'l'}{next(self._numbers)}"

    def put(self, label: str) -> None:
        self.items.append(label)

    def emit(self, opcode: int, size: int = 2, name: str = "") -> None:
        self.items.append(Item(size, lambda at, where: opcode, name or f"{opcode:#x}"))

    def word(self, value: int | str) -> None:
        """Four bytes of data: a number, or the address of a label as code (bit 0 set)."""
        for shift in (0, 16):

            def make(at: int, where: dict[str, int], shift: int = shift) -> int:
                return (where[value] | 1 if isinstance(value, str) else value) >> shift & 0xFFFF

            self.items.append(Item(2, make, f".word {value}", True))

    # ---- constants and small data processing ---------------------------------------------------------
    def movw_movt(self, rd: int, value: int | str) -> None:
        """Armv7-M: any constant, or a label's address with bit 0 set. Flags stay."""

        def half(base: int, shift: int) -> Make:
            def make(at: int, where: dict[str, int]) -> int:
                whole = where[value] | 1 if isinstance(value, str) else value
                imm = whole >> shift & 0xFFFF
                fields = imm >> 12 << 16 | (imm >> 11 & 1) << 26 | (imm >> 8 & 7) << 12 | imm & 0xFF
                return base | fields | rd << 8

            return make

        self.items.append(Item(4, half(0xF2400000, 0), f"movw r{rd}, {value}"))
        self.items.append(Item(4, half(0xF2C00000, 16), f"movt r{rd}, {value}"))

    def byte_by_byte(self, rd: int, value: int) -> None:
        """Any core, r0-r7: a constant from its bytes. Changes the flags."""
        self.emit(0x2000 | rd << 8 | value >> 24, name=f"movs r{rd} <- {value:#x}")
        for shift in (16, 8, 0):
            self.emit(8 << 6 | rd << 3 | rd, name=f"lsls r{rd}, #8")
            self.emit(0x3000 | rd << 8 | value >> shift & 0xFF, name=f"adds r{rd}")

    def movs(self, rd: int, value: int) -> None:
        """r0-r7 only."""
        self.emit(0x2000 | rd << 8 | value, name=f"movs r{rd}, #{value}")

    def adr(self, rd: int, label: str) -> None:
        """The address of a label near by, without its bit 0: r0-r7, any core, forward or backward."""
        self.emit(0x4678 | rd, name=f"mov r{rd}, pc")
        self.items.append(
            Item(2, lambda at, where: _moved(rd, where[label] - at - 2), f"add r{rd}, #{label}")
        )

    def subs(self, rd: int, value: int) -> None:
        self.emit(0x3800 | rd << 8 | value, name=f"subs r{rd}, #{value}")

    # ---- branches ------------------------------------------------------------------------------------
    def _branch(self, size: int, name: str, label: str, encode: Callable[[int], int]) -> None:
        self.items.append(Item(size, lambda at, where: encode(where[label] - at - 4), f"{name} {label}"))

    def b(self, label: str) -> None:
        """B T2: 2 KB either way."""
        self._branch(2, "b", label, lambda d: 0xE000 | _fit(d, 12) >> 1)

    def b_if(self, condition: int, label: str) -> None:
        """B T1: 256 bytes either way."""
        self._branch(2, f"b<{condition}>", label, lambda d: 0xD000 | condition << 8 | _fit(d, 9) >> 1)

    def b_if_wide(self, condition: int, label: str) -> None:
        """B T3 (Armv7-M)."""

        def encode(d: int) -> int:
            d = _fit(d, 21)
            j1, j2, s = d >> 18 & 1, d >> 19 & 1, d >> 20
            return (
                0xF0008000
                | s << 26
                | condition << 22
                | (d >> 12 & 63) << 16
                | j1 << 13
                | j2 << 11
                | d >> 1 & 0x7FF
            )

        self._branch(4, f"b<{condition}>.w", label, encode)

    def bl(self, label: str, link: bool = True) -> None:
        """BL T1, or B T4 (Armv7-M)."""

        def encode(d: int) -> int:
            d = _fit(d, 25)
            s = d >> 24
            j1, j2 = ~(d >> 23 & 1 ^ s) & 1, ~(d >> 22 & 1 ^ s) & 1
            high = s << 26 | (d >> 12 & 0x3FF) << 16 | j1 << 13 | j2 << 11 | d >> 1 & 0x7FF
            return (0xF000D000 if link else 0xF0009000) | high

        self._branch(4, "bl" if link else "b.w", label, encode)

    def cbz(self, rn: int, label: str, nonzero: bool = False) -> None:
        """CBZ or CBNZ: forward, up to 126 bytes."""

        def encode(d: int) -> int:
            assert 0 <= d <= 126, d
            return 0xB100 | nonzero << 11 | (d >> 6) << 9 | (d >> 1 & 31) << 3 | rn

        self._branch(2, "cbnz" if nonzero else "cbz", label, encode)

    # ---- the result ----------------------------------------------------------------------------------
    def assemble(self, base: int) -> list[tuple[int, Item, int]]:
        """(address, item, opcode) of everything, from `base` on."""
        at, where = base, {}
        placed = []
        for item in self.items:
            if isinstance(item, str):
                where[item] = at
            else:
                placed.append((at, item))
                at += item.size
        self.labels = where
        return [(at, item, item.make(at, where)) for at, item in placed]


def _moved(rd: int, distance: int) -> int:
    """ADDS or SUBS of up to 255."""
    assert abs(distance) < 256, distance
    return (0x3000 if distance >= 0 else 0x3800) | rd << 8 | abs(distance)


def _fit(distance: int, bits: int) -> int:
    """Two's complement in so many bits; a branch that cannot reach is a mistake of the generator."""
    assert -(1 << bits - 1) <= distance < 1 << bits - 1, f"branch over {distance} bytes"
    return distance & (1 << bits) - 1
