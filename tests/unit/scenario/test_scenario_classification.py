"""Classes are judged by time, as by a form filled in every tenth of a second: scikit-learn agrees."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coincell.engines.contract import ConsoleLine
from coincell.ports import Label
from coincell.scenario.classification import answers_of, classify, pooled, truth_of

S = 10**12
CLASSES = {"": "still", "walk": "moving", "run": "moving", "cycle": "cycling"}


def judged(labels, answers, settle_s=0.0, duration_s=10.0, classes=CLASSES):
    """Classify with times in seconds."""
    spans = [Label(start, end, name) for start, end, name in labels]
    said = [(round(at * S), name) for at, name in answers]
    return classify(spans, said, classes, round(settle_s * S), round(duration_s * S))


def seconds_of(result):
    return [[float(Fraction(cell, S)) for cell in row] for row in result.confusion_ps]


def test_a_form_filled_in_by_hand():
    """Still for 2 s, moving for 4, still for 4; what is said is late by half a second, and wrong for one."""
    result = judged(
        [(2, 4, "walk"), (4, 6, "run")],
        [(0.5, "still"), (2.5, "moving"), (5, "cycling"), (6, "moving"), (6.5, "still")],
    )
    assert result.classes == ("still", "moving", "cycling")
    assert seconds_of(result) == [[5.0, 0.5, 0.0, 0.5], [0.5, 2.5, 1.0, 0.0], [0, 0, 0, 0]]
    assert result.accuracy == Fraction(75, 100)
    still, moving, cycling = result.scores
    assert (still.recall, still.precision) == (Fraction(50, 60), Fraction(50, 55))
    assert (moving.recall, moving.precision, moving.f1) == (Fraction(5, 8), Fraction(5, 6), Fraction(5, 7))
    assert (cycling.recall, cycling.precision, cycling.f1) == (None, 0, 0)
    assert [(c.time_ps // S, c.name, c.delay_ps * 2 // S) for c in result.changes] == [
        (2, "moving", 1),
        (6, "still", 1),
    ]
    assert result.slowest_delay_ps == S // 2


def test_what_settles_is_not_judged():
    result = judged([(4, 10, "walk")], [(0, "still"), (4.5, "moving")], settle_s=1)
    assert seconds_of(result)[:2] == [[3, 0, 0, 0], [0, 5, 0, 0]]
    assert result.not_judged_ps == 2 * S
    assert result.accuracy == 1
    assert result.changes[0].delay_ps == S // 2  # the delay is that of the change, settled or not


def test_a_change_that_is_never_answered_has_at_least_the_delay_that_it_lasted():
    result = judged([(2, 5, "walk"), (8, 10, "walk")], [(0, "still")])
    assert [c.answered_ps is None for c in result.changes] == [True, False, True]
    assert [c.delay_ps // S for c in result.changes] == [3, 0, 2]
    assert result.slowest_delay_ps == 3 * S


def test_a_right_answer_that_stands_already_has_no_delay():
    assert judged([(5, 10, "walk")], [(1, "moving")]).slowest_delay_ps == 0


def test_time_without_a_class_is_not_judged():
    """Without "" the stretches between labels are nobody's, and so is a label that the table lacks."""
    table = {"walk": "moving", "cycle": "cycling"}
    result = judged([(2, 4, "walk"), (5, 8, "stumble")], [(0, "moving")], classes=table)
    assert seconds_of(result) == [[2, 0, 0], [0, 0, 0]]
    assert result.not_judged_ps == 8 * S
    assert result.unnamed == ("stumble",)
    assert judged([(5, 8, "stumble")], []).judged_ps == 7 * S  # nor is it "still"


def test_of_labels_at_once_the_one_that_began_last_holds():
    labels = [Label(0, 10, "walk"), Label(2, 4, "cycle"), Label(3, 5, "stumble")]
    truth = truth_of(labels, CLASSES, 10 * S)
    assert [(t.start_ps // S, t.name) for t in truth] == [(0, "moving"), (2, "cycling"), (4, "moving")]


def test_labels_beyond_the_run_and_answers_after_it():
    result = judged([(8, 30, "walk"), (40, 50, "walk")], [(0, "still"), (9, "moving"), (12, "cycling")])
    assert seconds_of(result) == [[8, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]


def test_nothing_at_all():
    result = judged([], [], classes={"walk": "moving"})
    assert (result.accuracy, result.macro_f1, result.slowest_delay_ps) == (None, None, None)
    assert judged([], []).accuracy == 0  # still, and nobody said so


def test_lines_of_the_console():
    lines = ["ready", "class still", "class moving 0.93", "classes: 3", "class", "a class apart", "class  x"]
    console = [ConsoleLine(i, "uart", text) for i, text in enumerate(lines)]
    assert answers_of(console) == [(1, "still"), (2, "moving")]


NAMES = ["still", "moving", "cycling"]
LABEL_OF = {"still": "", "moving": "walk", "cycling": "cycle"}


def pieces(alphabet):
    return st.lists(st.tuples(st.sampled_from(alphabet), st.integers(1, 30)), min_size=1, max_size=12)


def every_tenth(parts):
    return [name for name, length in parts for _ in range(length)]


@given(truth=pieces(NAMES), said=pieces(NAMES))
@settings(max_examples=60, deadline=None)
def test_scikit_learn_counts_the_same(truth, said):
    """Sampled every 0.1 s, the confusion, the accuracy and the F1 are those of sklearn.metrics."""
    metrics = pytest.importorskip("sklearn.metrics", reason="the train extra is not installed")
    true, answered = every_tenth(truth), every_tenth(said)
    n = min(len(true), len(answered))
    true, answered = true[:n], answered[:n]
    labels = [(i / 10, (i + 1) / 10, LABEL_OF[name]) for i, name in enumerate(true) if name != "still"]
    result = judged(labels, [(i / 10, name) for i, name in enumerate(answered)], duration_s=n / 10)
    order = list(result.classes)
    tenths = np.array(result.confusion_ps) // (S // 10)
    assert tenths[:, :-1].tolist() == metrics.confusion_matrix(true, answered, labels=order).tolist()
    assert not tenths[:, -1].any()
    assert float(result.accuracy) == pytest.approx(metrics.accuracy_score(true, answered))
    assert float(result.macro_f1) == pytest.approx(metrics.f1_score(true, answered, average="macro"))
    each = metrics.precision_recall_fscore_support(true, answered, labels=order, zero_division=0)
    ours = [(s.precision or 0, s.recall or 0, s.f1 or 0) for s in result.scores]
    np.testing.assert_allclose(np.array(ours, float).T, each[:3])


def test_runs_are_added_up():
    """Two runs together count as one in which both happened."""
    first = judged([(2, 6, "walk")], [(0, "still"), (3, "moving")])
    second = judged([(1, 4, "cycle")], [(0, "still")], duration_s=5)
    both = pooled([first, second])
    assert both.judged_ps == 15 * S
    assert both.accuracy == Fraction(5 + 2, 15)  # right are: 2 + 3 s of ten, 1 + 1 of five
    assert len(both.changes) == 4
    assert both.slowest_delay_ps == 4 * S
    with pytest.raises(ValueError, match="same classes"):
        pooled([first, judged([], [], classes={"": "still"})])
