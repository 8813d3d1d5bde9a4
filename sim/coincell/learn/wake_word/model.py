"""The wake-word network: a small depthwise-separable CNN of layers that firmware/nn has kernels for."""

from __future__ import annotations

from typing import Any

import numpy as np

from coincell.learn.model_recipe import Layer
from coincell.learn.network import build as network
from coincell.learn.network import fit
from coincell.learn.progress import Progress
from coincell.learn.tensorflow import tensorflow
from coincell.learn.wake_word.data import CLASSES, FRAMES, Int8, Windows
from coincell.learn.wake_word.frontend import BANDS
from coincell.learn.wake_word.recipe import TrainingRecipe

_SHAPE = (FRAMES, BANDS, 1)


def build(recipe: TrainingRecipe) -> Any:
    """The untrained Keras model: (FRAMES, BANDS, 1) to class probabilities."""
    first = Layer(
        kind="conv",
        filters=recipe.first_filters,
        kernel=recipe.first_kernel,
        stride=recipe.first_strides,
    )
    blocks = (Layer(kind="separable", filters=filters, stride=step) for filters, step in recipe.blocks)
    layers = [first, *blocks, Layer(kind="average"), Layer(kind="dropout", share=0.2)]
    return network.build(layers, _SHAPE, len(CLASSES))


def train(recipe: TrainingRecipe, learned: Windows, check: Windows, seed: int, progress: Progress) -> Any:
    """A trained model. The same seed, data and machine give the same model."""
    tf = tensorflow()
    fit.repeatable(seed)
    model = build(recipe)
    data = fit.shuffled(learned.x, learned.y, seed).repeat().batch(recipe.batch)
    fit.teach(
        model,
        data.map(lambda x, y: (_varied(tf, x), y)).prefetch(2),
        (as_input(check.x), check.y),
        epochs=recipe.epochs,
        steps=recipe.windows_per_epoch // recipe.batch,
        learning_rate=recipe.learning_rate,
        class_weights=recipe.class_weights,
        progress=progress,
        at_once=1,  # as the model in firmware/apps/wake_word was trained: other steps would draw other noise
    )
    return model


def _varied(tf: Any, x: Any) -> Any:
    """Louder or softer by up to 6 dB (a feature is an eighth of an octave of energy), stripes hidden."""
    x = tf.cast(x, tf.float32)
    batch = tf.shape(x)[0]
    x += tf.random.uniform((batch, 1, 1), -16, 16)
    mean = tf.reduce_mean(x, axis=(1, 2), keepdims=True)
    for size, widest, shape in ((FRAMES, 6, (-1, FRAMES, 1)), (BANDS, 6, (-1, 1, BANDS))):
        first = tf.random.uniform((batch, 1), 0, size, tf.int32)
        width = tf.random.uniform((batch, 1), 0, widest, tf.int32)
        at = tf.range(size)[tf.newaxis]
        hidden = tf.logical_and(at >= first, at < first + width)
        x = tf.where(tf.reshape(hidden, shape), mean, x)
    return tf.clip_by_value(x, -128.0, 127.0)[..., tf.newaxis] * network.INPUT_SCALE


def as_input(x: Int8) -> Any:
    """Features as the float model takes them."""
    return network.as_input(x, _SHAPE)


def macs(model: Any) -> int:
    """Multiply-accumulates of one inference: of convolutions and dense layers."""
    total = 0
    for layer in model.layers:
        kernel = next((w for w in layer.weights if w.name == "kernel"), None)
        if kernel is not None:
            positions = int(np.prod(layer.output.shape[1:3])) if len(layer.output.shape) == 4 else 1
            total += positions * int(np.prod(kernel.shape))
    return total
