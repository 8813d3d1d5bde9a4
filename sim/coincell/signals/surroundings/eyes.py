"""A driver's eyelids: how far they are open, 1 wide and 0 closed, alert or drowsy.

Blink times: Caffier, Erdmann and Ullsperger (Eur. J. Appl. Physiol. 89, 2003): a blink lasts about 200 ms
in alert people and about 260 ms in drowsy ones, closing about 65 ms, the longer part reopening. Long
closures: PERCLOS, the share of time with the eye closed by 80 % or more, passes 12 to 15 % in drowsiness
(Wierwille et al. 1994; Dinges and Grace 1998). Other numbers are estimates.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from coincell.ports import Label
from coincell.signals.blocks import Gridded
from coincell.signals.drift import drift
from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream

Reals = NDArray[np.float64]
RATE_HZ = 100
BLOCK = 2048
PAGE_S = 30.0
"""Blinks are drawn for each half minute by itself."""


@dataclass(frozen=True)
class Driver:
    """One person's eyes."""

    blinks_per_min: float
    duration_s: float
    open: float
    glances_per_min: float
    """Looks at the instruments: the lid follows the eye down for a second."""


def driver(split: Split, number: int) -> Driver:
    """Driver `number` of `split`. The splits share nobody."""
    rng = stream((SPLITS.index(split) << 24) + number, "driver")
    return Driver(
        blinks_per_min=float(np.clip(rng.lognormal(np.log(15), 0.35), 6, 32)),
        duration_s=float(np.clip(rng.normal(0.20, 0.025), 0.15, 0.26)),
        open=float(rng.uniform(0.82, 1.0)),
        glances_per_min=float(rng.uniform(1, 5)),
    )


@dataclass(frozen=True)
class Closure:
    """The lid goes down to `floor`: closing, closed, reopening [s]."""

    start_s: float
    closing_s: float
    closed_s: float
    opening_s: float
    floor: float

    @property
    def end_s(self) -> float:
        """When the eye is open again."""
        return self.start_s + self.closing_s + self.closed_s + self.opening_s


def page(who: Driver, seed: int, index: int, drowsy: bool) -> list[Closure]:
    """Blinks, long closures and glances that begin in half minute `index`; none overlaps another."""
    rng = stream(seed, "blinks", index)
    per_min = who.blinks_per_min * (1.25 if drowsy else 1.0)
    out: list[Closure] = []
    at = index * PAGE_S + float(rng.exponential(60 / per_min)) * 0.5
    end = (index + 1) * PAGE_S
    while at < end:
        draw, length = rng.random(), float(rng.lognormal(0, 0.18)) * who.duration_s
        share = who.glances_per_min / (who.glances_per_min + per_min)
        if draw < share:
            made = Closure(at, 0.15, float(rng.uniform(0.4, 1.2)), 0.2, float(rng.uniform(0.35, 0.55)))
        elif drowsy and rng.random() < 0.4:
            # long closures, up to a microsleep
            hold = float(np.clip(rng.lognormal(np.log(1.0), 0.6), 0.3, 4.0))
            made = Closure(at, float(rng.uniform(0.15, 0.4)), hold, float(rng.uniform(0.2, 0.5)), 0.0)
        else:
            length *= 1.28 if drowsy else 1.0
            floor = float(rng.uniform(0, 0.15))
            made = Closure(at, 0.32 * length, 0.08 * length, 0.60 * length, floor)
        if made.end_s < end:
            out.append(made)
        # intervals between blinks: skewed, never nothing
        at = made.end_s + 0.15 + float(rng.gamma(1.8, max(60 / per_min - 0.6, 0.3) / 1.8))
    return out


def lid(closures: list[Closure], seconds: Reals) -> Reals:
    """Factor on the opening, 1 without a closure, at evenly spaced `seconds`."""
    out = np.ones(seconds.size)
    for one in closures:
        window = slice(*np.searchsorted(seconds, (one.start_s, one.end_s)))
        since = seconds[window] - one.start_s
        closing = np.clip(since / one.closing_s, 0, 1)
        opening = np.clip((since - one.closing_s - one.closed_s) / one.opening_s, 0, 1)
        # lids start and stop softly; opening slows towards the end
        depth = 0.5 - 0.5 * np.cos(np.pi * closing) - (1 - (1 - opening) ** 2)
        out[window] = 1 - (1 - one.floor) * np.clip(depth, 0, 1)
    return out


def eyelids(
    who: Driver, seed: int, labels: tuple[Label, ...], always_drowsy: bool, noise: float = 0.0
) -> Gridded:
    """Opening of the eye, 0..1 ("ratio"), at 100 Hz; drowsy where `labels` say so."""

    def drowsy(seconds: float) -> bool:
        return always_drowsy or any(x.name == "drowsy" and x.start_s <= seconds < x.end_s for x in labels)

    def render(index: int) -> Reals:
        seconds = (index * BLOCK + np.arange(BLOCK)) / RATE_HZ
        first, last = int(seconds[0] // PAGE_S), int(seconds[-1] // PAGE_S)
        states = {number: drowsy((number + 0.5) * PAGE_S) for number in range(first, last + 1)}
        closures = [one for number, state in states.items() for one in page(who, seed, number, state)]
        heavy = np.array([0.82 if states[int(s // PAGE_S)] else 1.0 for s in seconds])
        out = who.open * heavy * (1 + 0.03 * drift(seed, "lid", seconds, 20.0)) * lid(closures, seconds)
        out += noise * stream(seed, "camera", index).standard_normal(BLOCK)
        return np.clip(out, 0, 1)

    return Gridded(render, labels, "ratio", rate_hz=Fraction(RATE_HZ), size=BLOCK)
