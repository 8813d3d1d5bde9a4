"""The profile as tables: the functions and the source lines that most cycles went to."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rich.console import RenderableType
from rich.text import Text

from coincell.observe.profile import FunctionCost, LineCost, Profile
from coincell.report.style import DIM, add, bar, section, table
from coincell.report.units import percent, si

_FUNCTIONS, _LINES = 15, 10
_NAME = 34
_NAMED = 3
"""So many components are named whose energy is not shared out."""


def profile_section(profile: Profile) -> RenderableType:
    """Functions, lines, and what the figures rest on."""
    rows: list[RenderableType] = [_functions(profile)]
    if profile.lines:
        rows += [Text(), _lines(profile)]
    else:
        rows.append(Text("no source lines in this file: an ELF compiled with -g has them", style=DIM))
    if all(cost.title.startswith(("0x", "[")) for cost in profile.functions):
        rows.append(Text("no symbols either: functions are told by their addresses", style=DIM))
    rows += [Text(line, style=DIM) for line in _notes(profile)]
    return section("Where the cycles went", *rows)


def _functions(profile: Profile) -> RenderableType:
    with_energy = profile.energy_j is not None
    columns = ("function", "", "self", "cycles", "total", "calls", *(("energy",) if with_energy else ()))
    grid = table(*columns, right=tuple(range(2, 7)))
    for cost in profile.functions[:_FUNCTIONS]:
        add(grid, *_function(profile, cost))
    rest = profile.functions[_FUNCTIONS:]
    if rest:
        cycles = sum(cost.self_cycles for cost in rest)
        energy = sum((cost.energy_j or Fraction(0) for cost in rest), Fraction(0))
        row = (Text(f"{len(rest):,} more", style=DIM), "", percent(_share(profile, cycles)), f"{cycles:,}")
        add(grid, *row, "", "", *((si(energy, "J"),) if with_energy else ()))
    return grid


def _function(profile: Profile, cost: FunctionCost) -> tuple[str | Text, ...]:
    share = _share(profile, cost.self_cycles)
    row = (
        _shortened(cost.title),
        bar(share),
        percent(share),
        f"{cost.self_cycles:,}",
        percent(_share(profile, cost.total_cycles)),
        f"{cost.calls:,}",
    )
    return row if cost.energy_j is None else (*row, si(cost.energy_j, "J"))


def _lines(profile: Profile) -> RenderableType:
    with_energy = profile.energy_j is not None
    columns = ("line", "in", "share", "cycles", "times", *(("energy",) if with_energy else ()))
    grid = table(*columns, right=(2, 3, 4, 5))
    for cost in profile.lines[:_LINES]:
        add(grid, *_line(profile, cost))
    return grid


def _line(profile: Profile, cost: LineCost) -> tuple[str, ...]:
    row = (
        _shortened(f"{cost.file}:{cost.line}"),
        _shortened(cost.function, 24),
        percent(_share(profile, cost.cycles)),
        f"{cost.cycles:,}",
        f"{cost.times:,}",
    )
    return row if cost.energy_j is None else (*row, si(cost.energy_j, "J"))


def _notes(profile: Profile) -> Iterator[str]:
    yield f"of {profile.cycles:,} cycles that the core was awake; total: with everything that it called"
    if profile.energy_j is None:
        return
    yield f"energy: {si(profile.energy_j, 'J')} of the core while awake, shared out by cycles"
    others = sorted(profile.elsewhere_j.items(), key=lambda item: -item[1])
    if others:
        named = ", ".join(f"{name} {si(energy, 'J')}" for name, energy in others[:_NAMED])
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        yield f"not shared out: {named}{more}"


def _share(profile: Profile, cycles: int) -> float:
    return cycles / profile.cycles if profile.cycles else 0.0


def _shortened(name: str, most: int = _NAME) -> str:
    """Paths keep their end, and everything else with them."""
    return name if len(name) <= most else "…" + name[1 - most :]
