"""Staying in one place: standing, sitting, lying, and turning pedals."""

from __future__ import annotations

import numpy as np

from coincell.signals.motion.jets import Array, Jet, clock, constant, cosine, sine
from coincell.signals.motion.people import Person, Placement
from coincell.signals.motion.pose import G_M_PER_S2, Pose
from coincell.signals.motion.wander import sines
from coincell.signals.streams import stream

_DEG = np.pi / 180
_SWAY_DEG = 0.4
"""Sway of a standing trunk, rms, 0.05 to 1 Hz, falling as 1/f² (estimate: about 5 mm at the hip)."""
_BREATH_HZ, _BREATH_DEG = 0.25, 0.4
"""Fifteen breaths a minute; what the trunk tilts (estimate)."""
_TREMOR_HZ, _TREMOR_G = (8.0, 12.0), 0.004
"""Physiological tremor of a hand: band after Elble and Koller (1990), size an estimate."""
_FIDGET_DEG = {"wrist": 3.0, "hand": 2.0, "pocket": 0.6, "waist": 0.0}
"""Slow restlessness of the limb, rms, 0.1 to 2 Hz (estimate)."""


def stand(who: Person, placement: Placement, take: int, t: Array) -> Pose:
    """Standing about, arms hanging (a held device held out)."""
    return _rest(who, placement, take, t, pitch_deg=1.0, limb_deg={"hand": 82.0, "wrist": 5.0, "pocket": 2.0})


def sit(who: Person, placement: Placement, take: int, t: Array) -> Pose:
    """Sitting: thighs level, forearms on a table or the lap."""
    lean = float(stream(take, "sit").uniform(-15, 8))
    return _rest(who, placement, take, t, lean, {"hand": 88.0, "wrist": 75.0 + lean, "pocket": 85.0 + lean})


def lie(who: Person, placement: Placement, take: int, t: Array) -> Pose:
    """Lying on the back or on a side."""
    rng = stream(take, "lie")
    back = rng.random() < 0.6
    pitch, roll = (-88.0, rng.uniform(-15, 15)) if back else (-10.0, rng.choice([-85.0, 85.0]))
    limb = {"hand": 20.0, "wrist": float(rng.uniform(0, 60)), "pocket": float(rng.uniform(0, 40))}
    return _rest(who, placement, take, t, pitch, limb, float(roll), sway=0.1)


def pedal(who: Person, placement: Placement, take: int, t: Array) -> Pose:
    """Cycling on a road: thighs turn the cranks, hands hold the bar.

    Cadence 60 to 95 a minute; the hip moves 22° either way about 55° of flexion (estimate after a 170 mm
    crank on a thigh of 0.245 times the height). The road shakes the saddle by 0.12 g rms, 3 to 40 Hz, and the
    bar by twice that (estimate).
    """
    rng = stream(who.seed, "pedal", take)
    drift = sines(take, "cadence", 0.01, 0.3, 0.03, 1.0, 16).integrated().at(t)
    crank = (clock(t) + drift) * (2 * np.pi * float(rng.uniform(1.0, 1.58)))
    lean = float(rng.uniform(20, 45))
    rough = (0.24 if placement in ("wrist", "hand") else 0.12) * who.strike**0.5
    push = _shaken(take, t, rough * G_M_PER_S2)
    push[0] += 0.03 * G_M_PER_S2 * np.sin(2 * crank.value)  # two power strokes a turn
    turns = {
        "yaw": sines(take, "heading", 0.01, 0.1, 0.4, 2.0, 10).at(t),
        "pitch": constant(lean * _DEG, t),
        "roll": sine(crank) * (2.5 * _DEG) + sines(take, "balance", 0.1, 1.0, 1.5 * _DEG, 1.0, 12).at(t),
    }
    if placement == "pocket":
        reach = np.radians(22.0) * (1.7 / who.height_m)
        turns["limb_pitch"] = (
            cosine(crank) * (float(who.side) * reach) + 55 * _DEG + lean * _DEG * 0.3
        ) * -1.0
    elif placement != "waist":
        turns["limb_pitch"] = (sine(crank * 2.0) * (1.0 * _DEG) + (45 + lean) * _DEG) * -1.0
    return Pose(push, turns)


def _shaken(take: int, t: Array, rms: float) -> Array:
    """Road shake [m/s²]: most of it vertical."""
    parts = [
        sines(take, f"road {axis}", 3.0, 40.0, rms * share, 0.5, 60).at(t).value
        for axis, share in (("x", 0.5), ("y", 0.4), ("z", 1.0))
    ]
    return np.stack(parts)


def _rest(
    who: Person,
    placement: Placement,
    take: int,
    t: Array,
    pitch_deg: float,
    limb_deg: dict[str, float],
    roll_deg: float = 0.0,
    sway: float = 1.0,
) -> Pose:
    """A posture with what nobody can keep still."""
    turns = {"pitch": constant(pitch_deg * _DEG, t), "roll": constant(roll_deg * _DEG, t)}
    if placement != "waist":
        turns["limb_pitch"] = constant(-limb_deg[placement] * _DEG, t)
    return Pose(np.zeros((3, t.size)), turns) + unrest(who, placement, take, t, sway)


def unrest(who: Person, placement: Placement, take: int, t: Array, sway: float = 1.0) -> Pose:
    """Sway, breath, fidgeting and tremor about any posture."""
    push = np.zeros((3, t.size))
    if placement in ("wrist", "hand"):
        size = _TREMOR_G * G_M_PER_S2 * who.unrest
        push += np.stack(
            [sines(take, f"tremor {axis}", *_TREMOR_HZ, size, 0.0, 16).at(t).value for axis in "xyz"]
        )
    breath = sine(clock(t) * (2 * np.pi * _BREATH_HZ)) * (_BREATH_DEG * _DEG)
    size = _SWAY_DEG * _DEG * who.unrest * sway
    turns: dict[str, Jet] = {
        "yaw": sines(take, "turn", 0.02, 0.5, 4 * size, 2.0, 16).at(t),
        "pitch": sines(take, "sway", 0.05, 1.0, size, 2.0, 16).at(t) + breath,
        "roll": sines(take, "lean", 0.05, 1.0, size, 2.0, 16).at(t),
    }
    if placement != "waist":
        fidget = _FIDGET_DEG[placement] * _DEG * who.unrest
        turns["limb_pitch"] = sines(take, "fidget", 0.1, 2.0, fidget, 2.0, 20).at(t)
        turns["limb_yaw"] = sines(take, "fidget too", 0.1, 2.0, fidget, 2.0, 20).at(t)
    return Pose(push, turns)
