"""Training: from recipe to .tflite and report; mistakes; TensorFlow only when it is needed."""

import subprocess
import sys

import numpy as np
import pytest

from coincell.errors import InputError, MissingToolError
from coincell.learn import quantise
from coincell.learn.train import train
from coincell.learn.wake_word import data as wake_data
from coincell.learn.wake_word.frontend import BANDS
from coincell.learn.wake_word.recipe import read_recipe
from coincell.ports import Label

TINY = """
scenes = 3
validation_scenes = 3
epochs = 4
windows_per_epoch = 1920
batch = 32
first_filters = 8
blocks = [[16, 2], [16, 2]]
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root = tmp_path_factory.mktemp("user")
    app = root / "firmware" / "apps" / "wake_word"
    app.mkdir(parents=True)
    (app / "training.toml").write_text(TINY)
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COINCELL_PATH", str(root))
        result = train("wake_word", 5, root / "out", lambda share, text: said.append((share, text)))
    return result, said


def test_training_writes_a_model_and_a_report(trained):
    result, said = trained
    model = result.model.read_bytes()
    assert quantise.input_quantisation(model) == (1 / 32, 0)
    assert set(quantise.operators(model)) <= {
        "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "AVERAGE_POOL_2D", "RESHAPE", "SOFTMAX",
    }  # fmt: skip
    text = result.report_file.read_text()
    assert f"{len(model)} B" in text
    assert "--seed 5" in text
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert said[-1] == (1.0, "done")


def test_even_a_tiny_network_learns_something(trained):
    report = trained[0].report
    before, after = report.float_confusion, report.int8_confusion
    assert after.counts.sum() == report.n_test
    assert after.accuracy > 0.5
    assert abs(after.accuracy - before.accuracy) < 0.05


def test_multiply_accumulates_by_hand(trained):
    """24x16 of 5x4 into 8; 12x8 of 3x3 on 8, then 8 to 16; 6x4 of 3x3 on 16, then 16 to 16; 16 to 3."""
    by_hand = 24 * 16 * 5 * 4 * 8 + 96 * (9 * 8 + 8 * 16) + 24 * (9 * 16 + 16 * 16) + 16 * 3
    assert trained[0].report.macs == by_hand


def test_windows_get_the_class_of_their_moment():
    frames = np.zeros((200, BANDS), np.int8)
    frames[:, 0], frames[:, 1] = np.arange(200) // 100, np.arange(200) % 100
    labels = (Label(1.4, 2.0, "coincell"), Label(3.0, 3.4, "council"))
    cut = wake_data.cut(frames, labels, False, np.random.default_rng(1), 1)
    assert cut.x.shape[1:] == (wake_data.FRAMES, BANDS)
    last = cut.x[:, -1, 0] * 100.0 + cut.x[:, -1, 1]
    at = dict(zip(np.round((last + 1) * 0.02, 2).tolist(), cut.y.tolist(), strict=True))
    assert at[1.0] == wake_data.NOISE
    assert at[2.1] == at[2.3] == wake_data.WAKE
    assert 1.9 not in at  # undecided
    assert 2.6 not in at
    assert at[1.6] == at[2.8] == at[3.4] == wake_data.OTHER_SPEECH
    busy = wake_data.cut(frames, (), True, np.random.default_rng(1), 1)
    assert set(busy.y.tolist()) == {wake_data.OTHER_SPEECH}


def test_data_repeats_and_splits_differ():
    a, again = (wake_data.windows("training", 1, 3) for _ in range(2))
    assert np.array_equal(a.x, again.x)
    assert np.array_equal(a.y, again.y)
    assert not np.array_equal(a.x[:50], wake_data.windows("held-out", 1, 3).x[:50])
    assert set(a.y.tolist()) >= {wake_data.WAKE, wake_data.OTHER_SPEECH}


def test_an_unknown_app_is_named():
    with pytest.raises(InputError, match=r"'toaster'[\s\S]*wake_word"):
        train("toaster")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TINY + "colour = 3", "colour"),
        (TINY.replace("epochs = 4", "epochs = 0"), "epochs"),
        ("scenes = [", "not TOML"),
        (TINY.replace("[16, 2]]", "[16, 9]]"), "blocks"),
    ],
)
def test_mistakes_in_a_recipe_are_named(tmp_path, text, says):
    path = tmp_path / "training.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        read_recipe(path)
    assert str(path) in str(caught.value)
    with pytest.raises(InputError, match="no training recipe"):
        read_recipe(tmp_path / "none.toml")


def test_without_tensorflow_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(MissingToolError, match=r"pip install tensorflow-cpu, as the extra \[train\]"):
        train("wake_word")


def test_importing_does_not_import_tensorflow():
    code = (
        "import sys, coincell.learn.train, coincell.learn.wake_word.evaluate;"
        "import coincell.learn.wake_word.host_board;"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
