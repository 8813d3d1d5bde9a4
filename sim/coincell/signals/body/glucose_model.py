"""Glucose in blood and between the cells: Bergman's minimal model with insulin under the skin and meals
in two compartments, in the identifiable form of Kanderian et al. 2009 (equations 1 to 5 and 10).

dI_sc/dt = -I_sc / tau_1 + ID / (tau_1 C_I)      insulin under the skin        [uU/mL]
dI_p/dt  = (I_sc - I_p) / tau_2                  insulin in plasma             [uU/mL]
dI_e/dt  = -p_2 I_e + p_2 S_I I_p                insulin's effect              [1/min]
dG/dt    = -(GEZI + I_e) G + EGP + R_A           glucose in blood              [mg/dL]
dG_i/dt  = (G - G_i) / tau_i                     between the cells             [mg/dL]
R_A      = C_H t exp(-t / tau_m) / (V_G tau_m^2) from a meal of C_H mg at t = 0, as Hovorka et al. have it
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coincell.signals.body.glucose_people import Person

Reals = NDArray[np.float64]

STEP_MIN = 1.0
"""Grid of the model [min]: the fastest time constant is 5 min."""


@dataclass(frozen=True)
class Meal:
    """Carbohydrate eaten at `at_min`, seen in blood most strongly `peak_min` later (tau_m)."""

    at_min: float
    grams: float
    peak_min: float


@dataclass(frozen=True)
class Bolus:
    """Insulin given at once."""

    at_min: float
    units: float


@dataclass(frozen=True)
class State:
    """Everything the model remembers, but for the meals still being digested."""

    depot: float
    plasma: float
    effect: float
    blood: float
    interstitial: float


def resting(person: Person, glucose_mg_per_dl: float) -> State:
    """The state in which the basal infusion holds `glucose_mg_per_dl`."""
    plasma = person.basal_uu_per_min(glucose_mg_per_dl) / person.clearance_ml_per_min
    effect = plasma * person.sensitivity_ml_per_uu_min
    blood = person.production_mg_per_dl_min / (person.effectiveness_per_min + effect)
    return State(plasma, plasma, effect, blood, blood)


def appearance_mg_per_dl_min(meal: Meal, volume_dl: float, at_min: float) -> float:
    """Glucose that comes from `meal` into blood at `at_min` [mg/dL/min]."""
    since = at_min - meal.at_min
    if since <= 0:
        return 0.0
    tau = meal.peak_min
    return 1000 * meal.grams * since * math.exp(-since / tau) / (volume_dl * tau * tau)


def simulate(
    person: Person,
    state: State,
    start_min: float,
    n_steps: int,
    basal_uu_per_min: float,
    boluses: Sequence[Bolus],
    meals: list[Meal],
    sensitivity: Callable[[float], float] = lambda minute: 1.0,
    rescue: Callable[[float, float], Meal | None] = lambda minute, blood: None,
) -> tuple[Reals, Reals, State]:
    """Blood and interstitial glucose [mg/dL] at the `n_steps` minutes from `start_min`, and the state after.

    Linear parts step exactly; blood steps exactly for the rates at the middle of each minute, so the error
    per step is of third order. `sensitivity(minute)` multiplies insulin's effect. `rescue` may answer low
    glucose with a meal, which joins `meals`.
    """
    depot, plasma, effect = state.depot, state.plasma, state.effect
    blood, between = state.blood, state.interstitial
    keep_depot = math.exp(-STEP_MIN / person.depot_min)
    keep_plasma = math.exp(-STEP_MIN / person.plasma_min)
    keep_effect = math.exp(-STEP_MIN * person.action_per_min)
    keep_between = math.exp(-STEP_MIN / person.lag_min)
    level = basal_uu_per_min / person.clearance_ml_per_min
    doses: dict[int, float] = {}
    for bolus in boluses:
        step = math.floor((bolus.at_min - start_min) / STEP_MIN)
        doses[step] = doses.get(step, 0.0) + bolus.units
    out = np.empty((2, n_steps))
    for step in range(n_steps):
        minute = start_min + step * STEP_MIN
        out[0, step], out[1, step] = blood, between
        if step in doses:
            depot += doses[step] * 1e6 / (person.depot_min * person.clearance_ml_per_min)
        taken = rescue(minute, blood)
        if taken is not None:
            meals.append(taken)
        last_depot, last_plasma, last_effect, last_blood = depot, plasma, effect, blood
        depot = level + (depot - level) * keep_depot
        # what a stage follows is taken as its mean over the minute
        plasma = _follow(plasma, (last_depot + depot) / 2, keep_plasma)
        target = person.sensitivity_ml_per_uu_min * (last_plasma + plasma) / 2
        effect = _follow(effect, target, keep_effect)
        middle = minute + STEP_MIN / 2
        uptake = person.effectiveness_per_min + sensitivity(middle) * (last_effect + effect) / 2
        arrival = sum(appearance_mg_per_dl_min(meal, person.volume_dl, middle) for meal in meals)
        balance = (person.production_mg_per_dl_min + arrival) / uptake
        blood = _follow(blood, balance, math.exp(-STEP_MIN * uptake))
        between = _follow(between, (last_blood + blood) / 2, keep_between)
    return out[0], out[1], State(depot, plasma, effect, blood, between)


def _follow(value: float, target: float, keep: float) -> float:
    return target + (value - target) * keep
