"""Where tensors live in RAM: one arena, shared by tensors that are never alive at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Offset of each buffer in the arena, and the arena's size [bytes]. None can be below `lower_bound`."""

    offsets: Mapping[int, int]
    size: int
    lower_bound: int


def plan_arena(lifetimes: Mapping[int, Lifetime]) -> Plan:
    """The best of three greedy plans: each takes the buffers in an order of its own, and puts each at the
    lowest offset that is free while it lives."""

    def size(key: int) -> int:
        return -lifetimes[key].size

    def span(key: int) -> int:
        return lifetimes[key].first - lifetimes[key].last

    orders = ((size, span), (span, size), (lambda key: lifetimes[key].first, size))
    plans = [
        _greedy(lifetimes, sorted(lifetimes, key=lambda key: (first(key), second(key), key)))
        for first, second in orders
    ]
    offsets, total = min(plans, key=lambda plan: plan[1])
    return Plan(offsets, total, max(in_use(lifetimes).values(), default=0))


def in_use(lifetimes: Mapping[int, Lifetime]) -> dict[int, int]:
    """Bytes that live at each step, every buffer rounded up to the alignment."""
    steps = range(
        min((one.first for one in lifetimes.values()), default=0),
        max((one.last for one in lifetimes.values()), default=-1) + 1,
    )
    return {
        step: sum(_aligned(one.size) for one in lifetimes.values() if one.first <= step <= one.last)
        for step in steps
    }


def _greedy(lifetimes: Mapping[int, Lifetime], order: Sequence[int]) -> tuple[dict[int, int], int]:
    offsets: dict[int, int] = {}
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
    return offsets, _aligned(size)


def _aligned(offset: int) -> int:
    return (offset + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
