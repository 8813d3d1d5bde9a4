"""A driver's head with a sensor at the temple: looking about, nodding off, and the car beneath."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from coincell.signals.motion.event import Event
from coincell.signals.motion.jets import Array, clock, sine, step, window
from coincell.signals.motion.people import Person
from coincell.signals.motion.pose import Mount, Pose
from coincell.signals.motion.wander import sines
from coincell.signals.streams import stream

HeadName = Literal["nod_off", "glance", "look_down", "yes", "no"]
HEAD_EVENTS: tuple[HeadName, ...] = get_args(HeadName)
_DEG = np.pi / 180


def head_mount(who: Person) -> Mount:
    """On a headset or glasses: 15 cm above the neck's pivot, 7 cm aside; x forward, z up, within 6°."""
    tilt = stream(who.seed, "head mount").normal(0, 6 * _DEG, 2)
    c, s = np.cos(tilt), np.sin(tilt)
    axes = np.array([[c[0], 0, -s[0]], [0, 1, 0], [s[0], 0, c[0]]])
    axes = np.array([[1, 0, 0], [0, c[1], s[1]], [0, -s[1], c[1]]]) @ axes
    rows = tuple((float(r[0]), float(r[1]), float(r[2])) for r in axes)
    return Mount(limb_m=(0.02, 0.07 * who.side, 0.15), axes=(rows[0], rows[1], rows[2]))


def looking(who: Person, take: int, t: Array, drowsy_from_s: float | None) -> Pose:
    """Keeping one's eyes on the road. Who is drowsy sways 1.5 times as far and lets the head sink by 5°
    (estimate).
    """
    now = clock(t)
    size = 0.8 * _DEG * who.unrest
    turns = {
        "limb_yaw": sines(take, "gaze", 0.05, 1.5, 2 * size, 2.0, 20).at(t),
        "limb_pitch": sines(take, "bob", 0.05, 1.5, size, 2.0, 20).at(t),
        "limb_roll": sines(take, "tilt", 0.05, 0.5, size, 2.0, 12).at(t),
    }
    if drowsy_from_s is not None:
        sunk = step(now, drowsy_from_s, 20.0)
        turns = {joint: angle * (sunk * 0.5 + 1.0) for joint, angle in turns.items()}
        turns["limb_pitch"] = turns["limb_pitch"] + sunk * (5 * _DEG)
    return Pose(np.zeros((3, t.size)), turns)


def head_event(name: HeadName, who: Person, take: int) -> Event:
    """One of `HEAD_EVENTS`, from the estimates below."""
    rng = stream(who.seed, "head", name, take)
    match name:
        case "nod_off":
            return _nod_off(rng)
        case "glance":
            return _glance(rng)
        case "look_down":
            return _look_down(rng)
        case "yes":
            return _to_and_fro("yes", "limb_pitch", rng)
        case "no":
            return _to_and_fro("no", "limb_yaw", rng)


def _nod_off(rng: np.random.Generator) -> Event:
    """A microsleep: the head sinks by 15 to 35° in 0.8 to 2 s, hangs a moment, and jerks up within 0.3 s."""
    deep, sink_s = rng.uniform(15, 35) * _DEG, float(rng.uniform(0.8, 2.0))
    hang_s, jerk_s = float(rng.uniform(0.1, 1.2)), float(rng.uniform(0.22, 0.38))
    aside = float(rng.normal(0, 0.25))
    over = float(rng.uniform(0.1, 0.25))

    def pose(t: Array) -> Pose:
        now = clock(t)
        sunk = step(now, 0.0, sink_s)
        course = sunk * sunk - step(now, sink_s + hang_s, jerk_s) * (1 + over)
        course = course + step(now, sink_s + hang_s + jerk_s, 0.6) * over
        return Pose(
            np.zeros((3, t.size)), {"limb_pitch": course * deep, "limb_roll": course * (aside * deep)}
        )

    spans = (("nod_off", 0.0, sink_s + hang_s + jerk_s), ("head_sinks", 0.0, sink_s))
    return Event(sink_s + hang_s + jerk_s + 0.6, pose, spans)


def _glance(rng: np.random.Generator) -> Event:
    """Into a mirror or over a shoulder: 20 to 55° aside within 0.3 to 0.5 s, back after 0.3 to 1.2 s."""
    angle, out_s = rng.choice([-1, 1]) * rng.uniform(20, 55) * _DEG, float(rng.uniform(0.3, 0.5))
    hold_s = float(rng.uniform(0.3, 1.2))

    def pose(t: Array) -> Pose:
        course = window(clock(t), 0.0, out_s, hold_s, out_s)
        return Pose(
            np.zeros((3, t.size)), {"limb_yaw": course * angle, "limb_pitch": course * (0.15 * abs(angle))}
        )

    return Event(2 * out_s + hold_s, pose, (("glance", 0.0, 2 * out_s + hold_s),))


def _look_down(rng: np.random.Generator) -> Event:
    """At the instruments: as deep as a nod, but down as fast as up."""
    angle, out_s = rng.uniform(12, 30) * _DEG, float(rng.uniform(0.3, 0.55))
    hold_s, back_s = float(rng.uniform(0.4, 2.0)), float(rng.uniform(0.35, 0.6))

    def pose(t: Array) -> Pose:
        return Pose(
            np.zeros((3, t.size)), {"limb_pitch": window(clock(t), 0.0, out_s, hold_s, back_s) * angle}
        )

    return Event(out_s + hold_s + back_s, pose, (("look_down", 0.0, out_s + hold_s + back_s),))


def _to_and_fro(name: str, joint: str, rng: np.random.Generator) -> Event:
    """Saying yes or no: 5 to 12° at 1.5 to 2.8 Hz, two to four times."""
    angle, freq = rng.uniform(5, 12) * _DEG, float(rng.uniform(1.5, 2.8))
    length = float(rng.integers(2, 5)) / freq

    def pose(t: Array) -> Pose:
        now = clock(t)
        course = sine(now * (2 * np.pi * freq)) * window(now, 0.0, 0.3 * length, 0.4 * length, 0.3 * length)
        return Pose(np.zeros((3, t.size)), {joint: course * angle})

    return Event(length, pose, ((name, 0.0, length),))
