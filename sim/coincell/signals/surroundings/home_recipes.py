"""Recipes of a home over days: its air and movement, and what its smoke alarm breathes."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from coincell.ports import Label, Signal
from coincell.signals.kinds import Recipe, register
from coincell.signals.speakers import Split
from coincell.signals.streams import stream
from coincell.signals.surroundings import pir, smoke
from coincell.signals.surroundings.climate import Air, climate, house
from coincell.signals.surroundings.events import Schedule, place
from coincell.signals.surroundings.household import DAY_S, Household, day_of, household, occupancy
from coincell.signals.surroundings.visitors import Passage, passage, visitor

Duration = Annotated[float, Field(gt=0, le=86_400 * 62)]
Rate = Annotated[float, Field(ge=0, le=600)]
Number = Annotated[int, Field(ge=0, lt=1 << 20)]


def _number(given: int | None, seed: int) -> int:
    return int(stream(seed, "home").integers(0, 1 << 20)) if given is None else given


@register("home_air")
class HomeAir(Recipe):
    """A home from a Monday's midnight on. Labels: occupied, away.

    The same seed gives the same days in every quantity.
    """

    quantity: Literal["temperature", "humidity", "irradiance"] = "temperature"
    """Of the air [degrees Celsius, %RH], a sample every 10 s; or a passive infrared detector's irradiance
    [W/m2] at 50 Hz, where people walk past it, and where the pet does while everybody is out."""
    split: Split = "held-out"
    home: Number | None = None
    """Which home of the split; else the seed picks one."""
    duration_s: Duration = DAY_S * 7
    """How long labels and walks past the detector go on; the air never ends."""

    def make(self, seed: int) -> Signal:
        """The quantity as a signal."""
        number = _number(self.home, seed)
        home = household(self.split, number)
        labels = occupancy(home, seed, self.duration_s)
        if self.quantity == "irradiance":
            walks = _walks(home, self.split, seed, self.duration_s)
            return pir.detector(walks, seed, labels, draught_w_per_m2=4e-4, noise_w_per_m2=5e-5)
        return climate(Air(home, house(home.seed), seed), seed, self.quantity, labels)


def _walks(home: Household, split: Split, seed: int, duration_s: float) -> Schedule[Passage]:
    """Who passes the detector: people while awake and at home, the pet at any time."""
    people = [int(x) for x in stream(home.seed, "members").integers(0, 1 << 20, home.people)]
    members = [visitor(split, "person", number) for number in people]
    pet = None if home.pet is None else visitor(split, "pet", home.pet)

    def make(rng: np.random.Generator, start_s: float, kind: int) -> Passage:
        who = members[int(rng.integers(len(members)))] if kind == 0 or pet is None else pet
        return passage(rng, who, start_s, 1.5, 4.5, 0.2)

    rates = (home.moves_per_h, home.pet_moves_per_h if pet else 0.0)
    drawn = place(seed, "walks", duration_s, rates, make)
    days = [day_of(home, seed, day) for day in range(int(np.ceil(duration_s / DAY_S)))]

    def happens(walk: Passage) -> bool:
        if walk.visitor.being == "pet":
            return True
        day = days[int(walk.start_s // DAY_S)]
        awake = day.wake_s <= walk.start_s and walk.end_s < day.sleep_s
        return awake and not any(a - 1 < walk.end_s and walk.start_s < b for a, b in day.away)

    return Schedule([walk for walk in drawn.events if happens(walk)])


@register("smoke")
class Smoke(Recipe):
    """Air at a smoke alarm under a ceiling, once a second. Labels: the fire's or the nuisance's name."""

    quantity: Literal["obscuration", "temperature", "humidity"] = "obscuration"
    """In %/m, degrees Celsius, %RH; the same seed gives the same events in each."""
    fires_per_h: Rate = 0.0
    nuisances_per_h: Rate = 0.0
    fires_at_s: tuple[Annotated[float, Field(ge=0, le=1e7)], ...] = ()
    nuisances_at_s: tuple[Annotated[float, Field(ge=0, le=1e7)], ...] = ()
    events: tuple[tuple[Annotated[float, Field(ge=0, le=1e7)], smoke.Fire | smoke.Nuisance], ...] = ()
    """As (start [s], name), beside those that chance places or chooses."""
    fires: tuple[smoke.Fire, ...] = Field(smoke.FIRES, min_length=1)
    nuisances: tuple[smoke.Nuisance, ...] = Field(smoke.NUISANCES, min_length=1)
    """Which kinds chance chooses among."""
    split: Split = "held-out"
    home: Number | None = None
    duration_s: Duration = DAY_S

    def make(self, seed: int) -> Signal:
        """The quantity as a signal."""
        names = (self.fires, self.nuisances, *((name,) for _, name in self.events))

        def make(rng: np.random.Generator, start_s: float, kind: int) -> smoke.SmokeEvent:
            name = str(rng.choice(names[kind]))
            return smoke.SmokeEvent(name, start_s, smoke.LENGTH_S[name], int(rng.integers(0, 1 << 30)))

        given = [(at, 0) for at in self.fires_at_s] + [(at, 1) for at in self.nuisances_at_s]
        given += [(at, kind) for kind, (at, _) in enumerate(self.events, start=2)]
        rates = (self.fires_per_h, self.nuisances_per_h)
        events = place(seed, "smoke", self.duration_s, rates, make, gap_s=120.0, given=given)
        labels = tuple(Label(x.start_s, x.end_s, x.name) for x in events.events)
        home = smoke.smoke_home(self.split, _number(self.home, seed))
        return smoke.alarm_air(events, home, seed, labels, self.quantity)
