"""A .tflite model as C: constants in flash, one call per layer, one arena in RAM.

The C offers `void nn_invoke(void)` and the arrays `nn_input` and `nn_output`, which are symbols of their own
with their own sizes although they lie inside the arena. `nn_input` is overwritten by an inference unless it
was asked to be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.build.arena import Lifetime, Plan, in_use, plan_arena
from coincell.build.borders import without_borders
from coincell.build.flatbuffer import DamagedError
from coincell.build.kernels import Kernels
from coincell.build.layers import ALIASES, check_alias, layer_of
from coincell.build.node import Call, Field, Layer
from coincell.build.own_kernels import OwnKernels
from coincell.build.tflite import INT8, Graph, Operator, Tensor, read_tflite, unusable
from coincell.errors import InputError


@dataclass(frozen=True)
class LayerReport:
    """One layer of the converted model: the kernels that compute it, its constants in flash, and what lives
    in the arena while it runs."""

    name: str
    operator: str
    functions: tuple[str, ...]
    output_shape: tuple[int, ...]
    macs: int
    flash_bytes: int
    live_bytes: int


@dataclass(frozen=True)
class ConvertedModel:
    """C for a model. `flash_bytes` counts constants (not code), `arena_bytes` all tensors in RAM, of which at
    some step `arena_bound` live."""

    source: str
    header: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    layers: tuple[LayerReport, ...]
    flash_bytes: int
    arena_bytes: int
    arena_bound: int
    macs: int

    @property
    def functions(self) -> tuple[str, ...]:
        """Every kernel that is called."""
        return tuple(dict.fromkeys(name for layer in self.layers for name in layer.functions))


def convert(path: Path, keep_input: bool = False, kernels: Kernels | None = None) -> ConvertedModel:
    """Convert the model at `path`, for the firmware's own kernels or for others.

    Raises InputError: damaged file, unsupported operator or type.
    """
    library = OwnKernels() if kernels is None else kernels
    graph = without_borders(read_tflite(path))
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        _refuse(graph, f"has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs, not one each")
    source, result = (_activation(graph, index) for index in (graph.inputs[0], graph.outputs[0]))
    needed = _needed(graph)
    roots = _aliases(graph, needed)
    try:
        plain = [layer_of(graph, operator) for operator in needed if operator.kind not in ALIASES]
    except DamagedError as error:
        raise unusable(path, error) from None
    layers = [library.fitted(layer) for layer in plain]
    lifetimes = _lifetimes(graph, layers, roots, keep_input)
    plan = plan_arena(lifetimes)
    text, reports = _source(path, graph, layers, roots, plan, in_use(lifetimes), library.headers)
    header = _header(path, source, result, plan, sum(layer.macs for layer in layers))
    return ConvertedModel(
        source=text,
        header=header,
        input_shape=source.shape,
        output_shape=result.shape,
        layers=reports,
        flash_bytes=sum(report.flash_bytes for report in reports),
        arena_bytes=plan.size,
        arena_bound=plan.lower_bound,
        macs=sum(layer.macs for layer in layers),
    )


def _refuse(graph: Graph, problem: str) -> None:
    raise InputError(f"the model {problem}", where=str(graph.path))


def _activation(graph: Graph, index: int) -> Tensor:
    tensor = graph.tensors[index]
    if tensor.dtype != INT8 or len(tensor.scales) != 1 or tensor.n_elements == 0:
        raise InputError(
            "the model's input and output must be int8",
            where=str(graph.path),
            key=tensor.name,
            value=tensor.dtype,
            mend="quantise it with inference_input_type = inference_output_type = tf.int8",
        )
    return tensor


def _needed(graph: Graph) -> list[Operator]:
    """Operators whose result reaches the output. A reshape's target shape is known already, so whatever
    only computes it falls away."""
    wanted = {graph.outputs[0]}
    kept: list[Operator] = []
    for operator in reversed(graph.operators):
        if wanted.intersection(operator.outputs):
            kept.append(operator)
            wanted.update(operator.inputs[:1] if operator.kind in ALIASES else operator.inputs)
    return kept[::-1]


def _aliases(graph: Graph, operators: list[Operator]) -> Mapping[int, int]:
    """For each tensor that is another under a different shape, that other tensor."""
    roots: dict[int, int] = {}
    for operator in operators:
        if operator.kind in ALIASES:
            check_alias(graph, operator)
            roots[operator.outputs[0]] = roots.get(operator.inputs[0], operator.inputs[0])
    return roots


def _lifetimes(
    graph: Graph, layers: list[Layer], roots: Mapping[int, int], keep_input: bool
) -> dict[int, Lifetime]:
    """Steps are the layers' numbers; -1 is before the first, len(layers) after the last."""
    source = graph.inputs[0]
    spans: dict[int, list[int]] = {source: [-1, len(layers) if keep_input else -1]}
    for step, layer in enumerate(layers):
        for tensor in layer.inputs:
            root = roots.get(tensor, tensor)
            if graph.tensors[root].data is not None:
                continue
            if root not in spans:
                _refuse(graph, f"uses tensor {graph.tensors[root].name!r} before anything computes it")
            spans[root][1] = max(spans[root][1], step)
        for tensor in layer.outputs:
            if tensor in spans:
                _refuse(graph, f"computes tensor {graph.tensors[tensor].name!r} twice")
            spans[tensor] = [step, step]
    result = roots.get(graph.outputs[0], graph.outputs[0])
    if result not in spans:
        _refuse(graph, "has an output that nothing computes")
    spans[result][1] = len(layers)
    lives = {key: Lifetime(graph.tensors[key].n_elements, *span) for key, span in spans.items()}
    scratch = {step: max(call.scratch or 0 for call in layer.calls) for step, layer in enumerate(layers)}
    return lives | {_scratch(step): Lifetime(size, step, step) for step, size in scratch.items() if size}


def _scratch(step: int) -> int:
    """Stands for the scratch of a step among tensors, whose numbers are not negative."""
    return -1 - step


def _source(
    path: Path,
    graph: Graph,
    layers: list[Layer],
    roots: Mapping[int, int],
    plan: Plan,
    live: Mapping[int, int],
    headers: tuple[str, ...],
) -> tuple[str, tuple[LayerReport, ...]]:
    def place(tensor: int) -> str:
        return f"nn_arena + {plan.offsets[roots.get(tensor, tensor)]}"

    def constant(tensor: int) -> NDArray[Any] | None:
        return graph.tensors[roots.get(tensor, tensor)].data

    parts = [
        f"/* Generated from {path.name} by coincell. Do not edit. */",
        '#include "nn.h"\n',
        *(f'#include "{header}"' for header in headers),
        "",
        f"__attribute__((used, aligned(8))) static int8_t nn_arena[{plan.size}];\n",
    ]
    for symbol, tensor in (("nn_input", graph.inputs[0]), ("nn_output", graph.outputs[0])):
        parts.append(_symbol(symbol, place(tensor), graph.tensors[tensor].n_elements))
    reports = []
    for step, layer in enumerate(layers):
        name = f"layer_{step:02}_{layer.operator.lower()}"
        blocks, lines, size = [], [], 0
        for number, call in enumerate(layer.calls):
            own = name if len(layer.calls) == 1 else f"{name}_{number}"
            constants = {
                f"{own}_{tensor}": data for tensor in call.inputs if (data := constant(tensor)) is not None
            }
            text, taken = _parameters(own, call, constants)
            places = [
                f"{own}_{tensor}" if f"{own}_{tensor}" in constants else place(tensor)
                for tensor in (*call.inputs, call.output)
            ]
            if call.scratch is not None:
                places.append(place(_scratch(step)) if call.scratch else "0")
            blocks.append(text)
            lines.append(f"    {call.function}(&{own}_parameters, {', '.join(places)});\n")
            size += taken
        # A function for each layer, so that a profile by function is a profile by layer.
        body = f"__attribute__((noinline)) static void {name}(void)\n{{\n{''.join(lines)}}}\n"
        parts.append("\n".join((*blocks, body)))
        functions = tuple(call.function for call in layer.calls)
        reports.append(
            LayerReport(name, layer.operator, functions, layer.output_shape, layer.macs, size, live[step])
        )
    calls = "\n".join(f"    {report.name}();" for report in reports)
    parts.append(f"__attribute__((noinline)) void nn_invoke(void)\n{{\n{calls}\n}}\n")
    return "\n".join(parts), tuple(reports)


def _symbol(name: str, place: str, size: int) -> str:
    lines = (f".globl {name}", f".type {name}, %object", f".set {name}, {place}", f".size {name}, {size}")
    return "__asm__(" + " ".join(f'"{line}\\n"' for line in lines) + ");\n"


_HALF_WORDS = {
    "nn_conv": 14, "nn_dense": 3, "nn_pool": 11, "nn_softmax_params": 2, "nn_resize_params": 4,
    "nn_cmsis_conv": 14, "nn_cmsis_dense": 3, "nn_cmsis_pool": 11,
}  # fmt: skip
"""How many fields of a struct have 16 bits; they come first. All others take four bytes."""


def _parameters(name: str, call: Call, constants: Mapping[str, NDArray[Any]]) -> tuple[str, int]:
    """The call's constants and constant operands, and how many bytes they take."""
    halves = _HALF_WORDS.get(call.struct, 0)
    arrays, fields, size = [], [], (halves + 1) // 2 * 4 - 4 * halves
    for key, value in call.fields.items():
        fields.append(f"    .{key} = {_value(f'{name}_{key}', value)},")
        size += 4 * len(value) if isinstance(value, tuple) else 4
        if isinstance(value, np.ndarray):
            arrays.append(_array(f"{name}_{key}", value))
            size += value.nbytes
    for key, operand in constants.items():
        arrays.append(_array(key, operand.ravel()))
        size += operand.nbytes
    block = "\n".join((f"static const {call.struct} {name}_parameters = {{", *fields, "};"))
    return "\n".join((*arrays, block, "")), size


def _value(name: str, value: Field) -> str:
    if isinstance(value, int):
        return _integer(value)
    return "{" + ", ".join(map(_integer, value)) + "}" if isinstance(value, tuple) else name


_KINDS = {"int8": "int8_t", "uint16": "uint16_t", "int32": "int32_t"}


def _array(name: str, values: NDArray[Any]) -> str:
    """A constant: numbers of one type, or the bias, multiplier and shift of each channel."""
    if values.ndim == 1:
        kind, per_line, items = _KINDS[values.dtype.name], 24, [_integer(int(value)) for value in values]
    else:
        kind, per_line = "nn_channel", 3
        items = ["{" + ", ".join(_integer(int(value)) for value in row) + "}" for row in values]
    lines = (", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line))
    body = ",\n    ".join(lines)
    return f"static const {kind} {name}[{len(items)}] __attribute__((aligned(4))) = {{\n    {body},\n}};"


def _integer(value: int) -> str:
    return "(-2147483647 - 1)" if value == -(1 << 31) else str(value)


def _header(path: Path, source: Tensor, result: Tensor, plan: Plan, macs: int) -> str:
    lines = [
        f"/* Generated from {path.name} by coincell. Do not edit. */",
        "#ifndef COINCELL_NN_H\n#define COINCELL_NN_H\n\n#include <stdint.h>\n",
        f"#define NN_ARENA_SIZE {plan.size}",
        f"#define NN_MACS {macs}",
    ]
    for name, tensor in (("INPUT", source), ("OUTPUT", result)):
        lines += [
            f"#define NN_{name}_SIZE {tensor.n_elements}",
            f"#define NN_{name}_SCALE {tensor.scales[0]:.9e}f",
            f"#define NN_{name}_ZERO_POINT ({tensor.zero_points[0]})",
        ]
    lines += [
        "",
        "extern int8_t nn_input[NN_INPUT_SIZE];",
        "extern int8_t nn_output[NN_OUTPUT_SIZE];",
        "\n/* Compute nn_output from nn_input. */\nvoid nn_invoke(void);\n\n#endif\n",
    ]
    return "\n".join(lines)
