"""Where tensors live in RAM: one arena, shared by tensors that are never alive at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ALIGNMENT = 4
"""[bytes]; kernels load whole words."""


@dataclass(frozen=True)
class Lifetime:
    """A buffer of `size` bytes that is needed from step `first` to step `last`, both included."""

    size: int
    first: int
    last: int

    def meets(self, other: Lifetime) -> bool:
        """Whether both are needed at some step."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Plan:
    """Offset of each buffer in the arena, and the arena's size [bytes]."""

    offsets: Mapping[int, int]
    size: int


def plan_arena(lifetimes: Mapping[int, Lifetime]) -> Plan:
    """Greedy by size: the largest buffer first, each at the lowest offset that is free while it lives."""
    offsets: dict[int, int] = {}
    order = sorted(lifetimes, key=lambda key: (-lifetimes[key].size, lifetimes[key].first, key))
    for key in order:
        wanted = lifetimes[key]
        taken = sorted(
            (offset, offset + lifetimes[other].size)
            for other, offset in offsets.items()
            if lifetimes[other].meets(wanted)
        )
        offset = 0
        for start, end in taken:
            if offset + wanted.size <= start:
                break
            offset = max(offset, _aligned(end))
        offsets[key] = offset
    size = max((offset + lifetimes[key].size for key, offset in offsets.items()), default=0)
    return Plan(offsets, _aligned(size))


def _aligned(offset: int) -> int:
    return (offset + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
