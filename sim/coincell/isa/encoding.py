"""Bit patterns as the Arm manual prints them, and the decoder made from all that are declared.

    @instruction("ADDS (register)", "0001100 Rm:3 Rn:3 Rd:3")
    def add_register(o, Rm, Rn, Rd): ...

A pattern is read from the most significant bit: runs of 0 and 1 are fixed, `name:width` is a field, a bare
name is a one-bit field, `(0)` and `(1)` are bits that should have that value and are ignored. Sixteen bits
make a narrow instruction; thirty-two a wide one, first halfword in the upper half.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

FEATURES = {
    "v6m": "Armv6-M base (every core)",
    "v7m": "Armv7-M: Thumb-2, IT, divide, exclusives",
    "dsp": "Armv7E-M and Armv8-M DSP extension",
    "fpsp": "single-precision floating point: FPv4-SP",
    "fpv5": "what FPv5 adds to it in single precision: VSEL, VMAXNM, VMINNM, VRINTx, VCVTx",
    "fpdp": "the double-precision forms of all that, which only FPv5 has",
    "v8m": "Armv8-M Mainline",
}

Semantics = Callable[..., None]
Where = Callable[..., bool]


class UndefinedInstruction(Exception):  # noqa: N818 - the architecture's word
    """No declared instruction has this pattern on this core (UsageFault UNDEFINSTR)."""

    def __init__(self, opcode: int) -> None:
        super().__init__(f"undefined instruction 0x{opcode:x}")
        self.opcode = opcode


@dataclass(frozen=True)
class Encoding:
    """One bit pattern of one instruction."""

    name: str
    pattern: str
    semantics: Semantics
    feature: str
    where: Where | None
    width: int
    mask: int
    match: int
    fields: tuple[tuple[str, int, int], ...]
    """(name, shift, mask) of each field."""
    interpreted: bool
    """Never compiled: it needs the whole machine (system registers, sleep, exclusives)."""

    @property
    def is_floating_point(self) -> bool:
        """Needs the FPU: access granted, its context active."""
        return self.feature in ("fpsp", "fpv5", "fpdp")

    def extract(self, opcode: int) -> dict[str, int]:
        """The fields of `opcode`."""
        return {name: opcode >> shift & mask for name, shift, mask in self.fields}


@dataclass(frozen=True, eq=False)
class DecodedInstruction:
    """An opcode with its fields: independent of where it stands. A decoder gives one object per opcode."""

    opcode: int
    size: int
    """Bytes: 2 or 4."""
    encoding: Encoding
    fields: dict[str, int]
    execute: Callable[[Any], None]
    """`execute(o)` evaluates the semantics over the operations `o`."""

    @property
    def name(self) -> str:
        return self.encoding.name


_ENCODINGS: list[Encoding] = []


def instruction(
    name: str,
    *patterns: str,
    feature: str = "",
    where: Where | None = None,
    interpreted: bool = False,
) -> Callable[[Semantics], Semantics]:
    """Declare an instruction: all `patterns` have the same fields and share one semantic function.

    `feature` is what a core must have (default: "v6m" for narrow patterns, "v7m" for wide ones). `where`
    receives the fields and refuses those that belong to another encoding ("SEE ..." in the manual).
    """

    def declare(semantics: Semantics) -> Semantics:
        for pattern in patterns:
            width, mask, match, fields = parse_pattern(pattern)
            needs = feature or ("v6m" if width == 16 else "v7m")
            if needs not in FEATURES:
                raise ValueError(f"{name}: unknown feature {needs!r}")
            _ENCODINGS.append(
                Encoding(name, pattern, semantics, needs, where, width, mask, match, fields, interpreted)
            )
        return semantics

    return declare


def parse_pattern(pattern: str) -> tuple[int, int, int, tuple[tuple[str, int, int], ...]]:
    """(width, mask, match, fields) of a pattern; ValueError when it is not 16 or 32 bits long."""
    bits: list[tuple[str, int]] = []
    for token in pattern.split():
        if re.fullmatch(r"[01]+", token):
            bits += [(bit, 1) for bit in token]
        elif re.fullmatch(r"\([01]\)", token):
            bits.append(("", 1))
        elif found := re.fullmatch(r"([A-Za-z]\w*?)(?::(\d+))?", token):
            bits.append((found[1], int(found[2] or 1)))
        else:
            raise ValueError(f"pattern {pattern!r}: cannot read {token!r}")
    width = sum(n for _, n in bits)
    if width not in (16, 32):
        raise ValueError(f"pattern {pattern!r} has {width} bits")
    mask = match = 0
    fields: list[tuple[str, int, int]] = []
    shift = width
    for name, n in bits:
        shift -= n
        if name in ("0", "1"):
            mask |= 1 << shift
            match |= int(name) << shift
        elif name:
            if any(name == other for other, _, _ in fields):
                raise ValueError(f"pattern {pattern!r}: field {name} appears twice")
            fields.append((name, shift, (1 << n) - 1))
    return width, mask, match, tuple(fields)


def is_wide(halfword: int) -> bool:
    """Whether a halfword begins a 32-bit instruction (ARMv7-M ARM A5.1)."""
    return halfword >> 11 in (0b11101, 0b11110, 0b11111)


class Decoder:
    """Finds the most specific declared pattern that matches an opcode, and remembers it."""

    def __init__(self, features: frozenset[str]) -> None:
        unknown = features - FEATURES.keys()
        if unknown:
            raise ValueError(f"unknown core features {sorted(unknown)}")
        self.features = features
        chosen = [e for e in _ENCODINGS if e.feature in features]
        # The more bits a pattern fixes, the earlier it is tried, so special cases win over general ones.
        chosen.sort(key=lambda e: -e.mask.bit_count())
        self._narrow = [e for e in chosen if e.width == 16]
        self._wide: dict[int, list[Encoding]] = {}
        for top in range(0b11101 << 4, 1 << 9):
            self._wide[top] = [
                e for e in chosen if e.width == 32 and not ((top << 23 ^ e.match) & e.mask & 0xFF800000)
            ]
        self._cache: dict[int, DecodedInstruction] = {}

    def decode(self, opcode: int, size: int) -> DecodedInstruction:
        """The instruction with this opcode. Raises UndefinedInstruction."""
        key = opcode if size == 2 else opcode | 1 << 32
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = self._match(opcode, size)
        return found

    def _match(self, opcode: int, size: int) -> DecodedInstruction:
        for encoding in self._narrow if size == 2 else self._wide[opcode >> 23]:
            if opcode & encoding.mask == encoding.match:
                fields = encoding.extract(opcode)
                if encoding.where is None or encoding.where(**fields):
                    execute = partial(_call, encoding.semantics, fields)
                    return DecodedInstruction(opcode, size, encoding, fields, execute)
        raise UndefinedInstruction(opcode)


def _call(semantics: Semantics, fields: dict[str, int], o: Any) -> None:
    semantics(o, **fields)
