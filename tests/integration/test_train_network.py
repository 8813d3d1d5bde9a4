"""A network from scenes to firmware: the wake word, from few scenes, with all that its own training has."""

from __future__ import annotations

import re
import shutil

import pytest

from coincell.build.app import build_app
from coincell.data import find
from coincell.describe import load_board
from coincell.learn import quantise
from coincell.learn.train import train

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
pytest.importorskip("tensorflow", reason="the train extra is not installed")

FEWER = {r"\bcount = \d+": "count = 2", r"validation = \d+": "validation = 1", r"test = \d+": "test = 1"}
SHORTER = {r"duration_s = 40": "duration_s = 12", r"epochs = 12": "epochs = 6", r"batch = 128": "batch = 16"}
LESS = {r"fine_tune_epochs = \d+": "fine_tune_epochs = 3", r"filters = (32|56)": "filters = 16"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    app = tmp_path_factory.mktemp("user") / "listener"
    shutil.copytree(find("firmware/apps", "wake_word", ""), app)
    (app / "model.tflite").unlink()
    recipe = (app / "training.toml").read_text()
    for old, new in (FEWER | SHORTER | LESS).items():
        recipe, n = re.subn(old, new, recipe)
        assert n
    (app / "training.toml").write_text(recipe)
    said = []
    return app, train(str(app), 5, progress=lambda share, text: said.append((share, text))), said


def test_the_report_has_every_step_and_the_plain_rule(trained):
    _, made, said = trained
    steps = {step.name: step for step in made.report.model.steps}
    assert list(steps) == ["float", "pruned", "int8"]
    assert steps["float"].confusion.accuracy > 0.5
    assert made.report.rule.counts.sum() == steps["int8"].confusion.counts.sum()
    text = made.report_file.read_text()
    for part in (f"{made.model.stat().st_size} B", "--seed 5", "SQNR", "Beside the plain rule", "| word |"):
        assert part in text
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert said[-1] == (1.0, "done")


def test_the_firmware_is_built_with_it(trained):
    app, made, _ = trained
    built = build_app(str(app), load_board("nano33ble_sense"))
    assert quantise.input_quantisation(made.model.read_bytes()) == (1 / 32, 0)
    assert built.model.arena_bytes == made.report.model.converted.arena_bytes
    assert made.model == app / "model.tflite"
