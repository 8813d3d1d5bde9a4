"""Features of the apps that guard a hall and its door, compiled for this machine, beside numpy's."""

from __future__ import annotations

import ctypes
from itertools import pairwise

import numpy as np
import pytest
import sense_library as c

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
HALL = ["peak", "highest", "level", "newest", "age", "turns", *range(7)]
EDGES = [2, 4, 6, 8, 12, 18, 26, 42]  # bins of a quarter of a hertz
REST, BLOCK = 1877, 16
DOOR = ["peak", "strength", "crest", "turns", "busy", "slow", "towards", "open", "openings", "age"]
PER_G = 16393  # steps of 61 ug


def named(library, names):
    values = (ctypes.c_int16 * len(names)).in_dll(library, "features")
    return dict(zip(names, (int(value) for value in values), strict=True))


class Hall:
    """The features of pet_or_person after every block that has some, by its number."""

    def __init__(self, folder) -> None:
        self.library = c.load(folder, "pet_or_person")
        self.library.features_add.restype = ctypes.c_bool

    def after(self, readings: np.ndarray) -> dict[int, dict]:
        found = {}
        for number, block in enumerate(np.rint(readings).astype(np.int16).reshape(-1, BLOCK)):
            if self.library.features_add((ctypes.c_int16 * BLOCK)(*block)):
                found[number] = named(self.library, HALL)
        return found


def log8(power: float) -> float:
    return 8 * np.log2(power)


def bands(window: np.ndarray) -> list[float]:
    """log2 of power in eighths, scaled as in sense/spectrum.h: a sine of amplitude A has 1.5 A² 2^16."""
    bins = np.fft.rfft((window - window.mean()) * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(128) / 128)))
    power = np.abs(bins / 128 * 4) ** 2 * 2**16
    return [log8(power[first:end].sum()) for first, end in pairwise(EDGES)]


def passing(rng: np.random.Generator, n: int) -> np.ndarray:
    """Somebody who walks past between second 10 and 18: several fringes at a time."""
    t = np.arange(n) / 32
    swell = np.exp(-(((t - 14) / 2) ** 2))
    fringes = 600 * np.sin(2 * np.pi * 2 * t) + 300 * np.sin(2 * np.pi * 3.2 * t + 1)
    return REST + swell * fringes + 8 * rng.standard_normal(n)


def test_who_passes_is_as_strong_and_as_fast_as_numpy_says(tmp_path):
    readings = np.rint(passing(np.random.default_rng(3), 32 * 30))
    readings[0] = REST  # where rest begins
    found = Hall(tmp_path).after(readings)
    assert list(found) == list(range(min(found), max(found) + 1))
    assert 18 <= min(found) <= 24  # half seconds
    assert 32 <= max(found) <= 42
    for number, one in found.items():
        window = readings[(number + 1) * BLOCK - 128 : (number + 1) * BLOCK] - REST
        assert one["peak"] == pytest.approx(np.abs(window).max(), abs=8)
        assert one["highest"] == pytest.approx(np.abs(readings[: (number + 1) * BLOCK] - REST).max(), abs=8)
        assert one["level"] == pytest.approx(log8(window.var()), abs=1.5)
        assert one["newest"] == pytest.approx(log8(window[-32:].var()) - log8(window.var()), abs=2.5)
        assert one["age"] == number - min(found)
        for band, level in enumerate(bands(window)):
            share = level - log8(window.var())
            if share > 70:  # weaker ones have more of rest's steps than of what passes
                assert one[band] == pytest.approx(share, abs=4), band


def test_a_sine_is_in_its_band_and_crosses_rest_twice_a_period(tmp_path):
    t = np.arange(32 * 20) / 32
    tone = Hall(tmp_path).after(REST + np.where(t > 10, 400 * np.sin(2 * np.pi * 2.5 * t), 0))
    last = tone[39]
    assert (last["peak"], last["turns"]) == (pytest.approx(400, abs=4), pytest.approx(20, abs=1))
    assert last[3] == pytest.approx(log8(3 * 2**16), abs=2)  # 1.5 A² of A² / 2
    assert max(last[band] for band in (0, 1, 5, 6)) < last[3] - 60


def test_noise_is_no_movement_and_rest_follows_what_drifts(tmp_path):
    rng = np.random.default_rng(5)
    drift = np.linspace(0, 200, 32 * 240)
    assert not Hall(tmp_path).after(REST + drift + 18 * rng.standard_normal(drift.size))


def test_what_moves_at_the_start_is_over_when_it_is_over(tmp_path):
    t = np.arange(32 * 120) / 32
    found = Hall(tmp_path).after(REST + np.where(t < 10, 900 * np.sin(2 * np.pi * 0.7 * t + 1), 0))
    assert min(found) < 4
    assert 20 <= max(found) < 30  # half seconds


@pytest.mark.parametrize("seed", range(2))
def test_any_reading_of_a_hall_will_do(tmp_path, seed):
    """Nothing overflows: the library traps if it does."""
    wild = np.random.default_rng(seed).choice([-32768, 0, REST, 4095, 32767], 32 * 60)
    assert Hall(tmp_path).after(wild)


class Door:
    """The features of door_guard, block by block."""

    def __init__(self, folder) -> None:
        self.library = c.load(folder, "door_guard")

    def after(self, felt_g: np.ndarray, contact: list[tuple[int, int]]) -> list[dict]:
        """`contact`: how long it was open [ms] and how often it opened in each block of 26 samples."""
        self.library.features_begin()
        found = []
        for block, (open_ms, openings) in enumerate(contact):
            for sample in np.rint(felt_g[26 * block : 26 * block + 26] * PER_G):
                felt = (ctypes.c_int16 * 3)(*(int(value) for value in np.clip(sample, -32768, 32767)))
                self.library.features_add(felt, PER_G)
            self.library.features_end_block(open_ms, openings)
            found.append(named(self.library, DOOR))
        return found


def leaf(across: np.ndarray, along: np.ndarray | float = 0.0) -> np.ndarray:
    return np.stack(np.broadcast_arrays(along + 0.02, across - 0.015, 1.0), axis=1)


def test_a_shaken_leaf_swings_all_the_time(tmp_path):
    t = np.arange(26 * 8) / 104
    across = 0.3 * np.sin(2 * np.pi * 6 * t)
    last = Door(tmp_path).after(leaf(across), [(0, 0)] * 8)[-1]
    assert last["peak"] == pytest.approx(0.3 * 1024, abs=3)
    assert last["strength"] == pytest.approx(0.3 * 1024 / np.sqrt(2), abs=3)
    assert last["crest"] == pytest.approx(16 * np.sqrt(2), abs=0.7)
    assert last["turns"] == pytest.approx(12, abs=1)
    assert last["busy"] == 64
    kept = np.sinc(6 * 10 / 104) / np.sinc(6 / 104)  # of a sine by a mean over ten samples
    assert last["slow"] == pytest.approx(0.3 * 1024 / np.sqrt(2) * kept, rel=0.05)
    assert (last["towards"], last["open"], last["openings"]) == (0, 0, 0)


def test_a_knocked_leaf_rings_for_moments(tmp_path):
    t = np.arange(26 * 4) / 104
    across = sum(
        0.4
        * np.exp(-2 * np.pi * 40 * 0.07 * np.clip(t - at, 0, None))
        * np.sin(2 * np.pi * 40 * (t - at))
        * (t >= at)
        for at in (0.2, 0.5, 0.8)
    )
    last = Door(tmp_path).after(leaf(across), [(0, 0)] * 4)[-1]
    felt = across * 1024
    assert last["peak"] == pytest.approx(np.abs(felt - felt.mean()).max(), abs=3)
    assert last["crest"] == pytest.approx(16 * last["peak"] / felt.std(), abs=2)
    assert last["busy"] < 32
    assert last["slow"] < last["strength"] / 4


def test_an_opened_leaf_is_pulled_to_its_hinge_and_its_contact_counts_for_a_second(tmp_path):
    along = np.repeat([0.0, -0.05, -0.1, -0.1, -0.1, 0.0], 26)
    contact = [(0, 0), (200, 1), (250, 0), (250, 0), (250, 0), (50, 0)]
    found = Door(tmp_path).after(leaf(np.zeros(along.size), along), contact)
    assert [one["open"] for one in found] == [0, 200, 450, 700, 950, 800]
    assert [one["openings"] for one in found] == [0, 1, 1, 1, 1, 0]
    assert [one["age"] for one in found] == list(range(6))
    means = [along[max(0, end - 104) : end].mean() * 1024 for end in range(26, 157, 26)]
    assert [one["towards"] for one in found] == pytest.approx(means, abs=2)


def test_each_handling_begins_anew(tmp_path):
    door = Door(tmp_path)
    door.after(leaf(np.full(104, 0.5), -0.2), [(250, 3)] * 4)
    again = door.after(leaf(np.full(26, 0.1), 0.3), [(0, 0)])[0]
    assert (again["peak"], again["towards"], again["open"], again["openings"], again["age"]) == (
        0,
        0,
        0,
        0,
        0,
    )


@pytest.mark.parametrize("seed", range(2))
def test_anything_felt_will_do(tmp_path, seed):
    wild = np.random.default_rng(seed).choice([-2.0, -1.0, 0.0, 1.999], (26 * 300, 3))
    assert Door(tmp_path).after(wild, [(250, 40)] * 300)
