"""The current at the battery over time: a step function and the charges of events, exact and exportable."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from coincell.simtime import PS_PER_S


@dataclass(frozen=True)
class Trace:
    """From `times_ps[i]` until the next time (or `end_ps`), `levels[i] / unit` amperes flow."""

    times_ps: tuple[int, ...]
    levels: tuple[int, ...]
    unit: int
    """Levels are in 1/unit ampere, so that they are integers."""
    end_ps: int
    impulses: tuple[tuple[int, Fraction], ...]
    """(time [ps], charge [C]) of events, which take no time."""

    @property
    def peak_a(self) -> Fraction:
        """The highest level [A]."""
        return Fraction(max(self.levels, default=0), self.unit)

    def longest_above_ps(self, current_a: Fraction) -> int:
        """The longest time without a break [ps] for which more than `current_a` flows."""
        limit = current_a * self.unit
        longest, since = 0, None
        for time, level in zip((*self.times_ps, self.end_ps), (*self.levels, -1), strict=True):
            if level > limit:
                since = time if since is None else since
            elif since is not None:
                longest, since = max(longest, time - since), None
        return longest

    def highest_mean_a(self, window_ps: int) -> Fraction:
        """The largest current averaged over `window_ps` [A]; over the whole trace when that is shorter.

        The mean over a sliding window is largest when it begins or ends at a step.
        """
        window = min(window_ps, self.end_ps)
        if window <= 0:
            return self.peak_a
        bounds = [*self.times_ps, self.end_ps]
        sums = [0]
        for (start, end), level in zip(pairwise(bounds), self.levels, strict=True):
            sums.append(sums[-1] + level * (end - start))

        def until(time: int) -> int:
            index = min(bisect_right(bounds, time), len(self.levels)) - 1
            return sums[index] + self.levels[index] * (time - bounds[index])

        starts = {min(t, self.end_ps - window) for t in bounds} | {max(0, t - window) for t in bounds}
        best = max(until(start + window) - until(start) for start in starts)
        return Fraction(best, self.unit * window)

    def arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times [s] and currents [A], for plotting."""
        times = np.array(self.times_ps, dtype=np.float64) / PS_PER_S
        return times, np.array([level / self.unit for level in self.levels], dtype=np.float64)

    def write_csv(self, file: TextIO) -> None:
        """Rows of time, current in exact units and in amperes, and charge of events.

        The comment line gives the unit: `current_units / unit` is the current [A], without rounding.
        """
        file.write(f"# unit={self.unit} end_ps={self.end_ps}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["time_ps", "current_units", "current_a", "event_charge_c"])
        rows: list[tuple[int, int, list[object]]] = [
            (time, 0, [time, level, repr(level / self.unit), ""])
            for time, level in zip(self.times_ps, self.levels, strict=True)
        ]
        rows += [(time, 1, [time, "", "", str(charge)]) for time, charge in self.impulses]
        writer.writerows(row for _, _, row in sorted(rows, key=lambda item: item[:2]))


def merge(
    steps: Iterable[tuple[int, int, int]],
    impulses: Iterable[tuple[int, Fraction]],
    unit: int,
    end_ps: int,
) -> Trace:
    """Add up components' stretches (start [ps], end [ps], level) to one step function."""
    change: dict[int, int] = {0: 0}
    for start, end, level in steps:
        if level:
            change[start] = change.get(start, 0) + level
            change[end] = change.get(end, 0) - level
    times: list[int] = []
    levels: list[int] = []
    total = 0
    for time in sorted(t for t in change if t < end_ps):
        total += change[time]
        if not levels or levels[-1] != total:
            times.append(time)
            levels.append(total)
    return Trace(tuple(times), tuple(levels), unit, end_ps, tuple(sorted(impulses)))
