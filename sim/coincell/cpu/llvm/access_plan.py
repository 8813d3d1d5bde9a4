"""Which memory accesses of a block share a base register, so that one check of the base serves them all.

The block's instructions are evaluated over values that are either constants or a *root* (what a register held
at some point) plus a constant. Accesses from one root to one memory are checked together, where the first is
made or where the block begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from coincell.cpu.compiled.layout import Layout, MemoryWindow
from coincell.cpu.compiled.region import Block

_SMALL = 1 << 16
"""Offsets from a root beyond this are not worth a common check."""


class Place(NamedTuple):
    """A root plus a constant."""

    root: int
    offset: int


@dataclass
class Root:
    """What is accessed from one root: bytes `low` to `high` around it, in one memory."""

    window: MemoryWindow
    low: int
    high: int
    align: int
    """The root must be a multiple of this."""


class Planned(NamedTuple):
    """An access that the check of its root covers."""

    root: int
    offset: int


class Check(NamedTuple):
    """A root to be checked before an instruction: register `register` holds it plus `offset` then."""

    root: int
    register: int
    offset: int


@dataclass
class Accesses:
    """Of one instruction. `planned` are its accesses in order; None where one has to be checked alone."""

    checks: list[Check] = field(default_factory=list)
    planned: list[Planned | None] = field(default_factory=list)


@dataclass(frozen=True)
class AccessPlan:
    """Checks to be made before the block, and what each of its instructions does; its roots by number."""

    first: tuple[Check, ...]
    instructions: tuple[Accesses, ...]
    roots: Mapping[int, Root]


def plan_accesses(
    block: Block, layout: Layout, likely: Mapping[int, MemoryWindow], checks_first: bool
) -> AccessPlan:
    """The plan of a block, when `likely` tells which memory the instruction at an address usually accesses.

    `checks_first`: what registers hold when the block begins is checked there.
    """
    if not likely:
        return AccessPlan((), tuple(Accesses() for _ in block.instructions), {})
    tracker = _Tracker(layout)
    for placed in block.instructions:
        tracker.begin(placed.address, placed.step.size, likely.get(placed.address), placed.itstate != 0)
        placed.step.execute(tracker)
    for root in tracker.roots.values():
        root.low -= root.low % root.align
    first: list[Check] = []
    if checks_first:
        for accesses in tracker.found:
            first += [Check(c.root, c.root, 0) for c in accesses.checks if c.root < 15]
            accesses.checks = [c for c in accesses.checks if c.root >= 15]
    return AccessPlan(tuple(first), tuple(tracker.found), tracker.roots)


class _Tracker:
    """Evaluates instructions over constants, places, and None for anything else."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.roots: dict[int, Root] = {}
        self.found: list[Accesses] = []
        self._registers = {n: Place(n, 0) for n in range(15)}
        self._n_roots = 15

    def begin(self, address: int, size: int, window: MemoryWindow | None, in_it: bool) -> None:
        self.pc, self.next_pc, self.in_it = address + 4, address + size, in_it
        self._window = None if in_it else window
        self._before = dict(self._registers)
        self.found.append(Accesses())

    def __getattr__(self, name: str) -> Any:
        return lambda *operands, **named: None

    def reg(self, n: int) -> Any:
        return self.pc if n == 15 else self._registers[n]

    def set_reg(self, n: int, value: Any) -> None:
        keeps = isinstance(value, Place) and not self.in_it
        if n == 13 and keeps:
            keeps = value.root == 13 and not value.offset & 3
        if keeps:
            self._registers[n] = value
        else:
            self._registers[n] = Place(self._n_roots, 0)
            self._n_roots += 1

    def add(self, a: Any, b: Any) -> Any:
        if isinstance(b, Place):
            a, b = b, a
        if isinstance(b, int):
            if isinstance(a, int):
                return a + b & 0xFFFFFFFF
            if isinstance(a, Place):
                return Place(a.root, a.offset + _signed(b))
        return None

    def sub(self, a: Any, b: Any) -> Any:
        return self.add(a, -b & 0xFFFFFFFF) if isinstance(b, int) else None

    def and_(self, a: Any, b: Any) -> Any:
        return a & b if isinstance(a, int) and isinstance(b, int) else None

    def add_with_carry(self, a: Any, b: Any, carry: Any) -> tuple[Any, None, None]:
        return (self.add(a, b) if carry == 0 else None), None, None

    def add_signed(self, a: Any, b: Any) -> tuple[Any, None]:
        return self.add(a, b), None

    def dot_halves(self, total: Any, a: Any, b: Any) -> tuple[None, None]:
        return None, None

    def load(self, address: Any, size: int, aligned: bool = False) -> None:
        self._access(address, size, 1, self._window)

    def store(self, address: Any, value: Any, size: int, aligned: bool = False) -> None:
        self._access(address, size, 1, self._stored)

    def load_words(self, address: Any, n: int) -> list[None]:
        self._access(address, 4, n, self._window)
        return [None] * n

    def store_words(self, address: Any, values: list[Any]) -> None:
        self._access(address, 4, len(values), self._stored)

    @property
    def _stored(self) -> MemoryWindow | None:
        """Stores to flash, and to RAM that may hold code, are never simple."""
        window = self._window
        return window if window and window.writable and not self._layout.code_in_ram else None

    def _access(self, address: Any, size: int, n: int, window: MemoryWindow | None) -> None:
        if isinstance(address, int):
            return  # may be folded: see Memory.load
        found = self.found[-1]
        planned = self._plan(address, size, n, window) if isinstance(address, Place) and window else None
        found.planned.append(planned)

    def _plan(self, place: Place, size: int, n: int, window: MemoryWindow) -> Planned | None:
        number, offset = place
        low, high = offset, offset + size * n
        if offset % size or abs(offset) > _SMALL:
            return None
        root = self.roots.get(number)
        if root is None:
            holder = next((r for r, p in self._before.items() if p.root == number), None)
            if holder is None:
                return None
            self.roots[number] = Root(window, low, high, size)
            self.found[-1].checks.append(Check(number, holder, self._before[holder].offset))
        elif root.window != window:
            return None
        else:
            root.low, root.high = min(root.low, low), max(root.high, high)
            root.align = max(root.align, size)
        return Planned(number, offset)


def _signed(a: int) -> int:
    return a - (1 << 32) if a & 0x80000000 else a
