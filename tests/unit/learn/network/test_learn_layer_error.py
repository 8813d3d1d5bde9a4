"""Errors of layers against the same computed from Keras's answers and those of the int8 file."""

from math import log10

import numpy as np
import pytest

from coincell.learn import quantise
from coincell.learn.network import fit
from coincell.learn.network.build import as_input, build
from coincell.learn.network.layer_error import layer_errors

FEATURES = np.random.default_rng(4).integers(-128, 128, (60, 6)).astype(np.int8)


@pytest.fixture(scope="module")
def forms():
    fit.repeatable(4)
    model = build([], (6,), 3)
    examples = quantise.full_range(FEATURES, 4, 60)
    return model, quantise.to_float(model), quantise.to_int8(model, as_input(examples, (6,)))


def test_the_last_error_is_that_of_the_answers(forms):
    model, as_float, as_int8 = forms
    exact = model.predict(as_input(FEATURES, (6,)), verbose=0).astype(np.float64)
    rough = (quantise.run(as_int8, FEATURES, reference=True) + 128.0) / 256
    expected = 10 * log10(np.square(exact).sum() / np.square(exact - rough).sum())
    dense, softmax = layer_errors(as_float, as_int8, FEATURES)
    assert (dense.operator, softmax.operator) == ("FULLY_CONNECTED", "SOFTMAX")
    assert softmax.sqnr_db == pytest.approx(expected, abs=0.01)


def test_a_dense_layers_error_is_about_its_rounding(forms):
    """Eight bits over the range of its outputs: the step's square over 12, and no less (Bennett's noise)."""
    model, as_float, as_int8 = forms
    weights, bias = model.get_weights()
    exact = as_input(FEATURES, (6,)) @ weights + bias
    step = (exact.max() - exact.min()) / 255
    rounding = 10 * log10(np.square(exact).mean() / (step**2 / 12))
    dense, _ = layer_errors(as_float, as_int8, FEATURES)
    assert rounding - 4 < dense.sqnr_db < rounding + 0.5


def test_examples_for_ranges_change_as_little_as_can_be():
    examples = quantise.full_range(FEATURES, 4, 20)
    assert examples.shape == (20, 6)
    assert (examples[0].min(), examples[0].max()) == (-128, 127)
    originals = {row.tobytes() for row in FEATURES}
    assert all(row.tobytes() in originals for row in examples[1:])
    nearest = min(np.count_nonzero(examples[0] != row) for row in FEATURES)
    assert nearest <= 2
