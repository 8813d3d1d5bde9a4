"""The wake-word network: a small depthwise-separable CNN of layers that firmware/nn has kernels for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from coincell.learn.tensorflow import tensorflow
from coincell.learn.wake_word.data import CLASSES, FRAMES, Int8, Windows
from coincell.learn.wake_word.frontend import BANDS
from coincell.learn.wake_word.recipe import TrainingRecipe

INPUT_SCALE = 1 / 32
"""The network's input is features / 32, so that after quantisation the int8 input is the feature itself."""


def build(recipe: TrainingRecipe) -> Any:
    """The untrained Keras model: (FRAMES, BANDS, 1) to class probabilities."""
    layers = tensorflow().keras.layers

    def normed(x: Any) -> Any:
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    entry = layers.Input((FRAMES, BANDS, 1), name="features")
    plain = {"padding": "same", "use_bias": False}  # normalisation brings the bias
    x = layers.Conv2D(recipe.first_filters, recipe.first_kernel, strides=recipe.first_strides, **plain)(entry)
    x = normed(x)
    for filters, stride in recipe.blocks:
        x = normed(layers.DepthwiseConv2D(3, strides=stride, **plain)(x))
        x = normed(layers.Conv2D(filters, 1, use_bias=False)(x))
    x = layers.AveragePooling2D(pool_size=tuple(x.shape[1:3]))(x)
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    return tensorflow().keras.Model(entry, layers.Dense(len(CLASSES), activation="softmax")(x))


def fit(
    recipe: TrainingRecipe, train: Windows, check: Windows, seed: int, progress: Callable[[float, str], None]
) -> Any:
    """A trained model. The same seed, data and machine give the same model."""
    tf = tensorflow()
    tf.keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    model = build(recipe)
    data = tf.data.Dataset.from_tensor_slices((train.x, train.y))
    data = data.shuffle(len(train.y), seed=seed).repeat().batch(recipe.batch)
    data = data.map(lambda x, y: (_varied(tf, x), y)).prefetch(2)
    steps = recipe.windows_per_epoch // recipe.batch
    rate = tf.keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps * recipe.epochs, alpha=0.01)
    loss = tf.keras.losses.SparseCategoricalCrossentropy()
    model.compile(tf.keras.optimizers.Adam(rate), loss, metrics=["accuracy"])

    def report(epoch: int, logs: dict[str, float]) -> None:
        progress((epoch + 1) / recipe.epochs, " ".join(f"{k} {v:.4f}" for k, v in logs.items()))

    model.fit(
        data,
        epochs=recipe.epochs,
        class_weight=dict(enumerate(recipe.class_weights)),
        steps_per_epoch=steps,
        validation_data=(as_input(check.x), check.y),
        validation_batch_size=512,
        verbose=0,
        callbacks=[tf.keras.callbacks.LambdaCallback(on_epoch_end=report)],
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
    return tf.clip_by_value(x, -128.0, 127.0)[..., tf.newaxis] * INPUT_SCALE


def as_input(x: Int8) -> Any:
    """Features as the float model takes them."""
    return x.astype(np.float32)[..., np.newaxis] * INPUT_SCALE


def macs(model: Any) -> int:
    """Multiply-accumulates of one inference: of convolutions and dense layers."""
    total = 0
    for layer in model.layers:
        kernel = next((w for w in layer.weights if w.name == "kernel"), None)
        if kernel is not None:
            positions = int(np.prod(layer.output.shape[1:3])) if len(layer.output.shape) == 4 else 1
            total += positions * int(np.prod(kernel.shape))
    return total
