"""The evaluation judges rightly boards whose behaviour is known."""

import numpy as np
import pytest
from scipy import stats

from coincell.learn import evaluate as ev
from coincell.learn.intervals import poisson, wilson
from coincell.signals import WAKE_WORD


def perfect(signal, duration_s):
    return [label.end_s + 0.1 for label in signal.labels if label.name == WAKE_WORD]


def deaf(signal, duration_s):
    return []


def jumpy(signal, duration_s):
    return (
        perfect(signal, duration_s)
        + [label.end_s for label in signal.labels if label.name == "oyster"]
        + [0.3]
    )


def test_a_perfect_board_scores_everything():
    result = ev.evaluate(perfect, n_words=30, hours=0.05)
    assert (result.words, result.found, result.false_alarms) == (30, 30, 0)
    assert result.hours == pytest.approx(0.05)
    assert "found 30 of 30 words: 100.0%" in result.text()
    assert "median 100 ms" in result.text()
    assert "0 false alarms in 0.05 h" in result.text()


def test_a_deaf_board_scores_nothing():
    result = ev.evaluate(deaf, n_words=5, hours=0.02)
    assert (result.found, result.false_alarms) == (0, 0)


def test_false_alarms_are_counted_and_named():
    scene = next(iter(ev.negative_scenes(0.1, 5)))
    heard = ev.listen(scene, jumpy)
    oysters = sum(label.name == "oyster" for label in scene.make().labels)
    assert sorted(heard.strangers) == sorted(["oyster"] * oysters + [""])
    assert heard.words == 0


def test_one_word_counts_once_and_late_answers_do_not_count():
    scene = next(iter(ev.positive_scenes(3, 1)))
    labels = scene.make().labels
    heard = ev.listen(scene, lambda *_: [labels[0].end_s, labels[0].end_s + 0.5, labels[1].end_s + 1.3])
    assert (heard.words, heard.found) == (3, 1)
    assert len(heard.strangers) == 2


def test_scenes_are_what_the_target_asks_for():
    positive = list(ev.positive_scenes(200, 9))
    labels = [label for scene in positive for label in scene.make().labels]
    assert [label.name for label in labels] == [WAKE_WORD] * 200
    assert {scene.noise for scene in positive} == set(ev.NOISES)
    negative = list(ev.negative_scenes(0.25, 9))
    assert sum(scene.duration_s for scene in negative) == pytest.approx(900)
    said = [label.name for scene in negative for label in scene.make().labels]
    assert WAKE_WORD not in said
    assert len(said) > 200
    assert {"council", "coin", "cell"} <= set(said)


def test_evaluations_repeat():
    a, b = (next(iter(ev.positive_scenes(25, 4))).make().samples(0, 50_000) for _ in range(2))
    assert np.array_equal(a, b)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (187, 200), (1, 3)])
def test_wilson_is_scipys(k, n):
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert wilson(k, n) == pytest.approx((expected.low, expected.high))


def test_poisson_is_garwoods_table():
    """Garwood (1936), 95 %: 0 events: 3.689; 1: 0.0253 to 5.572; 3: 0.6187 to 8.767; 10: 4.795 to 18.39."""
    table = {0: (0.0, 3.689), 1: (0.0253, 5.572), 3: (0.6187, 8.767), 10: (4.795, 18.39)}
    for count, expected in table.items():
        assert poisson(count, 1.0) == pytest.approx(expected, rel=1e-3)
        assert poisson(count, 2.0)[1] == pytest.approx(expected[1] / 2, rel=1e-3)


def test_impossible_counts_are_refused():
    for k, n in ((3, 2), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="no proportion"):
            wilson(k, n)
