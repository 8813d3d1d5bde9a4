"""A LED with its resistor, lit by a net that is driven to its active level."""

from __future__ import annotations

from coincell.devices.registry import DeviceContext, register


@register("led")
class Led:
    """States: on, off. Through LED and resistor an undriven net rests at the level that keeps it dark."""

    def __init__(self, context: DeviceContext) -> None:
        self.part = context.part
        self._power = context.power
        self._active_high = context.part.active == "high"
        self.lit = False
        net = context.wired("A")
        if net is not None:
            net.pull(context.part.name, not self._active_high)
            net.watch(self._changed)
            self._changed(net.level)

    def _changed(self, level: bool) -> None:
        self.lit = level == self._active_high
        self._power.enter("on" if self.lit else "off")
