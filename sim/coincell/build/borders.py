"""Models whose inputs and outputs are real numbers, though all between is int8.

Their first operator quantises and their last dequantises. Firmware has the int8 values and the scales, so
both fall away: the model begins and ends with the int8 tensors.
"""

from __future__ import annotations

from dataclasses import replace

from coincell.build.tflite import INT8, Graph


def without_borders(graph: Graph) -> Graph:
    """The graph from the first int8 tensor to the last; the same graph where nothing is to be left out."""
    begins, ends = {}, {}
    for operator in graph.operators:
        if operator.kind not in ("QUANTIZE", "DEQUANTIZE") or not (operator.inputs and operator.outputs):
            continue
        source, output = operator.inputs[0], operator.outputs[0]
        if source in graph.inputs and _kinds(graph, source, output) == (False, True):
            begins[source] = output
        if output in graph.outputs and _kinds(graph, source, output) == (True, False):
            ends[output] = source
    dropped = {*begins.values(), *ends}
    for source in list(begins):
        readers = [operator for operator in graph.operators if source in operator.inputs]
        if len(readers) > 1:  # somebody else wants the real numbers
            dropped.discard(begins.pop(source))
    return replace(
        graph,
        inputs=tuple(begins.get(tensor, tensor) for tensor in graph.inputs),
        outputs=tuple(ends.get(tensor, tensor) for tensor in graph.outputs),
        operators=tuple(operator for operator in graph.operators if not dropped & set(operator.outputs)),
    )


def _kinds(graph: Graph, *tensors: int) -> tuple[bool, ...]:
    return tuple(graph.tensors[tensor].dtype == INT8 for tensor in tensors)
