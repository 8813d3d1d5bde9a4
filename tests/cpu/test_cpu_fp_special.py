"""NaNs, infinities, zeros and FPSCR controls, written out from the manual's pseudocode (DDI 0403E)."""

from __future__ import annotations

import pytest
from fp_truth import (
    DN,
    DZC,
    F32,
    F64,
    FZ,
    IDC,
    INF,
    IOC,
    IXC,
    MAX,
    MIN_NORMAL,
    MINUS,
    NAN,
    OFC,
    ONE,
    QNAN,
    SNAN,
    TINY,
    UFC,
    Kind,
)

from coincell.isa.float_operations import OPERATIONS

QUIETED = SNAN | 0x00400000
HALF_OF_MIN = 0x00400000
TWO = 0x40000000
PLUS, DOWN, ZERO = 1 << 22, 2 << 22, 3 << 22


WIDE = {
    MAX: 0x7FEFFFFFFFFFFFFF,
    MIN_NORMAL: 1 << 52,
    HALF_OF_MIN: 1 << 51,
    TINY: 1,
    0x00FFFFFF: (1 << 53) - 1,
}
"""Magnitudes at the borders of singles -> those at the borders of doubles."""

kinds = pytest.mark.parametrize("kind", [F32, F64], ids=["single", "double"])


def pattern(kind: Kind, single: int) -> int:
    """What has this single's place in the format: same number, same NaN, or same border."""
    if kind is F32:
        return single
    magnitude = single & ~MINUS
    exponent = {0: 0, 255: 0x7FF}.get(magnitude >> 23, (magnitude >> 23) + 896)
    return (single >> 31) << 63 | WIDE.get(magnitude, exponent << 52 | (magnitude & 0x7FFFFF) << 29)


def check(kind: Kind, name: str, control: int, operands: tuple[int, ...], result: int, flags: int) -> None:
    """`operands` and `result` are singles, which stand for their counterparts in the format."""
    operation = OPERATIONS[name + kind.suffix]
    values = [
        pattern(kind, x) if bits == kind.bits else x
        for x, bits in zip(operands, operation.operands, strict=True)
    ]
    expected = pattern(kind, result) if operation.result == kind.bits else result
    assert operation(control, *values) == (expected, control | flags)


@kinds
@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "max", "min"])
def test_nan_propagation(name: str, kind: Kind) -> None:
    """FPProcessNaNs: the first signalling, made quiet, then the first quiet; signs and payloads stay."""
    if name not in ("max", "min"):
        check(kind, name, 0, (QNAN, ONE), QNAN, 0)
        check(kind, name, 0, (ONE, QNAN), QNAN, 0)
        check(kind, name, DN, (QNAN | MINUS, ONE), NAN, 0)
        check(kind, name, FZ, (QNAN, TINY), QNAN, IDC)
    check(kind, name, 0, (QNAN | MINUS, QNAN), QNAN | MINUS, 0)
    check(kind, name, 0, (QNAN, SNAN | MINUS), QUIETED | MINUS, IOC)
    check(kind, name, 0, (SNAN, SNAN | MINUS), QUIETED, IOC)
    check(kind, name, DN, (ONE, SNAN | MINUS), NAN, IOC)


@kinds
@pytest.mark.parametrize("name", ["max", "min"])
def test_a_number_outranks_a_quiet_nan(name: str, kind: Kind) -> None:
    """FPMaxNum, FPMinNum: IEEE 754-2008's maxNum and minNum."""
    for number in (ONE, INF | MINUS, 0, MINUS, TINY):
        check(kind, name, 0, (number, QNAN), number, 0)
        check(kind, name, DN, (QNAN | MINUS, number), number, 0)
    check(kind, name, FZ, (QNAN, TINY | MINUS), MINUS, IDC)
    check(kind, name, 0, (0, MINUS), 0 if name == "max" else MINUS, 0)
    check(kind, name, 0, (MINUS, 0), 0 if name == "max" else MINUS, 0)
    check(kind, name, FZ, (TINY | MINUS, 0), 0 if name == "max" else MINUS, IDC)


@kinds
@pytest.mark.parametrize(
    "name",
    ["integral", "integral_exact", *(f"integral_{d}" for d in ("away", "nearest", "plus", "minus", "zero"))],
)
def test_integral_numbers_of_what_is_none(name: str, kind: Kind) -> None:
    """FPRoundInt."""
    for same in (0, MINUS, INF, INF | MINUS, MAX, QNAN | MINUS):
        check(kind, name, 0, (same,), same, 0)
    check(kind, name, 0, (SNAN,), QUIETED, IOC)
    check(kind, name, DN, (QNAN | MINUS,), NAN, 0)
    check(kind, name, FZ, (TINY | MINUS,), MINUS, IDC)


@pytest.mark.parametrize(
    ("name", "operands", "result", "flags"),
    [
        ("add", (INF, INF | MINUS), NAN, IOC),
        ("sub", (INF, INF), NAN, IOC),
        ("sub", (INF, INF | MINUS), INF, 0),
        ("add", (MAX, INF | MINUS), INF | MINUS, 0),
        ("mul", (INF | MINUS, 0), NAN, IOC),
        ("mul", (INF | MINUS, ONE), INF | MINUS, 0),
        ("div", (0, MINUS), NAN, IOC),
        ("div", (INF, INF), NAN, IOC),
        ("div", (ONE, MINUS), INF | MINUS, DZC),
        ("div", (INF, MINUS), INF | MINUS, 0),
        ("div", (MINUS, INF), MINUS, 0),
        ("sqrt", (MINUS,), MINUS, 0),
        ("sqrt", (INF,), INF, 0),
        ("sqrt", (ONE | MINUS,), NAN, IOC),
        ("sqrt", (INF | MINUS,), NAN, IOC),
        ("sqrt", (SNAN,), QUIETED, IOC),
        ("fma", (0, INF, 0), NAN, IOC),
        ("fma", (QNAN, INF, 0), NAN, IOC),
        ("fma", (QNAN, ONE, 0), QNAN, 0),
        ("fma", (QNAN, ONE, QNAN | MINUS), QNAN, 0),
        ("fma", (SNAN, INF, 0), QUIETED, IOC),
        ("fma", (QNAN, SNAN, QNAN), QUIETED, IOC),
        ("fma", (INF | MINUS, INF, ONE), NAN, IOC),
        ("fma", (INF, INF, ONE), INF, 0),
        ("fma", (MINUS, MINUS, ONE), MINUS, 0),
        ("compare", (QNAN, ONE), 0b0011, 0),
        ("compare", (ONE, SNAN), 0b0011, IOC),
        ("compare_signalling", (QNAN, ONE), 0b0011, IOC),
        ("compare", (0, MINUS), 0b0110, 0),
        ("compare", (INF | MINUS, MAX | MINUS), 0b1000, 0),
    ],
)
@kinds
def test_special_operands(kind: Kind, name: str, operands: tuple[int, ...], result: int, flags: int) -> None:
    check(kind, name, 0, operands, result, flags)


@pytest.mark.parametrize(
    ("name", "control", "operands", "result", "flags"),
    [
        # Overflow rounds to infinity or to the largest number, as the mode looks away from zero or not.
        ("add", 0, (MAX, MAX), INF, OFC | IXC),
        ("add", PLUS, (MAX, MAX), INF, OFC | IXC),
        ("add", DOWN, (MAX, MAX), MAX, OFC | IXC),
        ("add", ZERO, (MAX | MINUS, MAX | MINUS), MAX | MINUS, OFC | IXC),
        ("add", PLUS, (MAX | MINUS, MAX | MINUS), MAX | MINUS, OFC | IXC),
        ("add", ZERO, (MAX, TINY), MAX, IXC),
        # An exact cancellation is -0 only towards minus infinity.
        ("sub", 0, (ONE, ONE), 0, 0),
        ("sub", DOWN, (ONE, ONE), MINUS, 0),
        # Underflow only when inexact; flushing sets UFC and not IXC.
        ("div", 0, (MIN_NORMAL, TWO), HALF_OF_MIN, 0),
        ("div", 0, (TINY, TWO), 0, UFC | IXC),
        ("div", PLUS, (TINY, TWO), TINY, UFC | IXC),
        ("div", FZ, (MIN_NORMAL | MINUS, TWO), MINUS, UFC),
        ("add", FZ, (HALF_OF_MIN, HALF_OF_MIN), 0, IDC),
        ("mul", FZ, (TINY, INF), NAN, IDC | IOC),
        ("div", FZ, (ONE, TINY | MINUS), INF | MINUS, IDC | DZC),
        ("sqrt", FZ, (TINY | MINUS,), MINUS, IDC),
        ("compare", FZ, (TINY, MINUS), 0b0110, IDC),
        # Tininess is judged before rounding: this rounds up to the smallest normal number.
        ("mul", 0, (0x00FFFFFF, 0x3F000000), MIN_NORMAL, UFC | IXC),
        ("mul", FZ, (0x00FFFFFF, 0x3F000000), 0, UFC),
        ("to_s32", FZ, (TINY,), 0, IDC),
        ("to_half", FZ, (TINY,), 0, IDC),
        ("from_half", FZ, (0x0001,), 0x33800000, 0),
    ],
)
@kinds
def test_controls(
    kind: Kind, name: str, control: int, operands: tuple[int, ...], result: int, flags: int
) -> None:
    check(kind, name, control, operands, result, flags)


def test_flags_are_sticky_and_the_rest_of_fpscr_stays() -> None:
    before = 0xA0000000 | DZC | OFC
    assert OPERATIONS["add"](before, ONE, TWO) == (0x40400000, before)
    assert OPERATIONS["div"](before, ONE, 0x40400000) == (0x3EAAAAAB, before | IXC)
