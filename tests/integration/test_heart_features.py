"""The app that feels a heart's rhythm, compiled for this machine, beside true beats and numpy."""

from __future__ import annotations

import ctypes
from pathlib import Path
from shutil import copy

import numpy as np
import pytest
import sense_library as c

from coincell import data
from coincell.build.estimator.description import load_estimator
from coincell.build.estimator.reference import predict
from coincell.signals.body.recipes import Ecg
from coincell.signals.body.rhythm import VENTRICULAR
from coincell.signals.recipes import create

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
RATE_HZ = 125
STEPS_PER_V = 4096 / 3.6
GAIN, MIDDLE_V = 1100, 1.65
"""sensors/devices/ad8232.toml; its filters are left out here."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("heart")
    c.load(made, "heart_rhythm")
    return made


@pytest.fixture
def library(folder: Path, tmp_path: Path) -> ctypes.CDLL:
    """One that remembers nothing of the test before."""
    library = ctypes.CDLL(str(copy(folder / "sense.so", tmp_path)))
    library.beats_add.restype = library.features_add.restype = ctypes.c_bool
    return library


def found(library: ctypes.CDLL, samples: np.ndarray) -> np.ndarray:
    """Times of the beats that are found [s]."""
    when = ctypes.c_uint32()
    values = np.asarray(samples, int).ravel().tolist()
    beats = [when.value for value in values if library.beats_add(value, ctypes.byref(when))]
    return np.array(beats) / 16 / RATE_HZ


@pytest.mark.parametrize(("rhythm", "seed"), [("normal", 1), ("normal", 61), ("atrial_fibrillation", 2)])
def test_beats_are_found_where_they_are(library, rhythm, seed) -> None:
    keys = {"rhythm": rhythm, "ectopic_rate_per_h": 120.0}
    volts = create({"kind": "ecg", **keys}, seed).samples(0, 120 * 250)[::2] * GAIN + MIDDLE_V
    at_s = found(library, np.clip(volts, 0.1, 3.2) * STEPS_PER_V)
    beats = Ecg(**keys).beats(seed).between(4.5, 119.5)
    true_s = beats.at_s
    late = at_s[:, None] - true_s
    nearest = np.take_along_axis(late, np.abs(late).argmin(axis=0)[None], axis=0)[0]
    assert (np.abs(nearest) < 0.06).mean() > 0.99  # the filter delays by some 20 ms
    own = nearest[beats.kind != VENTRICULAR]  # a broad complex has its middle later
    assert own.std() < 0.005  # two lobes of the filtered complex are 40 ms apart
    assert abs(len(at_s[(at_s > 4.5) & (at_s < 119.5)]) - len(true_s)) <= 1


def test_no_beats_without_a_heart(library) -> None:
    noise = np.random.default_rng(0).normal(1877, 2, 60 * RATE_HZ)
    assert len(found(library, noise)) == 0


@pytest.mark.parametrize("spread", [0.01, 0.25])
def test_intervals_are_described_as_numpy_does(library, spread) -> None:
    features = np.ctypeslib.as_array((ctypes.c_int16 * 7).in_dll(library, "features"))
    rng = np.random.default_rng(round(spread * 100))
    halves = np.rint(1600 * (1 + rng.uniform(-spread, spread, 64))).astype(int)  # half milliseconds
    when, vectors = np.cumsum([2**32 - 9000, *halves]) % 2**32, {}
    library.features_add(ctypes.c_uint32(int(when[0]) - 8000))  # a gap of 4 s: what was before is forgotten
    for number, at in enumerate(when):
        if library.features_add(ctypes.c_uint32(int(at))):
            vectors[number] = features.copy().astype(int)
    assert list(vectors) == [32, 40, 48, 56, 64]
    for number, got in vectors.items():
        rr = halves[number - 32 : number]
        mean, change = rr.mean(), np.diff(rr)
        low, high = np.sort(rr)[[8, 24]]
        turns = (rr[1:-1] - rr[:-2]) * (rr[1:-1] - rr[2:]) > 0
        away = rr - mean
        assert got[0] == pytest.approx(mean / 2, abs=1)
        assert got[1] == pytest.approx(1000 * (high - low) / mean, abs=2)
        assert got[2] == pytest.approx(1000 * np.sqrt((change**2).mean()) / mean, abs=2)
        assert got[3] == pytest.approx(1000 * np.median(np.abs(change)) / mean, abs=2)
        assert got[4] == (np.abs(change) > int(mean) // 8).sum()
        assert got[5] == pytest.approx(turns.sum(), abs=2)  # equal neighbours may count
        assert got[6] == pytest.approx(1000 * (away[1:] * away[:-1]).sum() / (away**2).sum(), abs=5)


@pytest.mark.parametrize("rhythm", ["normal", "atrial_fibrillation"])
@pytest.mark.parametrize("seed", range(4))
def test_the_model_tells_early_beats_from_fibrillation(library, rhythm, seed) -> None:
    keys = {"rhythm": rhythm, "rate_per_min": 75, "fibrillation_rate_per_min": 75, "ectopic_rate_per_h": 600}
    beats = Ecg(**keys).beats(seed).between(0, 300).at_s
    features = np.ctypeslib.as_array((ctypes.c_int16 * 7).in_dll(library, "features"))
    steps = np.rint(beats * 16 * RATE_HZ).astype(int).tolist()
    vectors = [features.copy() for at in steps if library.features_add(ctypes.c_uint32(at))]
    model = load_estimator(data.find("firmware/apps", "heart_rhythm", "") / "model.tree.json")
    fibrillates = predict(model, np.array(vectors))
    assert len(vectors) > 30
    assert np.mean(fibrillates == (rhythm == "atrial_fibrillation")) > 0.9
