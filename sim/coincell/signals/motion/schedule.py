"""When things happen: at given moments, and by chance between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import Field

from coincell.ports import Label
from coincell.signals.motion.event import Event
from coincell.signals.streams import stream

Moment = Annotated[float, Field(ge=0, le=1e6)]
Rate = Annotated[float, Field(ge=0, le=3600)]
Duration = Annotated[float, Field(gt=0, le=86_400 * 7)]
Name = TypeVar("Name", bound=str)
_GAP_S = 0.5
"""Events do not follow each other any closer [s]."""


@dataclass(frozen=True)
class Happening:
    """An event of a scene, from `start_s` on."""

    start_s: float
    event: Event

    @property
    def end_s(self) -> float:
        """When nothing of it is left [s]."""
        return self.start_s + self.event.length_s


def schedule(
    wanted: Sequence[tuple[float, Name]],
    rates_per_h: Mapping[Name, float],
    duration_s: float,
    seed: int,
    make: Callable[[Name, int], Event],
    fits: Callable[[Name, float], bool] = lambda name, at_s: True,
) -> list[Happening]:
    """What happens, in order of time. `make(name, take)` builds an event.

    Chance places each name at its own rate, but nothing over anything else, nothing that would not end before
    `duration_s`, and nothing at a time that does not fit it.
    """
    rng = stream(seed, "happenings")
    chance = []
    for name in sorted(rates_per_h):
        count = int(rng.poisson(rates_per_h[name] * duration_s / 3600))
        chance += [(float(at), name) for at in rng.uniform(0.5, duration_s, count)]
    kept = [Happening(at, make(name, _take(seed, at, name))) for at, name in sorted(wanted)]
    free = 0.0
    for at, name in sorted(chance):
        if at < free or not fits(name, at):
            continue
        new = Happening(at, make(name, _take(seed, at, name)))
        apart = all(
            new.end_s + _GAP_S < other.start_s or other.end_s + _GAP_S < at for other in kept[: len(wanted)]
        )
        if apart and new.end_s < duration_s:
            kept.append(new)
            free = new.end_s + _GAP_S
    return sorted(kept, key=lambda happening: happening.start_s)


def _take(seed: int, at_s: float, name: str) -> int:
    return int(stream(seed, "take", name, round(at_s * 1e6)).integers(0, 1 << 31))


def labels(happenings: Sequence[Happening], states: Sequence[tuple[float, float, str]]) -> tuple[Label, ...]:
    """Truth about a scene: what happens, and the states (begin, end, name) where no event claims the body."""
    out = [Label(h.start_s + a, h.start_s + b, name) for h in happenings for name, a, b in h.event.spans]
    claims = [(h.start_s, h.end_s) for h in happenings if h.event.claim is not None]
    for begin, end, name in states:
        at = begin
        for first, last in claims:
            if last > at and first < end:
                if first > at:
                    out.append(Label(at, first, name))
                at = max(at, last)
        if at < end:
            out.append(Label(at, end, name))
    return tuple(sorted(out, key=lambda label: (label.start_s, label.end_s, label.name)))
