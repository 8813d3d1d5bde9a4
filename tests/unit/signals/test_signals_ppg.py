"""Pulse in light: after the beat by the transit time, as deep as the colour says, weak where early."""

import numpy as np
import pytest
import scipy

from coincell.signals import create
from coincell.signals.body.ppg import pulse, ratio_of_ratios
from coincell.signals.body.recipes import Ppg
from coincell.signals.body.rhythm import NORMAL

QUIET = {"kind": "ppg", "noise_a": 0.0, "ambient_a": 0.0}


def read(recipe, seed=3, seconds=60, start=0):
    return create(recipe, seed).samples(start * 100, seconds * 100)[:, 0]


def test_current_falls_after_each_beat_and_as_often_as_the_heart_beats():
    rhythm = Ppg().beats(3)
    x = -read(QUIET)
    found, _ = scipy.signal.find_peaks(x, prominence=0.4 * np.ptp(x), distance=40)
    at = rhythm.between(0.0, 59.4).at_s
    assert len(found) == pytest.approx(len(at), abs=1)
    delay = np.array([(found / 100 - beat)[(found / 100 - beat) > 0].min() for beat in at[:-1]])
    # foot after the transit time, systolic top 0.17 s later
    assert delay == pytest.approx(rhythm.heart.transit_s + 0.17, abs=0.04)


@pytest.mark.parametrize(("spo2", "ratio"), [(100, 0.4), (97, 0.52), (85, 1.0)])
def test_red_by_infrared_tells_saturation(spo2, ratio):
    # The textbook line has R = 1 at 85 % and about 0.4 at 100 % (Webster, Design of Pulse Oximeters).
    assert ratio_of_ratios(spo2) == pytest.approx(ratio)
    depth = {}
    for light in ("red", "infrared"):
        x = read({**QUIET, "light": light, "spo2_percent": spo2})
        depth[light] = np.std(x) / np.mean(x)
    assert depth["red"] / depth["infrared"] == pytest.approx(ratio, rel=0.02)


def test_depth_is_the_persons_perfusion():
    rhythm = Ppg().beats(3)
    x = read({**QUIET, "steady_a": 2e-6})
    blood = pulse(rhythm, np.arange(0, 60, 0.01))
    sos = scipy.signal.butter(2, 0.7, "high", fs=100, output="sos")  # without the breath's baseline
    depth, expected = (np.std(scipy.signal.sosfiltfilt(sos, y)) for y in (x, blood))
    assert depth == pytest.approx(2e-6 * rhythm.heart.perfusion * expected, rel=0.05)
    assert 0.8 < blood.max() < 1.3


def test_breath_is_in_the_baseline():
    rhythm = Ppg().beats(3)
    freq, power = scipy.signal.welch(read(QUIET, seconds=600), fs=100, nperseg=8192)
    slow = (freq > 0.05) & (freq < 0.6)
    assert freq[slow][np.argmax(power[slow])] == pytest.approx(rhythm.heart.breath_hz, abs=0.015)


def test_an_early_beat_gives_a_weak_pulse():
    rhythm = Ppg(ectopic_rate_per_h=400).beats(8)
    beats = rhythm.between(1.0, 600.0)
    top = beats.at_s + rhythm.heart.transit_s + 0.17
    heights = np.array([pulse(rhythm, at + np.arange(-0.05, 0.06, 0.01)).max() for at in top])
    assert heights[beats.kind != NORMAL].mean() < 0.8 * heights[beats.kind == NORMAL].mean()


def test_motion_is_labelled_and_stronger_than_the_pulse():
    recipe = {**QUIET, "motion_rate_per_h": 60, "motion_s": 10, "duration_s": 600}
    signal = create(recipe, 5)
    moved, still = signal.samples(0, 60_000)[:, 0], read(QUIET, 5, 600)
    labels = [label for label in signal.labels if label.name == "motion"]
    assert 5 <= len(labels) <= 15
    inside = np.zeros(60_000, bool)
    for label in labels:
        inside[int(label.start_s * 100) : int(label.end_s * 100) + 1] = True
    assert np.array_equal(moved[~inside], still[~inside])
    assert np.std((moved - still)[inside]) > np.std(still)


def test_room_light_adds_and_flickers():
    lit = read({**QUIET, "ambient_a": 1e-7}) - read(QUIET)
    assert lit.mean() == pytest.approx(1e-7, rel=0.02)
    assert np.ptp(lit) == pytest.approx(2e-8, rel=0.05)


def test_ecg_and_ppg_of_a_seed_are_of_one_heart():
    keys = {"rhythm": "paroxysmal", "normal_s": 40, "episode_s": 40, "duration_s": 120}
    electric = create({"kind": "ecg", "noise_v": 0, "mains_v": 0, **keys}, 9)
    light = create({**QUIET, **keys}, 9)
    assert electric.labels == light.labels
    sos = scipy.signal.butter(2, 5, "high", fs=250, output="sos")
    lead = scipy.signal.sosfiltfilt(sos, electric.samples(0, 250 * 110)[:, 0])
    at = scipy.signal.find_peaks(lead, height=0.5 * lead.max(), distance=60)[0] / 250
    steep = -np.gradient(light.samples(0, 100 * 110)[:, 0])
    after = np.array([np.argmax(steep[int(100 * t) : int(100 * t) + 45]) / 100 for t in at if t < 109])
    assert (
        np.median(np.abs(after - np.median(after))) < 0.02
    )  # each R peak has its pulse, as late as the others


def test_fibrillation_makes_pulses_uneven():
    even = Ppg().beats(6)
    uneven = Ppg(rhythm="atrial_fibrillation").beats(6)
    spread = []
    for rhythm in (even, uneven):
        x = pulse(rhythm, np.arange(0, 120, 0.01))
        peaks, _ = scipy.signal.find_peaks(x, prominence=0.3, distance=30)
        spread.append(np.std(x[peaks]) / np.mean(x[peaks]))
    assert spread[1] > 3 * spread[0]
