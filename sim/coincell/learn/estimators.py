"""Trees, forests, linear models and small perceptrons: fitted by scikit-learn, answered in integers.

Features enter as the firmware has them: int16, scale 1. Nothing is left to scale on the chip.
"""

from __future__ import annotations

import warnings
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.build.estimator import reference
from coincell.build.estimator.agreement import agreement
from coincell.build.estimator.description import Estimator, Feature, load_estimator, save_estimator
from coincell.build.estimator.scikit import from_sklearn
from coincell.errors import InputError
from coincell.learn.class_weights import weights_of_classes
from coincell.learn.confusion import Confusion
from coincell.learn.dataset import Dataset, Examples
from coincell.learn.estimator_report import EstimatorReport
from coincell.learn.model_recipe import (
    ForestRecipe,
    LinearRecipe,
    ModelRecipe,
    PerceptronRecipe,
    TreeRecipe,
)
from coincell.learn.progress import Progress
from coincell.learn.scikit_learn import scikit_learn

_MOST_STEPS = 5000
"""Of the linear model's solver; it stops when it has converged."""


def train_estimator(
    recipe: ModelRecipe,
    data: Dataset,
    seed: int,
    progress: Progress = lambda _done, _what: None,
    where: str = "training.toml",
) -> tuple[Estimator, EstimatorReport]:
    """The model in integers, and what was found on the test. The same data and seed give the same model.

    Raises InputError for weights that do not suit the classes, MissingToolError without scikit-learn.
    """
    scikit_learn()
    progress(0.0, f"fitting a {recipe.kind}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a solver that is not done yet is told in the report's figures
        fitted = _fit(recipe, data, seed, progress, where)
    progress(0.9, "into integers")
    accumulator = recipe.accumulator if isinstance(recipe, LinearRecipe) else 32
    features = [Feature(name=name, scale=1.0) for name in data.feature_names]
    rows = data.training.features
    model = _named(from_sklearn(fitted, rows, features=features, accumulator=accumulator), data.class_names)
    test = data.test
    truth, names = test.classes, data.class_names
    integers = reference.predict(model, test.features.astype(np.int16))
    return model, EstimatorReport(
        fitted=fitted,
        model=model,
        floats=Confusion.of(names, truth, np.asarray(fitted.predict(_real(test)), np.int64)),
        integers=Confusion.of(names, truth, integers),
        agreement=agreement(fitted, model, test.features),
    )


def write(model: Estimator) -> bytes:
    """The file that apps are built with."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.tree.json"
        save_estimator(model, path)
        load_estimator(path)
        return path.read_bytes()


def _named(model: Estimator, classes: tuple[str, ...]) -> Estimator:
    """With the classes' names; scikit-learn learned their numbers."""
    return type(model).model_validate({**dict(model), "classes": classes})


def _real(examples: Examples) -> NDArray[np.float64]:
    return examples.features.astype(np.float64)


def _fit(recipe: ModelRecipe, data: Dataset, seed: int, progress: Progress, where: str) -> Any:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    rows, classes = _real(data.training), data.training.classes
    weights = weights_of_classes(recipe.class_weights, classes, data.class_names, where)
    by_class = dict(enumerate(weights))
    if isinstance(recipe, PerceptronRecipe):
        return _fit_perceptron(recipe, data, weights, seed, progress)
    if isinstance(recipe, ForestRecipe):
        return RandomForestClassifier(
            recipe.trees,
            max_depth=recipe.max_depth,
            min_samples_leaf=recipe.min_samples_leaf,
            class_weight=by_class,
            random_state=seed,
        ).fit(rows, classes)
    if isinstance(recipe, TreeRecipe):
        return DecisionTreeClassifier(
            max_depth=recipe.max_depth,
            min_samples_leaf=recipe.min_samples_leaf,
            class_weight=by_class,
            random_state=seed,
        ).fit(rows, classes)
    if isinstance(recipe, LinearRecipe):
        linear = LogisticRegression(
            C=recipe.strength, class_weight=by_class, max_iter=_MOST_STEPS, random_state=seed
        )
        return make_pipeline(StandardScaler(), linear).fit(rows, classes)
    raise InputError("this is not for scikit-learn", where, "model.kind", recipe.kind)


def _fit_perceptron(
    recipe: PerceptronRecipe, data: Dataset, weights: NDArray[np.float64], seed: int, progress: Progress
) -> Any:
    """The epoch that judged the validation best. Each draws examples anew, a class as often as it weighs."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(seed)
    classes = data.training.classes
    scaler = StandardScaler().fit(_real(data.training))
    rows, unseen = scaler.transform(_real(data.training)), scaler.transform(_real(data.validation))
    share = weights[classes] / weights[classes].sum()
    network = MLPClassifier(
        recipe.hidden, alpha=recipe.alpha, random_state=np.random.RandomState(seed % (1 << 32))
    )
    best, best_f1 = network, -1.0
    for epoch in range(recipe.epochs):
        drawn = rng.choice(len(rows), len(rows), p=share)
        network.partial_fit(rows[drawn], classes[drawn], classes=np.arange(len(data.class_names)))
        found = Confusion.of(data.class_names, data.validation.classes, network.predict(unseen)).macro_f1
        if found > best_f1:
            best, best_f1 = deepcopy(network), found
        progress(0.9 * (epoch + 1) / recipe.epochs, f"epoch {epoch + 1} of {recipe.epochs}")
    return make_pipeline(scaler, best)
