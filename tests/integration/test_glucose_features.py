"""What the glucose app makes of its sensor's current, compiled for this machine, beside numpy's."""

from __future__ import annotations

import numpy as np
import pytest
from sense_library import Read

from coincell.signals.body.glucose_sensor import FACTORY, current_a

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
NAMES = ["now", "step", "change", "longer", "ahead", "bend", "least", "most", "since", "flutter", "age"]
MINUTES = np.arange(0, 2 * 1440, 0.5)


def told(folder, glucose_mg_per_dl: np.ndarray) -> list[tuple[int, dict[str, int]]]:
    """By the number of means, the features under a sensor that is as the factory says."""
    current = current_a(FACTORY, glucose_mg_per_dl, MINUTES, np.zeros(MINUTES.size))
    found = Read(folder, "glucose", len(NAMES)).after(np.rint(current.reshape(-1, 10).mean(axis=1) * 1e12))
    return [(end, dict(zip(NAMES, one, strict=True))) for end, one in found.items()]


def test_a_sensor_as_the_factory_says_shows_glucose_and_its_trend(tmp_path):
    rng = np.random.default_rng(3)
    glucose = 140 + 60 * np.sin(MINUTES / 70) + 20 * np.sin(MINUTES / 23 + 1)
    glucose += np.repeat(rng.normal(0, 2, MINUTES.size // 10), 10)
    found = told(tmp_path, glucose)
    assert [end for end, _ in found] == list(range(24, MINUTES.size // 10 + 1))  # from two hours on
    means = glucose.reshape(-1, 10).mean(axis=1) * 10
    for end, one in found:
        past = means[:end][::-1]
        x = -5.0 * np.arange(9)
        change = 20 * np.polyfit(x[:5], past[:5], 1)[0]
        assert one["now"] == pytest.approx(past[0], rel=0.01)  # the sensor settles within each mean, too
        assert one["step"] == pytest.approx(past[0] - past[1], abs=4)
        assert one["change"] == pytest.approx(change, abs=8)
        assert one["longer"] == pytest.approx(40 * np.polyfit(x, past[:9], 1)[0], abs=12)
        assert one["ahead"] == one["now"] + one["change"]
        assert one["bend"] == pytest.approx(change - 20 * np.polyfit(x[:5], past[4:9], 1)[0], abs=12)
        assert one["least"] == pytest.approx(past[:12].min() - past[0], abs=12)
        assert one["most"] == pytest.approx(past[:36].max() - past[0], abs=25)
        assert past[one["since"] // 5] == pytest.approx(past[:36].max(), abs=25)
        bends = np.convolve(past[:10], [-0.5, 1, -0.5], "valid")
        assert one["flutter"] == pytest.approx(np.abs(bends).mean(), abs=3)
        assert one["age"] == end // 12


def test_glucose_that_stays_shows_so_for_days(tmp_path):
    """The factory's curve of settling and fading is taken out."""
    for end, one in told(tmp_path, np.full(MINUTES.size, 100.0)):
        assert one["now"] == pytest.approx(1000, abs=8), end
        assert abs(one["change"]) <= 6


@pytest.mark.parametrize("seed", range(3))
def test_any_current_will_do(tmp_path, seed):
    """Nothing overflows: the library traps if it does."""
    wild = np.random.default_rng(seed).choice([-40_000, 0, 1750, 24_000, 400_000], 3000)
    assert Read(tmp_path, "glucose", len(NAMES)).after(wild)
