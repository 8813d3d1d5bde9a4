"""What looks like a fall and is none: knocks, hard chairs, jumps, stumbles, a device that drops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from coincell.signals.motion.event import Event
from coincell.signals.motion.falls import fall
from coincell.signals.motion.jets import Array, Jet, clock, step, window
from coincell.signals.motion.people import Person, Placement
from coincell.signals.motion.pose import G_M_PER_S2, Pose
from coincell.signals.motion.pulses import Plunge, half_sine, ring
from coincell.signals.motion.rest import unrest
from coincell.signals.streams import stream

BumpName = Literal["knock", "sit_down_hard", "flop_on_bed", "jump", "stumble", "drop"]
BUMPS: tuple[BumpName, ...] = get_args(BumpName)


def bump(name: BumpName, who: Person, placement: Placement, take: int) -> Event:
    """One of `BUMPS`. Sizes are an estimate; activities of daily living reach 3 g and more at the trunk
    (Kangas et al., Gait and Posture 28, 2008), which is why a threshold alone confuses them with falls.
    """
    rng = stream(who.seed, "bump", name, take)
    match name:
        case "knock":
            return _knock(rng)
        case "sit_down_hard":
            return _sit_down_hard(who, placement, take, rng)
        case "jump":
            return _jump(rng, placement)
        case "stumble":
            return _stumble(rng, who, placement)
        case "flop_on_bed":
            return fall(name, who, placement, take)
        case "drop":
            return _drop(rng)


def _knock(rng: np.random.Generator) -> Event:
    """The device strikes a door frame or a table: 2 to 6 g, ringing at 20 to 50 Hz, once or twice."""
    way = rng.normal(size=3)
    way /= np.linalg.norm(way)
    blows = [(0.02, rng.uniform(2, 6)), (float(rng.uniform(0.12, 0.4)), rng.uniform(0.0, 3.0))]
    freq = float(rng.uniform(20, 50))

    def pose(t: Array) -> Pose:
        size = sum(ring(t, at, g * G_M_PER_S2, freq, 0.02) for at, g in blows)
        return Pose(np.outer(way, size))

    return Event(0.8, pose, (("knock", 0.0, 0.5),))


def _sit_down_hard(who: Person, placement: Placement, take: int, rng: np.random.Generator) -> Event:
    """Dropping onto a chair or a sofa and sitting there for a while."""
    loss = float(rng.uniform(0.35, 0.65))
    down_m, peak_g = 0.24 * who.height_m * float(rng.uniform(0.8, 1.1)), float(rng.uniform(1.0, 3.0))
    plunge = Plunge(down_m, loss, peak_g, bounce=0.05, n_bounces=1)
    sit_s, rise_s = float(rng.uniform(3, 8)), float(rng.uniform(1.2, 2.0))
    up_at = plunge.total_s + sit_s
    lean = np.radians(rng.uniform(20, 40))

    def pose(t: Array) -> Pose:
        now = clock(t)
        down = step(now, 0.0, plunge.fall_s + plunge.impact_s)
        seated = down - step(now, up_at, rise_s)
        bow = window(now, 0.0, 0.9 * plunge.fall_s, 0.0, 0.7)
        again = window(now, up_at - 0.3, 0.3 + 0.4 * rise_s, 0.0, 0.6 * rise_s)
        push = np.zeros((3, t.size))
        push[2] = plunge.up(t) + step(now, up_at, rise_s).bend * plunge.height_m
        turns = {"pitch": (bow + again) * lean + seated * -0.12}
        if placement == "pocket":
            turns["limb_pitch"] = seated * -np.radians(82.0)
        elif placement != "waist":
            turns["limb_pitch"] = seated * -np.radians(65.0)
        return Pose(push, turns) + unrest(who, placement, take, t).faded(seated)

    return Event(
        up_at + rise_s + 0.4, pose, (("sit_down_hard", 0.0, plunge.total_s),), _claim(up_at + rise_s)
    )


def _jump(rng: np.random.Generator, placement: Placement) -> Event:
    """Off the ground and back: crouch, thrust, 0.25 to 0.5 s of flight, landing."""
    flight = float(rng.uniform(0.25, 0.5))
    speed = G_M_PER_S2 * flight / 2
    dip, thrust, land = 0.35, 0.28, float(rng.uniform(0.1, 0.2))
    sunk = 0.9  # speed of the crouch, m/s
    arms = float(np.radians(rng.uniform(20, 80)))

    def pose(t: Array) -> Pose:
        now = clock(t)
        off, down = dip + thrust, dip + thrust + flight
        up = half_sine(t, 0.0, dip, -np.pi * sunk / (2 * dip))
        up = up + half_sine(t, dip, thrust, np.pi * (speed + sunk) / (2 * thrust))
        up = up + np.where((t >= off) & (t < down), -G_M_PER_S2, 0.0)
        up = up + half_sine(t, down, land, np.pi * (speed + sunk) / (2 * land))
        up = up + half_sine(t, down + land, 0.3, -np.pi * sunk / (2 * 0.3))
        push = np.zeros((3, t.size))
        push[2] = up
        bow = window(now, 0.0, dip, 0.0, thrust) + window(now, down, land + 0.1, 0.0, 0.4)
        turns = {"pitch": bow * 0.35}
        if placement == "pocket":
            turns["limb_pitch"] = bow * -0.9
        elif placement != "waist":
            turns["limb_pitch"] = window(now, 0.1, off - 0.1, 0.1, flight) * -arms
        return Pose(push, turns)

    length = dip + thrust + flight + land + 0.3
    return Event(length + 0.4, pose, (("jump", 0.0, length),), _claim(length))


def _stumble(rng: np.random.Generator, who: Person, placement: Placement) -> Event:
    """A trip that is caught: the trunk pitches, one or two hard steps stop it."""
    lean, hit = np.radians(rng.uniform(15, 30)), float(rng.uniform(0.8, 2.0)) * G_M_PER_S2 * who.strike**0.3
    caught = float(rng.uniform(0.3, 0.45))
    plunge = Plunge(float(rng.uniform(0.06, 0.12)), 0.6, hit / G_M_PER_S2)
    fling = np.radians(rng.uniform(30, 70))

    def pose(t: Array) -> Pose:
        now = clock(t)
        push = np.zeros((3, t.size))
        push[2] = plunge.up(t - caught + plunge.fall_s)
        push[2] += step(now, caught + plunge.impact_s, 0.5).bend * plunge.height_m
        push += np.outer((-0.6, 0.3, 0.0), ring(t, caught, hit, 14.0, 0.05))
        push[0] += step(now, 0.0, 2 * caught).bend * 0.15
        turns = {"pitch": window(now, 0.0, caught, 0.05, 0.6) * lean}
        if placement == "pocket":
            turns["limb_pitch"] = window(now, 0.0, caught, 0.0, 0.5) * -0.8
        elif placement != "waist":
            turns["limb_pitch"] = window(now, 0.0, 0.45, 0.05, 0.6) * -fling
        return Pose(push, turns)

    def claim(t: Array) -> Jet:
        return window(clock(t), 0.0, 0.25, 0.5, 0.5) * 0.8

    return Event(1.6, pose, (("stumble", 0.0, caught + 0.5),), claim)


def _drop(rng: np.random.Generator) -> Event:
    """The device slips out of a hand or a pocket: free fall, hard bounces, rest, picked up again.

    Contacts last 8 to 15 ms on carpet or lino with a strap or a case (estimate), so peaks go far beyond most
    ranges.
    """
    height, bounce = float(rng.uniform(0.4, 1.2)), float(rng.uniform(0.2, 0.45))
    speed = float(np.sqrt(2 * G_M_PER_S2 * height))
    contact = float(rng.uniform(0.008, 0.015))
    peak_g = np.pi * speed * (1 + bounce) / (2 * contact) / G_M_PER_S2
    plunge = Plunge(height, 1.0, float(peak_g), bounce, 2, sudden=True)
    rest_s, rise_s = float(rng.uniform(2, 8)), float(rng.uniform(0.9, 1.6))
    up_at = plunge.total_s + rest_s
    spin = rng.uniform(-np.pi, np.pi, 3)
    start = 0.4

    def pose(t: Array) -> Pose:
        now = clock(t - start)
        push = np.zeros((3, t.size))
        push[2] = plunge.up(t - start) + step(now, up_at, rise_s).bend * height
        over = step(now, 0.0, plunge.total_s) - step(now, up_at, rise_s)
        turns = {
            joint: over * float(a)
            for joint, a in zip(("own_yaw", "own_pitch", "own_roll"), spin, strict=True)
        }
        return Pose(push, turns)

    return Event(
        start + up_at + rise_s + 0.5,
        pose,
        (("drop", start, start + plunge.total_s), ("device_down", start + plunge.total_s, start + up_at)),
        lambda t: window(clock(t), 0.0, start, up_at, rise_s + 0.5),
    )


def _claim(until_s: float) -> Callable[[Array], Jet]:
    """The whole body from 0.4 s after the beginning until `until_s`."""
    return lambda t: window(clock(t), 0.0, 0.4, until_s - 0.4, 0.4)
