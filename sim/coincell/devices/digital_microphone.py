"""What microphones with a digital output have in common: supply, side, the grid of their samples."""

from __future__ import annotations

from fractions import Fraction

from coincell.devices.registry import DeviceContext
from coincell.devices.sound_element import SoundElement
from coincell.errors import InputError
from coincell.simtime import PS_PER_S


class DigitalMicrophone:
    """Stands on one of two sides of a line, as its option `select` says, and follows its supply."""

    def __init__(self, context: DeviceContext, noise_kind: int, sides: str) -> None:
        """`sides` tells what the two sides are. Raises InputError for a `select` that is none of them."""
        self.part = context.part
        self._sim = context.sim
        self._power = context.power
        select = context.part.options.get("select", "left")
        if select not in ("left", "right"):
            raise InputError(
                f"a microphone {sides}",
                key=f"part.{self.part.name}.options.select",
                value=select,
                allowed=["left", "right"],
            )
        self._right = select == "right"
        self._element = SoundElement(context, noise_kind)
        self._state = ""
        self._origin_ps = 0
        """When its clock started."""
        self._supply = context.net(context.supply_net) if context.supply_net else None
        if self._supply is not None:
            self._supply.watch(lambda _: self._settle())

    @property
    def powered(self) -> bool:
        """Whether its supply is on."""
        return self._supply is None or self._supply.level

    def _settle(self) -> None:
        """Supply or clock changed."""
        raise NotImplementedError

    def _entered(self, state: str) -> bool:
        """Whether this is another state than before; then power knows."""
        if state == self._state:
            return False
        self._state = state
        self._power.enter(state)
        return True

    def _first(self, start_ps: int, rate_hz: Fraction) -> int:
        """Number of a sample on a grid from time 0, whose phase is fixed when the clock starts."""
        return _number(self._origin_ps, rate_hz) + _number(start_ps - self._origin_ps, rate_hz)


def _number(time_ps: int, rate_hz: Fraction) -> int:
    return round(time_ps * rate_hz / PS_PER_S)
