"""Watchpoints: which data access stops the machine, to the byte.

GDB takes it that an Arm core tells before the access, steps over the instruction, and looks what changed. So
an instruction that is about to make a watched access is undone, and executed when the debugger says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coincell.cpu.core import Core


@dataclass(frozen=True)
class Watch:
    """`kind` is GDB's word: "watch" (writes), "rwatch" (reads) or "awatch" (both)."""

    kind: str
    address: int
    size: int


class Accessed(Exception):  # noqa: N818 - not an error: the instruction is not executed after all
    """A watched access is about to be made; `what` is the kind of watch and the address."""

    def __init__(self, what: tuple[str, int]) -> None:
        super().__init__(what)
        self.what = what


class Watcher:
    """While there is a watch, every load and store of the core is looked at, and instructions are stepped.

    Accesses by exception entry and by DMA are not looked at.
    """

    def __init__(self) -> None:
        self.watches: set[Watch] = set()

    def attach(self, core: Core) -> None:
        """Watch this core from now on."""
        self._core, access = core, core.access
        self._load: Callable[..., int] = access.load
        self._store: Callable[..., None] = access.store
        self._changed()

    def add(self, watch: Watch) -> None:
        self.watches.add(watch)
        self._changed()

    def remove(self, watch: Watch) -> None:
        self.watches.discard(watch)
        self._changed()

    def _changed(self) -> None:
        access, watching = self._core.access, bool(self.watches)
        access.load = self._watched_load if watching else self._load  # type: ignore[method-assign]
        access.store = self._watched_store if watching else self._store  # type: ignore[method-assign]

    def step(self, step: Callable[[], None]) -> None:
        """`step` one instruction, or leave everything as it was and raise Accessed.

        Stores that an STM made before the watched one stay: it makes them again, and nothing comes between.
        """
        core = self._core
        state, tags = bytes(core.state.bytes), bytes(core.tags)
        control, pending = core.special.control, core.fp.pending
        try:
            step()
        except Accessed:
            core.state.bytes[:] = state
            core.tags[:] = tags
            core.special.control, core.fp.pending = control, pending
            raise

    def _watched_load(self, address: int, size: int, aligned: bool = False) -> int:
        self._look("rwatch", address, size)
        return self._load(address, size, aligned)

    def _watched_store(self, address: int, value: int, size: int, aligned: bool = False) -> None:
        self._look("watch", address, size)
        self._store(address, value, size, aligned)

    def _look(self, kind: str, address: int, size: int) -> None:
        for watch in self.watches:
            overlaps = watch.address < address + size and address < watch.address + watch.size
            if overlaps and watch.kind in (kind, "awatch"):
                raise Accessed((watch.kind, max(address, watch.address)))
