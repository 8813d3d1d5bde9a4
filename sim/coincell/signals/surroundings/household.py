"""A household's days: when somebody is at home, awake, cooking or under the shower. All habits `estimate`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coincell.ports import Label
from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream

DAY_S = 86_400.0
HOUR_S = 3600.0


@dataclass(frozen=True)
class Household:
    """Habits of the people of one home. Hours are of the day."""

    seed: int
    people: int
    wake_h: float
    leave_h: float
    return_h: float
    sleep_h: float
    spread_h: float
    """How far a day's hours stray from the habit (standard deviation)."""
    home_days: tuple[int, ...]
    """Days of the week (0 is Monday) on which somebody stays at home."""
    moves_per_h: float
    """How often somebody crosses the detector's view while at home and awake."""
    pet: int | None
    """The pet that stays when everybody leaves, in two homes of five."""
    pet_moves_per_h: float


def household(split: Split, number: int) -> Household:
    """Household `number` of `split`. The splits share nobody."""
    seed = (SPLITS.index(split) << 24) + number
    rng = stream(seed, "household")
    free = tuple(day for day in range(7) if rng.random() < (0.1 if day < 5 else 0.7))
    return Household(
        seed=seed,
        people=int(rng.integers(1, 5)),
        wake_h=float(rng.uniform(5.5, 7.5)),
        leave_h=float(rng.uniform(7.7, 9.0)),
        return_h=float(rng.uniform(15.5, 19.0)),
        sleep_h=float(rng.uniform(22.0, 23.6)),
        spread_h=float(rng.uniform(0.15, 0.5)),
        home_days=free,
        moves_per_h=float(rng.uniform(12, 40)),
        pet=int(rng.integers(0, 1 << 20)) if rng.random() < 0.4 else None,
        pet_moves_per_h=float(rng.uniform(1, 6)),
    )


@dataclass(frozen=True)
class Day:
    """One day [s from the first midnight]: stretches away, sleep, and bursts of moisture (start, grams)."""

    away: tuple[tuple[float, float], ...]
    wake_s: float
    sleep_s: float
    moisture: tuple[tuple[float, float], ...]


def day_of(home: Household, seed: int, day: int) -> Day:
    """What happens on `day` (0 is a Monday) under `seed`."""
    rng = stream(seed, "household day", day)

    def about(hour: float) -> float:
        return day * DAY_S + HOUR_S * (hour + float(np.clip(rng.normal(0, home.spread_h), -1, 1)))

    wake, leave, back, sleep = (about(h) for h in (home.wake_h, home.leave_h, home.return_h, home.sleep_h))
    outing, length = about(14.0), HOUR_S * float(rng.uniform(0.7, 4.0))
    shower, cook = about(home.wake_h + 0.4), about(home.return_h + 1.0)
    goes_out, ill = rng.random() < 0.6, rng.random() < 0.03
    leave, back = max(leave, wake + 0.5 * HOUR_S), max(back, leave + HOUR_S)
    if day % 7 in home.home_days or ill:
        away = ((outing, min(outing + length, sleep - HOUR_S)),) if goes_out and not ill else ()
    else:
        away = ((leave, min(back, sleep - HOUR_S)),)
    uses = ((shower, 300.0), (cook, 400.0))  # grams of water: a shower, a dinner (BS 5250, table of uses)
    bursts = tuple((at, grams) for at, grams in uses if not any(a <= at < b for a, b in away))
    return Day(away, wake, sleep, bursts)


def occupancy(home: Household, seed: int, duration_s: float) -> tuple[Label, ...]:
    """When somebody is at home ("occupied") and when nobody is ("away"), without gaps."""
    out: list[Label] = []
    free = 0.0
    for day in range(int(np.ceil(duration_s / DAY_S))):
        for start, end in day_of(home, seed, day).away:
            start, end = min(start, duration_s), min(end, duration_s)
            if end > start:
                out += [Label(free, start, "occupied"), Label(start, end, "away")]
                free = end
    if free < duration_s:
        out.append(Label(free, duration_s, "occupied"))
    return tuple(out)
