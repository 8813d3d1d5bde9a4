"""Fitted scikit-learn estimators of every kind that becomes C, on scikit-learn's own data sets."""

from __future__ import annotations

from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

CASES = {
    "tree": (load_breast_cancer, DecisionTreeClassifier(max_depth=4, random_state=1), {}),
    "small_tree": (load_iris, DecisionTreeClassifier(max_depth=2, random_state=1), {}),
    "votes": (load_digits, RandomForestClassifier(9, random_state=1), {}),
    "shares": (load_wine, ExtraTreesClassifier(12, max_depth=4, random_state=2), {}),
    "scaled_forest": (
        load_breast_cancer,
        make_pipeline(StandardScaler(), RandomForestClassifier(7, max_depth=6, random_state=1)),
        {},
    ),
    "tree_regressor": (load_diabetes, DecisionTreeRegressor(max_depth=5, random_state=1), {}),
    "forest_regressor": (load_diabetes, ExtraTreesRegressor(6, max_depth=5, random_state=1), {}),
    "logistic": (load_iris, make_pipeline(StandardScaler(), LogisticRegression()), {}),
    "logistic_64": (
        load_breast_cancer,
        make_pipeline(StandardScaler(), LogisticRegression()),
        {"accumulator": 64},
    ),
    "svc": (load_digits, make_pipeline(MinMaxScaler(), LinearSVC()), {}),
    "mlp": (
        load_digits,
        make_pipeline(StandardScaler(), MLPClassifier((24, 12), max_iter=400, random_state=1)),
        {},
    ),
    "mlp_binary": (
        load_breast_cancer,
        make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=600, random_state=1)),
        {},
    ),
    "mlp_regressor": (
        load_diabetes,
        make_pipeline(
            StandardScaler(),
            MLPRegressor(hidden_layer_sizes=(10, 6, 5), activation="identity", max_iter=900, random_state=1),
        ),
        {},
    ),
    "ridge": (load_diabetes, Ridge(), {}),
    "least_squares_64": (load_diabetes, LinearRegression(), {"accumulator": 64}),
}


def halves(case: str):
    """The case's fitted estimator, the rows it was fitted on, and rows with their truth that it never saw."""
    load, estimator, _ = CASES[case]
    data, truth = load(return_X_y=True)
    estimator.fit(data[::2], truth[::2])
    return estimator, data[::2], data[1::2], truth[1::2]
