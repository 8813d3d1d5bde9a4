"""Features of the app that looks at a thermal array, compiled for this machine, beside numpy's."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
import sense_library as c

from coincell.signals.recipes import create

pytest.importorskip("ziglang", reason="the firmware extra is not installed")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return c.load(tmp_path_factory.mktemp("in_view"), "in_view")


def seen(library: ctypes.CDLL, frame: np.ndarray) -> np.ndarray:
    library.features_add(np.ascontiguousarray(frame, np.int16).ctypes.data_as(ctypes.c_void_p))
    return np.array((ctypes.c_int8 * 64).in_dll(library, "features"))


def test_what_is_warmer_than_the_room_behind_it(library: ctypes.CDLL) -> None:
    """The same in floating point, over a minute with a radiator, people and pets."""
    room = create({"signal": "room_in_view", "people_per_h": 300, "pets_per_h": 300, "duration_s": 60}, 4)
    noise = np.random.default_rng(4).normal(0, 0.16, (600, 64))
    frames = np.rint((room.samples(0, 600) + noise) * 4)
    background = frames[0].copy()
    furthest = 0.0
    for number, frame in enumerate(frames):
        above = frame - background
        background += above / 16 if number < 30 else np.clip(above, -2, 2) / 256
        expected = np.clip((above - np.sort(above)[32]) * 2, -128, 127)
        furthest = max(furthest, np.abs(seen(library, frame) - expected).max())
    assert (
        furthest < 1.25
    )  # of 1/8 degree: cut to a whole one, and pixel and median follow to 1/16 of a quarter


def test_a_room_that_warms_as_a_whole_shows_nothing_and_extremes_saturate(library: ctypes.CDLL) -> None:
    still = np.full(64, 80)
    for _ in range(4000):
        seen(library, still)
    assert not seen(library, still + 12).any()
    extreme = still.copy()
    extreme[:2] = 320, -400
    assert seen(library, extreme)[:3].tolist() == [127, -128, 0]
