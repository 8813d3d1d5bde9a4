"""Arm floating point in exact integer arithmetic: the truth that every evaluation of FP semantics must meet.

`OPERATIONS[name](fpscr, *operands)` gives `(word, new_fpscr)`: rounding mode, flush-to-zero, default NaN
and the alternative half format are read from FPSCR, sticky exception bits are set in the one returned.
The rules are those of the FP pseudocode in the Armv7-M Architecture Reference Manual (DDI 0403E, A2.5 and
D6: FPUnpack, FPRound, FPProcessNaNs, FPAdd, FPMulAdd, FPToFixed...). Tininess is detected before rounding.

Everything is generic over `Format`, so double precision is another binding, not another program.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import isqrt
from typing import Any

from coincell.isa.float_format import (
    AHP,
    DN,
    DZC,
    FINITE,
    HALF,
    INF,
    IOC,
    IXC,
    NEAREST,
    QNAN,
    SINGLE,
    SNAN,
    TO_MINUS,
    TO_ZERO,
    ZERO,
    Format,
    Number,
    Status,
    round_number,
    rounds_away,
    unpack,
)

LESS, EQUAL, GREATER, UNORDERED = 0b1000, 0b0110, 0b0010, 0b0011
"""What a comparison gives: N, Z, C, V from bit 3 down."""


def _nan(fmt: Format, status: Status, *operands: Number) -> int | None:
    """FPProcessNaNs: the first signalling NaN, made quiet, else the first quiet one; None without any."""
    found = min(operands, key=lambda x: x.kind)
    if found.kind > QNAN:
        return None
    if found.kind == SNAN:
        status.fpscr |= IOC
    return fmt.default_nan if status.fpscr & DN else found.bits | fmt.quiet_bit


def _invalid(fmt: Format, status: Status) -> int:
    status.fpscr |= IOC
    return fmt.default_nan


def _sum(fmt: Format, status: Status, a: Number, b: Number) -> int:
    """The rounded sum of two numbers that are zero or finite."""
    if a.kind == b.kind == ZERO and a.sign == b.sign:
        return fmt.signed(a.sign, 0)
    exponent = min(x.exponent for x in (a, b))
    total = 0
    for x in (a, b):
        magnitude = x.significand << x.exponent - exponent
        total += -magnitude if x.sign else magnitude
    if total == 0:
        return fmt.signed(int(status.mode == TO_MINUS), 0)
    return round_number(fmt, status, int(total < 0), abs(total), exponent)


def _add(fmt: Format, status: Status, x: Number, y: Number) -> int:
    if x.kind == y.kind == INF and x.sign != y.sign:
        return _invalid(fmt, status)
    for operand in (x, y):
        if operand.kind == INF:
            return fmt.signed(operand.sign, fmt.infinity)
    return _sum(fmt, status, x, y)


def add(fmt: Format, status: Status, a: int, b: int) -> int:
    """a + b."""
    x, y = unpack(fmt, status, a), unpack(fmt, status, b)
    nan = _nan(fmt, status, x, y)
    return _add(fmt, status, x, y) if nan is None else nan


def sub(fmt: Format, status: Status, a: int, b: int) -> int:
    """a - b; a NaN b keeps its sign."""
    x, y = unpack(fmt, status, a), unpack(fmt, status, b)
    nan = _nan(fmt, status, x, y)
    return _add(fmt, status, x, y._replace(sign=1 - y.sign)) if nan is None else nan


def mul(fmt: Format, status: Status, a: int, b: int) -> int:
    """a * b."""
    x, y = unpack(fmt, status, a), unpack(fmt, status, b)
    nan = _nan(fmt, status, x, y)
    if nan is not None:
        return nan
    kinds, sign = (x.kind, y.kind), x.sign ^ y.sign
    if INF in kinds:
        return _invalid(fmt, status) if ZERO in kinds else fmt.signed(sign, fmt.infinity)
    if ZERO in kinds:
        return fmt.signed(sign, 0)
    return round_number(fmt, status, sign, x.significand * y.significand, x.exponent + y.exponent)


def div(fmt: Format, status: Status, a: int, b: int) -> int:
    """a / b."""
    x, y = unpack(fmt, status, a), unpack(fmt, status, b)
    nan = _nan(fmt, status, x, y)
    if nan is not None:
        return nan
    sign = x.sign ^ y.sign
    if x.kind == y.kind and x.kind in (INF, ZERO):
        return _invalid(fmt, status)
    if x.kind == INF or y.kind == ZERO:
        if x.kind != INF:
            status.fpscr |= DZC
        return fmt.signed(sign, fmt.infinity)
    if x.kind == ZERO or y.kind == INF:
        return fmt.signed(sign, 0)
    extra = 2 * fmt.frac_bits + 3  # a subnormal over a normal number still has enough quotient bits
    quotient, remainder = divmod(x.significand << extra, y.significand)
    significand = quotient << 1 | (remainder != 0)
    return round_number(fmt, status, sign, significand, x.exponent - y.exponent - extra - 1)


def sqrt(fmt: Format, status: Status, a: int) -> int:
    """The square root of a; that of -0 is -0."""
    x = unpack(fmt, status, a)
    nan = _nan(fmt, status, x)
    if nan is not None:
        return nan
    if x.kind == ZERO:
        return fmt.signed(x.sign, 0)
    if x.sign:
        return _invalid(fmt, status)
    if x.kind == INF:
        return fmt.infinity
    extra = 2 * fmt.frac_bits + 6 + (x.exponent & 1)
    square = x.significand << extra
    root = isqrt(square)
    significand = root << 1 | (root * root != square)
    return round_number(fmt, status, 0, significand, (x.exponent - extra) // 2 - 1)


def fma(fmt: Format, status: Status, addend: int, a: int, b: int) -> int:
    """addend + a * b, rounded once. The addend comes first, as in the manual's FPMulAdd."""
    z, x, y = (unpack(fmt, status, bits) for bits in (addend, a, b))
    nan = _nan(fmt, status, z, x, y)
    kinds, sign = (x.kind, y.kind), x.sign ^ y.sign
    nothing_times_infinity = INF in kinds and ZERO in kinds
    if nan is not None:
        # An invalid product outranks a quiet addend, the only NaN it can meet.
        return _invalid(fmt, status) if nothing_times_infinity and z.kind == QNAN else nan
    if nothing_times_infinity:
        return _invalid(fmt, status)
    kind = INF if INF in kinds else ZERO if ZERO in kinds else FINITE
    product = Number(kind, sign, x.significand * y.significand, x.exponent + y.exponent, 0)
    return _add(fmt, status, z, product)


def compare(fmt: Format, status: Status, a: int, b: int, signalling: bool = False) -> int:
    """The NZCV nibble of a against b; IOC for a signalling NaN, or for any NaN when `signalling`."""
    x, y = unpack(fmt, status, a), unpack(fmt, status, b)
    kinds = (x.kind, y.kind)
    if SNAN in kinds or QNAN in kinds:
        if signalling or SNAN in kinds:
            status.fpscr |= IOC
        return UNORDERED
    # Sign-magnitude patterns order like their magnitudes; a flushed subnormal and -0 are plain zero.
    left, right = (0 if n.kind == ZERO else -(n.bits ^ fmt.sign_bit) if n.sign else n.bits for n in (x, y))
    return EQUAL if left == right else LESS if left < right else GREATER


def to_fixed(
    fmt: Format, status: Status, a: int, fraction_bits: int, *, bits: int, signed: bool, to_zero: bool
) -> int:
    """FPToFixed: a * 2**fraction_bits as a `bits` integer, saturated (IOC), extended to a word; NaN is 0."""
    x = unpack(fmt, status, a)
    if x.kind in (SNAN, QNAN):
        status.fpscr |= IOC
        return 0
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if x.kind == INF:
        status.fpscr |= IOC
        return (low if x.sign else high) & 0xFFFFFFFF
    shift = x.exponent + fraction_bits
    if shift >= 0:
        kept, dropped = x.significand << shift, 0
    else:
        kept, dropped = x.significand >> -shift, x.significand & (1 << -shift) - 1
        mode = TO_ZERO if to_zero else status.mode
        if rounds_away(mode, x.sign, kept, dropped, 1 << -shift - 1):
            kept += 1
    value = -kept if x.sign else kept
    saturated = max(low, min(high, value))
    if saturated != value:
        status.fpscr |= IOC
    elif dropped:
        status.fpscr |= IXC
    return saturated & 0xFFFFFFFF


def from_fixed(
    fmt: Format, status: Status, word: int, fraction_bits: int, *, bits: int, signed: bool, to_nearest: bool
) -> int:
    """FixedToFP: the low `bits` of a word, times 2**-fraction_bits; zero is +0."""
    value = word & (1 << bits) - 1
    if signed and value >> bits - 1:
        value -= 1 << bits
    if value == 0:
        return 0
    if to_nearest:
        status.mode = NEAREST
    return round_number(fmt, status, int(value < 0), abs(value), -fraction_bits)


def convert(target: Format, source: Format, status: Status, a: int) -> int:
    """Between formats: FPHalfToSingle, FPSingleToHalf, FPSingleToDouble, FPDoubleToSingle.

    The alternative half format has no NaN and no infinity: they become zero and its largest number (IOC).
    """
    x = unpack(source, status, a & source.sign_bit * 2 - 1)
    alternative = target is HALF and bool(status.fpscr & AHP)
    if x.kind in (SNAN, QNAN):
        if alternative or x.kind == SNAN:
            status.fpscr |= IOC
        if alternative:
            return target.signed(x.sign, 0)
        if status.fpscr & DN:
            return target.default_nan
        wider = target.frac_bits - source.frac_bits
        payload = x.bits & source.quiet_bit - 1
        payload = payload << wider if wider > 0 else payload >> -wider
        return target.signed(x.sign, target.default_nan | payload)
    if x.kind == INF:
        if alternative:
            status.fpscr |= IOC
            return target.signed(x.sign, target.sign_bit - 1)
        return target.signed(x.sign, target.infinity)
    if x.kind == ZERO:
        return target.signed(x.sign, 0)
    return round_number(target, status, x.sign, x.significand, x.exponent)


Operation = Callable[..., tuple[int, int]]


def operation(function: Callable[..., int], *formats: Format, **fixed: Any) -> Operation:
    """`function` for these formats, from `(fpscr, *operands)` to `(result, fpscr)`."""
    bound = partial(function, *formats)

    def run(fpscr: int, *operands: int) -> tuple[int, int]:
        status = Status(fpscr)
        result = bound(status, *operands, **fixed)
        return result, status.fpscr

    return run


def _integer(function: Callable[..., int], **fixed: Any) -> Operation:
    """A conversion without fraction bits."""

    def run(fmt: Format, status: Status, a: int) -> int:
        return function(fmt, status, a, 0, **fixed)

    return operation(run, SINGLE)


OPERATIONS: dict[str, Operation] = {
    "add": operation(add, SINGLE),
    "sub": operation(sub, SINGLE),
    "mul": operation(mul, SINGLE),
    "div": operation(div, SINGLE),
    "sqrt": operation(sqrt, SINGLE),
    "fma": operation(fma, SINGLE),
    "compare": operation(compare, SINGLE),
    "compare_signalling": operation(compare, SINGLE, signalling=True),
    "from_half": operation(convert, SINGLE, HALF),
    "to_half": operation(convert, HALF, SINGLE),
}
"""Single precision, by the name that `Ops.fp` takes. Operands and result are words.

* `add sub mul div` (a, b); `sqrt` (a); `fma` (addend, a, b) is addend + a * b rounded once
* `compare`, `compare_signalling` (a, b): the NZCV nibble
* `from_half` (word, low half taken); `to_half` (a), in the low half of a word
* `from_s32`, `from_u32` (word); `to_s32`, `to_u32` (a), rounded as FPSCR says; `to_s32_zero`,
  `to_u32_zero` (a), towards zero
* `from_fixed_s32` and so on for u32, s16, u16 (word, fraction bits), to nearest; `to_fixed_s32` and so on
  (a, fraction bits), towards zero, the 16-bit results extended to a word
"""

for _name, _bits, _signed in (("s32", 32, True), ("u32", 32, False), ("s16", 16, True), ("u16", 16, False)):
    OPERATIONS[f"from_fixed_{_name}"] = operation(
        from_fixed, SINGLE, bits=_bits, signed=_signed, to_nearest=True
    )
    OPERATIONS[f"to_fixed_{_name}"] = operation(to_fixed, SINGLE, bits=_bits, signed=_signed, to_zero=True)
    if _bits == 32:
        OPERATIONS[f"from_{_name}"] = _integer(from_fixed, bits=32, signed=_signed, to_nearest=False)
        OPERATIONS[f"to_{_name}"] = _integer(to_fixed, bits=32, signed=_signed, to_zero=False)
        OPERATIONS[f"to_{_name}_zero"] = _integer(to_fixed, bits=32, signed=_signed, to_zero=True)
