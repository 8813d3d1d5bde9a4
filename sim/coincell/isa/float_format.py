"""Binary floating-point formats: taking numbers apart and rounding them, as Arm does (FPUnpack, FPRound).

Source: Armv7-M Architecture Reference Manual (DDI 0403E), A2.5 and its FP pseudocode. Tininess is detected
before rounding; flush-to-zero replaces a tiny result without looking at its rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

# FPSCR (DDI 0403E, B1.4.3).
AHP, DN, FZ = 1 << 26, 1 << 25, 1 << 24
RMODE_SHIFT = 22
IDC, IXC, UFC, OFC, DZC, IOC = 1 << 7, 1 << 4, 1 << 3, 1 << 2, 1 << 1, 1 << 0
NEAREST, TO_PLUS, TO_MINUS, TO_ZERO, AWAY = range(5)
"""Rounding modes: four as FPSCR.RMode numbers them, and to nearest with ties away from zero (FPv5)."""

SNAN, QNAN, INF, ZERO, FINITE = range(5)
"""Kinds of number; a NaN's rank in propagation is its place here."""


@dataclass(frozen=True)
class Format:
    """A binary interchange format of IEEE 754: sign, `exp_bits` of exponent, `frac_bits` of fraction."""

    exp_bits: int
    frac_bits: int

    @cached_property
    def sign_bit(self) -> int:
        return 1 << self.exp_bits + self.frac_bits

    @cached_property
    def exp_ones(self) -> int:
        return (1 << self.exp_bits) - 1

    @cached_property
    def min_exp(self) -> int:
        """Exponent of the smallest normal number."""
        return 2 - (1 << self.exp_bits - 1)

    @cached_property
    def hidden(self) -> int:
        """The leading one of a normal number, just above the fraction."""
        return 1 << self.frac_bits

    @cached_property
    def infinity(self) -> int:
        return self.exp_ones << self.frac_bits

    @cached_property
    def quiet_bit(self) -> int:
        return 1 << self.frac_bits - 1

    @cached_property
    def default_nan(self) -> int:
        return self.infinity | self.quiet_bit

    def signed(self, sign: int, magnitude: int) -> int:
        """The bit pattern of `magnitude` with this sign (0 or 1)."""
        return magnitude | self.sign_bit if sign else magnitude


HALF, SINGLE, DOUBLE = Format(5, 10), Format(8, 23), Format(11, 52)


class Status:
    """FPSCR while one operation runs: modes read from it, sticky bits collected in it."""

    __slots__ = ("fpscr", "mode")

    def __init__(self, fpscr: int) -> None:
        self.fpscr = fpscr
        self.mode = fpscr >> RMODE_SHIFT & 3


class Number(NamedTuple):
    """An unpacked operand: its value is (-1)**sign * significand * 2**exponent when finite."""

    kind: int
    sign: int
    significand: int
    exponent: int
    bits: int


def unpack(fmt: Format, status: Status, bits: int) -> Number:
    """FPUnpack: classify and take apart; flushes subnormals (IDC) under FZ, except half-precision ones."""
    sign = 1 if bits & fmt.sign_bit else 0
    exponent = bits >> fmt.frac_bits & fmt.exp_ones
    fraction = bits & fmt.hidden - 1
    if exponent == 0:
        if fraction == 0:
            return Number(ZERO, sign, 0, 0, bits)
        if status.fpscr & FZ and fmt is not HALF:
            status.fpscr |= IDC
            return Number(ZERO, sign, 0, 0, bits)
        return Number(FINITE, sign, fraction, fmt.min_exp - fmt.frac_bits, bits)
    if exponent == fmt.exp_ones and not (fmt is HALF and status.fpscr & AHP):
        if fraction == 0:
            return Number(INF, sign, 0, 0, bits)
        return Number(QNAN if fraction & fmt.quiet_bit else SNAN, sign, 0, 0, bits)
    return Number(FINITE, sign, fraction | fmt.hidden, fmt.min_exp - 1 + exponent - fmt.frac_bits, bits)


def rounds_away(mode: int, sign: int, kept: int, dropped: int, half: int) -> bool:
    """Whether a magnitude `kept` with `dropped` beyond its last bit (one bit is 2*half) gains one unit."""
    if mode in (NEAREST, AWAY):
        return dropped > half or (dropped == half and (mode == AWAY or kept & 1 == 1))
    return dropped != 0 and mode == (TO_MINUS if sign else TO_PLUS)


def round_number(fmt: Format, status: Status, sign: int, significand: int, exponent: int) -> int:
    """FPRound: the bit pattern of (-1)**sign * significand * 2**exponent, which is not zero.

    An irrational or unending significand may be given truncated, at least two bits longer than the
    result's, with its last bit set to stand for the rest.
    """
    top = significand.bit_length() - 1 + exponent
    tiny = top < fmt.min_exp
    if tiny and status.fpscr & FZ and fmt is not HALF:
        status.fpscr |= UFC
        return fmt.signed(sign, 0)
    scale = fmt.min_exp if tiny else top
    shift = scale - fmt.frac_bits - exponent
    if shift <= 0:
        kept, dropped = significand << -shift, 0
    else:
        kept, dropped = significand >> shift, significand & (1 << shift) - 1
        if dropped and tiny:
            status.fpscr |= UFC
        if rounds_away(status.mode, sign, kept, dropped, 1 << shift - 1):
            kept += 1
    # The hidden bit of `kept` adds one to the exponent field, and so does a carry out of rounding.
    magnitude = kept + (scale - fmt.min_exp << fmt.frac_bits)
    if fmt is HALF and status.fpscr & AHP:
        if magnitude >= fmt.sign_bit:
            status.fpscr |= IOC
            return fmt.signed(sign, fmt.sign_bit - 1)
    elif magnitude >= fmt.infinity:
        status.fpscr |= OFC | IXC
        to_infinity = status.mode in (NEAREST, TO_MINUS if sign else TO_PLUS)
        return fmt.signed(sign, fmt.infinity if to_infinity else fmt.infinity - 1)
    if dropped:
        status.fpscr |= IXC
    return fmt.signed(sign, magnitude)
