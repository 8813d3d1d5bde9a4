"""The electrochemical front end of a glucose monitor: interstitial glucose as an electrode's current.

An enzyme electrode (glucose oxidase) passes a current in proportion to glucose, plus one that flows
without any. Its sensitivity settles over the first hours and fades over days; pressing on it, as a
sleeper does, starves it for a while.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from coincell.ports import Label
from coincell.signals.blocks import Gridded
from coincell.signals.body.glucose_days import DAY_MIN, Days
from coincell.signals.body.glucose_model import Reals
from coincell.signals.drift import drift
from coincell.signals.streams import stream

Quantity = Literal["current", "interstitial", "blood"]
PERIOD_S = 10
"""A sample every 10 s: six readings to average in each minute."""
BLOCK = 1080


@dataclass(frozen=True)
class Electrode:
    """One sensor of a batch. Ranges are `estimate`, of the size of subcutaneous needle sensors: some 10 to
    50 nA at 100 mg/dL."""

    sensitivity_a_per_mg_per_dl: float
    background_a: float
    fade_per_day: float
    settle_h: float
    noise_share: float


FACTORY = Electrode(0.225e-9, 1.75e-9, fade_per_day=0.01, settle_h=2.0, noise_share=0.035)
"""What the factory prints on a calibrated batch (estimate: about the middle of what
`electrode` draws from in general)."""
_CALIBRATED_SHARE = 0.05
"""How far sensors of a calibrated batch are from that, standard deviation of sensitivity and background
(estimate, after factory-calibrated sensors without a finger prick)."""


def electrode(seed: int, calibrated: bool = False) -> Electrode:
    """The sensor that `seed` takes from the box; `calibrated`: from a batch that is close to FACTORY."""
    rng = stream(seed, "electrode")
    part = Electrode(
        sensitivity_a_per_mg_per_dl=float(rng.uniform(0.15e-9, 0.30e-9)),
        background_a=float(rng.uniform(0.5e-9, 3e-9)),
        fade_per_day=float(rng.uniform(0.0, 0.02)),
        settle_h=float(rng.uniform(1.0, 4.0)),
        noise_share=float(rng.uniform(0.02, 0.05)),
    )
    if not calibrated:
        return part
    near = 1 + _CALIBRATED_SHARE * np.clip(stream(seed, "batch").standard_normal(2), -2, 2)
    return replace(
        part,
        sensitivity_a_per_mg_per_dl=FACTORY.sensitivity_a_per_mg_per_dl * float(near[0]),
        background_a=FACTORY.background_a * float(near[1]),
    )


def slow_noise(seed: int, minutes: Reals) -> Reals:
    """Error of the tissue around the sensor, unit variance: correlated over about 15 minutes.

    Breton and Kovatchev (J. Diabetes Sci. Technol. 2, 2008) find autoregressive errors of 0.7 at 15 min.
    """
    return drift(seed, "tissue", minutes, 15 / np.log(1 / 0.7))


def compression(seed: int, minutes: Reals, chance_per_night: float) -> Reals:
    """Share of the current that is left while somebody lies on the sensor: 0.4..1, some nights, for half
    an hour or more (Helton et al., J. Diabetes Sci. Technol. 5, 2011)."""
    out = np.ones(minutes.size)
    for day in range(int(minutes[0] // DAY_MIN), int(minutes[-1] // DAY_MIN) + 1):
        rng = stream(seed, "night", day)
        begin, length = day * DAY_MIN + rng.uniform(30, 300), rng.uniform(20, 60)
        depth = rng.uniform(0.2, 0.6)
        if rng.random() < chance_per_night:
            inside = np.clip((minutes - begin) / 10, 0, 1) * np.clip((begin + length - minutes) / 10, 0, 1)
            out -= depth * inside
    return out


def current_a(part: Electrode, glucose_mg_per_dl: Reals, minutes: Reals, error: Reals) -> Reals:
    """The electrode's current [A]; `error` is relative."""
    settled = 1 - 0.3 * np.exp(-minutes / 60 / part.settle_h)
    fade = np.exp(-part.fade_per_day * minutes / DAY_MIN)
    gain = part.sensitivity_a_per_mg_per_dl * settled * fade
    out: Reals = part.background_a + gain * glucose_mg_per_dl * (1 + error)
    return out


def glucose(
    days: Days,
    seed: int,
    quantity: Quantity,
    labels: tuple[Label, ...] = (),
    compression_per_night: float = 0.0,
    calibrated: bool = False,
) -> Gridded:
    """Glucose [mg/dL] in blood or between the cells, or the sensor's current [A]; a sample every 10 s."""
    part = electrode(seed, calibrated)

    def render(index: int) -> Reals:
        minutes = (index * BLOCK + np.arange(BLOCK)) * PERIOD_S / 60
        if quantity == "blood":
            return days.blood(minutes)
        between = days.interstitial(minutes)
        if quantity == "interstitial":
            return between
        error = part.noise_share * slow_noise(seed, minutes)
        out = current_a(part, between, minutes, error) * compression(seed, minutes, compression_per_night)
        return out + 20e-12 * stream(seed, "electronics", index).standard_normal(BLOCK)

    unit = "A" if quantity == "current" else "mg/dL"
    return Gridded(render, labels, unit, rate_hz=Fraction(1, PERIOD_S), size=BLOCK)
