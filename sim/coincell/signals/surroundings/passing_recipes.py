"""Recipes of who passes: before an infrared detector, before a thermal array, at a door."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from coincell.ports import Label, Signal
from coincell.signals.kinds import Recipe, register
from coincell.signals.speakers import Split
from coincell.signals.streams import stream
from coincell.signals.surroundings import door, pir, thermal
from coincell.signals.surroundings.events import Schedule, place
from coincell.signals.surroundings.visitors import Being, Passage, passage, visitor

Duration = Annotated[float, Field(gt=0, le=86_400 * 31)]
Rate = Annotated[float, Field(ge=0, le=600)]
Starts = tuple[Annotated[float, Field(ge=0, le=1e6)], ...]
Metres = Annotated[float, Field(ge=0.8, le=12)]
_BEINGS: tuple[Being, Being] = ("person", "pet")


class _Passing(Recipe):
    """Who passes and when; what both views share."""

    people_per_h: Rate = 0.0
    pets_per_h: Rate = 0.0
    people_at_s: Starts = ()
    pets_at_s: Starts = ()
    nearest_m: Metres = 1.5
    furthest_m: Metres = 5.0
    """How far from the sensor the ways lead past."""
    split: Split = "held-out"
    duration_s: Duration = 3600.0
    """How long chance goes on sending people and pets."""

    @model_validator(mode="after")
    def _nearest_first(self) -> _Passing:
        if self.furthest_m < self.nearest_m:
            raise ValueError(f"furthest_m is nearer than nearest_m, {self.nearest_m:g} m")
        return self

    def passages(self, seed: int, may_stand: float) -> Schedule[Passage]:
        """The passages under `seed`."""

        def make(rng: np.random.Generator, start_s: float, kind: int) -> Passage:
            who = visitor(self.split, _BEINGS[kind], int(rng.integers(0, 1 << 20)))
            return passage(rng, who, start_s, self.nearest_m, self.furthest_m, may_stand)

        given = [(at, 0) for at in self.people_at_s] + [(at, 1) for at in self.pets_at_s]
        rates = (self.people_per_h, self.pets_per_h)
        return place(seed, "passages", self.duration_s, rates, make, given=given)


@register("pir")
class Pir(_Passing):
    """Difference of irradiance [W/m2] between a passive infrared element's halves, at 50 Hz.

    Labels: person, pet. Draughts and other small things are not labelled.
    """

    mount_m: Annotated[float, Field(ge=0.5, le=4)] = 2.1
    """Height of the detector: 2.1 to 2.4 m for alarms, about 1.3 m beside a switch (estimate)."""
    draught_w_per_m2: Annotated[float, Field(ge=0, le=1)] = 4e-4
    """Warm air that moves, root mean square (estimate: a few percent of a person at 3 m)."""
    noise_w_per_m2: Annotated[float, Field(ge=0, le=1)] = 5e-5

    def make(self, seed: int) -> Signal:
        """The irradiance as a signal [W/m2]."""
        passages = self.passages(seed, may_stand=0.2)
        seen = (event.in_view(pir.HALF_VIEW_RAD) for event in passages.events)
        labels = tuple(label for label in seen if label)
        lens = replace(pir.WALL, mount_m=self.mount_m)
        return pir.detector(passages, seed, labels, self.draught_w_per_m2, self.noise_w_per_m2, lens)


@register("thermal_array")
class ThermalArray(_Passing):
    """Temperatures [degrees Celsius] of 8 x 8 pixels over 60 degrees, row by row, ten frames a second.

    Labels: person, pet while one is in view, empty in between.
    """

    furthest_m: Metres = 3.5
    radiator: bool = False
    """A radiator is in view, that heats and rests."""

    def make(self, seed: int) -> Signal:
        """The pixels as a signal."""
        passages = self.passages(seed, may_stand=0.5)
        seen = (event.in_view(thermal.HALF_VIEW_RAD) for event in passages.events)
        labels: list[Label] = []
        free = 0.0
        for label in filter(None, seen):
            labels += [Label(free, label.start_s, "empty"), label]
            free = label.end_s
        if free < self.duration_s:
            labels.append(Label(free, self.duration_s, "empty"))
        return thermal.array(passages, seed, tuple(labels), self.radiator)


@register("door")
class Door(Recipe):
    """A door with a reed switch and an accelerometer on its leaf, at 400 Hz. Labels: what is done to it."""

    quantity: Literal["acceleration", "reed"] = "acceleration"
    """Acceleration [g] on three axes, gravity along z, or the switch: 1 while closed."""
    opened_per_h: Rate = 0.0
    shaken_per_h: Rate = 0.0
    knocked_per_h: Rate = 0.0
    opened_at_s: Starts = ()
    shaken_at_s: Starts = ()
    knocked_at_s: Starts = ()
    traffic_g: Annotated[float, Field(ge=0, le=0.1)] = 5e-4
    """What the building carries to the door, root mean square (estimate)."""
    split: Split = "held-out"
    duration_s: Duration = 3600.0

    def make(self, seed: int) -> Signal:
        """Acceleration [g] or the switch as a signal."""
        leaf = door.door(self.split, int(stream(seed, "door").integers(0, 1 << 20)))
        given = [(at, 0) for at in self.opened_at_s] + [(at, 1) for at in self.shaken_at_s]
        given += [(at, 2) for at in self.knocked_at_s]
        rates = (self.opened_per_h, self.shaken_per_h, self.knocked_per_h)
        events = place(seed, "door", self.duration_s, rates, door.handling, given=given)
        labels = tuple(Label(x.start_s, x.end_s, x.act) for x in events.events)
        return door.leaf_signal(leaf, events, seed, labels, self.quantity, self.traffic_g)
