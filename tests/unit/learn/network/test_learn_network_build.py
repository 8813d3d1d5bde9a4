"""A recipe's layers as a Keras model: shapes, the features' order, what does not fit together."""

import numpy as np
import pytest

from coincell.errors import InputError
from coincell.learn.model_recipe import Layer
from coincell.learn.network.build import as_input, build, shape_of_features


def layers(*tables):
    return [Layer(**table) for table in tables]


CONV = {"kind": "conv", "filters": 8, "kernel": 5, "stride": 2}
SEPARABLE = {"kind": "separable", "filters": 12, "kernel": 3, "stride": 2}


def shapes(model):
    """Where something is computed, in order."""
    plain = ("InputLayer", "ReLU", "BatchNormalization", "Flatten", "GaussianNoise")
    return [tuple(x.output.shape[1:]) for x in model.layers if type(x).__name__ not in plain]


def test_a_signal_in_time_is_an_image_one_pixel_wide():
    chosen = layers(
        CONV, {"kind": "max_pool", "kernel": 2}, SEPARABLE, {"kind": "average"}, {"kind": "dense", "units": 6}
    )
    model = build(chosen, (32, 3), 4, noise=2.0)
    assert model.input_shape == (None, 32, 1, 3)
    assert shapes(model) == [(16, 1, 8), (8, 1, 8), (4, 1, 8), (4, 1, 12), (1, 1, 12), (6,), (4,)]


def test_a_spectrogram_has_time_and_bands():
    model = build(layers(CONV, SEPARABLE | {"kernel": [3, 5]}, {"kind": "dropout"}), (20, 16, 1), 2)
    assert shapes(model) == [(10, 8, 8), (5, 4, 8), (5, 4, 12), (5, 4, 12), (2,)]
    assert [w.shape for w in model.weights if w.name == "kernel"] == [
        (5, 5, 1, 8), (3, 5, 8, 1), (1, 1, 8, 12), (5 * 4 * 12, 2),
    ]  # fmt: skip


def test_features_lie_row_by_row():
    """A dense layer that takes the feature of time 2, channel 1 finds it."""
    features = np.arange(12, dtype=np.int8)[np.newaxis]
    model = build([], (4, 3), 2)
    weights, bias = (np.zeros(w.shape, np.float32) for w in model.get_weights())
    weights[2 * 3 + 1, 1] = 1.0
    model.set_weights([weights, bias])
    one = 1 / (1 + np.exp(-7 / 32))
    assert model.predict(as_input(features, (4, 3)), verbose=0)[0] == pytest.approx([1 - one, one])


def test_noise_is_there_in_training_only():
    model = build([], (2,), 2, noise=16.0)
    x = np.zeros((4000, 2), np.float32)
    assert np.asarray(model.layers[1](x, training=True)).std() == pytest.approx(16 / 32, rel=0.05)
    assert not np.asarray(model.layers[1](x)).any()


@pytest.mark.parametrize(
    ("shape", "tables", "says"),
    [
        (
            (12,),
            [CONV],
            r"layers\[0\]: a layer conv needs positions, and here are only 12 values[\s\S]*input_shape",
        ),
        ((4, 3), [{"kind": "dense", "units": 4}, {"kind": "average"}], r"layers\[1\]: .*only 4 values"),
        ((4, 3), [{"kind": "max_pool", "kernel": 5}], r"layers\[0\]: its kernel is larger than the 4 x 1"),
        ((8, 3), [CONV | {"kernel": [3, 3]}], r"kernel = \[3, 3\], and there is only one band"),
        ((8, 8, 1), [SEPARABLE | {"stride": [2, 1]}], "one stride for time and bands"),
    ],
)
def test_layers_that_do_not_fit_are_named(shape, tables, says):
    with pytest.raises(InputError, match=says) as caught:
        build(layers(*tables), shape, 2, where="apps/x/training.toml")
    assert str(caught.value).startswith("apps/x/training.toml: model.layers")


def test_the_shape_must_be_that_of_the_features():
    assert shape_of_features((), 12) == (12,)
    assert shape_of_features((4, 3), 12) == (4, 3)
    with pytest.raises(InputError, match=r"model.input_shape: .* has 13 elements, not 4 x 3"):
        shape_of_features((4, 3), 13)
