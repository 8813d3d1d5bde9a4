"""Models that the converter must refuse, each with the reason and what is supported."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import kernel_models as km

from coincell.build.convert import convert
from coincell.errors import InputError


def refusal(tmp_path, model: bytes) -> str:
    path = tmp_path / "model.tflite"
    path.write_bytes(model)
    with pytest.raises(InputError) as caught:
        convert(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def single(code: int, options_type=0, options=None, dtype=km.INT8, shape=(1, 4), out_shape=(1, 4)) -> bytes:
    model = km.ModelBuilder()
    scale = 0.1 if dtype == km.INT8 else None
    source = model.tensor(shape, scale, 0, dtype=dtype)
    output = model.tensor(out_shape, scale, 0, dtype=dtype)
    model.operator(code, [source], [output], options_type, options)
    return model.bytes([source], [output])


def test_unsupported_operator_is_named_with_the_supported_ones(tmp_path):
    message = refusal(tmp_path, single(47))
    assert "EXP" in message
    for name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SOFTMAX", "ADD", "RESHAPE", "MEAN"):
        assert name in message
    assert "operator 200" in refusal(tmp_path, single(200))


def test_float_models(tmp_path):
    message = refusal(tmp_path, single(25, dtype=km.FLOAT32))
    assert "int8" in message
    assert "float32" in message
    assert "inference_input_type" in message


def test_a_pool_that_rescales(tmp_path):
    model = km.ModelBuilder()
    source, output = model.tensor((1, 4, 4, 2), 0.1), model.tensor((1, 2, 2, 2), 0.2)
    options = km.schema.Pool2DOptionsT()
    options.strideH = options.strideW = options.filterHeight = options.filterWidth = 2
    model.operator(1, [source], [output], 5, options)
    assert "changes the scale" in refusal(tmp_path, model.bytes([source], [output]))


@pytest.mark.parametrize("stride", [0, -1])
def test_impossible_strides(tmp_path, stride):
    model = km.ModelBuilder()
    source, output = model.tensor((1, 4, 4, 2), 0.1), model.tensor((1, 2, 2, 2), 0.1)
    options = km.schema.Pool2DOptionsT()
    options.strideH = options.strideW = stride
    options.filterHeight = options.filterWidth = 2
    model.operator(17, [source], [output], 5, options)
    assert "below 1" in refusal(tmp_path, model.bytes([source], [output]))


def test_shapes_that_do_not_follow(tmp_path):
    options = km.schema.Pool2DOptionsT()
    options.strideH = options.strideW = options.filterHeight = options.filterWidth = 2
    model = single(17, 5, options, shape=(1, 4, 4, 2), out_shape=(1, 4, 4, 2))
    assert "(1, 2, 2, 2) follows" in refusal(tmp_path, model)


def test_sums_that_could_overflow(tmp_path):
    model = km.ModelBuilder()
    source, output = model.tensor((1, 4), 0.1), model.tensor((1, 2), 0.1)
    weights = model.tensor((2, 4), 0.1, 0, np.ones((2, 4), np.int8))
    bias = model.tensor((2,), 0.01, 0, np.array([0, 2**31 - 1], np.int32), km.INT32)
    model.operator(9, [source, weights, bias], [output], 8, km.schema.FullyConnectedOptionsT())
    assert "may sum up to" in refusal(tmp_path, model.bytes([source], [output]))


def test_two_outputs(tmp_path):
    model = km.ModelBuilder()
    source, output = model.tensor((1, 4), 0.1), model.tensor((1, 4), 0.1)
    model.operator(22, [source], [output])
    assert "2 outputs" in refusal(tmp_path, model.bytes([source], [output, source]))


def test_an_output_that_nothing_computes(tmp_path):
    model = km.ModelBuilder()
    source, output = model.tensor((1, 4), 0.1), model.tensor((1, 4), 0.1)
    assert "nothing computes" in refusal(tmp_path, model.bytes([source], [output]))
