"""Which labels of a signal the firmware answered, when, and what it answered without reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coincell.ports import Label
from coincell.simtime import seconds


@dataclass(frozen=True)
class Hit:
    """A label that was answered. `latency_ps` counts from the label's end and may be negative."""

    name: str
    start_ps: int
    end_ps: int
    detected_ps: int

    @property
    def latency_ps(self) -> int:
        """From the end of the label to the edge [ps]."""
        return self.detected_ps - self.end_ps


@dataclass(frozen=True)
class Missed:
    """A label that nobody answered in time."""

    name: str
    start_ps: int
    end_ps: int


@dataclass(frozen=True)
class Detections:
    """The verdict on every label that was due completely within the run, and on every edge."""

    label: str
    net: str
    found: tuple[Hit, ...]
    missed: tuple[Missed, ...]
    false_alarms_ps: tuple[int, ...]
    not_judged: int
    """Labels whose answer was still due when the run ended."""
    first_label_ps: int | None
    """When the first label begins."""

    @property
    def latencies_ps(self) -> tuple[int, ...]:
        """One for each label found [ps]."""
        return tuple(hit.latency_ps for hit in self.found)


def match(
    labels: Iterable[Label], edges_ps: Sequence[int], label: str, net: str, within_ps: int, duration_ps: int
) -> Detections:
    """Match `edges_ps`, in order, with the labels called `label`, each at most once.

    An edge answers the first unanswered label that is due then: from its start until `within_ps` after its
    end. An edge while none is due is a false alarm, and so is a second answer to one label.
    """
    spans = sorted((seconds(x.start_s), seconds(x.end_s)) for x in labels if x.name == label)
    answers: dict[int, int] = {}
    alarms = []
    for edge in edges_ps:
        due = (
            i for i, (start, end) in enumerate(spans) if start <= edge <= end + within_ps and i not in answers
        )
        first = next(due, None)
        if first is None:
            alarms.append(edge)
        else:
            answers[first] = edge
    found, missed, open_ = [], [], 0
    for index, (start, end) in enumerate(spans):
        if index in answers:
            found.append(Hit(label, start, end, answers[index]))
        elif end + within_ps <= duration_ps:
            missed.append(Missed(label, start, end))
        elif start < duration_ps:
            open_ += 1
    first = spans[0][0] if spans else None
    return Detections(label, net, tuple(found), tuple(missed), tuple(alarms), open_, first)
