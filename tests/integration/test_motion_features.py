"""Features of the apps that feel motion, compiled for this machine, beside numpy's and closed forms."""

from __future__ import annotations

import ctypes
from itertools import pairwise

import numpy as np
import pytest
import sense_library as c
from scipy import signal

from coincell.signals.recipes import create

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
RATE_HZ, SLOW_HZ, WINDOW = 119, 59.5, 128
ACCELERATION_EDGES = [1, 3, 5, 7, 11, 20, 39, 62]
ROTATION_EDGES = [1, 3, 5, 8, 20, 62]
"""Borders of the bands, in bins of 59.5 / 128 Hz."""
G = 4098
"""One g at 0.244 mg a step."""
FALL = [
    "peak",
    "low",
    "low_time",
    "lost_cm_s",
    "sunk_cm",
    "stopped_cm_s",
    "blow_time",
    "spread",
    "jerk",
    "turned",
    "before",
    "after",
]


class Felt:
    """An app's features whenever it has some."""

    def __init__(self, folder, app: str, size: int, kind: type = ctypes.c_int16) -> None:
        self.library = c.load(folder, app)
        self.library.features_add.restype = ctypes.c_bool
        self.features = np.ctypeslib.as_array((kind * size).in_dll(self.library, "features"))

    def after(self, *quantities: np.ndarray) -> dict[int, np.ndarray]:
        """By the number of samples that were felt; each quantity is (samples, 3)."""
        found = {}
        rows = [np.ascontiguousarray(values, np.int16) for values in quantities]
        for i in range(len(rows[0])):
            if self.library.features_add(*(row[i].ctypes.data_as(ctypes.c_void_p) for row in rows)):
                found[i + 1] = self.features.copy().astype(int)
        return found


def sensed(name: str, quantity: str, per_step: float, seconds: int) -> np.ndarray:
    scene = create({"signal": name, "quantity": quantity, "rate_hz": SLOW_HZ, "duration_s": seconds}, 5)
    return np.rint(scene.samples(0, round(seconds * SLOW_HZ)) / per_step).clip(-32768, 32767)


def powers(samples: np.ndarray) -> np.ndarray:
    """Of the bins, in the scale of sense/spectrum.h: a sine of amplitude A has A * A * 2^16 in its bin."""
    windowed = (samples - samples.mean()) * signal.windows.hann(WINDOW, sym=False)
    return np.abs(np.fft.rfft(windowed) / WINDOW * 4) ** 2 * 2**16


def test_an_activity_is_posture_bands_and_extremes_of_its_window(tmp_path):
    acceleration = sensed("activities_of_a_day", "acceleration", 0.244e-3, 40)
    rotation = sensed("activities_of_a_day", "angular_rate", np.radians(0.07), 40)
    found = Felt(tmp_path, "activity", 22).after(acceleration, rotation)
    assert list(found) == list(range(WINDOW, round(40 * SLOW_HZ) + 1, WINDOW))
    for end, features in found.items():
        felt, turned = acceleration[end - WINDOW : end], rotation[end - WINDOW : end]
        size = np.floor(np.linalg.norm(felt, axis=1) / 4)
        shaken = powers(size)
        swung = np.array([powers(turned[:, axis]) for axis in range(3)])
        np.testing.assert_allclose(features[:3], felt.mean(axis=0) / 4, atol=1)
        bands = [shaken[a:b].sum() for a, b in pairwise(ACCELERATION_EDGES)]
        np.testing.assert_allclose(features[3:10], 256 * np.log2(bands), atol=6)
        bands = [swung[:, a:b].sum() for a, b in pairwise(ROTATION_EDGES)]
        np.testing.assert_allclose(features[10:15], 256 * np.log2(bands), atol=6)
        step = 2 + np.argmax(shaken[2:8])
        lines = 256 * np.log2([shaken[k * step - 1 : k * step + 2].sum() for k in range(1, 5)])
        assert features[15] == step
        np.testing.assert_allclose(features[16:19], lines[1:] - lines[0], atol=12)
        assert features[19] == 1 + np.argmax(swung[:, 1:20]) % 19
        assert tuple(features[20:]) == (size.min(), size.max())


def fall(lost_g: float, lost_s: float, peak_g: float, blow_s: float) -> np.ndarray:
    """Upright for 5 s, lighter by `lost_g` for a while, a half-sine of a blow, then lying still."""
    up = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    t = np.arange(round(blow_s * RATE_HZ)) / RATE_HZ
    blow = 1 + (peak_g - 1) * np.sin(np.pi * t / blow_s)
    falling = np.full(round(lost_s * RATE_HZ), 1 - lost_g)
    parts = [np.ones(5 * RATE_HZ), falling, blow]
    standing = np.concatenate(parts)[:, np.newaxis] * up[0]
    return np.concatenate([standing, np.ones(2 * RATE_HZ)[:, np.newaxis] * up[1]]) * G


def test_a_fall_in_closed_form(tmp_path):
    lost_g, lost_s, peak_g, blow_s = 0.7, 0.5, 4.0, 0.15
    found = Felt(tmp_path, "fall_alarm", len(FALL)).after(fall(lost_g, lost_s, peak_g, blow_s))
    ((when, features),) = found.items()
    one = dict(zip(FALL, features, strict=True))
    above = blow_s * (1 - 2 * np.arcsin(1 / (peak_g - 1)) / np.pi)  # above 2 g
    begun = 5 + lost_s + (blow_s - above) / 2
    assert when / RATE_HZ == pytest.approx(begun + above + 0.75, abs=0.02)
    assert one["peak"] == pytest.approx(1024 * peak_g, rel=0.01)
    assert one["low"] == pytest.approx(1024 * (1 - lost_g), abs=2)
    assert one["low_time"] == pytest.approx(lost_s * RATE_HZ, abs=1)
    speed, braked = 981 * lost_g * lost_s, 981 * (peak_g - 1) * blow_s / np.pi  # by the blow's first half
    assert one["lost_cm_s"] == pytest.approx(speed - braked, rel=0.1)
    way = speed * lost_s / 2 + speed * blow_s / 2 - braked * (blow_s / 2 - blow_s / np.pi)
    assert one["sunk_cm"] == pytest.approx(way, rel=0.05)
    assert one["stopped_cm_s"] == pytest.approx(2 * braked, rel=0.06)
    assert one["blow_time"] == one["spread"] + 1 == pytest.approx(above * RATE_HZ, abs=1)
    steepest = 1024 * (peak_g - 1) * np.pi / blow_s / RATE_HZ  # where a half-sine begins
    assert one["jerk"] == pytest.approx(steepest, rel=0.08)
    assert one["turned"] == 1024
    assert one["before"] == one["after"] == 0


def test_a_blow_is_looked_at_once_it_is_over_and_none_is_seen_at_the_start(tmp_path):
    felt = Felt(tmp_path, "fall_alarm", len(FALL))
    rest = np.tile([0, 0, G], (600, 1))
    knock = rest.copy()
    knock[[100, 150, 230, 231], 0] = 3 * G  # never 0.75 s apart
    assert not felt.after(knock[:240])  # nobody knows how it was before
    assert not felt.after(rest)
    found = felt.after(knock)
    assert list(found) == [231 + 1 + 89]


def test_a_gesture_is_frames_less_their_slow_mean(tmp_path):
    acceleration = sensed("gestures_in_the_hand", "acceleration", 0.244e-3, 30)
    rotation = sensed("gestures_in_the_hand", "angular_rate", np.radians(0.0175), 30)
    found = Felt(tmp_path, "gestures", 240, ctypes.c_int8).after(acceleration, rotation)
    samples = np.hstack([acceleration, rotation])
    frames = samples[: len(samples) // 2 * 2].reshape(-1, 2, 6).mean(axis=1)
    pace = 1 / 128
    means = np.array(
        [signal.lfilter([pace], [1, pace - 1], column, zi=[(1 - pace) * column[0]])[0] for column in frames.T]
    ).T
    settled = frames - np.vstack([frames[:1], means[:-1]])
    units = settled / np.repeat([1 / 64 / 0.244e-3, 2 / 0.0175], 3)
    assert found
    for end, features in found.items():
        expected = np.clip(units[end // 2 - 40 : end // 2], -128, 127)
        np.testing.assert_allclose(features.reshape(40, 6), expected, atol=1.6)
    moving = (np.abs(units) >= np.repeat([7, 11], 3)).any(axis=1)
    lately = [n for n in range(41, len(units) + 1) if moving[n - 10 : n].any()]
    assert len(set(lately) ^ {end // 2 for end in found}) < 0.03 * len(lately)  # rounding decides a few


@pytest.mark.parametrize(("app", "size"), [("activity", 22), ("fall_alarm", 12), ("gestures", 240)])
def test_the_hardest_blows_there_are(tmp_path, app, size):
    """Nothing overflows: the library traps if it does."""
    wild = np.repeat(np.random.default_rng(1).choice([-32768, 32767], (300, 3)), 4, axis=0)
    calm = np.zeros((300, 3))
    kind = ctypes.c_int8 if app == "gestures" else ctypes.c_int16
    quantities = [np.concatenate([wild, calm])] * (1 if app == "fall_alarm" else 2)
    assert Felt(tmp_path, app, size, kind).after(*quantities)
