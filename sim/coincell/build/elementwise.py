"""Layers of two operands, element by element; either may be a constant, and smaller ones are repeated."""

from __future__ import annotations

from collections.abc import Sequence

from coincell.build import fixed_point
from coincell.build.node import Field, Layer, Node

_MOST_DIMENSIONS = 4
_ACTIVATION = 0
"""Slot of the fused activation in MulOptions, AddOptions and SubOptions."""


def _sum(node: Node, function: str) -> Layer:
    (l_scale, l_zero), (r_scale, r_zero), (o_scale, o_zero) = map(
        node.scale, (node.tensor(0), node.tensor(1), node.output)
    )
    common = 2 * max(l_scale, r_scale)
    pairs = {
        "left": fixed_point.quantize_multiplier(l_scale / common),
        "right": fixed_point.quantize_multiplier(r_scale / common),
        "output": fixed_point.quantize_multiplier(common / ((1 << 20) * o_scale)),
    }
    fields: dict[str, Field] = {
        **_grid(node), "left_offset": -l_zero, "right_offset": -r_zero, "output_offset": o_zero,
        **node.activation(_ACTIVATION),
    }  # fmt: skip
    for side, (multiplier, shift) in pairs.items():
        if shift > 0:
            node.fail("has scales that the reference kernel does not take")
        fields |= {f"{side}_multiplier": multiplier, f"{side}_shift": shift}
    return node.layer(node.call(function, "nn_pair_params", fields, *node.operator.inputs[:2]))


def _product(node: Node) -> Layer:
    (l_scale, l_zero), (r_scale, r_zero), (o_scale, o_zero) = map(
        node.scale, (node.tensor(0), node.tensor(1), node.output)
    )
    multiplier, shift = fixed_point.product_multiplier(l_scale, r_scale, o_scale)
    if shift > 14:  # products have 17 bits
        node.fail("has scales whose products overflow")
    fields: dict[str, Field] = {
        **_grid(node), "left_offset": -l_zero, "right_offset": -r_zero, "output_offset": o_zero,
        "left_multiplier": 0, "left_shift": 0, "right_multiplier": 0, "right_shift": 0,
        "output_multiplier": multiplier, "output_shift": shift, **node.activation(_ACTIVATION),
    }  # fmt: skip
    return node.layer(node.call("nn_mul", "nn_pair_params", fields, *node.operator.inputs[:2]))


def _grid(node: Node) -> dict[str, Field]:
    """Sizes and steps of both operands over the output, as few dimensions as can be."""
    left, right, output = node.tensor(0), node.tensor(1), node.output
    shape = output.shape
    node.expect(*_repeated(node, left.shape, right.shape))
    if left.data is not None and right.data is not None:
        node.fail("has two constant operands")
    dimensions: list[list[int]] = []  # size, and whether left and right move, from the last to the first
    for axis in range(1, len(shape) + 1):
        moves = [int(len(side) >= axis and side[-axis] > 1) for side in (left.shape, right.shape)]
        if shape[-axis] == 1:
            continue
        if dimensions and dimensions[-1][1:] == moves:
            dimensions[-1][0] *= shape[-axis]
        else:
            dimensions.append([shape[-axis], *moves])
    if len(dimensions) > _MOST_DIMENSIONS:
        node.fail(f"repeats operands of shapes {left.shape} and {right.shape} in too many dimensions")
    dimensions += [[1, 0, 0]] * (_MOST_DIMENSIONS - len(dimensions))
    steps: list[tuple[int, int, int]] = []
    spans = [1, 1]
    for size, *moves in dimensions:
        steps.append((size, spans[0] * moves[0], spans[1] * moves[1]))
        spans = [span * (size if move else 1) for span, move in zip(spans, moves, strict=True)]
    columns = zip(*reversed(steps), strict=True)
    return dict(zip(("size", "left_step", "right_step"), columns, strict=True))


def _repeated(node: Node, left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    """The shape in which both are repeated to fit. Raises InputError when they cannot."""
    rank = max(len(left), len(right))
    wide = [(1,) * (rank - len(side)) + tuple(side) for side in (left, right)]
    for a, b in zip(*wide, strict=True):
        if a != b and 1 not in (a, b):
            node.fail(f"combines shapes {tuple(left)} and {tuple(right)}")
    return tuple(b if a == 1 else a for a, b in zip(*wide, strict=True))


BUILDERS = {
    "ADD": lambda node: _sum(node, "nn_add"),
    "SUB": lambda node: _sum(node, "nn_sub"),
    "MUL": _product,
}
