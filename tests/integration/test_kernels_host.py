"""Every kernel against TensorFlow Lite's reference kernels, over random shapes and quantisation."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")
import kernel_models as km

SAME, VALID = km.SAME, km.VALID


@pytest.fixture(scope="module", params=["plain", "simd"])
def kernels(request, tmp_path_factory):
    return km.HostKernels(tmp_path_factory.mktemp(request.param), simd=request.param == "simd")


def check(kernels, model: bytes, rng, n_inputs: int, rows: int = 12) -> np.ndarray:
    inputs = rng.integers(-128, 128, (rows, n_inputs), dtype=np.int8)
    inputs[0], inputs[1] = -128, 127  # the extremes overflow first
    expected = km.reference(model, inputs)
    np.testing.assert_array_equal(kernels.run(model, inputs), expected)
    return expected


CONVOLUTIONS = [
    # (height, width, channels), out channels, kernel, stride, padding, activation, dilation
    ((9, 7, 1), 5, (3, 3), (1, 1), SAME, km.NONE, (1, 1)),
    ((10, 8, 3), 4, (4, 5), (2, 2), SAME, km.RELU, (1, 1)),
    ((6, 6, 8), 8, (1, 1), (1, 1), VALID, km.RELU6, (1, 1)),
    ((5, 9, 7), 3, (1, 1), (1, 1), SAME, km.RELU_N1_TO_1, (1, 1)),
    ((12, 5, 4), 6, (10, 4), (2, 1), SAME, km.RELU, (1, 1)),
    ((7, 11, 2), 2, (3, 2), (1, 3), VALID, km.NONE, (1, 1)),
    ((1, 40, 6), 7, (1, 5), (1, 2), SAME, km.RELU, (1, 1)),
    ((2, 2, 5), 3, (3, 3), (1, 1), SAME, km.NONE, (1, 1)),
    ((11, 9, 3), 4, (3, 3), (1, 1), VALID, km.NONE, (2, 3)),
    ((11, 9, 4), 3, (3, 2), (1, 1), SAME, km.RELU, (2, 2)),
    ((4, 4, 9), 1, (4, 4), (1, 1), VALID, km.NONE, (1, 1)),
]


@pytest.mark.parametrize("case", range(len(CONVOLUTIONS)))
def test_convolution(kernels, case):
    rng = np.random.default_rng(100 + case)
    shape, out_c, kernel, stride, padding, activation, dilation = CONVOLUTIONS[case]
    model = km.convolution(
        rng, shape, out_c, kernel, stride, padding,
        activation=activation, dilation=dilation, per_channel=case % 4 != 3,
    )  # fmt: skip
    outputs = check(kernels, model, rng, int(np.prod(shape)))
    assert len(np.unique(outputs)) > 8 or activation != km.NONE  # the case says something


@pytest.mark.parametrize("seed", range(6))
def test_convolution_of_random_geometry(kernels, seed):
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(3, 12, 3))
    kernel = tuple(int(n) for n in rng.integers(1, 4, 2))
    stride = tuple(int(n) for n in rng.integers(1, 4, 2))
    depthwise = bool(seed % 2)
    model = km.convolution(
        rng, shape, int(rng.integers(1, 9)), kernel, stride, int(rng.integers(0, 2)),
        depthwise=depthwise, multiplier=int(rng.integers(1, 3)) if depthwise else 1,
        zero_point=(-128, 127, 0)[seed % 3],
    )  # fmt: skip
    check(kernels, model, rng, int(np.prod(shape)), rows=8)


DEPTHWISE = [
    ((9, 7, 8), 1, (3, 3), (1, 1), SAME, km.RELU, (1, 1)),
    ((8, 8, 5), 1, (3, 3), (2, 2), SAME, km.NONE, (1, 1)),
    ((7, 6, 3), 2, (2, 3), (1, 1), VALID, km.RELU6, (1, 1)),
    ((6, 9, 1), 8, (5, 3), (1, 2), SAME, km.NONE, (1, 1)),
    ((10, 10, 6), 1, (3, 3), (1, 1), SAME, km.NONE, (2, 2)),
    ((25, 1, 4), 1, (25, 1), (1, 1), VALID, km.RELU, (1, 1)),
]


@pytest.mark.parametrize("case", range(len(DEPTHWISE)))
def test_depthwise_convolution(kernels, case):
    rng = np.random.default_rng(200 + case)
    shape, multiplier, kernel, stride, padding, activation, dilation = DEPTHWISE[case]
    model = km.convolution(
        rng, shape, 0, kernel, stride, padding,
        depthwise=True, multiplier=multiplier, activation=activation, dilation=dilation,
    )  # fmt: skip
    check(kernels, model, rng, int(np.prod(shape)))


@pytest.mark.parametrize("case", [(1, 17, 5), (1, 256, 10), (3, 8, 4), (1, 3, 1)])
@pytest.mark.parametrize("per_channel", [False, True])
def test_fully_connected(kernels, case, per_channel):
    rng = np.random.default_rng(sum(case))
    batches, inputs, outputs = case
    model = km.dense(rng, *case, activation=km.RELU if outputs == 4 else km.NONE, per_channel=per_channel)
    check(kernels, model, rng, batches * inputs, rows=16)


@pytest.mark.parametrize("per_channel", [False, True])
def test_fully_connected_rounds_once(kernels, per_channel):
    """One output in a few hundred tells rounding once from rounding twice: enough of them to be sure."""
    rng = np.random.default_rng(3)
    model = km.dense(rng, 1, 48, 40, per_channel=per_channel)
    check(kernels, model, rng, 48, rows=400)


def test_convolutions_round_twice(kernels):
    rng = np.random.default_rng(4)
    for depthwise in (False, True):
        model = km.convolution(
            rng, (8, 8, 6), 0 if depthwise else 6, (3, 3), (1, 1), SAME, depthwise=depthwise
        )
        check(kernels, model, rng, 8 * 8 * 6, rows=60)


@pytest.mark.parametrize("maximum", [False, True])
@pytest.mark.parametrize(
    "case",
    [
        ((8, 6, 5), (2, 2), (2, 2), VALID, km.NONE),
        ((7, 9, 3), (3, 3), (2, 2), SAME, km.RELU),
        ((6, 4, 7), (6, 4), (1, 1), VALID, km.NONE),
        ((5, 5, 2), (4, 3), (1, 2), SAME, km.RELU6),
    ],
)
def test_pooling(kernels, case, maximum):
    rng = np.random.default_rng(7)
    shape, kernel, stride, padding, activation = case
    model = km.pool(rng, shape, kernel, stride, padding, maximum, activation)
    check(kernels, model, rng, int(np.prod(shape)))


@pytest.mark.parametrize("keep_dims", [False, True])
@pytest.mark.parametrize(
    "case", [((5, 5, 8), False), ((12, 7, 3), True), ((1, 1, 4), False), ((25, 3, 2), False)]
)
def test_mean(kernels, case, keep_dims):
    shape, same_scale = case
    rng = np.random.default_rng(shape[0])
    model = km.mean(rng, shape, keep_dims, same_scale)
    check(kernels, model, rng, int(np.prod(shape)), rows=12)


@pytest.mark.parametrize(
    "case", [(1, 2, 0.3), (1, 12, 0.05), (4, 10, 0.9), (1, 100, 0.01), (2, 3, 0.0004), (1, 5, 4)]
)
def test_softmax(kernels, case):
    rows, classes, scale = case
    rng = np.random.default_rng(classes)
    model = km.softmax(rng, rows, classes, scale, beta=0.5 if rows == 2 else 1.0)
    check(kernels, model, rng, rows * classes, rows=64)


@pytest.mark.parametrize("activation", [km.NONE, km.RELU, km.RELU6])
def test_add(kernels, activation):
    rng = np.random.default_rng(activation)
    check(kernels, km.add(rng, (5, 3, 4), activation), rng, 60, rows=12)


@pytest.mark.parametrize("per_channel", [False, True])
def test_product_of_scales_is_float64(kernels, per_channel):
    """Sums so large that the multiplier's low bits decide: would it be float32, outputs would differ."""
    in_scale, w_scale = np.float32(0.0371), np.float32(0.00913)
    out_scale = np.float32(float(in_scale) * float(w_scale) * 4e6)
    exact = float(in_scale) * float(w_scale) / float(out_scale)
    rounded = float(in_scale * w_scale) / float(out_scale)
    steps = np.arange(20, 120) + 0.5
    between = ((steps / exact + steps / rounded) / 2).astype(np.int32)
    model = km.ModelBuilder()
    source = model.tensor((1, 4), in_scale, 0)
    scales = [w_scale] * (100 if per_channel else 1)
    weights = model.tensor((100, 4), scales, 0, np.zeros((100, 4), np.int8))
    bias = model.tensor((100,), np.array(scales) * in_scale, 0, between, km.INT32)
    output = model.tensor((1, 100), out_scale, 0)
    model.operator(9, [source, weights, bias], [output], 8, km.schema.FullyConnectedOptionsT())
    expected = check(kernels, model.bytes([source], [output]), np.random.default_rng(1), 4)
    assert (expected[0] == np.round(between * exact)).all()
    assert (expected[0] != np.round(between * rounded)).all()  # the case tells the two apart


def test_relu6_limit_is_rounded_as_float32(kernels):
    """A scale for which 6 / scale is a half in float32 and not in float64."""
    halves = np.arange(20, 120) + 0.5
    scales = [np.nextafter(np.float32(6 / half), np.float32(9)) for half in halves]
    scales += [np.float32(6 / half) for half in halves]
    scale = next(
        s for s in scales if np.float32(6) / s % 1 == 0.5 and 6 / float(s) % 1 < 0.5
    )  # fmt: skip
    model = km.ModelBuilder()
    source, output = model.tensor((1, 4, 4, 1), scale, 0), model.tensor((1, 4, 4, 1), scale, 0)
    options = km.schema.Pool2DOptionsT()
    options.strideH = options.strideW = options.filterHeight = options.filterWidth = 1
    options.fusedActivationFunction = km.RELU6
    model.operator(17, [source], [output], 5, options)
    expected = check(kernels, model.bytes([source], [output]), np.random.default_rng(2), 16)
    assert expected.max() in (int(6 / float(scale)), int(6 / float(scale)) + 1)
