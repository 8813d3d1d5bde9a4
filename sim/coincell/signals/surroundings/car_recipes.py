"""Recipes of a car: what is on its seat, and how open its driver's eyes are."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from coincell.ports import Label, Signal
from coincell.signals.kinds import Recipe, register
from coincell.signals.speakers import Split
from coincell.signals.streams import stream
from coincell.signals.surroundings import eyes, seat
from coincell.signals.surroundings.events import place

Duration = Annotated[float, Field(gt=0, le=86_400 * 7)]
Rate = Annotated[float, Field(ge=0, le=240)]
Starts = tuple[Annotated[float, Field(ge=0, le=1e6)], ...]


@register("seat")
class Seat(Recipe):
    """Force on a car seat [N] at 50 Hz. Labels: bag, child, adult, and empty in between."""

    bags_per_h: Rate = 0.0
    children_per_h: Rate = 0.0
    adults_per_h: Rate = 0.0
    bags_at_s: Starts = ()
    children_at_s: Starts = ()
    adults_at_s: Starts = ()
    sitting_s: Annotated[float, Field(ge=5, le=86_400)] = 120.0
    """How long each stays on average."""
    road_g: Annotated[float, Field(ge=0, le=0.5)] = 0.03
    """Vertical shaking, root mean square: 0.02 to 0.06 g on a seat at speed (ISO 2631 studies); 0 parked."""
    noise_n: Annotated[float, Field(ge=0, le=50)] = 0.5
    sensor_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Of the force, what the sensor bears: a mat under the whole cushion all of it, a cell under a button of
    20 cm2 about 0.02, its area over the 0.1 m2 that a sitter presses (estimate)."""
    split: Split = "held-out"
    duration_s: Duration = 3600.0
    """How long chance goes on filling the seat, and labels say that it is empty."""

    def make(self, seed: int) -> Signal:
        """The force as a signal [N]."""

        def make(rng: np.random.Generator, start_s: float, kind: int) -> seat.Sitting:
            return seat.sitting(self.split, rng, start_s, kind, self.sitting_s)

        given = [(at, 0) for at in self.bags_at_s] + [(at, 1) for at in self.children_at_s]
        given += [(at, 2) for at in self.adults_at_s]
        rates = (self.bags_per_h, self.children_per_h, self.adults_per_h)
        sittings = place(seed, "sittings", self.duration_s, rates, make, gap_s=5.0, given=given)
        labels: list[Label] = []
        free = 0.0
        for one in sittings.events:
            labels += [Label(free, one.start_s, "empty"), Label(one.start_s, one.end_s, one.load)]
            free = one.end_s
        if free < self.duration_s:
            labels.append(Label(free, self.duration_s, "empty"))
        kept = tuple(label for label in labels if label.end_s > label.start_s)
        return seat.seat(sittings, seed, kept, self.road_g, self.noise_n, self.sensor_share)


@register("eyelids")
class Eyelids(Recipe):
    """Opening of a driver's eye, 0 closed to 1 wide, at 100 Hz. Labels: alert, drowsy."""

    alertness: Literal["alert", "drowsy", "fading"] = "fading"
    """One of them all the time, or alert at first and drowsy in stretches that come ever more often."""
    alert_s: Annotated[float, Field(ge=60, le=86_400)] = 300.0
    drowsy_s: Annotated[float, Field(ge=60, le=86_400)] = 180.0
    """How long stretches last on average, where fading."""
    noise: Annotated[float, Field(ge=0, le=0.5)] = 0.01
    """Of the sensor that looks at the eye, root mean square (estimate)."""
    split: Split = "held-out"
    person: Annotated[int, Field(ge=0, lt=1 << 20)] | None = None
    duration_s: Duration = 1800.0
    """How long labels are given."""

    def make(self, seed: int) -> Signal:
        """The opening as a signal."""
        number = self.person
        if number is None:
            number = int(stream(seed, "driver").integers(0, 1 << 20))
        labels: list[Label] = []
        if self.alertness == "fading":
            rng = stream(seed, "alertness")
            free, turn, alert_s = 0.0, 0, self.alert_s
            while free < self.duration_s:
                mean = self.drowsy_s if turn % 2 else alert_s
                length = mean * float(rng.uniform(0.6, 1.4))
                end = min(eyes.PAGE_S * max(round((free + length) / eyes.PAGE_S), 1), self.duration_s)
                end = end if end > free else self.duration_s
                labels.append(Label(free, end, "drowsy" if turn % 2 else "alert"))
                free, turn, alert_s = end, turn + 1, max(alert_s * 0.9, 60.0)
        else:
            labels.append(Label(0.0, self.duration_s, self.alertness))
        who = eyes.driver(self.split, number)
        return eyes.eyelids(who, seed, tuple(labels), self.alertness == "drowsy", self.noise)
