"""Arm floating point in exact integer arithmetic: sums, products, roots, comparisons, of any `Format`.

The rules are those of the FP pseudocode in the Armv7-M Architecture Reference Manual (DDI 0403E, A2.5:
FPProcessNaNs, FPAdd, FPMulAdd, FPMaxNum...). Conversions are in `float_conversion`, and what instructions ask
for by name in `float_operations`.
"""

from __future__ import annotations

from math import isqrt

from coincell.isa.float_format import (
    DN,
    DZC,
    FINITE,
    INF,
    IOC,
    QNAN,
    SNAN,
    TO_MINUS,
    ZERO,
    Format,
    Number,
    Status,
    round_number,
    unpack,
)

LESS, EQUAL, GREATER, UNORDERED = 0b1000, 0b0110, 0b0010, 0b0011
"""What a comparison gives: N, Z, C, V from bit 3 down."""


def process_nans(fmt: Format, status: Status, *operands: Number) -> int | None:
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
    nan = process_nans(fmt, status, x, y)
    return _add(fmt, status, x, y) if nan is None else nan


def sub(fmt: Format, status: Status, a: int, b: int) -> int:
    """a - b; a NaN b keeps its sign."""
    x, y = unpack(fmt, status, a), unpack(fmt, status, b)
    nan = process_nans(fmt, status, x, y)
    return _add(fmt, status, x, y._replace(sign=1 - y.sign)) if nan is None else nan


def mul(fmt: Format, status: Status, a: int, b: int) -> int:
    """a * b."""
    x, y = unpack(fmt, status, a), unpack(fmt, status, b)
    nan = process_nans(fmt, status, x, y)
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
    nan = process_nans(fmt, status, x, y)
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
    nan = process_nans(fmt, status, x)
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
    nan = process_nans(fmt, status, z, x, y)
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


def _order(fmt: Format, x: Number) -> int:
    """Sorts numbers as their values; sign-magnitude patterns order like their magnitudes. Zeros are equal."""
    magnitude = 0 if x.kind == ZERO else x.bits & fmt.sign_bit - 1
    return -magnitude if x.sign else magnitude


def max_number(fmt: Format, status: Status, a: int, b: int, least: bool = False) -> int:
    """FPMaxNum, or FPMinNum when `least`: a number outranks a quiet NaN, and +0 is above -0."""
    x, y = unpack(fmt, status, a), unpack(fmt, status, b)
    if x.kind == QNAN and y.kind != QNAN:
        x = y
    elif y.kind == QNAN and x.kind != QNAN:
        y = x
    nan = process_nans(fmt, status, x, y)
    if nan is not None:
        return nan
    below, above = sorted((x, y), key=lambda n: (_order(fmt, n), not n.sign))
    chosen = below if least else above
    return fmt.signed(chosen.sign, abs(_order(fmt, chosen)))


def compare(fmt: Format, status: Status, a: int, b: int, signalling: bool = False) -> int:
    """The NZCV nibble of a against b; IOC for a signalling NaN, or for any NaN when `signalling`."""
    x, y = unpack(fmt, status, a), unpack(fmt, status, b)
    kinds = (x.kind, y.kind)
    if SNAN in kinds or QNAN in kinds:
        if signalling or SNAN in kinds:
            status.fpscr |= IOC
        return UNORDERED
    left, right = _order(fmt, x), _order(fmt, y)
    return EQUAL if left == right else LESS if left < right else GREATER
