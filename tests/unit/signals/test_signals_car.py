"""A car: forces that weigh what they weigh, shifts that only people make, eyelids as studies see them."""

from itertools import pairwise

import numpy as np
import pytest
import scipy

from coincell.signals import create
from coincell.signals.surroundings import eyes, seat

PARKED = {"kind": "seat", "road_g": 0.0, "noise_n": 0.0, "sitting_s": 60, "duration_s": 200}


def force(seed, **keys):
    return create({**PARKED, **keys}, seed)


def middle(signal, name):
    label = next(label for label in signal.labels if label.name == name)
    return signal.samples(int(label.start_s * 50) + 150, int((label.end_s - label.start_s) * 50) - 250)[:, 0]


@pytest.mark.parametrize(("load", "key"), [("bag", "bags"), ("child", "children"), ("adult", "adults")])
def test_a_load_presses_with_its_share_of_its_weight(load, key):
    low, high = seat.MASS_KG[load]
    for seed in range(10):
        x = np.median(middle(force(seed, **{f"{key}_at_s": [10.0]}), load)) - seat.COVER_N
        assert low * 9.80665 * seat.SHARE[load][0] * 0.75 < x < high * 9.80665 * seat.SHARE[load][1] * 1.2


def test_weight_alone_does_not_tell_a_bag_from_a_child_but_stillness_does():
    bags = [middle(force(seed, bags_at_s=[10.0]), "bag") for seed in range(30)]
    children = [middle(force(seed, children_at_s=[10.0]), "child") for seed in range(30)]
    assert max(np.median(x) for x in bags) > min(np.median(x) for x in children)
    assert max(np.std(x) / np.mean(x) for x in bags) < min(np.std(x) / np.mean(x) for x in children)


def test_an_empty_seat_is_empty_and_labels_have_no_gaps():
    signal = force(3, adults_at_s=[20.0], bags_at_s=[120.0])
    assert [label.name for label in signal.labels] == ["empty", "adult", "empty", "bag", "empty"]
    for one, other in pairwise(signal.labels):
        assert one.end_s == other.start_s
    assert signal.samples(0, 1000) == pytest.approx(seat.COVER_N)


def test_somebody_who_sits_down_lands_with_more_than_the_weight():
    signal = force(5, adults_at_s=[10.0])
    x = signal.samples(500, 500)[:, 0]
    assert x[:100].max() > 1.1 * np.median(x[200:])


def test_the_way_a_load_comes_does_not_say_what_it_is():
    """Seconds to the full weight: from three readings to a second and a half, and any of it may be a bag."""
    took = {}
    for load, key in (("bag", "bags"), ("child", "children"), ("adult", "adults")):
        rising = []
        for seed in range(60):
            x = force(seed, **{f"{key}_at_s": [10.0]}).samples(500, 150)[:, 0] - seat.COVER_N
            full = np.median(x[100:])
            rising.append(np.argmax(x > 0.9 * full) / 50)
        took[load] = np.array(rising)
        low, high = seat.COMES_S[load]
        assert 0.7 * low - 0.02 <= min(rising) < 1.5 * low
        assert 0.6 * high < max(rising) <= high + 0.02
    people = np.concatenate([took["child"], took["adult"]])
    assert np.mean(took["bag"] > np.percentile(people, 25)) > 0.2
    assert np.mean(people < np.percentile(took["bag"], 75)) > 0.2


def test_a_landing_goes_beyond_the_weight_as_far_as_it_is_hard():
    seconds = np.arange(0, 5, 1 / 50)
    for lands in (0.1, 0.4):
        one = seat.Sitting("adult", 0.0, 300.0, 1, 75.0, 0.75, 0.0, 0.25, comes_s=0.6, lands=lands)
        force_n = seat.press_n(one, 1, seconds)
        assert force_n.max() / (75 * 9.80665 * 0.75) - 1 == pytest.approx(lands, rel=0.2)
        assert np.argmax(force_n) / 50 == pytest.approx(0.6, abs=0.05)


def test_breath_is_in_an_adults_force():
    still = seat.Sitting("adult", 0.0, 300.0, 1, 75.0, 0.75, 1e-9, 0.25)
    x = seat.press_n(still, 1, np.arange(5, 290, 1 / 50))
    freq, power = scipy.signal.periodogram(x - x.mean(), fs=50)
    assert freq[np.argmax(power)] == pytest.approx(0.25, abs=0.01)
    assert np.ptp(x) / x.mean() == pytest.approx(0.012, rel=0.1)


def test_the_road_shakes_as_much_as_the_recipe_says_at_the_cars_own_frequencies():
    seconds = np.arange(0, 600, 1 / 50)
    x = seat.road_g(3, seconds, 0.03)
    assert x.std() == pytest.approx(0.03, rel=0.15)
    freq, power = scipy.signal.welch(x, fs=50, nperseg=1024)
    for low, high, peak in ((0.5, 2.5, 1.3), (8, 14, 11)):
        band = (freq > low) & (freq < high)
        assert freq[band][np.argmax(power[band])] == pytest.approx(peak, rel=0.15)
    assert not seat.road_g(3, seconds, 0.0).any()


def opening(alertness, seed, seconds=600):
    return create({"kind": "eyelids", "alertness": alertness, "noise": 0.0}, seed).samples(0, 100 * seconds)[
        :, 0
    ]


def perclos(x):
    """Share of time with the eye closed by 80 % or more: Wierwille et al. 1994."""
    return np.mean(x < 0.2 * np.percentile(x, 95))


def test_perclos_parts_alert_from_drowsy_where_studies_put_the_line():
    alert = [perclos(opening("alert", seed)) for seed in range(10)]
    drowsy = [perclos(opening("drowsy", seed)) for seed in range(10)]
    assert max(alert) < 0.03
    assert np.median(drowsy) > 0.12  # Dinges and Grace 1998
    assert min(drowsy) > max(alert)


def durations(x):
    """Blinks shorter than half a second [s], at half the opening, as Caffier et al. measure them roughly."""
    shut = (x < 0.5 * np.percentile(x, 95)).astype(int)
    edges = np.flatnonzero(np.diff(shut))
    edges = edges[shut[0] :]
    pairs = edges[: edges.size // 2 * 2].reshape(-1, 2)
    return np.diff(pairs, axis=1)[:, 0] / 100


def test_blinks_are_as_many_and_as_long_as_published():
    who = eyes.driver("held-out", 3)
    seconds = np.arange(0, 1200, 0.01)
    rates = {}
    for drowsy in (False, True):
        closures = [one for index in range(40) for one in eyes.page(who, 1, index, drowsy)]
        blinks = [one for one in closures if one.floor < 0.2 and one.closed_s < 0.1]
        rates[drowsy] = np.mean([one.end_s - one.start_s for one in blinks]) / who.duration_s
        for one, other in pairwise(closures):
            assert one.end_s < other.start_s
        x = eyes.lid(closures, seconds)
        assert x.min() >= 0
        assert x.max() <= 1
    # Caffier et al. 2003: 202 ms alert, 259 ms drowsy
    assert rates[True] / rates[False] == pytest.approx(259 / 202, rel=0.06)
    per_minute = [60 * len(durations(opening("alert", seed))) / 600 for seed in range(12)]
    assert 8 < np.median(per_minute) < 24


def test_reopening_is_slower_than_closing():
    x = eyes.lid([eyes.Closure(1.0, 0.064, 0.016, 0.12, 0.0)], np.arange(0, 2, 0.001))
    bottom = int(np.mean(np.flatnonzero(x < 1e-6)))
    assert np.min(np.diff(x[:bottom])) < -1.2 * np.max(np.diff(x[bottom:]))
    assert np.flatnonzero(x < 0.999)[0] / 1000 == pytest.approx(1.0, abs=0.005)


def test_fading_tells_when_drowsiness_comes():
    recipe = {"kind": "eyelids", "noise": 0.0, "alert_s": 240, "drowsy_s": 240, "duration_s": 2400}
    signal = create(recipe, 4)
    assert [label.name for label in signal.labels[:3]] == ["alert", "drowsy", "alert"]
    assert signal.labels[-1].end_s == 2400
    for one, other in pairwise(signal.labels):
        assert one.end_s == other.start_s
    shares = {"alert": [], "drowsy": []}
    for label in signal.labels:
        x = signal.samples(int(label.start_s * 100), int((label.end_s - label.start_s) * 100))[:, 0]
        shares[label.name].append(perclos(x))
    assert min(shares["drowsy"]) > max(shares["alert"])


@pytest.mark.parametrize(
    "recipe", [{"kind": "eyelids"}, {"kind": "seat", "adults_per_h": 60, "duration_s": 300, "sitting_s": 20}]
)
def test_the_same_numbers_however_cut(recipe):
    whole = create(recipe, 3).samples(0, 9000)
    cut = create(recipe, 3)
    assert np.array_equal(cut.samples(5000, 4000), whole[5000:])
    assert np.array_equal(cut.samples(7, 4000), whole[7:4007])
    assert not np.array_equal(create(recipe, 4).samples(0, 9000), whole)


def test_the_populations_share_no_driver():
    assert len({eyes.driver(split, n) for split in ("training", "held-out") for n in range(40)}) == 80


def test_a_cell_under_the_cushion_bears_its_share():
    keys = {"kind": "seat", "adults_at_s": (5,), "duration_s": 60}
    whole, cell = (create({**keys, "sensor_share": share}, 4).samples(0, 3000) for share in (1.0, 0.02))
    np.testing.assert_allclose(cell, whole * 0.02)
