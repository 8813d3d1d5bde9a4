"""Pruning: how much when, which weights, and that they stay 0 while the others learn."""

import numpy as np
import pytest

from coincell.learn.model_recipe import Layer
from coincell.learn.network import fit, prune
from coincell.learn.network.build import as_input, build


@pytest.mark.parametrize("epochs", [1, 2, 5, 10])
def test_the_share_grows_to_its_whole_by_half_time(epochs):
    shares = [prune.share_pruned(epoch, epochs, 0.8) for epoch in range(epochs)]
    assert shares == sorted(shares)
    assert shares[0] > 0
    assert shares[(epochs - 1) // 2 :] == pytest.approx([0.8] * (epochs - (epochs - 1) // 2))


def test_the_share_follows_the_cubic():
    """Zhu and Gupta, equation 1, from 0 at t = 0 to the whole at n steps: here 5 steps of 9 epochs."""
    for epoch in range(5):
        expected = 0.5 + (0.0 - 0.5) * (1 - (epoch + 1) / 5) ** 3
        assert prune.share_pruned(epoch, 9, 0.5) == pytest.approx(expected)


@pytest.mark.parametrize("ratio", [0.0, 0.3, 0.5, 0.95])
def test_the_smallest_go(ratio):
    weights = np.random.default_rng(2).standard_normal((3, 5, 7)).astype(np.float32)
    keep = prune.mask(weights, ratio)
    gone = round(ratio * 105)
    assert np.count_nonzero(keep == 0) == gone
    if gone:
        assert np.abs(weights[keep == 0]).max() < np.abs(weights[keep == 1]).min()


def test_equal_weights_do_not_all_go():
    assert prune.mask(np.ones((4, 4), np.float32), 0.5).sum() == 8


def test_pruned_weights_stay_zero_while_others_learn():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 256)
    x = as_input(
        np.clip(rng.normal(0, 20, (256, 32)) + 30 * y[:, np.newaxis], -128, 127).astype(np.int8), (16, 2)
    )
    fit.repeatable(3)
    model = build([Layer(kind="separable", filters=8), Layer(kind="dense", units=4)], (16, 2), 2)
    before = [np.asarray(kernel) for kernel in prune.prunable(model)]
    fit.teach(
        model, fit.shuffled(x, y, 3).repeat().batch(32), (x, y), epochs=3, steps=8, learning_rate=0.01,
        class_weights=(1, 1), progress=lambda f, text: None, callbacks=[prune.pruning(model, 3, 0.75)],
    )  # fmt: skip
    after = [np.asarray(kernel) for kernel in prune.prunable(model)]
    assert [kernel.shape for kernel in after] == [(1, 1, 2, 8), (16 * 8, 4), (4, 2)]  # no depthwise one
    for old, new in zip(before, after, strict=True):
        assert np.count_nonzero(new == 0) == round(0.75 * new.size)
        assert (new != old)[new != 0].any()
    depthwise = next(layer for layer in model.layers if type(layer).__name__ == "DepthwiseConv2D")
    assert np.asarray(depthwise.kernel).all()
    assert prune.sparsity(model) == pytest.approx(0.75, abs=0.001)
