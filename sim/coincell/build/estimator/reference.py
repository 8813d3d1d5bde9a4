"""What the generated C computes, in Python and to the bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coincell.build.estimator.description import Estimator, Linear, Network, Trees

Int = NDArray[np.int64]


def scores(estimator: Estimator, q: NDArray[np.int16]) -> Int:
    """Rows of quantised features to rows of scores; of a regressor, one score, which is the output."""
    if isinstance(estimator, Network):
        return activations(estimator, q)[-1]
    return _of_trees(estimator, q) if isinstance(estimator, Trees) else _of_linear(estimator, q)


def predict(estimator: Estimator, q: NDArray[np.int16]) -> Int:
    """For each row of quantised features its class, or a regressor's output in steps of its scale."""
    found = scores(estimator, q)
    if not estimator.classes:
        return np.asarray(found[:, 0])
    if found.shape[1] == 1 and len(estimator.classes) == 2:
        return np.asarray(found[:, 0] > 0, np.int64)
    return np.asarray(found.argmax(axis=1), np.int64)


def real_output(estimator: Estimator, steps: Int) -> NDArray[np.float64]:
    """A regressor's outputs in the unit it was trained on."""
    offset = estimator.output_offset if isinstance(estimator, Trees) else 0.0
    return np.asarray(offset + estimator.output_scale * steps)


def _of_trees(model: Trees, q: NDArray[np.int16]) -> Int:
    values = [_leaves(rows, q) for rows in model.trees]
    if not model.classes:
        return np.sum(values, axis=0, dtype=np.int64).reshape(-1, 1)
    table = np.array(model.leaves, np.int64) if model.leaves else np.eye(len(model.classes), dtype=np.int64)
    return np.asarray(np.sum([table[value] for value in values], axis=0, dtype=np.int64))


def _leaves(rows: tuple[tuple[int, ...], ...], q: NDArray[np.int16]) -> Int:
    """The value of the leaf that each row of features reaches."""
    split = np.array([len(row) == 3 for row in rows])
    feature, threshold, right = np.array([row if len(row) == 3 else (0, row[0], 0) for row in rows]).T
    at = np.zeros(len(q), np.int64)
    while (moving := split[at]).any():
        here = at[moving]
        left = q[moving, feature[here]] <= threshold[here]
        at[moving] = np.where(left, here + 1, right[here])
    return np.asarray(threshold[at], np.int64)


def activations(model: Network, q: NDArray[np.int16]) -> list[Int]:
    """What comes out of each layer; of the last one, the scores."""
    values = [q.astype(np.int64)]
    for layer in model.layers:
        total = values[-1] @ np.array(layer.weights, np.int64).T + np.array(layer.biases, np.int64)
        if layer.multipliers:
            shifts = np.array(layer.shifts, np.int64)
            total = (total * np.array(layer.multipliers, np.int64) + (1 << (shifts - 1))) >> shifts
            total = total.clip(0 if layer.relu else -32768, 32767)
        values.append(total)
    return values[1:]


def _of_linear(model: Linear, q: NDArray[np.int16]) -> Int:
    return np.asarray(q.astype(np.int64) @ np.array(model.weights, np.int64).T + np.array(model.biases))
