"""Glucose: the published model, solved by another integrator; its steady states; a sensor to be read."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import scipy

from coincell.signals import create
from coincell.signals.body.glucose_days import DAY_MIN, TARGET_MG_PER_DL, Days
from coincell.signals.body.glucose_model import Bolus, Meal, resting, simulate
from coincell.signals.body.glucose_people import OF_SPLIT, SUBJECTS, person
from coincell.signals.body.glucose_sensor import compression, electrode, slow_noise


def run(subject, meals=(), boluses=(), minutes=480, glucose=110.0, basal=None):
    basal = subject.basal_uu_per_min(glucose) if basal is None else basal
    state = resting(subject, glucose)
    blood, between, _ = simulate(subject, state, 0.0, minutes, basal, list(boluses), list(meals))
    return blood, between


def solved(p, meals, boluses, minutes, glucose=110.0):
    """The equations of the module's docstring by scipy's Runge-Kutta, dose by dose."""
    rest = resting(p, glucose)
    basal = p.basal_uu_per_min(glucose)

    def slope(t, y):
        depot, plasma, effect, blood, between = y
        arrival = sum(
            1000
            * m.grams
            * (t - m.at_min)
            * np.exp(-(t - m.at_min) / m.peak_min)
            / (p.volume_dl * m.peak_min**2)
            for m in meals
            if t > m.at_min
        )
        return [
            -depot / p.depot_min + basal / (p.depot_min * p.clearance_ml_per_min),
            (depot - plasma) / p.plasma_min,
            p.action_per_min * (p.sensitivity_ml_per_uu_min * plasma - effect),
            -(p.effectiveness_per_min + effect) * blood + p.production_mg_per_dl_min + arrival,
            (blood - between) / p.lag_min,
        ]

    y = np.array([rest.depot, rest.plasma, rest.effect, rest.blood, rest.interstitial])
    out, edges = [], sorted({0.0, float(minutes), *(b.at_min for b in boluses), *(m.at_min for m in meals)})
    for begin, end in itertools.pairwise(edges):
        given = sum(b.units for b in boluses if b.at_min == begin)
        y[0] += given * 1e6 / (p.depot_min * p.clearance_ml_per_min)
        grid = np.arange(begin, end + 1)
        found = scipy.integrate.solve_ivp(
            slope, (begin, end), y, t_eval=grid, rtol=1e-8, atol=1e-10, max_step=2
        )
        out.append(found.y[3:, :-1])
        y = found.y[:, -1].copy()
    return np.concatenate(out, axis=1)


@pytest.mark.parametrize("number", range(len(SUBJECTS)))
def test_the_equations_are_solved(number):
    meals = [Meal(60, 60, 45), Meal(300, 30, 20)]
    boluses = [Bolus(50, 5), Bolus(300, 2)]
    ours = np.array(run(SUBJECTS[number], meals, boluses, 600))
    truth = solved(SUBJECTS[number], meals, boluses, 600)
    assert np.max(np.abs(ours - truth)) < 0.01 * np.ptp(truth)


def test_the_basal_rate_holds_the_published_steady_state():
    # Marianadesamadsen/Fagprojektfinal and LauritsFog/Fagprojekt (Problem_1.m) hold the first subject at
    # 108 mg/dL with 25.04 mU/min.
    blood, _ = run(SUBJECTS[0], minutes=1440, glucose=108.0, basal=25_040.0)
    assert blood[-1] == pytest.approx(108.0, abs=0.3)
    assert SUBJECTS[0].basal_uu_per_min(108.0) == pytest.approx(25_040, rel=0.01)


@pytest.mark.parametrize("number", [0, 2, 4, 6, 9])
def test_the_carbohydrate_ratio_brings_glucose_back(number):
    subject = SUBJECTS[number]
    units = 30 / subject.grams_per_unit(110)
    blood, _ = run(subject, [Meal(0, 30, 45)], [Bolus(0, units)], 1200)
    assert blood[-1] == pytest.approx(110, abs=4)
    # areas above and below nearly cancel where the dose fits: a wrong dose leaves a far larger one
    assert abs(np.mean(blood - 110)) < 0.35 * abs(np.mean(run(subject, [Meal(0, 30, 45)], [], 1200)[0] - 110))


def test_glucose_peaks_after_a_meal_when_and_as_high_as_published():
    # Daenen et al., Diabetes & Metabolism 36, 2010: with insulin at the meal, 72 +- 23 min after it began;
    # the rise of well adjusted people is some tens of mg/dL, below 180 in all.
    peaks, rises = [], []
    for subject in SUBJECTS:
        blood, _ = run(subject, [Meal(0, 50, 40)], [Bolus(0, 50 / subject.grams_per_unit(110))])
        peaks.append(int(np.argmax(blood)))
        rises.append(blood.max() - 110)
    assert 72 - 23 < np.median(peaks) < 72 + 23
    assert 30 < np.median(rises) < 120


def test_without_insulin_it_goes_higher_and_with_more_lower():
    subject, meal = SUBJECTS[0], [Meal(0, 60, 45)]
    units = 60 / subject.grams_per_unit(110)
    runs = [run(subject, meal, [Bolus(0, share * units)])[0] for share in (0.0, 0.5, 1.0, 1.5)]
    assert all(np.all(a >= b) for a, b in itertools.pairwise(runs))
    assert runs[3].min() < 80 < runs[2].min()
    slower = run(subject, [Meal(0, 60, 90)])[0]
    assert np.argmax(slower) > np.argmax(runs[0])
    assert slower.max() < runs[0].max()


def test_between_the_cells_glucose_comes_late():
    subject = replace(SUBJECTS[0], lag_min=10.0)
    blood, between = run(subject, [Meal(0, 60, 45)])
    lags = np.arange(0, 40)
    errors = [np.mean((between[60:] - blood[60 - lag : blood.size - lag]) ** 2) for lag in lags]
    assert lags[int(np.argmin(errors))] == pytest.approx(10, abs=2)


def test_a_week_is_like_weeks_that_are_published():
    # Beck et al. (DIAMOND and others) and Battelino et al. 2019: mean 110-190 mg/dL, variation 20-50 %,
    # a few percent of the time below 70.
    low, high, mean, variation = [], [], [], []
    for split in ("training", "held-out"):
        for number in range(5):
            blood = Days(person(split, number), number).blood(np.arange(7.0 * DAY_MIN))
            assert blood.min() > 35
            assert blood.max() < 500
            low.append(np.mean(blood < 70))
            high.append(np.mean(blood > 180))
            mean.append(blood.mean())
            variation.append(blood.std() / blood.mean())
    assert 0.005 < np.mean(low) < 0.08
    assert 0.08 < np.mean(high) < 0.40
    assert 110 < np.mean(mean) < 190
    assert 0.20 < np.mean(variation) < 0.50


def test_labels_are_where_blood_is_low_or_high():
    recipe = {"kind": "glucose", "quantity": "blood", "duration_s": 7 * 86_400}
    found = 0
    for seed in range(4):
        signal = create(recipe, seed)
        for label in signal.labels:
            x = signal.samples(int(label.start_s // 10), int((label.end_s - label.start_s) // 10) - 6)[:, 0]
            assert (x < 70.5).all() if label.name == "low" else (x > 179.5).all()
            assert label.end_s - label.start_s >= 900
            found += label.name == "low"
        assert signal.labels == create({**recipe, "quantity": "current"}, seed).labels
    assert found > 3


def test_the_current_can_be_calibrated_back():
    recipe = {"kind": "glucose", "compression_per_night": 0}
    current = create(recipe, 7).samples(4 * 8640, 8640)[:, 0]
    glucose = create({**recipe, "quantity": "interstitial"}, 7).samples(4 * 8640, 8640)[:, 0]
    part = electrode(7)
    gain = part.sensitivity_a_per_mg_per_dl * np.exp(-part.fade_per_day * 4.5)
    back = (current - part.background_a) / gain
    assert np.mean(np.abs(back - glucose) / glucose) < 0.10  # CGM: 5 to 10 % after calibration
    assert 5e-9 < current.mean() < 1e-7


def test_tissue_noise_is_correlated_over_fifteen_minutes():
    x = np.concatenate([slow_noise(seed, np.arange(0, 3000.0)) for seed in range(8)])
    assert x.std() == pytest.approx(1, abs=0.15)
    assert np.mean(x[15:] * x[:-15]) / np.mean(x * x) == pytest.approx(0.7, abs=0.1)


def test_lying_on_the_sensor_lowers_its_current_at_night_only():
    minutes = np.arange(0, 20 * DAY_MIN, 1.0)
    left = compression(3, minutes, 1.0)
    pressed = left < 0.95
    assert np.all(minutes[pressed] % DAY_MIN < 6.1 * 60)
    assert 0.35 < left.min() < 0.8
    assert np.all(compression(3, minutes, 0.0) == 1)


def test_the_same_numbers_however_cut():
    whole = create({"kind": "glucose"}, 2).samples(0, 20_000)
    cut = create({"kind": "glucose"}, 2)
    assert np.array_equal(cut.samples(15_000, 5000), whole[15_000:])
    assert np.array_equal(cut.samples(0, 1234), whole[:1234])


def test_the_populations_descend_from_different_subjects():
    assert sorted(OF_SPLIT["training"] + OF_SPLIT["held-out"]) == list(range(10))
    people = {person(split, n) for split in ("training", "held-out") for n in range(30)}
    assert len(people) == 60
    assert all(p.basal_uu_per_min(TARGET_MG_PER_DL) >= 0 for p in people)


def test_a_calibrated_sensor_is_close_to_what_the_factory_says():
    parts = [electrode(seed, calibrated=True) for seed in range(200)]
    ratio = np.array([part.sensitivity_a_per_mg_per_dl for part in parts]) / 225e-12
    assert np.abs(ratio - 1).max() < 0.101
    assert 0.03 < ratio.std() < 0.06
    assert all(1.5e-9 < part.background_a < 2.0e-9 for part in parts)
    plain = [electrode(seed) for seed in range(200)]
    assert np.std([part.sensitivity_a_per_mg_per_dl for part in plain]) > 3 * 225e-12 * ratio.std()
    assert [part.settle_h for part in parts] == [part.settle_h for part in plain]


def test_the_trend_is_told_all_the_time():
    days = Days(person("held-out", 3), 3)
    labels = days.trend(86_400.0)
    assert labels[0].start_s == 0
    assert labels[-1].end_s == 86_400
    assert {label.name for label in labels} == {"falling", "steady", "rising"}
    for one, after in itertools.pairwise(labels):
        assert one.end_s == after.start_s
        assert one.name != after.name
    for label in labels:
        middle = (label.start_s + label.end_s) / 120
        if middle > 10:
            change = np.diff(days.blood(np.array([middle - 7.5, middle + 7.5])))[0] / 15
            assert label.name == ("falling" if change < -1 else "rising" if change > 1 else "steady")
