"""Notes of instruments that do not exist: harmonics that begin together and die away each at its own pace.

A plucked string's partials lie at n f sqrt(1 + B n^2) (H. Fletcher, JASA 36, 203, 1964) and the higher die
sooner (N. H. Fletcher and T. D. Rossing, "The physics of musical instruments", 1998, chapters 2 and 12). Both
from memory; ranges of instruments are `estimate`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from coincell.signals.blocks import RATE_HZ, Mono
from coincell.signals.streams import stream

A4_HZ = 440.0
"""ISO 16: the A above middle C, key 69 of MIDI."""
LONGEST_S = 3.0
"""No note, nor its end, is longer [s]."""
_HIGHEST_HZ = 7600.0
_FADE_S = 0.03
"""How long a damper takes [s] (estimate)."""


@dataclass(frozen=True)
class Instrument:
    """How an instrument sounds."""

    slope: float
    """Harmonic n begins with amplitude n^-slope."""
    even: float
    """Factor on even harmonics: below 1 for a clarinet's hollow sound."""
    attack_s: float
    decay_s: float
    """Time constant of the fundamental's pressure at 220 Hz; higher notes and partials die sooner [s]."""
    sustained: bool
    """Blown or bowed: the decay is that of a swell, the sound lasts as long as the note."""
    inharmonicity: float
    vibrato: float
    """Depth, as a share of the frequency."""
    seed: int
    """Of the small unevenness between harmonics."""


def hz_of(key: float) -> float:
    """Frequency [Hz] of a MIDI key in equal temperament."""
    return float(A4_HZ * 2 ** ((key - 69) / 12))


def instrument(rng: np.random.Generator) -> Instrument:
    """An instrument by chance: half of them plucked or struck, half blown or bowed."""
    sustained = bool(rng.random() < 0.5)
    return Instrument(
        slope=float(rng.uniform(0.7, 2.0)),
        even=float(rng.choice([1.0, 1.0, 0.3])),
        attack_s=float(rng.uniform(0.03, 0.1) if sustained else rng.uniform(0.001, 0.006)),
        decay_s=float(rng.uniform(0.8, 2.0) if sustained else rng.uniform(0.15, 0.9)),
        sustained=sustained,
        inharmonicity=0.0 if sustained else float(rng.uniform(0, 6e-4)),
        vibrato=float(rng.uniform(0, 0.006)) if sustained else 0.0,
        seed=int(rng.integers(1 << 31)),
    )


@lru_cache(maxsize=512)
def note(played: Instrument, key: int, length_s: float) -> Mono:
    """The note as sound: from its attack to the end of its decay, at amplitude 1 of the fundamental."""
    whole_s = min(length_s + _FADE_S, LONGEST_S)
    t = np.arange(round(whole_s * RATE_HZ)) / RATE_HZ
    base = hz_of(key)
    rng = stream(played.seed, "harmonics")
    turned = base * t
    if played.vibrato:
        turned = turned + base * played.vibrato / (2 * np.pi * 5.5) * np.sin(2 * np.pi * 5.5 * t)
    out = np.zeros(t.size)
    for n in range(1, 17):
        stretch = n * np.sqrt(1 + played.inharmonicity * n**2)
        uneven, phase = 10 ** (rng.normal(0, 2) / 20), rng.uniform(0, 2 * np.pi)
        if base * stretch > _HIGHEST_HZ:
            break
        amplitude = n**-played.slope * (played.even if n % 2 == 0 else 1.0) * (uneven if n > 1 else 1.0)
        out += (
            amplitude
            * np.exp(-t / partial_decay_s(played, base, n))
            * np.sin(2 * np.pi * stretch * turned + phase)
        )
    out *= 1 - np.exp(-t / played.attack_s)
    out *= np.clip((whole_s - t) / _FADE_S, 0, 1)
    return out


def partial_decay_s(played: Instrument, base_hz: float, n: int) -> float:
    """Time constant [s] of partial `n`."""
    if played.sustained:
        return played.decay_s
    return played.decay_s / (float(np.sqrt(base_hz / 220)) * (1 + 0.25 * (n - 1)))


@lru_cache(maxsize=64)
def drum(name: str, seed: int) -> Mono:
    """A stroke of `kick`, `snare` or `hat`, with a peak near 1."""
    rng = stream(seed, "drum", name)
    t = np.arange(round(0.35 * RATE_HZ)) / RATE_HZ
    hiss = rng.standard_normal(t.size)
    if name == "kick":
        low, falls = rng.uniform(45, 65), rng.uniform(0.02, 0.04)
        turned = low * t + 2.2 * low * falls * (1 - np.exp(-t / falls))  # the pitch falls to `low`
        return np.asarray(np.sin(2 * np.pi * turned) * np.exp(-t / rng.uniform(0.06, 0.14)))
    if name == "snare":
        body = np.sin(2 * np.pi * rng.uniform(160, 240) * t) * np.exp(-t / 0.05)
        return np.asarray(0.5 * body + 0.3 * hiss * np.exp(-t / rng.uniform(0.04, 0.1)))
    bright = np.diff(hiss, prepend=0.0) / np.sqrt(2)  # high-passed: 6 dB an octave
    return np.asarray(0.3 * bright * np.exp(-t / rng.uniform(0.02, 0.06)))
