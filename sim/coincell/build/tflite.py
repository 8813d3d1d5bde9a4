"""A .tflite file as a checked graph. TensorFlow is not needed.

Slot numbers are the order of fields in TensorFlow Lite's schema.fbs (version 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.build.flatbuffer import DamagedError, Record
from coincell.errors import InputError

INT8, INT32, INT64 = "int8", "int32", "int64"
_TYPES = {0: "float32", 1: "float16", 2: INT32, 3: "uint8", 4: INT64, 6: "bool", 7: "int16", 9: INT8}

OPERATORS = {
    0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D",
    5: "DEPTH_TO_SPACE", 6: "DEQUANTIZE", 7: "EMBEDDING_LOOKUP", 8: "FLOOR", 9: "FULLY_CONNECTED",
    11: "L2_NORMALIZATION", 14: "LOGISTIC", 16: "LSTM", 17: "MAX_POOL_2D", 18: "MUL", 19: "RELU",
    20: "RELU_N1_TO_1", 21: "RELU6", 22: "RESHAPE", 23: "RESIZE_BILINEAR", 24: "RNN", 25: "SOFTMAX",
    26: "SPACE_TO_DEPTH", 27: "SVDF", 28: "TANH", 32: "CUSTOM", 34: "PAD", 36: "GATHER",
    37: "BATCH_TO_SPACE_ND", 38: "SPACE_TO_BATCH_ND", 39: "TRANSPOSE", 40: "MEAN", 41: "SUB", 42: "DIV",
    43: "SQUEEZE", 44: "UNIDIRECTIONAL_SEQUENCE_LSTM", 45: "STRIDED_SLICE", 47: "EXP", 49: "SPLIT",
    50: "LOG_SOFTMAX", 53: "CAST", 54: "PRELU", 55: "MAXIMUM", 56: "ARG_MAX", 57: "MINIMUM", 59: "NEG",
    60: "PADV2", 65: "SLICE", 67: "TRANSPOSE_CONV", 69: "TILE", 70: "EXPAND_DIMS", 74: "SUM", 75: "SQRT",
    76: "RSQRT", 77: "SHAPE", 82: "REDUCE_MAX", 83: "PACK", 88: "UNPACK", 97: "RESIZE_NEAREST_NEIGHBOR",
    98: "LEAKY_RELU", 99: "SQUARED_DIFFERENCE", 100: "MIRROR_PAD", 101: "ABS", 102: "SPLIT_V", 111: "ELU",
    114: "QUANTIZE", 117: "HARD_SWISH", 126: "BATCH_MATMUL", 130: "BROADCAST_TO",
}  # fmt: skip

_MOST_ELEMENTS = 1 << 24


@dataclass(frozen=True)
class Tensor:
    """`data` holds constants. Real value = scales[channel] * (q - zero_points[channel])."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    quantized_dimension: int
    data: NDArray[Any] | None

    @property
    def n_elements(self) -> int:
        """Product of the shape."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Operator:
    """A node. `inputs` may hold -1 for an optional input that is absent."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Record | None


@dataclass(frozen=True)
class Graph:
    """The file's only subgraph, its operators in order of execution."""

    path: Path
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_tflite(path: Path) -> Graph:
    """Read and check a model. Raises InputError for anything that is not one."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read the model: {error.strerror}", where=str(path)) from None
    try:
        return _graph(path, Record.root(content, b"TFL3"))
    except DamagedError as error:
        raise unusable(path, error) from None


def unusable(path: Path, error: DamagedError) -> InputError:
    """What to tell the user about a damaged file; options are read, and found broken, later than the rest."""
    return InputError(
        f"not a usable .tflite file: {error}",
        where=str(path),
        mend="write it again, for instance with tf.lite.TFLiteConverter",
    )


def _graph(path: Path, model: Record) -> Graph:
    version = model.integer(0, "uint32")
    if version != 3:
        raise DamagedError(f"schema version {version}, expected 3")
    kinds = [_kind(code) for code in model.records(1)]
    subgraphs = list(model.records(2))
    if len(subgraphs) != 1:
        raise DamagedError(f"{len(subgraphs)} subgraphs, expected 1")
    buffers = list(model.records(4))
    graph = subgraphs[0]
    tensors = tuple(_tensor(entry, buffers) for entry in graph.records(0))
    operators = tuple(_operator(entry, kinds, len(tensors)) for entry in graph.records(3))
    inputs, outputs = graph.numbers(1, INT32), graph.numbers(2, INT32)
    return Graph(
        path, tensors, operators, _indices(inputs, len(tensors), 0), _indices(outputs, len(tensors), 0)
    )


def _kind(code: Record) -> str:
    # Codes above 127 did not fit the first field; writers fill both.
    number = max(code.integer(0, INT8), code.integer(3, INT32))
    name = OPERATORS.get(number, f"operator {number}")
    return f"CUSTOM {code.text(1)!r}" if name == "CUSTOM" else name


def _indices(values: Sequence[int] | NDArray[Any], count: int, least: int) -> tuple[int, ...]:
    indices = tuple(int(value) for value in values)
    if any(not least <= index < count for index in indices):
        raise DamagedError("a tensor index is out of range")
    return indices


def _operator(entry: Record, kinds: Sequence[str], n_tensors: int) -> Operator:
    code = entry.integer(0, "uint32")
    if code >= len(kinds):
        raise DamagedError("an operator code is out of range")
    inputs, outputs = entry.numbers(1, INT32), entry.numbers(2, INT32)
    return Operator(
        kinds[code], _indices(inputs, n_tensors, -1), _indices(outputs, n_tensors, 0), entry.record(4)
    )


def _tensor(entry: Record, buffers: Sequence[Record]) -> Tensor:
    name = entry.text(3)
    shape = tuple(int(size) for size in entry.numbers(0, INT32))
    if any(size < 0 for size in shape) or math.prod(shape) > _MOST_ELEMENTS:
        raise DamagedError(f"tensor {name!r} has an impossible shape {shape}")
    number = entry.integer(1, INT8)
    dtype = _TYPES.get(number, f"type {number}")
    scales, zero_points, dimension = _quantization(entry.record(4), name)
    index = entry.integer(2, "uint32")
    if index >= len(buffers):
        raise DamagedError(f"tensor {name!r} names a buffer that does not exist")
    raw = buffers[index].numbers(0, "uint8")
    if raw.size and number in _TYPES and math.prod(shape) * np.dtype(dtype).itemsize != raw.size:
        raise DamagedError(f"tensor {name!r} of shape {shape} has {raw.size} bytes of {dtype}")
    data = raw.view(np.dtype(dtype)).reshape(shape) if raw.size and number in _TYPES else None
    return Tensor(name, shape, dtype, scales, zero_points, dimension, data)


def _quantization(entry: Record | None, name: str) -> tuple[tuple[float, ...], tuple[int, ...], int]:
    if entry is None:
        return (), (), 0
    scales = tuple(float(scale) for scale in entry.numbers(2, "float32"))
    zero_points = tuple(int(point) for point in entry.numbers(3, INT64)) or (0,) * len(scales)
    if len(zero_points) != len(scales) or not all(math.isfinite(s) and s > 0 for s in scales):
        raise DamagedError(f"tensor {name!r} has impossible quantisation parameters")
    return scales, zero_points, entry.integer(6, INT32)
