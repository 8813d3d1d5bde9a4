"""The committed model: small, of known layers, and it hears the word; its C on this computer agrees."""

import ctypes

import numpy as np
import pytest
from host_c import APP, compile_shared

from coincell.build.convert import convert
from coincell.build.recipe import find_app
from coincell.data import find
from coincell.learn import quantise
from coincell.learn.wake_word import host_board
from coincell.learn.wake_word.capture import capture
from coincell.learn.wake_word.detector import detect
from coincell.learn.wake_word.evaluate import evaluate
from coincell.learn.wake_word.frontend import HOP
from coincell.signals import create

MODEL = (APP / "model.tflite").read_bytes()


def test_the_model_is_small_and_the_report_is_its_own():
    assert len(MODEL) < 100_000
    assert quantise.input_quantisation(MODEL) == (1 / 32, 0)
    report = (APP / "report.md").read_text()
    assert f"| {len(MODEL)} B |" in report
    assert ", ".join(quantise.operators(MODEL)) in report
    macs = convert(APP / "model.tflite").macs
    assert macs <= 2_500_000
    assert f"{macs} multiply-accumulates" in report


def test_it_hears_strangers_and_ignores_other_words():
    """A short form of `coincell evaluate wake_word`, on the twin."""
    recipe = find_app("wake_word").recipe.evaluate.model_copy(update={"words": 50, "hours": 0.2})
    result = evaluate(host_board.host_board(MODEL), recipe, seed=31)
    assert result.found >= 47, result.text()
    assert result.false_alarms <= 1, result.text()


@pytest.fixture(scope="module")
def listener(tmp_path_factory):
    """The whole app but for its hardware: front end, network, detector in C."""
    folder = tmp_path_factory.mktemp("listener")
    model = convert(APP / "model.tflite")
    (folder / "model.c").write_text(model.source)
    (folder / "nn.h").write_text(model.header)
    kernels = find("firmware", "nn", "")
    sources = [APP / f"{name}.c" for name in ("listener", "frontend", "detector")]
    sources += [folder / "model.c", *sorted(kernels.glob("*.c"))]
    library = compile_shared(folder, sources, (folder, kernels, APP))
    library.listener_hear.restype = ctypes.c_bool
    library.listener_last_score.restype = ctypes.c_uint8
    library.listener_inferences.restype = ctypes.c_uint32
    return library


def test_the_app_in_c_is_its_twin(listener):
    """Scores equal those of TFLite's reference kernels, detections those of the twin."""
    pcm = capture(create({"signal": "wake_word_room"}, 3), 8.0, 1)
    scores, heard = [], []
    for first in range(0, len(pcm) - HOP + 1, HOP):
        before = listener.listener_inferences()
        samples = np.ascontiguousarray(pcm[first : first + HOP])
        if listener.listener_hear(samples.ctypes.data_as(ctypes.c_void_p)):
            heard.append(listener.listener_inferences() - 1)
        if listener.listener_inferences() > before:
            scores.append(listener.listener_last_score())
    expected = host_board.scores(MODEL, pcm, reference=True)
    assert scores == expected.tolist()
    assert heard == [d.inference for d in detect(expected)]
    assert len(heard) == 2
