"""Captured scenes come back whole or not at all, and under another name when anything changed."""

from __future__ import annotations

import numpy as np
import pytest

from coincell.learn.captured import Captured, key_of, load, save
from coincell.ports import Label

SCENE = Captured(
    np.arange(12, dtype=np.uint8).reshape(3, 4),
    np.array([0.5, 1.0, 1.5]),
    {"microphone": (Label(0.0, 1.25, "speech"), Label(1.25, 2.0, "noise")), "pulse": ()},
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("coincell.learn.captured._folder", lambda: tmp_path / "scenes")
    return tmp_path / "scenes"


def test_a_scene_comes_back_as_it_was():
    save("a", SCENE)
    found = load("a")
    np.testing.assert_array_equal(found.vectors, SCENE.vectors)
    np.testing.assert_array_equal(found.time_s, SCENE.time_s)
    assert found.labels == SCENE.labels
    assert load("b") is None


@pytest.mark.parametrize("damage", [b"", b"PK", b"no archive at all"])
def test_a_damaged_scene_is_run_again(folder, damage):
    save("a", SCENE)
    (folder / "a.npz").write_bytes(damage)
    assert load("a") is None


def test_half_a_scene_is_run_again(folder):
    save("a", SCENE)
    whole = (folder / "a.npz").read_bytes()
    (folder / "a.npz").write_bytes(whole[: len(whole) // 2])
    assert load("a") is None


def test_the_name_changes_with_every_part_and_with_recordings(tmp_path):
    file = tmp_path / "knock.wav"
    file.write_bytes(b"one")
    recipe = {"microphone": {"kind": "recording", "path": str(file)}}
    first = key_of("firmware", 1, recipe)
    assert key_of("firmware", 1, recipe) == first
    assert key_of("firmware", 2, recipe) != first
    assert key_of("other", 1, recipe) != first
    file.write_bytes(b"two")
    assert key_of("firmware", 1, recipe) != first
