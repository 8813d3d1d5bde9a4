"""The floating-point operations that instructions ask for by name (`Ops.fp`), and how they are called.

A plain name is single precision: operands and result are words. With `.f64` behind it the floating-point
operands and results are doubles, as wides; integers, fixed-point numbers and halves stay words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coincell.isa.float_conversion import convert, from_fixed, to_fixed, to_integral
from coincell.isa.float_format import (
    AWAY,
    DOUBLE,
    HALF,
    NEAREST,
    SINGLE,
    TO_MINUS,
    TO_PLUS,
    TO_ZERO,
    Format,
    Status,
)
from coincell.isa.softfloat import add, compare, div, fma, max_number, mul, sqrt, sub


@dataclass(frozen=True)
class Operation:
    """Called with FPSCR and bit patterns, gives (bit pattern, new FPSCR)."""

    function: Callable[..., int]
    """Takes a `Status` and the operands."""
    operands: tuple[int, ...]
    """Width of each in bits: 32 or 64."""
    result: int

    def __call__(self, fpscr: int, *operands: int) -> tuple[int, int]:
        status = Status(fpscr)
        return self.function(status, *operands), status.fpscr


_ROUNDING: dict[str, int | None] = {
    "": None,
    "_nearest": NEAREST,
    "_plus": TO_PLUS,
    "_minus": TO_MINUS,
    "_zero": TO_ZERO,
    "_away": AWAY,
}


def _operations(fmt: Format) -> dict[str, Operation]:
    number = 1 + fmt.exp_bits + fmt.frac_bits
    found: dict[str, Operation] = {}

    def declare(name: str, function: Callable[..., int], operands: str, result: str, **fixed: Any) -> None:
        """Widths as letters: f for this format, w for a word, s for a single, d for a double."""
        width = {"f": number, "w": 32, "s": 32, "d": 64}
        suffix = ".f64" if fmt is DOUBLE else ""

        def run(status: Status, *values: int) -> int:
            return function(fmt, status, *values, **fixed)

        found[name + suffix] = Operation(run, tuple(width[letter] for letter in operands), width[result])

    for name, function in {"add": add, "sub": sub, "mul": mul, "div": div}.items():
        declare(name, function, "ff", "f")
    declare("sqrt", sqrt, "f", "f")
    declare("fma", fma, "fff", "f")
    declare("max", max_number, "ff", "f")
    declare("min", max_number, "ff", "f", least=True)
    declare("compare", compare, "ff", "w")
    declare("compare_signalling", compare, "ff", "w", signalling=True)
    declare("from_half", lambda f, status, a: convert(f, HALF, status, a), "w", "f")
    declare("to_half", lambda f, status, a: convert(HALF, f, status, a), "f", "w")
    if fmt is DOUBLE:
        declare("from_single", lambda f, status, a: convert(f, SINGLE, status, a), "s", "f")
        declare("to_single", lambda f, status, a: convert(SINGLE, f, status, a), "f", "s")
    declare("integral_exact", to_integral, "f", "f", mode=None, exact=True)
    for how, mode in _ROUNDING.items():
        declare("integral" + how, to_integral, "f", "f", mode=mode)
    for kind, bits, signed in (("s32", 32, True), ("u32", 32, False), ("s16", 16, True), ("u16", 16, False)):
        declare(f"from_fixed_{kind}", from_fixed, "ww", "f", bits=bits, signed=signed, mode=NEAREST)
        declare(f"to_fixed_{kind}", to_fixed, "fw", "w", bits=bits, signed=signed, mode=TO_ZERO)
    for kind, signed in (("s32", True), ("u32", False)):
        fixed = {"bits": 32, "signed": signed}
        declare(f"from_{kind}", _unscaled(from_fixed), "w", "f", **fixed, mode=None)
        for how, mode in _ROUNDING.items():
            declare(f"to_{kind}{how}", _unscaled(to_fixed), "f", "w", **fixed, mode=mode)
    return found


def _unscaled(conversion: Callable[..., int]) -> Callable[..., int]:
    """Without fraction bits."""
    return lambda fmt, status, a, **fixed: conversion(fmt, status, a, 0, **fixed)


OPERATIONS: dict[str, Operation] = _operations(SINGLE) | _operations(DOUBLE)
"""By name:

* `add sub mul div max min` (a, b); `sqrt` (a); `fma` (addend, a, b) is addend + a * b rounded once
* `compare`, `compare_signalling` (a, b): the NZCV nibble, a word
* `integral` and `integral_exact` (a): to an integral number as FPSCR rounds, the latter recording IXC; with
  `_nearest _away _plus _minus _zero` behind `integral`: rounded that way
* `from_s32`, `from_u32` (word) as FPSCR rounds; `to_s32`, `to_u32` (a), alone or with a rounding as above
* `from_fixed_s32` and so on for u32, s16, u16 (word, fraction bits), to nearest; `to_fixed_s32` and so on
  (a, fraction bits), towards zero, the 16-bit results extended to a word
* `from_half` (word, low half taken); `to_half` (a), in the low half of a word
* `from_single.f64` (word); `to_single.f64` (wide)
"""
