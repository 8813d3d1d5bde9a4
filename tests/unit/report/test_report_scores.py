"""What was found and what was classified, as sections of the report: whole at 100 columns and at 80."""

from __future__ import annotations

import dataclasses
import re
from io import StringIO

import pytest
from rich.console import Console

from coincell.ports import Label
from coincell.report.classification import classification_section
from coincell.report.detections import MOST_ROWS, detections_section
from coincell.report.units import expectation, quantity
from coincell.scenario.classification import classify
from coincell.scenario.detection import match, together
from coincell.scenario.result import Measured, ScenarioResult

S = 10**12
EIGHT = ("sitting", "standing", "walking", "running", "stairs_up", "stairs_down", "lying", "cycling")


def text_of(section, width=100):
    out = StringIO()
    Console(file=out, width=width).print(section)
    return out.getvalue()


def squeezed(text):
    return re.sub(r"\s+", " ", text)


def result_of(result: ScenarioResult, *rules) -> ScenarioResult:
    """`result` with other detections."""
    measured: Measured = dataclasses.replace(result.measured, detections=together(rules), rules=rules)
    return dataclasses.replace(result, measured=measured)


def falls(edges, **more):
    labels = [Label(at, at + 1, "fall") for at in (10.0, 20.0)]
    return match(labels, [round(at * S) for at in edges], "fall", "LED", S, 60 * S, **more)


def test_leads_and_latencies_from_the_start(result):
    rule = falls([9.5, 20.25], early_ps=S, latency_from="start")
    text = squeezed(text_of(detections_section(result_of(result, rule))))
    assert "begins label answered after its start" in text
    assert "10.000 s fall 9.500 s -500 ms found" in text
    assert "2 of 2 found, 0 false alarms; F1 100.0 % latency min -500 ms" in text
    assert "1 answered before it began, the earliest by 500 ms" in text


def test_two_rules_have_a_table_each_and_one_score(result):
    door = dataclasses.replace(falls([]), label="door", net="D2")
    text = squeezed(text_of(detections_section(result_of(result, falls([11.5, 21.5]), door))))
    assert text.index("fall on LED") < text.index("2 of 2 found") < text.index("door on D2")
    assert text.index("0 of 2 found") < text.index("together 2 of 4 found, 0 false alarms; F1 66.7 %")


def test_of_many_labels_only_what_went_wrong_is_listed(result):
    labels = [Label(2.0 * i, 2.0 * i + 1, "word") for i in range(100)]
    edges = [round((2 * i + 1.2) * S) for i in range(1, 100)]
    text = text_of(
        detections_section(result_of(result, match(labels, edges, "word", "LED", S // 2, 200 * S)))
    )
    assert "99 labels found in time, not listed" in text
    assert len(re.findall(r" missed *$", text, re.M)) == 1
    text = text_of(detections_section(result_of(result, match(labels, [], "word", "LED", S // 2, 200 * S))))
    assert len(re.findall(r" missed *$", text, re.M)) == MOST_ROWS
    assert "and 70 more" in text


def classified(names, n=60):
    labels = [Label(5.0 * i, 5.0 * i + 5, names[i % len(names)]) for i in range(n)]
    said = [(round((5 * i + 1 + i % 3) * S), names[i * 7 % 5 % len(names)]) for i in range(n)]
    return classify(labels, said, {name: name for name in names}, S, 5 * n * S)


def test_a_class_that_was_seldom_right():
    labels = [Label(0, 4, "alert"), Label(4, 8, "drowsy"), Label(8, 10, "alert")]
    said = [(S, "alert"), (5 * S, "drowsy"), (7 * S, "alert")]
    table = {"alert": "alert", "drowsy": "drowsy", "gone": "away"}
    text = squeezed(text_of(classification_section(classify(labels, said, table, 0, 10 * S))))
    for words in (
        "1 alert 6.00 s 83.3 % 71.4 % 76.9 % 1 0 s",
        "2 drowsy 4.00 s 50.0 % 100.0 % 66.7 % 1 1.00 s",
        "3 away never - - - 0",
        "s, held \\ said alert drowsy away nothing",
        "1 alert 5.0 · · 1.0",
        "2 drowsy 2.0 2.0 · ·",
        "accuracy 70.0 %, macro F1 71.8 % over 10.0 s judged",
        "2 of 2 changes answered, after 500 ms on average, 1.00 s at most",
    ):
        assert words in text
    assert "3 away ·" not in text  # it never held


def test_what_was_never_answered_is_named():
    text = squeezed(text_of(classification_section(classify([Label(3, 5, "a")], [], {"a": "a"}, S, 9 * S))))
    assert "0 of 1 change answered never answered: 1, the longest a at 3.0 s for 2.00 s" in text
    assert "over 1.00 s judged; 8.00 s not judged" in text
    nothing = squeezed(text_of(classification_section(classify([], [], {"a": "a"}, 0, S))))
    assert "accuracy -, macro F1 - over 0 s judged" in nothing
    assert "the class never changes" in nothing


@pytest.mark.parametrize("width", [100, 80])
@pytest.mark.parametrize("names", [EIGHT, EIGHT[:4], EIGHT[:1]])
def test_no_row_is_broken(width, names):
    """One line for each class in each table, whatever the names are."""
    found = classified(names)
    lines = text_of(classification_section(found), width).splitlines()
    assert max(map(len, lines)) <= width
    for i, name in enumerate(names, 1):
        assert len([line for line in lines if re.match(rf"  {i} +{name} ", line)]) == 2


def test_expectations_in_words():
    assert expectation("false_alarms_max_per_h") == "false alarms"
    assert expectation("f1_min_ratio") == "F1"
    assert expectation("duty_max_ratio") == "duty"
    assert expectation("radio_silent_before_first_label") == "radio silent before first label"
    assert quantity(0.946, "ratio") == "94.6 %"
    assert quantity(0.5, "ratio") == "50 %"
    assert quantity(0.0004, "ratio") == "< 0.1 %"
    assert quantity(1.5, "1/h") == "1.5 an hour"
