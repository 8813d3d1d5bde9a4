"""Fires and what is mistaken for them, at a smoke alarm under the ceiling: obscuration and temperature.

A fire's heat grows with the square of time (NFPA 72, annex B); its ceiling jet warms the alarm as Alpert
found (Fire Technology 8, 1972); its smoke mixes with the room's air, and blocks light by the extinction
of Mulholland and Croarkin (Fire and Materials 24, 2000). Nuisances are puffs with sizes from NIST's tests
(Cleary, AUBE '04; NIST TN 1947). Where no source is named the number is an estimate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
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
Fire = Literal["flaming_wood", "flaming_foam", "flaming_liquid", "smouldering"]
Nuisance = Literal["toast", "steam", "cooking", "dust"]
BLOCK = 1024
FIRES: tuple[Fire, ...] = ("flaming_wood", "flaming_foam", "flaming_liquid", "smouldering")
NUISANCES: tuple[Nuisance, ...] = ("toast", "steam", "cooking", "dust")

FLAMING_M2_PER_G = 8.7
"""Specific extinction of soot from flames (Mulholland and Croarkin)."""
SMOULDERING_M2_PER_G = 4.4
"""Of smoke from smouldering (the same group's value for pyrolysis)."""


@dataclass(frozen=True)
class Home:
    """Where the alarm hangs."""

    volume_m3: float
    height_m: float
    changes_per_h: float
    distance_m: float
    """From above the fire to the alarm."""
    calm_c: float


def smoke_home(split: Split, number: int) -> Home:
    """Home `number` of `split`. The splits share none."""
    rng = stream((SPLITS.index(split) << 24) + number, "smoke home")
    return Home(
        volume_m3=float(rng.uniform(40, 150)),
        height_m=float(rng.uniform(2.3, 2.8)),
        changes_per_h=float(rng.uniform(0.3, 2.0)),
        distance_m=float(rng.uniform(1.0, 4.0)),
        calm_c=float(rng.uniform(18, 24)),
    )


@dataclass(frozen=True)
class Burning:
    """What burns: growth [kW/s2], the most it gives [kW], heat of combustion [kJ/g], smoke by mass."""

    growth_kw_per_s2: tuple[float, float]
    peak_kw: tuple[float, float]
    heat_kj_per_g: float
    soot: tuple[float, float]


# A fire in its first minutes, of a waste bin or a cushion: 5 to 60 kW. Growth: slow 0.00293, medium 0.01172,
# fast 0.0469 kW/s2 (NFPA 72, annex B). Heat of combustion and soot yield: SFPE Handbook, Tewarson's tables:
# wood 12.4 kJ/g, 0.015; polyurethane foam 16 to 18, 0.13 to 0.20; heptane 41.2, 0.037.
FLAMES: Mapping[str, Burning] = {
    "flaming_wood": Burning((0.001, 0.006), (5, 40), 12.4, (0.010, 0.020)),
    "flaming_foam": Burning((0.002, 0.012), (5, 50), 17.0, (0.13, 0.20)),
    "flaming_liquid": Burning((0.012, 0.05), (10, 60), 41.2, (0.030, 0.045)),
}


@dataclass(frozen=True)
class SmokeEvent:
    """One fire or nuisance: its label lasts from its start until its smoke has nearly gone."""

    name: str
    start_s: float
    length_s: float
    number: int

    @property
    def end_s(self) -> float:
        """When nothing is left to see."""
        return self.start_s + self.length_s


LENGTH_S: Mapping[str, float] = {
    "flaming_wood": 900.0,
    "flaming_foam": 600.0,
    "flaming_liquid": 600.0,
    "smouldering": 4500.0,
    "toast": 500.0,
    "steam": 700.0,
    "cooking": 1500.0,
    "dust": 180.0,
}


# How far the density at the alarm wavers about its mean, r.m.s. as a share of it: each event draws its own.
# No recordings are behind these, so the ranges are wide and none tells a fire from a nuisance.
FLUTTER: Mapping[str, tuple[float, float]] = {
    "flaming_wood": (0.08, 0.40),  # estimate: flames leap and die as sticks catch; from afar well mixed
    "flaming_foam": (0.08, 0.40),  # estimate: it melts and drips, its flames pulse; from afar well mixed
    "flaming_liquid": (0.08, 0.35),  # estimate: a pool burns evenly, but flames of any pool puff
    "smouldering": (0.06, 0.35),  # estimate: even by itself, but a weak plume goes where the draught does
    "toast": (0.08, 0.40),  # estimate: thin threads from the slots, or a haze that has filled the room
    "steam": (0.08, 0.50),  # estimate: a pot boils evenly, a lifted lid or an opened door gives puffs
    "cooking": (0.06, 0.40),  # estimate: it simmers evenly, or spits at each turn of the pan
    "dust": (0.12, 0.60),  # estimate: clouds from a broom or a drill, never stirred for long
}


def jet_k(kilowatt: Reals, height_m: float, distance_m: float) -> Reals:
    """Rise of the hottest part of the ceiling jet [K]: Alpert 1972, in the form of NFPA 72, annex B."""
    if distance_m / height_m <= 0.18:
        out: Reals = 16.9 * kilowatt ** (2 / 3) / height_m ** (5 / 3)
    else:
        out = 5.38 * (kilowatt / distance_m) ** (2 / 3) / height_m
    return out


def percent_per_m(extinction_per_m: Reals) -> Reals:
    """Obscuration over a metre [%/m] of light that decays by `extinction_per_m` (Bouguer's law)."""
    out: Reals = 100 * (1 - np.exp(-extinction_per_m))
    return out


def _mixed(grams_per_s: Reals, home: Home) -> Reals:
    """Mass in the room's air [g/m3], second by second, as it fills and airs."""
    loss = home.changes_per_h / 3600
    out = np.empty(grams_per_s.size)
    level = 0.0
    for second, rate in enumerate(grams_per_s):
        level += rate / home.volume_m3 - loss * level
        out[second] = level
    return out


def _lagged(values: Reals, constant_s: float) -> Reals:
    """`values`, a second each, through a first-order lag: smoke takes its time into a chamber."""
    keep, level = float(np.exp(-1 / constant_s)), 0.0
    out = np.empty(values.size)
    for i, value in enumerate(values):
        level = value + (level - value) * keep
        out[i] = level
    return out


@lru_cache(maxsize=64)
def course(event: SmokeEvent, home: Home, seed: int) -> tuple[Reals, Reals, Reals]:
    """Extinction [1/m], warming [K] and added humidity [%RH] for each second of an event."""
    rng = stream(seed, "smoke", event.number)
    seconds: Reals = np.arange(int(event.length_s), dtype=float)
    damp = np.zeros(seconds.size)
    if event.name in FLAMES:
        extinction, warming = _flame(FLAMES[event.name], home, rng, seconds)
    elif event.name == "smouldering":
        # Grams a second grow slowly over half an hour or more; hardly any heat (EN 54-7 TF2, TF3).
        begin, rate = rng.uniform(60, 300), rng.uniform(2e-5, 6e-5)
        grams = rate * np.clip(seconds - begin, 0, 2400) / 60 * rng.uniform(0.7, 1.3)
        extinction = SMOULDERING_M2_PER_G * _mixed(grams, home)
        warming = jet_k(grams * 4.0, home.height_m, home.distance_m)
    else:
        extinction, warming, damp = _nuisance(event.name, home, rng, seconds)
    extinction = _lagged(extinction, rng.uniform(10, 30))
    flutter = stream(seed, "flutter", event.number).uniform(*FLUTTER[event.name])
    roughness = 1 + flutter * drift(seed, f"eddies {event.number}", seconds, 6.0)
    # at the end the room is aired, so that nothing jumps when the event is over
    aired = np.clip((seconds.size - seconds) / 60, 0, 1)
    return extinction * np.clip(roughness, 0.2, 3) * aired, _lagged(warming, 20.0) * aired, damp * aired


def _flame(what: Burning, home: Home, rng: np.random.Generator, seconds: Reals) -> tuple[Reals, Reals]:
    growth, peak, soot = (
        float(rng.uniform(*pair)) for pair in (what.growth_kw_per_s2, what.peak_kw, what.soot)
    )
    begin = float(rng.uniform(10, 60))
    kilowatt = np.minimum(growth * np.clip(seconds - begin, 0, None) ** 2, peak)
    extinction = FLAMING_M2_PER_G * _mixed(soot * kilowatt / what.heat_kj_per_g, home)
    return extinction, jet_k(kilowatt, home.height_m, home.distance_m)


def _nuisance(name: str, home: Home, rng: np.random.Generator, seconds: Reals) -> tuple[Reals, Reals, Reals]:
    """Puffs: how strong, how fast they come and go, how warm, how damp."""
    #            peak 1/m       rise s      fall s      warming K   damp %RH
    table = {
        "toast": ((0.02, 0.15), (30, 90), (60, 150), (0.3, 2.0), (0, 2)),
        "steam": ((0.05, 0.40), (20, 60), (40, 120), (1.0, 4.0), (15, 40)),
        "cooking": ((0.01, 0.10), (150, 400), (150, 400), (1.0, 6.0), (3, 12)),
        "dust": ((0.03, 0.30), (3, 10), (10, 40), (0.0, 0.1), (0, 0)),
    }
    peak, rise, fall, warm, damp = (float(rng.uniform(*pair)) for pair in table[name])
    begin = float(rng.uniform(5, 30))
    since = np.clip(seconds - begin, 0, None)
    top = min(rise * 2.5, 0.6 * seconds.size)
    filled = np.where(
        since < top, 1 - np.exp(-since / rise), (1 - np.exp(-top / rise)) * np.exp(-(since - top) / fall)
    )
    near = 1 / (1 + home.distance_m / 4)  # thinner further away
    slow = _lagged(filled, 60.0)
    return peak * near * filled, warm * near * slow, damp * near * slow


def alarm_air(
    events: Schedule[SmokeEvent],
    home: Home,
    seed: int,
    labels: tuple[Label, ...],
    quantity: Literal["obscuration", "temperature", "humidity"],
) -> Gridded:
    """Obscuration [%/m], temperature [degrees Celsius] or humidity [%RH] at the alarm, once a second."""

    def render(index: int) -> Reals:
        seconds: Reals = index * BLOCK + np.arange(BLOCK, dtype=float)
        added = np.zeros((3, BLOCK))
        for event in events.between(seconds[0], seconds[-1]):
            first = math.ceil(event.start_s)
            courses = course(event, home, seed)
            size = courses[0].size
            begin, end = max(first - index * BLOCK, 0), min(first + size - index * BLOCK, BLOCK)
            for row, values in enumerate(courses):
                added[row, begin:end] += values[begin + index * BLOCK - first : end + index * BLOCK - first]
        if quantity == "obscuration":
            # clean air has some dust: hundredths of a percent (estimate)
            clean = 5e-4 * (1 + 0.3 * drift(seed, "dust", seconds, 3600.0))
            return percent_per_m(np.clip(clean, 0, None) + added[0])
        daily = -np.cos(2 * np.pi * (seconds / 86_400 - 4 / 24))
        if quantity == "temperature":
            air: Reals = home.calm_c + 1.0 * daily + 0.2 * drift(seed, "air", seconds, 600.0) + added[1]
            return air
        damp: Reals = np.clip(45 + 5 * drift(seed, "damp", seconds, 7200.0) + added[2], 0, 100)
        return damp

    unit = {"obscuration": "%/m", "temperature": "°C", "humidity": "%RH"}[quantity]
    return Gridded(render, labels, unit, rate_hz=1, size=BLOCK)
