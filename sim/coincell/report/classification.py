"""The report's section on classes: each class's score, and how long each was taken for which."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from coincell.report.style import BAD, DIM, GOOD, add, section, table
from coincell.report.units import counted, score, span
from coincell.scenario.classification import Change, Classification
from coincell.simtime import PS_PER_S

_FITS = 66
"""Columns that names of classes may take above the confusion; wider ones are numbered."""
_NOTHING = "nothing"


def classification_section(classified: Classification | None) -> RenderableType | None:
    """None where a scenario does not ask for it."""
    if classified is None:
        return None
    judged, rest = classified.judged_ps, classified.not_judged_ps
    verdict = Text(
        f"accuracy {score(classified.accuracy)}, macro F1 {score(classified.macro_f1)} "
        f"over {span(judged)} judged"
    )
    if rest:
        verdict.append(f"; {span(rest)} not judged", style=DIM)
    parts: list[RenderableType] = [
        _by_class(classified),
        Text(),
        _confusion(classified),
        verdict,
        _delays(classified.changes),
    ]
    return section("Classified", *parts)


def _by_class(classified: Classification) -> Table:
    grid = table(
        "", "class", "held", "recall", "precision", "F1", "changes", "slowest", right=(0, 2, 3, 4, 5, 6, 7)
    )
    for number, one in enumerate(classified.scores, 1):
        changes = [change for change in classified.changes if change.name == one.name]
        slowest = max((change.delay_ps for change in changes), default=None)
        add(
            grid,
            Text(str(number), style=DIM),
            one.name,
            span(one.held_ps) if one.held_ps else "never",
            score(one.recall),
            score(one.precision),
            score(one.f1),
            f"{len(changes):,}",
            "" if slowest is None else span(slowest),
        )
    return grid


def _confusion(classified: Classification) -> Table:
    """Seconds: a row is what held, a column what was said. Columns of nothing but zeros at the end go."""
    rows = classified.confusion_ps
    silent = any(row[-1] for row in rows)
    heads = [*classified.classes, *([_NOTHING] if silent else [])]
    if sum(max(len(name), 7) + 2 for name in heads) > _FITS:
        heads = [*map(str, range(1, len(classified.classes) + 1)), *([_NOTHING] if silent else [])]
    grid = table("s, held \\ said", *heads, right=tuple(range(1, len(heads) + 1)))
    for i, (name, row) in enumerate(zip(classified.classes, rows, strict=True)):
        if any(row):
            cells = [_cell(cell, right=i == j) for j, cell in enumerate(row[: len(heads)])]
            add(grid, f"{i + 1} {name}", *cells)
    return grid


def _cell(time_ps: int, right: bool) -> Text:
    if not time_ps:
        return Text("·", style=DIM)
    return Text(f"{time_ps / PS_PER_S:,.1f}", style=GOOD if right else BAD)


def _delays(changes: tuple[Change, ...]) -> Text:
    if not changes:
        return Text("the class never changes", style=DIM)
    answered = [change.delay_ps for change in changes if change.answered_ps is not None]
    text = Text(f"{len(answered):,} of {counted(len(changes), 'change')} answered")
    if answered:
        mean = sum(answered) // len(answered)
        text.append(f", after {span(mean)} on average, {span(max(answered))} at most")
    never = [change for change in changes if change.answered_ps is None]
    if never:
        longest = max(never, key=lambda change: change.delay_ps)
        text.append(
            f"\nnever answered: {len(never):,}, the longest {longest.name} "
            f"at {longest.time_ps / PS_PER_S:.1f} s for {span(longest.delay_ps)}",
            style=BAD,
        )
    return text
