"""A network of what `kernel_models.network` leaves out: even channels, tables, copies, a repeated operand."""

from __future__ import annotations

import numpy as np
from kernel_models import INT32, NONE, RELU6, SAME, VALID, ModelBuilder, schema


def wide_network(rng) -> bytes:
    model = ModelBuilder()

    def tensor(*shape, scale=0.05, zero=None):
        return model.tensor(shape, scale, int(rng.integers(-60, 60)) if zero is None else zero)

    def conv(source, shape, out, code, options_type, options, before=()):
        scales = rng.uniform(0.002, 0.01, shape[3] if code == 4 else shape[0]).astype(np.float32)
        values = rng.integers(-127, 128, shape, dtype=np.int8)
        weights = model.tensor(shape, scales, 0, values, axis=3 if code == 4 else 0)
        in_scale = np.float32(model.tensors[source].quantization.scale[0])
        data = rng.integers(-3000, 3000, len(scales), dtype=np.int32)
        bias = model.tensor(data.shape, scales * in_scale, 0, data, INT32)
        inputs = [*before, weights, source, bias] if before else [source, weights, bias]
        model.operator(code, inputs, [out], options_type, options)
        return out

    def strided(kind, padding, activation, stride=1):
        options = kind()
        options.padding, options.fusedActivationFunction = padding, activation
        options.strideH = options.strideW = stride
        return options

    def numbers(values):
        data = np.array(values, np.int32)
        return model.tensor(data.shape, data=data, dtype=INT32)

    source = tensor(1, 8, 9, 4)
    first = conv(source, (8, 3, 3, 4), tensor(1, 8, 9, 8), 3, 1, strided(schema.Conv2DOptionsT, SAME, RELU6))
    point = conv(first, (6, 1, 1, 8), tensor(1, 8, 9, 6), 3, 1, strided(schema.Conv2DOptionsT, VALID, NONE))
    bent = tensor(1, 8, 9, 6, scale=1 / 128, zero=0)
    model.operator(28, [point], [bent])
    joined = tensor(1, 8, 9, 12, scale=1 / 128, zero=0)
    options = schema.ConcatenationOptionsT()
    options.axis = 3
    model.operator(2, [bent, bent], [joined], 10, options)
    padded = tensor(1, 11, 9, 12, scale=1 / 128, zero=0)
    model.operator(
        34, [joined, numbers([[0, 0], [1, 2], [0, 0], [0, 0]])], [padded], 22, schema.PadOptionsT()
    )
    deep_options = strided(schema.DepthwiseConv2DOptionsT, VALID, NONE, stride=2)
    deep_options.depthMultiplier = 1
    deep = conv(padded, (1, 3, 3, 12), tensor(1, 5, 4, 12, scale=0.02), 4, 2, deep_options)
    weighted = tensor(1, 5, 4, 12, scale=0.02)
    gains = model.tensor((12,), 0.01, 3, rng.integers(-128, 128, 12, dtype=np.int8))
    model.operator(18, [deep, gains], [weighted], 21, schema.MulOptionsT())
    part = model.tensor((1, 5, 2, 12), 0.02, model.tensors[weighted].quantization.zeroPoint[0])
    stated = [numbers(values) for values in ([0, 0, -1, 0], [1, 5, -5, 12], [1, 1, -2, 1])]
    slices = schema.StridedSliceOptionsT()
    slices.endMask = 4
    model.operator(45, [weighted, *stated], [part], 32, slices)
    larger = model.tensor((1, 7, 4, 12), 0.02, model.tensors[weighted].quantization.zeroPoint[0])
    model.operator(97, [part, numbers([7, 4])], [larger], 74, schema.ResizeNearestNeighborOptionsT())
    result = tensor(1, 14, 8, 3, scale=0.03)
    up = strided(schema.TransposeConvOptionsT, SAME, NONE, stride=2)
    conv(larger, (3, 3, 3, 12), result, 67, 49, up, before=(numbers([1, 14, 8, 3]),))
    return model.bytes([source], [result])
