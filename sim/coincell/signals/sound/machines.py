"""Machines heard: motors, fans and engines as harmonics of a shaft, over the rush of air that they move.

A fan sounds at its blades' rate, shaft times blades, and its harmonics; a four-stroke engine at half the
shaft rate times its cylinders, with half orders between (C. M. Harris, "Handbook of acoustical measurements
and noise control", 1991; from memory). Induction motors run a few percent slower than the mains asks. Rates,
shares and slopes are `estimate`. In kitchens appliances reach 40 to 90 dB(A), in living rooms 35 to 50:
H. G. Leventhall, "Household appliance noise", Applied Acoustics, abstract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from coincell.signals.blocks import BLOCK, RATE_HZ, Mono
from coincell.signals.sound.shaped import response, shaped
from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream

MachineKind = Literal["fan", "vacuum_cleaner", "refrigerator", "kitchen_mixer", "engine"]
MACHINES: tuple[MachineKind, ...] = get_args(MachineKind)
_HIGHEST_HZ = 7600.0
_DRIFT_S = (2.3, 5.9, 14.7)
"""Periods in which a machine's speed wanders (estimate)."""


@dataclass(frozen=True)
class Machine:
    """One machine's sound."""

    kind: MachineKind
    shaft_hz: float
    lines: Mapping[float, float]
    """Amplitude of each order of the shaft, relative."""
    tonal: float
    """Share of the power that lies in the lines."""
    drift: float
    """How far the speed wanders, as a share of it."""
    rush_hz: float
    """Where the broadband noise is strongest."""
    rush_slope: float
    """How fast it falls on either side, as an exponent of power."""
    beat_order: float
    """Order of the shaft at which the noise swells: blades, cylinders."""
    beat: float
    """Depth of that swell."""


def machine(split: Split, number: int) -> Machine:
    """Machine `number` of `split`; the splits share none."""
    rng = stream(SPLITS.index(split) << 24 | number, "machine")
    kind = MACHINES[int(rng.integers(len(MACHINES)))]
    return _MAKERS[kind](rng)


def _falling(rng: np.random.Generator, orders: Mono, db_each: tuple[float, float]) -> dict[float, float]:
    """Lines at `orders`, each weaker than the one before, and uneven as real ones are."""
    fall = rng.uniform(*db_each)
    level = -fall * np.arange(orders.size) + rng.normal(0, 3, orders.size)
    return {float(order): float(10 ** (db / 20)) for order, db in zip(orders, level, strict=True)}


def _fan(rng: np.random.Generator) -> Machine:
    blades = int(rng.integers(3, 10))
    lines = _falling(rng, blades * np.arange(1.0, 6.0), (4, 9)) | {1.0: 10 ** (rng.uniform(-20, -6) / 20)}
    return Machine(
        kind="fan",
        shaft_hz=float(rng.uniform(12, 45)),
        lines=lines,
        tonal=float(rng.uniform(0.1, 0.4)),
        drift=0.003,
        rush_hz=float(rng.uniform(120, 700)),
        rush_slope=float(rng.uniform(1.2, 2.2)),
        beat_order=float(blades),
        beat=float(rng.uniform(0, 0.3)),
    )


def _vacuum_cleaner(rng: np.random.Generator) -> Machine:
    blades = int(rng.integers(7, 10))
    lines = _falling(rng, np.arange(1.0, 5.0), (2, 5)) | _falling(
        rng, np.array([blades, 2.0 * blades]), (6, 12)
    )
    return Machine(
        kind="vacuum_cleaner",
        shaft_hz=float(rng.uniform(250, 600)),
        lines=lines,
        tonal=float(rng.uniform(0.15, 0.4)),
        drift=0.01,
        rush_hz=float(rng.uniform(500, 1800)),
        rush_slope=float(rng.uniform(1.0, 1.8)),
        beat_order=1.0,
        beat=0.0,
    )


def _refrigerator(rng: np.random.Generator) -> Machine:
    mains_hz = 50 if rng.random() < 0.7 else 60
    lines = _falling(rng, np.arange(1.0, 13.0), (1, 3))
    return Machine(
        kind="refrigerator",
        shaft_hz=float(mains_hz * (1 - rng.uniform(0.01, 0.05))),
        lines=lines,
        tonal=float(rng.uniform(0.4, 0.8)),
        drift=0.001,
        rush_hz=float(rng.uniform(150, 500)),
        rush_slope=float(rng.uniform(1.5, 2.5)),
        beat_order=1.0,
        beat=float(rng.uniform(0, 0.2)),
    )


def _kitchen_mixer(rng: np.random.Generator) -> Machine:
    teeth = int(rng.integers(7, 15))
    lines = _falling(rng, np.arange(1.0, 11.0), (1, 3)) | {
        float(teeth) + 0.5: 10 ** (rng.uniform(-6, 3) / 20)
    }
    return Machine(
        kind="kitchen_mixer",
        shaft_hz=float(rng.uniform(80, 280)),
        lines=lines,
        tonal=float(rng.uniform(0.3, 0.6)),
        drift=0.03,
        rush_hz=float(rng.uniform(400, 2000)),
        rush_slope=float(rng.uniform(1.0, 2.0)),
        beat_order=1.0,
        beat=float(rng.uniform(0, 0.4)),
    )


def _engine(rng: np.random.Generator) -> Machine:
    firing = int(rng.choice([1, 3, 4, 4, 6])) / 2
    lines = _falling(rng, np.arange(0.5, 13.0, 0.5), (0.5, 1.0))
    for order in lines:
        if order % firing:
            lines[order] *= 0.25
    return Machine(
        kind="engine",
        shaft_hz=float(rng.uniform(12, 55)),
        lines=lines,
        tonal=float(rng.uniform(0.4, 0.7)),
        drift=0.02,
        rush_hz=float(rng.uniform(100, 600)),
        rush_slope=float(rng.uniform(1.5, 2.5)),
        beat_order=firing,
        beat=float(rng.uniform(0.3, 0.7)),
    )


_MAKERS: Mapping[MachineKind, Callable[[np.random.Generator], Machine]] = {
    "fan": _fan,
    "vacuum_cleaner": _vacuum_cleaner,
    "refrigerator": _refrigerator,
    "kitchen_mixer": _kitchen_mixer,
    "engine": _engine,
}


def rush(heard: Machine, hz: Mono) -> Mono:
    """Relative power per hertz of the broadband noise at frequencies [Hz]."""
    ratio = hz / heard.rush_hz
    power: Mono = 1 / (ratio**-heard.rush_slope + ratio**heard.rush_slope)
    return power


def angle(heard: Machine, seed: int, seconds: Mono) -> Mono:
    """The shaft's angle [rad] at times [s]: its rate wanders by `drift`."""
    rng = stream(seed, "shaft")
    wander = np.zeros(seconds.size)
    for period_s in _DRIFT_S:
        own = period_s * rng.uniform(0.8, 1.25)
        wander += own / (2 * np.pi) * np.sin(2 * np.pi * (seconds / own + rng.uniform()))
    turns: Mono = seconds + heard.drift / np.sqrt(len(_DRIFT_S)) * wander
    return 2 * np.pi * heard.shaft_hz * turns


def running(heard: Machine, seed: int) -> Callable[[int, int], Mono]:
    """Blocks of the machine's sound, with unit root mean square over the long run."""
    taps = response(lambda hz: rush(heard, hz))
    audible = {o: a for o, a in heard.lines.items() if o * heard.shaft_hz < _HIGHEST_HZ}
    line_rms = np.sqrt(sum(a**2 for a in audible.values()) / 2)
    phases = dict(zip(audible, stream(seed, "lines").uniform(0, 2 * np.pi, len(audible)), strict=True))

    def render(seed: int, index: int) -> Mono:
        turned = angle(heard, seed, (index * BLOCK + np.arange(BLOCK)) / RATE_HZ)
        tones = np.zeros(BLOCK)
        for order, amplitude in audible.items():
            tones += amplitude * np.cos(order * turned + phases[order])
        swell = (1 + heard.beat * np.cos(heard.beat_order * turned)) / np.sqrt(1 + heard.beat**2 / 2)
        air = shaped(taps, seed, index) * swell
        both: Mono = np.sqrt(heard.tonal) * tones / line_rms + np.sqrt(1 - heard.tonal) * air
        return both

    return render


def some_machine(seed: int, split: Split) -> Callable[[int, int], Mono]:
    """Blocks of a machine of `split` that the seed chooses."""
    return running(machine(split, int(stream(seed, "which machine").integers(0, 1000))), seed)
