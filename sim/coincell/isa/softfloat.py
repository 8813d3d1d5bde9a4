"""Arm floating point in exact integer arithmetic: `OPERATIONS[name](fpscr, *words) -> (word, fpscr)`."""

from __future__ import annotations

from collections.abc import Callable

OPERATIONS: dict[str, Callable[..., tuple[int, int]]] = {}
