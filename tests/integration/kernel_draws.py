"""Random models of one operator, for every supported kind: shapes, scales, options and constants."""

from __future__ import annotations

import math

import kernel_models as km
import numpy as np
from kernel_models import INT32, NONE, SAME, ModelBuilder, schema

CODES = {
    "ADD": 0, "SUB": 41, "MUL": 18, "RELU": 19, "RELU_N1_TO_1": 20, "RELU6": 21, "LEAKY_RELU": 98,
    "LOGISTIC": 14, "TANH": 28, "HARD_SWISH": 117, "QUANTIZE": 114, "PAD": 34, "PADV2": 60,
    "CONCATENATION": 2, "PACK": 83, "UNPACK": 88, "SPLIT": 49, "SPLIT_V": 102, "SLICE": 65,
    "STRIDED_SLICE": 45, "TRANSPOSE": 39, "SPACE_TO_DEPTH": 26, "DEPTH_TO_SPACE": 5,
    "RESIZE_NEAREST_NEIGHBOR": 97, "TRANSPOSE_CONV": 67, "MEAN": 40,
}  # fmt: skip
_INT64 = 4


def _scale(rng, low=0.002, high=0.2) -> float:
    return float(np.float32(math.exp(rng.uniform(math.log(low), math.log(high)))))


def _zero(rng) -> int:
    return int(rng.choice([-128, 127, 0, rng.integers(-128, 128)]))


def _shape(rng, rank=None, most=7) -> tuple[int, ...]:
    rank = int(rng.integers(1, 5)) if rank is None else rank
    return tuple(int(n) for n in rng.integers(1, most, rank))


def _indices(model: ModelBuilder, values, dtype=INT32) -> int:
    return model.tensor(
        np.shape(values), data=np.array(values, np.int64 if dtype == _INT64 else np.int32), dtype=dtype
    )


def convolution(rng) -> bytes:
    shape = tuple(int(n) for n in rng.integers(1, 12, 3))
    kernel = tuple(int(n) for n in rng.integers(1, 5, 2))
    dilation = tuple(int(n) for n in rng.integers(1, 3, 2)) if rng.random() < 0.3 else (1, 1)
    # TensorFlow Lite allows a stride or a dilation
    stride = tuple(int(n) for n in rng.integers(1, 4, 2)) if dilation == (1, 1) else (1, 1)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    padding = SAME if reach[0] > shape[0] or reach[1] > shape[1] else int(rng.integers(0, 2))
    depthwise = bool(rng.random() < 0.5)
    return km.convolution(
        rng, shape, int(rng.integers(1, 11)), kernel, stride, padding, depthwise=depthwise,
        activation=int(rng.integers(0, 4)), dilation=dilation, multiplier=int(rng.choice([1, 1, 2, 3])),
        per_channel=bool(rng.random() < 0.7), zero_point=_zero(rng),
    )  # fmt: skip


def dense(rng) -> bytes:
    sizes = int(rng.integers(1, 4)), int(rng.integers(1, 70)), int(rng.integers(1, 20))
    return km.dense(rng, *sizes, activation=int(rng.integers(0, 4)), per_channel=bool(rng.random() < 0.5),
                    bias=bool(rng.random() < 0.8))  # fmt: skip


def pool(rng) -> bytes:
    kernel = tuple(int(n) for n in rng.integers(1, 5, 2))
    shape = (*(int(rng.integers(k, k + 7)) for k in kernel), int(rng.integers(1, 9)))
    stride = tuple(int(n) for n in rng.integers(1, 4, 2))
    return km.pool(
        rng, shape, kernel, stride, int(rng.integers(0, 2)), bool(rng.random() < 0.5), int(rng.integers(0, 4))
    )


def softmax(rng) -> bytes:
    beta = float(rng.choice([1.0, 0.5, 2.0]))
    return km.softmax(rng, int(rng.integers(1, 4)), int(rng.integers(1, 40)), _scale(rng, 0.001, 2), beta)


def mean(rng) -> bytes:
    """Over neighbouring axes of any rank."""
    shape = _shape(rng, int(rng.integers(2, 5)))
    first = int(rng.integers(0, len(shape)))
    axes = list(range(first, int(rng.integers(first + 1, len(shape) + 1))))
    keep = bool(rng.random() < 0.5)
    out_shape = [1 if axis in axes else n for axis, n in enumerate(shape) if keep or axis not in axes]
    model = ModelBuilder()
    scale, zero = _scale(rng), _zero(rng)
    source = model.tensor(shape, scale, zero)
    other = (scale, zero) if rng.random() < 0.3 else (scale * float(rng.uniform(0.1, 2)), _zero(rng))
    output = model.tensor(out_shape, *other)
    options = schema.ReducerOptionsT()
    options.keepDims = keep
    named = [axis - len(shape) if rng.random() < 0.3 else axis for axis in axes]
    model.operator(CODES["MEAN"], [source, _indices(model, named)], [output], 27, options)
    return model.bytes([source], [output])


def pair(rng, kind: str) -> bytes:
    """Two operands: the input and itself moved by a table, or a constant; either may be repeated."""
    shape = _shape(rng, most=5)
    repeats = [int(rng.random() < 0.4) for _ in shape]
    small = tuple(1 if repeat else n for repeat, n in zip(repeats, shape, strict=True))
    small = small[int(rng.integers(0, len(small) + 1)) :] if rng.random() < 0.3 else small
    model = ModelBuilder()
    scales, zeros = [_scale(rng) for _ in range(3)], [_zero(rng) for _ in range(3)]
    both = rng.random() < 0.3
    source_shape = shape if both or rng.random() < 0.7 else small
    source = model.tensor(source_shape, scales[0], zeros[0])
    if both:
        other = model.tensor(shape, scales[1], zeros[1])
        model.operator(CODES["QUANTIZE"], [source], [other], 86, schema.QuantizeOptionsT())
    else:
        other_shape = small if source_shape == shape else shape
        data = rng.integers(-128, 128, other_shape, dtype=np.int8)
        other = model.tensor(other_shape, scales[1], zeros[1], data)
    if kind == "MUL":
        out_scale = scales[0] * scales[1] * float(rng.uniform(20, 300))
    else:
        out_scale = max(scales[:2]) * float(rng.uniform(0.6, 3))
    output = model.tensor(shape, float(np.float32(out_scale)), zeros[2])
    options_type, options = {
        "ADD": (11, schema.AddOptionsT()),
        "SUB": (28, schema.SubOptionsT()),
        "MUL": (21, schema.MulOptionsT()),
    }[kind]
    options.fusedActivationFunction = int(rng.integers(0, 4))
    operands = [source, other] if rng.random() < 0.5 else [other, source]
    model.operator(CODES[kind], operands, [output], options_type, options)
    return model.bytes([source], [output])


def table(rng, kind: str) -> bytes:
    model = ModelBuilder()
    shape = _shape(rng)
    source = model.tensor(shape, _scale(rng, 0.003, 0.3), _zero(rng))
    (in_scale,) = model.tensors[source].quantization.scale
    fixed = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}
    out = fixed.get(kind, (in_scale * rng.uniform(0.2, 3), _zero(rng)))
    output = model.tensor(shape, float(np.float32(out[0])), out[1])
    options_type, options = {
        "LEAKY_RELU": (75, schema.LeakyReluOptionsT()), "QUANTIZE": (86, schema.QuantizeOptionsT())
    }.get(kind, (0, None))  # fmt: skip
    if kind == "LEAKY_RELU":
        options.alpha = float(rng.uniform(0.01, 0.9))
    model.operator(CODES[kind], [source], [output], options_type, options)
    return model.bytes([source], [output])


class Mover:
    """A model of one operator that only moves values: all its tensors have one scale."""

    def __init__(self, rng) -> None:
        self.model = ModelBuilder()
        self.quantization = _scale(rng), _zero(rng)

    def tensor(self, shape, data=None) -> int:
        return self.model.tensor(shape, *self.quantization, data)

    def bytes(self, kind, source, inputs, outputs, options_type=0, options=None) -> bytes:
        """Several outputs are joined again, backwards, so that the model has one."""
        self.model.operator(CODES[kind], inputs, outputs, options_type, options)
        if len(outputs) == 1:
            return self.model.bytes([source], outputs)
        sizes = [math.prod(self.model.tensors[output].shape) for output in outputs]
        flat = [self.tensor((size,)) for size in sizes]
        for output, to in zip(outputs, flat, strict=True):
            self.model.operator(22, [output, _indices(self.model, [-1])], [to])
        result = self.tensor((sum(sizes),))
        self.model.operator(2, flat[::-1], [result], 10, schema.ConcatenationOptionsT())
        return self.model.bytes([source], [result])


def pad(rng, kind: str) -> bytes:
    m, shape = Mover(rng), _shape(rng)
    edges = rng.integers(0, 4, (len(shape), 2))
    source = m.tensor(shape)
    inputs = [source, _indices(m.model, edges, INT32 if rng.random() < 0.5 else _INT64)]
    if kind == "PADV2":
        inputs.append(m.tensor((1,), rng.integers(-128, 128, 1, dtype=np.int8)))
    output = m.tensor([n + int(e.sum()) for n, e in zip(shape, edges, strict=True)])
    options = (60, schema.PadV2OptionsT()) if kind == "PADV2" else (22, schema.PadOptionsT())
    return m.bytes(kind, source, inputs, [output], *options)


def joined(rng, kind: str) -> bytes:
    """CONCATENATION or PACK of the input, a constant and the input."""
    m, shape = Mover(rng), _shape(rng, most=5)
    source = m.tensor(shape)
    rank = len(shape) + (kind == "PACK")
    axis = int(rng.integers(-rank, rank))
    if kind == "PACK":
        options, other = schema.PackOptionsT(), list(shape)
        options.valuesCount, out = 3, list(shape)
        out.insert(axis % rank, 3)
    else:
        options, other, out = schema.ConcatenationOptionsT(), list(shape), list(shape)
        other[axis] = int(rng.integers(1, 5))
        out[axis] = 2 * shape[axis] + other[axis]
    options.axis = axis
    constant = m.tensor(other, rng.integers(-128, 128, other, dtype=np.int8))
    output = m.tensor(out)
    return m.bytes(kind, source, [source, constant, source], [output], 59 if kind == "PACK" else 10, options)


def parted(rng, kind: str) -> bytes:
    """SPLIT, SPLIT_V or UNPACK."""
    m, shape = Mover(rng), list(_shape(rng, most=4))
    axis, count = int(rng.integers(0, len(shape))), int(rng.integers(2, 5))
    sizes = [shape[axis]] * count if kind == "SPLIT" else [int(n) for n in rng.integers(1, 4, count)]
    shape[axis] = count if kind == "UNPACK" else sum(sizes)
    source = m.tensor(shape)
    named = _indices(m.model, [axis - len(shape) if rng.random() < 0.3 else axis])
    if kind == "UNPACK":
        options = schema.UnpackOptionsT()
        options.num, options.axis = count, axis
        outputs = [m.tensor(shape[:axis] + shape[axis + 1 :]) for _ in range(count)]
        return m.bytes(kind, source, [source], outputs, 64, options)
    outputs = [m.tensor([*shape[:axis], size, *shape[axis + 1 :]]) for size in sizes]
    if kind == "SPLIT":
        options = schema.SplitOptionsT()
        options.numSplits = count
        return m.bytes(kind, source, [named, source], outputs, 35, options)
    options = schema.SplitVOptionsT()
    options.numSplits = count
    stated = [-1 if i == 0 else size for i, size in enumerate(sizes)]
    return m.bytes(kind, source, [source, _indices(m.model, stated), named], outputs, 79, options)


def sliced(rng, kind: str) -> bytes:
    m, shape = Mover(rng), _shape(rng)
    source = m.tensor(shape)
    rank = len(shape)
    if kind == "SLICE":
        begins = [int(rng.integers(0, n)) for n in shape]
        sizes = [int(rng.integers(1, n - b + 1)) for n, b in zip(shape, begins, strict=True)]
        stated = [
            -1 if b + s == n and rng.random() < 0.5 else s
            for n, b, s in zip(shape, begins, sizes, strict=True)
        ]
        inputs = [source, _indices(m.model, begins), _indices(m.model, stated)]
        return m.bytes(kind, source, inputs, [m.tensor(sizes)], 46, schema.SliceOptionsT())
    options, array = schema.StridedSliceOptionsT(), np.empty(shape)
    while True:
        steps = [int(n) for n in rng.choice([1, 1, 2, 3, -1, -2], rank)]
        begins = [int(rng.integers(-n - 1, n + 2)) for n in shape]
        ends = [int(rng.integers(-n - 1, n + 2)) for n in shape]
        begin_mask, end_mask = int(rng.integers(0, 16)), int(rng.integers(0, 16))
        view = array[tuple(
            slice(None if begin_mask >> i & 1 else b, None if end_mask >> i & 1 else e, s)
            for i, (b, e, s) in enumerate(zip(begins, ends, steps, strict=True))
        )]  # fmt: skip
        if view.size:
            break
    options.beginMask, options.endMask = begin_mask, end_mask
    out_shape = list(view.shape)
    if rank > 1 and rng.random() < 0.3:  # drop an axis
        axis = int(rng.integers(0, rank))
        begins[axis], steps[axis] = int(rng.integers(-shape[axis], shape[axis])), 1
        ends[axis] = begins[axis] + 1
        options.beginMask, options.endMask = begin_mask & ~(1 << axis), end_mask & ~(1 << axis)
        options.shrinkAxisMask = 1 << axis
        del out_shape[axis]
    inputs = [source, *(_indices(m.model, column) for column in (begins, ends, steps))]
    return m.bytes(kind, source, inputs, [m.tensor(out_shape)], 32, options)


def transposed(rng) -> bytes:
    m, shape = Mover(rng), _shape(rng)
    order = [int(axis) for axis in rng.permutation(len(shape))]
    source = m.tensor(shape)
    output = m.tensor([shape[axis] for axis in order])
    return m.bytes(
        "TRANSPOSE", source, [source, _indices(m.model, order)], [output], 26, schema.TransposeOptionsT()
    )


def blocks(rng, kind: str) -> bytes:
    m, block = Mover(rng), int(rng.integers(1, 4))
    rows, columns, channels = (int(n) for n in rng.integers(1, 4, 3))
    space = (1, rows * block, columns * block, channels)
    depth = (1, rows, columns, channels * block * block)
    to_depth = kind == "SPACE_TO_DEPTH"
    options = schema.SpaceToDepthOptionsT() if to_depth else schema.DepthToSpaceOptionsT()
    options.blockSize = block
    source, output = (m.tensor(shape) for shape in ((space, depth) if to_depth else (depth, space)))
    return m.bytes(kind, source, [source], [output], 19 if to_depth else 94, options)


def resized(rng) -> bytes:
    m = Mover(rng)
    in_h, in_w, out_h, out_w = (int(n) for n in rng.integers(1, 14, 4))
    channels = int(rng.integers(1, 6))
    options = schema.ResizeNearestNeighborOptionsT()
    options.alignCorners = bool(rng.random() < 0.5)
    options.halfPixelCenters = not options.alignCorners and bool(rng.random() < 0.5)
    source, output = m.tensor((1, in_h, in_w, channels)), m.tensor((1, out_h, out_w, channels))
    inputs = [source, _indices(m.model, [out_h, out_w])]
    return m.bytes("RESIZE_NEAREST_NEIGHBOR", source, inputs, [output], 74, options)


def transpose_convolution(rng) -> bytes:
    in_h, in_w, in_c, out_c = (int(n) for n in rng.integers(1, 7, 4))
    kernel, stride = rng.integers(1, 5, 2), rng.integers(1, 4, 2)
    same = bool(rng.random() < 0.5)
    out = [
        int(rng.integers((n - 1) * s + 1, n * s + 1)) if same else int((n - 1) * s + k + rng.integers(0, s))
        for n, s, k in zip((in_h, in_w), stride, kernel, strict=True)
    ]
    model = ModelBuilder()
    in_scale = _scale(rng)
    w_scales = rng.uniform(0.001, 0.02, out_c if rng.random() < 0.7 else 1).astype(np.float32)
    weights = rng.integers(-127, 128, (out_c, *kernel, in_c), dtype=np.int8)
    out_scale = in_scale * float(w_scales.mean()) * math.sqrt(kernel.prod() * in_c) * rng.uniform(20, 120)
    source = model.tensor((1, in_h, in_w, in_c), in_scale, _zero(rng))
    inputs = [_indices(model, [1, *out, out_c]), model.tensor(weights.shape, w_scales, 0, weights), source]
    if rng.random() < 0.5:
        bias = rng.integers(-20000, 20000, out_c, dtype=np.int32)
        inputs.append(model.tensor((out_c,), w_scales * np.float32(in_scale), 0, bias, INT32))
    output = model.tensor((1, *out, out_c), float(np.float32(out_scale)), _zero(rng))
    options = schema.TransposeConvOptionsT()
    options.padding = SAME if same else km.VALID
    options.strideH, options.strideW = (int(s) for s in stride)
    options.fusedActivationFunction = int(rng.choice([NONE, km.RELU, km.RELU6]))
    model.operator(CODES["TRANSPOSE_CONV"], inputs, [output], 49, options)
    return model.bytes([source], [output])


DRAWS = {
    "convolution": convolution, "dense": dense, "pool": pool, "softmax": softmax, "mean": mean,
    **{kind: lambda rng, kind=kind: pair(rng, kind) for kind in ("ADD", "SUB", "MUL")},
    **{kind: lambda rng, kind=kind: table(rng, kind) for kind in (
        "RELU", "RELU_N1_TO_1", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH", "HARD_SWISH", "QUANTIZE")},
    **{kind: lambda rng, kind=kind: pad(rng, kind) for kind in ("PAD", "PADV2")},
    **{kind: lambda rng, kind=kind: joined(rng, kind) for kind in ("CONCATENATION", "PACK")},
    **{kind: lambda rng, kind=kind: parted(rng, kind) for kind in ("SPLIT", "SPLIT_V", "UNPACK")},
    **{kind: lambda rng, kind=kind: sliced(rng, kind) for kind in ("SLICE", "STRIDED_SLICE")},
    **{kind: lambda rng, kind=kind: blocks(rng, kind) for kind in ("SPACE_TO_DEPTH", "DEPTH_TO_SPACE")},
    "TRANSPOSE": transposed, "RESIZE_NEAREST_NEIGHBOR": resized, "TRANSPOSE_CONV": transpose_convolution,
}  # fmt: skip
