"""A signal is a pure function of its recipe and seed, however it is read."""

import itertools
import time

import numpy as np
import pytest

from coincell import data
from coincell.signals import BLOCK, RATE_HZ, create, parse

RECIPES = {
    "speech in a room": {
        "kind": "speech_scene",
        "words_at_s": [0.6, 1.9],
        "confusable_rate_per_h": 1200,
        "duration_s": 30,
        "snr_db": 10,
    },
    "speech in babble": {"kind": "speech_scene", "words_at_s": [0.9], "noise": "babble", "snr_db": 5},
    "white": {"kind": "noise", "noise": "white"},
    "pink": {"kind": "noise", "noise": "pink"},
    "room": {"kind": "noise", "noise": "room"},
    "traffic": {"kind": "noise", "noise": "traffic"},
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_same_numbers_however_it_is_cut(recipe):
    n = 3 * BLOCK + 77
    whole = create(recipe, 5).samples(0, n)
    rng = np.random.default_rng(1)
    cuts = np.unique([0, n, BLOCK, BLOCK + 1, *rng.integers(0, n, 20)])
    pieces = list(itertools.pairwise(cuts))
    other = create(recipe, 5)
    out = np.full((n, 1), np.nan)
    for i in rng.permutation(len(pieces)):
        start, end = (int(x) for x in pieces[i])
        out[start:end] = other.samples(start, end - start)
    assert np.array_equal(out, whole)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_another_seed_is_another_signal(recipe):
    a, b = (create(recipe, seed).samples(BLOCK, 4000) for seed in (1, 2))
    assert abs(np.corrcoef(a[:, 0], b[:, 0])[0, 1]) < 0.3 or recipe.get("noise") == "room"
    assert not np.array_equal(a, b)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_blocks_join_without_a_step(recipe):
    """A filter that began a block cold would click there."""
    x = create(recipe, 3).samples(0, 8 * BLOCK)[:, 0]
    steps = np.abs(np.diff(x))
    joints = steps[BLOCK - 1 :: BLOCK]
    assert joints.max() <= steps.max()
    assert joints.mean() < 3 * steps.mean()


def test_a_second_at_hour_one_is_cheap():
    signal = create({"kind": "speech_scene", "words_at_s": [3600.2], "snr_db": 10, "noise": "room"}, 1)
    signal.samples(0, 1)
    start = time.process_time()
    far = signal.samples(3600 * RATE_HZ, RATE_HZ)
    assert time.process_time() - start < 0.5
    assert np.std(far[4000:8000]) > 1.5 * np.std(far[:3000])  # the word is there


def test_nothing_comes_before_the_beginning():
    signal = create({"kind": "noise"}, 1)
    with pytest.raises(ValueError, match="begin at 0"):
        signal.samples(-1, 10)
    assert signal.samples(5, 0).shape == (0, 1)


@pytest.mark.parametrize("name", sorted(data.names("sensors/signals")))
def test_every_shipped_signal_is_made(name):
    signal = create({"signal": name}, 1)
    assert signal.unit
    count = max(round(signal.rate_hz), 1)
    assert signal.samples(0, count).shape == (count, signal.n_channels)
    assert np.isfinite(signal.samples(0, count)).all()
    assert parse({"signal": name}).description


@pytest.mark.parametrize("name", sorted(data.names("sensors/signals")))
def test_a_second_of_every_shipped_signal_at_hour_one_is_cheap(name):
    signal = create({"signal": name}, 2)
    count = max(round(signal.rate_hz), 1)
    signal.samples(0, 1)
    start = time.process_time()
    assert np.isfinite(signal.samples(round(3600 * signal.rate_hz), count)).all()
    assert time.process_time() - start < 0.5
