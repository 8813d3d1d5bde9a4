"""How long a battery lasts: an interval, from a day's profile and the stated spread of every figure.

For each of many draws of the uncertain figures the battery is emptied step by step over its depth of
discharge: voltage falls, so currents change by their laws; self-discharge goes on; the end comes when the
voltage under the largest sustained current falls below what the board needs, or when nothing is left at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import log

import numpy as np

from coincell.describe import BatteryDescription, Kind
from coincell.energy.cell import Array, Curves, temperature_factor, unusable_ratio
from coincell.energy.load import Load
from coincell.energy.profile import DAY_S, DayProfile
from coincell.energy.ratings import Ending, warnings, why_dead

_Z90 = 1.6448536269514722
"""Standard normal deviate that leaves 5 % on each side."""
YEAR_DAYS = 365.25
_STEPS = 200
_MIN_V, _MIN_A = 0.3, 1e-15  # only keep divisions finite


@dataclass(frozen=True)
class Spreads:
    """Within which factor (either way) 90 % of true values lie, per kind of figure.

    These are judgements, stated here and in every report, not measurements. A datasheet-max lies above what
    most parts draw, so its median is taken lower.
    """

    within: Mapping[Kind, float] = field(
        default_factory=lambda: {
            "measured": 1.10,
            "datasheet-typ": 1.20,
            "datasheet-max": 1.40,
            "estimate": 1.60,
        }
    )
    median_of_max: float = 0.7
    resistance: float = 1.4
    self_discharge: float = 1.5
    n_draws: int = 400


@dataclass(frozen=True)
class Share:
    """What one component takes of the average current."""

    component: str
    average_a: float
    share: float
    estimate_share: float
    """Share of it that rests on figures of kind "estimate"."""


@dataclass(frozen=True)
class BatteryLife:
    """Life in days: 90 % of the draws lie between `low_days` and `high_days`."""

    battery: str
    low_days: float
    median_days: float
    high_days: float
    confidence: float
    average_a: float
    """Mean current of the day at the battery's voltage in the run [A]."""
    peak_a: float
    """Largest current of the run [A]."""
    capacity_ah: float
    """Charge in the fresh battery at this temperature, drawn slowly [Ah]."""
    usable_share: float
    """Median share of it that this load can use."""
    ended_by: Ending
    """What ends most lives."""
    dead: str
    """Why the board does not run from it at all; "" where it does."""
    breakdown: tuple[Share, ...]
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]


def life(
    battery: BatteryDescription,
    profile: DayProfile,
    spreads: Spreads | None = None,
    seed: int = 0,
    temperature_degc: float = 20.0,
) -> BatteryLife:
    """Life of a fresh `battery` under the same `profile` every day. The same seed gives the same numbers."""
    spreads = spreads or Spreads()
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 0xBA77])))
    load = Load.of(profile)
    n = spreads.n_draws
    factors = np.stack([_figure_factor(rng, spreads, kind, n) for _, kind in load.groups], axis=1)
    capacity = (
        float(battery.two_well.charge_c)
        * battery.in_parallel
        * temperature_factor(battery, temperature_degc)
        * _factor(rng, 1 + float(battery.capacity_spread.within_ratio), n)
    )
    leak = -log(1 - float(battery.self_discharge.yearly_ratio)) / (YEAR_DAYS * DAY_S)
    leaks = leak * _factor(rng, spreads.self_discharge, n)
    resistance = _factor(rng, spreads.resistance, n)
    days, used, ends = _empty(battery, profile, load, factors, capacity, leaks, resistance)
    shelf_days = float(battery.self_discharge.shelf_s) / DAY_S
    ends = np.where(days > shelf_days, 2, ends)
    days = np.minimum(days, shelf_days)
    low, median, high = np.quantile(days, [0.05, 0.5, 0.95])
    nominal = np.ones((1, len(load.groups)))
    volts = np.full((1, 1), float(profile.battery_v))
    average_a = float(load.current(nominal, volts)[0, 0])
    endings: tuple[Ending, ...] = ("voltage", "charge", "shelf life")
    ended_by = endings[int(np.argmax(np.bincount(ends, minlength=3)))]
    dead = "" if median else why_dead(battery, profile, average_a, ended_by)
    return BatteryLife(
        battery=battery.name,
        low_days=float(low),
        median_days=float(median),
        high_days=float(high),
        confidence=0.9,
        average_a=average_a,
        peak_a=float(profile.peak_a),
        capacity_ah=float(np.median(capacity)) / 3600,
        usable_share=float(np.median(used)),
        ended_by=ended_by,
        dead=dead,
        breakdown=_breakdown(load, float(profile.battery_v)),
        warnings=warnings(battery, profile, average_a, dead),
        assumptions=_assumptions(battery, profile, spreads, temperature_degc, seed),
    )


def _empty(
    battery: BatteryDescription,
    profile: DayProfile,
    load: Load,
    factors: Array,
    capacity: Array,
    leaks: Array,
    resistance: Array,
) -> tuple[Array, Array, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Days, share of the charge used and what ended it, per draw."""
    depth = np.linspace(0.0, 1.0, _STEPS + 1)
    open_circuit, ohms = Curves.of(battery).at(depth)
    ohms = ohms[np.newaxis, :] * resistance[:, np.newaxis]
    volts = np.broadcast_to(open_circuit, ohms.shape)
    for _ in range(4):  # voltage under the mean load; converges at once as the drop is small
        mean = load.current(factors, volts)
        volts = np.maximum(open_circuit - ohms * mean, _MIN_V)
    mean = load.current(factors, volts)
    # a switching regulator takes more current from a lower voltage
    scale = mean[:, :1] / np.maximum(load.current(np.ones_like(factors), volts[:, :1]), _MIN_A)
    sag_volts = np.maximum(open_circuit, _MIN_V)
    sag = float(profile.sagging_a) * scale * np.maximum(1.0, float(profile.battery_v) / sag_volts)
    voltage_end = _first_below_zero(
        depth, open_circuit - ohms * np.maximum(sag, mean) - float(profile.cutoff_v)
    )
    wells = battery.two_well
    pulse_s = float(profile.trace.longest_above_ps(Fraction(load.nominal_a).limit_denominator(10**12))) / 1e12
    bound = unusable_ratio(
        float(wells.available_ratio),
        float(wells.recovery_s),
        mean[:, _STEPS // 2],
        sag[:, _STEPS // 2],
        pulse_s,
        capacity,
    )
    used = np.minimum(voltage_end, 1.0 - bound)
    drawn = mean + leaks[:, np.newaxis] * capacity[:, np.newaxis] * (1.0 - depth)
    pace = capacity[:, np.newaxis] / np.maximum(drawn, _MIN_A)  # seconds per unit of depth
    steps = (pace[:, 1:] + pace[:, :-1]) / 2 * np.diff(depth)
    time = np.concatenate((np.zeros((len(used), 1)), np.cumsum(steps, axis=1)), axis=1)
    seconds = np.array([np.interp(u, depth, t) for u, t in zip(used, time, strict=True)])
    low_first = (voltage_end == 0) | (voltage_end < np.minimum(1.0, 1.0 - bound))
    return seconds / DAY_S, used, np.where(low_first, 0, 1)


def _first_below_zero(depth: Array, margins: Array) -> Array:
    """Per row of `margins`, the depth at which it first falls below zero, linear between; 1 if never."""
    below = margins < 0
    index = np.where(below.any(axis=1), np.argmax(below, axis=1), len(depth) - 1)
    before = np.maximum(index - 1, 0)
    rows = np.arange(len(margins))
    high, low = margins[rows, before], margins[rows, index]
    falls = (high >= 0) & (low < 0)
    share = np.where(falls, high / np.where(falls, high - low, 1.0), 0.0)
    found: Array = np.where(
        below.any(axis=1), depth[before] + share * (depth[index] - depth[before]), depth[-1]
    )
    return found


def _factor(rng: np.random.Generator, within: float, n: int) -> Array:
    """Log-normal factors with median 1, 90 % of them within ×/÷ `within`."""
    factors: Array = np.exp(rng.standard_normal(n) * (log(within) / _Z90))
    return factors


def _figure_factor(rng: np.random.Generator, spreads: Spreads, kind: Kind, n: int) -> Array:
    factors = _factor(rng, spreads.within[kind], n)
    return factors * spreads.median_of_max if kind == "datasheet-max" else factors


def _breakdown(load: Load, battery_v: float) -> tuple[Share, ...]:
    volts = np.full((1, 1), battery_v)
    totals: dict[str, list[float]] = {}
    for index, (component, kind) in enumerate(load.groups):
        alone = np.zeros((1, len(load.groups)))
        alone[0, index] = 1.0
        amperes = float(load.current(alone, volts)[0, 0])
        entry = totals.setdefault(component, [0.0, 0.0])
        entry[0] += amperes
        entry[1] += amperes if kind == "estimate" else 0.0
    everything = sum(entry[0] for entry in totals.values()) or 1.0
    shares = [Share(name, a, a / everything, guessed / a) for name, (a, guessed) in totals.items() if a > 0]
    return tuple(sorted(shares, key=lambda share: (-share.average_a, share.component)))


def _assumptions(
    battery: BatteryDescription, profile: DayProfile, spreads: Spreads, temperature_degc: float, seed: int
) -> tuple[str, ...]:
    kinds = ", ".join(f"{kind} a factor of {within:g}" for kind, within in spreads.within.items())
    yearly, shelf = battery.self_discharge.yearly_ratio, battery.self_discharge.shelf_s
    return (
        *profile.described,
        "every day is like this one",
        f"attached as: {profile.attachment.title}",
        *profile.attachment.caveats,
        f"{temperature_degc:g} °C throughout; a fresh battery",
        f"the end is {float(profile.cutoff_v):g} V at the battery, set by {profile.cutoff_by}, under the "
        "largest current averaged over 1 ms",
        f"self-discharge {float(yearly):.1%} a year; never longer than the shelf life of "
        f"{float(shelf) / (YEAR_DAYS * DAY_S):.0f} years",
        f"90 % of true currents within, either way: {kinds}; figures of one component and kind err together",
        f"90 % of batteries within ± {float(battery.capacity_spread.within_ratio):.0%} of the capacity",
        f"{spreads.n_draws} draws, seed {seed}; the interval holds 90 % of them",
    )
