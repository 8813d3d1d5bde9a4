"""Events that chance places: never two at a time, and the same ones however a signal is read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

import numpy as np

from coincell.errors import InputError
from coincell.signals.streams import stream


class Timed(Protocol):
    """What has a beginning and an end [s]."""

    @property
    def start_s(self) -> float: ...

    @property
    def end_s(self) -> float: ...


Event = TypeVar("Event", bound=Timed)


class Schedule(Generic[Event]):
    """Events in order of time, apart from each other; finding those of a stretch costs no search."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = tuple(sorted(events, key=lambda event: event.start_s))
        self._ends = [event.end_s for event in self.events]

    def between(self, start_s: float, end_s: float) -> list[Event]:
        """The events that touch `start_s` to `end_s`."""
        found = []
        for event in self.events[bisect_left(self._ends, start_s) :]:
            if event.start_s >= end_s:
                break
            found.append(event)
        return found


def place(
    seed: int,
    name: str,
    duration_s: float,
    rates_per_h: Sequence[float],
    make: Callable[[np.random.Generator, float, int], Event],
    gap_s: float = 2.0,
    given: Sequence[tuple[float, int]] = (),
) -> Schedule[Event]:
    """Events of several kinds: kind i comes `rates_per_h[i]` times an hour, until `duration_s`.

    `make(rng, start_s, kind)` makes one. Those `given` as (start, kind) are kept; of the others, one that
    would come within `gap_s` of another is left out. Raises InputError for given ones that overlap.
    """
    rng = stream(seed, name)
    wanted = [(start, kind, True) for start, kind in given]
    for kind, rate in enumerate(rates_per_h):
        count = int(rng.poisson(rate * duration_s / 3600)) if rate else 0
        wanted += [(float(start), kind, False) for start in rng.uniform(0, duration_s, count)]
    made = [(make(stream(seed, name, i), *one[:2]), one[2]) for i, one in enumerate(sorted(wanted))]
    sure = [event for event, kept in made if kept]
    for one, other in pairwise(sure):
        if one.end_s > other.start_s:
            problem = f"the event at {other.start_s:g} s begins before the one at {one.start_s:g} s is over"
            raise InputError(
                problem, key="starts", mend=f"leave {one.end_s - one.start_s:.1f} s between them"
            )
    starts = [event.start_s for event in sure]
    out, free = list(sure), 0.0
    for event, kept in made:
        if kept or event.end_s > duration_s or event.start_s < free:
            continue
        near = bisect_left(starts, event.start_s)
        before, after = sure[max(near - 1, 0) : near], sure[near : near + 1]
        if all(event.start_s > x.end_s + gap_s for x in before) and all(
            event.end_s + gap_s < x.start_s for x in after
        ):
            out.append(event)
            free = event.end_s + gap_s
    return Schedule(out)
