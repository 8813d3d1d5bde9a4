"""What a build needs to know about a board: its core, its chip family and its memories."""

from __future__ import annotations

from dataclasses import dataclass

from coincell.describe.board import BoardDescription
from coincell.errors import InputError


@dataclass(frozen=True)
class Memory:
    """A memory at bus address `base`, `size` bytes. `kind` is "flash" or "ram"."""

    name: str
    base: int
    size: int
    kind: str


@dataclass(frozen=True)
class Target:
    """A board for a compiler: `core` as in `cortex-m4f`, `family` a folder of `firmware/hal/`."""

    name: str
    core: str
    family: str
    memories: tuple[Memory, ...]

    @classmethod
    def of(cls, board: BoardDescription) -> Target:
        """The target that a description stands for. Aliases of a memory are left out."""
        chip = board.chip
        memories = tuple(Memory(m.name, m.base, m.size, m.kind) for m in chip.memory if m.alias_of is None)
        return cls(board.name, chip.core.type, chip.family, memories)

    def largest(self, kind: str) -> Memory:
        """The biggest memory of `kind`. Raises InputError when the chip has none."""
        found = [memory for memory in self.memories if memory.kind == kind]
        if not found:
            raise InputError(
                f"the chip has no memory of kind {kind!r}, so nothing can be linked for it",
                where=self.name,
                key="memories",
                allowed=sorted({memory.kind for memory in self.memories}),
            )
        return max(found, key=lambda memory: (memory.size, -memory.base))
