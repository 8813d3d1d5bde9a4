"""Labels and edges are matched as a person with a stopwatch would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coincell.ports import Label
from coincell.scenario.detection import match

S = 10**12


def judged(labels, edges_s, within_s=1.0, duration_s=20.0):
    """Match with whole-second edges."""
    spans = [Label(start, end, name) for start, end, name in labels]
    return match(
        spans, [round(e * S) for e in edges_s], "word", "LED", round(within_s * S), round(duration_s * S)
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
    assert result.first_label_ps is None


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
