"""A car's seat: rides and stops in turn, somebody on it or nobody, getting in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from coincell.signals.motion.car import Ride, Road, pushed
from coincell.signals.motion.event import Event
from coincell.signals.motion.jets import Array, clock, sine
from coincell.signals.motion.pose import G_M_PER_S2, Mount, Pose, still
from coincell.signals.motion.pulses import Plunge, ring
from coincell.signals.motion.scene import Spell, weight
from coincell.signals.motion.schedule import Happening
from coincell.signals.motion.wander import sines
from coincell.signals.streams import stream

SeatState = Literal["empty", "occupied"]
Drive = Literal["parked", "idling", "driving"]
MOUNT = Mount(axes=((0.996, 0.0, 0.087), (0.0, 1.0, 0.0), (-0.087, 0.0, 0.996)))
"""Under the cushion, which rises by 5° to the front."""
_SLACK_M = 0.02
"""How far a cushion gives when somebody sits down (estimate)."""


@dataclass(frozen=True)
class Car:
    """What the car does for the whole scene."""

    drive: Drive
    speed_m_per_s: float
    road: Road

    def ride(self, on_seat: Literal["floor", "empty", "occupied"], take: int) -> Ride:
        """As the seat or the floor has it."""
        return Ride(
            self.speed_m_per_s if self.drive == "driving" else 0.0,
            self.drive != "parked",
            self.road,
            on_seat,
            take,
        )


def body(plan: Sequence[Spell], car: Car, t: Array) -> Pose:
    """The seat at times [s]: shaken by the car and, when somebody is on it, by their breath, heart and
    shifting.

    A heart moves a seat by about 3 mg, breath tilts it by about 0.1° (estimates from ballistocardiography on
    chairs).
    """
    pose = still(t)
    for index, spell in enumerate(plan):
        begin = spell.start_s
        end = plan[index + 1].start_s if index + 1 < len(plan) else np.inf
        if begin > t[-1] + 2 or end < t[0] - 2:
            continue
        on: Literal["empty", "occupied"] = "occupied" if spell.name == "occupied" else "empty"
        here = Pose(pushed(car.ride(on, spell.take), t))
        if on == "occupied":
            here = here + _alive(spell.take, t)
        pose = pose + here.faded(weight(plan, index, t))
    return pose


def changes(plan: Sequence[Spell]) -> list[Happening]:
    """Somebody sits down or gets up wherever the state changes."""
    return [
        Happening(spell.start_s - 0.5, _sit(spell.take) if spell.name == "occupied" else _rise(spell.take))
        for before, spell in pairwise(plan)
        if before.name != spell.name
    ]


def _alive(take: int, t: Array) -> Pose:
    now = clock(t)
    rng = stream(take, "alive")
    heart = 2 * np.pi * float(rng.uniform(0.95, 1.5))
    phase = heart * t
    push = np.zeros((3, t.size))
    push[2] = (
        0.003 * G_M_PER_S2 * (np.sin(4 * phase) + 0.6 * np.sin(6 * phase)) * np.maximum(np.cos(phase), 0) ** 4
    )
    breath = sine(now * (2 * np.pi * float(rng.uniform(0.2, 0.3)))) * 0.0017
    shift = sines(take, "shift", 0.05, 0.7, 0.006, 2.0, 16).at(t)
    return Pose(
        push, {"pitch": breath + shift, "roll": sines(take, "shift too", 0.05, 0.7, 0.006, 2.0, 16).at(t)}
    )


def _sit(take: int) -> Event:
    rng = stream(take, "sit")
    plunge = Plunge(_SLACK_M * float(rng.uniform(0.7, 1.5)), 0.3, float(rng.uniform(0.3, 0.8)), 0.2, 1)
    side = float(rng.uniform(-0.4, 0.4))

    def pose(t: Array) -> Pose:
        push = np.zeros((3, t.size))
        push[2] = plunge.up(t - 0.4)
        push[1] = ring(t, 0.4 + plunge.fall_s, side * G_M_PER_S2, 6.0, 0.08)
        return Pose(push)

    return Event(1.5, pose, ())


def _rise(take: int) -> Event:
    size = float(stream(take, "rise").uniform(0.08, 0.25)) * G_M_PER_S2

    def pose(t: Array) -> Pose:
        push = np.zeros((3, t.size))
        push[2] = ring(t, 0.3, size, 3.0, 0.15)
        push[0] = ring(t, 0.2, 0.5 * size, 2.0, 0.2)
        return Pose(push)

    return Event(2.2, pose, ())
