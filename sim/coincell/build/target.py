"""What a build needs to know about a board: its core, its chip family and its memories.

A board description satisfies `BuildTarget` as it is; `Target` is the plain form for everybody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from coincell.errors import InputError


class MemoryLike(Protocol):
    """One memory of the chip. `kind` is "flash", "ram" or something a build does not use."""

    @property
    def name(self) -> str: ...
    @property
    def base(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def kind(self) -> str: ...


class BuildTarget(Protocol):
    """A board, as far as a compiler cares."""

    @property
    def name(self) -> str: ...
    @property
    def core(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def memories(self) -> Sequence[MemoryLike]: ...


@dataclass(frozen=True)
class Memory:
    """A memory at bus address `base`, `size` bytes."""

    name: str
    base: int
    size: int
    kind: str


@dataclass(frozen=True)
class Target:
    """A board by hand: `core` as in `cortex-m4f`, `family` names a folder of `firmware/hal/`."""

    name: str
    core: str
    family: str
    memories: tuple[Memory, ...]


def largest(target: BuildTarget, kind: str) -> MemoryLike:
    """The biggest memory of `kind`. Raises InputError when the chip has none."""
    found = [memory for memory in target.memories if memory.kind == kind]
    if not found:
        raise InputError(
            f"the chip has no memory of kind {kind!r}, so nothing can be linked for it",
            where=target.name,
            key="memories",
            allowed=sorted({memory.kind for memory in target.memories}),
        )
    return max(found, key=lambda memory: (memory.size, -memory.base))
