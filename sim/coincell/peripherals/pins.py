"""An electrical net: several parties drive it or pull it, and watchers hear each change of its level."""

from __future__ import annotations

from collections.abc import Callable


class Net:
    """Implements ports.Pin. Drivers beat pulls; where drivers disagree, low wins (as in open drain)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._drivers: dict[str, bool] = {}
        self._pulls: dict[str, bool] = {}
        self._level = False
        self._watchers: list[Callable[[bool], None]] = []

    @property
    def level(self) -> bool:
        return self._level

    def drive(self, who: str, level: bool | None) -> None:
        self._put(self._drivers, who, level)

    def pull(self, who: str, level: bool | None) -> None:
        self._put(self._pulls, who, level)

    def watch(self, action: Callable[[bool], None]) -> None:
        self._watchers.append(action)

    def _put(self, where: dict[str, bool], who: str, level: bool | None) -> None:
        if level is None:
            where.pop(who, None)
        else:
            where[who] = level
        now = all(self._drivers.values()) if self._drivers else any(self._pulls.values())
        if now != self._level:
            self._level = now
            for action in tuple(self._watchers):
                action(now)
