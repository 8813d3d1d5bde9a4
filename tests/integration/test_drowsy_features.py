"""Features of a drowsy driver's head, compiled for this machine, of one that leans evenly: closed forms."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
import sense_library as c

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
RATE_HZ, FRAME_S, G = 119, 3 / 119, 1 / 0.122e-3
HEAD = [
    "depth",
    "recent",
    "fastest",
    "steep",
    "onset",
    "finish",
    "descent",
    "down",
    "side",
    "shake",
    "before",
]


def leant(folder, forward_g: float, aside_g: float, took_s: float) -> list[tuple[float, dict[str, int]]]:
    """Upright for 5 s, leaning evenly for `took_s`, staying there a second; times [s] from when it began."""
    library = c.load(folder, "drowsy_driver")
    library.features_add.restype = ctypes.c_bool
    features = np.ctypeslib.as_array((ctypes.c_int16 * len(HEAD)).in_dll(library, "features"))
    t = np.arange(round((6 + took_s) * RATE_HZ)) / RATE_HZ - 5
    way = np.clip(t / took_s, 0, 1)
    felt = np.stack([-forward_g * way, aside_g * way, np.ones_like(way)], axis=1)
    found = []
    for i, row in enumerate(np.rint(felt * G).astype(np.int16)):
        if library.features_add(row.ctypes.data_as(ctypes.c_void_p)):
            found.append((float(t[i]), dict(zip(HEAD, features.tolist(), strict=True))))
    return found


def test_a_head_that_stays_upright_is_not_looked_at(tmp_path):
    assert leant(tmp_path, 0.08, 0.3, 1.0) == []  # below 5.6 degrees


@pytest.mark.parametrize("took_s", [0.5, 1.0, 1.5])
def test_how_far_and_how_long_a_head_leant(tmp_path, took_s):
    when, end = next((at, head) for at, head in leant(tmp_path, 0.4, -0.1, took_s) if at > took_s + 0.5)
    assert end["depth"] == pytest.approx(0.4 * 1024, abs=2)
    assert end["side"] == pytest.approx(0.1 * 1024, abs=2)
    assert end["recent"] == 0
    assert end["fastest"] == pytest.approx(0.4 * 1024 * 10 * FRAME_S / took_s, abs=4)
    assert end["steep"] == pytest.approx(1024 * 10 * FRAME_S / took_s, rel=0.02)
    assert end["descent"] == end["onset"] + end["finish"]
    # four tenths of the way each; smoothing over a quarter of a second makes corners of a short way longer
    assert end["finish"] * FRAME_S == pytest.approx(0.4 * took_s, abs=0.06)
    assert end["onset"] * FRAME_S == pytest.approx(0.4 * took_s, abs=0.06)
    assert end["down"] * FRAME_S == pytest.approx(when - 0.9 * took_s - 0.126, abs=0.06)
    assert end["shake"] == end["before"] == 0


def test_a_head_on_its_way_still_comes(tmp_path):
    head = next(head for at, head in leant(tmp_path, 0.4, 0.0, 1.0) if at > 0.7)
    assert head["recent"] == head["fastest"] > 90
    assert head["depth"] < 300


def test_any_readings_will_do(tmp_path):
    library = c.load(tmp_path, "drowsy_driver")
    for row in np.random.default_rng(3).integers(-32768, 32768, (2000, 3)).astype(np.int16):
        library.features_add(row.ctypes.data_as(ctypes.c_void_p))
