"""A part that only draws current: populated, but not used by the firmware or not modelled further."""

from __future__ import annotations

from coincell.devices.registry import DeviceContext, register


@register("idle_part")
class IdlePart:
    """States: on while its supply is (always, when no net switches it), else off."""

    def __init__(self, context: DeviceContext) -> None:
        self.part = context.part
        self._power = context.power
        if context.supply_net is None:
            self._power.enter("on")
        else:
            supply = context.net(context.supply_net)
            supply.watch(self._switched)
            self._switched(supply.level)

    def _switched(self, on: bool) -> None:
        self._power.enter("on" if on else "off")
