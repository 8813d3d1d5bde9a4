"""`coincell train APP`: from generated signals to a committed `.tflite` and its report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coincell.data import find
from coincell.errors import InputError
from coincell.learn import quantise, wake_model
from coincell.learn.report import TrainingReport
from coincell.learn.tensorflow import tensorflow
from coincell.learn.wake_data import CLASSES, Windows, windows
from coincell.learn.wake_recipe import read_recipe

Progress = Callable[[float, str], None]
"""Called now and then with the share done (0..1) and what is going on."""

MODEL, REPORT = "model.tflite", "report.md"
_CALIBRATION = 600


@dataclass(frozen=True)
class Trained:
    """The files that training wrote, and what it found."""

    model: Path
    report_file: Path
    report: TrainingReport


def train(
    app: str, seed: int = 1, out_dir: Path | None = None, progress: Progress = lambda _f, _t: None
) -> Trained:
    """Train `app`'s network and write `model.tflite` and `report.md` to `out_dir` (or the app's folder).

    Raises InputError for an app without a training recipe, MissingToolError without TensorFlow.
    """
    if app not in _TRAINERS:
        raise InputError(
            "nothing here knows how to train this app", key="app", value=app, allowed=sorted(_TRAINERS)
        )
    tensorflow()
    folder = find("firmware/apps", app, "")
    model, report = _TRAINERS[app](folder, seed, progress)
    out = out_dir or folder
    out.mkdir(parents=True, exist_ok=True)
    (out / MODEL).write_bytes(model)
    (out / REPORT).write_text(report.markdown(), encoding="utf-8")
    progress(1.0, "done")
    return Trained(out / MODEL, out / REPORT, report)


def _wake_word(folder: Path, seed: int, progress: Progress) -> tuple[bytes, TrainingReport]:
    recipe = read_recipe(folder / "training.toml")
    learned = windows("training", recipe.scenes, seed, lambda f: progress(0.25 * f, "training scenes"))
    check = windows(
        "training",
        recipe.validation_scenes,
        seed + 1,
        lambda f: progress(0.25 + 0.03 * f, "validation scenes"),
    )
    held_out = windows(
        "held-out", recipe.validation_scenes, seed + 2, lambda f: progress(0.28 + 0.03 * f, "held-out scenes")
    )
    model = wake_model.fit(recipe, learned, check, seed, lambda f, text: progress(0.31 + 0.63 * f, text))
    progress(0.95, "quantising")
    int8 = quantise.to_int8(model, _calibration(learned, seed))
    scale, zero = quantise.input_quantisation(int8)
    if (scale, zero) != (wake_model.INPUT_SCALE, 0):
        raise RuntimeError(f"the int8 input is not the feature itself: scale {scale}, zero point {zero}")
    as_float = model.predict(wake_model.as_input(held_out.x), batch_size=512, verbose=0).argmax(axis=1)
    as_int8 = quantise.run(int8, held_out.x).argmax(axis=1)
    report = TrainingReport(
        app=folder.name,
        seed=seed,
        classes=CLASSES,
        n_training=len(learned.y),
        n_test=len(held_out.y),
        parameters=model.count_params(),
        macs=wake_model.macs(model),
        float_bytes=4 * model.count_params(),
        int8_bytes=len(int8),
        float_confusion=_confusion(held_out, as_float),
        int8_confusion=_confusion(held_out, as_int8),
        operators=tuple(quantise.operators(int8)),
    )
    return int8, report


def _calibration(data: Windows, seed: int) -> NDArray[np.float32]:
    """Windows to learn ranges from; the first is all of int8's range, which fixes the input's scale."""
    chosen = np.random.default_rng(seed).choice(len(data.y), min(_CALIBRATION, len(data.y)), replace=False)
    x = data.x[np.sort(chosen)].copy()
    x[0].flat[0], x[0].flat[1] = -128, 127
    examples: NDArray[np.float32] = wake_model.as_input(x)
    return examples


def _confusion(data: Windows, predicted: NDArray[np.int64]) -> NDArray[np.int64]:
    table = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    np.add.at(table, (data.y, predicted), 1)
    return table


_TRAINERS: dict[str, Callable[[Path, int, Progress], tuple[bytes, TrainingReport]]] = {
    "wake_word": _wake_word
}
