"""The evaluation judges rightly boards whose behaviour is known."""

import numpy as np
import pytest
from scipy import stats

from coincell.build.recipe import find_app
from coincell.learn.intervals import poisson, wilson
from coincell.learn.wake_word import evaluate as ev
from coincell.signals import WAKE_WORD

RECIPE = find_app("wake_word").recipe.evaluate
WITHIN_S = float(RECIPE.within_s)


def evaluate(board, words, hours):
    recipe = RECIPE.model_copy(update={"words": words, "hours": hours})
    return ev.evaluate(board, recipe, seed=2024)


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
    result = evaluate(perfect, words=30, hours=0.05)
    assert (result.words, result.found, result.false_alarms) == (30, 30, 0)
    assert result.hours == pytest.approx(0.05)
    assert "found 30 of 30 words: 100.0%" in result.text()
    assert "median 100 ms" in result.text()
    assert "0 false alarms in 0.05 h" in result.text()


def test_a_deaf_board_scores_nothing():
    result = evaluate(deaf, words=5, hours=0.02)
    assert (result.found, result.false_alarms) == (0, 0)


def test_false_alarms_are_counted_and_named():
    scene = next(iter(ev.negative_scenes(0.1, 5, 10.0)))
    heard = ev.listen(scene, jumpy, WITHIN_S)
    oysters = sum(label.name == "oyster" for label in scene.make().labels)
    assert sorted(heard.strangers) == sorted(["oyster"] * oysters + [""])
    assert heard.words == 0


def test_one_word_counts_once_and_late_answers_do_not_count():
    scene = next(iter(ev.positive_scenes(3, 1, 10.0)))
    one, two, three = scene.make().labels
    answers = [one.end_s, one.end_s + 0.3, two.end_s + 0.501, three.end_s + 0.499]
    heard = ev.listen(scene, lambda *_: answers, 0.5)
    assert (heard.words, heard.found) == (3, 2)
    assert heard.latencies_s == pytest.approx((0.0, 0.499))
    assert heard.strangers == (WAKE_WORD, "")


def test_an_answer_may_come_while_the_word_is_being_said_but_not_before():
    scene = next(iter(ev.positive_scenes(1, 1, 10.0)))
    (word,) = scene.make().labels
    for time_s, found in ((word.start_s + 0.01, 1), (word.start_s - 0.01, 0)):
        assert ev.listen(scene, lambda *_, t=time_s: [t], 0.5).found == found


def test_scenes_are_what_the_target_asks_for():
    positive = list(ev.positive_scenes(200, 9, 10.0))
    labels = [label for scene in positive for label in scene.make().labels]
    assert [label.name for label in labels] == [WAKE_WORD] * 200
    assert {scene.noise for scene in positive} == set(ev.NOISES)
    negative = list(ev.negative_scenes(0.25, 9, 10.0))
    assert sum(scene.duration_s for scene in negative) == pytest.approx(900)
    said = [label.name for scene in negative for label in scene.make().labels]
    assert WAKE_WORD not in said
    assert len(said) > 200
    assert {"council", "coin", "cell"} <= set(said)


def test_evaluations_repeat():
    a, b = (next(iter(ev.positive_scenes(25, 4, 10.0))).make().samples(0, 50_000) for _ in range(2))
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
