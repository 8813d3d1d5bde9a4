"""On foot: walking, running, stairs, as harmonics of the step with what the limbs do meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coincell.signals.motion.jets import Array, Jet, clock, constant, cosine, sine
from coincell.signals.motion.people import Person, Placement
from coincell.signals.motion.pose import G_M_PER_S2, Pose
from coincell.signals.motion.wander import sines
from coincell.signals.streams import stream

_STRIDE_SPREAD = 0.02
"""Coefficient of variation of the stride interval, with long-range correlation, so 1/f (Hausdorff et al.,
J. Appl. Physiol. 78, 1995: about 1 to 3 % in healthy adults)."""

_FORCE_SPREAD = 0.07
"""Spread of one step's size around the mean (estimate; Young's load factors scatter by 0.16 between
people)."""


@dataclass(frozen=True)
class Gait:
    """What makes one way of going on foot. Angles in degrees, as gait laboratories print them."""

    pace: float
    """Steps per second relative to the person's walk."""
    up: tuple[float, ...]
    """Vertical harmonics of the step [g]; empty: bouncing, see `contact`."""
    contact: float
    """Share of a step in which the ground carries somebody who runs."""
    shock_g: float
    """Shock of a foot's contact at the trunk."""
    shock_hz: float
    lean_deg: float
    thigh_deg: float
    """Mean flexion of the thigh."""
    thigh_swing: float
    """Factor on the person's own swing."""
    arm_deg: float
    arm_swing: float
    size: float = 1.0
    """Factor on the trunk's acceleration."""


WALKING = Gait(1.0, (), 0.0, 0.25, 16.0, 3.0, 10.0, 1.0, 8.0, 1.0)
"""Harmonics follow the step rate, see `walking_harmonics`. Shock: an estimate; thigh from 30° flexed to 10°
extended (Winter 1991)."""
RUNNING = Gait(1.45, (), 0.66, 1.2, 22.0, 8.0, 17.0, 1.6, 55.0, 1.7)
"""2.4 to 3 steps a second; the ground carries for 0.24 s of 0.37 s (Bachmann et al. 1995: a half-sine whose
peak is then 2.4 times the weight). Elbows bent, so the forearm hangs forward. Shock and limbs: an
estimate."""
STAIRS_UP = Gait(0.88, (0.30, 0.12, 0.05), 0.0, 0.12, 14.0, 12.0, 32.0, 1.5, 10.0, 0.6)
"""Hip flexion up to about 65° (Riener, Rabuffetti and Frigo, Gait and Posture 15, 2002). Harmonics: an
estimate."""
STAIRS_DOWN = Gait(0.97, (0.45, 0.20, 0.12), 0.0, 0.55, 18.0, 2.0, 20.0, 0.85, 6.0, 0.6)
"""Hip flexion up to about 40° (the same). Harmonics, above those upwards at a like rate as Kerr and Bishop
find (Engineering Structures 23, 2001): an estimate."""


def walking_harmonics(step_hz: float) -> tuple[float, ...]:
    """Vertical dynamic load factors of a walker, thus harmonics of the trunk's acceleration [g].

    Mean values of Young (Arup 2001, from 1000 measured harmonics), as in Willford and Young, A Design Guide
    for Footfall Induced Vibration of Structures (Concrete Centre CCIP-016, 2006), table 4.3.
    """
    return (
        float(np.clip(0.37 * (step_hz - 0.95), 0.0, 0.5)),
        0.054 + 0.0044 * step_hz,
        0.026 + 0.0050 * step_hz,
        0.010 + 0.0051 * step_hz,
    )


def pace_hz(gait: Gait, who: Person, take: int) -> float:
    """Mean step rate [Hz] of this person this time."""
    return who.walk_hz * gait.pace * float(np.exp(stream(who.seed, "pace", take).normal(0, 0.09)))


def this_time(gait: Gait, take: int) -> Gait:
    """`gait` as somebody goes today: brisk or tired, on other ground, now and then with a hand in a pocket or
    a bag in it. Spreads are an estimate."""
    rng = stream(take, "this time")
    factor = np.exp(rng.normal(0, (0.15, 0.35, 0.1, 0.3)))
    busy = 0.15 if rng.random() < 0.2 else 1.0
    return replace(
        gait,
        size=float(factor[0]),
        shock_g=gait.shock_g * float(factor[1]),
        thigh_swing=gait.thigh_swing * float(factor[2]),
        arm_swing=gait.arm_swing * float(factor[3]) * busy,
        lean_deg=gait.lean_deg + float(rng.normal(0, 3)),
        thigh_deg=gait.thigh_deg + float(rng.normal(0, 4)),
        arm_deg=gait.arm_deg + float(rng.normal(0, 8)),
    )


def go(gait: Gait, who: Person, placement: Placement, take: int, t: Array) -> Pose:
    """The pose at times [s] of `who` going on foot; a left foot lands whenever the phase passes 0."""
    now, step_hz, gait = clock(t), pace_hz(gait, who, take), this_time(gait, take)
    drift = sines(take, "stride", 0.01, 0.6, _STRIDE_SPREAD, 1.0, 24).integrated().at(t)
    phase = (now + drift) * (2 * np.pi * step_hz)
    half = phase * 0.5  # of the stride, two steps
    carried = _bouncing(gait, phase.value) if gait.contact else _stepping(gait, step_hz, phase)
    push = carried * (G_M_PER_S2 * who.vigour * (1.0 if gait.contact else gait.size))
    push += _shock(gait, who, step_hz, phase.value)
    push[2] += G_M_PER_S2 * who.limp * (1.0 if gait.contact else 0.4) * np.sin(half.value)
    push *= 1 + sines(take, "size", 0.02, 1.0, _FORCE_SPREAD, 1.0, 16).at(t).value
    deg = np.pi / 180
    heading = sines(take, "heading", 0.01, 0.12, 0.5, 2.0, 12).at(t)
    turns = {
        "yaw": heading + cosine(half) * (5 * deg),  # pelvis: 4° either way (Saunders et al. 1953)
        "pitch": sine(phase) * (1.5 * deg) + gait.lean_deg * deg,
        "roll": sine(half) * (4 * deg),
        **_limb(gait, who, placement, half, phase),
    }
    return Pose(push, turns)


def _stepping(gait: Gait, step_hz: float, phase: Jet) -> Array:
    """Walker's trunk [g]. Phases, and the horizontal harmonics of the step and its half, are Bachmann's
    (Vibration Problems in Structures, 1995, appendix G): along 0.2, 0.1; across 0.1, 0.1, of which a trunk
    shows about half.
    """
    p = phase.value
    harmonics = gait.up or walking_harmonics(step_hz)
    up = sum(a * np.sin(k * p - (0.0 if k == 1 else np.pi / 2)) for k, a in enumerate(harmonics, 1))
    along = -0.2 * np.cos(p) - 0.1 * np.cos(2 * p)
    across = -0.1 * np.sin(p / 2) - 0.1 * np.sin(1.5 * p)
    return np.stack([0.6 * along, 0.6 * across, np.asarray(up)])


def _bouncing(gait: Gait, phase: Array) -> Array:
    """Runner's trunk [g]: carried by half a sine, otherwise in free flight, on average by his weight."""
    share = np.mod(phase, 2 * np.pi) / (2 * np.pi) / gait.contact
    carried = share < 1
    up = np.where(carried, np.pi / (2 * gait.contact) * np.sin(np.pi * share), 0.0) - 1
    along = np.where(carried, -0.35 * np.sin(2 * np.pi * share), 0.0)  # braking, then thrust
    across = -0.12 * np.sin(phase / 2)
    return np.stack([along, across, up])


def _shock(gait: Gait, who: Person, step_hz: float, phase: Array) -> Array:
    """Ringing of the trunk [m/s²] after each contact, dying within 40 ms (estimate)."""
    since = np.mod(phase, 2 * np.pi) / (2 * np.pi * step_hz)
    ring = np.exp(-since / 0.04) * np.sin(2 * np.pi * gait.shock_hz * since)
    side = np.where(np.mod(phase, 4 * np.pi) < 2 * np.pi, 1.0, -1.0)
    ring = ring * (gait.shock_g * who.strike * G_M_PER_S2)
    return np.stack([-0.5 * ring, 0.25 * side * ring, ring])


def _limb(gait: Gait, who: Person, placement: Placement, half: Jet, phase: Jet) -> dict[str, Jet]:
    """Thigh with its own foot, arm against it; flexion is turning backwards about y, so negative pitch."""
    deg = np.pi / 180
    swing = cosine(half) * float(who.side)
    if placement == "pocket":
        flexed = swing * (gait.thigh_swing * who.thigh_swing_rad) + cosine(phase) * (3 * deg)
        flexed = flexed + gait.thigh_deg * deg
        return {"limb_pitch": flexed * -1.0}
    if placement == "waist":
        return {}
    rise = gait.arm_deg + (35.0 if placement == "hand" else 0.0)
    forward = swing * (-gait.arm_swing * who.arm_swing_rad) + rise * deg
    out = constant(who.side * 8 * deg, half.value) + swing * (gait.arm_swing * 0.2 * who.arm_swing_rad)
    return {"limb_pitch": forward * -1.0, "limb_roll": out}
