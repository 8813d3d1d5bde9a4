"""Which class the firmware said that holds, and which one did: judged by time, not by answer.

Every moment counts alike, so a wrong answer that stands for long weighs more than one soon corrected.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from coincell.engines.contract import ConsoleLine
from coincell.ports import Label
from coincell.simtime import seconds

UNLABELLED = ""
"""How a table names the time without any label."""
_ANSWER = re.compile(r"class (\S+)(?:\s.*)?")
"""A line that says which class holds from now on; what follows the name is the firmware's own affair."""


@dataclass(frozen=True)
class Stretch:
    """The truth is `name` from `start_ps` to `end_ps`; None where nobody knows it."""

    start_ps: int
    end_ps: int
    name: str | None


@dataclass(frozen=True)
class Change:
    """The truth became `name` at `time_ps`, until `end_ps` or the end of the run."""

    time_ps: int
    end_ps: int
    name: str
    answered_ps: int | None
    """When the answer was first right; None where it never was until then."""

    @property
    def delay_ps(self) -> int:
        """From the change to the first right answer [ps]; while there was none, how long that lasted."""
        return (self.end_ps if self.answered_ps is None else self.answered_ps) - self.time_ps


@dataclass(frozen=True)
class ClassScore:
    """One class: how long [ps] it held, it was said, and both."""

    name: str
    held_ps: int
    said_ps: int
    right_ps: int

    @property
    def recall(self) -> Fraction | None:
        """Of the time that it held, the share in which it was said; None where it never held."""
        return Fraction(self.right_ps, self.held_ps) if self.held_ps else None

    @property
    def precision(self) -> Fraction | None:
        """Of the time that it was said, the share in which it held; None where it never was."""
        return Fraction(self.right_ps, self.said_ps) if self.said_ps else None

    @property
    def f1(self) -> Fraction | None:
        """Harmonic mean of both; None for a class that neither held nor was said."""
        whole = self.held_ps + self.said_ps
        return Fraction(2 * self.right_ps, whole) if whole else None


@dataclass(frozen=True)
class Classification:
    """Truth against answer, in time."""

    classes: tuple[str, ...]
    confusion_ps: tuple[tuple[int, ...], ...]
    """A row for each class that held, a column for each that was said, and a last one for no answer yet."""
    changes: tuple[Change, ...]
    """Changes of the truth after the run's start."""
    not_judged_ps: int
    """Without a class in the table, or settling after a change."""
    unnamed: tuple[str, ...] = ()
    """Labels of the signal that the table lacks."""

    @property
    def judged_ps(self) -> int:
        """How long there was a right answer to give [ps]."""
        return sum(map(sum, self.confusion_ps))

    @property
    def accuracy(self) -> Fraction | None:
        """Share of the judged time in which the answer was right; None where none was judged."""
        right = sum(row[i] for i, row in enumerate(self.confusion_ps))
        return Fraction(right, self.judged_ps) if self.judged_ps else None

    @property
    def scores(self) -> tuple[ClassScore, ...]:
        """Class by class."""
        rows = self.confusion_ps
        return tuple(
            ClassScore(name, sum(rows[i]), sum(row[i] for row in rows), rows[i][i])
            for i, name in enumerate(self.classes)
        )

    @property
    def macro_f1(self) -> Fraction | None:
        """Mean F1 of the classes that held or were said; None where none was."""
        each = [score.f1 for score in self.scores if score.f1 is not None]
        return sum(each, Fraction(0)) / len(each) if each else None

    @property
    def slowest_delay_ps(self) -> int | None:
        """The longest that the answer was wrong after a change [ps]; None without a change."""
        return max((change.delay_ps for change in self.changes), default=None)


def answers_of(console: Iterable[ConsoleLine]) -> list[tuple[int, str]]:
    """When [ps] which class was said."""
    said = ((line.time_ps, _ANSWER.fullmatch(line.text)) for line in console)
    return [(time_ps, found[1]) for time_ps, found in said if found]


def truth_of(labels: Iterable[Label], classes: Mapping[str, str], duration_ps: int) -> tuple[Stretch, ...]:
    """The class at every moment of the run, equal neighbours joined.

    `classes` maps a label to its class, UNLABELLED to that of the time without a label. Where several labels
    of the table hold, it is the one that began last. A label that the table lacks hides nothing of it, but
    where it stands alone nobody knows the class.
    """
    spans = [(max(seconds(x.start_s), 0), min(seconds(x.end_s), duration_ps), x.name) for x in labels]
    spans = [span for span in spans if span[0] < span[1]]
    cuts = sorted({0, duration_ps, *(s for s, _, _ in spans), *(e for _, e, _ in spans)})
    begins = deque(sorted(spans))
    holding: list[tuple[int, int, str]] = []
    stretches: list[Stretch] = []
    for start, end in pairwise(cuts):
        while begins and begins[0][0] <= start:
            holding.append(begins.popleft())
        holding = [span for span in holding if span[1] > start]
        named = [span for span in holding if span[2] in classes]
        label = max(named)[2] if named else None if holding else UNLABELLED
        name = None if label is None else classes.get(label)
        if stretches and stretches[-1].name == name:
            start = stretches.pop().start_ps
        stretches.append(Stretch(start, end, name))
    return tuple(stretches)


def classify(
    labels: Sequence[Label],
    answers: Iterable[tuple[int, str]],
    classes: Mapping[str, str],
    settle_ps: int,
    duration_ps: int,
) -> Classification:
    """Judge `answers`, times [ps] in order with the class that holds from then on, all in `classes`.

    `settle_ps` after each change of the truth, and after the start, nothing is judged.
    """
    names = tuple(dict.fromkeys(classes.values()))
    place = {name: i for i, name in enumerate(names)}
    said = _said(answers, duration_ps)
    confusion = [[0] * (len(names) + 1) for _ in names]
    changes = []
    for stretch in truth_of(labels, classes, duration_ps):
        if stretch.name is None:
            continue
        answered = None
        while said and said[0].end_ps <= stretch.start_ps:
            said.popleft()
        for answer in said:
            if answer.start_ps >= stretch.end_ps:
                break
            if answered is None and answer.name == stretch.name:
                answered = max(answer.start_ps, stretch.start_ps)
            judged_from = max(answer.start_ps, stretch.start_ps + settle_ps)
            column = len(names) if answer.name is None else place[answer.name]
            confusion[place[stretch.name]][column] += max(min(answer.end_ps, stretch.end_ps) - judged_from, 0)
        if stretch.start_ps:
            changes.append(Change(stretch.start_ps, stretch.end_ps, stretch.name, answered))
    judged = sum(map(sum, confusion))
    return Classification(
        classes=names,
        confusion_ps=tuple(map(tuple, confusion)),
        changes=tuple(changes),
        not_judged_ps=duration_ps - judged,
        unnamed=tuple(sorted({label.name for label in labels} - classes.keys())),
    )


def pooled(runs: Sequence[Classification]) -> Classification:
    """Several runs by one table of classes, added up. Times of changes are from each run's own start."""
    if len({run.classes for run in runs}) != 1:
        raise ValueError("only runs of the same classes, in the same order, can be added up")
    width = range(len(runs[0].classes) + 1)
    rows = zip(*(run.confusion_ps for run in runs), strict=True)
    return Classification(
        classes=runs[0].classes,
        confusion_ps=tuple(tuple(sum(row[i] for row in same) for i in width) for same in rows),
        changes=tuple(change for run in runs for change in run.changes),
        not_judged_ps=sum(run.not_judged_ps for run in runs),
        unnamed=tuple(sorted({name for run in runs for name in run.unnamed})),
    )


def _said(answers: Iterable[tuple[int, str]], duration_ps: int) -> deque[Stretch]:
    """The answer at every moment of the run; None before the first."""
    stretches = deque([Stretch(0, duration_ps, None)])
    for time_ps, name in answers:
        if time_ps >= duration_ps:
            break
        start = stretches.pop()
        if start.start_ps < time_ps:
            stretches.append(Stretch(start.start_ps, time_ps, start.name))
        stretches.append(Stretch(time_ps, duration_ps, name))
    return stretches
