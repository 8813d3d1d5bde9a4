"""Conversions by Arm's rules: to and from integers and fixed point, between formats, to integral values.

Source: the FP pseudocode of DDI 0403E, A2.5: FPToFixed, FixedToFP, FPRoundInt, FPHalfToSingle and its kin.
Where a rounding `mode` may be None, FPSCR's is meant.
"""

from __future__ import annotations

from coincell.isa.float_format import (
    AHP,
    DN,
    HALF,
    INF,
    IOC,
    IXC,
    QNAN,
    SNAN,
    ZERO,
    Format,
    Number,
    Status,
    round_number,
    rounds_away,
    unpack,
)
from coincell.isa.softfloat import process_nans


def _whole(x: Number, fraction_bits: int, mode: int) -> tuple[int, bool]:
    """The integer that x * 2**fraction_bits rounds to, and whether it had to be rounded."""
    shift = x.exponent + fraction_bits
    if shift >= 0:
        kept, dropped = x.significand << shift, 0
    else:
        kept, dropped = x.significand >> -shift, x.significand & (1 << -shift) - 1
        kept += rounds_away(mode, x.sign, kept, dropped, 1 << -shift - 1)
    return (-kept if x.sign else kept), dropped != 0


def to_fixed(
    fmt: Format, status: Status, a: int, fraction_bits: int, *, bits: int, signed: bool, mode: int | None
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
    value, inexact = _whole(x, fraction_bits, status.mode if mode is None else mode)
    saturated = max(low, min(high, value))
    if saturated != value:
        status.fpscr |= IOC
    elif inexact:
        status.fpscr |= IXC
    return saturated & 0xFFFFFFFF


def from_fixed(
    fmt: Format, status: Status, word: int, fraction_bits: int, *, bits: int, signed: bool, mode: int | None
) -> int:
    """FixedToFP: the low `bits` of a word, times 2**-fraction_bits; zero is +0."""
    value = word & (1 << bits) - 1
    if signed and value >> bits - 1:
        value -= 1 << bits
    if value == 0:
        return 0
    if mode is not None:
        status.mode = mode
    return round_number(fmt, status, int(value < 0), abs(value), -fraction_bits)


def to_integral(fmt: Format, status: Status, a: int, *, mode: int | None, exact: bool = False) -> int:
    """FPRoundInt: the integral number that a rounds to; being inexact counts (IXC) only when `exact`."""
    x = unpack(fmt, status, a)
    nan = process_nans(fmt, status, x)
    if nan is not None:
        return nan
    if x.kind in (INF, ZERO):
        return fmt.signed(x.sign, 0 if x.kind == ZERO else fmt.infinity)
    value, inexact = _whole(x, 0, status.mode if mode is None else mode)
    if exact and inexact:
        status.fpscr |= IXC
    return round_number(fmt, status, x.sign, abs(value), 0) if value else fmt.signed(x.sign, 0)


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
