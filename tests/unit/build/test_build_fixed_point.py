"""Scales as integers: closed forms and hand-made values."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coincell.build import fixed_point as fp


@given(st.floats(1e-8, 1e6))
def test_multiplier_is_within_half_a_bit(real):
    multiplier, shift = fp.quantize_multiplier(real)
    assert 1 << 30 <= multiplier < 1 << 31
    exact = Fraction(real)
    assert abs(Fraction(multiplier) * Fraction(2) ** (shift - 31) - exact) <= exact / 2**31


@pytest.mark.parametrize(
    ("real", "expected"),
    [
        (1.0, (1 << 30, 1)),
        (0.5, (1 << 30, 0)),
        (0.0, (0, 0)),
        (2.0**-40, (0, 0)),
        (1 - 2.0**-40, (1 << 30, 1)),
    ],
)
def test_multipliers_by_hand(real, expected):
    assert fp.quantize_multiplier(real) == expected


def test_activation_ranges():
    assert fp.activation_range(0, 0.1, 5) == (-128, 127)
    assert fp.activation_range(1, 0.1, 5) == (5, 127)
    assert fp.activation_range(1, 0.1, -128) == (-128, 127)
    assert fp.activation_range(3, 0.1, -100) == (-100, -40)
    assert fp.activation_range(2, 0.25, 0) == (-4, 4)


@pytest.mark.parametrize("value", [0.5, 1.5, 2.5, -0.5, -1.5, 0.49, -2.51])
def test_halves_go_away_from_zero(value):
    nearest = fp.round_half_away(value)
    assert abs(nearest - value) <= 0.5
    if abs(value) % 1 == 0.5:
        assert abs(nearest) > abs(value)


@given(st.floats(0.001, 10), st.integers(1, 4096))
def test_mean_multiplier_divides(ratio, count):
    multiplier, shift = fp.mean_multiplier(ratio, 1.0, count)
    value = multiplier * 2.0 ** (shift - 31)
    assert value == pytest.approx(ratio / count, rel=2**-28)
    assert shift >= -31


def test_softmax_of_a_small_scale_counts_every_difference():
    multiplier, shift, smallest = fp.softmax_parameters(1.0, 1 / 256)
    assert multiplier * 2.0 ** (shift - 31) == pytest.approx(2**26 / 256)
    assert smallest == -(31 * 2**26 >> shift)
