"""Magnitude pruning: the smallest weights become 0, step by step, and the others learn on.

The share grows along the cubic of M. Zhu and S. Gupta, "To prune, or not to prune" (arXiv:1710.01878, eq. 1),
in the first half of the epochs. Depthwise kernels stay whole, as there: they are few and matter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.learn.tensorflow import tensorflow


def share_pruned(epoch: int, epochs: int, ratio: float) -> float:
    """The share that is pruned during `epoch`, counted from 0; all of `ratio` from `full_from` on."""
    done = min(1.0, (epoch + 1) / (full_from(epochs) + 1))
    return ratio * (1 - (1 - done) ** 3)


def full_from(epochs: int) -> int:
    """The epoch from which the whole share is pruned."""
    return (epochs - 1) // 2


def prunable(model: Any) -> list[Any]:
    """The kernels, as Keras variables, that pruning may thin out."""
    keras = tensorflow().keras.layers
    kinds = (keras.Conv2D, keras.Dense)
    return [layer.kernel for layer in model.layers if isinstance(layer, kinds) and not _depthwise(layer)]


def _depthwise(layer: Any) -> bool:
    return isinstance(layer, tensorflow().keras.layers.DepthwiseConv2D)


def mask(weights: NDArray[np.float32], ratio: float) -> NDArray[np.float32]:
    """0 for the `ratio` of `weights` with the smallest magnitude, rounded to whole ones; 1 for the others."""
    keep = np.ones(weights.size, np.float32)
    order = np.argsort(np.abs(weights), axis=None, kind="stable")
    keep[order[: round(ratio * weights.size)]] = 0
    return keep.reshape(weights.shape)


def sparsity(model: Any) -> float:
    """The share of zeros among all weights that pruning may thin out."""
    kernels = [np.asarray(kernel) for kernel in prunable(model)]
    zeros = sum(kernel.size - np.count_nonzero(kernel) for kernel in kernels)
    return float(zeros / sum(kernel.size for kernel in kernels))


def pruning(model: Any, epochs: int, ratio: float) -> Any:
    """A callback that prunes `model` while it is trained for `epochs` more. Make it before compiling."""
    tf = tensorflow()
    masks = [(kernel, tf.Variable(np.ones(kernel.shape, np.float32))) for kernel in prunable(model)]
    for kernel, keep in masks:
        kernel.constraint = _Masked(keep)

    def thin_out(epoch: int, logs: Any = None) -> None:
        for kernel, keep in masks:
            keep.assign(mask(np.asarray(kernel), share_pruned(epoch, epochs, ratio)))
            kernel.assign(kernel * keep)

    return tf.keras.callbacks.LambdaCallback(on_epoch_begin=thin_out)


class _Masked:
    """What the optimiser does to a kernel after each step."""

    def __init__(self, keep: Any) -> None:
        self._keep = keep

    def __call__(self, kernel: Any) -> Any:
        return kernel * self._keep
