"""Watchpoints: which data access stops the machine, to the byte, after the instruction that made it.

Compiled code calls out for a store to memory that holds translated code, and for everything but RAM and
flash. So for a watch on writes its memory is marked as if it held code, and the machine keeps its speed; only
a watch on reads of RAM or flash has every instruction stepped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from coincell.cpu.bus import MARK_SHIFT, DirectMemory
from coincell.cpu.core import Core
from coincell.cpu.state import R

_MARK = 2
"""Not 1, which says that there is code."""


@dataclass(frozen=True)
class Watch:
    """`kind` is GDB's word: "watch" (writes), "rwatch" (reads) or "awatch" (both)."""

    kind: str
    address: int
    size: int


@dataclass(frozen=True)
class Hit:
    """The access that a watch was for, and the instruction that made it or was next."""

    kind: str
    address: int
    by: int
    by_core: bool
    """An instruction made it: not DMA, and not the entry to an exception."""


class Watcher:
    """While there is a watch, accesses are looked at; `hit` is the first that counts.

    Of what DMA and exceptions access, only writes to RAM are seen.
    """

    def __init__(self) -> None:
        self.watches: set[Watch] = set()
        self.hit: Hit | None = None
        self._storing = False

    def attach(self, core: Core) -> None:
        """Watch this core from now on."""
        self._core, access = core, core.access
        self._load: Callable[..., int] = access.load
        self._store: Callable[..., None] = access.store
        self._code_written = core.bus.on_code_written
        core.bus.on_code_written = self._written
        self.hit = None
        for watch in self.watches:
            self._mark(watch, 0, _MARK)
        self._look_or_not()

    def add(self, watch: Watch) -> None:
        self.watches.add(watch)
        self._mark(watch, 0, _MARK)
        self._look_or_not()

    def remove(self, watch: Watch) -> None:
        self.watches.discard(watch)
        self._mark(watch, _MARK, 0)
        for other in self.watches:
            self._mark(other, 0, _MARK)
        self._look_or_not()

    @property
    def needs_steps(self) -> bool:
        """A read that compiled code makes by itself is watched."""
        return any(watch.kind != "watch" and self._memory(watch) is not None for watch in self.watches)

    def _look_or_not(self) -> None:
        access, looking = self._core.access, bool(self.watches)
        access.load = self._watched_load if looking else self._load  # type: ignore[method-assign]
        access.store = self._watched_store if looking else self._store  # type: ignore[method-assign]

    # ---- marks ----------------------------------------------------------------------------------------
    def _memory(self, watch: Watch) -> DirectMemory | None:
        return self._core.bus.memory_at(watch.address)

    def _mark(self, watch: Watch, old: int, new: int) -> None:
        memory = self._memory(watch)
        if memory is None or not memory.writable or watch.kind == "rwatch":
            return
        stepper = self._core.stepper
        if not stepper.code_in_ram:
            stepper.code_in_ram = True  # from now on compiled code looks at marks before it stores
            self._core.on_timing_changed()
        for granule in _granules(memory, watch.address, watch.size):
            if memory.marks[granule] == old:
                memory.marks[granule] = new

    def _written(self, address: int, size: int) -> None:
        """Marked memory was written: is there code, or only a watch?"""
        if not self._storing:
            self._look("watch", address, size, by_core=False)
        memory = self._core.bus.memory_at(address, size)
        if memory is None or any(memory.marks[n] not in (0, _MARK) for n in _granules(memory, address, size)):
            self._code_written(address, size)

    # ---- accesses -------------------------------------------------------------------------------------
    def _watched_load(self, address: int, size: int, aligned: bool = False) -> int:
        value = self._load(address, size, aligned)
        self._look("rwatch", address, size)
        return value

    def _watched_store(self, address: int, value: int, size: int, aligned: bool = False) -> None:
        self._storing = True
        try:
            self._store(address, value, size, aligned)
        finally:
            self._storing = False
        self._look("watch", address, size)

    def _look(self, kind: str, address: int, size: int, by_core: bool = True) -> None:
        for watch in self.watches:
            overlaps = watch.address < address + size and address < watch.address + watch.size
            if overlaps and watch.kind in (kind, "awatch") and self.hit is None:
                by = self._core.state.words[R + 15]
                self.hit = Hit(watch.kind, max(address, watch.address), by, by_core)
                self._core.leave_compiled_code()


def _granules(memory: DirectMemory, address: int, size: int) -> Iterator[int]:
    at = address - memory.base
    last = min(at + size - 1, memory.size - 1)
    return iter(range(at >> MARK_SHIFT, (last >> MARK_SHIFT) + 1))
