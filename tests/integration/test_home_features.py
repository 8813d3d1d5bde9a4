"""Features of the apps in a home and a car, compiled for this machine, beside numpy's."""

from __future__ import annotations

import numpy as np
import pytest
from sense_library import Read

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
SEAT = ["now", "mean", "least", "most", "shake", "stir", "shifts", "age", "rise", "landing"]


def seat_readings(load_n: np.ndarray) -> np.ndarray:
    """Millivolts of an FSR 402 above 10 kOhm (sensors/devices/fsr402.toml) under forces [N]."""
    ohm = np.where(load_n < 0.15, 1e7, 150 + (6000 - 150) * np.maximum(load_n, 0.1) ** -0.86)
    return np.floor(3300 * 10_000 / (10_000 + ohm)).astype(int)


def test_a_load_on_a_seat_is_level_stir_and_the_way_it_came(tmp_path):
    rng = np.random.default_rng(2)
    t = np.arange(16 * 60) / 16
    force = np.clip((t - 2) / 0.5, 0, 1) * 5 * (1 + 0.02 * rng.standard_normal(t.size)) + 0.08
    force[t > 30] *= 1.1  # sits otherwise
    force[(t > 2.7) & (t < 3.2)] *= 1.2
    readings = seat_readings(force)
    found = Read(tmp_path, "seat", len(SEAT)).after(readings)
    level = np.log2(readings / (3300 - readings))
    came = int(np.argmax(readings >= 700))
    assert list(found) == list(range(came + 8, t.size + 1, 8))
    for end, features in found.items():
        one = dict(zip(SEAT, features, strict=True))
        blocks = level[came:end].reshape(-1, 8)
        means, spreads = blocks.mean(axis=1) * 1024, np.ptp(blocks, axis=1) * 1024
        window = means[-32:]
        assert one["now"] == pytest.approx(means[-1], abs=4)
        assert one["mean"] == pytest.approx(window.mean(), abs=4)
        assert one["least"] == pytest.approx(window.min() - window.mean(), abs=6)
        assert one["most"] == pytest.approx(window.max() - window.mean(), abs=6)
        assert one["shake"] == pytest.approx(spreads[-32:].mean(), abs=6)
        assert one["stir"] == pytest.approx(np.abs(np.diff(window)).mean() if window.size > 1 else 0, abs=5)
        assert one["age"] == len(means)
        first = level[came : min(came + 16, end)] * 1024
        assert one["rise"] == pytest.approx((first < means[-1] - 512).sum(), abs=1)
        highest = level[came : min(came + 32, end)].max() * 1024
        assert one["landing"] == pytest.approx(highest - window.mean(), abs=6)
    # a step to 1.1 of the force, smoothed over two seconds, is over 4 % of it for five blocks (0.5 s each)
    assert one["shifts"] == pytest.approx(5, abs=1)


def test_a_bumpy_road_is_no_shift_of_who_sits(tmp_path):
    t = np.arange(16 * 40) / 16
    bouncing = 5 * (1 + 0.06 * np.sin(2 * np.pi * 1.3 * t))
    last = list(Read(tmp_path, "seat", len(SEAT)).after(seat_readings(bouncing)).values())[-1]
    assert last[SEAT.index("shifts")] == 0


def test_a_child_seat_that_stays_for_days_is_a_load_still(tmp_path):
    """10 hours are 72,000 blocks, more than 16 bits count."""
    (reading,) = seat_readings(np.array([5.0]))
    seat = Read(tmp_path, "seat", len(SEAT))
    for _ in range(10 * 3600 * 16):
        seat.library.features_add(int(reading))
    one = dict(zip(SEAT, seat.features.tolist(), strict=True))
    assert (one["age"], one["stir"], one["shake"]) == (255, 0, 0)
    assert one["mean"] == one["now"]


def test_each_load_on_a_seat_is_looked_at_anew(tmp_path):
    seat = Read(tmp_path, "seat", len(SEAT))
    empty, bag, adult = (np.full(64, reading) for reading in seat_readings(np.array([0.08, 1.0, 10.0])))
    ages = [f[SEAT.index("age")] for f in seat.after(np.concatenate([empty, bag, empty, adult])).values()]
    assert ages == [*range(1, 9), *range(1, 9)]
    moment = seat.after(np.concatenate([adult[:3], empty[:2], adult[:5]]))  # a bump lifts, nobody leaves
    assert [f[SEAT.index("age")] for f in moment.values()] == [9]


@pytest.mark.parametrize("seed", range(3))
def test_any_reading_of_a_seat_will_do(tmp_path, seed):
    """Nothing overflows: the library traps if it does."""
    wild = np.random.default_rng(seed).choice([0, 699, 700, 1500, 3299, 3300, 4000], 3000)
    assert Read(tmp_path, "seat", len(SEAT)).after(wild)


SMOKE = ["smoke", "rise", "rise_2", "rise_8", "flutter", "faded", "age", "warm", "warm_2"]


def test_smoke_and_heat_are_above_what_is_usual_and_rise_and_flutter(tmp_path):
    rng = np.random.default_rng(4)
    n = np.arange(700)
    since = np.clip(n - 400, 0, None)
    smoke = 284 + 1500 * (1 - np.exp(-since / 25)) * np.exp(-np.clip(since - 120, 0, None) / 40)
    smoke = np.rint(smoke + (0.05 * (smoke - 284) + 1.5) * rng.standard_normal(n.size))
    heat = np.rint(1800 + 90 * (1 - np.exp(-since / 40)) + 0.5 * rng.standard_normal(n.size))
    found = Read(tmp_path, "smoke_alarm", len(SMOKE)).after(smoke, heat)
    came = int(np.argmax(smoke - 284 > 137))
    assert min(found) == came + 1
    assert list(found) == list(range(min(found), max(found) + 1))  # one event
    assert (smoke[max(found) : max(found) + 4] < 284 + 80).all()  # until it had gone
    usual = smoke[came - 300 : came].mean(), heat[came - 300 : came].mean()

    def four(values: np.ndarray, back: int) -> float:
        return float(values[end - back - 4 : end - back].mean())

    highest = 0.0
    for end, features in found.items():
        one = dict(zip(SMOKE, features, strict=True))
        level = four(smoke, 0) - usual[0]
        highest = max(highest, level)
        assert one["smoke"] == pytest.approx(level, abs=2)
        for name, back in (("rise", 4), ("rise_2", 15), ("rise_8", 60)):
            assert one[name] == pytest.approx(four(smoke, 0) - four(smoke, back), abs=1.1)
        bends = np.abs(np.convolve(smoke[end - 17 : end], [-0.5, 1, -0.5], "valid"))
        assert one["flutter"] == pytest.approx(256 * bends.mean() / level, rel=0.03, abs=2)
        assert one["faded"] == pytest.approx(256 * (1 - level / highest), abs=3)
        assert one["age"] == end - 1 - came
        assert one["warm"] == pytest.approx(four(heat, 0) - usual[1], abs=2)
        assert one["warm_2"] == pytest.approx(four(heat, 0) - four(heat, 15), abs=1.1)


@pytest.mark.parametrize("seed", range(3))
def test_any_reading_of_a_smoke_alarm_will_do(tmp_path, seed):
    wild = np.random.default_rng(seed).choice([-32768, 0, 280, 4095, 32767], (2, 3000))
    assert Read(tmp_path, "smoke_alarm", len(SMOKE)).after(*wild)
