"""Falls of people: losing balance, going down, hitting the floor, lying, getting up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from coincell.signals.motion.event import Event
from coincell.signals.motion.jets import Array, Jet, clock, step, window
from coincell.signals.motion.people import Person, Placement
from coincell.signals.motion.pose import G_M_PER_S2, Pose
from coincell.signals.motion.pulses import Plunge, ring
from coincell.signals.motion.rest import unrest
from coincell.signals.streams import stream

FallName = Literal["fall_forward", "fall_backward", "fall_sideways", "fall_slip"]
FALLS: tuple[FallName, ...] = get_args(FallName)

_LYING_HIP_M = 0.12
"""Height of the hip of somebody who lies [m] (estimate)."""
_PEAK_G = (1.6, 5.5)
"""Peak above rest at the trunk [g]. With gravity 2.6 to 6.5 g felt; the trunk's threshold that catches every
fall of Bourke, O'Brien and Lyons (Gait and Posture 26, 2007) is 3.52 g, of young people on mats."""


@dataclass(frozen=True)
class _Kind:
    loss: tuple[float, float]
    """Largest share of gravity lost on the way down. With it the pelvis hits at 2 to 3.3 m/s after about 0.6
    s, as in 25 falls of old people on video, 2.14 ± 0.63 m/s after 583 ± 255 ms, and laboratory falls of
    young people, a fifth faster (Choi, Wakeling and Robinovitch, J. Biomech. 48, 2015, abstract)."""
    forward_m: float
    arms_deg: float
    """How far the arms fly up."""
    peak_g: tuple[float, float] = _PEAK_G
    onto_m: float = 0.0
    """Height of what one lands on."""


_KINDS: dict[FallName | Literal["flop_on_bed"], _Kind] = {
    "fall_forward": _Kind((0.42, 0.72), 0.6, 80.0),
    "fall_backward": _Kind((0.45, 0.75), -0.4, 50.0),
    "fall_sideways": _Kind((0.42, 0.72), 0.0, 40.0),
    "fall_slip": _Kind((0.65, 0.95), 0.5, 70.0),
    "flop_on_bed": _Kind((0.30, 0.65), -0.4, 30.0, peak_g=(0.8, 2.6), onto_m=0.4),
}


def fall(name: FallName | Literal["flop_on_bed"], who: Person, placement: Placement, take: int) -> Event:
    """A fall of `who`. Its first label ends when the body lies still, `lying` when it begins to get up.

    `flop_on_bed` is none, but goes like one: somebody lets go and drops backwards onto a bed or a sofa.
    The trunk turns by 80 to 95° on the way, at a peak above 3.1 rad/s, the threshold of Bourke and Lyons
    (Med. Eng. Phys. 30, 2008). How long people lie (6 to 15 s) and take to get up is an estimate.
    """
    kind, rng = _KINDS[name], stream(who.seed, "fall", name, take)
    loss, peak_g, bounce = (float(rng.uniform(*span)) for span in (kind.loss, kind.peak_g, (0.05, 0.18)))
    plunge = Plunge(who.hip_m - kind.onto_m - _LYING_HIP_M, loss, peak_g, bounce, n_bounces=1)
    lying_s, rise_s = float(rng.uniform(6, 15)), float(rng.uniform(2.5, 4.5))
    down_s = plunge.total_s
    up_at = down_s + lying_s
    angle = float(np.radians(rng.uniform(80, 95)))
    side = float(rng.choice([-1.0, 1.0]))
    twist = float(rng.normal(0, 0.4))
    flail = float(np.radians(kind.arms_deg * rng.uniform(0.6, 1.3)))
    knees = float(np.radians(rng.uniform(15, 60)))
    shake_g = 0.35 * plunge.peak_g
    shake_hz = float(rng.uniform(9, 16))

    def pose(t: Array) -> Pose:
        now = clock(t)
        gone = step(now, 0.12 * plunge.fall_s, 0.88 * plunge.fall_s + 1.6 * plunge.impact_s)
        back = step(now, up_at, rise_s)
        lean = (gone * gone - back) * angle  # squared: slowly at first, as a toppling pole
        slide = (gone - back) * kind.forward_m
        rise = back * plunge.height_m
        blow = ring(t, plunge.fall_s, shake_g * G_M_PER_S2, shake_hz, 0.05)
        across = (gone - back).bend * (0.4 * side if name == "fall_sideways" else 0.0)
        moving = unrest(who, placement, take, t, 0.3).faded(window(now, down_s, 1.0, lying_s, rise_s - 0.5))
        push = np.stack([slide.bend + 0.7 * blow, across + 0.5 * side * blow, plunge.up(t) + rise.bend])
        turns = {"yaw": gone * twist - back * twist, **_trunk(name, lean, side)}
        fling = window(now, 0.0, 0.8 * plunge.fall_s, 0.1 * plunge.fall_s, 0.7)
        if placement == "pocket":
            turns["limb_pitch"] = (gone - back) * -knees
        elif placement != "waist":
            turns["limb_pitch"] = fling * -flail + (gone - back) * (-0.3 * flail)
            turns["limb_roll"] = fling * (0.5 * flail * who.side)
        return Pose(push, turns) + moving

    def claim(t: Array) -> Jet:
        return window(clock(t), 0.0, 0.45, up_at + rise_s - 0.7, 0.8)

    return Event(
        up_at + rise_s + 0.6,
        pose,
        ((name, 0.0, down_s), ("lying", down_s, up_at)),
        claim,
    )


def _trunk(name: str, lean: Jet, side: float) -> dict[str, Jet]:
    match name:
        case "fall_forward":
            return {"pitch": lean}
        case "fall_sideways":
            return {"roll": lean * side}
        case _:
            return {"pitch": lean * -1.0}
