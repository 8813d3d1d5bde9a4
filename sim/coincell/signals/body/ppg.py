"""The photoplethysmogram: light through skin, dimmed by each pulse, as the current of a photodiode.

A pulse is two Gaussians, systolic and diastolic (Tang et al., "Synthetic photoplethysmogram generation
using two Gaussian functions", Scientific Reports 10, 2020). More blood takes more light, so the current
falls with every pulse.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import numpy as np

from coincell.ports import Label
from coincell.signals.blocks import Gridded
from coincell.signals.body.rhythm import Reals, Rhythm
from coincell.signals.streams import stream

RATE_HZ = 100
BLOCK = 2048

Light = Literal["infrared", "red", "green"]

# Estimates: the systolic wave tops about 0.17 s after the foot, the diastolic one 0.25 s later (for
# stiffness indices of 5 to 9 m/s: Millasseau et al., Clinical Science 103, 2002); s at an interval of 1 s.
_CENTRE_S = np.array([0.17, 0.42])
_WIDTH_S = np.array([0.08, 0.17])
_REACH_S = 1.2
_GREEN_BY_INFRARED = 2.0
"""Haemoglobin takes more green light: its pulse is stronger (estimate)."""


def ratio_of_ratios(spo2_percent: float) -> float:
    """Red pulse by infrared pulse, each by its steady light: the usual line SpO2 = 110 - 25 R."""
    return (110 - spo2_percent) / 25


def pulse(rhythm: Rhythm, seconds: Reals) -> Reals:
    """The blood of each pulse, about 0..1, at evenly spaced `seconds`.

    A ventricle that had less time to fill sends less: the height follows the interval before the beat,
    1 - exp(-(RR - 0.35 s) / 0.3 s) (estimate), so early beats are weak: the pulse deficit.
    """
    heart = rhythm.heart
    late = heart.transit_s + _REACH_S
    beats = rhythm.between(float(seconds[0]) - late, float(seconds[-1]) + _REACH_S)
    foot = beats.at_s + heart.transit_s
    filling = 1 - np.exp(-np.clip(beats.before_s - 0.35, 0.02, None) / 0.3)
    stretch = np.sqrt(np.clip(beats.after_s, 0.4, 1.5))
    height = np.array([1.0, heart.notch])
    out = np.zeros(seconds.size)
    edges = np.searchsorted(seconds, (foot - 0.3, foot + _REACH_S))
    for i, at in enumerate(foot):
        window = slice(edges[0][i], edges[1][i])
        distance = (seconds[window, np.newaxis] - at - _CENTRE_S * stretch[i]) / (_WIDTH_S * stretch[i])
        out[window] += filling[i] * (np.exp(-0.5 * distance**2) @ height)
    return out


def motion_labels(seed: int, duration_s: float, rate_per_h: float, motion_s: float) -> list[Label]:
    """Stretches in which the sensor moves on the skin; they last `motion_s` on average and stay apart."""
    rng = stream(seed, "motion")
    starts = np.sort(rng.uniform(0, duration_s, int(rng.poisson(rate_per_h * duration_s / 3600))))
    out: list[Label] = []
    for start in starts:
        length = motion_s * float(rng.uniform(0.5, 1.5))
        if (not out or start > out[-1].end_s + 1) and start + length < duration_s:
            out.append(Label(float(start), float(start) + length, "motion"))
    return out


def motion(seed: int, labels: list[Label], seconds: Reals) -> Reals:
    """What movement adds, by the steady light: swings at the arm's pace and a wandering contact (estimate).

    Strengths are several times the pulse, as in recordings of walking and running.
    """
    out = np.zeros(seconds.size)
    for number, label in enumerate(labels):
        if label.start_s > seconds[-1] or label.end_s < seconds[0]:
            continue
        rng = stream(seed, "movement", number)
        inside = np.clip((seconds - label.start_s) / 0.5, 0, 1) * np.clip((label.end_s - seconds) / 0.5, 0, 1)
        pace_hz, strength = rng.uniform(0.7, 2.8), rng.uniform(0.02, 0.10)
        swing = np.zeros(seconds.size)
        for harmonic, weight in ((0.37, 0.8), (1, 1.0), (2, 0.5), (3, 0.25)):
            wobble = 0.6 * np.sin(2 * np.pi * rng.uniform(0.05, 0.3) * seconds + rng.uniform(0, 2 * np.pi))
            angle = 2 * np.pi * pace_hz * harmonic * seconds + rng.uniform(0, 2 * np.pi)
            swing += weight * np.sin(angle + wobble)
        out += strength * inside * swing
    return out


def photoplethysmogram(
    rhythm: Rhythm,
    seed: int,
    labels: tuple[Label, ...] = (),
    *,
    light: Light = "infrared",
    steady_a: float = 1e-6,
    spo2_percent: float = 97.0,
    ambient_a: float = 0.0,
    mains_hz: float = 50.0,
    noise_a: float = 0.0,
) -> Gridded:
    """The photodiode's current [A] at 100 Hz while the light of one colour is on."""
    moves = [label for label in labels if label.name == "motion"]
    strength: Mapping[Light, float] = {
        "infrared": 1.0,
        "red": ratio_of_ratios(spo2_percent),
        "green": _GREEN_BY_INFRARED,
    }
    depth = rhythm.heart.perfusion * strength[light]

    def render(index: int) -> Reals:
        seconds = (index * BLOCK + np.arange(BLOCK)) / RATE_HZ
        breath = rhythm.breath(seconds)
        # Breath moves the veins (the baseline) and the heart's output (the height): estimates.
        dimmed = depth * ((1 + 0.1 * breath) * pulse(rhythm, seconds) + 0.25 * breath)
        out = steady_a * (1 - dimmed + motion(seed, moves, seconds))
        # Lamps flicker at twice the mains; 100 Hz samples see it near standstill, as the part would.
        flicker = 1 + 0.1 * np.sin(4 * np.pi * mains_hz * 1.0003 * seconds)
        return out + ambient_a * flicker + noise_a * stream(seed, "shot", index).standard_normal(BLOCK)

    return Gridded(render, labels, "A", rate_hz=Fraction(RATE_HZ), size=BLOCK)
