"""What an evaluation says, when it fails, and that the committed one is the committed model's."""

import hashlib
import json
import re

import pytest
from scipy import stats

from coincell.build.recipe import find_app
from coincell.data import find
from coincell.learn.wake_word.evaluate import Evaluation, Heard, Scene
from coincell.learn.wake_word.evaluation_report import EvaluationReport
from coincell.scenario import read_scenario

APP = find("firmware/apps", "wake_word", "")
RECIPE = find_app("wake_word").recipe.evaluate


def counts_of(found, words, alarms, hours):
    positive = Heard(Scene("a", "room", 30.0, lambda: None), words, found, (0.2,) * found, ())
    negative = Heard(Scene("b", "pink", 3600 * hours, lambda: None), 0, 0, (), ("oyster",) * alarms)
    return Evaluation((positive,), (negative,) if hours else ())


def report(found=9, words=10, alarms=0, hours=1.0, rule=None):
    counts = counts_of(found, words, alarms, hours)
    return EvaluationReport("wake_word", "nano33ble_sense", "zig", 7, RECIPE, "aa", "bb", counts, rule)


@pytest.mark.parametrize(
    ("counts", "holds"),
    [
        ({}, (True, True)),
        ({"found": 8}, (False, True)),
        ({"alarms": 3}, (True, True)),
        ({"alarms": 4}, (True, False)),
        ({"alarms": 4, "hours": 2.0}, (True, True)),
        ({"found": 0, "alarms": 40}, (False, False)),
        ({"hours": 0}, (True,)),
    ],
)
def test_targets_are_the_descriptions(counts, holds):
    """The app asks for 90 % of the words and at most three false alarms an hour."""
    judged = report(**counts)
    assert tuple(target.holds for target in judged.targets) == holds
    assert judged.passed == all(holds)
    assert ("FAILS" in judged.markdown()) == (not judged.passed)


def test_a_failing_target_is_named():
    text = report(found=8).markdown()
    assert "FAILS: 80.0% of the words found, at least 90.0% asked (`evaluate.found_min_percent`)" in text


def test_the_text_says_what_gives_it_again():
    text = report().markdown()
    for part in (
        "coincell evaluate wake_word --words 200",
        "--seed 7",
        "--board nano33ble_sense",
        "aa",
        "bb",
    ):
        assert part in text
    assert "median 200 ms" in text


def test_the_document_is_json_with_intervals():
    document = json.loads(json.dumps(report(alarms=2).document()))
    expected = stats.binomtest(9, 10).proportion_ci(0.95, method="wilson")
    assert document["schema"] == "coincell.evaluation/1"
    assert document["words"]["found_95_ratio"] == pytest.approx([expected.low, expected.high])
    # Garwood (1936), 95 %, 2 events: 0.2422 to 7.225
    assert document["others"]["false_alarms_95_per_h"] == pytest.approx([0.2422, 7.225], rel=1e-3)
    assert document["others"]["scenes"][0]["no_word_at"] == ["oyster", "oyster"]
    assert document["passed"] is True


def test_the_plain_rule_stands_beside_the_model_and_is_not_judged():
    both = report(rule=counts_of(3, 10, 40, 1.0))
    assert both.passed
    text = both.markdown()
    assert "| words found | 3 of 10 | 9 of 10 |" in text
    assert "| false alarms in 1 h without it | 40 | 0 |" in text
    document = both.document()
    assert (document["words"]["found"], document["baseline"]["words"]["found"]) == (9, 3)
    assert document["baseline"]["others"]["false_alarms"] == 40
    assert report().document()["baseline"] is None
    assert "plain rule" not in report().markdown()


def test_the_scenario_allows_as_long_as_the_app(pytestconfig):
    (detect,) = read_scenario(pytestconfig.rootpath / "scenarios" / "wake_word.toml").detect
    assert (detect.within_s, detect.net, detect.level) == (RECIPE.within_s, RECIPE.net, RECIPE.level)


def test_the_committed_evaluation_is_the_committed_models():
    """Of 200 words or more and an hour or more, with this model, and every target held."""
    text = (APP / "evaluation.md").read_text()
    assert hashlib.sha256((APP / "model.tflite").read_bytes()).hexdigest() in text
    assert "FAILS" not in text
    found, words = map(int, re.search(r"found (\d+) of (\d+) words", text).groups())
    alarms, hours = re.search(r"(\d+) false alarms in ([\d.]+) h", text).groups()
    assert words >= 200
    assert found / words >= 0.9
    assert float(hours) >= 1
    assert int(alarms) <= 3
    rule_found, rule_words = map(int, re.search(r"\| words found \| (\d+) of (\d+) \|", text).groups())
    assert rule_words == words
    assert rule_found < found
