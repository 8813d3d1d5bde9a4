"""From a fitted scikit-learn estimator to integers.

scikit-learn itself is not imported: a fitted estimator is asked for what it learnt, by the attributes that
scikit-learn documents.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ValidationError

from coincell.build.estimator.description import (
    Estimator,
    Feature,
    Linear,
    Network,
    Trees,
    n_scores_of,
    quantise,
)
from coincell.build.estimator.scikit_network import network
from coincell.build.estimator.trees import simplified
from coincell.describe.load import explain
from coincell.errors import InputError

Real = NDArray[np.float64]

HEADROOM = 0.25
"""How far beyond the data a feature may go before it saturates, as a share of the data's range: a choice."""
_TREES = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
_FORESTS = (
    "RandomForestClassifier",
    "RandomForestRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
)
_LINEAR = (
    *("LogisticRegression", "LinearSVC", "RidgeClassifier", "Perceptron"),
    *("LinearRegression", "Ridge", "Lasso", "ElasticNet", "LinearSVR"),
)
_SCALERS = ("StandardScaler", "MinMaxScaler", "MaxAbsScaler")
_NETWORKS = ("MLPClassifier", "MLPRegressor")
SUPPORTED = (*_TREES, *_FORESTS, *_LINEAR, *_NETWORKS)
_LEAF_HIGH = (1 << 14) - 1
_TOP_32 = (1 << 31) - 1
_TOP_64 = 1 << 62


@dataclass(frozen=True)
class _Affine:
    """What stands before an estimator: z = factor * x + shift, feature by feature."""

    factor: Real
    shift: Real


def from_sklearn(
    estimator: Any,
    data: ArrayLike,
    names: Sequence[str] = (),
    features: Sequence[Feature] = (),
    accumulator: int = 32,
) -> Estimator:
    """The integers that answer as the fitted `estimator` does, which may be a Pipeline of scalers before it.

    `data` are rows like those it was trained on: they tell how far each feature goes, unless `features` fix
    scales and offsets. `names` are the columns' names. `accumulator` is 32 or 64 bits for linear models.
    Raises InputError naming an estimator or parameter that is not supported.
    """
    last, before = _unwrap(estimator)
    kind = _kind(last)
    if kind not in SUPPORTED:
        raise InputError("this estimator cannot become C", value=kind, allowed=(*SUPPORTED, "Pipeline"))
    if not hasattr(last, "n_features_in_"):
        raise InputError("this estimator is not fitted", value=kind, mend="call its fit(X, y) first")
    if np.iterable(outputs := getattr(last, "n_outputs_", 1)) or (outputs != 1 and kind not in _NETWORKS):
        raise _unsupported(last, "n_outputs_", last.n_outputs_, "one output alone; fit one for each")
    rows = np.asarray(data, np.float64)
    if rows.ndim != 2 or rows.shape[1] != last.n_features_in_ or not len(rows) or not np.isfinite(rows).all():
        raise InputError(
            f"data are finite numbers in rows of the {last.n_features_in_} features it was fitted on",
            key="data",
            value=f"shape {rows.shape}",
        )
    try:
        return _described(estimator, last, before, rows, names, features, accumulator)
    except ValidationError as error:
        raise explain(error, kind) from error


def _described(
    estimator: Any,
    last: Any,
    before: list[Any],
    rows: Real,
    names: Sequence[str],
    features: Sequence[Feature],
    accumulator: int,
) -> Estimator:
    kind = _kind(last)
    called = _names(estimator, last.n_features_in_, names)
    described = tuple(features) or _features(rows, called, whole=kind in (*_TREES, *_FORESTS))
    if len(described) != last.n_features_in_:
        raise InputError(f"{last.n_features_in_} features are needed", key="features", value=len(described))
    affine = _affine(before, last.n_features_in_)
    sklearn = sys.modules.get("sklearn")
    source = f"{kind} of scikit-learn {getattr(sklearn, '__version__', '')}".strip()
    if kind in _NETWORKS:
        return _network(last, described, affine, source, rows)
    if kind in _LINEAR:
        return _linear(last, described, affine, source, accumulator)
    return _trees(last, described, affine, source)


def _kind(estimator: Any) -> str:
    """The name of a scikit-learn class; of another, with its module."""
    cls = type(estimator)
    return cls.__name__ if cls.__module__.startswith("sklearn.") else f"{cls.__module__}.{cls.__qualname__}"


def _unsupported(estimator: Any, parameter: str, value: object, allowed: str) -> InputError:
    return InputError(
        "this setting cannot become C", key=f"{_kind(estimator)}.{parameter}", value=value, allowed=[allowed]
    )


def _unwrap(estimator: Any) -> tuple[Any, list[Any]]:
    """The last step of a pipeline and the scalers before it."""
    if _kind(estimator) != "Pipeline":
        return estimator, []
    steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
    if not steps:
        raise InputError("this Pipeline has no steps", allowed=SUPPORTED)
    for step in steps[:-1]:
        if _kind(step) not in _SCALERS:
            raise InputError("this step of a Pipeline cannot become C", value=_kind(step), allowed=_SCALERS)
        if getattr(step, "clip", False):
            raise _unsupported(step, "clip", True, "False")
    return steps[-1], steps[:-1]


def before_last(estimator: Any, rows: Real) -> tuple[Any, Real]:
    """The last step of a pipeline, and what the scalers before it make of `rows`."""
    last, scalers = _unwrap(estimator)
    affine = _affine(scalers, rows.shape[1])
    return last, rows * affine.factor + affine.shift


def _affine(scalers: list[Any], n_features: int) -> _Affine:
    factor, shift = np.ones(n_features), np.zeros(n_features)
    for scaler in scalers:
        if _kind(scaler) == "MinMaxScaler":
            own, moved = scaler.scale_, scaler.min_
        else:
            own = np.ones(n_features) if scaler.scale_ is None else 1 / scaler.scale_
            mean = getattr(scaler, "mean_", None) if getattr(scaler, "with_mean", False) else None
            moved = np.zeros(n_features) if mean is None else -mean * own
        factor, shift = factor * own, shift * own + moved
    return _Affine(factor, shift)


def _names(estimator: Any, n_features: int, names: Sequence[str]) -> list[str]:
    found = list(names) or [str(name) for name in getattr(estimator, "feature_names_in_", ())]
    found = found or [f"f{number}" for number in range(n_features)]
    if len(found) != n_features:
        raise InputError(f"{n_features} names are needed", key="names", value=len(found))
    return found


def _features(rows: Real, names: Sequence[str], whole: bool) -> tuple[Feature, ...]:
    return tuple(_feature(column, name, whole) for column, name in zip(rows.T, names, strict=True))


def _feature(column: Real, name: str, whole: bool) -> Feature:
    """Spread over the int16, with room on both sides. With `whole`, whole numbers that fit stay as they are:
    thresholds between them are exact; products are finer when they fill the int16."""
    low, high = float(column.min()), float(column.max())
    if whole and low >= -32768 and high <= 32767 and (column == np.round(column)).all():
        return Feature(name=name, scale=1.0)
    middle = float(np.float32((low + high) / 2))
    half = (high - low) * (0.5 + HEADROOM) or abs(middle) or 1.0
    # of a narrow range far from 0, float32 itself is the finest step
    finest = float(np.spacing(np.float32(max(abs(low), abs(high)))))
    return Feature(name=name, scale=float(np.float32(max(half / 32767, finest))), offset=middle)


def _classes(estimator: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in getattr(estimator, "classes_", ()))


def _trees(estimator: Any, features: tuple[Feature, ...], affine: _Affine, source: str) -> Trees:
    """Thresholds become floor((threshold - offset) / scale): exact for features that are whole steps."""
    forest = [one.tree_ for one in getattr(estimator, "estimators_", ())] or [estimator.tree_]
    classes = _classes(estimator)
    values = [tree.value[:, 0, :] for tree in forest]
    rows = [_preorder(tree, features, affine) for tree in forest]
    if not classes:
        return _regression(features, rows, [one[:, 0] for one in values], source)
    shares = [one / one.sum(axis=1, keepdims=True) for one in values]
    leaf_nodes = [[node for node, *split in order if not split] for order in rows]
    reached = np.concatenate([share[nodes] for share, nodes in zip(shares, leaf_nodes, strict=True)])
    if len(forest) == 1 or (reached.max(axis=1) == 1).all():
        named = [share.argmax(axis=1) for share in shares]
        table: list[tuple[int, ...]] = []
    else:
        number: dict[tuple[int, ...], int] = {}
        steps = [np.rint(share * 255).astype(int) for share in shares]
        named = [np.zeros(len(one), int) for one in steps]
        for own, step, nodes in zip(named, steps, leaf_nodes, strict=True):
            for node in nodes:
                own[node] = number.setdefault(tuple(int(n) for n in step[node]), len(number))
        table = list(number)
    return Trees(
        source=source,
        features=features,
        classes=classes,
        leaves=tuple(table),
        trees=tuple(_named(order, value) for order, value in zip(rows, named, strict=True)),
    )


def _regression(
    features: tuple[Feature, ...], rows: list[list[tuple[int, ...]]], values: list[Real], source: str
) -> Trees:
    """Leaves in 15 bits around the middle of all of them; the output is the mean over the trees."""
    leaves = np.concatenate(
        [v[[n for n, *split in r if not split]] for v, r in zip(values, rows, strict=True)]
    )
    middle = (float(leaves.min()) + float(leaves.max())) / 2
    step = float(leaves.max() - leaves.min()) / 2 / _LEAF_HIGH or 1.0
    named = [np.rint((one - middle) / step).clip(-_LEAF_HIGH, _LEAF_HIGH).astype(int) for one in values]
    return Trees(
        source=source,
        features=features,
        output_scale=step / len(rows),
        output_offset=middle,
        trees=tuple(_named(order, value) for order, value in zip(rows, named, strict=True)),
    )


def _preorder(tree: Any, features: tuple[Feature, ...], affine: _Affine) -> list[tuple[int, ...]]:
    """A tree's nodes, left first: (node,) for a leaf, (node, feature, threshold, right) for a split."""
    order: list[int] = []
    pending = [0]
    while pending:
        node = pending.pop()
        order.append(node)
        if tree.children_left[node] >= 0:
            pending += [int(tree.children_right[node]), int(tree.children_left[node])]
    place = {node: index for index, node in enumerate(order)}
    rows: list[tuple[int, ...]] = []
    for node in order:
        if tree.children_left[node] < 0:
            rows.append((node,))
            continue
        feature = int(tree.feature[node])
        real = (tree.threshold[node] - affine.shift[feature]) / affine.factor[feature]
        threshold = math.floor((real - features[feature].offset) / features[feature].scale)
        rows.append((node, feature, max(-32768, min(32767, threshold)), place[tree.children_right[node]]))
    return rows


def _named(order: list[tuple[int, ...]], values: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    return simplified([tuple(split) or (int(values[node]),) for node, *split in order])


def _linear(
    estimator: Any, features: tuple[Feature, ...], affine: _Affine, source: str, accumulator: int
) -> Linear:
    if accumulator not in (32, 64):
        raise InputError("sums have 32 or 64 bits", key="accumulator", value=accumulator, allowed=(32, 64))
    classes = _classes(estimator)
    if estimator.coef_.ndim == 2 and len(estimator.coef_) != n_scores_of(classes):
        raise _unsupported(estimator, "coef_", f"{len(estimator.coef_)} outputs", "one output alone")
    weights, biases = real_scores(estimator, features, affine)
    step = _step(weights, biases, accumulator)
    return Linear(
        source=source,
        features=features,
        classes=classes,
        accumulator=64 if accumulator == 64 else 32,
        weights=tuple(tuple(int(w) for w in row) for row in np.rint(weights / step)),
        biases=tuple(int(b) for b in np.rint(biases / step)),
        output_scale=step,
    )


def _network(
    estimator: Any, features: tuple[Feature, ...], affine: _Affine, source: str, rows: Real
) -> Network:
    relu = estimator.activation == "relu"
    if estimator.activation not in ("relu", "identity"):
        raise _unsupported(estimator, "activation", estimator.activation, "relu, identity")
    classes = _classes(estimator)
    if not classes and estimator.out_activation_ != "identity":
        raise _unsupported(estimator, "out_activation_", estimator.out_activation_, "identity")
    pairs = [
        (coefficients.T.astype(np.float64), intercepts.astype(np.float64))
        for coefficients, intercepts in zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ]
    multilabel = len(classes) > 2 and estimator.out_activation_ != "softmax"
    if len(pairs[-1][1]) != n_scores_of(classes) or multilabel:
        raise _unsupported(estimator, "n_outputs_", estimator.n_outputs_, "one output alone")
    pairs[0] = _in_steps(*pairs[0], features, affine)
    q = quantise(features, rows).astype(np.float64)
    layers, step = network(pairs, relu, features, q)
    return Network(source=source, features=features, classes=classes, layers=layers, output_scale=step)


def real_scores(estimator: Any, features: tuple[Feature, ...], affine: _Affine) -> tuple[Real, Real]:
    """Weights and biases of the scores, for features counted in their steps."""
    coefficients = np.atleast_2d(np.asarray(estimator.coef_, np.float64))
    intercepts = np.broadcast_to(np.asarray(estimator.intercept_, np.float64), len(coefficients))
    return _in_steps(coefficients, intercepts, features, affine)


def _in_steps(
    coefficients: Real, intercepts: Real, features: tuple[Feature, ...], affine: _Affine
) -> tuple[Real, Real]:
    """Weights and biases for features counted in their steps, the scalers before them folded in."""
    scales = np.array([one.scale for one in features])
    offsets = np.array([one.offset for one in features])
    own = coefficients * affine.factor
    return own * scales, intercepts + coefficients @ affine.shift + own @ offsets


def _step(weights: Real, biases: Real, accumulator: int) -> float:
    """The finest step of scores with which no sum leaves the accumulator, whatever the features are."""
    top, each = (_TOP_32, 32767) if accumulator == 32 else (_TOP_64, _TOP_32)
    # rounding adds half a step to each weight, and with it half of 32768 to the sum
    room = top - 16384 * weights.shape[1] - 1
    sums = np.abs(weights).sum(axis=1) * 32768 + np.abs(biases)
    return float(max(sums.max() / room, np.abs(weights).max() / each)) or 1.0
