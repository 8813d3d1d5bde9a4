"""An app's model beside its plain rule: the scenario runs twice, and the gain is judged."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from rich.console import Console

from coincell.engines.contract import ConsoleLine, Edge
from coincell.errors import InputError
from coincell.report.terminal import show
from coincell.scenario import read_scenario, run_scenario, to_json

PS = 10**12
SCENE = """
firmware = { app = "hello" }

[signals.microphone]
kind = "speech_scene"
word = "coincell"
words_at_s = [2.0]
noise = "none"
speakers = "held-out"

[detect]
label = "coincell"
net = "LED_BUILTIN"
within_s = 1

[classify.classes]
coincell = "word"
"" = "none"

[expect]
"""


@pytest.fixture
def beside(write, fake_engine, tmp_path):
    """Run the scenario with `expect`, the plain rule answering with `plain`'s changes to the usual run."""

    def run(expect: str, **plain):
        model = fake_engine(console=(ConsoleLine(0, "uart", "class none"),))
        rule = fake_engine(**{"console": model.answer.console, **plain})

        def build(app, board, toolchain, judge):
            elf = tmp_path / f"{judge}.elf"
            code = (tmp_path / "fw.elf").read_bytes()
            elf.write_bytes(code[:-1] + (b"\1" if judge == "baseline" else b"\0"))
            return elf

        scenario = read_scenario(write(SCENE + expect, ("firmware",)))
        result = run_scenario(scenario, model, build, beside=rule)
        return result, model, rule

    return run


def led(*times_s: float) -> tuple[Edge, ...]:
    edges = [
        (Edge(round(t * PS), "LED_BUILTIN", True), Edge(round(t * PS) + 1, "LED_BUILTIN", False))
        for t in times_s
    ]
    return tuple(edge for pair in edges for edge in pair)


def test_the_plain_rule_runs_on_the_same_signals(beside):
    _, model, rule = beside("f1_gain_min_percent = 0")
    assert rule.request.image.segments != model.request.image.segments
    assert rule.request == replace(model.request, image=rule.request.image, markers=())


def test_without_a_gain_to_judge_it_does_not_run(beside):
    result, _, rule = beside("f1_min_percent = 0")
    assert rule.request is None
    assert result.measured.baseline is None
    assert json.loads(to_json(result))["baseline"] is None


def test_gains_are_differences(beside):
    """The model's one answer is right; the rule answers at 1 s too, and says the wrong class all the time."""
    expect = "f1_gain_min_percent = 10\naccuracy_gain_min_percent = 10\nfalse_alarms_fewer_min = 2"
    result, *_ = beside(expect, edges=led(1, 3), console=(ConsoleLine(0, "uart", "class word"),))
    f1, accuracy, alarms = result.verdicts
    measured, classified = result.measured, result.measured.classified
    assert measured.baseline.detections.f1 == Fraction(2, 3)
    assert f1.measured == pytest.approx(float(classified.macro_f1 - measured.baseline.classified.macro_f1))
    word_s = classified.scores[0].held_ps / PS
    assert accuracy.measured == pytest.approx((10 - 2 * word_s) / 10)
    assert (alarms.measured, alarms.holds) == (1, False)
    assert accuracy.holds
    document = json.loads(to_json(result))["baseline"]
    assert document["detections"]["false_alarms_ps"] == [PS]
    assert document["classification"]["accuracy"] == pytest.approx(word_s / 10)


def test_an_equal_rule_is_no_gain(beside):
    result, *_ = beside("f1_gain_min_percent = 1")
    (verdict,) = result.verdicts
    assert (verdict.key, verdict.measured, verdict.holds) == ("f1_gain_min_ratio", 0.0, False)


def test_the_report_puts_both_side_by_side(beside):
    result, *_ = beside("false_alarms_fewer_min = 1", edges=led(1, 5))
    console = Console(record=True, width=100, file=None, quiet=False)
    with console.capture() as captured:
        show(result, console)
    lines = [" ".join(line.split()) for line in captured.get().splitlines()]
    start = lines.index("Beside the plain rule")
    assert lines[start + 1 : start + 7] == [
        "plain rule model gain",
        lines[start + 2],
        "labels found 0 of 1 1 of 1",
        "false alarms 2 0 -2",
        f"accuracy {lines[start + 5].split()[1]} % {lines[start + 5].split()[1]} % 0.0 points",
        lines[start + 6],
    ]
    assert lines[start + 6].startswith("F1 0.0 % ")


def test_an_app_that_decides_by_its_rule_is_refused(write, fake_engine, tmp_path):
    scenario = read_scenario(write(SCENE + "f1_gain_min_percent = 1", ("firmware",)))
    engine = fake_engine()
    with pytest.raises(InputError, match="decides by its plain rule") as refused:
        run_scenario(scenario, engine, lambda *_: tmp_path / "fw.elf")
    assert refused.value.key == "expect.f1_gain_min_ratio"
    assert engine.request is None
