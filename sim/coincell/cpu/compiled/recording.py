"""What a stretch of guest code does, watched while it is stepped: a hint for translating it well.

Nothing that is recorded can change a result: it says which code and which memory to expect.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from coincell.cpu.core import Core
from coincell.cpu.interpreter import CoreMemory
from coincell.cpu.state import CYCLES, EXIT, R

INSTRUCTIONS = 1500
"""Watched at most: a few milliseconds."""


@dataclass(frozen=True)
class Recording:
    """`executed` are addresses of instructions; `memories` tells the base of the memory that most accesses of
    an instruction went to."""

    executed: frozenset[int] = frozenset()
    memories: tuple[tuple[int, int], ...] = ()

    def encode(self, addresses: Iterable[int]) -> bytes:
        """What it says of `addresses`, to be kept."""
        kept = self.executed & set(addresses)
        places = [place for place in self.memories if place[0] in kept]
        return json.dumps([sorted(kept), places]).encode()

    @staticmethod
    def decode(data: bytes) -> Recording:
        """The inverse of `encode`; empty when `data` makes no sense."""
        with suppress(ValueError, TypeError):
            executed, memories = json.loads(data)
            return Recording(frozenset(map(int, executed)), tuple((int(a), int(b)) for a, b in memories))
        return Recording()


class _Watcher(CoreMemory):
    def __init__(self, core: Core) -> None:
        self.core, self.inner = core, core.ops.memory
        self.met: Counter[tuple[int, int]] = Counter()

    def _note(self, address: int, size: int) -> None:
        memory = self.core.bus.memory_at(address, size)
        if memory is not None:
            self.met[self.core.ops.pc - 4, memory.base] += 1

    def load(self, address: int, size: int, aligned: bool) -> int:
        self._note(address, size)
        return self.inner.load(address, size, aligned)

    def store(self, address: int, value: int, size: int, aligned: bool) -> None:
        self._note(address, size)
        self.inner.store(address, value, size, aligned)


def record(core: Core, step: Callable[[], None]) -> Recording:
    """Step on for a while, not past the deadline, and tell what happened."""
    words, wides = core.state.words, core.state.wides
    watcher = _Watcher(core)
    executed = set()
    core.ops.memory = watcher
    try:
        for _ in range(INSTRUCTIONS):
            if wides[CYCLES] >= core.deadline or words[EXIT]:
                break
            executed.add(words[R + 15])
            step()
    finally:
        core.ops.memory = watcher.inner
    # The most frequent memory of each instruction is kept: it comes last.
    best = {pc: base for (pc, base), _ in sorted(watcher.met.items(), key=lambda item: (item[1], item[0]))}
    return Recording(frozenset(executed), tuple(sorted(best.items())))
