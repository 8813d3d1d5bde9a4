"""An operator of the graph with checked access to what it touches: tensors, weights, options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from coincell.build import fixed_point
from coincell.build.flatbuffer import Record
from coincell.build.tflite import INT8, INT32, Graph, Operator, Tensor
from coincell.errors import InputError

LARGEST_DIMENSION = 0xFFFF
"""The kernels hold dimensions in 16 bits."""


Field = int | tuple[int, ...] | NDArray[Any]


@dataclass(frozen=True)
class Call:
    """A call of `function` with a parameter block of type `struct`.

    A field's value is a number, a few numbers, or an array; arrays become constants in flash. `inputs` and
    `output` are tensor indices. With `scratch` there is one more argument: so many bytes of RAM, for 0 a null
    pointer.
    """

    function: str
    struct: str
    fields: Mapping[str, Field]
    inputs: tuple[int, ...]
    output: int
    scratch: int | None = None

    def number(self, field: str) -> int:
        """The field's value, a number."""
        value = self.fields[field]
        assert isinstance(value, int)
        return value

    def array(self, field: str) -> NDArray[Any]:
        """The field's value, an array."""
        value = self.fields[field]
        assert isinstance(value, np.ndarray)
        return value


@dataclass(frozen=True)
class Layer:
    """An operator as the calls that compute it, in order."""

    operator: str
    calls: tuple[Call, ...]
    output_shape: tuple[int, ...]
    macs: int = 0

    @property
    def inputs(self) -> tuple[int, ...]:
        """Every tensor that it reads."""
        return tuple(dict.fromkeys(tensor for call in self.calls for tensor in call.inputs))

    @property
    def outputs(self) -> tuple[int, ...]:
        """Every tensor that it computes."""
        return tuple(dict.fromkeys(call.output for call in self.calls))


class Node:
    """An operator together with checked access to what it touches."""

    def __init__(self, graph: Graph, operator: Operator) -> None:
        self.graph = graph
        self.operator = operator
        self.options = operator.options

    def fail(self, problem: str) -> NoReturn:
        """Raise InputError about this operator: "operator 3 (ADD) " and the problem."""
        index = self.graph.operators.index(self.operator)
        raise InputError(f"operator {index} ({self.operator.kind}) {problem}", where=str(self.graph.path))

    def settings(self) -> Record:
        """Its options table. Raises InputError when the file has none."""
        return self.options if self.options is not None else self.fail("has no options")

    def tensor(self, position: int) -> Tensor:
        """The tensor at an input. Raises InputError when there is none."""
        inputs = self.operator.inputs
        if position >= len(inputs) or inputs[position] < 0:
            self.fail(f"lacks input {position}")
        return self.graph.tensors[inputs[position]]

    @property
    def output(self) -> Tensor:
        """The only output. Raises InputError when there are more."""
        if len(self.operator.outputs) != 1:
            self.fail(f"has {len(self.operator.outputs)} outputs, expected 1")
        return self.graph.tensors[self.operator.outputs[0]]

    def image(self, tensor: Tensor) -> tuple[int, int, int]:
        """Height, width and channels of an NHWC tensor of one batch."""
        if len(tensor.shape) != 4 or tensor.shape[0] != 1:
            self.fail(f"needs tensors of shape (1, height, width, channels), not {tensor.shape}")
        return tensor.shape[1], tensor.shape[2], tensor.shape[3]

    def scale(self, tensor: Tensor) -> tuple[float, int]:
        """Scale and zero point of an activation."""
        if tensor.dtype != INT8 or len(tensor.scales) != 1 or not -128 <= tensor.zero_points[0] <= 127:
            self.fail(f"needs int8 activations with one scale; tensor {tensor.name!r} is {tensor.dtype}")
        return tensor.scales[0], tensor.zero_points[0]

    def weights(self, position: int, rank: int, channel_axis: int) -> Tensor:
        """Constant symmetric int8 weights, with one scale or one for each index of `channel_axis`."""
        tensor = self.tensor(position)
        if tensor.data is None or tensor.dtype != INT8 or len(tensor.shape) != rank or 0 in tensor.shape:
            self.fail("needs constant int8 weights")
        n_scales = len(tensor.scales)
        per_channel = tensor.quantized_dimension == channel_axis and n_scales == tensor.shape[channel_axis]
        if any(tensor.zero_points) or not (n_scales == 1 or per_channel):
            self.fail("needs symmetric weights, quantised as a whole or for each output channel")
        return tensor

    def bias(self, position: int, n_channels: int) -> NDArray[Any] | None:
        """The constant int32 bias, None when the operator has none. Raises InputError for another shape."""
        inputs = self.operator.inputs
        if position >= len(inputs) or inputs[position] < 0:
            return None
        tensor = self.tensor(position)
        if tensor.data is None or tensor.dtype != INT32 or tensor.shape != (n_channels,):
            self.fail(f"needs a constant int32 bias for each of {n_channels} channels")
        return tensor.data

    def activation(self, slot: int) -> dict[str, int]:
        """The clamp of the fused activation that the option in `slot` names. Raises InputError."""
        kind = self.options.integer(slot, INT8) if self.options is not None else 0
        if kind not in (0, 1, 2, 3):
            self.fail(f"has fused activation {kind}; only none, ReLU, ReLU6 and ReLU-1..1 are supported")
        low, high = fixed_point.activation_range(kind, *self.scale(self.output))
        return {"activation_min": low, "activation_max": high}

    def output_range(self, slot: int) -> dict[str, int]:
        """An nn_range: the output's zero point, and the clamp of the fused activation in `slot`."""
        clamp = self.activation(slot)
        _, zero_point = self.scale(self.output)
        return {
            "range.offset": zero_point,
            "range.min": clamp["activation_min"],
            "range.max": clamp["activation_max"],
        }

    def window(self, extent: int, kernel: int, stride: int, dilation: int, valid: bool) -> tuple[int, int]:
        """Number of output positions, and the padding before the first."""
        if min(extent, kernel, stride, dilation) < 1:
            self.fail("has a size, stride or dilation below 1")
        reach = (kernel - 1) * dilation + 1
        if valid:
            return max(0, -(-(extent - reach + 1) // stride)), 0
        count = -(-extent // stride)
        return count, max(0, (count - 1) * stride + reach - extent) // 2

    def call(self, function: str, struct: str, fields: Mapping[str, Field], *inputs: int) -> Call:
        """A call that computes the only output from `inputs`, or from input 0; its sizes are checked."""
        for name, value in fields.items():
            if isinstance(value, int) and ("_h" in name or "_w" in name or "channels" in name):
                self.check(value)
        used, output = inputs or self.operator.inputs[:1], self.operator.outputs[0]
        return Call(function, struct, fields, used, output)

    def layer(self, *calls: Call, macs: int = 0) -> Layer:
        """The operator as these calls."""
        return Layer(self.operator.kind, calls, self.output.shape, macs)

    def constant(self, position: int, kind: str) -> NDArray[Any]:
        """The constant at an input, of type `kind`, flat. Raises InputError when it is none."""
        tensor = self.tensor(position)
        if tensor.data is None or tensor.dtype != kind:
            self.fail(f"needs a constant {kind} at input {position}")
        return tensor.data.ravel()

    def same_scale(self, *tensors: Tensor) -> None:
        """Raises InputError unless all have one scale and zero point."""
        if len({self.scale(tensor) for tensor in tensors}) != 1:
            self.fail("changes the scale, which it cannot")

    def check(self, *sizes: int) -> None:
        """Raises InputError for a size that does not fit 16 bits."""
        if any(not 0 <= size <= LARGEST_DIMENSION for size in sizes):
            self.fail(f"is too large: no dimension may exceed {LARGEST_DIMENSION}")

    def expect(self, *shape: int) -> None:
        """Raises InputError unless the file states this output shape, and it is not empty."""
        if self.output.shape != shape or 0 in shape:
            self.fail(f"states the output shape {self.output.shape}, but {shape} follows from its inputs")
