"""What a window teaches while an event goes on, by the rule that waits for its end."""

from __future__ import annotations

import numpy as np
import pytest

from coincell.learn.recipe import Truth
from coincell.learn.truth import UNKNOWN, Judging
from coincell.ports import Label

LABELS = [Label(0, 60, "standing"), Label(10, 11, "swipe"), Label(20, 22, "shake")]
CLASSES = {"": "nothing", "standing": "nothing", "swipe": "swipe", "shake": "shake"}
MOMENTS = np.array([5.0, 10.5, 11.0, 11.1, 11.2, 12.4, 12.6, 21.9, 22.05, 25.0])


@pytest.mark.parametrize(("under_way", "seen"), [(None, UNKNOWN), ("nothing", 0), ("shake", 2)])
def test_an_event_teaches_its_class_after_its_end_and_else_what_is_said(under_way, seen):
    truth = Truth(classes=CLASSES, rule="end", within_s=0.15, under_way=under_way)
    judging = Judging(truth, ("nothing", "swipe", "shake"), window_s=1.5)
    found = judging.classes_at(MOMENTS, LABELS, duration_s=60, settle_s=0)
    assert found.tolist() == [0, seen, 1, 1, seen, seen, 0, seen, 2, 0]


def test_what_ended_or_did_not_by_a_hair_teaches_nothing_where_the_recipe_says_so():
    truth = Truth(classes=CLASSES, rule="end", within_s=0.15, under_way="nothing", undecided_s=0.2)
    judging = Judging(truth, ("nothing", "swipe", "shake"), window_s=1.5)
    moments = np.array([10.7, 10.9, 11.0, 11.1, 11.2, 11.34, 11.4])
    found = judging.classes_at(moments, LABELS, duration_s=60, settle_s=0)
    assert found.tolist() == [0, UNKNOWN, 1, 1, UNKNOWN, UNKNOWN, 0]


def test_a_label_that_has_no_class_is_what_is_under_way():
    truth = Truth(classes={"": "nothing", "swipe": "swipe"}, rule="end", within_s=0.15, under_way="other")
    judging = Judging(truth, ("nothing", "other", "swipe"), window_s=1.5)
    found = judging.classes_at(np.array([5.0, 11.1, 22.05]), LABELS[1:], duration_s=60, settle_s=0)
    assert found.tolist() == [0, 2, 1]
