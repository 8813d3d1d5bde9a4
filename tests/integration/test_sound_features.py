"""Features of the apps that hear, compiled for this machine, beside scipy's spectrogram of the samples."""

from __future__ import annotations

import ctypes
from itertools import pairwise

import numpy as np
import pytest
import sense_library as c
from scipy import signal

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
RATE_HZ, WINDOW = 16_000, 512
SCENE_EDGES = [1, 3, 5, 7, 10, 13, 17, 22, 28, 36, 46, 59, 75, 96, 123, 157, 200]
AID_EDGES = [3, 6, 9, 12, 15, 19, 24, 30, 37, 46, 57, 70, 86, 106, 131, 162, 200]
WORD_EDGES = [
    *(3, 5, 7, 9, 12, 14, 17, 20, 23, 27, 31, 35, 39, 44, 49, 54, 60, 66, 73, 80, 88, 96, 105, 115, 125, 137),
    *(149, 162, 176, 191, 207, 225, 244),
]
"""Borders of the bands, in bins of 31.25 Hz."""


def sounds(seconds: float) -> np.ndarray:
    """Noise that swells, and a tone that comes and goes."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(3).normal(0, 200, t.size) * (1 + 0.9 * np.sin(2 * np.pi * 1.3 * t))
    tone = 3000 * np.sin(2 * np.pi * 1234 * t) * (np.sin(2 * np.pi * 2 * t) > 0)
    return np.rint(noise + tone).astype(np.int16)


def band_levels(samples: np.ndarray, hop: int, edges: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """By frame and band: log2 of the power in eighths, and of its strongest bin over its mean bin.

    The scale of sense/spectrum.h: a sine of amplitude A has A * A * 2^16 in its bin.
    """
    starts = range(0, samples.size - WINDOW + 1, hop)
    frames = np.array([samples[i : i + WINDOW].astype(float) for i in starts])
    frames -= frames.mean(axis=1, keepdims=True)
    bins = np.fft.rfft(frames * signal.windows.hann(WINDOW, sym=False)) / WINDOW * 4
    powers = np.abs(bins) ** 2 * 2**16
    bands = [powers[:, first:end] for first, end in pairwise(edges)]
    levels = 8 * np.log2(np.stack([band.sum(axis=1) for band in bands], axis=1))
    lines = 8 * np.log2(np.stack([band.max(axis=1) / band.mean(axis=1) for band in bands], axis=1))
    return levels, lines


class Heard:
    """An app's features after every frame that made some."""

    def __init__(self, folder, app: str, frame: int, size: int) -> None:
        library = c.load(folder, app)
        library.features_hear.restype = ctypes.c_bool
        self.library, self.frame = library, frame
        self.features = np.ctypeslib.as_array((ctypes.c_int8 * size).in_dll(library, "features"))

    def after(self, samples: np.ndarray) -> dict[int, np.ndarray]:
        """By the number of samples that were heard."""
        found = {}
        for start in range(0, samples.size - self.frame + 1, self.frame):
            piece = np.ascontiguousarray(samples[start : start + self.frame])
            if self.library.features_hear(piece.ctypes.data_as(ctypes.c_void_p)):
                found[start + self.frame] = self.features.copy().astype(int)
        return found


def test_a_scene_is_level_swing_and_lines_of_its_bands(tmp_path):
    samples = sounds(3)
    levels, lines = band_levels(samples, WINDOW, SCENE_EDGES)
    found = Heard(tmp_path, "sound_scene", WINDOW, 48).after(samples)
    assert list(found) == [WINDOW * n for n in range(48, samples.size // WINDOW + 1, 8)]
    for heard, features in found.items():
        window = slice(heard // WINDOW - 48, heard // WINDOW)
        level, swing, line = features.reshape(3, 16)
        mean = levels[window].mean(axis=0)
        np.testing.assert_allclose(level, mean - 190, atol=1.5)
        swings = 4 * np.abs(levels[window] - mean).mean(axis=0) - 64
        np.testing.assert_allclose(swing, np.clip(swings, -128, 127), atol=4)
        np.testing.assert_allclose(line, 4 * lines[window].mean(axis=0) - 64, atol=4)


@pytest.mark.parametrize(
    ("app", "hop", "n_frames", "edges", "every"),
    [("hearing_aid", 256, 24, AID_EDGES, 1), ("wake_word", 320, 48, WORD_EDGES, 6)],
)
def test_a_spectrogram_tells_nothing_of_loudness(tmp_path, app, hop, n_frames, edges, every):
    samples = sounds(1.9)
    before = np.concatenate([np.zeros(WINDOW - hop, np.int16), samples])
    levels, _ = band_levels(before, hop, edges)
    ear = Heard(tmp_path, app, hop, n_frames * (len(edges) - 1))
    found = ear.after(samples)
    assert list(found) == [hop * n for n in range(n_frames, samples.size // hop + 1, every)]
    for heard, features in found.items():
        seen = levels[heard // hop - n_frames : heard // hop]
        if np.isfinite(seen).all():
            np.testing.assert_allclose(features, np.clip(seen - seen.mean(), -128, 127).ravel(), atol=2.5)
    last = max(found)
    (tmp_path / "again").mkdir()
    louder = Heard(tmp_path / "again", app, hop, features.size).after(4 * samples)
    np.testing.assert_allclose(louder[last], found[last], atol=2)


def test_the_bands_of_the_wake_word_are_equal_steps_on_the_mel_scale():
    mel = 2595 * np.log10(1 + 31.25 * np.array(WORD_EDGES) / 700)
    bins = 700 * (10 ** (np.linspace(mel[0], mel[-1], 33) / 2595) - 1) / 31.25
    np.testing.assert_allclose(WORD_EDGES, bins, atol=0.8)


@pytest.mark.parametrize(
    ("app", "frame", "size"), [("sound_scene", 512, 48), ("hearing_aid", 256, 384), ("wake_word", 320, 1536)]
)
@pytest.mark.parametrize("samples", [np.zeros(32_000), np.resize([32767, -32768], 32_000)])
def test_silence_and_the_loudest_sound_there_is(tmp_path, app, frame, size, samples):
    """Nothing overflows: the library traps if it does."""
    assert Heard(tmp_path, app, frame, size).after(samples.astype(np.int16))
