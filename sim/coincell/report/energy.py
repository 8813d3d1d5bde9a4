"""The report's sections on energy and on the battery."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rich.console import Group, RenderableType
from rich.text import Text

from coincell.report.style import BAD, DIM, add, bar, facts, section, table
from coincell.report.units import life, percent, si, span
from coincell.scenario.result import Energy, EnergyEntry, ScenarioResult

_SMALLEST = 0.001
"""Components and states below this share are summed up in one row."""


def energy_section(result: ScenarioResult) -> RenderableType:
    """What each component drew, and in which states."""
    energy, run = result.measured.energy, result.measured.run
    rows: list[RenderableType] = [
        facts(
            (
                "average current",
                si(energy.average_a, "A"),
                f"{si(energy.average_a * energy.supply_v, 'W')} at {float(energy.supply_v):.2g} V",
            ),
            ("peak current", si(energy.peak_a, "A"), ""),
            ("energy", si(energy.energy_j, "J"), f"in {span(run.duration_ps)}"),
            *_per_marker(energy),
        ),
        Text(),
        _by_component(energy),
    ]
    return section("Energy", *rows)


def _per_marker(energy: Energy) -> list[tuple[str, str, str]]:
    return [
        (f"per {part.marker}", f"{si(part.gross_j, 'J')} gross", f"{si(part.above_sleep_j, 'J')} above sleep")
        for part in energy.spans
    ]


def _by_component(energy: Energy) -> RenderableType:
    grid = table("component", "", "share", "average", "state", "time", "share", right=(2, 3, 5, 6))
    total = energy.charge_c
    if not total:
        return grid
    small = 0
    for name, charge in energy.by_component().items():
        share = float(charge / total)
        if share < _SMALLEST:
            small += 1
            continue
        first = (name, bar(share), percent(share), si(energy.average_a * charge / total, "A"))
        for state, often, part in _states(energy, name):
            add(grid, *first, state, often, percent(part))
            first = ("", Text(), "", "")
    if not small:
        return grid
    return Group(grid, Text(f"{small} more, each below {percent(_SMALLEST)}", style=DIM))


def _states(energy: Energy, component: str) -> Iterator[tuple[str, str, float]]:
    """State, how long or how often, and share; figures that differ within a state are added up."""
    merged: dict[str, list[EnergyEntry]] = {}
    for entry in energy.entries:
        if entry.component == component:
            merged.setdefault(entry.state, []).append(entry)
    for state, entries in merged.items():
        part = float(sum((e.charge_c for e in entries), Fraction(0)) / energy.charge_c)
        if part >= _SMALLEST:
            n_events = sum(e.n_events for e in entries)
            duration = sum(e.duration_ps for e in entries)
            yield state, f"{n_events:,} times" if n_events else span(duration), part


def battery_section(result: ScenarioResult) -> RenderableType:
    """How long the battery lasts."""
    expected = result.measured.life
    day = "" if expected.detections_per_day is None else f", {expected.detections_per_day:g} detections a day"
    inside = f"{100 * expected.confidence:.0f} % interval{day}"
    ends = {
        "voltage": "too low a voltage ends it",
        "charge": "an empty cell ends it",
        "shelf life": "shelf life ends it",
    }
    doubted = "not to be believed: the simulated window is too short to stand for a day (see below)"
    average = ("average of a day", si(expected.average_a, "A"), "")
    lasts = (
        ("life", f"{life(expected.low_s)} to {life(expected.high_s)}", inside),
        ("median", life(expected.central_s), ends.get(expected.limited_by, expected.limited_by)),
    )
    dead = f"the board does not run from {result.origin.battery_title}: {expected.dead}"
    rows: list[RenderableType] = [
        *([Text(doubted, style=BAD)] if expected.doubts else []),
        *([Text(dead, style=BAD)] if expected.dead else []),
        facts(*(() if expected.dead else lasts), average),
        Text("assumed: " + "; ".join(expected.assumptions) + ".", style=DIM),
    ]
    return section(f"Battery: {result.origin.battery_title}", *rows)
