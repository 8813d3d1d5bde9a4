"""Constant arrays in C."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

_PER_LINE = 16


def array(kind: str, name: str, values: Sequence[int] | Sequence[Sequence[int]]) -> str:
    """`values` as a constant array of one or two dimensions. None may be the least int64."""
    if isinstance(values[0], int):
        return f"static const {kind} {name}[{len(values)}] = {{\n{_lines(cast(Sequence[int], values))}\n}};"
    rows = cast(Sequence[Sequence[int]], values)
    body = ",\n".join(f"    {{\n{_lines(row)}\n    }}" for row in rows)
    return f"static const {kind} {name}[{len(rows)}][{len(rows[0])}] = {{\n{body}\n}};"


def _lines(values: Sequence[int]) -> str:
    items = [_integer(value) for value in values]
    return ",\n".join("    " + ", ".join(items[i : i + _PER_LINE]) for i in range(0, len(items), _PER_LINE))


def _integer(value: int) -> str:
    if value == -(1 << 31):
        return "(-2147483647 - 1)"
    return str(value) if abs(value) < 1 << 31 else f"{value}LL"
