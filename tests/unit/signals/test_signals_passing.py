"""Who passes: fringes crossed at the rate that geometry gives, pixels where the body is, doors that swing."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import scipy

from coincell.errors import InputError
from coincell.signals import create
from coincell.signals.surroundings import door, pir, thermal
from coincell.signals.surroundings.events import Schedule, place
from coincell.signals.surroundings.visitors import Passage, Patch, Visitor, visitor

POINT = Visitor("person", 1.0, 8.0, 1.0, 1.0, 0.0, (Patch(0.0, 1.2, 0.05, 0.01, 1.0, 0.0, 0.0),))
FLAT = replace(pir.WALL, layers=(replace(pir.WALL.layers[0], down_rad=0.2, height_rad=1.0),))


@pytest.mark.parametrize(("speed", "distance"), [(0.5, 2.0), (1.0, 2.0), (1.0, 4.0), (2.0, 4.0)])
def test_fringes_pass_at_the_rate_of_speed_by_distance_and_pitch(speed, distance):
    # Near straight ahead the direction turns at v / d; one pair of beams a pitch.
    event = Passage(POINT, 0.0, distance, 0.0, speed, reach_m=0.35 * distance)
    seconds = np.arange(0.4, event.end_s - 0.4, 1 / 400)
    x = pir.irradiance(event, seconds, FLAT)
    x = (x - x.mean()) * np.hanning(x.size)
    power = np.abs(np.fft.rfft(x, 1 << 16)) ** 2
    freq = np.fft.rfftfreq(1 << 16, 1 / 400)
    expected = speed / (distance * FLAT.layers[0].pitch_rad)
    near = (freq > 0.6 * expected) & (freq < 1.5 * expected)
    assert freq[near][np.argmax(power[near])] == pytest.approx(expected, rel=0.12)


def test_irradiance_is_that_of_stefan_and_boltzmann():
    event = Passage(POINT, 0.0, 3.0, 0.0, 1.0, reach_m=1.0)
    x = pir.irradiance(event, np.arange(0.4, 1.6, 0.002), FLAT)
    square = 3.0**2 + (pir.WALL.mount_m - 1.2) ** 2
    # 0.97 sigma (T^4 - T0^4) A cos / (pi d^2), by hand: 8 K above 294.15 K are 46.9 W/m2
    assert pytest.approx(46.6, abs=0.5) == 0.97 * 5.670374e-8 * (302.15**4 - 294.15**4)
    expected = 46.6 * 0.05 / (np.pi * square) * (3.0 / np.sqrt(square))
    assert np.abs(x).max() == pytest.approx(expected, rel=0.15)


def test_irradiance_falls_with_distance_and_grows_with_warmth():
    def height(distance, warmth):
        who = replace(POINT, warmth_k=warmth)
        event = Passage(who, 0.0, distance, 0.0, 1.0, reach_m=1.0)
        return np.abs(pir.irradiance(event, np.arange(0.4, 1.6, 0.005), FLAT)).max()

    assert height(4.0, 8.0) / height(2.0, 8.0) == pytest.approx(0.25, rel=0.3)
    assert height(3.0, 8.0) > 1.8 * height(3.0, 4.0)


def test_people_are_seen_stronger_than_pets_but_not_always():
    heights = {}
    for who in ("people", "pets"):
        recipe = {"kind": "pir", f"{who}_at_s": [1.0], "draught_w_per_m2": 0, "noise_w_per_m2": 0}
        heights[who] = [np.ptp(create(recipe, seed).samples(0, 1500)) for seed in range(40)]
    assert np.median(heights["people"]) > 4 * np.median(heights["pets"])
    assert min(heights["people"]) < max(heights["pets"])  # a threshold alone errs


def test_labels_are_where_the_signal_is():
    recipe = {"kind": "pir", "people_per_h": 60, "pets_per_h": 40, "draught_w_per_m2": 0, "noise_w_per_m2": 0}
    signal = create(recipe, 5)
    x = signal.samples(0, 3600 * 50)[:, 0]
    assert 40 < len(signal.labels) < 110
    assert {label.name for label in signal.labels} == {"person", "pet"}
    inside = np.zeros(x.size, bool)
    for label in signal.labels:
        stretch = slice(int(label.start_s * 50), int(label.end_s * 50) + 1)
        inside[stretch] = True
        assert np.ptp(x[stretch]) > 1e-3
    assert np.abs(x[~inside]).max() < 0.2 * np.abs(x).max()
    for one, other in pairwise(signal.labels):
        assert one.end_s < other.start_s


def test_a_stride_shows_in_where_the_legs_are():
    who = visitor("held-out", "person", 4)
    event = Passage(who, 0.0, 3.0, 0.0, 1.2, reach_m=4.0)
    seconds = np.arange(0, event.end_s, 0.01)
    leg, across, _, _ = event.patches(seconds)[-1]
    away = across - event.travelled(seconds) - leg.along_m
    freq, power = scipy.signal.periodogram(away, fs=100, nfft=4096)
    assert freq[np.argmax(power)] == pytest.approx(1.2 / who.stride_m, abs=0.05)
    assert 0.7 < 1.2 / who.stride_m < 1.1  # strides a second at that speed (Winter, Biomechanics)


def test_a_pixel_holds_the_mean_of_what_it_sees():
    # One warm disc straight ahead, larger than a pixel and smaller than the view.
    disc = replace(POINT, patches=(Patch(0.0, thermal.MOUNT_M, np.pi * 0.2**2, 0.2, 1.0, 0.0, 0.0),))
    event = Passage(disc, 0.0, 2.0, 0.0, 1.0, reach_m=1.5)
    frame = thermal.warmth_k(event, np.array([1.5]))[0].reshape(8, 8)
    quarter = 8.0 * np.pi * np.arctan(0.2 / 2.0) ** 2 / 4 / thermal.PIXEL_RAD**2
    assert frame[3:5, 3:5] == pytest.approx(quarter, rel=0.15)
    assert frame[[0, 0, 7, 7], [0, 7, 0, 7]].max() == 0
    angle = np.arctan(0.2 / 2.0)
    assert frame.sum() * thermal.PIXEL_RAD**2 == pytest.approx(8.0 * np.pi * angle**2, rel=0.15)
    assert frame == pytest.approx(frame[:, ::-1], abs=0.5)


def test_a_body_crosses_the_pixels_and_a_pet_stays_low():
    for who, rows in (("people", range(6)), ("pets", range(3, 8))):
        recipe = {"kind": "thermal_array", f"{who}_at_s": [2.0], "duration_s": 60.0}
        for seed in range(6):
            signal = create(recipe, seed)
            label = next(label for label in signal.labels if label.name != "empty")
            frames = signal.samples(0, 600).reshape(600, 8, 8)
            warm = frames - frames[:15].mean(axis=0)
            middle = warm[int((label.start_s + label.end_s) * 5)]
            assert np.unravel_index(np.argmax(middle), (8, 8))[0] in rows
            first, last = (warm[int(at * 10)].sum(axis=0) for at in (label.start_s + 0.1, label.end_s - 0.2))
            assert abs(np.argmax(first) - np.argmax(last)) >= 4


def test_the_array_is_labelled_without_gaps_and_the_radiator_is_warm():
    recipe = {"kind": "thermal_array", "people_per_h": 60, "pets_per_h": 60, "duration_s": 1800}
    signal = create(recipe, 3)
    assert signal.n_channels == 64
    assert signal.labels[0].start_s == 0
    assert signal.labels[-1].end_s == 1800
    assert {label.name for label in signal.labels} == {"person", "pet", "empty"}
    for one, other in pairwise(signal.labels):
        assert one.end_s == other.start_s
    heated = create({"kind": "thermal_array", "radiator": True}, 3).samples(0, 18_000)
    assert heated.max() > 25
    assert np.ptp(create({"kind": "thermal_array"}, 3).samples(0, 600), axis=0).max() < 1.0


def test_an_opened_door_turns_there_and_back():
    leaf = door.door("held-out", 1)
    event = door.Handling("opened", 1.0, 6.0, 7)
    seconds = np.arange(0, 8, 1 / 400)
    angle, speed, turning = door.swing(event, 3, seconds)
    assert 0.4 <= angle.max() <= 1.6
    assert angle[-1] == pytest.approx(0, abs=1e-9)
    assert np.gradient(angle, 1 / 400) == pytest.approx(speed, abs=0.02)
    assert np.gradient(speed, 1 / 400) == pytest.approx(turning, abs=0.2)
    felt = door.acceleration_g(leaf, event, 3, seconds)
    # towards the hinge while it turns: v^2 / r
    assert felt[:, 0].min() == pytest.approx(-leaf.width_m * (speed**2).max() / 9.80665, abs=0.05)
    closed = door.reed(leaf, event, 3, seconds)
    far = 2 * leaf.width_m * np.sin(angle / 2) > 0.03
    assert not closed[far].any()
    assert closed[:400].all()
    assert closed[-1] == 1


def test_a_shaken_door_stays_shut_where_the_magnet_has_margin():
    seconds = np.arange(0, 6, 1 / 400)
    event = door.Handling("shaken", 1.0, 4.0, 5)
    leaf = replace(door.door("training", 2), play_m=0.003, margin_m=0.005)
    assert door.reed(leaf, event, 1, seconds).all()
    loose = door.reed(replace(leaf, margin_m=0.002), event, 1, seconds)
    assert 0.1 < np.mean(loose[600:1800] == 0) < 0.7
    shaken = door.acceleration_g(leaf, event, 1, seconds)[:, 1]
    freq, power = scipy.signal.periodogram(shaken, fs=400)
    low = freq < 15
    assert 4 <= freq[low][np.argmax(power[low])] <= 9


@pytest.mark.parametrize("kind", ["pir", "thermal_array", "door"])
def test_the_same_numbers_however_cut(kind):
    keys = {"door": {"opened_per_h": 300, "shaken_per_h": 300}}.get(
        kind, {"people_per_h": 200, "pets_per_h": 200}
    )
    recipe = {"kind": kind, "duration_s": 120, **keys}
    whole = create(recipe, 8).samples(0, 1200)
    cut = create(recipe, 8)
    late = cut.samples(700, 500)
    assert np.array_equal(np.concatenate([cut.samples(0, 33), cut.samples(33, 667), late]), whole)
    assert not np.array_equal(create(recipe, 9).samples(0, 1200), whole)


def test_chance_keeps_events_apart_and_given_ones_where_they_are():
    def make(rng, start_s, kind):
        return door.Handling(door.ACTS[kind], start_s, 4.0, 0)

    drawn = place(3, "x", 3600.0, (200.0, 100.0), make, gap_s=2.0, given=[(100.0, 2), (107.0, 2)])
    assert {100.0, 107.0} <= {event.start_s for event in drawn.events}
    gaps = [b.start_s - a.end_s for a, b in pairwise(drawn.events)]
    assert min(gaps) >= 2.0
    assert 100 < len(drawn.events) < 300
    stretch = drawn.between(1000.0, 1100.0)
    assert stretch == [e for e in drawn.events if e.end_s >= 1000 and e.start_s < 1100]
    assert Schedule([]).between(0, 9) == []
    with pytest.raises(InputError, match="before the one at 5 s is over"):
        create({"kind": "door", "opened_at_s": [5.0, 6.0]}, 1)
    with pytest.raises(InputError, match="furthest_m is nearer than nearest_m, 6 m"):
        create({"kind": "pir", "nearest_m": 6.0, "furthest_m": 2.0}, 1)


def test_the_populations_share_nobody():
    for being in ("person", "pet"):
        assert len({visitor(split, being, n) for split in ("training", "held-out") for n in range(40)}) == 80
    heights = [visitor("training", "person", n).height_m for n in range(200)]
    assert min(heights) > 1.0
    assert max(heights) <= 1.95
