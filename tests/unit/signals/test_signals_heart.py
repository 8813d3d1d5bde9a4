"""Hearts: the rhythm's statistics as published, the wave as its differential equations give it."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import scipy

from coincell.errors import InputError
from coincell.signals import create
from coincell.signals.body import ecg
from coincell.signals.body.hearts import heart
from coincell.signals.body.recipes import Ecg
from coincell.signals.body.rhythm import FIBRILLATING, NORMAL, VENTRICULAR, Episode, Rhythm, Sinus

ONE = heart("held-out", 3)
ALWAYS = (Episode(0.0, float("inf"), 0),)


def intervals(rhythm, seconds=1200.0):
    return np.diff(rhythm.between(0.0, seconds).at_s)


def test_normal_intervals_have_the_persons_mean_and_deviation():
    rr = intervals(Rhythm(ONE, 1), 3600.0)
    assert rr.mean() == pytest.approx(ONE.rr_s, rel=0.005)
    assert rr.std() == pytest.approx(ONE.sdnn_s, rel=0.15)


@pytest.mark.parametrize("lf_hf", [0.5, 2.0, 6.0])
def test_variability_has_its_two_bands(lf_hf):
    person = replace(ONE, lf_hf=lf_hf, breath_hz=0.27, rr_s=0.8)
    at = Rhythm(person, 2).between(0.0, 2400.0).at_s
    grid = np.arange(10, 2390, 0.25)
    rr = np.interp(grid, at[1:], np.diff(at))  # the tachogram at 4 Hz, as heart rate analysis does
    freq, power = scipy.signal.welch(rr - rr.mean(), fs=4, nperseg=1024)
    low, high = (freq > 0.04) & (freq < 0.15), (freq > 0.15) & (freq < 0.40)  # Task Force 1996
    assert freq[low][np.argmax(power[low])] == pytest.approx(0.10, abs=0.02)
    assert freq[high][np.argmax(power[high])] == pytest.approx(0.27, abs=0.02)
    # an interval is a mean over its beat, and the line between two points another two
    power /= np.sinc(freq * person.rr_s) ** 6
    assert power[low].sum() / power[high].sum() == pytest.approx(lf_hf, rel=0.2)


def test_a_beat_comes_when_the_rates_integral_says():
    sinus = Sinus(ONE, 5)
    at = sinus.times(1000, 1010)
    assert sinus.phase(at) == pytest.approx(np.arange(1000, 1011), abs=1e-9)
    for begin, end in itertools.pairwise(at):
        assert scipy.integrate.quad(lambda t: sinus.rate(np.array([t]))[0], begin, end)[0] == pytest.approx(1)


@pytest.mark.parametrize("episodes", [(), ALWAYS, (Episode(20.0, 50.0, 0),)])
def test_beats_do_not_depend_on_how_time_is_cut(episodes):
    whole = Rhythm(ONE, 7, episodes, ectopic_rate_per_h=900).between(0.0, 100.0)
    cut = Rhythm(ONE, 7, episodes, ectopic_rate_per_h=900)
    pieces = [cut.between(a, a + 7.0) for a in (91.0, *np.arange(0.0, 91.0, 7.0), 98.0)]
    at = np.sort(np.concatenate([p.at_s for p in pieces]))
    assert at[at < 100.0] == pytest.approx(whole.at_s)
    assert np.diff(whole.at_s).min() > 0.3


def test_fibrillation_is_as_irregular_as_detectors_expect():
    # Dash et al., Annals of Biomedical Engineering 37, 2009: RMSSD / mean above 0.1 flags fibrillation;
    # of independent intervals two thirds of the interior ones are turning points.
    for number in range(6):
        person = heart("training", number)
        rr = intervals(Rhythm(person, number, ALWAYS))
        assert rr.mean() == pytest.approx(person.af_rr_s, rel=0.03)
        assert np.sqrt(np.mean(np.diff(rr) ** 2)) / rr.mean() > 0.15
        turning = np.mean(np.diff(np.sign(np.diff(rr))) != 0)
        assert turning == pytest.approx(2 / 3, abs=0.05)
        assert abs(np.corrcoef(rr[1:], rr[:-1])[0, 1]) < 0.08
        normal = intervals(Rhythm(person, number))
        assert np.sqrt(np.mean(np.diff(normal) ** 2)) / normal.mean() < 0.1


def test_a_heart_beats_at_the_rates_that_are_asked_for():
    own = Ecg(person=3).beats(1).heart
    quick = Ecg(rate_per_min=100, fibrillation_rate_per_min=75, person=3).beats(1).heart
    assert quick == replace(own, rr_s=0.6, sdnn_s=quick.sdnn_s, af_rr_s=0.8)
    assert quick.sdnn_s / own.sdnn_s == pytest.approx((0.6 / own.rr_s) ** 2)
    assert intervals(Rhythm(quick, 1)).mean() == pytest.approx(0.6, rel=0.005)
    assert intervals(Rhythm(quick, 1, ALWAYS)).mean() == pytest.approx(0.8, rel=0.03)


def test_an_early_beat_is_followed_by_a_full_compensatory_pause():
    rhythm = Rhythm(replace(ONE, sdnn_s=0.0), 3, ectopic_rate_per_h=300)
    beats = rhythm.between(0.0, 3600.0)
    early = beats.kind != NORMAL
    assert 200 < early.sum() < 400
    assert 0.3 < np.mean(beats.kind[early] == VENTRICULAR) < 0.7
    assert beats.before_s[early] + beats.after_s[early] == pytest.approx(2 * ONE.rr_s)
    assert np.all(beats.before_s[early] < 0.8 * ONE.rr_s)


def test_a_beat_is_what_the_differential_equations_give():
    # The paper's equation 1, solved; it has one return to the baseline more, at 1/s, which lowers slow
    # waves a little.
    steady = replace(ONE, rr_s=1.0, sdnn_s=0.0, wave_factors=(1.0,) * 5, r_v=1.0)
    angle, width = np.radians(ecg.ANGLES_DEG), ecg.WIDTHS_RAD

    def slope(t, z):
        away = np.mod(2 * np.pi * t - angle + np.pi, 2 * np.pi) - np.pi
        return -np.sum(ecg.STRENGTHS * away * np.exp(-(away**2) / (2 * width**2))) - z

    seconds = np.arange(0, 1, 1 / 250)
    solved = scipy.integrate.solve_ivp(slope, (-6, 1), [0.0], t_eval=seconds, max_step=0.002).y[0]
    rhythm = Rhythm(steady, 1)
    first = rhythm.between(2.0, 4.0).at_s[0]
    ours = ecg.beats_v(rhythm, first + seconds)
    assert np.corrcoef(solved, ours)[0, 1] > 0.97
    scaled = (solved - np.median(solved)) / np.ptp(solved)
    assert np.max(np.abs(scaled - (ours - np.median(ours)) / np.ptp(ours))) < 0.1


def test_r_peaks_are_where_the_beats_are():
    signal = create({"kind": "ecg", "ectopic_rate_per_h": 0, "noise_v": 5e-6}, 4)
    x = signal.samples(0, 250 * 60)[:, 0]
    assert signal.labels[0].name == "normal"
    slow = scipy.signal.sosfiltfilt(scipy.signal.butter(2, 5, "high", fs=250, output="sos"), x)
    peaks, _ = scipy.signal.find_peaks(slow, height=0.6 * slow.max(), distance=75)
    at = Ecg().beats(4).between(0.1, 59.9).at_s
    found = peaks / 250
    found = found[(found >= 0.1) & (found < 59.9)]
    assert found == pytest.approx(at, abs=0.012)


def test_fibrillating_atria_make_no_p_but_small_fast_waves():
    normal, ill = Rhythm(ONE, 5), Rhythm(ONE, 5, ALWAYS)
    shape = {}
    for rhythm, factor in ((normal, 1), (ill, 0)):
        beats = rhythm.between(0.0, 30.0)
        _, _, height = ecg.waves(beats, np.ones(5))
        assert np.all((height[:, 0] > 0) == bool(factor))
        shape[factor] = set(beats.kind)
    assert shape == {1: {NORMAL}, 0: {FIBRILLATING}}
    seconds = np.arange(0, 60, 1 / 250)
    wave = ecg.fibrillatory_v(ill, seconds)
    freq, power = scipy.signal.welch(wave, fs=250, nperseg=2048)
    assert freq[np.argmax(power)] == pytest.approx(ONE.flutter_hz, abs=0.3)
    assert 4 < ONE.flutter_hz < 9
    assert np.abs(wave).max() < 0.4e-3
    assert not ecg.fibrillatory_v(normal, seconds).any()


def test_labels_tell_the_rhythm():
    recipe = {"kind": "ecg", "rhythm": "paroxysmal", "normal_s": 60, "episode_s": 40, "duration_s": 600}
    signal = create(recipe, 9)
    assert {label.name for label in signal.labels} == {"normal", "atrial_fibrillation"}
    assert signal.labels[0].start_s == 0
    assert signal.labels[-1].end_s == 600
    for one, other in itertools.pairwise(signal.labels):
        assert one.end_s == other.start_s
        assert one.name != other.name
    rhythm = Ecg(rhythm="paroxysmal", normal_s=60, episode_s=40, duration_s=600).beats(9)
    for label in signal.labels:
        kinds = rhythm.between(label.start_s + 1, label.end_s - 1).kind
        assert set(kinds) == {FIBRILLATING if label.name == "atrial_fibrillation" else NORMAL}


@pytest.mark.parametrize("kind", ["ecg", "ppg"])
def test_the_same_numbers_however_cut_and_another_seed_another_heart(kind):
    recipe = {"kind": kind, "rhythm": "paroxysmal", "normal_s": 20, "episode_s": 20, "duration_s": 120}
    whole = create(recipe, 11).samples(0, 9000)
    cut = create(recipe, 11)
    late = cut.samples(5000, 4000)
    assert np.array_equal(np.concatenate([cut.samples(0, 17), cut.samples(17, 4983), late]), whole)
    assert not np.allclose(create(recipe, 12).samples(0, 9000), whole, rtol=1e-3)


def test_the_populations_share_nobody():
    people = {heart(split, number) for split in ("training", "held-out") for number in range(50)}
    assert len(people) == 100


def test_a_wrong_key_is_named():
    with pytest.raises(InputError, match="rhythm"):
        create({"kind": "ecg", "rhythm": "waltz"}, 1)
    with pytest.raises(InputError, match="split"):
        create({"kind": "ppg", "speakers": "training"}, 1)
