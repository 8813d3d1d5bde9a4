"""Watchpoints: which data access stops the machine, to the byte."""

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


class Watcher:
    """While there is a watch, every load and store of the core is looked at; `hit` is the first that counts.

    Instructions are stepped meanwhile. Accesses by exception entry and by DMA are not looked at.
    """

    def __init__(self) -> None:
        self.watches: set[Watch] = set()
        self.hit: tuple[str, int] | None = None

    def attach(self, core: Core) -> None:
        """Watch this core from now on."""
        self._access = core.access
        self._load: Callable[..., int] = core.access.load
        self._store: Callable[..., None] = core.access.store
        self._changed()

    def add(self, watch: Watch) -> None:
        self.watches.add(watch)
        self._changed()

    def remove(self, watch: Watch) -> None:
        self.watches.discard(watch)
        self._changed()

    def _changed(self) -> None:
        access = self._access
        watching = bool(self.watches)
        access.load = self._watched_load if watching else self._load  # type: ignore[method-assign]
        access.store = self._watched_store if watching else self._store  # type: ignore[method-assign]

    def _watched_load(self, address: int, size: int, aligned: bool = False) -> int:
        value = self._load(address, size, aligned)
        self._see("rwatch", address, size)
        return value

    def _watched_store(self, address: int, value: int, size: int, aligned: bool = False) -> None:
        self._store(address, value, size, aligned)
        self._see("watch", address, size)

    def _see(self, kind: str, address: int, size: int) -> None:
        for watch in self.watches:
            overlaps = watch.address < address + size and address < watch.address + watch.size
            if overlaps and watch.kind in (kind, "awatch") and self.hit is None:
                self.hit = (watch.kind, max(address, watch.address))
