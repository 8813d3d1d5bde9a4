"""Hearts that do not exist, drawn from a seed: those for training apart from those held out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream


@dataclass(frozen=True)
class Heart:
    """One person's heart, breath and skin at rest. What names no source is an `estimate`."""

    seed: int
    rr_s: float
    """Mean interval between beats. Nunan et al., "A quantitative systematic review of normal values for
    short-term heart rate variability" (PACE 33, 2010): 0.926 +- 0.090 s."""
    sdnn_s: float
    """Standard deviation of the intervals. The same review: 50 +- 16 ms."""
    lf_hf: float
    """Power of the variability around 0.1 Hz by that around the breath. The same review: 2.8 +- 2.6."""
    breath_hz: float
    """Adults at rest breathe 12 to 20 times a minute."""
    r_v: float
    """Height of the R peak: McSharry et al. 2003 scale theirs to about 1.2 mV."""
    wave_factors: tuple[float, float, float, float, float]
    """Factors on the height of P, Q, R, S and T."""
    af_rr_s: float
    """Mean interval in atrial fibrillation: 80 to 130 beats a minute without treatment."""
    af_spread: float
    """Standard deviation of those intervals by their mean."""
    flutter_hz: float
    """Rate of the atria in fibrillation: 4 to 9 Hz (Stridh and Sörnmo, IEEE TBME 48, 2001, use 6 Hz)."""
    flutter_v: float
    """Amplitude of the fibrillatory waves. The same paper: 150 uV in lead V1; less in the others."""
    transit_s: float
    """From the R peak to the foot of the pulse wave at the wrist or finger."""
    perfusion: float
    """Pulsating part of the light by its steady part, infrared."""
    notch: float
    """Height of the diastolic wave by that of the systolic one: lower in stiff arteries."""


def heart(split: Split, number: int) -> Heart:
    """Heart `number` of `split`: the same person in every signal. The splits share nobody."""
    seed = (SPLITS.index(split) << 24) + number
    rng = stream(seed, "heart")
    factors = rng.uniform((0.5, 0.6, 1.0, 0.5, 0.4), (1.1, 1.3, 1.0, 1.4, 1.1))
    return Heart(
        seed=seed,
        rr_s=float(np.clip(rng.normal(0.926, 0.090), 0.70, 1.20)),
        sdnn_s=float(np.clip(rng.normal(0.050, 0.016), 0.020, 0.090)),
        lf_hf=float(np.clip(rng.lognormal(np.log(2.0), 0.6), 0.4, 8.0)),
        breath_hz=float(rng.uniform(12, 20) / 60),
        r_v=float(rng.uniform(0.7e-3, 1.6e-3)),
        wave_factors=tuple(float(x) for x in factors),  # type: ignore[arg-type]
        af_rr_s=float(60 / rng.uniform(80, 130)),
        af_spread=float(rng.uniform(0.18, 0.28)),
        flutter_hz=float(rng.uniform(4.5, 8.5)),
        flutter_v=float(rng.uniform(30e-6, 120e-6)),
        transit_s=float(rng.uniform(0.16, 0.26)),
        perfusion=float(rng.uniform(0.008, 0.04)),
        notch=float(rng.uniform(0.25, 0.55)),
    )


def at_rate(person: Heart, normal_per_min: float | None, fibrillating_per_min: float | None) -> Heart:
    """The same person when the heart beats at other mean rates [1/min]; None leaves what it is at rest.

    Exertion and fever quicken a normal rhythm, and its variability falls with the square of the interval
    (estimate: steeply, Monfredi et al., Hypertension 64, 2014; from memory). Medicine slows fibrillation.
    """
    rr_s = person.rr_s if normal_per_min is None else 60 / normal_per_min
    return replace(
        person,
        rr_s=rr_s,
        sdnn_s=person.sdnn_s * (rr_s / person.rr_s) ** 2,
        af_rr_s=person.af_rr_s if fibrillating_per_min is None else 60 / fibrillating_per_min,
    )
