"""Labels and edges are matched as a person with a stopwatch would."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coincell.ports import Label
from coincell.scenario.detection import match, pooled, together

S = 10**12


def judged(labels, edges_s, within_s=1.0, duration_s=20.0, label="word", early_s=0.0, **more):
    """Match with times in seconds."""
    spans = [Label(start, end, name) for start, end, name in labels]
    return match(
        spans,
        [round(e * S) for e in edges_s],
        label,
        "LED",
        round(within_s * S),
        round(duration_s * S),
        early_ps=round(early_s * S),
        **more,
    )


WORD = (2.0, 2.5, "word")


@pytest.mark.parametrize(
    ("edges", "found", "missed", "alarms"),
    [
        ([3.0], 1, 0, 0),
        ([3.5], 1, 0, 0),  # exactly at the end of its time
        ([3.6], 0, 1, 1),
        ([2.0], 1, 0, 0),  # at the word's first moment
        ([1.9], 0, 1, 1),
        ([2.3], 1, 0, 0),  # before the word is over
        ([], 0, 1, 0),
        ([3.0, 3.2], 1, 0, 1),  # answering twice
    ],
)
def test_one_word(edges, found, missed, alarms):
    result = judged([WORD], edges)
    assert (len(result.found), len(result.missed), len(result.false_alarms_ps)) == (found, missed, alarms)


def test_latency_counts_from_the_end_of_the_word():
    assert judged([WORD], [3.0]).latencies_ps == (S // 2,)
    assert judged([WORD], [2.25]).latencies_ps == (-S // 4,)


def test_other_labels_are_not_asked_for():
    result = judged([(2.0, 2.5, "coins")], [3.0])
    assert result.false_alarms_ps == (3 * S,)
    assert not result.due
    assert result.first_label_ps is None


@pytest.mark.parametrize(
    ("edges", "set_off"),
    [
        ([], []),
        ([5.0], ["coins"]),
        ([6.9, 7.0], ["coins"]),  # twice, but it is one handful of coins
        ([7.1], []),  # too late to be about them
        ([2.4], []),  # the word is answered: no false alarm
        ([12.0], ["door", "keys"]),  # they cannot be told apart
    ],
)
def test_other_labels_tell_what_false_alarms_are_about(edges, set_off):
    others = [(1.0, 3.0, "talk"), (4.0, 6.0, "coins"), (11.0, 12.0, "door"), (11.5, 12.0, "keys")]
    result = judged([WORD, *others, (19.5, 19.9, "coins")], edges)
    assert [label.name for label in result.harmless] == ["talk", "coins", "door", "keys"]  # one is still due
    assert [label.name for label in result.harmless if label.set_off] == set_off
    assert [label.set_off for label in pooled([result, result]).only("coins").harmless] == [
        "coins" in set_off
    ] * 2


def test_two_words_due_at_once_take_one_answer_each():
    result = judged([WORD, (3.0, 3.4, "word")], [3.2, 3.3])
    assert [hit.start_ps for hit in result.found] == [2 * S, 3 * S]


def test_a_word_still_due_at_the_end_is_not_judged():
    result = judged([(19.5, 19.9, "word"), WORD], [])
    assert (len(result.missed), result.not_judged) == (1, 1)
    assert judged([(30.0, 30.5, "word")], []).not_judged == 0  # beyond the run


@given(
    starts=st.lists(st.integers(0, 100), max_size=8, unique=True),
    edges=st.lists(st.integers(0, 1200), max_size=12, unique=True),
)
def test_nothing_is_lost_or_counted_twice(starts, edges):
    labels = [(s, s + 0.5, "word") for s in starts]
    result = judged(labels, [e / 10 for e in sorted(edges)], duration_s=1000)
    assert len(result.found) + len(result.missed) == len(starts)
    assert len(result.found) + len(result.false_alarms_ps) == len(edges)
    assert all(hit.start_ps <= hit.detected_ps <= hit.end_ps + S for hit in result.found)


def test_latency_counts_from_the_start_where_that_is_asked():
    result = judged([WORD], [3.0], latency_from="start")
    assert (result.latencies_ps, result.latency_from) == ((S,), "start")


@pytest.mark.parametrize(
    ("edge", "found", "lead"), [(1.0, 1, 1.0), (0.9, 0, None), (2.25, 1, -0.25), (3.5, 1, -1.5)]
)
def test_an_answer_may_come_early(edge, found, lead):
    """From one second before the word on; the lead is what it came before the start."""
    result = judged([WORD], [edge], early_s=1)
    assert (len(result.found), len(result.false_alarms_ps)) == (found, 1 - found)
    assert [ps / S for ps in result.leads_ps] == ([] if lead is None else [lead])


def test_a_label_that_could_be_answered_early_when_the_run_ended_is_not_judged():
    late = (20.5, 21.0, "word")
    assert judged([late], []).not_judged == 0
    assert judged([late], [], early_s=1).not_judged == 1
    assert len(judged([late], [19.8], early_s=1).found) == 1


def test_any_of_several_labels_may_be_meant():
    labels = [(2, 3, "slip"), (6, 7, "trip"), (10, 11, "flop")]
    result = judged(labels, [3.5, 7.5, 11.5], label=("slip", "trip", "dive"))
    assert [hit.name for hit in result.found] == ["slip", "trip"]
    assert (result.label, result.false_alarms_ps) == ("slip, trip, dive", (int(11.5 * S),))


def test_the_score_is_the_textbooks():
    """Of four words three are found, with two false alarms: by hand, and by scikit-learn."""
    words = [(float(at), at + 0.5, "word") for at in (2, 6, 10, 14)]
    result = judged(words, [2.5, 4.5, 6.5, 8.5, 10.5])
    assert (result.recall, result.precision, result.f1) == (Fraction(3, 4), Fraction(3, 5), Fraction(2, 3))
    assert result.false_alarms_per_h == 360  # two in twenty seconds
    metrics = pytest.importorskip("sklearn.metrics", reason="the train extra is not installed")
    truth, said = [1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 1, 1]
    assert float(result.f1) == pytest.approx(metrics.f1_score(truth, said))
    assert float(result.precision) == pytest.approx(metrics.precision_score(truth, said))


@pytest.mark.parametrize(
    ("labels", "edges", "f1"), [([], [], None), ([WORD], [], 0), ([], [3.0], 0), ([WORD], [3.0], 1)]
)
def test_the_score_at_its_ends(labels, edges, f1):
    result = judged(labels, edges)
    assert result.f1 == f1
    assert (result.recall is None) == (not labels)
    assert (result.precision is None) == (not edges)


def test_two_rules_of_one_run_share_its_time_and_two_runs_do_not():
    first, second = judged([WORD], [3.0, 9.0]), judged([WORD], [])
    at_once, in_turn = together([first, second]), pooled([first, second])
    for both in (at_once, in_turn):
        assert (len(both.found), len(both.missed), len(both.false_alarms_ps)) == (1, 1, 1)
        assert (both.f1, both.latencies_ps) == (Fraction(2, 4), (S // 2,))
    assert (at_once.false_alarms_per_h, in_turn.false_alarms_per_h) == (180, 90)
    assert together([first]) is first
