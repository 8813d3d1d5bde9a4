"""The electrocardiogram: McSharry, Clifford, Tarassenko and Smith, "A dynamical model for generating
synthetic electrocardiogram signals" (IEEE TBME 50, 2003), in its phase form.

Their height z obeys dz/dt = - sum a_i d_i exp(-d_i^2 / 2 b_i^2) - (z - z0), d_i being how far the phase
is from wave i. Without the slow return to z0 this integrates to Gaussians of height a_i b_i^2 / w, w the
angular speed (the form of Sameni et al., EURASIP JASP 2007), so a beat is a closed form of its phase.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from coincell.ports import Label
from coincell.signals.blocks import Gridded
from coincell.signals.body.rhythm import ATRIAL, FIBRILLATING, VENTRICULAR, Beats, Reals, Rhythm
from coincell.signals.streams import stream

RATE_HZ = 250
BLOCK = 4096

# P, Q, R, S, T. Angles [degrees], strengths and widths [rad] at 60 beats a minute: the defaults of the
# authors' ecgsyn.m (the paper's table I, with P and T as later refined).
ANGLES_DEG = np.array([-70.0, -15.0, 0.0, 15.0, 100.0])
STRENGTHS = np.array([1.2, -5.0, 30.0, -7.5, 0.75])
WIDTHS_RAD = np.array([0.25, 0.1, 0.1, 0.1, 0.4])
# ecgsyn.m scales angles of P and T by the fourth root, of Q and S by the square root of the rate by
# 60/min, and widths by its square root; an angle is a share of the interval, so times go with:
_TIME_POWERS = np.array([0.75, 0.5, 0.5, 0.5, 0.75])
_HEIGHTS = STRENGTHS * WIDTHS_RAD**2
_HEIGHTS = _HEIGHTS / _HEIGHTS[2]
WANDER_V = 0.15e-3
"""Amplitude of the baseline's rise and fall with the breath: the paper, section III."""
_REACH_S = 1.2
"""No wave of a beat is seen further than this from its R peak."""


def waves(beats: Beats, factors: Reals) -> tuple[Reals, Reals, Reals]:
    """Centre [s after R], width [s] and height [of a normal R] of each beat's five waves, shape (n, 5)."""
    rr = np.clip(beats.before_s, 0.3, 2.0)[:, np.newaxis]
    centre = ANGLES_DEG / 360 * rr**_TIME_POWERS
    width = WIDTHS_RAD / (2 * np.pi) * np.sqrt(rr)
    height = np.broadcast_to(_HEIGHTS * factors, width.shape).copy()
    height[np.isin(beats.kind, (VENTRICULAR, FIBRILLATING)), 0] = 0  # no P
    height[beats.kind == ATRIAL, 0] *= -0.8  # the wave runs through the atria another way
    wide = beats.kind == VENTRICULAR
    # From a ventricle: a broad, high complex (over 0.12 s) and a T of the other sign (estimate).
    width[wide] *= np.array([1.0, 2.5, 2.8, 2.5, 1.0])
    height[wide] *= np.array([0.0, 0.0, 1.3, 1.5, -1.2])
    return centre, width, height


def beats_v(rhythm: Rhythm, seconds: Reals) -> Reals:
    """The beats alone [V] at evenly spaced `seconds`."""
    heart = rhythm.heart
    beats = rhythm.between(float(seconds[0]) - _REACH_S, float(seconds[-1]) + _REACH_S)
    centre, width, height = waves(beats, np.array(heart.wave_factors))
    out = np.zeros(seconds.size)
    edges = np.searchsorted(seconds, (beats.at_s - _REACH_S, beats.at_s + _REACH_S))
    for i, at in enumerate(beats.at_s):
        window = slice(edges[0][i], edges[1][i])
        distance = (seconds[window, np.newaxis] - at - centre[i]) / width[i]
        out[window] += np.exp(-0.5 * distance**2) @ height[i]
    out *= heart.r_v
    return out


def fibrillatory_v(rhythm: Rhythm, seconds: Reals) -> Reals:
    """The waves of fibrillating atria [V]: a sawtooth of five harmonics whose rate and height sway.

    Stridh and Sörnmo, "Spatiotemporal QRST cancellation techniques for analysis of atrial fibrillation"
    (IEEE TBME 48, 2001), section III: rate sways by 0.2 Hz at 0.1 Hz, height by a third at 0.08 Hz.
    """
    heart = rhythm.heart
    angle = 2 * np.pi * heart.flutter_hz * seconds + 0.2 / 0.1 * np.sin(2 * np.pi * 0.1 * seconds)
    height = heart.flutter_v * (1 + np.sin(2 * np.pi * 0.08 * seconds) / 3)
    out = np.zeros(seconds.size)
    for harmonic in range(1, 6):
        out -= 2 / (harmonic * np.pi) * np.sin(harmonic * angle)
    wave: Reals = height * out * rhythm.fibrillates(seconds)
    return wave


def electrocardiogram(
    rhythm: Rhythm,
    seed: int,
    labels: tuple[Label, ...] = (),
    noise_v: float = 0.0,
    mains_v: float = 0.0,
    mains_hz: float = 50.0,
) -> Gridded:
    """Lead II [V] at 250 Hz: beats, fibrillatory waves, wander with the breath, muscle noise and mains."""

    def render(index: int) -> Reals:
        seconds = (index * BLOCK + np.arange(BLOCK)) / RATE_HZ
        out = beats_v(rhythm, seconds) + WANDER_V * rhythm.breath(seconds)
        if rhythm.fibrillation:
            out += fibrillatory_v(rhythm, seconds)
        out += noise_v * stream(seed, "muscle", index).standard_normal(BLOCK)
        out += mains_v * np.sqrt(2) * np.sin(2 * np.pi * mains_hz * seconds)
        return out

    return Gridded(render, labels, "V", rate_hz=Fraction(RATE_HZ), size=BLOCK)
