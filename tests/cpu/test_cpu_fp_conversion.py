"""Conversions against Python's integers, Fractions and numpy's half precision."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import numpy as np
import pytest
from fp_truth import (
    AHP,
    DN,
    FZ,
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
    finite_words,
    modes,
    rounded_fraction,
    value,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from coincell.isa.float_operations import OPERATIONS

many = settings(max_examples=150, deadline=None)
TO_INTEGER = {NEAREST: round, TO_PLUS: math.ceil, TO_MINUS: math.floor, TO_ZERO: math.trunc}
RANGES = {
    "s32": (-(2**31), 2**31 - 1),
    "u32": (0, 2**32 - 1),
    "s16": (-(2**15), 2**15 - 1),
    "u16": (0, 65535),
}
near_integers = st.builds(
    lambda number: struct.unpack("<I", struct.pack("<f", number))[0],
    st.floats(-(2.0**33), 2.0**33, width=32) | st.floats(-70000, 70000, width=32),
)
integers = st.integers(0, 0xFFFFFFFF) | st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0x1000001, 0x1000003])


def as_integer(exact: Fraction, kind: str, mode: int) -> tuple[int, int]:
    """(word, flags): saturation is invalid and hides inexact."""
    whole = TO_INTEGER[mode](exact)
    low, high = RANGES[kind]
    if not low <= whole <= high:
        return (low if whole < low else high) & 0xFFFFFFFF, IOC
    return whole & 0xFFFFFFFF, IXC if whole != exact else 0


@many
@given(finite_words | near_integers, modes, st.sampled_from(["s32", "u32"]))
def test_to_integer(a: int, mode: int, kind: str) -> None:
    control = mode << 22
    word, flags = as_integer(value(a), kind, mode)
    assert OPERATIONS[f"to_{kind}"](control, a) == (word, control | flags)
    word, flags = as_integer(value(a), kind, TO_ZERO)
    assert OPERATIONS[f"to_{kind}_zero"](control, a) == (word, control | flags)


@many
@given(finite_words | near_integers, modes, st.sampled_from(list(RANGES)), st.data())
def test_to_fixed_point_goes_towards_zero(a: int, mode: int, kind: str, data: st.DataObject) -> None:
    fraction_bits = data.draw(st.integers(0, int(kind[1:])))
    word, flags = as_integer(value(a) * 2**fraction_bits, kind, TO_ZERO)
    assert OPERATIONS[f"to_fixed_{kind}"](mode << 22, a, fraction_bits) == (word, mode << 22 | flags)


@many
@given(integers, modes, st.sampled_from(["s32", "u32"]))
def test_from_integer_rounds_as_fpscr_says(word: int, mode: int, kind: str) -> None:
    exact = Fraction(word - (1 << 32) if kind == "s32" and word >> 31 else word)
    result, flags = rounded_fraction(exact, mode, zero_sign=0)
    assert OPERATIONS[f"from_{kind}"](mode << 22, word) == (result, mode << 22 | flags)


@many
@given(integers, modes, st.sampled_from(list(RANGES)), st.data())
def test_from_fixed_point_goes_to_nearest(word: int, mode: int, kind: str, data: st.DataObject) -> None:
    bits = int(kind[1:])
    fraction_bits = data.draw(st.integers(0, bits))
    whole = word % (1 << bits)
    if kind[0] == "s" and whole >> bits - 1:
        whole -= 1 << bits
    result, flags = rounded_fraction(Fraction(whole, 2**fraction_bits), NEAREST, zero_sign=0)
    assert OPERATIONS[f"from_fixed_{kind}"](mode << 22, word, fraction_bits) == (result, mode << 22 | flags)


@pytest.mark.parametrize("kind", RANGES)
@pytest.mark.parametrize("prefix", ["to_", "to_fixed_"])
def test_infinities_saturate_and_nan_is_zero(prefix: str, kind: str) -> None:
    if prefix == "to_" and kind.endswith("16"):
        return
    operands = (0,) if "fixed" in prefix else ()
    low, high = RANGES[kind]
    convert = OPERATIONS[prefix + kind]
    assert convert(0, INF, *operands) == (high, IOC)
    assert convert(0, INF | MINUS, *operands) == (low & 0xFFFFFFFF, IOC)
    assert convert(0, QNAN, *operands) == convert(0, SNAN | MINUS, *operands) == (0, IOC)


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
