"""How a battery reaches the board's parts: what a part's current becomes at the battery."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from coincell.describe import Attachment, BoardDescription, Charge, Current
from coincell.errors import InputError


@dataclass(frozen=True)
class Supply:
    """A battery of `battery_v` [V] attached to a board in one of the ways it describes."""

    attachment: Attachment
    battery_v: Fraction

    @classmethod
    def of(cls, board: BoardDescription, battery_v: Fraction, attach: str | None = None) -> Supply:
        """Raises InputError when the voltage is outside what this way of attaching takes."""
        way = board.attachment(attach)
        rails = {rail.voltage_v for rail in board.rail}
        if len(rails) > 1:
            raise InputError(
                "rails of different voltages are not modelled yet",
                where=f"platforms/boards/{board.name}.toml",
                key="rail",
                allowed=["one voltage_v for all rails"],
            )
        low, high = way.min.voltage_v, way.max.voltage_v
        if not low <= battery_v <= high:
            raise InputError(
                f"attachment {way.name!r} of {board.name} takes {float(low):g} to {float(high):g} V",
                key="board.attach",
                value=f"{float(battery_v):g} V",
                allowed=[a.name for a in board.attach if a.min.voltage_v <= battery_v <= a.max.voltage_v],
                mend="choose another battery, or another way to attach it",
            )
        return cls(way, battery_v)

    @property
    def rail_v(self) -> Fraction:
        """Voltage of the rails [V]."""
        converter = self.attachment.converter
        return converter.out_v if converter else self.battery_v

    def current(self, figure: Current) -> Fraction:
        """What the battery gives [A] for a part that draws `figure`."""
        return figure.at(self.rail_v) * self._gain()

    def charge(self, figure: Charge) -> Fraction:
        """What the battery gives [C] for one event."""
        return figure.at(self.rail_v) * self._gain()

    def standing(self) -> dict[str, tuple[Current, Fraction]]:
        """What the attachment itself draws: name -> (figure, current at the battery [A])."""
        loads = {
            load.name: (load.current, load.current.at(self.battery_v)) for load in self.attachment.standing
        }
        converter = self.attachment.converter
        if converter:
            loads["regulator"] = (converter.quiescent, converter.quiescent.at(self.battery_v))
        return loads

    def _gain(self) -> Fraction:
        converter = self.attachment.converter
        if converter is None:
            return Fraction(1)
        return converter.out_v / (converter.efficiency.value_ratio * self.battery_v)
