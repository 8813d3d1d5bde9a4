"""Truth for floating point, sharing nothing with the code under test: Fractions, and a search."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

IOC, DZC, OFC, UFC, IXC, IDC = (1 << bit for bit in (0, 1, 2, 3, 4, 7))
FZ, DN, AHP = 1 << 24, 1 << 25, 1 << 26
MODES = NEAREST, TO_PLUS, TO_MINUS, TO_ZERO = 0, 1, 2, 3
INF, MAX, MIN_NORMAL, TINY, ONE = 0x7F800000, 0x7F7FFFFF, 0x00800000, 0x00000001, 0x3F800000
NAN, QNAN, SNAN = 0x7FC00000, 0x7FC12345, 0x7F854321
MINUS = 0x80000000

MAGNITUDES = [
    *(0, TINY, 2, 0x007FFFFF, MIN_NORMAL, 0x00800001, 0x33800000, 0x34000000, 0x3EFFFFFF),
    *(0x3F000000, 0x3F7FFFFF, ONE, 0x3F800001, 0x3FC00000, 0x40200000, 0x4B000000, 0x4B800001, 0x4EFFFFFF),
    *(0x4F000000, 0x4F7FFFFF, 0x4F800000, 0x7E800000, 0x7F000000, 0x7F7FFFFE, MAX, INF, NAN, QNAN, SNAN),
    *(0x7FFFFFFF, 0x7F800001, 0x387FC000, 0x33000000, 0x33000001, 0x477FE000, 0x477FF000, 0x477FEFFF),
]
EDGES = [magnitude | sign for sign in (0, MINUS) for magnitude in MAGNITUDES]
"""Words around every boundary: subnormal, tie, integer and half-precision limits, infinity, NaNs."""


def _as_double(magnitude: int) -> int:
    """The double with this single's value, or with its exponent's extreme and its fraction."""
    fraction = magnitude & 0x7FFFFF
    if magnitude >> 23 in (0, 255):
        return (magnitude >> 23) * 0x7FF // 255 << 52 | fraction >> 22 << 51 | fraction & 0x3FFFFF
    return (magnitude >> 23) + 896 << 52 | fraction << 29


WIDE_MAGNITUDES = [
    *map(_as_double, MAGNITUDES),
    *(0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x0010000000000001, 0x7FEFFFFFFFFFFFFF, 0x7FE0000000000000),
    *(0x3CA0000000000000, 0x3CB0000000000000, 0x3FEFFFFFFFFFFFFF, 0x3FF0000000000001, 0x4330000000000001),
    *(0x41DFFFFFFFC00000, 0x41DFFFFFFFE00000, 0x41EFFFFFFFE00000, 0x41EFFFFFFFF00000, 0x41E0000000200000),
    *(0x3810000000000000, 0x380FFFFFFFFFFFFF, 0x36A0000000000000, 0x3690000000000000, 0x3690000000000001),
    *(0x47EFFFFFE0000000, 0x47EFFFFFEFFFFFFF, 0x47EFFFFFF0000000, 0x40EFFC0000000000, 0x40EFFDFFFFFFFFFF),
]
WIDE_EDGES = [magnitude | sign << 63 for sign in (0, 1) for magnitude in WIDE_MAGNITUDES]
"""The same for doubles, with the limits of singles and of their integers."""

modes = st.sampled_from(MODES)


@dataclass(frozen=True)
class Kind:
    """What the tests of one precision draw from."""

    suffix: str
    """Of operations' names."""
    code: str
    """As in the struct module."""
    bits: int
    infinity: int
    edges: list[int]

    @property
    def minus(self) -> int:
        return 1 << self.bits - 1

    def is_finite(self, pattern: int) -> bool:
        return pattern & self.infinity != self.infinity

    @property
    def patterns(self) -> st.SearchStrategy[int]:
        return st.one_of(st.sampled_from(self.edges), st.integers(0, (1 << self.bits) - 1))

    @property
    def finite(self) -> st.SearchStrategy[int]:
        return self.patterns.filter(self.is_finite)

    @property
    def close_pairs(self) -> st.SearchStrategy[tuple[int, int]]:
        """Pairs that often cancel: same leading bits, either sign."""
        tail = (1 << self.bits - 9) - 1
        near = st.builds(
            lambda a, b, sign: (a, a & ~tail & ~self.minus | b & tail | sign << self.bits - 1),
            self.finite,
            self.finite,
            st.integers(0, 1),
        )
        return st.tuples(self.finite, self.finite) | near.filter(lambda pair: self.is_finite(pair[1]))

    def value(self, pattern: int) -> Fraction:
        return value(pattern, self.code)


F32, F64 = Kind("", "f", 32, INF, EDGES), Kind(".f64", "d", 64, 0x7FF << 52, WIDE_EDGES)
words, finite_words = F32.patterns, F32.finite

FORMATS = {"e": (16, "<H"), "f": (32, "<I"), "d": (64, "<Q")}


def value(word: int, code: str = "f") -> Fraction:
    """The exact value of a finite bit pattern (`code` as in the struct module)."""
    return Fraction(struct.unpack("<" + code, struct.pack(FORMATS[code][1], word))[0])


def rounded(
    compare: Callable[[Fraction], int], sign: int, mode: int, flush: bool = False, code: str = "f"
) -> tuple[int, int]:
    """(word, flags) of a magnitude that `compare` knows: -1, 0, 1 when a number is below, equal, above it.

    Finds the neighbours by bisection over bit patterns, which order as their values do.
    """
    bits = FORMATS[code][0]
    infinity = {"e": 0x7C00, "f": INF, "d": 0x7FF << 52}[code]
    negative = sign << bits - 1
    smallest_normal = value({"e": 0x0400, "f": MIN_NORMAL, "d": 1 << 52}[code], code)
    tiny = compare(smallest_normal) > 0
    if tiny and flush:
        return negative, UFC
    limit = 2 * value(infinity - 1, code) - value(infinity - 2, code)
    low, high = 0, infinity
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if compare(value(middle, code)) <= 0 else (low, middle)
    if compare(value(low, code)) == 0:
        return negative | low, 0
    above = limit if high == infinity else value(high, code)
    beyond = high == infinity and compare(limit) <= 0
    if mode == NEAREST:
        middle = compare((value(low, code) + above) / 2)
        up = middle < 0 or (middle == 0 and low & 1 == 1)
    else:
        up = mode == (TO_MINUS if sign else TO_PLUS)
    result = high if up else low
    if result == infinity or beyond:
        return negative | result, OFC | IXC
    return negative | result, IXC | (UFC if tiny else 0)


def rounded_fraction(
    exact: Fraction, mode: int, flush: bool = False, zero_sign: int | None = None, code: str = "f"
) -> tuple[int, int]:
    """(word, flags) of an exact value. `zero_sign` of None: the sign that an exact cancellation has."""
    if exact == 0:
        sign = int(mode == TO_MINUS) if zero_sign is None else zero_sign
        return sign << FORMATS[code][0] - 1, 0
    size = abs(exact)
    return rounded(lambda x: (x > size) - (x < size), int(exact < 0), mode, flush, code)


def rounded_root(square: Fraction, mode: int, code: str = "f") -> tuple[int, int]:
    """(word, flags) of the square root of a positive number."""
    return rounded(lambda x: (x * x > square) - (x * x < square), 0, mode, code=code)
