"""Synthetic voices: pitch, formants and consonants where phonetics puts them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import signal as dsp

from coincell.errors import InputError
from coincell.signals import CONFUSABLE, OTHER, RATE_HZ, WAKE_WORD
from coincell.signals.lexicon import LEXICON, pronounce
from coincell.signals.phones import PHONES
from coincell.signals.speakers import speaker
from coincell.signals.voice import utter

PLAIN = replace(
    speaker("training", 1),
    tract=1.0,
    pitch_hz=100.0,
    rate=0.6,
    accent=0.0,
    breathiness=0.0,
    jitter=0.001,
    vibrato=0.0,
    tilt_db_per_octave=0.0,
)


def middle(sound):
    return sound[sound.size // 3 : sound.size * 2 // 3]


def formants(sound, order=18):
    """Frequencies [Hz] of the sharp resonances by linear prediction (autocorrelation method)."""
    x = dsp.lfilter([1, -0.97], 1, sound) * np.hanning(sound.size)
    r = np.correlate(x, x, "full")[x.size - 1 : x.size + order]
    toeplitz = r[np.abs(np.subtract.outer(np.arange(order), np.arange(order)))]
    roots = np.roots(np.concatenate([[1], -np.linalg.solve(toeplitz, r[1:])]))
    roots = roots[(roots.imag > 0) & (np.abs(roots) > 0.9)]
    return np.sort(np.angle(roots) * RATE_HZ / (2 * np.pi))


@pytest.mark.parametrize("vowel", ["AA", "IY", "EH", "AE"])
def test_vowels_resonate_at_their_formants(vowel):
    found = formants(middle(utter(((vowel, 1),) * 2, PLAIN, 0)))
    target = PHONES[vowel][0]
    for wanted in (target.f1, target.f2):
        assert np.abs(found - wanted).min() < max(0.12 * wanted, 60)


def test_a_shorter_tract_raises_the_formants():
    """Not the pitch: the same voice in a head 20 % smaller."""
    low, high = (
        formants(middle(utter((("IY", 1), ("IY", 1)), replace(PLAIN, tract=tract), 0)))
        for tract in (1.0, 1.2)
    )
    second = [f[np.argmin(np.abs(f - 2250 * t))] for f, t in ((low, 1.0), (high, 1.2))]
    assert second[1] / second[0] == pytest.approx(1.2, abs=0.06)


@pytest.mark.parametrize("pitch", [90.0, 140.0, 220.0])
def test_pitch_is_the_speakers(pitch):
    sound = middle(utter((("AA", 1), ("AA", 1)), replace(PLAIN, pitch_hz=pitch), 3))
    r = np.correlate(sound, sound, "full")[sound.size - 1 :]
    lags = np.arange(RATE_HZ // 400, RATE_HZ // 60)
    assert RATE_HZ / lags[np.argmax(r[lags])] == pytest.approx(pitch, rel=0.4)  # stress raises it, takes vary


def centre_of_gravity(sound):
    hz, power = dsp.welch(sound, RATE_HZ, nperseg=512)
    return (hz * power).sum() / power.sum()


def test_sibilants_hiss_where_they_should():
    s, sh, a = (centre_of_gravity(middle(utter(((p, 0), (p, 0)), PLAIN, 0))) for p in ("S", "SH", "AA"))
    assert a < 1200 < 2500 < sh < 4500 < s


def test_rate_changes_the_length():
    slow, fast = (utter(pronounce(WAKE_WORD), replace(PLAIN, rate=r), 0).size for r in (0.8, 1.2))
    assert slow / fast == pytest.approx(1.5, rel=0.15)


@pytest.mark.parametrize("word", sorted(LEXICON))
def test_every_word_is_a_word_long(word):
    for number in range(3):
        sound = utter(pronounce(word), speaker("held-out", number), number)
        assert 0.12 < sound.size / RATE_HZ < 1.3
        assert np.sqrt(np.mean(sound**2)) == pytest.approx(1.0)
        assert np.isfinite(sound).all()


def test_takes_differ_and_repeat():
    who = speaker("training", 4)
    a, again, b = (utter(pronounce(WAKE_WORD), who, take) for take in (0, 0, 1))
    assert np.array_equal(a, again)
    assert a.size != b.size or not np.allclose(a, b)


def test_nobody_is_in_both_splits():
    voices = {split: {speaker(split, n) for n in range(200)} for split in ("training", "held-out")}
    assert not voices["training"] & voices["held-out"]
    assert len(voices["training"]) == 200


def test_the_lexicon_has_words_that_sound_alike():
    assert len(OTHER) >= 10
    assert WAKE_WORD not in CONFUSABLE
    assert WAKE_WORD not in OTHER
    wake = {name for name, _ in pronounce(WAKE_WORD)}
    for word in CONFUSABLE:
        shared = wake & {name for name, _ in pronounce(word)}
        assert len(shared) >= 2 or word in ("hotel", "joinery"), (
            word
        )  # these share a stress pattern or a vowel


def test_unknown_words_and_sounds_are_named():
    with pytest.raises(InputError, match=r"sounds.*\n.*'abracadabra'[\s\S]*pronunciations"):
        pronounce("abracadabra")
    with pytest.raises(InputError, match="ARPABET"):
        pronounce("gizmo", {"gizmo": "G IH1 Z M QX"})
    with pytest.raises(InputError, match="ARPABET"):
        pronounce("gizmo", {"gizmo": "G1 IH Z"})
    assert pronounce("gizmo", {"gizmo": "G IH1 Z M OW0"})[1] == ("IH", 1)
