"""The wake word's own training: from speech scenes to a network in int8 and its report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coincell.learn import quantise
from coincell.learn.confusion import Confusion
from coincell.learn.network.build import INPUT_SCALE
from coincell.learn.progress import Progress
from coincell.learn.tensorflow import tensorflow
from coincell.learn.wake_word import model as wake_model
from coincell.learn.wake_word.data import CLASSES, Windows, windows
from coincell.learn.wake_word.recipe import read_recipe
from coincell.learn.wake_word.report import TrainingReport

_CALIBRATION = 600


def train_wake_word(folder: Path, seed: int, progress: Progress) -> tuple[bytes, TrainingReport]:
    """The trained network as a .tflite, and what was found. `folder` holds training.toml.

    Raises InputError for a recipe that is wrong, MissingToolError without TensorFlow.
    """
    tensorflow()
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
    model = wake_model.train(recipe, learned, check, seed, lambda f, text: progress(0.31 + 0.63 * f, text))
    progress(0.95, "quantising")
    int8 = quantise.to_int8(model, _calibration(learned, seed))
    scale, zero = quantise.input_quantisation(int8)
    if (scale, zero) != (INPUT_SCALE, 0):
        raise RuntimeError(f"the int8 input is not the feature itself: scale {scale}, zero point {zero}")
    as_float = model.predict(wake_model.as_input(held_out.x), batch_size=512, verbose=0).argmax(axis=1)
    as_int8 = quantise.run(int8, held_out.x).argmax(axis=1)
    report = TrainingReport(
        app=folder.name,
        seed=seed,
        n_training=len(learned.y),
        n_test=len(held_out.y),
        parameters=model.count_params(),
        macs=wake_model.macs(model),
        float_bytes=4 * model.count_params(),
        int8_bytes=len(int8),
        float_confusion=Confusion.of(CLASSES, held_out.y, as_float),
        int8_confusion=Confusion.of(CLASSES, held_out.y, as_int8),
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
