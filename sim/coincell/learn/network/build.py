"""A recipe's network as a Keras model, of layers that firmware/nn has kernels for.

Signals in time are images one pixel wide: a convolution over them is the same kernel of the firmware.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from coincell.errors import InputError
from coincell.learn.model_recipe import Layer
from coincell.learn.tensorflow import tensorflow

INPUT_SCALE = 1 / 32
"""The network's input is features / 32, so that after quantisation the int8 input is the feature itself."""
_MOMENTUM = 0.9
"""Of the normalisation's running mean: few batches make an epoch here."""


def as_input(x: NDArray[np.int8], input_shape: Sequence[int]) -> NDArray[np.float32]:
    """Features, shape (n, d), as the float model takes them."""
    return (x.astype(np.float32) * np.float32(INPUT_SCALE)).reshape(len(x), *image_shape(input_shape))


def image_shape(input_shape: Sequence[int]) -> tuple[int, ...]:
    """How the model's input lies: [time, channels] is an image one pixel wide."""
    shape = tuple(input_shape)
    return (shape[0], 1, shape[1]) if len(shape) == 2 else shape


def shape_of_features(
    input_shape: Sequence[int], n_features: int, where: str = "training.toml"
) -> tuple[int, ...]:
    """`input_shape`, or its default, for vectors of `n_features`. Raises InputError when they do not fit."""
    shape = tuple(input_shape) or (n_features,)
    if prod(shape) != n_features:
        raise InputError(
            f"the firmware's array `features` has {n_features} elements, not {' x '.join(map(str, shape))}",
            where,
            "model.input_shape",
            list(shape),
            mend="let the product be the number of features",
        )
    return shape


def build(
    layers: Sequence[Layer],
    input_shape: Sequence[int],
    n_classes: int,
    noise: float = 0.0,
    where: str = "training.toml",
) -> Any:
    """The untrained model: `as_input` to the probability of each class.

    `noise` [feature] is the standard deviation of what is added while training. Raises InputError for a layer
    that does not suit what comes before it.
    """
    keras = tensorflow().keras.layers
    entry = keras.Input(image_shape(input_shape), name="features")
    x = keras.GaussianNoise(noise * INPUT_SCALE)(entry) if noise else entry
    for number, layer in enumerate(layers):
        x = _Place(layer, f"model.layers[{number}]", where, len(input_shape) == 2).applied(x)
    return tensorflow().keras.Model(entry, keras.Dense(n_classes, activation="softmax")(_flat(x)))


def _flat(x: Any) -> Any:
    return tensorflow().keras.layers.Flatten()(x) if len(x.shape) > 2 else x


class _Place:
    """One layer of the recipe and where it stands."""

    def __init__(self, layer: Layer, key: str, where: str, in_time_only: bool) -> None:
        self.layer, self.key, self.where, self.in_time_only = layer, key, where, in_time_only

    def applied(self, x: Any) -> Any:
        layer, keras = self.layer, tensorflow().keras.layers
        if layer.kind == "dropout":
            return keras.Dropout(layer.share)(x)
        if layer.kind == "dense":
            return keras.Dense(layer.units, activation="relu")(_flat(x))
        if len(x.shape) != 4:
            self._fail(
                f"a layer {layer.kind} needs positions, and here are only {x.shape[1]} values",
                'give model.input_shape as [time, channels], and put "dense" and "average" after it',
            )
        size = tuple(x.shape[1:3])
        if layer.kind == "average":
            return _flat(keras.AveragePooling2D(size)(x))
        kernel, stride = self._both("kernel"), self._both("stride")
        if layer.kind == "max_pool":
            if kernel[0] > size[0] or kernel[1] > size[1]:
                self._fail(f"its kernel is larger than the {_times(size)} positions that are left")
            return keras.MaxPooling2D(kernel)(x)
        plain = {"padding": "same", "use_bias": False}  # normalisation brings the bias
        if layer.kind == "conv":
            return _normed(keras.Conv2D(layer.filters, kernel, strides=stride, **plain)(x))
        # Keras's depthwise convolution knows square strides only.
        if stride[0] != stride[1] and not self.in_time_only:
            self._fail("a separable layer has one stride for time and bands")
        x = _normed(keras.DepthwiseConv2D(kernel, strides=stride[0], **plain)(x))
        return _normed(keras.Conv2D(layer.filters, 1, use_bias=False)(x))

    def _both(self, name: str) -> tuple[int, int]:
        """The layer's kernel or stride over time and bands."""
        value = getattr(self.layer, name)
        if isinstance(value, int):
            return (value, 1 if self.in_time_only else value)
        if self.in_time_only and value[1] != 1:
            self._fail(f"{name} = {list(value)}, and there is only one band: give one number")
        return (value[0], value[1])

    def _fail(self, problem: str, mend: str = "") -> NoReturn:
        raise InputError(problem, self.where, self.key, self.layer.kind, mend=mend)


def _normed(x: Any) -> Any:
    keras = tensorflow().keras.layers
    return keras.ReLU()(keras.BatchNormalization(momentum=_MOMENTUM)(x))


def _times(size: tuple[int, ...]) -> str:
    return " x ".join(map(str, size))
