"""Which operators there are: each as a function from a node of the graph to its kernel calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coincell.build import elementwise, movement, reductions, tables, weighted
from coincell.build.node import Layer, Node
from coincell.build.tflite import Graph, Operator
from coincell.errors import InputError

ALIASES = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
"""Operators that change no byte: their output is their first input."""

_BUILDERS: Mapping[str, Callable[[Node], Layer]] = {
    **weighted.BUILDERS,
    **reductions.BUILDERS,
    **elementwise.BUILDERS,
    **tables.BUILDERS,
    **movement.BUILDERS,
}

SUPPORTED = tuple(sorted((*_BUILDERS, *ALIASES)))


def layer_of(graph: Graph, operator: Operator) -> Layer:
    """The kernel calls for `operator`. Raises InputError when it, or one of its settings, is unsupported."""
    builder = _BUILDERS.get(operator.kind)
    if builder is None:
        raise InputError(
            f"operator {operator.kind} is not supported by the firmware's kernels",
            where=str(graph.path),
            key=f"operator {graph.operators.index(operator)}",
            value=operator.kind,
            allowed=SUPPORTED,
            mend="rebuild the model from supported layers, with int8 inputs and outputs",
        )
    return builder(Node(graph, operator))


def check_alias(graph: Graph, operator: Operator) -> None:
    """Raises InputError unless `operator` really leaves its bytes alone."""
    node = Node(graph, operator)
    source, output = node.tensor(0), node.output
    if source.n_elements != output.n_elements or node.scale(source) != node.scale(output):
        node.fail(f"turns {source.shape} into {output.shape}, or changes the scale")
