"""Gestures of a hand that holds or wears the device: swipes, a circle, a shake, and moves that mean
nothing."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from coincell.signals.motion.event import Event
from coincell.signals.motion.jets import Array, Jet, clock, cosine, sine, step, window
from coincell.signals.motion.people import Person
from coincell.signals.motion.pose import Pose
from coincell.signals.streams import stream

GestureName = Literal["swipe_left", "swipe_right", "swipe_up", "swipe_down", "circle", "shake", "fidget"]
GESTURES: tuple[GestureName, ...] = get_args(GestureName)
"""`fidget` is no gesture: the hand goes somewhere."""

_WAY = {"swipe_left": (1, 0), "swipe_right": (-1, 0), "swipe_up": (0, 1), "swipe_down": (0, -1)}


def gesture(name: GestureName, who: Person, take: int) -> Event:
    """One gesture. Courses are minimum-jerk (see `jets.step`), sizes and times an estimate of what people do
    when asked: swipes of 20 to 35 cm within 0.3 to 0.5 s, then slowly back.
    """
    rng = stream(who.seed, "gesture", name, take)
    quick = who.quickness * float(np.exp(rng.normal(0, 0.12)))
    match name:
        case "circle":
            return _circle(rng, quick)
        case "shake":
            return _shake(rng, quick)
        case "fidget":
            return _fidget(rng)
        case _:
            return _swipe(name, rng, quick)


def _swipe(name: GestureName, rng: np.random.Generator, quick: float) -> Event:
    """The forearm turns by 20 to 32° (a hand's width of path per 10°) and the hand goes 8 to 15 cm with
    it.
    """
    left, up = _WAY[name]
    angle, path = np.radians(rng.uniform(20, 32)), float(rng.uniform(0.08, 0.15))
    out_s, hold_s, back_s = 0.4 / quick, float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.7, 1.2))
    stray = rng.normal(0, 0.12, 2)  # nobody swipes quite straight
    aside, aloft = left + stray[0], up + stray[1]

    def pose(t: Array) -> Pose:
        course = step(clock(t), 0.0, out_s) - step(clock(t), out_s + hold_s, back_s)
        push = np.outer((0.0, path * aside, path * aloft), course.bend)
        return Pose(push, {"limb_yaw": course * (aside * angle), "limb_pitch": course * (-aloft * angle)})

    return Event(out_s + hold_s + back_s, pose, ((name, 0.0, out_s),))


def _circle(rng: np.random.Generator, quick: float) -> Event:
    """Once round, clockwise as the person sees it, from the top: 10 to 18 cm of radius in about 1.3 s."""
    radius, round_s = float(rng.uniform(0.10, 0.18)), 1.3 / quick
    tilt = float(rng.uniform(0.05, 0.2))

    def pose(t: Array) -> Pose:
        now = clock(t)  # three steps in turn run more evenly than one
        turn = sum(
            (step(now, k * 0.2 * round_s, 0.6 * round_s) for k in (1, 2)), step(now, 0.0, 0.6 * round_s)
        )
        turn = turn * (2 * np.pi / 3)
        aside, aloft = sine(turn) * -1.0, cosine(turn) - 1.0
        push = np.outer((0.0, radius, 0.0), aside.bend) + np.outer((0.0, 0.0, radius), aloft.bend)
        return Pose(push, {"limb_yaw": aside * tilt, "limb_pitch": aloft * -tilt})

    return Event(round_s, pose, (("circle", 0.0, round_s),))


def _shake(rng: np.random.Generator, quick: float) -> Event:
    """To and fro at 4 to 6 Hz by 1.5 to 3.5 cm for about a second, the wrist turning along."""
    freq, path = 5.0 * quick**0.7, float(rng.uniform(0.015, 0.035))
    length, roll = float(rng.uniform(0.8, 1.4)), float(rng.uniform(0.1, 0.35))
    lean = rng.normal(0, 0.3, 2)

    def pose(t: Array) -> Pose:
        now = clock(t)
        course = sine(now * (2 * np.pi * freq)) * window(now, 0.0, 0.25, length - 0.5, 0.25)
        push = np.outer((lean[0] * path, path, lean[1] * path), course.bend)
        return Pose(push, {"own_pitch": course * roll})

    return Event(length, pose, (("shake", 0.0, length),))


def _fidget(rng: np.random.Generator) -> Event:
    """Reaching for something, lifting a cup, scratching: one to three moves any way, at any pace."""
    count = int(rng.integers(1, 4))
    moves, at = [], 0.0
    for _ in range(count):
        length = float(rng.uniform(0.35, 1.2))
        moves.append((at, length, rng.uniform(-0.2, 0.2, 3), rng.uniform(-0.7, 0.7, 3)))
        at += length * float(rng.uniform(0.8, 1.5))
    back_s = float(rng.uniform(0.7, 1.5))

    def pose(t: Array) -> Pose:
        now = clock(t)
        push = np.zeros((3, t.size))
        turns: dict[str, Jet] = {}
        for begin, length, path, angle in moves:
            course = step(now, begin, length) - step(now, at, back_s)
            push += np.outer(path, course.bend)
            for joint, size in zip(("limb_yaw", "limb_pitch", "own_roll"), angle, strict=True):
                turned = course * float(size)
                turns[joint] = turns[joint] + turned if joint in turns else turned
        return Pose(push, turns)

    return Event(at + back_s, pose, (("fidget", 0.0, at + back_s),))
