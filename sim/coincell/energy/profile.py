"""A day of the board's life, composed from windows that were simulated cycle by cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from coincell.describe import Attachment, Charge
from coincell.energy.ledger import Ledger
from coincell.energy.timeline import Draw
from coincell.energy.trace import Trace
from coincell.errors import InputError
from coincell.simtime import PS_PER_S

DAY_S = 86_400
BURST_PS = PS_PER_S // 1000
"""Shorter peaks are carried by the board's capacitors (TI SWRA349: Ohm's law misleads below 1 ms)."""


@dataclass(frozen=True)
class Happening:
    """A window of the run [ps] that holds one event (a detected word), and how often a day it happens."""

    start_ps: int
    end_ps: int
    per_day: Fraction


@dataclass(frozen=True)
class DayProfile:
    """How long each draw holds in a day [s], how often each event happens, and what feeds the board.

    `peak_a` is the largest current [A] and `sagging_a` the largest averaged over a millisecond, both at
    `battery_v` [V], the voltage of the ledger's supply.
    """

    seconds: Mapping[Draw, Fraction]
    events: Mapping[tuple[str, str], tuple[Charge, Fraction]]
    attachment: Attachment
    battery_v: Fraction
    cutoff_v: Fraction
    cutoff_by: str
    peak_a: Fraction
    sagging_a: Fraction
    trace: Trace
    described: tuple[str, ...]
    """Sentences that say how the day was composed."""


def whole_run(ledger: Ledger, needed: tuple[str, ...] = ()) -> DayProfile:
    """A day that repeats the whole run over and over."""
    return compose(ledger, (0, ledger.duration_ps), {}, needed)


def compose(
    ledger: Ledger,
    background: tuple[int, int],
    happenings: Mapping[str, Happening],
    needed: tuple[str, ...] = (),
) -> DayProfile:
    """A day made of `happenings`, with `background` (a window of the run [ps]) repeated through the rest.

    `needed` are parts that must work until the end: the neediest of them, or the chip, sets the lowest
    voltage. Raises InputError for a window that is empty or outside the run, or when the happenings fill
    more than the day.
    """
    _check("background", *background, ledger.duration_ps)
    for name, happening in happenings.items():
        _check(name, happening.start_ps, happening.end_ps, ledger.duration_ps)
    busy_ps = sum(((h.end_ps - h.start_ps) * h.per_day for h in happenings.values()), Fraction(0))
    quiet_ps = DAY_S * PS_PER_S - busy_ps
    if quiet_ps < 0:
        raise InputError(
            "the happenings of a day take longer than the day",
            key="per_day",
            value=f"{float(busy_ps / PS_PER_S / 3600):g} h",
            allowed=["at most 24 h"],
        )
    windows = [(background, quiet_ps / (background[1] - background[0]))]
    windows += [((h.start_ps, h.end_ps), Fraction(h.per_day)) for h in happenings.values()]
    seconds: dict[Draw, Fraction] = {}
    counts: dict[tuple[str, str], Fraction] = {}
    for window, times in windows:
        for draw, duration in ledger.on_time_ps(*window).items():
            seconds[draw] = seconds.get(draw, Fraction(0)) + times * duration / PS_PER_S
        for key, n in ledger.event_counts(*window).items():
            counts[key] = counts.get(key, Fraction(0)) + times * n
    trace = ledger.trace()
    cutoff_v, cutoff_by = ledger.board.cutoff_v(needed)
    converter = ledger.supply.attachment.converter
    if converter is not None:
        cutoff_v, cutoff_by = converter.min_in.voltage_v, "the board's regulator"
    return DayProfile(
        seconds=seconds,
        events={key: (ledger.event_figure(*key), n) for key, n in counts.items()},
        attachment=ledger.supply.attachment,
        battery_v=ledger.supply.battery_v,
        cutoff_v=cutoff_v,
        cutoff_by=cutoff_by,
        peak_a=trace.peak_a,
        sagging_a=trace.highest_mean_a(BURST_PS),
        trace=trace,
        described=_describe(background, happenings, quiet_ps),
    )


def _describe(
    background: tuple[int, int], happenings: Mapping[str, Happening], quiet_ps: Fraction
) -> tuple[str, ...]:
    length_s = (background[1] - background[0]) / PS_PER_S
    hours = float(quiet_ps / PS_PER_S / 3600)
    sentences = [f"a simulated window of {length_s:g} s stands for {hours:.2f} h of every day"]
    for name, h in happenings.items():
        window_s = (h.end_ps - h.start_ps) / PS_PER_S
        sentences.append(f"{name}: {float(h.per_day):g} times a day, {window_s:g} s each")
    return tuple(sentences)


def _check(name: str, start_ps: int, end_ps: int, duration_ps: int) -> None:
    if not 0 <= start_ps < end_ps <= duration_ps:
        raise InputError(
            f"the window of {name!r} is not a stretch of the run",
            key=name,
            value=f"{start_ps / PS_PER_S:g} s to {end_ps / PS_PER_S:g} s",
            allowed=[f"within 0 to {duration_ps / PS_PER_S:g} s"],
        )
