"""The detector on the emulated board: a short form of `coincell evaluate wake_word`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from coincell.data import find
from coincell.errors import InputError
from coincell.facade import evaluate

pytest.importorskip("ziglang", reason="the firmware extra is not installed")


def test_the_board_hears_strangers_and_ignores_other_words() -> None:
    """Twelve words over the first noise and 20 s of other talk, by the board's own microphone and LED.

    Of twelve words a detector that finds 90 % misses more than three in 2.6 % of draws; this draw is fixed.
    """
    told: list[float] = []
    report = evaluate(
        "wake_word", words=12, hours=20 / 3600, seed=31, progress=lambda share, _: told.append(share)
    )
    found = report.evaluation
    assert (found.words, found.hours * 3600) == (12, pytest.approx(20))
    assert found.found >= 9, found.text()
    assert found.false_alarms == 0, found.text()
    assert all(-0.4 < late <= 0.5 for late in found.latencies_s)
    assert told[-1] == pytest.approx(1)


@pytest.fixture
def app(tmp_path):
    """A copy of the app, for changing `[evaluate]`."""
    folder = tmp_path / "listener"
    shutil.copytree(find("firmware/apps", "wake_word", ""), folder)

    def change(old: str, new: str) -> str:
        text = (folder / "app.toml").read_text()
        assert old in text
        (folder / "app.toml").write_text(text.replace(old, new))
        return str(folder)

    return change


def test_a_target_that_fails_is_named_and_the_exit_code_is_1(app, tmp_path):
    """Nobody answers within a millisecond of the word's end: the app needs a fifth of a second."""
    folder = app("within_ms = 500", "within_ms = 1")
    run = [sys.executable, "-c", "from coincell.cli import main; main()", "evaluate", folder]
    done = subprocess.run(
        [*run, "--words", "1", "--hours", "0", "--json"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr == "coincell: target fails: 0.0% of the words found, at least 90.0% asked\n"
    document = json.loads(done.stdout)
    assert (document["passed"], document["words"]["found"], document["within_s"]) == (False, 0, 0.001)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('net = "LED_BUILTIN"', 'net = "LED_BUILDIN"', ("evaluate.net", "LED_BUILTIN")),
        ('input = "microphone"', 'input = "nose"', ("evaluate.input", "microphone")),
        ("within_ms = 500", "within = 500", ("within_ms", "app.toml")),
        ("words = 200", "words = 0", ("evaluate.words", "app.toml")),
        ("found_min_percent = 90", "found_min_percent = 900", ("evaluate.found_min_ratio", "app.toml")),
    ],
)
def test_a_wrong_description_is_refused(app, old, new, says):
    with pytest.raises(InputError) as refusal:
        evaluate(app(old, new), words=1, hours=0)
    for words in says:
        assert words in str(refusal.value)
