"""Force on a car seat: nobody, a bag, a child, an adult, each with the ways it presses and shifts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coincell.ports import Label
from coincell.signals.blocks import Gridded
from coincell.signals.drift import drift
from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream
from coincell.signals.surroundings.events import Schedule

Reals = NDArray[np.float64]
Load = Literal["bag", "child", "adult"]
LOADS: tuple[Load, ...] = ("bag", "child", "adult")
RATE_HZ = 50
BLOCK = 1024
STANDARD_GRAVITY = 9.80665
COVER_N = 4.0
"""What the cover's own tension presses (estimate)."""

# Masses [kg]. Adults: from the 5th percentile woman (49 kg) to the 95th percentile man (102 kg), the test
# dummies' of 49 CFR 572. Children: from three years (15 kg) to ten (36 kg), in a booster. Bags: estimate.
MASS_KG: dict[Load, tuple[float, float]] = {"bag": (2.0, 18.0), "child": (15.0, 36.0), "adult": (49.0, 102.0)}
# Share of the weight that the cushion bears; feet and backrest bear the rest (estimate).
SHARE: dict[Load, tuple[float, float]] = {"bag": (0.9, 1.0), "child": (0.85, 0.95), "adult": (0.68, 0.80)}
# From the first touch to the full weight [s]: a bag is dropped or put down with care, people flop or lower
# themselves, children are lifted in. Who takes the usual time lands by a share of the weight beyond it (what
# is in a bag may yield or bounce), who takes twice as long by half of that (estimates).
COMES_S: dict[Load, tuple[float, float]] = {"bag": (0.1, 1.0), "child": (0.3, 1.5), "adult": (0.3, 1.2)}
LANDS: dict[Load, tuple[float, float]] = {"bag": (0.03, 0.3), "child": (0.1, 0.4), "adult": (0.1, 0.4)}
HARDEST = 0.6


@dataclass(frozen=True)
class Sitting:
    """Something is on the seat. `restless_per_min`: how often its posture changes."""

    load: Load
    start_s: float
    length_s: float
    number: int
    mass_kg: float
    share: float
    restless_per_min: float
    breath_hz: float
    comes_s: float = 0.5
    """From the first touch to the full weight."""
    lands: float = 0.2
    """How far beyond its weight, as a share of it."""

    @property
    def end_s(self) -> float:
        """When the seat is empty again."""
        return self.start_s + self.length_s


def sitting(split: Split, rng: np.random.Generator, start_s: float, kind: int, length_s: float) -> Sitting:
    """Load `kind` by chance: people and bags of `split`, of whom the splits share none."""
    number = int(rng.integers(0, 1 << 20))
    own = stream((SPLITS.index(split) << 24) + number, "seat", kind)
    load = LOADS[kind]
    comes_s = _between(rng, COMES_S[load])
    low_s, high_s = COMES_S[load]
    restless = {"bag": (0.0, 0.0), "child": (2.0, 8.0), "adult": (0.5, 3.0)}[load]
    return Sitting(
        load=load,
        start_s=start_s,
        length_s=length_s * float(rng.uniform(0.5, 1.5)),
        number=int(rng.integers(0, 1 << 30)),
        mass_kg=float(own.uniform(*MASS_KG[load])),
        share=float(own.uniform(*SHARE[load])),
        restless_per_min=float(own.uniform(*restless)),
        breath_hz=float(own.uniform(0.3, 0.45) if load == "child" else own.uniform(0.2, 0.33)),
        comes_s=comes_s,
        lands=min(_between(rng, LANDS[load]) * (low_s * high_s) ** 0.5 / comes_s, HARDEST),
    )


def _between(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    """As likely in each octave."""
    low, high = np.log(bounds)
    return float(np.exp(rng.uniform(low, high)))


def press_n(event: Sitting, seed: int, seconds: Reals) -> Reals:
    """Force of one sitting [N] at `seconds`, without the road."""
    weight = event.mass_kg * STANDARD_GRAVITY * event.share
    since, left = seconds - event.start_s, event.end_s - seconds
    came = np.clip(since / event.comes_s, 0, 1)
    landed = np.clip(since - event.comes_s, 0, None)  # with some more than the weight, and it settles
    landing = event.lands * np.exp(-landed / 0.2) * (landed > 0) * np.cos(2 * np.pi * 2.5 * landed)
    went = np.clip(left / 0.6, 0, 1)
    posture = np.ones(seconds.size)
    if event.restless_per_min:
        rng = stream(seed, "posture", event.number)
        count = int(rng.poisson(event.restless_per_min * event.length_s / 60))
        times = event.start_s + np.sort(rng.uniform(2, event.length_s, count))
        level = 1.0
        for at in times:
            new = float(np.clip(rng.normal(1.0, 0.08), 0.75, 1.2))
            step = np.clip((seconds - at) / 0.6, 0, 1)
            posture += (new - level) * step
            # while shifting the weight is partly lifted, then comes down
            posture += float(rng.uniform(-0.25, 0.15)) * np.exp(-0.5 * ((seconds - at - 0.3) / 0.2) ** 2)
            level = new
        breath = 0.006 * np.sin(2 * np.pi * event.breath_hz * seconds + rng.uniform(0, 2 * np.pi))
        posture += breath  # the trunk's weight comes and goes with each breath by under a percent (estimate)
    inside = (since >= 0) & (left > 0)
    out: Reals = weight * came * went * (posture + landing) * inside
    return out


def road_g(seed: int, seconds: Reals, roughness_g: float) -> Reals:
    """Vertical shaking of a driven car [g], root mean square `roughness_g`: its body bounces near 1.3 Hz,
    its seat carries 4 Hz, its wheels hop near 11 Hz (usual values of ride models: Gillespie, ch. 5)."""
    if not roughness_g:
        return np.zeros(seconds.size)
    out = np.zeros(seconds.size)
    for freq, width, weight in ((1.3, 1.0, 0.8), (4.0, 0.5, 0.45), (11.0, 0.3, 0.4)):
        for part, turn in (("in", np.cos), ("quadrature", np.sin)):
            out += (
                weight * drift(seed, f"road {freq} {part}", seconds, width) * turn(2 * np.pi * freq * seconds)
            )
    out *= roughness_g
    return out


def seat(
    sittings: Schedule[Sitting],
    seed: int,
    labels: tuple[Label, ...],
    roughness_g: float,
    noise_n: float,
    share: float = 1.0,
) -> Gridded:
    """The force [N] at 50 Hz: `share` of what presses on the cushion."""

    def render(index: int) -> Reals:
        seconds = (index * BLOCK + np.arange(BLOCK)) / RATE_HZ
        out = np.zeros(BLOCK)
        for event in sittings.between(seconds[0], seconds[-1]):
            out += press_n(event, seed, seconds)
        out = (out + COVER_N) * (1 + road_g(seed, seconds, roughness_g))
        out += noise_n * stream(seed, "cushion", index).standard_normal(BLOCK)
        return np.maximum(out, 0) * share

    return Gridded(render, labels, "N", rate_hz=Fraction(RATE_HZ), size=BLOCK)
