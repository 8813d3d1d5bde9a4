"""Soft float arithmetic against Fractions in every rounding mode, and against the host's IEEE arithmetic."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from fp_truth import F32, F64, FZ, IDC, Kind, modes, rounded_fraction, rounded_root
from hypothesis import given, settings
from hypothesis import strategies as st

from coincell.isa.float_operations import OPERATIONS

many = settings(max_examples=150, deadline=None)
flushes = st.booleans()
kinds = pytest.mark.parametrize("kind", [F32, F64], ids=["single", "double"])


def run(kind: Kind, name: str, mode: int, flush: bool, *operands: int) -> tuple[int, int]:
    """(result, sticky flags)."""
    control = mode << 22 | (FZ if flush else 0)
    result, fpscr = OPERATIONS[name + kind.suffix](control, *operands)
    assert fpscr & ~0x9F == control, "an operation changes the sticky bits only"
    return result, fpscr & 0x9F


def flushed(kind: Kind, flush: bool, *operands: int) -> tuple[int, tuple[int, ...]]:
    """(IDC or 0, operands) after input flushing."""
    if not flush:
        return 0, operands
    subnormal = [x & kind.infinity == 0 and x & ~kind.minus != 0 for x in operands]
    kept = tuple(x & kind.minus if tiny else x for x, tiny in zip(operands, subnormal, strict=True))
    return (IDC if any(subnormal) else 0), kept


@kinds
@many
@given(st.data(), modes, flushes)
def test_sum_and_difference_are_the_exact_ones_rounded(
    kind: Kind, data: st.DataObject, mode: int, flush: bool
) -> None:
    pair = data.draw(kind.close_pairs)
    flags, (a, b) = flushed(kind, flush, *pair)
    for name, other in (("add", b), ("sub", b ^ kind.minus)):
        both_zero = a & ~kind.minus == 0 == other & ~kind.minus
        zero_sign = a >> kind.bits - 1 if both_zero and a == other else None
        exact = kind.value(a) + kind.value(other)
        word, raised = rounded_fraction(exact, mode, flush, zero_sign, kind.code)
        assert run(kind, name, mode, flush, *pair) == (word, raised | flags)


@kinds
@many
@given(st.data(), modes, flushes)
def test_product_and_quotient_are_the_exact_ones_rounded(
    kind: Kind, data: st.DataObject, mode: int, flush: bool
) -> None:
    x, y = data.draw(kind.finite), data.draw(kind.finite)
    flags, (a, b) = flushed(kind, flush, x, y)
    sign = (a ^ b) >> kind.bits - 1
    word, raised = rounded_fraction(kind.value(a) * kind.value(b), mode, flush, sign, kind.code)
    assert run(kind, "mul", mode, flush, x, y) == (word, raised | flags)
    if kind.value(b):
        word, raised = rounded_fraction(kind.value(a) / kind.value(b), mode, flush, sign, kind.code)
        assert run(kind, "div", mode, flush, x, y) == (word, raised | flags)


@kinds
@many
@given(st.data(), modes)
def test_root_is_the_exact_one_rounded(kind: Kind, data: st.DataObject, mode: int) -> None:
    a = data.draw(kind.finite.map(lambda x: x & ~kind.minus).filter(bool))
    assert run(kind, "sqrt", mode, False, a) == rounded_root(kind.value(a), mode, kind.code)


@st.composite
def fma_operands(draw: st.DrawFn, kind: Kind) -> tuple[int, int, int]:
    """Half of them with an addend that nearly cancels the product."""
    a, b, addend = draw(kind.finite), draw(kind.finite), draw(kind.finite)
    if draw(st.booleans()):
        near, _ = rounded_fraction(-kind.value(a) * kind.value(b), draw(modes), code=kind.code)
        addend = near if kind.is_finite(near) else addend
    return addend, a, b


@kinds
@many
@given(st.data(), modes, flushes)
def test_fused_multiply_add_rounds_once(kind: Kind, data: st.DataObject, mode: int, flush: bool) -> None:
    operands = data.draw(fma_operands(kind))
    flags, (addend, a, b) = flushed(kind, flush, *operands)
    product = kind.value(a) * kind.value(b)
    zero_sign = None
    if product == 0 and (a ^ b) >> kind.bits - 1 == addend >> kind.bits - 1:
        zero_sign = addend >> kind.bits - 1
    word, raised = rounded_fraction(kind.value(addend) + product, mode, flush, zero_sign, kind.code)
    assert run(kind, "fma", mode, flush, *operands) == (word, raised | flags)


@kinds
@many
@given(st.data())
def test_comparison_and_extremes_are_the_host_s(kind: Kind, data: st.DataObject) -> None:
    pair = data.draw(kind.patterns), data.draw(kind.patterns)
    integer = "<I" if kind is F32 else "<Q"
    x, y = (struct.unpack("<" + kind.code, struct.pack(integer, pattern))[0] for pattern in pair)
    expected = 0b1000 if x < y else 0b0110 if x == y else 0b0010 if x > y else 0b0011
    for name in ("compare", "compare_signalling"):
        assert OPERATIONS[name + kind.suffix](0, *pair)[0] == expected
    for name, extreme in (("max", max), ("min", min)):
        result, flags = OPERATIONS[name + kind.suffix](0, *pair)
        if x != x or y != y:
            continue  # in test_cpu_fp_special
        assert flags == 0
        # Equal numbers are the same pattern, but for zeros, of which +0 is the greater.
        keyed = [
            (number, not pattern & kind.minus, pattern) for number, pattern in zip((x, y), pair, strict=True)
        ]
        assert result == extreme(keyed)[2]


HOST = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}


@pytest.mark.parametrize("suffix", ["", ".f64"])
@pytest.mark.parametrize("name", HOST)
def test_nearest_is_the_host_s_arithmetic(name: str, suffix: str) -> None:
    """Random bit patterns of every magnitude; which NaN comes out is the host's own affair."""
    integer, number = (np.uint64, np.float64) if suffix else (np.uint32, np.float32)
    top = np.iinfo(integer).max
    a, b = np.random.default_rng(1).integers(0, top, (2, 4000), dtype=integer, endpoint=True)
    b[::4] = a[::4] ^ b[::4] >> integer(12)
    with np.errstate(all="ignore"):
        expected = HOST[name](a.view(number), b.view(number))
    operation = OPERATIONS[name + suffix]
    ours = np.array(
        [operation(0, x, y)[0] for x, y in zip(a.tolist(), b.tolist(), strict=True)], dtype=integer
    )
    numbers = ~np.isnan(expected)
    assert numbers.sum() > 3000
    assert np.array_equal(ours[numbers], expected.view(integer)[numbers])
    assert np.isnan(ours.view(number)[~numbers]).all()


def test_double_root_is_the_host_s() -> None:
    for number in np.random.default_rng(2).lognormal(0, 200, 500).tolist():
        bits = int.from_bytes(struct.pack("<d", number), "little")
        root = int.from_bytes(struct.pack("<d", math.sqrt(number)), "little")
        assert OPERATIONS["sqrt.f64"](0, bits)[0] == root
