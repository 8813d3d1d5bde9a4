"""Days of somebody with diabetes: when they eat, what they inject, and what their glucose does.

Habits are `estimate` throughout; they are made so that a day has what a glucose monitor must cope with:
doses too large or too small, too late or forgotten, and now and then a low.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from coincell.ports import Label
from coincell.signals.body.glucose_model import Bolus, Meal, Reals, State, resting, simulate
from coincell.signals.body.glucose_people import Person
from coincell.signals.streams import stream

DAY_MIN = 1440
TARGET_MG_PER_DL = 130.0
"""What the basal infusion holds, fasting."""
LOW_MG_PER_DL = 70.0
HIGH_MG_PER_DL = 180.0
"""Bounds of the target range: Battelino et al., international consensus on time in range, Diabetes Care 42,
2019. A low counts once it lasts 15 minutes (the same, and the ADA's workgroup)."""
_EVENT_MIN = 15
STEEP_MG_PER_DL_MIN = 1.0
"""From here on monitors show an arrow up or down (estimate: the usual first step of their arrows)."""
_HALF_MIN = 7.5
_WAYS = {-1: "falling", 0: "steady", 1: "rising"}
_RESCUE_MG_PER_DL = 60.0
"""Symptoms by day make people eat here (estimate); while asleep they do not notice."""

_MEALS = ((7.5, 50.0), (12.5, 65.0), (18.5, 70.0), (15.5, 20.0), (21.5, 20.0))
"""Hour and carbohydrate [g] of breakfast, lunch, dinner and two snacks; the snacks on half the days."""


class Days:
    """One person's glucose, day by day from midnight, made as far as it is asked for."""

    def __init__(self, person: Person, seed: int) -> None:
        self.person = person
        self._seed = seed
        self._blood: list[Reals] = []
        self._between: list[Reals] = []
        self._state: State = resting(person, TARGET_MG_PER_DL)
        self._meals: list[Meal] = []

    def plan(self, day: int) -> tuple[list[Meal], list[Bolus]]:
        """What is eaten and injected on `day` (0, 1, ..)."""
        rng = stream(self._seed, "day", day)
        meals, boluses = [], []
        ratio = self.person.grams_per_unit(TARGET_MG_PER_DL)
        for number, (hour, grams) in enumerate(_MEALS):
            at = day * DAY_MIN + 60 * (hour + float(rng.normal(0, 0.5)))
            eaten = grams * float(np.exp(rng.normal(0, 0.3)))
            # The paper's table of 61 meals has a median tau_m near 45 min and a wide spread.
            peak = float(np.clip(45 * np.exp(rng.normal(0, 0.4)), 20, 110))
            counted = eaten * float(np.exp(rng.normal(-0.05, 0.25)))
            late = float(rng.choice([-10.0, 0.0, 15.0, 40.0], p=[0.3, 0.4, 0.2, 0.1]))
            forgotten = rng.random() < 0.12
            skipped = number >= 3 and rng.random() < 0.5
            if skipped:
                continue
            meals.append(Meal(at, eaten, peak))
            if not forgotten:
                boluses.append(Bolus(at + late, counted / ratio))
        return meals, boluses

    def _sensitivity(self, day: int) -> float:
        """Exercise, illness and rest change what insulin does from day to day (estimate: 15 %)."""
        return float(np.exp(np.clip(stream(self._seed, "sensitivity", day).normal(0, 0.15), -0.3, 0.3)))

    def _extend(self) -> None:
        day = len(self._blood)
        start = float(day * DAY_MIN)
        meals, boluses = self.plan(day)
        later = [bolus for bolus in self.plan(day - 1)[1] if bolus.at_min >= start] if day else []
        boluses = [bolus for bolus in boluses if bolus.at_min < start + DAY_MIN] + later
        # a meal is digested after 12 tau_m to one part in 1e4
        self._meals = [meal for meal in self._meals if meal.at_min + 12 * meal.peak_min > start] + meals
        today, tomorrow = self._sensitivity(day), self._sensitivity(day + 1)
        eaten = [start - 60]

        def sensitivity(minute: float) -> float:
            # Over a day insulin works best after noon and least at dawn: +-15 % (estimate after Hinshaw
            # et al., Diabetes 62, 2013); days blend over midnight's last two hours.
            share = min(max((minute - start - 1320) / 120, 0.0), 1.0)
            circadian = 1 - 0.15 * math.cos(2 * math.pi * (minute / DAY_MIN - 5 / 24))
            return circadian * (today + (tomorrow - today) * share)

        def rescue(minute: float, blood: float) -> Meal | None:
            hour = (minute - start) / 60
            awake = 7 <= hour <= 23
            if blood > (_RESCUE_MG_PER_DL if awake else 45.0) or minute - eaten[0] < 30:
                return None
            eaten[0] = minute
            return Meal(minute + 5, 15.0, 15.0)

        basal = self.person.basal_uu_per_min(TARGET_MG_PER_DL)
        blood, between, self._state = simulate(
            *(self.person, self._state, start, DAY_MIN, basal, boluses, self._meals),
            sensitivity=sensitivity,
            rescue=rescue,
        )
        self._blood.append(blood)
        self._between.append(between)

    def _at(self, days: list[Reals], minutes: Reals) -> Reals:
        while len(days) * DAY_MIN <= minutes[-1] + 1:
            self._extend()
        first = int(minutes[0] // DAY_MIN)
        values = np.concatenate(days[first : int((minutes[-1] + 1) // DAY_MIN) + 1])
        out: Reals = np.interp(minutes - first * DAY_MIN, np.arange(values.size), values)
        return out

    def blood(self, minutes: Reals) -> Reals:
        """Glucose in blood [mg/dL] at rising `minutes` from the first midnight."""
        return self._at(self._blood, minutes)

    def interstitial(self, minutes: Reals) -> Reals:
        """Glucose between the cells [mg/dL], where the sensor is."""
        return self._at(self._between, minutes)

    def trend(self, duration_s: float) -> tuple[Label, ...]:
        """Whether blood glucose is "falling", "steady" or "rising", without gaps: 15 minutes' change."""
        minutes = np.arange(int(duration_s // 60) + 1, dtype=float)
        before = self.blood(np.maximum(minutes - _HALF_MIN, 0))
        change = (self.blood(minutes + _HALF_MIN) - before) / (2 * _HALF_MIN)
        way = np.sign(change) * (np.abs(change) > STEEP_MG_PER_DL_MIN)
        cuts = [0, *(np.flatnonzero(np.diff(way)) + 1), way.size]
        return tuple(
            Label(60.0 * begin, min(60.0 * end, duration_s), _WAYS[int(way[begin])])
            for begin, end in itertools.pairwise(map(int, cuts))
        )

    def labels(self, duration_s: float) -> tuple[Label, ...]:
        """When blood glucose is low or high for at least 15 minutes."""
        minutes = np.arange(int(duration_s // 60) + 1, dtype=float)
        blood = self.blood(minutes)
        out = []
        for name, outside in (("low", blood < LOW_MG_PER_DL), ("high", blood > HIGH_MG_PER_DL)):
            edges = np.flatnonzero(np.diff(np.concatenate([[0], outside.astype(int), [0]])))
            for begin, end in edges.reshape(-1, 2):
                if end - begin >= _EVENT_MIN:
                    out.append(Label(60.0 * begin, min(60.0 * end, duration_s), name))
        return tuple(sorted(out, key=lambda label: (label.start_s, label.name)))
