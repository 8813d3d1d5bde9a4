"""What scikit-learn's estimators may be to become C, what is refused by name, and the page that tells it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from coincell.build.estimator import reference
from coincell.build.estimator.description import Feature, load_estimator, quantise
from coincell.build.estimator.scikit import from_sklearn
from coincell.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
DATA = np.random.default_rng(1).normal(size=(200, 3))
CLASS = (DATA[:, 0] > DATA[:, 1]).astype(int)
TWO = np.stack([CLASS, 1 - CLASS], axis=1)


class Mine(DecisionTreeClassifier):
    """A class that scikit-learn does not know."""


@pytest.mark.parametrize(
    ("estimator", "truth", "words"),
    [
        (GradientBoostingClassifier(n_estimators=2), CLASS, "(?s)'GradientBoostingClassifier'.*RandomForest"),
        (GaussianNB(), CLASS, "(?s)'GaussianNB'.*LogisticRegression"),
        (Mine(), CLASS, "Mine"),
        (DecisionTreeRegressor(), TWO, "DecisionTreeRegressor.n_outputs_.*\n.*2"),
        (RandomForestClassifier(2), TWO, r"RandomForestClassifier.n_outputs_"),
        (Ridge(), TWO, r"Ridge.coef_.*\n.*2 outputs"),
        (make_pipeline(PolynomialFeatures(), Ridge()), CLASS, "(?s)'PolynomialFeatures'.*StandardScaler"),
        (MLPClassifier((3,), activation="tanh", max_iter=9), CLASS, "MLPClassifier.activation"),
        (MLPClassifier((3,), max_iter=9), TWO, "MLPClassifier.n_outputs_"),
        (MLPRegressor(hidden_layer_sizes=(3,), max_iter=9), TWO, "MLPRegressor.n_outputs_"),
        (make_pipeline(MinMaxScaler(clip=True), Ridge()), CLASS, "MinMaxScaler.clip"),
    ],
)
def test_what_cannot_become_c(estimator, truth, words):
    with pytest.raises(InputError, match=words):
        from_sklearn(estimator.fit(DATA, truth), DATA)


def test_a_network_of_exponentials_is_refused():
    """MLPRegressor(loss="poisson"), of scikit-learn 1.7 and later, ends in one."""
    fitted = MLPRegressor(hidden_layer_sizes=(3,), max_iter=9).fit(DATA, CLASS)
    fitted.out_activation_ = "exp"
    with pytest.raises(InputError, match=r"MLPRegressor\.out_activation_"):
        from_sklearn(fitted, DATA)


def test_what_else_is_refused():
    fitted = LogisticRegression().fit(DATA, CLASS)
    with pytest.raises(InputError, match="not fitted"):
        from_sklearn(LogisticRegression(), DATA)
    with pytest.raises(InputError, match="finite numbers in rows of the 3 features"):
        from_sklearn(fitted, DATA[:, :2])
    with pytest.raises(InputError, match="finite numbers"):
        from_sklearn(fitted, DATA * np.nan)
    with pytest.raises(InputError, match="3 names are needed"):
        from_sklearn(fitted, DATA, names=["a"])
    with pytest.raises(InputError, match="32 or 64"):
        from_sklearn(fitted, DATA, accumulator=16)
    with pytest.raises(InputError, match=r"(?s)name: .*'no\\nname'"):
        from_sklearn(fitted, DATA, names=["a", "b", "no\nname"])


@pytest.mark.parametrize("scaler", [StandardScaler(), StandardScaler(with_mean=False), MinMaxScaler((-1, 2))])
@pytest.mark.parametrize("seed", range(4))
def test_whole_features_of_a_fixed_scale_agree_exactly(scaler, seed):
    """A sensor's own steps: thresholds between whole numbers leave nothing to round."""
    rng = np.random.default_rng(seed)
    data = rng.integers(-3000, 3000, (300, 4)).astype(float)
    truth = (data[:, 0] * data[:, 1] > data[:, 2] * 1000).astype(int) + (data[:, 3] > 2000)
    features = [Feature(name=f"raw{number}", scale=1.0) for number in range(4)]
    fitted = make_pipeline(scaler, RandomForestClassifier(5, random_state=seed)).fit(data, truth)
    model = from_sklearn(fitted, data, features=features)
    unseen = rng.integers(-4000, 4000, (2000, 4)).astype(float)
    found = reference.predict(model, quantise(features, unseen))
    np.testing.assert_array_equal(np.array(model.classes)[found], fitted.predict(unseen).astype(str))


def test_the_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs/scikit_learn.md").read_text("utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(program, "docs/scikit_learn.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "38 rows" in shown
    assert "accuracy" in shown
    model = load_estimator(tmp_path / "model.tree.json")
    assert [one.name for one in model.features][3] == "petal_width"
