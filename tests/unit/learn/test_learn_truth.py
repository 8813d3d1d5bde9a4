"""The class of a moment, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from coincell.errors import InputError
from coincell.learn.recipe import Truth
from coincell.learn.truth import UNKNOWN, Judging, labels_of
from coincell.ports import Label

WALK, FALL = Label(10, 30, "walking"), Label(20, 22, "fall")


def _classes(times, labels, duration_s=40, settle_s=0.0, window_s=2.0, **truth):
    judging = Judging(Truth(**truth), ("other", "moving", "fall"), window_s)
    found = judging.classes_at(np.array(times, float), labels, duration_s, settle_s)
    return ["?" if number == UNKNOWN else judging.classes[number] for number in found]


COVER = {"classes": {"": "other", "walking": "moving", "fall": "fall"}}


def test_a_class_that_covers_the_window_is_its_class():
    assert _classes([5, 10, 10.3, 11, 11.5, 11.7, 12, 33], [WALK], **COVER) == [
        *("other", "other", "other", "?", "?", "moving", "moving", "other"),
    ]


def test_of_labels_that_overlap_the_shorter_one_holds():
    assert _classes([15, 20, 21, 22, 24], [WALK, FALL], **COVER) == [
        "moving",
        "moving",
        "?",
        "fall",
        "moving",
    ]


def test_what_is_not_named_teaches_nothing_and_hides_nothing():
    stumble = Label(14, 18, "stumble")
    assert _classes([16, 18], [WALK, stumble], **COVER) == ["moving", "moving"]
    assert _classes([16, 18, 20], [stumble], **COVER) == ["?", "?", "other"]
    named = {"classes": {"walking": "moving", "fall": "fall", "x": "other"}}
    assert _classes([5, 15], [WALK], **named) == ["?", "moving"]


def test_what_begins_before_the_scene_has_settled_teaches_nothing():
    assert _classes([1, 2, 3], [], **COVER) == ["?", "other", "other"]
    assert _classes([2, 6.9, 7], [], settle_s=5, **COVER) == ["?", "?", "other"]


def test_what_is_to_be_foretold_is_the_moment_ahead():
    found = _classes([9.4, 9.6, 19.4, 19.6, 21.6, 29.6, 39.6], [WALK, FALL], ahead_s=0.5, **COVER)
    assert found == ["other", "moving", "moving", "fall", "moving", "other", "?"]


END = {"rule": "end", "classes": {"": "other", "walking": "other", "fall": "fall"}}


def test_the_class_of_what_just_ended():
    times = [15, 19.9, 20.5, 21.9, 22, 22.4, 22.6, 23.9, 24, 30.2]
    assert _classes(times, [WALK, FALL], **END) == [
        *("other", "other", "?", "?", "fall", "fall", "?", "?", "other", "other"),
    ]
    assert _classes([22.6], [WALK, FALL], within_s=1, **END) == ["fall"]


def test_nothing_is_said_around_something_unnamed():
    assert _classes([15, 21, 22.1, 23.9, 24], [Label(20, 22, "drop")], **END) == [
        *("other", "?", "?", "?", "other"),
    ]


def test_inputs_that_agree_need_not_be_told_apart():
    truth = Truth(**COVER)
    assert labels_of(truth, {"a": (WALK,), "b": (WALK,), "c": ()}, "t") == (WALK,)
    assert labels_of(truth, {"c": ()}, "t") == ()
    with pytest.raises(InputError, match=r"t: truth.input: say which[\s\S]*a, b"):
        labels_of(truth, {"a": (WALK,), "b": (FALL,)}, "t")
    assert labels_of(Truth(input="b", **COVER), {"a": (WALK,), "b": (FALL,)}, "t") == (FALL,)
    with pytest.raises(InputError, match=r"no scene has a signal[\s\S]*'d'"):
        labels_of(Truth(input="d", **COVER), {"a": (WALK,)}, "t")
