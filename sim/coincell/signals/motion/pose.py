"""How a body is placed and moves: what activities give, what a sensor on it feels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from coincell.signals.motion.jets import Array, Jet

G_M_PER_S2 = 9.80665
"""Standard gravity [m/s²] (CGPM 1901)."""

JOINTS = ("yaw", "pitch", "roll", "limb_yaw", "limb_pitch", "limb_roll", "own_yaw", "own_pitch", "own_roll")
"""Turns from the world to the sensor, in order: the trunk's, the limb's on the trunk, the device's own."""
_AXIS = {"yaw": 2, "pitch": 1, "roll": 0}

Axes = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Pose:
    """A moving body. World axes and, when it stands upright, its own: x forward, y left, z up.

    `push` is the acceleration [m/s²] of its reference point (hip, hinge, seat) without gravity, shape (3, n),
    along axes that turn with `yaw` (people accelerate where they are heading); `turns` are angles [rad] by
    joint, absent ones 0; turning is right-handed, so pitch is positive leaning forward.
    """

    push: Array
    turns: Mapping[str, Jet] = field(default_factory=dict)

    def __add__(self, other: Pose) -> Pose:
        turns = dict(self.turns)
        for joint, angle in other.turns.items():
            turns[joint] = turns[joint] + angle if joint in turns else angle
        return Pose(self.push + other.push, turns)

    def faded(self, weight: Jet) -> Pose:
        """This pose by `weight`: angles keep exact rates, because a weight is a jet as well."""
        return Pose(self.push * weight.value, {joint: angle * weight for joint, angle in self.turns.items()})


def still(t: Array) -> Pose:
    """Upright, at rest."""
    return Pose(np.zeros((3, t.size)))


@dataclass(frozen=True)
class Mount:
    """Where a sensor sits: `joint_m` from the reference point to the limb's joint in trunk axes, `limb_m`
    from there to the sensor in limb axes [m], and `axes`, the rows of which are the sensor's axes in limb
    axes.
    """

    joint_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    limb_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    axes: Axes = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def feel(pose: Pose, mount: Mount) -> tuple[Array, Array]:
    """What the sensor feels: specific force [m/s²] and angular rate [rad/s], each (n, 3) in its own axes.

    Rigid-body kinematics carried outwards joint by joint (the forward pass of recursive Newton-Euler;
    Featherstone, Rigid Body Dynamics Algorithms, 2008, section 2.10): at rest and upright it feels +1 g along
    z.
    """
    force = np.array(pose.push)
    force[2] += G_M_PER_S2
    rate, bend = np.zeros_like(force), np.zeros_like(force)
    _, rate, bend = _turn("yaw", pose, force, rate, bend)  # push is given along axes beyond yaw already
    for joint in JOINTS[1:3]:
        force, rate, bend = _turn(joint, pose, force, rate, bend)
    force = force + _lever(mount.joint_m, rate, bend)
    for joint in JOINTS[3:6]:
        force, rate, bend = _turn(joint, pose, force, rate, bend)
    force = force + _lever(mount.limb_m, rate, bend)
    force, rate, bend = (_along(mount.axes, v) for v in (force, rate, bend))
    for joint in JOINTS[6:]:
        force, rate, bend = _turn(joint, pose, force, rate, bend)
    return force.T.copy(), rate.T.copy()


def _turn(joint: str, pose: Pose, force: Array, rate: Array, bend: Array) -> tuple[Array, Array, Array]:
    """The three vectors in the axes beyond `joint`, with its own rate and bend added."""
    angle = pose.turns.get(joint)
    if angle is None:
        return force, rate, bend
    axis = _AXIS[joint.rpartition("_")[2]]
    i, j = (axis + 1) % 3, (axis + 2) % 3
    c, s = np.cos(angle.value), np.sin(angle.value)

    def into(v: Array) -> Array:
        out = np.empty_like(v)
        out[axis], out[i], out[j] = v[axis], c * v[i] + s * v[j], c * v[j] - s * v[i]
        return out

    force, rate, bend = into(force), into(rate), into(bend)
    bend[i] += rate[j] * angle.rate  # the outer turn, seen from axes that turn themselves: ω × (axis · rate)
    bend[j] -= rate[i] * angle.rate
    bend[axis] += angle.bend
    rate[axis] += angle.rate
    return force, rate, bend


def _along(axes: Axes, v: Array) -> Array:
    """Vectors (3, n) by their shares along the rows of `axes`; no matrix product, see `wander.Sines.at`."""
    return np.stack([x * v[0] + y * v[1] + z * v[2] for x, y, z in axes])


def _lever(arm_m: tuple[float, float, float], rate: Array, bend: Array) -> Array:
    """Acceleration [m/s²] of a point at `arm_m` from the axis: tangential and centripetal."""
    if not any(arm_m):
        return np.zeros_like(rate)
    arm = np.asarray(arm_m)[:, np.newaxis]
    spin: Array = np.cross(rate, np.cross(rate, arm, axis=0), axis=0)
    tangential: Array = np.cross(bend, arm, axis=0)
    return tangential + spin
