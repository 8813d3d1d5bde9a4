"""Trees as C: a table of nodes that a loop walks, or nested ifs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from coincell.build.estimator.arrays import array
from coincell.build.estimator.description import LEAF, Trees
from coincell.errors import InputError

Rows = Sequence[Sequence[int]]

_MAX_DEPTH = 200
"""Nested ifs; clang takes 256 brackets (its -fbracket-depth)."""
_WALKER = 100
_SUMS = 40
_SPLIT = 12
_EXIT = 4
_CALL = 14
"""[bytes] of Thumb code: the loop over a table; around ifs; a split and a leaf among ifs, and what each tree
of them adds. Measured: zig 0.17's -O2 for the Cortex-M0+ and M4 takes 122 to 140 bytes for a table of one
small tree; among ifs a split and its leaf take 8 (whole numbers below 256) to 20."""


def flash_bytes(model: Trees) -> Mapping[str, int]:
    """What each form takes in flash [bytes]: constants, and an estimate of the code that walks the trees."""
    halfwords = sum(len(one) for one in map(_words, model.trees))
    leaves = sum(map(len, model.leaves))
    n_splits = sum(len(row) == 3 for rows in model.trees for row in rows)
    n_leaves = sum(len(row) == 1 for rows in model.trees for row in rows)
    sizes = {"table": 2 * halfwords + 4 * len(model.trees) + leaves + _WALKER}
    if max(map(depth, model.trees)) <= _MAX_DEPTH:
        sizes["ifs"] = _SUMS + _SPLIT * n_splits + _EXIT * n_leaves + _CALL * len(model.trees) + leaves
    return sizes


def depth(rows: Rows) -> int:
    """How many splits lie above the deepest leaf."""
    pending: list[int] = []
    deepest, below = 0, 0
    for row in rows:
        if len(row) == 3:
            below += 1
            deepest = max(deepest, below)
            pending.append(below)
        elif pending:
            below = pending.pop()
    return deepest


def simplified(rows: Rows) -> tuple[tuple[int, ...], ...]:
    """The same answers without splits that decide nothing: both branches are the same."""
    ready: list[list[tuple[int, ...]]] = []  # branches; their splits say how far right branches are
    for row in reversed(rows):
        if len(row) == 1:
            ready.append([tuple(row)])
            continue
        left, right = ready.pop(), ready.pop()
        ready.append(left if left == right else [(row[0], row[1], 1 + len(left)), *left, *right])
    return tuple(
        row if len(row) == 1 else (row[0], row[1], index + row[2]) for index, row in enumerate(ready[0])
    )


def source(model: Trees, form: str) -> str:
    """`model_scores` of `model` in the given form."""
    parts = []
    if model.leaves:
        parts.append(array("uint8_t", "leaves", model.leaves))
    if form == "table":
        parts += _table(model)
        each = "    for (int tree = 0; tree < N_TREES; tree++)\n        " + _add(
            model, "leaf(nodes + roots[tree], features)"
        )
    else:
        parts += [_function(number, rows) for number, rows in enumerate(model.trees)]
        each = "\n".join(
            f"    {_add(model, f'tree_{number}(features)')}" for number in range(len(model.trees))
        )
    if model.leaves:
        parts.append(_ADD_LEAF)
    parts.append(
        "void model_scores(const int16_t features[MODEL_N_FEATURES], model_score scores[MODEL_N_SCORES])\n{\n"
        "    for (int k = 0; k < MODEL_N_SCORES; k++)\n        scores[k] = 0;\n"
        f"{each}\n}}\n"
    )
    return "\n".join(parts)


_ADD_LEAF = """\
static void add_leaf(int leaf, model_score *scores)
{
    for (int k = 0; k < MODEL_N_SCORES; k++)
        scores[k] += leaves[leaf][k];
}
"""


def _add(model: Trees, value: str) -> str:
    if model.leaves:
        return f"add_leaf({value}, scores);"
    return f"scores[{value}]++;" if model.classes else f"scores[0] += {value};"


_WALK = """\
/* A split is a feature, a threshold and where, from here, its right branch is; the left one follows. */
static int leaf(const uint16_t *node, const int16_t *features)
{
    while (!(node[0] & 0x8000u))
        node += features[node[0]] <= (int16_t)node[1] ? 3 : node[2];
    return %s;
}
"""


def _table(model: Trees) -> Iterator[str]:
    words: list[int] = []
    roots = []
    for rows in model.trees:
        roots.append(len(words))
        words += _words(rows)
    yield f"enum {{ N_TREES = {len(roots)} }};"
    yield array("uint16_t", "nodes", words)
    yield array("uint32_t", "roots", roots)
    value = "node[0] & 0x7fff" if model.classes else "((node[0] & 0x7fff) ^ 0x4000) - 0x4000"
    yield _WALK % value


def _words(rows: Rows) -> list[int]:
    """The nodes of a tree as halfwords: three for a split, one for a leaf."""
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row))
    words: list[int] = []
    for index, row in enumerate(rows):
        if len(row) == 1:
            words.append(LEAF | (row[0] & (LEAF - 1)))
            continue
        step = starts[row[2]] - starts[index]
        if step > 0xFFFF:
            raise InputError(
                f"a tree with {len(rows):,} nodes is too large", mend="train it with max_leaf_nodes"
            )
        words += [row[0], row[1] & 0xFFFF, step]
    return words


def _function(number: int, rows: Rows) -> str:
    lines = [f"static int tree_{number}(const int16_t *features)\n{{"]
    pending: list[int] = []
    level = 1
    for row in rows:
        if len(row) == 3:
            lines.append(f"{'    ' * level}if (features[{row[0]}] <= {row[1]}) {{")
            level += 1
            pending.append(level)
        else:
            lines.append(f"{'    ' * level}return {row[0]};")
            if pending:
                level = pending.pop()
                lines.append(f"{'    ' * (level - 1)}}}")
                level -= 1
    return "\n".join((*lines, "}\n"))
