"""People and pets as a heat sensor sees them: patches of warm surface that walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coincell.ports import Label
from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream

Reals = NDArray[np.float64]
Being = Literal["person", "pet"]

EMISSIVITY = 0.97
"""Of skin, and of most cloth and fur, between 5 and 14 um (Steketee, Phys. Med. Biol. 18, 1973, has 0.98)."""


@dataclass(frozen=True)
class Patch:
    """A piece of a body: where it is from the body's middle at rest, how big, how warm, how it swings."""

    along_m: float
    height_m: float
    area_m2: float
    radius_m: float
    warmth: float
    """Its share of the body's warmth above the room."""
    swing_m: float
    """How far it swings along the way with each stride."""
    swing_turns: float
    """When in the stride it does so."""


@dataclass(frozen=True)
class Visitor:
    """One person or pet."""

    being: Being
    height_m: float
    """Of a person; of a pet, to the shoulder."""
    warmth_k: float
    """Surface above the room: from 2 K on a hot day to 9 K in a cool room, clothed or furred (estimate)."""
    pace: float
    """Factor on the usual speed."""
    stride_m: float
    """Of two steps."""
    bob_m: float
    patches: tuple[Patch, ...]

    @property
    def area_m2(self) -> float:
        """Surface seen from the side."""
        return sum(patch.area_m2 for patch in self.patches)


def visitor(split: Split, being: Being, number: int) -> Visitor:
    """Person or pet `number` of `split`. The splits share nobody."""
    rng = stream((SPLITS.index(split) << 24) + number, being)
    return _person(rng) if being == "person" else _pet(rng)


def _person(rng: np.random.Generator) -> Visitor:
    # Adults 1.50 to 1.95 m, some children; stride 0.82 of height at a comfortable pace (0.41 a step).
    child = rng.random() < 0.2
    h = float(rng.uniform(1.05, 1.45) if child else np.clip(rng.normal(1.70, 0.09), 1.5, 1.95))
    area = 0.45 * (h / 1.75) ** 2  # a quarter of the body's 1.9 m2 is seen from one side (estimate)
    rows = (
        # along, height, share, radius, warmth, swing, turns (heights: Winter, Biomechanics, segment lengths)
        (0.00, 0.93, 0.09, 0.06, 1.6, 0.0, 0.0),
        (0.00, 0.78, 0.20, 0.09, 1.0, 0.0, 0.0),
        (0.00, 0.68, 0.18, 0.09, 1.0, 0.0, 0.0),
        (0.00, 0.57, 0.15, 0.09, 0.9, 0.0, 0.0),
        (0.00, 0.62, 0.07, 0.04, 1.0, 0.10, 0.0),
        (0.00, 0.62, 0.07, 0.04, 1.0, 0.10, 0.5),
        (0.00, 0.26, 0.12, 0.06, 0.7, 0.17, 0.5),
        (0.00, 0.26, 0.12, 0.06, 0.7, 0.17, 0.0),
    )
    patches = tuple(Patch(x * h, z * h, s * area, r * h, w, a * h, t) for x, z, s, r, w, a, t in rows)
    return Visitor(
        being="person",
        height_m=h,
        warmth_k=float(rng.uniform(2.0, 9.0)),
        pace=float(rng.uniform(0.8, 1.2)),
        stride_m=0.82 * h,
        bob_m=0.02,
        patches=patches,
    )


def _pet(rng: np.random.Generator) -> Visitor:
    # From a small cat (0.22 m at the shoulder) to a big dog (0.65 m).
    h = float(rng.uniform(0.22, 0.32) if rng.random() < 0.5 else rng.uniform(0.30, 0.65))
    area = 0.65 * h**2
    rows = (
        (0.75, 1.05, 0.14, 0.20, 1.4, 0.0, 0.0),
        (0.35, 0.78, 0.27, 0.25, 1.0, 0.0, 0.0),
        (-0.10, 0.75, 0.25, 0.25, 1.0, 0.0, 0.0),
        (-0.45, 0.74, 0.16, 0.22, 1.0, 0.0, 0.0),
        (0.40, 0.30, 0.09, 0.10, 0.9, 0.25, 0.0),
        (-0.50, 0.30, 0.09, 0.10, 0.9, 0.25, 0.5),
    )
    patches = tuple(Patch(x * h, z * h, s * area, r * h, w, a * h, t) for x, z, s, r, w, a, t in rows)
    return Visitor(
        being="pet",
        height_m=h,
        warmth_k=float(rng.uniform(2.0, 9.0)),
        pace=float(rng.uniform(0.5, 2.2)),
        stride_m=1.9 * h,  # of a trot (estimate)
        bob_m=0.04 * h,
        patches=patches,
    )


@dataclass(frozen=True)
class Passage:
    """A visitor crosses in a straight line, perhaps standing for a while. `distance_m` is the nearest."""

    visitor: Visitor
    start_s: float
    distance_m: float
    heading_rad: float
    """Of the way, from across the view."""
    speed_m_per_s: float
    reach_m: float
    """Half of the way's length."""
    stand_s: float = 0.0
    """How long the visitor stands in the middle."""
    floor_m: float = 0.0
    """Height of what the visitor walks on: pets take to the furniture."""

    @property
    def end_s(self) -> float:
        """When the visitor is gone."""
        return self.start_s + 2 * self.reach_m / self.speed_m_per_s + self.stand_s

    def travelled(self, seconds: Reals) -> Reals:
        """Way [m] from the middle, negative before it."""
        half = self.reach_m / self.speed_m_per_s
        since = seconds - self.start_s
        moving = np.minimum(since, half) + np.maximum(since - half - self.stand_s, 0)
        return (moving - half) * self.speed_m_per_s

    def in_view(self, half_rad: float) -> Label | None:
        """When the visitor's middle is within `half_rad` of straight ahead, named after what it is."""
        seconds = np.arange(self.start_s, self.end_s, 0.05)
        way = self.travelled(seconds)
        across, away = way * np.cos(self.heading_rad), self.distance_m + way * np.sin(self.heading_rad)
        inside = np.flatnonzero(np.abs(np.arctan2(across, away)) < half_rad)
        if not inside.size:
            return None
        return Label(float(seconds[inside[0]]), float(seconds[inside[-1]]) + 0.05, self.visitor.being)

    def patches(self, seconds: Reals) -> list[tuple[Patch, Reals, Reals, Reals]]:
        """Each patch with where it is: across, away from the sensor and up from the floor [m]."""
        way = self.travelled(seconds)
        stride = 2 * np.pi * way / self.visitor.stride_m
        bob = self.visitor.bob_m * np.cos(2 * stride)
        cos, sin = np.cos(self.heading_rad), np.sin(self.heading_rad)
        out = []
        for patch in self.visitor.patches:
            s = way + patch.along_m + patch.swing_m * np.sin(stride + 2 * np.pi * patch.swing_turns)
            out.append((patch, s * cos, self.distance_m + s * sin, self.floor_m + patch.height_m + bob))
        return out


def passage(
    rng: np.random.Generator,
    who: Visitor,
    start_s: float,
    nearest_m: float,
    furthest_m: float,
    may_stand: float = 0.0,
) -> Passage:
    """A passage by chance, between `nearest_m` and `furthest_m`; visitors stop with chance `may_stand`.

    The way is long enough to begin and end outside a view of 90 degrees.
    """
    # Indoors people walk at 0.6 to 1.5 m/s, pets amble or trot (estimate).
    speed = float(np.clip(rng.normal(1.05, 0.2), 0.5, 1.6) * who.pace)
    stand = float(rng.uniform(2, 10)) if rng.random() < may_stand else 0.0
    distance = float(rng.uniform(nearest_m, furthest_m))
    return Passage(
        visitor=who,
        start_s=start_s,
        distance_m=distance,
        heading_rad=float(rng.uniform(-0.3, 0.3) + (np.pi if rng.random() < 0.5 else 0)),
        speed_m_per_s=max(speed, 0.3),
        reach_m=1.6 * distance + 0.5,
        stand_s=stand,
        floor_m=float(rng.uniform(0.4, 0.9)) if who.being == "pet" and rng.random() < 0.25 else 0.0,
    )
