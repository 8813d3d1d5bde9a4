"""Features of the app that looks at a thermal array, compiled for this machine, beside numpy's."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest
import sense_library as c

from coincell.signals.recipes import create

pytest.importorskip("ziglang", reason="the firmware extra is not installed")


@pytest.fixture
def library(tmp_path: Path) -> ctypes.CDLL:
    return c.load(tmp_path, "in_view")


def seen(library: ctypes.CDLL, frame: np.ndarray) -> np.ndarray:
    """Shape (pixels, views): now and lately."""
    library.features_add(np.ascontiguousarray(frame, np.int16).ctypes.data_as(ctypes.c_void_p))
    return np.array((ctypes.c_int8 * 128).in_dll(library, "features")).reshape(64, 2)


def test_what_is_warmer_than_the_room_behind_it(library: ctypes.CDLL) -> None:
    """The same in floating point, over a minute with a radiator, people and pets."""
    room = create({"signal": "room_in_view", "people_per_h": 300, "pets_per_h": 300, "duration_s": 60}, 4)
    noise = np.random.default_rng(4).normal(0, 0.16, (600, 64))
    frames = np.rint((room.samples(0, 600) + noise) * 4)
    background, rate, lately = frames[0].copy(), np.zeros(64), np.zeros(64)
    furthest = 0.0
    for number, frame in enumerate(frames):
        above = frame - background
        lately += (above - lately) / 4
        if number < 30:
            background += above / 16
        else:
            pull = np.clip(above, -2, 2)
            rate += pull / 2**15
            background += pull / 256 + rate
        both = np.stack([above, lately], axis=1)
        expected = np.clip((both - np.sort(both, axis=0)[32]) * 2, -128, 127)
        furthest = max(furthest, np.abs(seen(library, frame) - expected).max())
    # of 1/8 degree: cut to a whole one; pixel, mean and median follow to 1/16 of a quarter
    assert furthest < 1.4


def test_a_room_that_warms_as_a_whole_shows_nothing_and_extremes_saturate(library: ctypes.CDLL) -> None:
    still = np.full(64, 80)
    for _ in range(4000):
        seen(library, still)
    assert not seen(library, still + 12).any()
    extreme = still.copy()
    extreme[:2] = 320, -400
    assert seen(library, extreme)[:3, 0].tolist() == [127, -128, 0]


def test_a_radiator_that_heats_is_no_visitor(library: ctypes.CDLL) -> None:
    """A slope of 0.05 K/s, of which a background that knows no slopes lags by 1.3 K (26 s of it)."""
    frame, worst = np.full(64, 80.0), 0
    for number in range(6000):
        frame[40] = 80 + 4 * 0.05 * number / 10
        lag = seen(library, np.rint(frame))[40].max()
        worst = max(worst, lag) if number > 3000 else worst
    assert worst <= 4
