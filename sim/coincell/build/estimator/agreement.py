"""How far an estimator in integers answers as the fitted one does, on data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coincell.build.estimator import reference
from coincell.build.estimator.description import Estimator, Linear, Network, Trees, quantise
from coincell.build.estimator.scikit import before_last

Real = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """Both models' answers to the same rows.

    `differing` rows get another class, or a regressor's output further off than `bound`. `ties` rows come
    within half a step of a threshold on their way down a tree, or have scores so close that `bound` can swap
    them. `saturated` rows have a feature or an activation outside the int16. No other row can differ.
    `largest` is the largest difference of outputs or scores among rows that do not saturate (of trees: nor
    are ties), `bound` what rounding can make of rows like these; in the unit of outputs, or in shares of a
    forest's votes. `theirs` and `ours` are the share of right classes, or R², when the truth was given.
    """

    rows: int
    differing: int
    ties: int
    saturated: int
    largest: float
    bound: float
    theirs: float | None = None
    ours: float | None = None
    measure: str = "accuracy"

    def text(self) -> str:
        """A few lines for people."""
        lines = [f"{self.rows:,} rows, {self.differing:,} answered otherwise ({self._share(self.differing)})"]
        lines.append(f"{self.ties:,} rows are ties of rounding ({self._share(self.ties)})")
        lines.append(f"largest difference {self.largest:.3g}, rounding can make {self.bound:.3g}")
        if self.saturated:
            lines.append(f"{self.saturated:,} rows have features out of range, which saturate")
        if self.theirs is not None and self.ours is not None:
            lines.append(f"{self.measure} {self.theirs:.4f} there, {self.ours:.4f} here")
        return "\n".join(lines)

    def _share(self, count: int) -> str:
        return f"{100 * count / self.rows:.2f} %"


def agreement(
    fitted: Any, estimator: Estimator, data: ArrayLike, truth: ArrayLike | None = None
) -> Agreement:
    """Compare `estimator`, made from `fitted`, with it on the rows of `data`; with `truth`, also how good
    each is."""
    rows = np.asarray(data, np.float64)
    q = quantise(estimator.features, rows)
    last, scaled = before_last(fitted, rows)
    near = np.zeros(len(rows), bool)
    if isinstance(estimator, Trees):
        near = _near_thresholds(fitted, estimator, rows)
    bound = _bound(estimator, q)
    answers = reference.predict(estimator, q)
    expected = np.asarray(last.predict(scaled))
    if estimator.classes:
        classes = np.asarray(last.classes_)
        wrong = classes[answers] != expected
        difference, margin = _scores(last, scaled, estimator, q)
        near |= margin <= 2 * bound
        ours: NDArray[Any] = classes[answers]
    else:
        ours = reference.real_output(estimator, answers)
        difference = np.abs(ours - expected.reshape(-1))
        wrong = difference > bound
    saturated = _saturated(estimator, rows, q)
    plain = ~(near | saturated) if isinstance(estimator, Trees) else ~saturated
    return Agreement(
        rows=len(rows),
        differing=int(wrong.sum()),
        ties=int(near.sum()),
        saturated=int(saturated.sum()),
        largest=float(difference[plain].max(initial=0.0)),
        bound=bound,
        theirs=None if truth is None else _score(truth, expected, bool(estimator.classes)),
        ours=None if truth is None else _score(truth, ours, bool(estimator.classes)),
        measure="accuracy" if estimator.classes else "R²",
    )


def _score(truth: ArrayLike, answers: NDArray[Any], classes: bool) -> float:
    right = np.asarray(truth).reshape(-1)
    if classes:
        return float(np.mean(right == answers))
    return float(1 - np.sum((right - answers.reshape(-1)) ** 2) / np.sum((right - right.mean()) ** 2))


def _saturated(estimator: Estimator, rows: Real, q: NDArray[np.int16]) -> NDArray[np.bool_]:
    middles = np.array([one.offset for one in estimator.features])
    scales = np.array([one.scale for one in estimator.features])
    out = (np.abs(rows - middles) > 32767.5 * scales).any(axis=1)
    if isinstance(estimator, Network):
        for layer in reference.activations(estimator, q)[:-1]:
            out |= (np.abs(layer) >= 32767).any(axis=1)
    return np.asarray(out)


def _bound(estimator: Estimator, q: NDArray[np.int16]) -> float:
    """How far rounding can move an output or a score of rows like `q`, while no feature saturates."""
    if isinstance(estimator, Network):
        return _network_bound(estimator, q)
    if isinstance(estimator, Linear):
        weights = np.abs(np.array(estimator.weights, np.float64)) + 0.5
        # half a step of each feature (and a little for float32), half a step of each weight and of the bias
        features = 0.5 + 32768 * 2.0**-22
        largest = np.abs(q.astype(np.float64)).sum(axis=1).max()
        steps = features * weights.sum(axis=1) + 0.5 * largest + 0.5
        return float(steps.max()) * estimator.output_scale
    if not estimator.classes:
        return estimator.output_scale * len(estimator.trees) * 0.5 * (1 + 1e-9)
    return 0.5 / 255 if estimator.leaves else 0.0


def _network_bound(model: Network, q: NDArray[np.int16]) -> float:
    """The worst that roundings can add up to, layer by layer, in the unit of the scores; it is far from
    likely. An activation is off by what its inputs are off, by half a step of each weight times its input,
    and by half a step of its own and 2^-15 of it."""
    values = [q.astype(np.float64), *(one.astype(np.float64) for one in reference.activations(model, q))]
    off = np.full(q.shape[1], 0.5 + 32768 * 2.0**-22)
    for layer, before, after in zip(model.layers, values, values[1:], strict=False):
        weights = np.abs(np.array(layer.weights, np.float64)) + 0.5
        off = weights @ off + 0.5 * np.abs(before).sum(axis=1).max() + 0.5
        if layer.multipliers:
            factor = np.array(layer.multipliers) / 2.0 ** np.array(layer.shifts)
            off = off * factor + 0.5 + np.abs(after).max(axis=0) * 2.0**-14
    return float(off.max()) * model.output_scale


def _scores(last: Any, scaled: Real, estimator: Estimator, q: NDArray[np.int16]) -> tuple[Real, Real]:
    """For each row the largest difference of a score, and how far the winner is ahead of the next."""
    found = reference.scores(estimator, q)
    if isinstance(estimator, Network):
        expected = np.asarray(last.predict_proba(scaled), np.float64)
        own = found * estimator.output_scale
        if own.shape[1] == 1:
            expected = np.log(expected[:, 1:] / expected[:, :1])
        else:
            expected = np.log(expected)
            own = own - np.logaddexp.reduce(own, axis=1, keepdims=True)
    elif isinstance(estimator, Linear):
        expected = np.asarray(last.decision_function(scaled)).reshape(len(q), -1)
        own = found * estimator.output_scale
    else:
        expected = np.asarray(last.predict_proba(scaled))
        if len(estimator.trees) == 1 and not estimator.leaves:
            expected = np.eye(expected.shape[1])[expected.argmax(axis=1)]
        own = found / (len(estimator.trees) * (255 if estimator.leaves else 1))
    ranked = np.sort(expected, axis=1)
    margin = np.abs(expected[:, 0]) if expected.shape[1] == 1 else ranked[:, -1] - ranked[:, -2]
    if isinstance(estimator, Trees) and not estimator.leaves:
        margin = np.full(len(q), np.inf)  # whole votes: equal ones go to the first class, there as here
    return np.abs(own - expected).max(axis=1), margin


def _near_thresholds(fitted: Any, estimator: Trees, rows: Real) -> NDArray[np.bool_]:
    """Rows that on their way come within half a step of a threshold: rounding may send them elsewhere."""
    last, scaled = before_last(fitted, rows)
    steps = np.array([one.scale for one in estimator.features])
    unscaled = before_last(fitted, rows + steps)[1] - scaled  # a step, after the scalers
    values = scaled.astype(np.float32)
    near = np.zeros(len(rows), bool)
    for tree in [one.tree_ for one in getattr(last, "estimators_", ())] or [last.tree_]:
        at = np.zeros(len(rows), np.int64)
        while (moving := tree.children_left[at] >= 0).any():
            here = at[moving]
            feature, threshold = tree.feature[here], tree.threshold[here]
            distance = values[moving, feature].astype(np.float64) - threshold
            slack = np.spacing(np.abs(values[moving, feature])).astype(np.float64)
            whole = np.array([one.scale == 1 and one.offset == 0 for one in estimator.features])[feature]
            whole &= rows[moving, feature] == np.round(rows[moving, feature])
            close = np.abs(distance) < np.abs(unscaled[moving, feature]) * (0.5 + 2**-7) + 2 * slack
            near[moving] |= close & ~whole
            left = distance <= 0
            at[moving] = np.where(left, tree.children_left[here], tree.children_right[here])
    return near
