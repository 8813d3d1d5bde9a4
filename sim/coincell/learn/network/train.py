"""From examples to a network in int8: train, prune, quantise, and measure after each step."""

from __future__ import annotations

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.build.convert import ConvertedModel, convert
from coincell.errors import InputError
from coincell.learn import quantise
from coincell.learn.class_weights import weights_of_classes
from coincell.learn.confusion import Confusion
from coincell.learn.dataset import Dataset, Examples
from coincell.learn.model_recipe import Compression, NetworkRecipe
from coincell.learn.network import fit, prune
from coincell.learn.network.build import INPUT_SCALE, as_input, build, image_shape, shape_of_features
from coincell.learn.network.layer_error import layer_errors
from coincell.learn.network.report import NetworkReport, Step
from coincell.learn.progress import Progress

_FOR_RANGES = 600
"""Examples that activations' ranges are learned from."""
_FOR_ERRORS = 200
"""Test examples for the errors of layers: the reference kernels are slow."""
_HALF_STEP = 1 / 512
"""Of the int8 answers, whose scale is 1/256."""


class Network:
    """A recipe's network on its way to int8. `where` names the recipe in what is refused."""

    def __init__(
        self, recipe: NetworkRecipe, training: Examples, classes: tuple[str, ...], seed: int, where: str
    ) -> None:
        self.recipe, self.training, self.classes = recipe, training, classes
        self.seed, self.where = seed, where
        self.shape = shape_of_features(recipe.input_shape, training.features.shape[1], where)
        self.weights = weights_of_classes(recipe.class_weights, training.classes, classes, where)
        fit.repeatable(seed)
        self.model = build(recipe.layers, self.shape, len(classes), recipe.noise, where)

    def teach(self, validation: Examples, epochs: int, progress: Progress, prune_ratio: float = 0.0) -> None:
        """Train for `epochs`, from the full learning rate on; the best one on `validation` stays.

        Pruned networks too: A. Renda et al., "Comparing rewinding and fine-tuning in neural network pruning"
        (ICLR 2020) found that better than to go on with the rate of the last epoch.
        """
        callbacks = [prune.pruning(self.model, epochs, prune_ratio)] if prune_ratio else []
        first = prune.full_from(epochs) if prune_ratio else 0
        batches = fit.shuffled(self.input_of(self.training), self.training.classes, self.seed)
        n = len(self.training.classes)
        fit.teach(
            self.model,
            batches.repeat().batch(self.recipe.batch).prefetch(2),
            (self.input_of(validation), validation.classes, self.weights[validation.classes]),
            epochs=epochs,
            steps=-(-n // self.recipe.batch),
            learning_rate=self.recipe.learning_rate,
            class_weights=self.weights,
            progress=progress,
            callbacks=[*callbacks, fit.best_epoch(epochs, first)],
        )

    def input_of(self, examples: Examples) -> NDArray[np.float32]:
        """As the float model takes them."""
        return as_input(examples.features, self.shape)

    def int8(self) -> bytes:
        """The network as a TFLite file whose int8 input is the feature itself."""
        ranges = quantise.full_range(self.training.features, self.seed, _FOR_RANGES)
        inputs = as_input(ranges, self.shape)
        if np.ptp(self.model.predict(inputs, verbose=0), axis=0).max() < _HALF_STEP:
            raise InputError(  # and TFLite would abort, without a range to quantise
                "the network answers the same whatever the features are: it has learned nothing",
                self.where,
                "model",
                mend="lower learning_rate or compress.prune_percent, or widen the layers",
            )
        model = quantise.to_int8(self.model, inputs)
        scale, zero = quantise.input_quantisation(model)
        if (scale, zero) != (INPUT_SCALE, 0):
            raise RuntimeError(f"the int8 input is not the feature itself: scale {scale}, zero point {zero}")
        return model

    def float_step(self, name: str, test: Examples) -> tuple[Step, bytes]:
        """The network in float32 as it is now, judged."""
        answers = self.model.predict(self.input_of(test), batch_size=512, verbose=0).argmax(axis=1)
        return self._step(name, test, answers, file := quantise.to_float(self.model)), file

    def int8_step(self, name: str, test: Examples, file: bytes) -> Step:
        """The quantised network, judged by the reference kernels: their answers are the firmware's."""
        return self._step(
            name, test, quantise.run(file, self.int8_input(test), reference=True).argmax(axis=1), file
        )

    def int8_input(self, examples: Examples) -> NDArray[np.int8]:
        """As the int8 model takes them."""
        return examples.features.reshape(-1, *image_shape(self.shape))

    def _step(self, name: str, test: Examples, answers: NDArray[Any], file: bytes) -> Step:
        confusion = Confusion.of(self.classes, test.classes, answers)
        return Step(name, confusion, len(file), len(gzip.compress(file, mtime=0)))


def train_network(
    recipe: NetworkRecipe,
    compress: Compression,
    data: Dataset,
    seed: int,
    progress: Progress,
    where: str = "training.toml",
) -> tuple[bytes, NetworkReport]:
    """The network as an int8 TFLite file, and what was found.

    The same examples and seed give the same file on one machine. Raises InputError for a recipe that does
    not suit the examples, MissingToolError without TensorFlow.
    """
    validation, test = data.validation, data.test
    network = Network(recipe, data.training, data.class_names, seed, where)
    ratio, more = float(compress.prune_ratio), compress.fine_tune_epochs
    share = recipe.epochs / (recipe.epochs + (more if ratio else 0))
    network.teach(validation, recipe.epochs, lambda f, text: progress(0.9 * share * f, text))
    step, as_float = network.float_step("float", test)
    steps = [step]
    if ratio:
        done = 0.9 * share
        network.teach(validation, more, lambda f, text: progress(done + (0.9 - done) * f, text), ratio)
        step, as_float = network.float_step("pruned", test)
        steps.append(step)
    progress(0.92, "quantising")
    as_int8 = network.int8()
    progress(0.95, "testing int8")
    steps.append(network.int8_step("int8", test, as_int8))
    spread = np.linspace(0, len(test.classes) - 1, min(len(test.classes), _FOR_ERRORS)).astype(int)
    for_errors = network.int8_input(test)[spread]
    report = NetworkReport(
        steps=tuple(steps),
        parameters=network.model.count_params(),
        sparsity=prune.sparsity(network.model),
        converted=_on_the_chip(as_int8),
        errors=tuple(layer_errors(as_float, as_int8, for_errors)),
        examples_of_errors=len(for_errors),
    )
    return as_int8, report


def _on_the_chip(model: bytes) -> ConvertedModel:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(model)
        return convert(path)
