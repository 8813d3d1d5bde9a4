"""Scenes: labelled truth, levels and ratios as the recipe says, rooms that ring, mistakes that are named."""

import itertools

import numpy as np
import pytest

from coincell.errors import InputError
from coincell.signals import RATE_HZ, WAKE_WORD, create, level_db_spl
from coincell.signals.reverb import impulse_response, reverberate

SCENE = {"kind": "speech_scene", "words_at_s": [1.0, 3.0, 5.0], "duration_s": 8.0}


def read(recipe, seed=1, seconds=8):
    signal = create(recipe, seed)
    return signal, signal.samples(0, seconds * RATE_HZ)[:, 0]


def stretch(x, label):
    return x[round(label.start_s * RATE_HZ) : round(label.end_s * RATE_HZ)]


def test_labels_hold_the_words():
    signal, x = read({**SCENE, "noise": "none", "room": "none"})
    assert [label.name for label in signal.labels] == [WAKE_WORD] * 3
    assert [label.start_s for label in signal.labels] == [1.0, 3.0, 5.0]
    total = np.sum(x**2)
    assert sum(np.sum(stretch(x, label) ** 2) for label in signal.labels) == pytest.approx(total)
    for label in signal.labels:
        assert 0.4 < label.end_s - label.start_s < 1.1
        assert np.sum(stretch(x, label)[:320] ** 2) > 0
        assert np.sum(stretch(x, label)[-320:] ** 2) > 0


@pytest.mark.parametrize("level", [50.0, 75.0])
def test_speech_has_its_level_over_its_active_part(level):
    signal, x = read({**SCENE, "noise": "none", "level_db_spl": level})
    for label in signal.labels:
        assert level_db_spl(stretch(x, label)) == pytest.approx(level, abs=0.3)


@pytest.mark.parametrize(("noise", "tolerance"), [("white", 0.3), ("pink", 1.5), ("babble", 4.0)])
@pytest.mark.parametrize("snr", [0.0, 10.0])
def test_the_ratio_of_speech_to_noise_is_as_asked(noise, tolerance, snr):
    """Measured independently: the scene less the same scene without noise is the noise."""
    signal, both = read({**SCENE, "noise": noise, "snr_db": snr})
    _, speech = read({**SCENE, "noise": "none"})
    for label in signal.labels:
        ratio = level_db_spl(stretch(speech, label)) - level_db_spl(stretch(both - speech, label))
        assert ratio == pytest.approx(snr, abs=tolerance)


def test_chance_keeps_away_from_the_word():
    signal = create({**SCENE, "duration_s": 600, "confusable_rate_per_h": 1200, "snr_db": 10}, 3)
    others = [label for label in signal.labels if label.name != WAKE_WORD]
    assert 80 < len(others) < 220
    for label in signal.labels[:3]:
        if label.name == WAKE_WORD:
            assert all(o.end_s < label.start_s or o.start_s > label.end_s for o in others)
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(others))


def test_held_out_speakers_say_other_words_than_those_for_training():
    _, a = read({**SCENE, "noise": "none", "speakers": "training"})
    _, b = read({**SCENE, "noise": "none", "speakers": "held-out"})
    assert not np.array_equal(a, b)


def test_rooms_ring_and_decay():
    """Backward integration after M. R. Schroeder (1965) gives the reverberation time."""
    for number in range(5):
        h = impulse_response("held-out", number)
        assert np.sum(h**2) == pytest.approx(1.0)
        left = np.cumsum(h[::-1] ** 2)[::-1]
        decay = 10 * np.log10(left / left[0])
        t5, t25 = (np.argmax(decay < level) / RATE_HZ for level in (-15, -35))
        assert 0.05 < 3 * (t25 - t5) < 0.8
    click = np.zeros(100)
    click[0] = 1
    assert np.allclose(reverberate(click, h)[: h.size], h)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"loudness": 3}, "loudness"),
        ({"kind": "opera"}, "speech_scene"),
        ({"noise": "jazz"}, "noise"),
        ({"snr_db": "loud"}, "snr_db"),
        ({"snr_db": 10, "noise_level_db_spl": 40}, "either snr_db or noise_level_db_spl"),
        ({"noise": "none", "snr_db": 10}, "neither"),
        ({"snr_db": float("nan")}, "snr_db"),
        ({"words_at_s": [-1]}, "words_at_s"),
        ({"confusable_rate_per_h": 1e9, "snr_db": 3}, "confusable_rate_per_h"),
        ({"word": "xyzzy", "snr_db": 3}, "xyzzy"),
        ({"speakers": "martians", "snr_db": 3}, "speakers"),
    ],
)
def test_mistakes_are_named(change, says):
    with pytest.raises(InputError, match=says) as caught:
        create({**SCENE, **change}, 1, "scenarios/x.toml")
    assert "Traceback" not in str(caught.value)


def test_a_missing_kind_or_file_is_named():
    with pytest.raises(InputError, match="kind"):
        create({"noise": "pink"}, 1)
    with pytest.raises(InputError, match="no_such_signal"):
        create({"signal": "no_such_signal"}, 1)


def test_a_named_recipe_can_be_changed():
    assert len(create({"signal": "party", "words_at_s": [1.0]}, 1).labels) == 1
