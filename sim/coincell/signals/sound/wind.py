"""Wind at a microphone: turbulence that meets a small body, in gusts.

It is no sound, but pressure of eddies carried past. Long eddies press with the kinetic energy of the flow
(stagnation pressure), whose spectrum falls with f^(-5/3): Lyons, Hart and Raspet, "As the wind blows",
Acoustics Today 17(4), 2021, page 22; velocity measured so up to 100 Hz by Stinson, Daigle and Havelock,
131st meeting of the Acoustical Society of America, 2pPAb8, 1996. Eddies smaller than the body come from its
own wake: third-octave levels of 40 lg V - 23 lg(f D / V) + 15 dB for 0.1 < f D / V < 5, Strasberg, JASA 83,
544, 1988, as given in SI units by G. P. van den Berg, "The sounds of high winds", 2006, equation VIII.2. As a
third of an octave widens with f, the spectrum falls with f^(-3.3) there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coincell.signals.blocks import BLOCK, RATE_HZ, Mono
from coincell.signals.sound.shaped import response, shaped
from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream

LARGE_EDDIES = 5 / 3
SMALL_EDDIES = 3.3
"""How steeply power falls with frequency, as an exponent."""
LOWEST_HZ = 10.0
"""Microphones feel nothing much slower: the vent behind the membrane lets it pass (estimate)."""
_KNOT_S = 0.25
"""Gusts are given this often, and joined smoothly [s]."""
_HISTORY = 32
"""Knots that a gust remembers."""


@dataclass(frozen=True)
class Wind:
    """A wind and the body it blows past. Ranges are `estimate`."""

    speed_m_per_s: float
    size_m: float
    """Of the body around the microphone: an earbud, a hearing aid, a small board."""
    intensity: float
    """Turbulence intensity: how much the speed varies, by its mean."""
    gust_s: float
    """How long a gust lasts."""

    @property
    def corner_hz(self) -> float:
        """Above it eddies are smaller than the body: V / (3 D), after van den Berg (from memory)."""
        return self.speed_m_per_s / (3 * self.size_m)


def wind(split: Split, number: int) -> Wind:
    """Wind `number` of `split`; the splits share none."""
    rng = stream(SPLITS.index(split) << 24 | number, "wind")
    return Wind(
        speed_m_per_s=float(rng.uniform(3, 10)),
        size_m=float(rng.uniform(0.015, 0.05)),
        intensity=float(rng.uniform(0.12, 0.3)),
        gust_s=float(rng.uniform(0.6, 3.0)),
    )


def spectrum(blowing: Wind, hz: Mono) -> Mono:
    """Relative power per hertz at frequencies [Hz]."""
    ratio = np.maximum(hz, LOWEST_HZ) / blowing.corner_hz
    power: Mono = ratio**-LARGE_EDDIES / (1 + ratio**2) ** ((SMALL_EDDIES - LARGE_EDDIES) / 2)
    return power


def _gust(blowing: Wind, seed: int, index: int) -> Mono:
    """Speed by its mean over block `index`: a process that forgets within `gust_s`."""
    seconds = (index * BLOCK + np.arange(BLOCK)) / RATE_HZ
    first = int(np.floor(seconds[0] / _KNOT_S))
    knots = np.arange(first - _HISTORY, int(np.floor(seconds[-1] / _KNOT_S)) + 2)
    news = np.array([stream(seed, "gust", int(knot)).standard_normal() for knot in knots])
    forgets = np.exp(-_KNOT_S / blowing.gust_s * np.arange(_HISTORY + 1))
    forgets /= np.sqrt(np.sum(forgets**2))
    speeds = 1 + blowing.intensity * np.convolve(news, forgets, "valid")
    at = seconds / _KNOT_S - first
    whole = at.astype(np.int64)
    rest = 0.5 - 0.5 * np.cos(np.pi * (at - whole))
    between: Mono = speeds[whole] * (1 - rest) + speeds[whole + 1] * rest
    return np.maximum(between, 0.0)


def windy(seed: int, split: Split) -> Callable[[int, int], Mono]:
    """Blocks of a wind of `split` that the seed chooses, with unit root mean square over the long run.

    Pressure goes with the square of the speed: 40 lg V.
    """
    blowing = wind(split, int(stream(seed, "which wind").integers(0, 1000)))
    taps = response(lambda hz: spectrum(blowing, hz))
    mean_power = 1 + 6 * blowing.intensity**2 + 3 * blowing.intensity**4  # of speed^4, speed Gaussian

    def render(seed: int, index: int) -> Mono:
        pressure: Mono = shaped(taps, seed, index) * _gust(blowing, seed, index) ** 2
        return pressure / float(np.sqrt(mean_power))

    return render
