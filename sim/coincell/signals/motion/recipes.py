"""Recipes for motion: people, drivers' heads, car seats."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from coincell.ports import Signal
from coincell.signals.kinds import Recipe, register
from coincell.signals.motion import seat
from coincell.signals.motion.car import Road, pushed
from coincell.signals.motion.head import HeadName, head_event, head_mount, looking
from coincell.signals.motion.people import PLACEMENTS, Placement, mount, person
from coincell.signals.motion.pose import Pose
from coincell.signals.motion.scene import (
    SHORTEST_S,
    Activity,
    EventName,
    body,
    event,
    fits,
    spells,
    states,
    with_events,
)
from coincell.signals.motion.schedule import Duration, Moment, Rate, labels, schedule
from coincell.signals.motion.seat import Car, Drive, SeatState
from coincell.signals.motion.sensed import Quantity, sensed
from coincell.signals.speakers import Split
from coincell.signals.streams import stream

SampleRate = Annotated[float, Field(ge=10, le=8000)]
Number = Annotated[int, Field(ge=0, lt=1 << 20)]


class Motion(Recipe):
    """What all motion has."""

    quantity: Quantity = "acceleration"
    """Acceleration [g], gravity included, or angular rate [rad/s]; under one seed they belong together."""
    rate_hz: SampleRate = 200.0
    duration_s: Duration = 600.0
    """How long chance goes on placing what happens; the last state never ends."""


def in_order(timeline: Sequence[tuple[float, str]], dwell_s: tuple[float, float]) -> None:
    """Raises ValueError unless `timeline` begins at 0 and leaves each state its time, as does `dwell_s`."""
    starts = sorted(at for at, _ in timeline)
    if starts and starts[0] != 0:
        raise ValueError("timeline: the first state begins at 0")
    if any(b - a < SHORTEST_S for a, b in pairwise(starts)):
        raise ValueError(f"timeline: a state needs at least {SHORTEST_S} s")
    if dwell_s[0] > dwell_s[1]:
        raise ValueError("dwell_s: the shorter time comes first")


@register("motion_scene")
class MotionScene(Motion):
    """One person, one sensor: activities in turn, and events."""

    people: Split = "held-out"
    person: Number | None = None
    """Who of the population; else a seed's choice."""
    placement: Placement | None = None
    """Where the sensor is; else a seed's choice."""
    timeline: tuple[tuple[Moment, Activity], ...] = ()
    """Activities by when they begin, the first at 0; else by chance from `activities`."""
    activities: Annotated[tuple[Activity, ...], Field(min_length=1)] = ("walking", "sitting", "standing")
    dwell_s: tuple[Annotated[float, Field(ge=SHORTEST_S)], Annotated[float, Field(le=86_400)]] = (15.0, 60.0)
    """How long an activity goes on by chance, from and to."""
    events: tuple[tuple[Moment, EventName], ...] = ()
    rates_per_h: dict[EventName, Rate] = Field(default_factory=dict)
    """Events by chance. Falls, jumps, stumbles and hard chairs befall only people on their feet."""

    @model_validator(mode="after")
    def _in_order(self) -> MotionScene:
        in_order(self.timeline, self.dwell_s)
        return self

    def make(self, seed: int) -> Signal:
        """The scene as a signal, with a label for every activity and event."""
        rng = stream(seed, "who")
        number = int(rng.integers(0, 1 << 20))
        placement = PLACEMENTS[
            int(rng.integers(0, 3))
        ]  # by chance never in the hand: nobody goes about like that
        who = person(self.people, number if self.person is None else self.person)
        where = self.placement or placement
        plan = spells(self.timeline, self.activities, self.dwell_s, self.duration_s, seed)
        happenings = schedule(
            self.events,
            self.rates_per_h,
            self.duration_s,
            seed,
            lambda name, take: event(name, who, where, take),
            fits(plan),
        )
        return sensed(
            lambda t: body(plan, happenings, who, where, t),
            mount(who, where, seed),
            self.quantity,
            self.rate_hz,
            labels(happenings, states(plan, self.duration_s)),
        )


class InCar(Motion):
    """What happens in a car that does one thing throughout."""

    drive: Drive = "driving"
    speed_m_per_s: Annotated[float, Field(gt=0, le=60)] = 20.0
    road: Road = "average"

    @property
    def car(self) -> Car:
        """The car of this recipe."""
        return Car(self.drive, self.speed_m_per_s, self.road)


@register("driver_head")
class DriverHead(InCar):
    """A sensor at a driver's temple: x forward, z up."""

    people: Split = "held-out"
    drowsy_from_s: Moment | None = None
    """From then on the driver is drowsy, and only then does `nod_off` come by chance."""
    events: tuple[tuple[Moment, HeadName], ...] = ()
    rates_per_h: dict[HeadName, Rate] = Field(default_factory=dict)

    def make(self, seed: int) -> Signal:
        """The head as a signal, labelled with its moves and with `alert` and `drowsy`."""
        who = person(self.people, int(stream(seed, "who").integers(0, 1 << 20)))
        ride, drowsy = self.car.ride("occupied", seed), self.drowsy_from_s
        happenings = schedule(
            self.events,
            self.rates_per_h,
            self.duration_s,
            seed,
            lambda name, take: head_event(name, who, take),
            lambda name, at_s: name != "nod_off" or (drowsy is not None and at_s > drowsy),
        )
        turned = min(self.duration_s if drowsy is None else drowsy, self.duration_s)
        spans = ((0.0, turned, "alert"), (turned, self.duration_s, "drowsy"))
        return sensed(
            lambda t: with_events(looking(who, seed, t, drowsy) + Pose(pushed(ride, t)), happenings, t),
            head_mount(who),
            self.quantity,
            self.rate_hz,
            labels(happenings, [span for span in spans if span[0] < span[1]]),
        )


@register("car_seat")
class CarSeat(InCar):
    """A sensor under a seat's cushion: x forward, z up."""

    timeline: tuple[tuple[Moment, SeatState], ...] = ()
    """When the seat becomes occupied or empty, the first at 0; else by chance."""
    dwell_s: tuple[Annotated[float, Field(ge=SHORTEST_S)], Annotated[float, Field(le=86_400)]] = (20.0, 90.0)

    @model_validator(mode="after")
    def _in_order(self) -> CarSeat:
        in_order(self.timeline, self.dwell_s)
        return self

    def make(self, seed: int) -> Signal:
        """The seat as a signal, labelled `occupied` and `empty`."""
        car = self.car
        plan = spells(self.timeline, ("empty", "occupied"), self.dwell_s, self.duration_s, seed)
        happenings = seat.changes(plan)
        return sensed(
            lambda t: with_events(seat.body(plan, car, t), happenings, t),
            seat.MOUNT,
            self.quantity,
            self.rate_hz,
            labels((), states(plan, self.duration_s)),
        )
