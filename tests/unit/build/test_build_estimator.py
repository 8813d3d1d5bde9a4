"""Estimator files: what is refused and how, what comes back, and trees that walk as they say."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coincell.build.estimator import reference, trees
from coincell.build.estimator.code import convert_estimator, to_c
from coincell.build.estimator.description import (
    Feature,
    Linear,
    Trees,
    load_estimator,
    quantise,
    save_estimator,
)
from coincell.errors import InputError

TREES = {
    "schema": "coincell.estimator/1",
    "kind": "trees",
    "features": [{"name": "rms", "scale": 0.5}, {"name": "peak", "scale": 1.0, "offset": 3}],
    "classes": ["quiet", "loud"],
    "trees": [[[0, 10, 2], [0], [1, -5, 4], [1], [0]]],
}
LINEAR = {
    "schema": "coincell.estimator/1",
    "kind": "linear",
    "features": TREES["features"],
    "classes": ["a", "b", "c"],
    "weights": [[1, 2], [3, 4], [-5, 6]],
    "biases": [7, 8, -9],
}


def read(tmp_path, content):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    (tmp_path / "m.tree.json").write_bytes(text)
    return load_estimator(tmp_path / "m.tree.json")


def refused(tmp_path, content) -> str:
    with pytest.raises(InputError) as found:
        read(tmp_path, content)
    assert "m.tree.json" in str(found.value)
    return str(found.value)


@pytest.mark.parametrize("content", [TREES, LINEAR])
def test_what_is_written_is_read_again(tmp_path, content):
    model = read(tmp_path, content)
    save_estimator(model, tmp_path / "again.json")
    assert load_estimator(tmp_path / "again.json") == model
    assert max(map(len, (tmp_path / "again.json").read_text().splitlines())) < 80
    assert convert_estimator(tmp_path / "again.json").header.count("MODEL_FEATURE_RMS 0") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trees": [[[0, 10, 0], [0], [1]]]}, "does not meet its right neighbour"),  # a cycle
        ({"trees": [[[0, 10, 2], [0]]]}, "does not meet|is missing"),
        ({"trees": [[[0, 10, 9], [0], [1]]]}, "does not meet"),
        ({"trees": [[[0, 10, 2]]]}, "is missing"),
        ({"trees": [[[0], [1]]]}, "does not meet"),
        ({"trees": [[[2, 10, 2], [0], [1]]]}, "there is no feature 2"),
        ({"trees": [[[-1, 10, 2], [0], [1]]]}, "there is no feature -1"),
        ({"trees": [[[0, 40000, 2], [0], [1]]]}, "threshold 40000 is no int16"),
        ({"trees": [[[2]]]}, "a leaf's value is 0 to 1, not 2"),
        ({"trees": [[[-1]]]}, "a leaf's value is 0 to 1"),
        ({"trees": [[[0, 1]]]}, r"a node is \[feature, threshold, right\] or \[value\]"),
        ({"trees": [[]]}, "trees"),
        ({"trees": []}, "trees"),
        ({"trees": [[[1.5]]]}, "trees"),
        ({"trees": [[[True]]]}, "trees"),
        ({"trees": [[[10**30]]]}, "trees"),
        ({"leaves": [[1, 2, 3]]}, "a score for each of 2 classes"),
        ({"leaves": [[256, 0]]}, "leaves"),
        ({"classes": [], "leaves": [[1]]}, "name the classes"),
        ({"classes": ["quiet", "Quiet"]}, "would have one name in C"),
        ({"classes": ["quiet", "a\nb"]}, "classes"),
        ({"features": []}, "features"),
        ({"features": [{"name": "a", "scale": 0}]}, "scale"),
        ({"features": [{"name": "a", "scale": 1, "unit": "g"}]}, "unit"),
        ({"source": "*/ #error"}, "source"),
        ({"schema": "coincell.estimator/2"}, "coincell.estimator/1"),
        ({"kind": "forest"}, "trees.*linear"),
        ({"depth": 3}, "depth"),
    ],
)
def test_a_tree_that_is_unsound(tmp_path, change, words):
    assert re.search(words, refused(tmp_path, TREES | change), re.DOTALL)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": [[1, 2], [3, 4]]}, "need 3 rows"),
        ({"weights": [[1], [3], [5]]}, "needs 2 numbers"),
        ({"weights": [[1, 2], [32768, 0], [0, 0]]}, "int16"),
        ({"biases": [(1 << 31) - 1, 0, 0]}, "can leave 32 bits"),
        ({"weights": [[32767, 32767], [0, 0], [0, 0]], "biases": [1 << 17, 0, 0]}, "can leave 32 bits"),
        ({"accumulator": 16}, "accumulator"),
    ],
)
def test_a_linear_model_that_is_unsound(tmp_path, change, words):
    assert words in refused(tmp_path, LINEAR | change)


NETWORK = {
    "schema": "coincell.estimator/1",
    "kind": "network",
    "features": TREES["features"],
    "classes": ["a", "b"],
    "layers": [
        {
            "weights": [[1, -2], [3, 4], [0, 9]],
            "biases": [5, 6, 7],
            "multipliers": [16384] * 3,
            "shifts": [16] * 3,
        },
        {"weights": [[1, 2, 3]], "biases": [-40]},
    ],
}


def layers(number: int, **change) -> dict:
    changed = [dict(one) for one in NETWORK["layers"]]
    changed[number] |= change
    return NETWORK | {"layers": changed}


def test_a_known_network(tmp_path):
    """By hand: (12, 3) gives sums 11, 54, 34, over 4 and rounded 3, 14, 9, and 3 + 28 + 27 - 40."""
    model = read(tmp_path, NETWORK)
    q = np.array([[12, 3]], np.int16)
    assert reference.scores(model, q).tolist() == [[18]]
    assert reference.predict(model, q).tolist() == [1]
    save_estimator(model, tmp_path / "again.json")
    assert load_estimator(tmp_path / "again.json") == model


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (layers(0, weights=[[1], [2], [3]]), "each row of weights needs 2 numbers"),
        (layers(0, biases=[1, 2]), "needs 3 biases"),
        (layers(0, multipliers=[1]), "3 multipliers and shifts"),
        (layers(0, shifts=[0, 1, 1]), "shifts"),
        (layers(0, multipliers=[32768, 1, 1]), "multipliers"),
        (layers(0, weights=[[128, 0], [0, 0], [0, 0]]), "weights"),
        (layers(0, biases=[(1 << 31) - 1, 0, 0]), "a sum can leave 32 bits"),
        (layers(1, relu=True), "it has no relu"),
        (layers(1, weights=[[1, 2, 3]] * 2, biases=[1, 2]), "the last layer needs 1 rows"),
        (layers(1, multipliers=[1], shifts=[1]), "0 multipliers"),
        (NETWORK | {"layers": []}, "layers"),
    ],
)
def test_a_network_that_is_unsound(tmp_path, content, words):
    assert words in refused(tmp_path, content)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"\xff\xfe", b"{", b"null", b'{"schema": NaN}', b"[" * 100_000, b"\x80\x04pickle"],
)
def test_what_is_no_estimator(tmp_path, content):
    refused(tmp_path, content)


def test_numbers_that_are_none(tmp_path):
    text = json.dumps(TREES).replace("0.5", "NaN").encode()
    refused(tmp_path, text)
    refused(tmp_path, text.replace(b"NaN", b"Infinity"))
    refused(tmp_path, text.replace(b"NaN", b"1e999"))


def test_a_file_that_is_too_large_or_missing(tmp_path):
    with (tmp_path / "m.tree.json").open("wb") as stream:
        stream.truncate((16 << 20) + 1)
    with pytest.raises(InputError, match="too large"):
        load_estimator(tmp_path / "m.tree.json")
    with pytest.raises(InputError, match="cannot read the model"):
        load_estimator(tmp_path / "none.json")


@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 40))
@settings(deadline=None)
def test_damage_is_refused_or_sound(tmp_path_factory, noise, place, length):
    text = json.dumps(TREES).encode()
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    path.write_bytes(text[:place] + noise + text[place + length :])
    try:
        model = load_estimator(path)
    except InputError:
        return
    reference.predict(model, np.zeros((1, len(model.features)), np.int16))
    to_c(model)


def rows_strategy(depth: int):
    """Nested trees: a leaf is a number, a split is (feature, threshold, left, right)."""
    leaf = st.integers(0, 2)
    node = st.tuples(st.integers(0, 2), st.integers(-32768, 32767))
    return st.recursive(leaf, lambda inner: st.tuples(node, inner, inner), max_leaves=depth)


def flat(tree, rows: list) -> list:
    if isinstance(tree, int):
        rows.append([tree])
        return rows
    (feature, threshold), left, right = tree
    own = len(rows)
    rows.append([])
    flat(left, rows)
    rows[own] = [feature, threshold, len(rows)]
    return flat(right, rows)


def walked(tree, q) -> int:
    while not isinstance(tree, int):
        (feature, threshold), left, right = tree
        tree = left if q[feature] <= threshold else right
    return tree


def deep(tree) -> int:
    return 0 if isinstance(tree, int) else 1 + max(deep(tree[1]), deep(tree[2]))


@given(
    st.lists(rows_strategy(30), min_size=1, max_size=4),
    st.lists(st.tuples(*[st.integers(-32768, 32767)] * 3), min_size=1, max_size=5),
)
@settings(deadline=None)
def test_forests_vote_as_nested_trees_do(nested, rows):
    features = tuple(Feature(name=name, scale=1.0) for name in "abc")
    listed = tuple(tuple(map(tuple, flat(tree, []))) for tree in nested)
    model = Trees(features=features, classes=("x", "y", "z"), trees=listed)
    votes = [[[walked(tree, q) for tree in nested].count(k) for k in range(3)] for q in rows]
    np.testing.assert_array_equal(reference.scores(model, np.array(rows, np.int16)), votes)
    assert [trees.depth(one) for one in listed] == [deep(tree) for tree in nested]


def simple(tree):
    """Nested, without splits whose branches are the same."""
    if isinstance(tree, int):
        return tree
    left, right = simple(tree[1]), simple(tree[2])
    return left if left == right else (tree[0], left, right)


@given(rows_strategy(40), st.lists(st.tuples(*[st.integers(-32768, 32767)] * 3), max_size=5))
@settings(deadline=None)
def test_a_simplified_tree_answers_the_same(nested, rows):
    listed = trees.simplified(flat(nested, []))
    assert listed == tuple(map(tuple, flat(simple(nested), [])))
    features = tuple(Feature(name=name, scale=1.0) for name in "abc")
    model = Trees(features=features, classes=("x", "y", "z"), trees=(listed,))
    answers = [walked(nested, q) for q in rows]
    np.testing.assert_array_equal(reference.predict(model, np.array(rows, np.int16).reshape(-1, 3)), answers)


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
@settings(deadline=None)
def test_quantising_is_half_a_step_off_at_most(value, scale, offset):
    feature = Feature(name="a", scale=scale, offset=offset)
    q = int(quantise([feature], np.array([[value]]))[0, 0])
    slack = 4 * float(np.spacing(np.float32(max(abs(value), abs(offset), scale * 32768))))
    if abs(value - offset) < 32767 * scale:
        assert abs(offset + scale * q - value) <= scale / 2 + slack
    else:
        assert abs(q) >= 32766


def test_a_known_linear_model():
    features = (Feature(name="a", scale=1.0), Feature(name="b", scale=1.0))
    model = Linear(features=features, classes=("n", "y"), weights=((3, -2),), biases=(-1,))
    rows = np.array([[1, 1], [1, 0], [-32768, 32767]], np.int16)
    assert reference.scores(model, rows).ravel().tolist() == [0, 2, -163839]
    assert reference.predict(model, rows).tolist() == [0, 1, 0]
