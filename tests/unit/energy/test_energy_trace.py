"""Figures taken from a trace, against brute force."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coincell.energy.trace import merge

STEPS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 9)), max_size=8)


def sampled(steps, end):
    levels = np.zeros(end, dtype=int)
    for start, stop, level in steps:
        levels[start : max(start, stop)] += level
    return levels


@settings(deadline=None)
@given(STEPS, st.integers(1, 70))
def test_merge_peak_mean_and_longest(steps, window):
    steps = [(min(a, b), max(a, b), level) for a, b, level in steps]
    trace, levels = merge(steps, [], 1000, 60), sampled(steps, 60)
    assert trace.peak_a == Fraction(int(levels.max()), 1000)
    width = min(window, 60)
    means = [int(levels[n : n + width].sum()) for n in range(60 - width + 1)]
    assert trace.highest_mean_a(window) == Fraction(max(means), 1000 * width)
    longest = run = 0
    for level in levels:
        run = run + 1 if level > 3 else 0
        longest = max(longest, run)
    assert trace.longest_above_ps(Fraction(3, 1000)) == longest
    times, amperes = trace.arrays()
    assert len(times) == len(amperes) == len(trace.times_ps)
