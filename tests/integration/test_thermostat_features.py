"""What the thermostat makes of movement and air, compiled for this machine, beside numpy's."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
import sense_library as c

from coincell import data
from coincell.build.estimator import reference
from coincell.build.estimator.description import load_estimator

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
NAMES = [
    *("quarter", "weekend", "moves", "moves_60", "moves_240", "still"),
    *("warmer", "damper", "damper_3", "damp", "usual_now", "usual", "usual_2", "lively"),
]
DAY = 96


def told(folder, moves: np.ndarray, celsius: np.ndarray, percent: np.ndarray) -> list[dict[str, int]]:
    """The features after each quarter of an hour."""
    library = c.load(folder, "thermostat")
    features = np.ctypeslib.as_array((ctypes.c_int16 * len(NAMES)).in_dll(library, "features"))
    found = []
    for one in zip(moves, celsius, percent, strict=True):
        library.features_add(*(int(value) for value in one))
        found.append(dict(zip(NAMES, features.astype(int).tolist(), strict=True)))
    return found


def test_movement_and_air_of_the_last_hours(tmp_path):
    rng = np.random.default_rng(1)
    n = 9 * DAY
    moves = rng.poisson(2, n) * (rng.random(n) < 0.3)
    celsius = 2000 + rng.integers(-100, 100, n)
    percent = 4500 + np.cumsum(rng.integers(-40, 41, n))
    mean = 0.0
    for now, one in enumerate(told(tmp_path, moves, celsius, percent)):
        since = now + 1
        assert one["quarter"] == since % DAY
        assert one["weekend"] == (since // DAY % 7 >= 5)
        for name, hours in (("moves", 0.25), ("moves_60", 1), ("moves_240", 4)):
            assert one[name] == moves[max(0, since - int(4 * hours)) : since].sum()
        assert one["still"] == min(DAY, int(np.argmax(np.append(moves[now::-1] > 0, True))))
        for name, values, hours in (("warmer", celsius, 1), ("damper", percent, 1), ("damper_3", percent, 3)):
            assert one[name] == values[now] - values[max(0, now - 4 * hours)]
        mean += (percent[now] - mean) / min(since, DAY)
        assert one["damp"] == pytest.approx(percent[now] - mean, abs=8)
        assert one["lively"] == 8 * moves[:since].sum() // since


def test_it_learns_the_hours_of_working_days_and_of_weekends(tmp_path):
    """Somebody moves twice a quarter from 7 to 8 and from 18 to 22, at weekends from 10 to 14; once not."""
    hour = np.arange(14 * DAY) / 4 % 24
    day = np.arange(14 * DAY) // DAY
    works = ((hour >= 7) & (hour < 8)) | ((hour >= 18) & (hour < 22))
    moves = 2 * np.where(day % 7 >= 5, (hour >= 10) & (hour < 14), works) * (day != 8)
    steady = np.full(moves.size, 2000)
    found = told(tmp_path, moves, steady, steady)

    def usual(on_day: int, at_hour: float, name: str = "usual") -> int:
        return found[int(on_day * DAY + 4 * at_hour) - 1][name]

    assert usual(0, 12) == -1
    assert [usual(1, at) for at in (6, 6.25, 7, 7.75, 8, 17.25, 21.75, 22)] == [0, 4, 16, 4, 0, 4, 4, 0]
    assert usual(5, 12) == -1
    assert [usual(6, at) for at in (7, 9.25, 13.25, 14, 18)] == [0, 4, 12, 0, 0]
    assert usual(9, 7) == pytest.approx(0.75 * 16, abs=1)  # the day before nobody was there
    assert usual(11, 7) > usual(9, 7)
    for on_day in (1, 3, 9):
        for at in np.arange(2, 22, 0.25):
            assert usual(on_day, at + 1, "usual_now") == usual(on_day, at)
            assert usual(on_day, at - 1, "usual_2") == usual(on_day, at)


@pytest.mark.parametrize("seed", range(3))
def test_any_home_will_do(tmp_path, seed):
    """Nothing overflows: the library traps if it does."""
    rng = np.random.default_rng(seed)
    moves = rng.choice([0, 1, 70_000], 1000)
    celsius, percent = rng.choice([-4000, 2000, 8500], 1000), rng.choice([0, 10_000], 1000)
    assert len(told(tmp_path, moves, celsius, percent)) == 1000


def warm_from(folder, back_h: float) -> float:
    """When the fourth day's set-point goes up [h], where on working days nobody is in from 8 to `back_h`."""
    rng = np.random.default_rng(7)
    hour = np.arange(4 * DAY) / 4 % 24
    home = (hour < 8) | (hour >= back_h)
    moves = rng.poisson(5, hour.size) * (home & (hour >= 6.5) & (hour < 22.5))
    percent = [4500.0]
    for here in home[1:]:
        percent.append(percent[-1] + ((4500 if here else 4000) - percent[-1]) / 8)  # two hours (estimate)
    folder.mkdir()
    rows = told(folder, moves, np.full(hour.size, 2000), np.round(percent))
    model = load_estimator(data.find("firmware/apps", "thermostat", "") / "model.tree.json")
    answers = reference.predict(model, np.array([[row[name] for name in NAMES] for row in rows], np.int16))
    warm = np.array([model.classes[answer] == "occupied" for answer in answers])[3 * DAY :]
    assert not warm[4 * 10 : 4 * 14].any(), "nobody is there, nor will be soon"
    return float(hour[4 * 14 + np.argmax(warm[4 * 14 :])] + 0.25)


def test_the_forest_has_it_warm_when_people_of_that_home_come(tmp_path):
    """One forest; the homes differ in nothing but when people came on the days before."""
    for back_h in (15.5, 17.0, 19.0):
        assert back_h - 1.5 <= warm_from(tmp_path / str(back_h), back_h) <= back_h
