"""People who do not exist: bodies and habits drawn from a number, those for training apart from those held
out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from coincell.signals.motion.jets import Array
from coincell.signals.motion.pose import Mount
from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream

Placement = Literal["wrist", "waist", "pocket", "hand"]
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)

_HIP, _SHOULDER_UP = 0.530, 0.288
_UPPER_ARM, _FOREARM = 0.186, 0.146
"""Shares of height: hip above the ground, shoulder above the hip, upper arm, forearm (Drillis and Contini
1966, as drawn in Winter, Biomechanics and Motor Control of Human Movement, fig. 4.1)."""


@dataclass(frozen=True)
class Person:
    """One body and its habits."""

    seed: int
    height_m: float
    walk_hz: float
    """Steps per second when nothing hurries."""
    vigour: float
    """Factor on the accelerations of the trunk."""
    strike: float
    """Factor on the shock of a foot's contact: gait, shoes, floor."""
    limp: float
    """How much one step differs from the next."""
    arm_swing_rad: float
    thigh_swing_rad: float
    unrest: float
    """Factor on sway, fidgeting and tremor."""
    quickness: float
    """Factor on the speed of gestures."""
    side: int
    """Where the device is worn: 1 left, -1 right."""
    flipped: bool
    """A device in the pocket with its top down."""
    inward: bool
    """A device in the pocket that faces the leg."""

    @property
    def hip_m(self) -> float:
        """Height of the hip above the ground [m]."""
        return _HIP * self.height_m


def person(split: Split, number: int) -> Person:
    """Person `number` of `split`: the same whatever scene they are in; the splits share nobody.

    Height: two normal populations, 1.76 ± 0.07 m and 1.62 ± 0.065 m (NHANES 2015-2018 means for US adults
    1.755 and 1.615 m; CDC Vital and Health Statistics 3-46, 2021, tables 10 and 12; spreads an estimate).
    Steps: 1.87 ± 0.19 Hz (Živanović et al., Proc. EURODYN 2005, 1976 people on a footbridge), taller people
    slower as pendulums are. Swing of arms and thighs: 16° and 20° either way, as Murray (Am. J. Phys. Med.
    46, 1967) and Winter find. The spreads of everything else are an estimate.
    """
    seed = (SPLITS.index(split) << 24) + number
    rng = stream(seed, "person")
    tall = rng.random() < 0.5
    height = float(np.clip(rng.normal(1.755, 0.07) if tall else rng.normal(1.615, 0.065), 1.45, 2.0))
    return Person(
        seed=seed,
        height_m=height,
        walk_hz=float(np.clip(rng.normal(1.87, 0.15), 1.5, 2.3)) * (1.685 / height) ** 0.5,
        vigour=float(np.exp(rng.normal(0, 0.12))),
        strike=float(np.exp(rng.normal(0, 0.35))),
        limp=float(rng.uniform(0.0, 0.12)),
        arm_swing_rad=float(np.radians(np.clip(rng.normal(16, 5), 5, 30))),
        thigh_swing_rad=float(np.radians(np.clip(rng.normal(20, 2.5), 13, 27))),
        unrest=float(np.exp(rng.normal(0, 0.4))),
        quickness=float(np.exp(rng.normal(0, 0.15))),
        side=1 if rng.random() < 0.5 else -1,
        flipped=bool(rng.random() < 0.5),
        inward=bool(rng.random() < 0.5),
    )


def mount(who: Person, placement: Placement, wear: int) -> Mount:
    """Where and how `who` wears the device; `wear` is the day: it never sits quite the same.

    The arm is one rigid limb, a wrist's length from the shoulder. Places on the body are an estimate; so is a
    strap's slack, 8° about each axis, twice that in a pocket.
    """
    rng = stream(who.seed, "mount", placement, wear)
    slack = np.radians(16.0 if placement == "pocket" else 8.0)
    loose = _tilted(rng.normal(0, slack, 3))
    shoulder = (0.0, who.side * 0.11 * who.height_m, _SHOULDER_UP * who.height_m)
    arm = (_UPPER_ARM + _FOREARM) * who.height_m
    outward = float(who.side)
    match placement:
        case "wrist":  # x towards the hand, z out of the dial, which faces outward with the arm hanging
            joint, limb, axes = shoulder, (0.0, 0.02 * outward, -arm), _axes((0, 0, -1), (0, outward, 0))
        case "hand":  # y points on along the forearm, z is up when it is held out
            joint, limb, axes = shoulder, (0.0, 0.0, -arm - 0.08), _axes((0, -1, 0), (1, 0, 0))
        case "waist":  # on the belt beside the buckle: x down, z forward
            joint, limb, axes = (0.11, 0.08 * outward, 0.06), (0.0, 0.0, 0.0), _axes((0, 0, -1), (1, 0, 0))
        case "pocket":  # in front of the thigh, y along it
            joint, limb = (0.0, 0.09 * outward, 0.0), (0.08, 0.04 * outward, -0.14)
            down, face = (-1.0 if who.flipped else 1.0), (-1.0 if who.inward else 1.0)
            axes = _axes((0, down * face, 0), (face, 0, 0))
    turned = loose @ axes
    return Mount(joint, limb, tuple((float(r[0]), float(r[1]), float(r[2])) for r in turned))


def _axes(x: tuple[float, float, float], z: tuple[float, float, float]) -> Array:
    """Rows x, z × x, z of a right-handed frame."""
    ax, az = np.array(x, dtype=float), np.array(z, dtype=float)
    return np.stack([ax, np.cross(az, ax), az])


def _tilted(angles_rad: Array) -> Array:
    """A rotation by small angles about x, y and z in turn."""
    out = np.eye(3)
    for axis, angle in enumerate(angles_rad):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = np.sin(angle), -np.sin(angle)
        out = turn @ out
    return out
