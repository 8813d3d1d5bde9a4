"""Scenes are drawn the same for the same seed, and the test is of others than were learned from."""

from __future__ import annotations

from fractions import Fraction

import pytest

from coincell.errors import InputError
from coincell.learn.recipe import SPLITS, read_training
from coincell.learn.scenes import draw

RECIPE = """
board = "nano33ble_sense"
classes = ["other", "fall"]
window_s = 2
[truth]
classes = { "" = "other", fall_slip = "fall" }
[[scenes]]
count = 12
test = 5
duration_s = 60
[scenes.signals.acceleration]
signal = "falls_at_home"
placement = { one_of = ["waist", "wrist"] }
rate_hz = { from = 100.0, to = 200.0 }
rates_per_h.knock = { from = 5, to = 60 }
dwell_s = { training = [5, 20], test = [3, 30] }
[scenes.signals.rotation]
signal = "falls_at_home"
quantity = "angular_rate"
placement = { one_of = ["waist", "wrist"] }
rate_hz = { from = 50.0, to = 99.0 }
[model]
kind = "tree"
"""


@pytest.fixture
def read(tmp_path):
    def write_and_read(text):
        (tmp_path / "training.toml").write_text(text)
        return read_training(tmp_path / "training.toml")

    return write_and_read


def test_the_same_seed_draws_the_same(read):
    training = read(RECIPE)
    assert draw(training, "training", 3) == draw(training, "training", 3)
    assert draw(training, "training", 3) != draw(training, "training", 4)


def test_no_scene_is_in_two_splits_and_each_has_its_number(read):
    training = read(RECIPE)
    scenes = [scene for split in SPLITS for scene in draw(training, split, 1)]
    assert [sum(scene.split == split for scene in scenes) for split in SPLITS] == [12, 3, 5]
    assert len({scene.seed for scene in scenes}) == len(scenes)
    assert [scene.number for scene in scenes if scene.split == "test"] == [0, 1, 2, 3, 4]
    assert len(draw(training, "training", 1, Fraction(1, 8))) == 2


def test_values_stay_in_their_ranges_and_take_every_choice(read):
    drawn = [scene.signals["acceleration"] for scene in draw(read(RECIPE), "training", 1)]
    assert {one["placement"] for one in drawn} == {"waist", "wrist"}
    knocks = [one["rates_per_h"]["knock"] for one in drawn]
    assert all(isinstance(knock, int) and 5 <= knock <= 60 for knock in knocks)
    assert len(set(knocks)) > 6
    assert all(100 <= one["rate_hz"] <= 200 for one in drawn)


def test_inputs_share_what_the_same_key_draws(read):
    for scene in draw(read(RECIPE), "training", 1):
        felt, turned = scene.signals["acceleration"], scene.signals["rotation"]
        assert felt["placement"] == turned["placement"]
        share = (felt["rate_hz"] - 100) / 100
        assert (turned["rate_hz"] - 50) / 49 == pytest.approx(share)


def test_the_test_is_of_held_out_people_and_of_its_own_values(read):
    training = read(RECIPE)
    for split, people, dwell_s in (
        ("training", "training", [5, 20]),
        ("validation", "training", [5, 20]),
        ("test", "held-out", [3, 30]),
    ):
        for scene in draw(training, split, 1):
            assert scene.signals["acceleration"]["people"] == people
            assert scene.signals["rotation"]["people"] == people
            assert scene.signals["acceleration"]["dwell_s"] == dwell_s


def test_a_scene_is_as_long_as_its_signals_unless_they_say_otherwise(read):
    scene = draw(read(RECIPE), "test", 1)[0]
    assert scene.signals["acceleration"]["duration_s"] == 60
    longer = RECIPE.replace('quantity = "angular_rate"', 'quantity = "angular_rate"\nduration_s = 90')
    assert draw(read(longer), "test", 1)[0].signals["rotation"]["duration_s"] == 90
    signals = scene.make()
    assert signals["acceleration"].unit == "g"
    assert signals["rotation"].unit == "rad/s"
    assert signals["acceleration"].labels


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("to = 60 }", "to = 2 }", r"scenes\[0\]: signals.acceleration.rates_per_h.knock: a range"),
        ("from = 5, to = 60", "from = 5", r"knock: a range[\s\S]*for instance \{ from"),
        ('["waist", "wrist"]', "[]", r"placement: a choice"),
        ("test = [3, 30]", "tests = [3, 30]", r"dwell_s: a value by split"),
        ("rate_hz = {", 'people = "training"\nrate_hz = {', r"acceleration.people: training sets this"),
        ('"falls_at_home"', '"fall_at_home"', r"signals.acceleration.signal: no signal is called 'fall_at"),
    ],
)
def test_what_cannot_be_drawn_is_named(read, old, new, says):
    assert old in RECIPE
    with pytest.raises(InputError, match=says):
        draw(read(RECIPE.replace(old, new)), "training", 1)
