"""training.toml: the example of firmware/README.md is right, and mistakes are named with their key."""

import re
from fractions import Fraction

import pytest

from coincell.data import find
from coincell.errors import InputError
from coincell.learn.recipe import read_training

RECIPE = """
board = "nano33ble_sense"
classes = ["other", "fall"]
window_s = 2
[truth]
classes = { "" = "other", fall_slip = "fall" }
[[scenes]]
count = 10
duration_s = 60
signals.imu = { signal = "falls" }
[model]
kind = "network"
layers = [{ kind = "dense", units = 8 }]
"""


@pytest.fixture
def read(tmp_path):
    def write_and_read(text):
        (tmp_path / "training.toml").write_text(text)
        return read_training(tmp_path / "training.toml")

    return write_and_read


def test_the_example_of_the_readme_is_a_recipe(read):
    text = find("firmware", "README", ".md").read_text()
    example = re.search(r"## Train an app.*?```toml\n(.*?)```", text, re.DOTALL)[1]
    training = read(example)
    assert training.recipe.truth.within_s == Fraction(1, 2)
    assert training.recipe.compress.prune_ratio == 0.5
    assert training.model.layers[0].stride == 2
    assert training.recipe.scenes[0].signals["imu"]["rates_per_h"] == {"knock": {"from": 5, "to": 60}}


def test_what_is_left_out_has_a_default(read):
    training = read(RECIPE)
    scene = training.recipe.scenes[0]
    assert [scene.number(split) for split in ("training", "validation", "test")] == [10, 2, 2]
    assert training.recipe.truth.cover_min_ratio == Fraction(4, 5)
    assert training.feature_type == "int8"
    tree = RECIPE.split("[model]")[0] + '[model]\nkind = "forest"\n'
    assert read(tree).feature_type == "int16"
    assert read('features = "int8"\n' + tree).feature_type == "int8"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("window_s = 2", "window_s = 0", r"window_s: a number above zero"),
        ("window_s = 2", "window = 2", r"window: 'window' needs its unit\n[\s\S]*window_s"),
        ('classes = ["other", "fall"]', 'classes = ["other"]', "classes"),
        ('"other", "fall"]', '"other", "other"]', "name of its own"),
        ('fall_slip = "fall"', 'fall_slip = "Fall"', "'Fall' is none of classes"),
        ('fall_slip = "fall"', 'fall_slip = "other"', "no label means the class 'fall'"),
        ("[truth]", '[truth]\nunder_way = "walk"', "truth.under_way: 'walk' is none of classes"),
        ("count = 10", "count = 0", r"scenes\[0\].count: a number of at least 1"),
        ("count = 10", "counts = 10", r"did you mean 'count'"),
        ('kind = "network"', 'kind = "netwerk"', r"model.kind: no such kind.*\n.*netwerk'\n.*linear, mlp"),
        ("units = 8", "filters = 8", r"model.layers\[0\]: a layer dense has units, but not filters"),
        (", units = 8", "", "a layer dense needs units"),
        ("units = 8", "units = 0", r"model.layers\[0\].units: a number of at least 1"),
        ('kind = "network"', 'kind = "network"\nepoch = 3', "did you mean 'epochs'"),
        ("[model]", "[compress]\nprune_percent = 100\n[model]", r"compress.prune_percent: .*below 1"),
        ("[model]\n", "[other]\n", "model: a table that says what learns"),
        ("window_s = 2", "window_s = [", "not TOML"),
    ],
)
def test_mistakes_are_named(read, tmp_path, old, new, says):
    assert old in RECIPE
    with pytest.raises(InputError, match=says) as caught:
        read(RECIPE.replace(old, new))
    assert str(tmp_path / "training.toml") in str(caught.value)


def test_a_tree_is_not_pruned(read):
    text = RECIPE.split("[model]")[0] + '[model]\nkind = "tree"\n[compress]\nprune_percent = 50\n'
    with pytest.raises(InputError, match=r"compress.prune_ratio: only a network.*\n.*0.5"):
        read(text)


def test_a_recipe_that_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match=r"training.toml: there is no such file"):
        read_training(tmp_path / "training.toml")
