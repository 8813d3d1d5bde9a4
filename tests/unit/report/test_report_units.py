"""Quantities read as an engineer would write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from coincell.report.units import life, percent, quantity, si, size, span, time_s


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 A"),
        (1, "1.00 A"),
        (0.0123, "12.3 mA"),
        (Fraction(1, 3), "333 mA"),
        (0.9999, "1.00 A"),
        (0.00099999, "1.00 mA"),
        (999.4, "999 A"),
        (999.6, "1.00 kA"),
        (-0.002, "-2.00 mA"),
        (4.5e-6, "4.50 µA"),
        (4.5e-9, "4.50 nA"),
        (64_000_000, "64.0 MA"),
        (1e-15, "1.00e-15 A"),
    ],
)
def test_si(value, text):
    assert si(value, "A") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (90, "1.5 min"),
        (3600, "1.0 hours"),
        (23.9 * 3600, "23.9 hours"),
        (47.9 * 3600, "2.0 days"),
        (2 * 86_400, "2.0 days"),
        (99.9 * 86_400, "99.9 days"),
        (400 * 86_400, "400 days"),
        (3 * 365.25 * 86_400, "3.0 years"),
    ],
)
def test_life(seconds, text):
    assert life(seconds) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0, "0.0 %"), (1, "100 %"), (0.1234, "12 %"), (0.0123, "1.2 %"), (0.0001, "< 0.1 %"), (0.0996, "10 %")],
)
def test_percent(ratio, text):
    assert percent(ratio) == text


def test_times_and_sizes():
    assert time_s(2_034_500_000_000) == "2.034 s"
    assert span(186_500_000_000) == "186 ms"
    assert span(599 * 10**12) == "599 s"
    assert span(1000 * 10**12) == "16.7 min"
    assert span(3600 * 10**12) == "1.0 hours"
    assert size(1023) == "1,023 B"
    assert size(1536) == "1.5 KiB"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "s", "nothing"),
        ("hello", "", "hello"),
        (0.4, "ratio", "40 %"),
        (2048, "bytes", "2.0 KiB"),
        (0.02, "s", "20.0 ms"),
        (864_000, "s", "10.0 days"),
        (0.0123, "A", "12.3 mA"),
        (12_345, "", "12,345"),
    ],
)
def test_quantity(value, unit, text):
    assert quantity(value, unit) == text
