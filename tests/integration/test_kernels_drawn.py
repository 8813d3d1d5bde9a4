"""Every operator against TensorFlow Lite's reference kernels, over hundreds of random models."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")
import kernel_models as km
from kernel_draws import DRAWS

ROWS = 6
COUNTS = {"convolution": 120, "dense": 60, "pool": 60, "TRANSPOSE_CONV": 60, "ADD": 60, "SUB": 60, "MUL": 60}


@pytest.fixture(scope="module", params=["plain", "simd"])
def kernels(request, tmp_path_factory):
    return km.HostKernels(tmp_path_factory.mktemp(request.param), simd=request.param == "simd")


@pytest.mark.parametrize("kind", DRAWS)
def test_drawn_models(kernels, kind):
    rng = np.random.default_rng(sum(kind.encode()))
    models = [DRAWS[kind](rng) for _ in range(COUNTS.get(kind, 30))]
    for number, (model, ours) in enumerate(zip(models, kernels.load(models), strict=True)):
        inputs = rng.integers(-128, 128, (ROWS, int(np.prod(ours.converted.input_shape))), dtype=np.int8)
        inputs[0], inputs[1] = -128, 127
        np.testing.assert_array_equal(
            ours.run(inputs), km.reference(model, inputs), err_msg=f"{kind} {number}"
        )


@pytest.mark.parametrize("kind", [km.FLOAT32, km.UINT8])
def test_borders_fall_away(kernels, kind):
    """A model of real numbers or uint8 outside, int8 inside: the firmware sees the int8 tensors."""
    rng = np.random.default_rng(kind)
    whole, inner = km.bordered(rng, kind)
    inputs = rng.integers(-128, 128, (8, 24), dtype=np.int8)
    (ours,) = kernels.load([whole])
    outside = (inputs - 5.0) * 0.05 if kind == km.FLOAT32 else inputs.astype(np.int16) + 128
    expected = km.reference(whole, outside.astype(np.float32 if kind == km.FLOAT32 else np.uint8))
    answers = ours.run(inputs)
    np.testing.assert_array_equal(answers, km.reference(inner, inputs))
    as_outside = (answers + 7.0) * 0.125 if kind == km.FLOAT32 else answers.astype(np.int16) + 128
    np.testing.assert_array_equal(as_outside, expected)
    assert "#define NN_INPUT_ZERO_POINT (5)" in ours.converted.header
