"""From examples to int8: what is learned, what the report says, and that it repeats."""

import gzip

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics
from sklearn.utils.class_weight import compute_class_weight

from coincell.errors import InputError
from coincell.learn import quantise
from coincell.learn.class_weights import weights_of_classes
from coincell.learn.dataset import Dataset, Examples
from coincell.learn.model_recipe import Compression, Layer, NetworkRecipe
from coincell.learn.network.train import Network, train_network

CLASSES = ("down", "up")
APART, SPREAD, LENGTH = 6.0, 30.0, 24
RECIPE = NetworkRecipe(
    kind="network",
    input_shape=(LENGTH, 1),
    layers=(
        Layer(kind="conv", filters=4, kernel=3),
        Layer(kind="separable", filters=8),
        Layer(kind="average"),
        Layer(kind="dense", units=8),
    ),
    epochs=6,
)


def examples(n, seed):
    """Constant plus or minus APART in white noise: the mean decides, as well as anything can."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    x = rng.normal(0, SPREAD, (n, LENGTH)) + APART * (2 * y - 1)[:, np.newaxis]
    return Examples(np.clip(np.rint(x), -128, 127).astype(np.int8), y, np.zeros(n, int), np.arange(float(n)))


TEST = examples(1000, 3)


def train(compress, recipe=RECIPE, classes=CLASSES, seed=5):
    said = []
    names = tuple(f"f{number}" for number in range(LENGTH))
    data = Dataset(examples(2000, 1), examples(500, 2), TEST, classes, names)
    return *train_network(
        recipe,
        compress,
        data,
        seed,
        lambda share, text: said.append((share, text)),
        "training.toml",
    ), said


@pytest.fixture(scope="module")
def trained():
    return train(Compression(prune_ratio=0.5, fine_tune_epochs=4))


def test_it_learns_nearly_what_can_be_learned(trained):
    _, report, _ = trained
    best = stats.norm.cdf(APART * LENGTH**0.5 / SPREAD)
    for step in report.steps:
        assert step.confusion.accuracy > best - 0.05
    assert [step.name for step in report.steps] == ["float", "pruned", "int8"]


def test_the_int8_input_is_the_feature(trained):
    model, _, _ = trained
    assert quantise.input_quantisation(model) == (1 / 32, 0)
    operators = [one["op_name"] for one in quantise.interpreter_of(model)._get_ops_details()]
    assert operators == [
        "CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "AVERAGE_POOL_2D", "FULLY_CONNECTED",
        "FULLY_CONNECTED", "SOFTMAX",
    ]  # fmt: skip


def test_figures_are_those_of_scikit_learn_on_the_models_own_answers(trained):
    model, report, _ = trained
    answers = quantise.run(model, TEST.features.reshape(-1, LENGTH, 1, 1), reference=True).argmax(axis=1)
    found = report.steps[-1].confusion
    assert np.array_equal(found.counts, metrics.confusion_matrix(TEST.classes, answers))
    text = "\n".join(report.lines())
    assert f"| {metrics.f1_score(TEST.classes, answers, average='macro'):.3f} |" in text
    assert f"| {len(model)} B |" in text


def test_sizes_and_work_by_hand(trained):
    model, report, _ = trained
    assert report.steps[-1].file_bytes == len(model)
    assert report.steps[-1].gzip_bytes == len(gzip.compress(model, mtime=0))
    assert report.converted.macs == LENGTH * (3 * 4 + 3 * 4 + 4 * 8) + 8 * 8 + 8 * 2
    # weights, four numbers of each normalised channel, biases of the dense layers
    assert report.parameters == 3 * 4 + 3 * 4 + 4 * 8 + 4 * (4 + 4 + 8) + 8 * 8 + 8 + 8 * 2 + 2


def test_half_of_the_weights_are_zero_and_the_file_compresses_better(trained):
    model, report, _ = trained
    assert report.sparsity == pytest.approx(0.5)
    before, after, _ = report.steps
    assert before.file_bytes == after.file_bytes
    assert after.gzip_bytes < before.gzip_bytes
    interpreter = quantise.interpreter_of(model)
    kernels = [
        interpreter.get_tensor(tensor["index"])
        for tensor in interpreter.get_tensor_details()
        if tensor["shape"].tolist() in ([4, 3, 1, 1], [8, 1, 1, 4], [8, 8], [2, 8])
    ]
    assert len(kernels) == 4
    for kernel in kernels:
        assert np.count_nonzero(kernel == 0) >= kernel.size // 2


def test_each_layer_has_its_error(trained):
    _, report, _ = trained
    assert [error.operator.lower() for error in report.errors] == [
        layer.operator.lower() for layer in report.converted.layers
    ]
    assert all(15 < error.sqnr_db < 70 for error in report.errors)


def test_progress_goes_forward(trained):
    shares = [share for share, _ in trained[2]]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1


def test_the_same_seed_gives_the_same_file():
    few = RECIPE.model_copy(update={"layers": RECIPE.layers[:1], "epochs": 1, "noise": 2.0})
    first, again = (train(Compression(), few)[0] for _ in range(2))
    assert first == again


def test_balanced_weights_are_those_of_scikit_learn():
    y = np.array([0] * 70 + [1] * 20 + [2] * 10)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=y)
    assert weights_of_classes("balanced", y, "abc") == pytest.approx(expected)
    assert weights_of_classes((1, 2, 3), y, "abc").tolist() == [1, 2, 3]


def test_a_class_without_examples_or_weight_is_named():
    with pytest.raises(InputError, match=r"training.toml: truth.classes: no scene[\s\S]*'sideways'"):
        train(Compression(), classes=(*CLASSES, "sideways"))
    with pytest.raises(InputError, match=r"model.class_weights: there are 2 classes"):
        train(Compression(), RECIPE.model_copy(update={"class_weights": (1.0, 2.0, 3.0)}))


def test_a_network_that_answers_always_the_same_is_refused():
    """TFLite would abort the process: there is no range to quantise."""
    network = Network(RECIPE, examples(50, 1), CLASSES, 1, "training.toml")
    network.model.set_weights([np.zeros_like(w) for w in network.model.get_weights()])
    with pytest.raises(InputError, match=r"training.toml: model: the network answers the same whatever"):
        network.int8()
