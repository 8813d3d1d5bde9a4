"""Accuracy, F1 and the table, beside scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics

from coincell.learn.confusion import Confusion


def test_figures_are_those_of_scikit_learn():
    rng = np.random.default_rng(1)
    truth, answers = rng.integers(0, 4, (2, 500))
    found = Confusion.of("abcd", truth, answers)
    assert np.array_equal(found.counts, metrics.confusion_matrix(truth, answers))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, answers))
    assert found.f1 == pytest.approx(metrics.f1_score(truth, answers, average=None))
    assert found.macro_f1 == pytest.approx(metrics.f1_score(truth, answers, average="macro"))


def test_a_class_that_never_was_does_not_count():
    found = Confusion.of(("still", "moving", "never"), np.array([0, 0, 1]), np.array([0, 1, 1]))
    assert found.macro_f1 == pytest.approx(2 / 3)
    assert found.markdown("by hand") == [
        "Confusion, by hand (rows: truth, columns: answer)",
        "",
        "| | still | moving | never | F1 |",
        "|---|---|---|---|---|",
        "| still | 1 | 1 | 0 | 0.667 |",
        "| moving | 0 | 1 | 0 | 0.667 |",
        "| never | 0 | 0 | 0 | - |",
        "",
    ]
