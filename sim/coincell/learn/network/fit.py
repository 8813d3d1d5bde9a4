"""Training a Keras model: repeatable, with the epoch kept that judged unseen examples best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.learn.progress import Progress
from coincell.learn.tensorflow import tensorflow

_AT_ONCE = 32
"""Steps: half as long as one by one for small networks."""


def repeatable(seed: int) -> None:
    """From here on the same steps give the same model on one machine. Call it before building one."""
    tf = tensorflow()
    tf.keras.backend.clear_session()  # layers are numbered from 0 again, and their names are in the file
    tf.keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def shuffled(x: NDArray[Any], y: NDArray[np.int64], seed: int) -> Any:
    """Pairs of both, in another order each time, as tf.data."""
    return tensorflow().data.Dataset.from_tensor_slices((x, y)).shuffle(len(y), seed=seed)


def teach(
    model: Any,
    batches: Any,
    validation: tuple[NDArray[Any], ...],
    *,
    epochs: int,
    steps: int,
    learning_rate: float,
    class_weights: Iterable[float],
    progress: Progress,
    callbacks: Sequence[Any] = (),
) -> None:
    """Train `model` in place on `steps` of `batches` an epoch; the learning rate falls along half a cosine.

    `validation` is (x, y) or (x, y, weight of each example). Between two looks at Python are _AT_ONCE
    steps; what is drawn at random depends on that.
    """
    tf = tensorflow()
    rate = tf.keras.optimizers.schedules.CosineDecay(learning_rate, steps * epochs, alpha=0.01)
    loss = tf.keras.losses.SparseCategoricalCrossentropy()
    model.compile(
        tf.keras.optimizers.Adam(rate), loss, metrics=["accuracy"], steps_per_execution=min(steps, _AT_ONCE)
    )

    def report(epoch: int, logs: dict[str, float]) -> None:
        progress((epoch + 1) / epochs, " ".join(f"{k} {v:.4f}" for k, v in logs.items()))

    model.fit(
        batches,
        epochs=epochs,
        class_weight=dict(enumerate(class_weights)),
        steps_per_epoch=steps,
        validation_data=validation,
        validation_batch_size=512,
        verbose=0,
        shuffle=False,
        callbacks=[*callbacks, tf.keras.callbacks.LambdaCallback(on_epoch_end=report)],
    )


def best_epoch(epochs: int, first: int = 0) -> Any:
    """A callback that in the end restores the weights of least validation loss, from epoch `first` on."""
    return tensorflow().keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=epochs, restore_best_weights=True, start_from_epoch=first
    )
