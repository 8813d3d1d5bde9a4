"""Layers that only move values: padding, slices, joins, transpositions, nearest neighbours.

All but the last are one kernel, a copy between two strided views. Both views are made with NumPy on arrays of
the tensors' shapes, so that what a slice means is NumPy's to say; one int8 is one byte of stride.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.build.fixed_point import round_half_away
from coincell.build.node import Call, Field, Layer, Node
from coincell.build.tflite import INT8, INT32, INT64, Tensor

_Bytes = NDArray[np.int8]
_MOST_DIMENSIONS = 5


def _bytes(tensor: Tensor) -> _Bytes:
    return np.empty(tensor.shape, np.int8)


def _whole(view: _Bytes) -> _Bytes:
    """The array that `view` is part of."""
    return view if view.base is None else _whole(view.base)


def _start(view: _Bytes) -> int:
    pointers = [array.__array_interface__["data"][0] for array in (view, _whole(view))]
    return int(pointers[0] - pointers[1])


def _move(node: Node, source: int, output: int, here: _Bytes, there: _Bytes) -> Call:
    """The copy of tensor `source` to tensor `output`: of the view `here` to the view `there`."""
    if here.shape != there.shape or here.size == 0:
        node.fail(f"states an output that does not follow from its inputs: {here.shape} and {there.shape}")
    tensors = [node.graph.tensors[index] for index in (source, output)]
    node.same_scale(*tensors)
    dimensions: list[list[int]] = []  # size and both steps, from the last to the first
    for size, step, step_there in reversed(list(zip(here.shape, here.strides, there.strides, strict=True))):
        if size == 1:
            continue
        inner = dimensions[-1] if dimensions else [1, 0, 0]
        if dimensions and (step, step_there) == (inner[0] * inner[1], inner[0] * inner[2]):
            inner[0] *= size
        else:
            dimensions.append([size, step, step_there])
    if len(dimensions) > _MOST_DIMENSIONS:
        node.fail("moves values in too many dimensions")
    dimensions += [[1, 1, 1]] * (_MOST_DIMENSIONS - len(dimensions))
    size_, from_, to = (tuple(column) for column in zip(*reversed(dimensions), strict=True))
    fields: dict[str, Field] = {
        "input_start": _start(here), "output_start": _start(there),
        "size": size_, "input_step": from_, "output_step": to,
    }  # fmt: skip
    return Call("nn_move", "nn_move_params", fields, (source,), output)


def _single(node: Node, here: _Bytes, there: _Bytes | None = None, position: int = 0) -> Layer:
    """A layer that is one copy, to the whole output unless `there` is part of it."""
    target = _bytes(node.output) if there is None else there
    return node.layer(_move(node, node.operator.inputs[position], node.operator.outputs[0], here, target))


def _several(node: Node, source: int, views: Sequence[_Bytes]) -> Layer:
    """A layer that copies each view of `source` to an output of its own."""
    outputs = node.operator.outputs
    if len(views) != len(outputs):
        node.fail(f"has {len(outputs)} outputs for {len(views)} parts")
    shapes = [node.graph.tensors[output].shape for output in outputs]
    calls = tuple(
        _move(node, source, output, view, np.empty(shape, np.int8))
        for view, output, shape in zip(views, outputs, shapes, strict=True)
    )
    return Layer(node.operator.kind, calls, shapes[0])


def _axis(node: Node, axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        node.fail(f"names axis {axis} of {rank}")
    return axis % rank


def _cut(rank: int, axis: int, start: int, stop: int) -> tuple[slice, ...]:
    """The index that keeps `start` to `stop` of one axis and all of the others."""
    return tuple(slice(start, stop) if i == axis else slice(None) for i in range(rank))


def _numbers(node: Node, position: int, count: int) -> list[int]:
    """A constant list of `count` int32 or int64."""
    kind = INT64 if node.tensor(position).dtype == INT64 else INT32
    values = [int(value) for value in node.constant(position, kind)]
    if len(values) != count:
        node.fail(f"has {len(values)} numbers at input {position}, expected {count}")
    return values


def _pad(node: Node) -> Layer:
    source, output = node.tensor(0), node.output
    rank = len(source.shape)
    edges = _numbers(node, 1, 2 * rank)
    value = node.scale(output)[1]
    if len(node.operator.inputs) > 2:
        node.same_scale(node.tensor(2), output)
        value = int(node.constant(2, INT8)[0])
    before, after = edges[::2], edges[1::2]
    if min(edges) < 0:
        node.fail("has negative padding")
    node.expect(*(sum(sizes) for sizes in zip(before, source.shape, after, strict=True)))
    inside = tuple(slice(start, start + size) for start, size in zip(before, source.shape, strict=True))
    fill: dict[str, Field] = {"count": output.n_elements, "value": value}
    return node.layer(
        Call("nn_fill", "nn_fill_params", fill, (), node.operator.outputs[0]),
        *_single(node, _bytes(source), _bytes(output)[inside]).calls,
    )


def _concatenation(node: Node) -> Layer:
    output, options = node.output, node.settings()
    if options.integer(1, INT8) != 0:
        node.fail("has a fused activation")
    rank = len(output.shape)
    axis = _axis(node, options.integer(0, INT32), rank)
    calls, start = [], 0
    for position, index in enumerate(node.operator.inputs):
        source = node.tensor(position)
        size = source.shape[axis] if len(source.shape) == rank else 0
        there = _bytes(output)[_cut(rank, axis, start, start + size)]
        calls.append(_move(node, index, node.operator.outputs[0], _bytes(source), there))
        start += size
    if start != output.shape[axis]:
        node.fail(f"states the output shape {output.shape}, but its inputs fill {start} of axis {axis}")
    return node.layer(*calls)


def _pack(node: Node) -> Layer:
    output = node.output
    rank = len(output.shape)
    axis = _axis(node, node.settings().integer(1, INT32), rank)
    if output.shape[axis] != len(node.operator.inputs):
        node.fail(f"states the output shape {output.shape} for {len(node.operator.inputs)} inputs")
    parts = np.moveaxis(_bytes(output), axis, 0)
    return node.layer(
        *(
            _move(node, index, node.operator.outputs[0], _bytes(node.tensor(i)), parts[i, ...])
            for i, index in enumerate(node.operator.inputs)
        )
    )


def _unpack(node: Node) -> Layer:
    source = node.tensor(0)
    axis = _axis(node, node.settings().integer(1, INT32), len(source.shape))
    parts = np.moveaxis(_bytes(source), axis, 0)
    return _several(node, node.operator.inputs[0], [parts[i, ...] for i in range(len(parts))])


def _split(node: Node) -> Layer:
    """In equal parts; inputs are axis and values."""
    source, count = node.tensor(1), len(node.operator.outputs)
    axis = _axis(node, _numbers(node, 0, 1)[0], len(source.shape))
    if source.shape[axis] % count:
        node.fail(f"splits {source.shape[axis]} values into {count} parts")
    return _parts(node, 1, axis, [source.shape[axis] // count] * count)


def _split_v(node: Node) -> Layer:
    """In parts of given sizes; inputs are values, sizes and axis. One size may be -1: the rest."""
    source = node.tensor(0)
    axis = _axis(node, _numbers(node, 2, 1)[0], len(source.shape))
    sizes = _numbers(node, 1, len(node.operator.outputs))
    rest = source.shape[axis] - sum(size for size in sizes if size >= 0)
    return _parts(node, 0, axis, [rest if size == -1 else size for size in sizes])


def _parts(node: Node, position: int, axis: int, sizes: Sequence[int]) -> Layer:
    source = node.tensor(position)
    if min(sizes) < 1 or sum(sizes) != source.shape[axis]:
        node.fail(f"splits {source.shape[axis]} values into {list(sizes)}")
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    rank = len(source.shape)
    views = [
        _bytes(source)[_cut(rank, axis, at, at + n)] for at, n in zip(starts, sizes, strict=True)
    ]  # fmt: skip
    return _several(node, node.operator.inputs[position], views)


def _slice(node: Node) -> Layer:
    source = node.tensor(0)
    rank = len(source.shape)
    begins, sizes = _numbers(node, 1, rank), _numbers(node, 2, rank)
    index = []
    for begin, size, extent in zip(begins, sizes, source.shape, strict=True):
        if not (0 <= begin < extent and (size == -1 or 0 < size <= extent - begin)):
            node.fail(f"takes {size} values from {begin} of {extent}")
        index.append(slice(begin, extent if size == -1 else begin + size))
    return _single(node, _bytes(source)[tuple(index)])


def _strided_slice(node: Node) -> Layer:
    source, options = node.tensor(0), node.settings()
    begin_mask, end_mask, ellipsis, new_axis, shrink = (options.integer(slot, INT32) for slot in range(5))
    if ellipsis or new_axis:
        node.fail("has an ellipsis or a new axis, which are not supported")
    rank = len(source.shape)
    count = node.tensor(1).n_elements
    begins, ends, steps = (_numbers(node, position, count) for position in (1, 2, 3))
    if count > rank or 0 in steps:
        node.fail(f"has {count} indices, or a step of 0, for shape {source.shape}")
    index: list[Any] = []
    for axis, (begin, end, step) in enumerate(zip(begins, ends, steps, strict=True)):
        if shrink >> axis & 1:
            index.append(_axis(node, begin, source.shape[axis]))
            continue
        stop = begin + end if options.boolean(5) else end
        index.append(
            slice(None if begin_mask >> axis & 1 else begin, None if end_mask >> axis & 1 else stop, step)
        )
    return _single(node, _bytes(source)[(*index, ...)])


def _transpose(node: Node) -> Layer:
    source = node.tensor(0)
    order = _numbers(node, 1, len(source.shape))
    if sorted(order) != list(range(len(order))):
        node.fail(f"reorders axes as {order}")
    return _single(node, _bytes(source).transpose(order))


def _blocks(node: Node, to_depth: bool) -> Layer:
    """SPACE_TO_DEPTH, and its inverse."""
    block = node.settings().integer(0, INT32)
    wide, deep = (node.tensor(0), node.output) if to_depth else (node.output, node.tensor(0))
    height, width, channels = node.image(wide)
    if block < 1 or height % block or width % block:
        node.fail(f"has blocks of {block} for shape {wide.shape}")
    rows, columns = height // block, width // block
    if deep.shape != (1, rows, columns, block * block * channels):
        node.fail(f"maps {node.tensor(0).shape} to {node.output.shape}")
    space = _bytes(wide).reshape(rows, block, columns, block, channels).transpose(0, 2, 1, 3, 4)
    depth = _bytes(deep).reshape(rows, columns, block, block, channels)
    return _single(node, space, depth) if to_depth else _single(node, depth, space)


def _resize_nearest(node: Node) -> Layer:
    source, output, options = node.tensor(0), node.output, node.settings()
    node.same_scale(source, output)
    in_h, in_w, channels = node.image(source)
    out_h, out_w = _numbers(node, 1, 2)
    node.expect(1, out_h, out_w, channels)
    corners, centers = options.boolean(0), options.boolean(1)
    fields: dict[str, Field] = {
        "input_w": in_w, "channels": channels, "output_h": out_h, "output_w": out_w,
        "rows": _nearest(in_h, out_h, corners, centers), "columns": _nearest(in_w, out_w, corners, centers),
    }  # fmt: skip
    return node.layer(node.call("nn_resize_nearest", "nn_resize_params", fields))


def _nearest(size: int, count: int, corners: bool, centers: bool) -> NDArray[np.uint16]:
    """The input position of each of `count` outputs, in float32 as TensorFlow Lite
    (internal/reference/resize_nearest_neighbor.h)."""
    aligned = corners and count > 1
    scale = np.float32(size - 1) / np.float32(count - 1) if aligned else np.float32(size) / np.float32(count)
    places = (np.arange(count, dtype=np.float32) + np.float32(0.5 if centers else 0)) * scale
    whole = round_half_away if corners else math.floor
    return np.array([min(size - 1, whole(float(place))) for place in places], np.uint16)


BUILDERS = {
    "PAD": _pad,
    "PADV2": _pad,
    "CONCATENATION": _concatenation,
    "PACK": _pack,
    "UNPACK": _unpack,
    "SPLIT": _split,
    "SPLIT_V": _split_v,
    "SLICE": _slice,
    "STRIDED_SLICE": _strided_slice,
    "TRANSPOSE": _transpose,
    "SPACE_TO_DEPTH": lambda node: _blocks(node, to_depth=True),
    "DEPTH_TO_SPACE": lambda node: _blocks(node, to_depth=False),
    "RESIZE_NEAREST_NEIGHBOR": _resize_nearest,
}
