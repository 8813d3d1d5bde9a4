"""docs/training.md: its app is trained, built and run; the chip answers as scikit-learn does."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
pytest.importorskip("sklearn", reason="the train extra is not installed")

import coincell.cli
from coincell.build.app import build_app
from coincell.build.estimator import reference
from coincell.build.estimator.description import load_estimator
from coincell.engines.contract import Marker, RunRequest
from coincell.engines.native import NativeEngine
from coincell.errors import InputError
from coincell.image import load_image
from coincell.learn.capture import as_features, run_scene, silent_firmware
from coincell.learn.recipe import read_training
from coincell.learn.scenes import draw
from coincell.learn.train import train
from coincell.scenario.classification import answers_of
from coincell.simtime import seconds

PAGE = (Path(__file__).parents[2] / "docs/training.md").read_text("utf-8")
NAMES = ("still", "walking", "running")


def _commands() -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    return [line.removeprefix("coincell ").split() for block in blocks for line in block.splitlines()]


def _write_files(folder: Path) -> None:
    (folder / "stride").mkdir()
    for name, _, text in re.findall(r"`(stride[\w./]*)`[^\n]*:\n\n```(toml|c)\n(.*?)```", PAGE, re.DOTALL):
        (folder / name).write_text(text)
    scenario = re.search(r"`stride\.toml`.*?```toml\n(.*?)```", PAGE, re.DOTALL)
    assert scenario
    (folder / "stride.toml").write_text(scenario[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which the page's first command was given."""
    place = tmp_path_factory.mktemp("page")
    _write_files(place)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        done = CliRunner().invoke(coincell.cli.app, _commands()[0])
    assert done.exit_code == 0, done.output
    return place


def test_the_report_has_both_models_and_the_plain_rule(folder):
    text = (folder / "stride/report.md").read_text()
    assert "coincell train stride --seed 1" in text
    found = re.search(r"\| accuracy \| ([\d.]+)% \| ([\d.]+)% \|\n\| macro F1", text)
    assert found
    assert float(found[2]) > 90
    assert "## Beside the plain rule" in text
    assert "Of " in text
    assert " 0 differ from scikit-learn's" in " ".join(text.split())


def test_the_other_commands_of_the_page(folder, monkeypatch):
    monkeypatch.chdir(folder)
    said = {}
    for command in _commands()[1:]:
        done = CliRunner().invoke(coincell.cli.app, command)
        assert done.exit_code == 0, done.output
        said[command[0]] = done.output
    assert "--quick" in (folder / "trial/report.md").read_text()
    assert "| | model | plain rule |" in said["evaluate"]
    (seconds_still,) = re.findall(r"model \(rows.*?\| still \| ([\d.]+) \|", said["evaluate"], re.DOTALL)
    assert 0 < float(seconds_still) <= 2 * (7 + 7)  # 2 seeds, 10 s each, of which 3 s settle


def test_the_chip_answers_as_scikit_learn_does(folder):
    """Trained anew from the cache: the same file; and on the board every vector gets scikit-learn's class."""
    app = folder / "stride"
    again = train(str(app), 1, folder / "again")
    assert again.model.read_bytes() == (app / "model.tree.json").read_bytes()
    training = read_training(app / "training.toml")
    scene = draw(training, "test", 1)[0]
    captured = run_scene(silent_firmware(str(app), training.recipe.board), scene)
    vectors = as_features(captured, "int16")
    expected = again.report.model.fitted.predict(vectors.astype(float))
    model = load_estimator(app / "model.tree.json")
    assert model.classes == NAMES
    np.testing.assert_array_equal(reference.predict(model, vectors), expected)

    firmware = silent_firmware(str(app), training.recipe.board)
    image = load_image(build_app(str(app), firmware.board).elf)
    run = NativeEngine().run(
        RunRequest(
            firmware.board,
            image,
            seconds(scene.duration_s),
            scene.make(),
            (Marker("judge", "judge", ("features",)),),
            seed=scene.seed,
        )
    )
    seen = np.frombuffer(b"".join(span.captured["entry:features"] for span in run.spans), "<i2")
    np.testing.assert_array_equal(seen.reshape(vectors.shape), vectors)
    changes = np.flatnonzero(np.diff(expected, prepend=-1))
    assert [name for _, name in answers_of(run.console)] == [NAMES[int(expected[i])] for i in changes]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("app.toml", 'model = { file = "model.tree.json" }', "", "app.toml: model: the app names no model"),
        ("app.toml", ".tree.json", ".tflite", r"model.file: a tree is written to a file that ends in .json"),
        ("app.toml", 'judge = "judge.c"\nbaseline = "threshold.c"', "", "names no judge"),
        ("training.toml", "signals.acceleration", "signals.acceleratoin", "no input of that name"),
        ("training.toml", '"x_range", ', "", "feature_names[\\s\\S]*5 names"),
        ("training.toml", 'running = "running"', 'rowing = "running"', "none is of this class[\\s\\S]*label"),
        ("features.h", "features[FEATURES]", "others[FEATURES]", "compile"),
    ],
)
def test_what_cannot_be_trained_is_named(folder, tmp_path, file, old, new, says):
    app = tmp_path / "stride"
    app.mkdir()
    for path in (folder / "stride").glob("*.[ht]*"):
        (app / path.name).write_text(path.read_text())
    for path in (folder / "stride").glob("*.c"):
        (app / path.name).write_text(path.read_text())
    text = (app / file).read_text()
    assert old in text
    (app / file).write_text(text.replace(old, new))
    with pytest.raises(InputError, match=says):
        train(str(app), 1, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_quick_trial_does_not_replace_the_apps_model(folder):
    with pytest.raises(InputError, match="--out"):
        train(str(folder / "stride"), quick=True)


def test_an_app_that_does_not_learn_is_named():
    with pytest.raises(InputError, match=r"'hello'[\s\S]*wake_word"):
        train("hello")
