"""Scenes of motion: spectra where the gait puts them, labels, chunking, seeds, populations."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from coincell.errors import InputError
from coincell.ports import Signal
from coincell.signals import create
from coincell.signals.motion.gait import RUNNING, STAIRS_DOWN, STAIRS_UP, WALKING, pace_hz, walking_harmonics
from coincell.signals.motion.people import person
from coincell.signals.motion.scene import ACTIVITIES

RATE = 200
BLOCK = 1024


def scene(seed: int = 1, **keys: Any) -> Signal:
    return create({"kind": "motion_scene", "duration_s": 60.0, "placement": "waist", **keys}, seed)


def doing(activity: str, seed: int = 1, seconds: int = 40, **keys: Any) -> Any:
    return scene(seed, timeline=[(0, activity)], **keys).samples(0, seconds * RATE)


def size(samples: Any) -> Any:
    return np.linalg.norm(samples, axis=1)


def line(values: Any, near_hz: float, width: float = 0.1) -> float:
    """Amplitude of the spectrum's power within `width` of a frequency."""
    power = np.abs(np.fft.rfft((values - values.mean()) * np.hanning(values.size))) ** 2
    freq = np.fft.rfftfreq(values.size, 1 / RATE)
    inside = np.abs(freq / near_hz - 1) < width
    return float(np.sqrt(power[inside].sum() * 2 / (np.sum(np.hanning(values.size) ** 2) * values.size / 2)))


def peak_hz(values: Any, above: float = 0.5) -> float:
    spectrum = np.abs(np.fft.rfft(values - values.mean()))
    freq = np.fft.rfftfreq(values.size, 1 / RATE)
    spectrum[freq < above] = 0
    return float(freq[int(np.argmax(spectrum))])


@pytest.mark.parametrize(("activity", "steps"), [("walking", (1.3, 2.6)), ("running", (2.0, 3.6))])
def test_the_trunk_bounces_at_the_step_rate(activity: str, steps: tuple[float, float]) -> None:
    peaks = [peak_hz(size(doing(activity, seed)), above=1.1) for seed in range(6)]
    assert all(steps[0] < peak < steps[1] for peak in peaks)
    assert np.std(peaks) > 0.02  # people differ


def test_walking_has_the_published_harmonics() -> None:
    """The vertical line at the step rate is Young's load factor, within what one person differs from the
    mean.
    """
    for number in range(5):
        x = doing("walking", person=number, seconds=80)
        up = x @ (x.mean(axis=0) / np.linalg.norm(x.mean(axis=0)))
        hz = peak_hz(up, above=1.2)
        first = walking_harmonics(hz)[0]
        assert line(up, hz) == pytest.approx(first, rel=0.45)
        assert line(up, 2 * hz) < 0.8 * line(up, hz)


def test_young_s_factors_at_two_hertz() -> None:
    assert walking_harmonics(2.0) == pytest.approx((0.3885, 0.0628, 0.036, 0.0202), abs=1e-4)
    assert walking_harmonics(3.0)[0] == 0.5


def test_paces_keep_their_order() -> None:
    who = person("training", 2)
    up, down, walk, run = (
        np.mean([pace_hz(gait, who, take) for take in range(20)])
        for gait in (STAIRS_UP, STAIRS_DOWN, WALKING, RUNNING)
    )
    assert up < down < walk < run


def test_runners_fly_and_walkers_do_not() -> None:
    assert np.percentile(size(doing("running")), 2) < 0.35
    assert np.percentile(size(doing("walking")), 2) > 0.4
    assert 2.0 < size(doing("running")).max() < 6


@pytest.mark.parametrize("activity", ACTIVITIES)
@pytest.mark.parametrize("placement", ["wrist", "waist", "pocket", "hand"])
def test_nobody_takes_off(activity: str, placement: str) -> None:
    """What is felt averages to gravity; swinging arms and thighs add the pull of their own circles."""
    x = doing(activity, placement=placement)
    assert np.isfinite(x).all()
    assert np.linalg.norm(x.mean(axis=0)) < (1.05 if placement == "waist" else 1.6)
    if activity in ("sitting", "standing", "lying"):
        assert size(x) == pytest.approx(1.0, abs=0.15)
    upright = doing(activity) @ np.array([-1.0, 0, 0])
    assert (np.abs(upright.mean()) < 0.5) == (activity == "lying")


def test_activities_differ_in_vigour() -> None:
    spread = {name: np.std(size(doing(name, person=3))) for name in ACTIVITIES}
    still = max(spread["sitting"], spread["standing"], spread["lying"])
    assert still < 0.01 < spread["cycling"] < spread["walking"] < spread["running"]
    assert spread["stairs_up"] < spread["stairs_down"]


@pytest.mark.parametrize("name", ["fall_forward", "fall_sideways", "fall_slip"])
def test_rate_and_acceleration_belong_together(name: str) -> None:
    """Gravity before a fall, turned by the integrated angular rate, is gravity felt lying down."""
    keys: dict[str, Any] = {"timeline": [(0, "standing")], "events": [(1, name)], "rate_hz": 1000.0}
    force = scene(**keys).samples(500, 3500)
    rate = scene(**keys, quantity="angular_rate").samples(500, 3500)
    down = force[0] / np.linalg.norm(force[0])
    for spin in rate:
        down = down - np.cross(spin, down) / 1000
    assert down == pytest.approx(force[-1] / np.linalg.norm(force[-1]), abs=0.03)
    assert np.abs(force[-1] - force[0]).max() > 0.6


def test_a_day_is_labelled_without_a_gap_but_where_it_changes() -> None:
    day = scene(
        timeline=[(0, "walking"), (20, "sitting"), (40, "walking")], events=[(25, "knock"), (45, "fall_slip")]
    )
    names = [(label.name, label.start_s) for label in day.labels]
    assert names[:4] == [("walking", 0.0), ("sitting", 20.0), ("knock", 25.0), ("walking", 40.0)]
    fell, lying = (next(x for x in day.labels if x.name == name) for name in ("fall_slip", "lying"))
    assert fell.start_s == 45.0
    assert fell.end_s == lying.start_s
    assert next(x for x in day.labels if x.start_s == 40.0).end_s == 45.0  # the fall ends the walk
    samples = size(day.samples(0, 60 * RATE))
    peak = np.argmax(samples[30 * RATE :]) / RATE + 30
    assert fell.start_s < peak < fell.end_s
    rest = samples[int((lying.start_s + 1.5) * RATE) : int((lying.end_s - 0.5) * RATE)]
    assert np.std(rest) < 0.02


def test_chance_places_events_at_their_rates_where_they_fit() -> None:
    keys: dict[str, Any] = {"duration_s": 20_000.0, "activities": ["walking", "sitting"], "dwell_s": (20, 60)}
    day = scene(rates_per_h={"knock": 60, "stumble": 30}, **keys)
    knocks, stumbles = ([x for x in day.labels if x.name == name] for name in ("knock", "stumble"))
    assert len(knocks) == pytest.approx(60 * 20_000 / 3600, rel=0.2)
    assert 0.3 < len(stumbles) / (30 * 20_000 / 3600) < 0.75  # only while on their feet
    seated = [(x.start_s, x.end_s) for x in day.labels if x.name == "sitting"]
    assert not any(a < x.start_s < b for x in stumbles for a, b in seated)
    ordered = sorted(knocks + stumbles, key=lambda x: x.start_s)
    assert all(a.end_s <= b.start_s for a, b in pairwise(ordered))


def test_any_cut_gives_the_same_numbers() -> None:
    day = scene(
        activities=["walking", "running", "sitting"], dwell_s=(3, 5), rates_per_h={"fall_forward": 60}
    )
    whole = day.samples(0, 30 * RATE)
    again = scene(
        activities=["walking", "running", "sitting"], dwell_s=(3, 5), rates_per_h={"fall_forward": 60}
    )
    for start, count in ((0, 1), (BLOCK - 1, 2), (777, 3000), (4 * BLOCK, BLOCK)):
        assert np.array_equal(again.samples(start, count), whole[start : start + count])
    late = scene(seed=1, timeline=[(0, "walking")]).samples(10 * 3600 * RATE, 10)
    assert np.isfinite(late).all()


def test_seeds_and_populations_differ() -> None:
    assert not np.array_equal(doing("walking", 1), doing("walking", 2))
    assert not np.array_equal(doing("walking", 1), doing("walking", 1, people="training"))
    heights = [[person(split, n).height_m for n in range(300)] for split in ("training", "held-out")]
    assert np.mean(heights) == pytest.approx(1.685, abs=0.015)
    assert not set(heights[0]) & set(heights[1])


@pytest.mark.parametrize(
    ("way", "axis", "sign"), [("swipe_left", 2, 1), ("swipe_right", 2, -1), ("swipe_up", 0, 1)]
)
def test_swipes_turn_the_hand_their_way(way: str, axis: int, sign: int) -> None:
    """In the hand z points up and x right: left is a turn about z, up one about x, both right-handed."""
    for seed in range(5):
        keys: dict[str, Any] = {"placement": "hand", "timeline": [(0, "standing")], "events": [(2, way)]}
        made = scene(seed, quantity="angular_rate", **keys)
        end = next(x for x in made.labels if x.name == way).end_s
        stroke = made.samples(2 * RATE, int((end - 2) * RATE))
        assert np.sum(stroke[:, axis]) * sign > 0
        assert 0.25 < abs(np.sum(stroke[:, axis])) / RATE < 0.75  # 20 to 32°, and a little astray
        accelerated = scene(seed, **keys).samples(2 * RATE, int((end - 2) * RATE))
        assert 0.3 < np.abs(size(accelerated) - 1).max() < 4


def test_a_shake_is_fast_and_a_circle_is_not() -> None:
    def heard(name: str) -> Any:
        x = scene(placement="hand", timeline=[(0, "standing")], events=[(2, name)]).samples(
            2 * RATE, int(0.9 * RATE)
        )
        return x[:, 0]

    assert 3.5 < peak_hz(heard("shake")) < 7
    assert peak_hz(heard("circle")) < 2.5


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"timeline": [(1, "walking")]}, "begins at 0"),
        ({"timeline": [(0, "walking"), (1, "sitting")]}, "needs at least"),
        ({"dwell_s": (9, 5)}, "shorter time comes first"),
        ({"events": [(1, "somersault")]}, "events"),
        ({"placement": "ankle"}, "placement"),
        ({"rates_per_h": {"knock": -1}}, "rates_per_h"),
    ],
)
def test_a_wrong_recipe_is_explained(keys: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError) as failure:
        scene(**keys)
    assert complaint in str(failure.value)
