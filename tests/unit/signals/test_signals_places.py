"""Scenes of sound: labels that hold, levels and ratios as asked, the same however they are read."""

import itertools

import numpy as np
import pytest
from scipy import signal as dsp

from coincell.errors import InputError
from coincell.signals import BLOCK, RATE_HZ, create, level_db_spl
from coincell.signals.sound.places import colour
from coincell.signals.sound.recipes import CLASSES, LEVELS_DB_SPL

TOUR = {
    "kind": "sound_scene",
    "timeline": [[6.0 * n, name] for n, name in enumerate(CLASSES)],
    "levels_db_spl": {name: [65, 65] for name in CLASSES},
    "duration_s": 6.0 * len(CLASSES),
}
TALK = {"kind": "talk_in_noise", "noises": ["room"], "noise_level_db_spl": [50, 50], "duration_s": 60}


def sound(recipe, seed, seconds):
    signal = create(recipe, seed)
    return signal, signal.samples(0, round(seconds * RATE_HZ))[:, 0]


def stretch(x, begin_s, end_s):
    return x[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ)]


@pytest.mark.parametrize("recipe", [TOUR, {**TALK, "noises": ["wind", "music"]}, {"kind": "sound_scene"}])
def test_the_same_numbers_however_it_is_cut(recipe):
    n = 12 * BLOCK + 77
    whole = create(recipe, 5).samples(0, n)
    rng = np.random.default_rng(1)
    pieces = list(itertools.pairwise(np.unique([0, n, BLOCK, BLOCK + 1, *rng.integers(0, n, 20)])))
    other, out = create(recipe, 5), np.full((n, 1), np.nan)
    for i in rng.permutation(len(pieces)):
        start, end = (int(x) for x in pieces[i])
        out[start:end] = other.samples(start, end - start)
    assert np.array_equal(out, whole)
    assert not np.array_equal(create(recipe, 6).samples(0, BLOCK), whole[:BLOCK])


def test_a_scene_goes_from_class_to_class_at_the_levels_asked():
    signal, x = sound(TOUR, 3, 6 * len(CLASSES))
    assert [label.name for label in signal.labels] == list(CLASSES)
    assert [label.start_s for label in signal.labels] == [6.0 * n for n in range(len(CLASSES))]
    for label in signal.labels:
        level = level_db_spl(stretch(x, label.start_s + 0.2, label.end_s - 0.2))
        assert level == pytest.approx(
            65, abs=5 if label.name in ("wind", "speech", "traffic", "music") else 2
        )


def test_chance_visits_every_class_and_never_stays():
    labels = create({"kind": "sound_scene", "duration_s": 3600, "dwell_s": [5, 10]}, 1).labels
    assert {label.name for label in labels} == set(CLASSES)
    assert all(a.name != b.name and a.end_s == b.start_s for a, b in itertools.pairwise(labels))
    assert all(5 <= label.end_s - label.start_s <= 15 for label in labels)
    assert labels[-1].end_s == 3600
    only = create({"kind": "sound_scene", "classes": ["music", "wind"], "duration_s": 60}, 1).labels
    assert {label.name for label in only} == {"music", "wind"}


def test_usual_levels_are_those_of_a_day():
    """A quiet room below 45 dB, talk from 55 to 75 dB at a metre, a street from 60 to 85 dB."""
    assert LEVELS_DB_SPL["quiet"][1] < 45
    assert LEVELS_DB_SPL["speech"][0] >= 55
    for low, high in LEVELS_DB_SPL.values():
        assert 20 <= low < high <= 100
    _, x = sound({"kind": "sound_scene", "classes": ["quiet"], "duration_s": 20}, 1, 20)
    assert level_db_spl(x) < 45


def test_layers_join_without_a_click():
    """Band above 6 kHz: a step would be white, and louder there than either sound."""
    _, x = sound({**TOUR, "timeline": [[0, "traffic"], [3, "wind"]], "duration_s": 6}, 2, 6)
    high = dsp.sosfilt(dsp.butter(4, 6000, "highpass", fs=RATE_HZ, output="sos"), x)
    power = np.square(high[: high.size // 160 * 160]).reshape(-1, 160).mean(axis=1)
    assert power[280:320].max() < 3 * power[100:280].max()


def test_a_place_colours_by_a_few_decibels():
    filters = [colour(seed) for seed in range(20)]
    response = np.array([20 * np.log10(np.abs(np.fft.rfft(taps, 4096))) for taps in filters])
    audible = response[:, 64:1536]  # 250 Hz to 6 kHz
    assert np.abs(audible).max() < 10
    assert np.std(audible, axis=0).mean() > 1


@pytest.mark.parametrize("snr", [0.0, 12.0])
def test_talk_is_as_much_louder_than_the_noise_as_asked(snr):
    """The scene less the same scene with talk far below is the talk."""
    signal, both = sound({**TALK, "snr_db": [snr, snr]}, 4, 60)
    _, silent = sound({**TALK, "snr_db": [-40, -40]}, 4, 60)
    talk = (both - silent) / (1 - 10 ** (-(40 + snr) / 20))
    spoken = [label for label in signal.labels if label.name == "speech"]
    assert len(spoken) > 5
    levels = [level_db_spl(stretch(talk, label.start_s, label.end_s)) for label in spoken]
    assert np.mean(levels) == pytest.approx(50 + snr, abs=1.5)
    for label in signal.labels:
        if label.name == "noise" and label.end_s - label.start_s > 1.5:  # after the room's echo
            assert level_db_spl(stretch(talk, label.start_s + 1.0, label.end_s)) < 50 + snr - 25


def test_phrases_and_pauses_take_turns():
    labels = create({**TALK, "duration_s": 300}, 2).labels
    assert all(a.end_s == b.start_s and a.name != b.name for a, b in itertools.pairwise(labels))
    spoken = [label.end_s - label.start_s for label in labels if label.name == "speech"]
    assert min(spoken) > 0.25
    assert max(spoken) < 6.1
    assert 0.25 < sum(spoken) / 300 < 0.6
    assert labels[-1].end_s == 300


def test_held_out_people_are_others():
    a, b = (sound({**TOUR, "split": split}, 1, 6 * len(CLASSES))[1] for split in ("training", "held-out"))
    for n, name in enumerate(CLASSES):
        same = np.array_equal(stretch(a, 6 * n + 1, 6 * n + 5), stretch(b, 6 * n + 1, 6 * n + 5))
        assert same == (name in ("quiet", "traffic"))  # nobody's


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        ({**TOUR, "timeline": [[1, "music"]]}, "first time is 0"),
        ({**TOUR, "timeline": [[0, "opera"]]}, "timeline"),
        ({**TOUR, "timeline": [[0, "music"], [99, "wind"]]}, "beyond duration_s"),
        ({**TOUR, "dwell_s": [9, 3]}, "dwell_s goes from low to high"),
        ({**TOUR, "levels_db_spl": {"music": [80, 60]}}, r"levels_db_spl\.music goes from low to high"),
        ({"kind": "sound_scene", "classes": []}, "at least one class"),
        ({**TALK, "noises": ["none"]}, "noises"),
        ({**TALK, "noises": []}, "at least one noise"),
        ({**TALK, "snr_db": [20, 0]}, "snr_db goes from low to high"),
        ({**TALK, "talk": 3}, "no such key"),
    ],
)
def test_mistakes_are_named(recipe, says):
    with pytest.raises(InputError, match=says):
        create(recipe, 1, "here")
