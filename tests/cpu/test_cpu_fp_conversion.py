"""Conversions against Python's integers, Fractions and numpy's half precision."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from fp_truth import (
    AHP,
    DN,
    EDGES,
    F32,
    F64,
    FZ,
    IDC,
    INF,
    IOC,
    IXC,
    MINUS,
    NEAREST,
    QNAN,
    SNAN,
    TO_MINUS,
    TO_PLUS,
    TO_ZERO,
    Kind,
    modes,
    rounded_fraction,
    value,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from coincell.isa.float_operations import OPERATIONS

many = settings(max_examples=150, deadline=None)
kinds = pytest.mark.parametrize("kind", [F32, F64], ids=["single", "double"])


def to_nearest_away(exact: Fraction) -> int:
    return int(math.copysign(math.floor(abs(exact) + Fraction(1, 2)), exact))


TO_INTEGER = {NEAREST: round, TO_PLUS: math.ceil, TO_MINUS: math.floor, TO_ZERO: math.trunc}
NAMED = {
    "_nearest": round,
    "_plus": math.ceil,
    "_minus": math.floor,
    "_zero": math.trunc,
    "_away": to_nearest_away,
}
"""What follows an operation's name -> its rounding."""
RANGES = {
    "s32": (-(2**31), 2**31 - 1),
    "u32": (0, 2**32 - 1),
    "s16": (-(2**15), 2**15 - 1),
    "u16": (0, 65535),
}
integers = st.integers(0, 0xFFFFFFFF) | st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0x1000001, 0x1000003])


def near_integers(kind: Kind) -> st.SearchStrategy[int]:
    """Numbers about the size of integers, and halves of them."""
    floats = st.floats(-(2.0**33), 2.0**33, width=32) | st.floats(-70000, 70000, width=32)
    halves = st.integers(-200, 200).map(lambda n: n / 2)
    integer = "<I" if kind is F32 else "<Q"
    pack = st.builds(lambda x: struct.unpack(integer, struct.pack("<" + kind.code, x))[0], floats | halves)
    return kind.finite | pack | pack.map(lambda x: x ^ 1)


def as_integer(exact: Fraction, kind: str, rounding: Callable[[Fraction], int]) -> tuple[int, int]:
    """(word, flags): saturation is invalid and hides inexact."""
    whole = rounding(exact)
    low, high = RANGES[kind]
    if not low <= whole <= high:
        return (low if whole < low else high) & 0xFFFFFFFF, IOC
    return whole & 0xFFFFFFFF, IXC if whole != exact else 0


@kinds
@many
@given(st.data(), modes, st.sampled_from(["s32", "u32"]))
def test_to_integer(kind: Kind, data: st.DataObject, mode: int, target: str) -> None:
    a, control = data.draw(near_integers(kind)), mode << 22
    for suffix, rounding in {"": TO_INTEGER[mode], **NAMED}.items():
        word, flags = as_integer(kind.value(a), target, rounding)
        assert OPERATIONS[f"to_{target}{suffix}{kind.suffix}"](control, a) == (word, control | flags)


@kinds
@many
@given(st.data(), modes)
def test_to_integral(kind: Kind, data: st.DataObject, mode: int) -> None:
    """The sign stays, of zeros too; only VRINTX's operation records that it was inexact."""
    a, control = data.draw(near_integers(kind)), mode << 22
    for suffix, rounding in {"": TO_INTEGER[mode], "_exact": TO_INTEGER[mode], **NAMED}.items():
        whole = Fraction(rounding(kind.value(a)))
        word, _ = rounded_fraction(whole, mode, zero_sign=a >> kind.bits - 1, code=kind.code)
        flags = IXC if suffix == "_exact" and whole != kind.value(a) else 0
        assert OPERATIONS[f"integral{suffix}{kind.suffix}"](control, a) == (word, control | flags)


@kinds
@many
@given(st.data(), modes, st.sampled_from(list(RANGES)))
def test_to_fixed_point_goes_towards_zero(kind: Kind, data: st.DataObject, mode: int, target: str) -> None:
    a, fraction_bits = data.draw(near_integers(kind)), data.draw(st.integers(0, int(target[1:])))
    word, flags = as_integer(kind.value(a) * 2**fraction_bits, target, math.trunc)
    operation = OPERATIONS[f"to_fixed_{target}{kind.suffix}"]
    assert operation(mode << 22, a, fraction_bits) == (word, mode << 22 | flags)


@kinds
@many
@given(integers, modes, st.sampled_from(["s32", "u32"]))
def test_from_integer_rounds_as_fpscr_says(kind: Kind, word: int, mode: int, source: str) -> None:
    exact = Fraction(word - (1 << 32) if source == "s32" and word >> 31 else word)
    result, flags = rounded_fraction(exact, mode, zero_sign=0, code=kind.code)
    assert OPERATIONS[f"from_{source}{kind.suffix}"](mode << 22, word) == (result, mode << 22 | flags)


@kinds
@many
@given(integers, modes, st.sampled_from(list(RANGES)), st.data())
def test_from_fixed_point_goes_to_nearest(
    kind: Kind, word: int, mode: int, source: str, data: st.DataObject
) -> None:
    bits = int(source[1:])
    fraction_bits = data.draw(st.integers(0, bits))
    whole = word % (1 << bits)
    if source[0] == "s" and whole >> bits - 1:
        whole -= 1 << bits
    result, flags = rounded_fraction(Fraction(whole, 2**fraction_bits), NEAREST, zero_sign=0, code=kind.code)
    operation = OPERATIONS[f"from_fixed_{source}{kind.suffix}"]
    assert operation(mode << 22, word, fraction_bits) == (result, mode << 22 | flags)


@kinds
@pytest.mark.parametrize("target", RANGES)
@pytest.mark.parametrize("prefix", ["to_", "to_fixed_"])
def test_infinities_saturate_and_nan_is_zero(prefix: str, target: str, kind: Kind) -> None:
    if prefix == "to_" and target.endswith("16"):
        return
    operands = (0,) if "fixed" in prefix else ()
    low, high = RANGES[target]
    convert = OPERATIONS[prefix + target + kind.suffix]
    assert convert(0, kind.infinity, *operands) == (high, IOC)
    assert convert(0, kind.infinity | kind.minus, *operands) == (low & 0xFFFFFFFF, IOC)
    for nan in (kind.infinity | 1, kind.infinity | kind.infinity >> 1 | kind.minus):
        assert convert(0, nan, *operands) == (0, IOC)


# ---- between formats --------------------------------------------------------------------------------


@many
@given(F64.finite | st.sampled_from(EDGES).map(lambda a: OPERATIONS["from_single.f64"](0, a)[0]), modes)
def test_double_to_single(a: int, mode: int) -> None:
    if not F64.is_finite(a):
        return
    for flush in (False, True):
        subnormal = a & F64.infinity == 0 and a & ~F64.minus != 0
        operand, flags = (a & F64.minus, IDC) if flush and subnormal else (a, 0)
        word, raised = rounded_fraction(F64.value(operand), mode, flush, zero_sign=a >> 63)
        control = mode << 22 | (FZ if flush else 0)
        assert OPERATIONS["to_single.f64"](control, a) == (word, control | flags | raised)


@many
@given(F32.finite, modes)
def test_single_to_double_is_exact(a: int, mode: int) -> None:
    double, fpscr = OPERATIONS["from_single.f64"](mode << 22, a)
    assert (F64.value(double), double >> 63) == (F32.value(a), a >> 31)
    assert fpscr == mode << 22


@pytest.mark.parametrize(
    ("control", "single", "double", "flags"),
    [
        (0, QNAN, 0x7FF82468A0000000, 0),
        (0, SNAN | MINUS, 0xFFF8A86420000000 | 1 << 51, IOC),
        (DN, SNAN | MINUS, 0x7FF8000000000000, IOC),
        (AHP, INF | MINUS, 0xFFF0000000000000, 0),
        (FZ, 0x80000001, 1 << 63, IDC),
        (FZ, 0x80000000, 1 << 63, 0),
    ],
)
def test_single_to_double_of_what_is_no_number(control: int, single: int, double: int, flags: int) -> None:
    """FPSingleToDouble: a NaN keeps sign and payload; AHP is about halves only."""
    assert OPERATIONS["from_single.f64"](control, single) == (double, control | flags)
    if flags == 0:
        assert OPERATIONS["to_single.f64"](control, double) == (single, control)


@many
@given(st.integers(0x3E40000000000000, 0x40F1000000000000), st.integers(0, 1), modes, st.booleans())
def test_double_to_half_rounds_once(size: int, sign: int, mode: int, flush: bool) -> None:
    """Rounding to single on the way would round some ties the wrong way."""
    a, control = size | sign << 63, mode << 22 | (FZ if flush else 0)
    word, flags = rounded_fraction(F64.value(a), mode, code="e")
    assert OPERATIONS["to_half.f64"](control, a) == (word, control | flags)


def test_double_to_half_at_a_tie() -> None:
    """Just above the middle of two halves, by less than a single can tell."""
    just_above = 0x3FF0020000000001
    assert OPERATIONS["to_half.f64"](0, just_above) == (0x3C01, IXC)
    assert OPERATIONS["to_half.f64"](0, just_above - 1) == (0x3C00, IXC)


def test_half_to_double_is_half_to_single_to_double() -> None:
    for half in range(0, 1 << 16, 7):
        for control in (0, AHP, DN | FZ):
            single, flags = OPERATIONS["from_half"](control, half)
            double, more = OPERATIONS["from_single.f64"](control, single)
            assert OPERATIONS["from_half.f64"](control, half) == (double, flags | more)


def test_every_half_becomes_its_single() -> None:
    """numpy keeps payloads and leaves signalling NaNs be; Arm makes them quiet and says so."""
    halves = np.arange(1 << 16, dtype=np.uint16)
    expected = halves.view(np.float16).astype(np.float32).view(np.uint32)
    for half, single in zip(halves.tolist(), expected.tolist(), strict=True):
        signalling = half & 0x7FFF > 0x7C00 and not half & 0x200
        result = OPERATIONS["from_half"](FZ, half | 0xABCD0000)
        assert result == (single | signalling << 22, FZ | signalling), hex(half)


def test_every_alternative_half_is_a_number() -> None:
    """AHP: the largest exponent is one more binade (DDI 0403E, A2.5.3)."""
    for half in range(1 << 16):
        if half & 0x7C00 == 0x7C00:
            number = (1 + Fraction(half & 0x3FF, 1024)) * 2**16
            expected, _ = rounded_fraction(-number if half >> 15 else number, NEAREST)
            assert OPERATIONS["from_half"](AHP, half) == (expected, AHP)
        elif half % 37 == 0:
            assert OPERATIONS["from_half"](AHP, half) == (OPERATIONS["from_half"](0, half)[0], AHP)


def test_to_half_to_nearest_is_numpy_s() -> None:
    rng = np.random.default_rng(3)
    singles = rng.integers(0x32000000, 0x48000000, 8000, dtype=np.uint32) | rng.integers(
        0, 2, 8000, dtype=np.uint32
    ) << np.uint32(31)
    singles[::3] &= 0xFFFFF000  # ties
    with np.errstate(over="ignore"):
        expected = singles.view(np.float32).astype(np.float16).view(np.uint16)
    for single, half in zip(singles.tolist(), expected.tolist(), strict=True):
        assert OPERATIONS["to_half"](0, single)[0] == half


half_ranged = st.builds(
    lambda sign, magnitude: sign << 31 | magnitude, st.integers(0, 1), st.integers(0x32000000, 0x48800000)
)


@many
@given(half_ranged, modes, st.booleans())
def test_to_half_in_every_mode_and_flags(a: int, mode: int, flush: bool) -> None:
    """Flush-to-zero does not touch half-precision results."""
    control = mode << 22 | (FZ if flush else 0)
    word, flags = rounded_fraction(value(a), mode, code="e")
    assert OPERATIONS["to_half"](control, a) == (word, control | flags)


@many
@given(half_ranged, modes)
def test_to_alternative_half(a: int, mode: int) -> None:
    """Below 2**16 as IEEE but without overflow to infinity; from 2**17 on saturated and invalid."""
    control = mode << 22 | AHP
    sign, size = a >> 31, abs(value(a))
    if size < 65504:
        word, flags = rounded_fraction(value(a), mode, code="e")
        assert OPERATIONS["to_half"](control, a) == (word, control | flags)
    elif size < 2**17:
        # Units of the top binades: exact multiples tell the pattern.
        unit = 32 if size < 2**16 else 64
        whole = TO_INTEGER[mode](value(a) / unit) * unit
        pattern = OPERATIONS["from_half"](AHP, OPERATIONS["to_half"](control, a)[0])[0]
        assert value(pattern) == max(-131008, min(131008, whole))
    else:
        assert OPERATIONS["to_half"](control, a) == (sign << 15 | 0x7FFF, control | IOC)


@pytest.mark.parametrize(
    ("control", "single", "half", "flags"),
    [
        (0, QNAN, 0x7E09, 0),
        (0, SNAN | MINUS, 0xFE2A, IOC),
        (DN, SNAN | MINUS, 0x7E00, IOC),
        (DN, QNAN | MINUS, 0x7E00, 0),
        (AHP, QNAN | MINUS, 0x8000, IOC),
        (AHP, SNAN, 0x0000, IOC),
        (AHP, INF, 0x7FFF, IOC),
        (AHP, INF | MINUS, 0xFFFF, IOC),
        (0, INF | MINUS, 0xFC00, 0),
        (0, MINUS, 0x8000, 0),
    ],
)
def test_to_half_of_what_is_not_a_number(control: int, single: int, half: int, flags: int) -> None:
    """FPSingleToHalf (DDI 0403E): nine bits of payload stay; the alternative format has neither."""
    assert OPERATIONS["to_half"](control, single) == (half, control | flags)
