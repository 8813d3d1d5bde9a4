"""Soft float arithmetic against Fractions in every rounding mode, and against the host's IEEE arithmetic."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from fp_truth import (
    FZ,
    IDC,
    INF,
    MINUS,
    close_pairs,
    finite_words,
    modes,
    rounded_fraction,
    rounded_root,
    value,
    words,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from coincell.isa.float_operations import OPERATIONS

many = settings(max_examples=150, deadline=None)
flushes = st.booleans()


def run(name: str, mode: int, flush: bool, *operands: int) -> tuple[int, int]:
    """(result, sticky flags)."""
    control = mode << 22 | (FZ if flush else 0)
    result, fpscr = OPERATIONS[name](control, *operands)
    assert fpscr & ~0x9F == control, "an operation changes the sticky bits only"
    return result, fpscr & 0x9F


def flushed(flush: bool, *operands: int) -> tuple[int, tuple[int, ...]]:
    """(IDC or 0, operands) after input flushing."""
    if not flush:
        return 0, operands
    subnormal = [word & INF == 0 and word & ~MINUS != 0 for word in operands]
    kept = tuple(word & MINUS if tiny else word for word, tiny in zip(operands, subnormal, strict=True))
    return (IDC if any(subnormal) else 0), kept


@many
@given(close_pairs, modes, flushes)
def test_sum_and_difference_are_the_exact_ones_rounded(pair: tuple[int, int], mode: int, flush: bool) -> None:
    flags, (a, b) = flushed(flush, *pair)
    for name, other in (("add", b), ("sub", b ^ MINUS)):
        both_zero = a & ~MINUS == 0 == other & ~MINUS
        zero_sign = a >> 31 if both_zero and a == other else None
        word, raised = rounded_fraction(value(a) + value(other), mode, flush, zero_sign)
        assert run(name, mode, flush, *pair) == (word, raised | flags)


@many
@given(finite_words, finite_words, modes, flushes)
def test_product_is_the_exact_one_rounded(x: int, y: int, mode: int, flush: bool) -> None:
    flags, (a, b) = flushed(flush, x, y)
    word, raised = rounded_fraction(value(a) * value(b), mode, flush, (a ^ b) >> 31)
    assert run("mul", mode, flush, x, y) == (word, raised | flags)


@many
@given(finite_words, finite_words, modes, flushes)
def test_quotient_is_the_exact_one_rounded(x: int, y: int, mode: int, flush: bool) -> None:
    flags, (a, b) = flushed(flush, x, y)
    if value(b):
        word, raised = rounded_fraction(value(a) / value(b), mode, flush, (a ^ b) >> 31)
        assert run("div", mode, flush, x, y) == (word, raised | flags)


@many
@given(finite_words.filter(lambda word: 0 < word < INF), modes)
def test_root_is_the_exact_one_rounded(a: int, mode: int) -> None:
    assert run("sqrt", mode, False, a) == rounded_root(value(a), mode)


@st.composite
def fma_operands(draw: st.DrawFn) -> tuple[int, int, int]:
    """Half of them with an addend that nearly cancels the product."""
    a, b, addend = draw(finite_words), draw(finite_words), draw(finite_words)
    if draw(st.booleans()):
        near, _ = rounded_fraction(-value(a) * value(b), draw(modes))
        addend = near if near & INF != INF else addend
    return addend, a, b


@many
@given(fma_operands(), modes, flushes)
def test_fused_multiply_add_rounds_once(operands: tuple[int, int, int], mode: int, flush: bool) -> None:
    flags, (addend, a, b) = flushed(flush, *operands)
    product = value(a) * value(b)
    zero_sign = None
    if product == 0 and (a ^ b) >> 31 == addend >> 31:
        zero_sign = addend >> 31
    word, raised = rounded_fraction(value(addend) + product, mode, flush, zero_sign)
    assert run("fma", mode, flush, *operands) == (word, raised | flags)


@many
@given(words, words)
def test_comparison_is_the_host_s(a: int, b: int) -> None:
    x, y = (struct.unpack("<f", struct.pack("<I", word))[0] for word in (a, b))
    expected = 0b1000 if x < y else 0b0110 if x == y else 0b0010 if x > y else 0b0011
    for name in ("compare", "compare_signalling"):
        assert OPERATIONS[name](0, a, b)[0] == expected


HOST = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}


@pytest.mark.parametrize("name", HOST)
def test_nearest_is_the_host_s_arithmetic(name: str) -> None:
    """Random bit patterns of every magnitude; which NaN comes out is the host's own affair."""
    a, b = np.random.default_rng(1).integers(0, 1 << 32, (2, 4000), dtype=np.uint32)
    b[::4] = a[::4] ^ b[::4] >> 12
    with np.errstate(all="ignore"):
        expected = HOST[name](a.view(np.float32), b.view(np.float32))
    ours = np.array(
        [OPERATIONS[name](0, x, y)[0] for x, y in zip(a.tolist(), b.tolist(), strict=True)], dtype=np.uint32
    )
    numbers = ~np.isnan(expected)
    assert numbers.sum() > 3000
    assert np.array_equal(ours[numbers], expected.view(np.uint32)[numbers])
    assert np.isnan(ours.view(np.float32)[~numbers]).all()


def test_the_same_code_does_double_precision() -> None:
    """Against Python's floats, which are IEEE doubles."""
    rng = np.random.default_rng(2)
    pairs = [
        (float(a), float(b)) for a, b in rng.normal(size=(500, 2)) * 10.0 ** rng.integers(-160, 150, (500, 2))
    ]

    def bits(number: float) -> int:
        return int.from_bytes(struct.pack("<d", number), "little")

    for a, b in pairs:
        for name, truth in (("add", a + b), ("sub", a - b), ("mul", a * b), ("div", a / b)):
            assert OPERATIONS[name + ".f64"](0, bits(a), bits(b))[0] == bits(truth)
        assert OPERATIONS["sqrt.f64"](0, bits(abs(a)))[0] == bits(math.sqrt(abs(a)))
        product = value(bits(a), "d") * value(bits(b), "d")
        word, raised = rounded_fraction(value(bits(b), "d") + product, 0, code="d")
        assert OPERATIONS["fma.f64"](0, bits(b), bits(a), bits(b)) == (word, raised)
