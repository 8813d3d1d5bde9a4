"""Whether a part is fed, and since when."""

from __future__ import annotations

from collections.abc import Callable

from coincell.devices.registry import DeviceContext


class Supply:
    """The supply of a part: always on, or switched by a net. `changed()` is called after each change."""

    def __init__(self, context: DeviceContext, changed: Callable[[], None]) -> None:
        self._sim = context.sim
        self._net = context.net(context.supply_net) if context.supply_net else None
        self._changed = changed
        self.since_ps = 0
        """When it last came on or went off."""
        if self._net is not None:
            self._net.watch(self._switched)

    @property
    def on(self) -> bool:
        """Whether there is a supply now."""
        return self._net is None or self._net.level

    def lasted_ps(self, time_ps: int) -> int:
        """For how long it has been on at `time_ps`; -1 while it is off."""
        return time_ps - self.since_ps if self.on else -1

    def _switched(self, on: bool) -> None:
        self.since_ps = self._sim.now
        self._changed()
