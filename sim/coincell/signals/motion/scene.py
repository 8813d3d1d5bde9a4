"""A person's day: activities one after the other, events on top, felt by one sensor."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from coincell.signals.motion import gait, rest
from coincell.signals.motion.bumps import BUMPS, BumpName, bump
from coincell.signals.motion.event import Event
from coincell.signals.motion.falls import FALLS, FallName, fall
from coincell.signals.motion.gestures import GESTURES, GestureName, gesture
from coincell.signals.motion.jets import Array, Jet, clock, constant, step
from coincell.signals.motion.people import Person, Placement
from coincell.signals.motion.pose import Pose, still
from coincell.signals.motion.schedule import Happening
from coincell.signals.streams import stream

Activity = Literal[
    "walking", "running", "cycling", "stairs_up", "stairs_down", "sitting", "standing", "lying"
]
ACTIVITIES: tuple[Activity, ...] = get_args(Activity)
EventName = FallName | BumpName | GestureName
ON_FOOT = ("walking", "running", "stairs_up", "stairs_down", "standing")
_NEEDS_FEET = {*FALLS, "sit_down_hard", "flop_on_bed", "jump", "stumble"}
_CHANGE_S = 1.2
"""How long it takes to go from one activity to the next [s] (estimate)."""
SHORTEST_S = 2.5
"""No activity is shorter, so that it is reached before it ends [s]."""


@dataclass(frozen=True)
class Spell:
    """An activity from `start_s` on; `take` is how it goes this time."""

    start_s: float
    name: str
    take: int


def activity(name: str, who: Person, placement: Placement, take: int, t: Array) -> Pose:
    """The pose of `who` doing `name` at times [s]."""
    match name:
        case "walking":
            return gait.go(gait.WALKING, who, placement, take, t)
        case "running":
            return gait.go(gait.RUNNING, who, placement, take, t)
        case "stairs_up":
            return gait.go(gait.STAIRS_UP, who, placement, take, t)
        case "stairs_down":
            return gait.go(gait.STAIRS_DOWN, who, placement, take, t)
        case "cycling":
            return rest.pedal(who, placement, take, t)
        case "sitting":
            return rest.sit(who, placement, take, t)
        case "standing":
            return rest.stand(who, placement, take, t)
        case _:
            return rest.lie(who, placement, take, t)


def event(name: str, who: Person, placement: Placement, take: int) -> Event:
    """The event `name` as it befalls `who`."""
    for fall_name in FALLS:
        if fall_name == name:
            return fall(fall_name, who, placement, take)
    for bump_name in BUMPS:
        if bump_name == name:
            return bump(bump_name, who, placement, take)
    return gesture(next(g for g in GESTURES if g == name), who, take)


def spells(
    timeline: Sequence[tuple[float, str]],
    pool: Sequence[str],
    dwell_s: tuple[float, float],
    duration_s: float,
    seed: int,
) -> list[Spell]:
    """The activities of a scene: as the recipe says or, where it gives no timeline, by chance from `pool`."""
    rng = stream(seed, "spells")
    out = [Spell(at, name, int(rng.integers(0, 1 << 31))) for at, name in sorted(timeline)]
    at, last = 0.0, ""
    while not timeline and at < duration_s:
        others = [name for name in pool if name != last] or list(pool)
        last = str(rng.choice(others))
        out.append(Spell(at, last, int(rng.integers(0, 1 << 31))))
        at += max(SHORTEST_S, float(rng.uniform(*dwell_s)))
    return out


def fits(plan: Sequence[Spell]) -> Callable[[str, float], bool]:
    """Whether an event may befall at a time: falls, jumps and the like need somebody on their feet."""
    starts = [spell.start_s for spell in plan]

    def check(name: str, at_s: float) -> bool:
        here = plan[max(0, bisect_right(starts, at_s) - 1)]
        return name not in _NEEDS_FEET or here.name in ON_FOOT

    return check


def weight(plan: Sequence[Spell], index: int, t: Array) -> Jet:
    """How much spell `index` is on at times [s]; all of them sum to 1."""
    now = clock(t)
    on = constant(1.0, t) if index == 0 else step(now, plan[index].start_s - _CHANGE_S / 2, _CHANGE_S)
    if index + 1 < len(plan):
        on = on - step(now, plan[index + 1].start_s - _CHANGE_S / 2, _CHANGE_S)
    return on


def body(
    plan: Sequence[Spell], happenings: Sequence[Happening], who: Person, placement: Placement, t: Array
) -> Pose:
    """The pose of `who` at rising times [s]."""
    starts = [spell.start_s for spell in plan]
    first = max(0, bisect_right(starts, float(t[0]) - _CHANGE_S) - 1)
    last = max(first, bisect_right(starts, float(t[-1]) + _CHANGE_S) - 1)
    pose = still(t)
    for index in range(first, last + 1):
        spell = plan[index]
        pose = pose + activity(spell.name, who, placement, spell.take, t).faded(weight(plan, index, t))
    return with_events(pose, happenings, t)


def with_events(pose: Pose, happenings: Sequence[Happening], t: Array) -> Pose:
    """`pose` where events claim and add what is theirs."""
    for happening in happenings:
        if happening.start_s <= t[-1] and happening.end_s >= t[0]:
            own = t - happening.start_s
            claim = happening.event.claim
            if claim is not None:
                pose = pose.faded(claim(own) * -1.0 + 1.0)
            pose = pose + happening.event.pose(own)
    return pose


def states(plan: Sequence[Spell], duration_s: float) -> list[tuple[float, float, str]]:
    """Begin, end [s] and name of each spell; the last goes on to `duration_s`."""
    ends = [*(spell.start_s for spell in plan[1:]), max(duration_s, plan[-1].start_s)]
    return [(spell.start_s, end, spell.name) for spell, end in zip(plan, ends, strict=True)]
