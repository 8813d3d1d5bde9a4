"""A signal looked at: a stretch of it, its numbers, and what is said of it in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, log10

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from coincell.errors import InputError
from coincell.ports import Label, Samples, Signal
from coincell.report.style import DIM, add, facts, section, table
from coincell.report.units import quantity, si

_WHOLE_S = 30.0
"""A signal whose labels end by then is looked at as a whole."""
_USUAL_SAMPLES = 4000
_FAST_S = 2
_SLOW_HZ = 1.0
_FEWEST = 16
"""Samples of a look: fewer have no spectrum."""
_UNLABELLED_S = 10.0
_MOST_NUMBERS = 1 << 25
"""Samples times channels of one look: 256 MiB."""
_ROWS = 12
_PREFIXED = ("g", "V", "A", "Pa", "N", "T", "rad/s")
_AXES = ("x", "y", "z")


@dataclass(frozen=True)
class Look:
    """Samples of `signal` from `start_s` [s] on, shape (count, n_channels)."""

    name: str
    description: str
    seed: int
    signal: Signal
    start_s: float
    samples: Samples

    @property
    def duration_s(self) -> float:
        """How long it looks [s]."""
        return len(self.samples) / float(self.signal.rate_hz)

    @property
    def labels(self) -> list[Label]:
        """Labels that hold at some time of the look."""
        end_s = self.start_s + self.duration_s
        return [x for x in self.signal.labels if x.start_s < end_s and x.end_s > self.start_s]

    @property
    def whole_s(self) -> float:
        """How long the signal's labels last [s], or the look where that is longer."""
        ends = [label.end_s for label in self.signal.labels]
        return max([self.start_s + self.duration_s, *ends])


def look(
    name: str,
    description: str,
    seed: int,
    signal: Signal,
    start_s: Fraction | None = None,
    duration_s: Fraction | None = None,
) -> Look:
    """Look at `signal`; without `start_s` or `duration_s`, where there is something to see.

    Raises InputError for more than fits.
    """
    rate = signal.rate_hz
    length = usual_s(signal) if duration_s is None else duration_s
    start = _first_event(signal, length) if start_s is None else start_s
    count = max(_FEWEST, round(length * rate))
    if count * signal.n_channels > _MOST_NUMBERS:
        raise InputError(
            "that is more than one look can hold",
            where="--for",
            value=f"{count:,} samples",
            allowed=[f"up to {_MOST_NUMBERS // signal.n_channels:,} samples of {name}"],
        )
    first = round(start * rate)
    samples = signal.samples(first, count)
    return Look(name, description, seed, signal, float(first / rate), samples)


def usual_s(signal: Signal) -> Fraction:
    """How long one looks at such a signal [s]."""
    rate = signal.rate_hz
    whole = max(Fraction(_UNLABELLED_S), _USUAL_SAMPLES / rate)
    if signal.labels:
        whole = max(Fraction(label.end_s) for label in signal.labels)
        if sum(label.end_s - label.start_s for label in signal.labels) < whole / 2:
            whole += whole / 20  # events: that the last one ends is to be seen
    if whole <= _WHOLE_S or (rate <= _SLOW_HZ and whole * rate <= 1 << 20):
        return whole
    return min(whole, max(_USUAL_SAMPLES / rate, Fraction(_FAST_S)))


def _first_event(signal: Signal, length_s: Fraction) -> Fraction:
    """The beginning, or a little before the first label where that shows none."""
    first = min((Fraction(label.start_s) for label in signal.labels), default=Fraction(0))
    return Fraction(0) if first < length_s * 2 / 3 else first - length_s / 10


def channel_names(n_channels: int) -> list[str]:
    """What a reader calls the channels."""
    if n_channels == 1:
        return ["value"]
    return list(_AXES) if n_channels == len(_AXES) else [str(n) for n in range(n_channels)]


def scaled(peak: float, unit: str) -> tuple[float, str]:
    """Factor for an axis that reaches `peak` [unit], and the unit with the prefix that suits it."""
    if unit not in _PREFIXED or not peak:
        return 1.0, unit
    power = min(max(3 * floor(log10(peak) / 3), -12), 6)
    return 10.0**-power, {-12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M"}[power] + unit


def summary(seen: Look) -> RenderableType:
    """Rate, unit, channels, level of each, and labels."""
    signal = seen.signal
    rate = float(signal.rate_hz)
    about = facts(
        ("rate", si(rate, "Hz", 5) if rate >= 1 else f"a sample every {quantity(1 / rate, 's')}", ""),
        ("unit", signal.unit, ""),
        ("channels", f"{signal.n_channels}", ""),
        ("seed", f"{seen.seed}", ""),
        (
            "looked at",
            f"{quantity(seen.duration_s, 's')} from {quantity(seen.start_s, 's')} on",
            f"{len(seen.samples):,} samples",
        ),
    )
    title = Text.assemble((seen.name, "bold"), "  ", (seen.description, DIM))
    return Group(
        title, section("Signal", about), section("Level", _levels(seen)), section("Labels", _labels(seen))
    )


def _levels(seen: Look) -> RenderableType:
    grid = table("channel", "mean", "r.m.s. about it", "peak", "lowest", "highest", right=(1, 2, 3, 4, 5))
    unit = seen.signal.unit
    names: Sequence[str] = channel_names(seen.signal.n_channels)
    for name, x in list(zip(names, seen.samples.T, strict=True))[:_ROWS]:
        values = (x.mean(), x.std(), np.abs(x).max(), x.min(), x.max())
        add(grid, name, *(_value(float(value), unit) for value in values))
    if len(names) > _ROWS:
        add(grid, Text(f"and {len(names) - _ROWS} more", style=DIM))
    return grid


def _value(value: float, unit: str) -> str:
    """With a prefix, where the unit takes one."""
    return si(value, unit) if unit in _PREFIXED else f"{value:,.4g} {unit}"


def _labels(seen: Look) -> RenderableType:
    labels = seen.labels
    if not labels:
        others = len(seen.signal.labels)
        none = f"none in this stretch; {others} elsewhere" if others else "none"
        return Text(none, style=DIM)
    grid = table("from", "to", "", right=(0, 1))
    for label in labels[:_ROWS]:
        add(grid, quantity(label.start_s, "s"), quantity(label.end_s, "s"), label.name)
    hidden = len(labels) - _ROWS
    if hidden > 0:
        add(grid, "", "", Text(f"and {hidden} more", style=DIM))
    return grid
