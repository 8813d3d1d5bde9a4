"""The second opinion: what two engines made of one scenario, for the report and for the document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coincell.engines.contract import EngineReport
from coincell.engines.renode.platform import Deviation
from coincell.report.engine import engine_section
from coincell.report.style import BAD, DIM, GOOD, WARN, add, section, table
from coincell.report.units import percent, span
from coincell.scenario.comparison import Compared, Comparison


@dataclass(frozen=True)
class SecondOpinion:
    """Another engine's run beside the native one."""

    comparison: Comparison
    deviations: tuple[Deviation, ...]
    """What the other engine's models are known to do differently, of the blocks that the firmware used."""
    engine: EngineReport | None

    def section(self) -> RenderableType:
        """For the terminal."""
        report = self.engine and replace(self.engine, deviations=())  # they stand in a table below
        parts = [engine_section(report), comparison_section(self.comparison, self.deviations)]
        return Group(*(part for part in parts if part is not None))

    def document(self) -> dict[str, Any]:
        """For the result's document."""
        report = self.engine and {"program": self.engine.program, "notes": list(self.engine.notes)}
        return comparison_document(self.comparison, self.deviations) | {"engine_report": report}


def comparison_section(comparison: Comparison, deviations: Sequence[Deviation] = ()) -> RenderableType:
    """Every kind with its tolerance and the reason of that, what was outside, and `deviations`.

    `deviations` are what the other engine's models are known to do differently.
    """
    grid = table("", "", "compared", "worst", "mean", "allowed", right=(2, 3, 4, 5))
    for kind in comparison.kinds:
        add(grid, *_row(kind))
    parts = [
        section(
            f"Second opinion: {comparison.other} against {comparison.native}", grid, _verdict(comparison)
        ),
        _differences(comparison),
        _reasons(comparison),
        _deviations(comparison.other, deviations),
    ]
    return Group(*(part for part in parts if part is not None))


def comparison_document(comparison: Comparison, deviations: Sequence[Deviation] = ()) -> dict[str, Any]:
    """The same as plain dictionaries and lists. Times are integer picoseconds, shares are floats.

    "holds" is None for a kind of which nothing was compared.
    """
    return {
        "native": comparison.native,
        "other": comparison.other,
        "agrees": comparison.agrees,
        "kinds": [
            {
                "kind": kind.tolerance.kind,
                "holds": None if kind.untried else kind.holds,
                "compared": kind.compared,
                "of": kind.of,
                "at_end": kind.at_end,
                "outside": kind.n_outside,
                "unit": kind.tolerance.unit,
                "allowed": _plain(kind.tolerance.allowed, kind.tolerance.unit),
                "worst": _plain(kind.worst, kind.tolerance.unit),
                "mean": _plain(kind.mean, kind.tolerance.unit),
                "remark": kind.remark,
                "differences": list(kind.differences),
                "reason": kind.tolerance.reason,
            }
            for kind in comparison.kinds
        ],
        "deviations": [
            {
                "block": known.block,
                "differs": known.differs,
                "effect": known.effect,
                "file": known.file,
                "lines": known.lines,
                "commit": known.commit,
            }
            for known in deviations
        ],
    }


def _row(kind: Compared) -> tuple[str | Text, ...]:
    if kind.untried:
        mark = Text("-", style=DIM)
    else:
        mark = Text("holds", style=GOOD) if kind.holds else Text("DIFFERS", style=BAD)
    unit = kind.tolerance.unit
    return (
        mark,
        kind.tolerance.kind,
        "nothing" if kind.untried and not kind.of else f"{kind.compared:,} of {kind.of:,}",
        _quantity(kind.worst, unit),
        _quantity(kind.mean, unit),
        _quantity(kind.tolerance.allowed, unit),
    )


def _verdict(comparison: Comparison) -> Text:
    outside = [kind.tolerance.kind for kind in comparison.kinds if not kind.holds]
    alone = ", ".join(comparison.one_sided)
    if outside:
        text = Text(f"outside its tolerance: {', '.join(outside)}", style=BAD)
    elif alone:
        text = Text("no agreement can be told", style=WARN)
    else:
        return Text("the engines agree within every tolerance", style=GOOD)
    return text.append(f"\nnot compared, as one engine has none: {alone}", WARN) if alone else text


def _differences(comparison: Comparison) -> RenderableType | None:
    grid = Table.grid(padding=(0, 1))
    for kind in comparison.kinds:
        name = kind.tolerance.kind
        if kind.remark:
            add(grid, Text(name, style=DIM), Text(kind.remark))
        for words in kind.differences:
            add(grid, Text(name, style=DIM if kind.holds else BAD), Text(words))
        more = kind.n_outside - len(kind.differences)
        if more > 0:
            add(grid, Text(name, style=BAD), Text(f"and {more:,} more", style=DIM))
        if kind.at_end:
            late = f"{kind.at_end:,} at the very end of the run on one side only, left out"
            add(grid, Text(name, style=DIM), Text(late, style=DIM))
    return section("Where they differ", grid) if grid.rows else None


def _reasons(comparison: Comparison) -> RenderableType:
    grid = table("kind", "allowed", "because", right=(1,))
    for kind in comparison.kinds:
        tolerance = kind.tolerance
        add(
            grid,
            tolerance.kind,
            _quantity(tolerance.allowed, tolerance.unit),
            Text(tolerance.reason, style=DIM),
        )
    return section("What may differ", grid)


def _deviations(engine: str, deviations: Sequence[Deviation]) -> RenderableType | None:
    if not deviations:
        return None
    grid = table("block", f"what {engine} does differently, and what that does to a run")
    for known in deviations:
        words = Text(f"{known.differs}: {known.effect} ")
        words.append(f"({known.file.rpartition('/')[2].rpartition(' ')[2]}:{known.lines})", style=DIM)
        add(grid, known.block, words)
    commits = {known.file.partition(" ")[0]: known.commit[:8] for known in deviations}
    read = ", ".join(f"{repository} {commit}" for repository, commit in sorted(commits.items()))
    end = Text(f"read in {read}; --json has the whole paths", style=DIM)
    return section(f"Known of {engine}'s models", grid, end)


def _quantity(value: int | Fraction | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "ps":
        return span(int(value))
    if unit == "ratio":
        return percent(value)
    return f"{int(value):,}"


def _plain(value: int | Fraction | None, unit: str) -> int | float | None:
    if value is None:
        return None
    return float(value) if unit == "ratio" else int(value)


__all__ = ["SecondOpinion", "comparison_document", "comparison_section"]
