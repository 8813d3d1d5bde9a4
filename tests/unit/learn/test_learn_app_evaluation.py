"""An evaluation's page and document: shares, rates and times worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from coincell.data import find
from coincell.learn.evaluate_app import Outcome
from coincell.learn.evaluation_report import AppEvaluation
from coincell.learn.train import trainable
from coincell.ports import Label
from coincell.scenario.classification import classify
from coincell.scenario.detection import match, pooled
from coincell.simtime import PS_PER_S


def _outcome(judge, edges_s, answers=()):
    run = match(
        [Label(10, 12, "slip"), Label(30, 32, "trip"), Label(99, 101, "knock"), Label(300, 301, "jump")],
        [round(at * PS_PER_S) for at in edges_s],
        ["slip", "trip"],
        "LED",
        PS_PER_S,
        1800 * PS_PER_S,
    )
    both = pooled([run, run])
    labels = [Label(0, 10, "a"), Label(10, 20, "b")]
    classes = classify(labels, list(answers), {"a": "A", "b": "B"}, 0, 20 * PS_PER_S)
    return Outcome(judge, 2, 1.0, (both,), both, classes)


EVALUATION = AppEvaluation(
    "app",
    "board",
    "app.toml",
    "Title",
    "coincell evaluate app",
    "5a5a",
    (
        _outcome("model", [12.5, 32.25], [(0, "A"), (11 * PS_PER_S, "B")]),
        _outcome("baseline", [12.5, 100, 200], [(0, "A")]),
    ),
)


def test_the_page_puts_model_and_rule_side_by_side():
    rows = {
        line.split(" | ")[0].strip("| "): [cell.strip(" |") for cell in line.split(" | ")[1:]]
        for line in EVALUATION.markdown().splitlines()
        if line.startswith("| ")
    }
    assert [cell.split(" (")[0] for cell in rows["events found"]] == ["4 of 4: 100.0%", "2 of 4: 50.0%"]
    assert rows["false alarms an hour"][1].startswith("4.00 (")
    assert rows["false alarms an hour"][1].endswith("; 4 in all)")
    assert rows["F1 of the answers"] == ["100.0%", "40.0%"]  # 2 TP / (2 TP + FN + FP) = 4 / (4 + 2 + 4)
    assert [cell.split(" (")[0] for cell in rows["found: trip"]] == ["2 of 2: 100.0%", "0 of 2: 0.0%"]
    assert [cell.split(" (")[0] for cell in rows["other events that set it off"]] == [
        "0 of 4: 0.0%",
        "2 of 4: 50.0%",
    ]
    assert rows["set off by: knock"][1].startswith("2 of 2: 100.0%")
    assert "set off by: jump" not in rows
    assert "lead, median and shortest" not in rows  # nobody foresaw anything
    assert "Model SHA-256 5a5a" in EVALUATION.markdown()
    assert rows["latency, median and slowest"] == ["0.375 s, 0.500 s", "0.500 s, 0.500 s"]
    assert rows["share of the time with the right class"] == ["95.0%", "50.0%"]
    assert rows["slowest change to the right class"] == ["1.00 s", "10.00 s"]


def test_nothing_is_said_of_what_was_not_due():
    quiet = match([Label(99, 101, "knock")], [], ["slip"], "LED", PS_PER_S, 1800 * PS_PER_S)
    outcome = Outcome("model", 1, 1.0, (quiet,), quiet, None)
    text = replace(EVALUATION, outcomes=(outcome,)).markdown()
    assert "| false alarms an hour | 0.00 (" in text
    for absent in ("F1", "events found", "latency", "lead"):
        assert absent not in text


def test_every_learned_app_was_evaluated_with_the_model_that_it_has():
    for name in trainable():
        folder = find("firmware/apps", name, "")
        (model,) = folder.glob("model.*")
        text = (folder / "evaluation.md").read_text()
        assert text.count(sha256(model.read_bytes()).hexdigest()) == text.count("# Evaluation"), name
        assert "plain rule" in text


def test_the_document_has_the_counts():
    model, rule = EVALUATION.document()["judges"]
    assert (model["judge"], rule["judge"]) == ("model", "baseline")
    assert rule["detections"]["found"] == 2
    assert rule["detections"]["false_alarms"] == 4
    assert (rule["detections"]["harmless"], rule["detections"]["set_off"]) == (4, 2)
    assert model["classes"]["confusion_s"] == [[10.0, 0.0, 0.0], [1.0, 9.0, 0.0]]
