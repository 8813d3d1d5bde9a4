"""What translated code takes for granted about the machine: part of the key it is cached under."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coincell.cpu.call_tree import FunctionRanges
from coincell.cpu.state import MEMORIES
from coincell.timing import MemoryTiming
from coincell.timing.pipeline import UNALIGNED_WORST

if TYPE_CHECKING:
    from coincell.cpu.core import Core

MOST_MEMORIES = 4


@dataclass(frozen=True)
class MemoryWindow:
    """A memory that compiled code reaches directly; its host address is in a state slot."""

    base: int
    size: int
    writable: bool
    slot: int
    """Index of the 64-bit state slot with its host address; the next one holds its code marks'."""


@dataclass(frozen=True)
class Observed:
    """What code counts that is observed: in these memories, (base, size), and for these functions."""

    areas: tuple[tuple[int, int], ...]
    digest: str
    functions: FunctionRanges = field(repr=False, compare=False)


@dataclass(frozen=True)
class Layout:
    """Constants of one core in one memory configuration."""

    windows: tuple[MemoryWindow, ...]
    timing: MemoryTiming
    pipeline: str
    features: tuple[str, ...]
    unaligned_faults: bool
    divide_faults: bool
    limits_ignored: bool
    """Whether a stack may pass its limit at some priority (Armv8-M, CCR.STKOFHFNMIGN)."""
    code_in_ram: bool
    """Whether a store may hit translated code."""
    observed: Observed | None = None

    @property
    def has_stack_limits(self) -> bool:
        return "v8m" in self.features

    @property
    def worst_access(self) -> int:
        """Most cycles that one data access can add."""
        return max(self.timing.data_wait, self.timing.bus_wait) + UNALIGNED_WORST

    def window_at(self, address: int, size: int = 1) -> MemoryWindow | None:
        """The window that holds all of [address, address + size)."""
        for window in self.windows:
            if window.base <= address and address + size <= window.base + window.size:
                return window
        return None

    def is_literal(self, address: int, size: int) -> bool:
        """Whether a load from this constant address can be folded into compiled code."""
        window = self.window_at(address, size)
        return window is not None and not window.writable and not address & (size - 1)


def layout_of(core: Core) -> Layout:
    """The present layout of `core`; also puts the host addresses into its state."""
    windows = []
    # The first RAM and the first flash are tried first; `memories` has all RAM before all flash.
    memories = sorted(core.bus.memories, key=lambda m: core.bus.memories.index(m) != 0 and m.writable)
    for index, memory in enumerate(memories[:MOST_MEMORIES]):
        slot = MEMORIES + 2 * index
        core.state.wides[slot] = memory.host_address
        core.state.wides[slot + 1] = memory.host_marks
        windows.append(MemoryWindow(memory.base, memory.size, memory.writable, slot))
    return Layout(
        tuple(windows),
        core.timing,
        core.pipeline.name,
        tuple(sorted(core.options.features)),
        not core.options.unaligned_access or bool(core.configuration >> 3 & 1),
        bool(core.configuration >> 4 & 1),
        core.is_v8m and bool(core.configuration >> 10 & 1),
        core.stepper.code_in_ram,
        _observed(core),
    )


def _observed(core: Core) -> Observed | None:
    observer = core.observer
    if observer is None:
        return None
    areas = tuple((area.base, area.size) for area in observer.bank.areas)
    return Observed(areas, observer.functions.digest, observer.functions)
