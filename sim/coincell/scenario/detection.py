"""Which labels of a signal the firmware answered, when, and what it answered without reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from coincell.ports import Label
from coincell.simtime import PS_PER_S, seconds

Side = Literal["start", "end"]
"""The side of a label that a latency counts from."""
_HOUR_PS = 3600 * PS_PER_S


@dataclass(frozen=True)
class Hit:
    """A label that was answered."""

    name: str
    start_ps: int
    end_ps: int
    detected_ps: int
    latency_from: Side = "end"

    @property
    def latency_ps(self) -> int:
        """From that side of the label to the edge [ps]; negative where the edge came before it."""
        return self.detected_ps - (self.start_ps if self.latency_from == "start" else self.end_ps)

    @property
    def lead_ps(self) -> int:
        """From the edge to the start of the label [ps]: how early the answer was; negative where late."""
        return self.start_ps - self.detected_ps


@dataclass(frozen=True)
class Missed:
    """A label that nobody answered in time."""

    name: str
    start_ps: int
    end_ps: int


@dataclass(frozen=True)
class Harmless:
    """A label that nobody was to answer."""

    name: str
    start_ps: int
    end_ps: int
    set_off: bool
    """Whether a false alarm came while an answer would have been due."""


@dataclass(frozen=True)
class Detections:
    """The verdict on every label that was due completely within the run, and on every edge."""

    label: str
    """The labels looked for, with commas between."""
    net: str
    found: tuple[Hit, ...]
    missed: tuple[Missed, ...]
    false_alarms_ps: tuple[int, ...]
    not_judged: int
    """Labels whose answer was still due when the run ended."""
    first_label_ps: int | None
    """When the first label begins."""
    judged_ps: int = 0
    """How long the output was watched [ps]."""
    latency_from: Side = "end"
    harmless: tuple[Harmless, ...] = ()
    """The other labels that were over before the run was."""

    @property
    def due(self) -> tuple[Hit | Missed, ...]:
        """The labels that were to be answered, and were judged."""
        return (*self.found, *self.missed)

    def only(self, kind: str) -> Detections:
        """The labels of that name alone, whether they were to be answered or not."""
        return replace(
            self,
            found=tuple(hit for hit in self.found if hit.name == kind),
            missed=tuple(label for label in self.missed if label.name == kind),
            harmless=tuple(label for label in self.harmless if label.name == kind),
        )

    @property
    def latencies_ps(self) -> tuple[int, ...]:
        """One for each label found [ps]."""
        return tuple(hit.latency_ps for hit in self.found)

    @property
    def leads_ps(self) -> tuple[int, ...]:
        """One for each label found [ps]."""
        return tuple(hit.lead_ps for hit in self.found)

    @property
    def recall(self) -> Fraction | None:
        """Share of the labels that were found; None without any."""
        return _ratio(len(self.found), len(self.found) + len(self.missed))

    @property
    def precision(self) -> Fraction | None:
        """Share of the answers that were right; None without any."""
        return _ratio(len(self.found), len(self.found) + len(self.false_alarms_ps))

    @property
    def f1(self) -> Fraction | None:
        """2 TP / (2 TP + FN + FP); None where nothing was to be found and nothing was answered."""
        twice = 2 * len(self.found)
        return _ratio(twice, twice + len(self.missed) + len(self.false_alarms_ps))

    @property
    def false_alarms_per_h(self) -> Fraction | None:
        """False alarms in an hour of judged time [1/h]; None where none was judged."""
        return _ratio(len(self.false_alarms_ps) * _HOUR_PS, self.judged_ps)


def match(
    labels: Iterable[Label],
    edges_ps: Sequence[int],
    label: str | Sequence[str],
    net: str,
    within_ps: int,
    duration_ps: int,
    *,
    early_ps: int = 0,
    latency_from: Side = "end",
) -> Detections:
    """Match `edges_ps`, in order, with the labels called `label` (or one of them), each at most once.

    An edge answers the first unanswered label that is due then: from `early_ps` before its start until
    `within_ps` after its end. An edge while none is due is a false alarm, and so is a second answer to one
    label.
    """
    names = (label,) if isinstance(label, str) else tuple(label)
    every = sorted((seconds(x.start_s), seconds(x.end_s), x.name) for x in labels)
    spans = [span for span in every if span[2] in names]
    answers: dict[int, int] = {}
    alarms = []
    for edge in edges_ps:
        due = (
            i
            for i, (start, end, _) in enumerate(spans)
            if start - early_ps <= edge <= end + within_ps and i not in answers
        )
        first = next(due, None)
        if first is None:
            alarms.append(edge)
        else:
            answers[first] = edge
    found, missed, open_ = [], [], 0
    for index, (start, end, name) in enumerate(spans):
        if index in answers:
            found.append(Hit(name, start, end, answers[index], latency_from))
        elif end + within_ps <= duration_ps:
            missed.append(Missed(name, start, end))
        elif start - early_ps < duration_ps:
            open_ += 1
    harmless = (
        Harmless(name, start, end, any(start - early_ps <= at <= end + within_ps for at in alarms))
        for start, end, name in every
        if name not in names and end + within_ps <= duration_ps
    )
    return Detections(
        label=", ".join(names),
        net=net,
        found=tuple(found),
        missed=tuple(missed),
        false_alarms_ps=tuple(alarms),
        not_judged=open_,
        first_label_ps=spans[0][0] if spans else None,
        judged_ps=duration_ps,
        latency_from=latency_from,
        harmless=tuple(harmless),
    )


def together(rules: Sequence[Detections]) -> Detections:
    """Several rules of one run as one: what they found, missed and imagined, all in all."""
    return rules[0] if len(rules) == 1 else _joined(rules, max(rule.judged_ps for rule in rules))


def pooled(runs: Sequence[Detections]) -> Detections:
    """One rule in several runs, added up. Times in it are those of each run, from its own start."""
    return _joined(runs, sum(run.judged_ps for run in runs))


def _joined(parts: Sequence[Detections], judged_ps: int) -> Detections:
    firsts = [part.first_label_ps for part in parts if part.first_label_ps is not None]
    return Detections(
        label=", ".join(dict.fromkeys(part.label for part in parts)),
        net=", ".join(dict.fromkeys(part.net for part in parts)),
        found=tuple(hit for part in parts for hit in part.found),
        missed=tuple(missed for part in parts for missed in part.missed),
        false_alarms_ps=tuple(at for part in parts for at in part.false_alarms_ps),
        not_judged=sum(part.not_judged for part in parts),
        first_label_ps=min(firsts, default=None),
        judged_ps=judged_ps,
        latency_from=parts[0].latency_from,
        harmless=tuple(label for part in parts for label in part.harmless),
    )


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
