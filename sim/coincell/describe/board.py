"""A board: a chip, wires, every populated part, and the ways a battery attaches."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, TypeVar

from pydantic import Field, PrivateAttr

from coincell.describe.chip import ChipDescription
from coincell.describe.device import DeviceDescription
from coincell.describe.figures import Current, Ratio, Voltage
from coincell.describe.model import Described, Name, Positive
from coincell.describe.power import PowerDescription
from coincell.errors import InputError

T = TypeVar("T")


class Rail(Described):
    """A supply net. The chip and the parts hang on one each."""

    name: Name
    voltage_v: Positive
    """When the board is fed through its own regulator."""
    switch: Name | None = None
    """Net that turns it on (high) where firmware controls it."""
    source: str = Field(min_length=3)


class Wire(Described):
    """A net that the chip reaches: its name on the schematic, the chip's pin, and what pulls it."""

    net: Name
    pin: str
    pull: Literal["up", "down"] | None = None
    label: str = ""
    """What is printed on the board, for instance "D13"."""


class Part(Described):
    """One populated part."""

    name: Name
    device: Name
    rail: Name
    wires: dict[str, Name] = Field(default_factory=dict)
    """The device's pin -> net."""
    powered_by: Name | None = None
    """Net that feeds or enables it when firmware drives it (as with a microphone on a GPIO)."""
    active: Literal["high", "low"] = "high"
    """Level of its net at which it is on."""
    current: Current | None = None
    """What it draws when on, where that depends on the board (a LED and its resistor)."""
    options: dict[str, str | int | bool] = Field(default_factory=dict)
    note: str = ""


class Console(Described):
    """The serial port that prints the firmware's lines."""

    tx: Name
    rx: Name | None = None
    baud: int = Field(default=115200, gt=0)


class Converter(Described):
    """A regulator between the battery and the rail."""

    out_v: Positive
    min_in: Voltage
    max_in: Voltage
    efficiency: Ratio
    quiescent: Current


class StandingLoad(Described):
    """What this way of attaching draws besides the parts (a divider, a regulator fed backwards)."""

    name: Name
    current: Current


class Attachment(Described):
    """A way to connect a battery."""

    name: Name
    title: str
    rail: Name
    converter: Converter | None = None
    min: Voltage
    max: Voltage
    standing: tuple[StandingLoad, ...] = ()
    caveats: tuple[str, ...] = ()
    """What a user must know, said in every report."""


class BoardDescription(Described):
    """A board, with its chip and devices already loaded beside it (see `load.load_board`)."""

    name: Name
    title: str
    vendor: str = ""
    chip_name: Name = Field(alias="chip")
    chip_rail: Name
    rail: tuple[Rail, ...] = Field(min_length=1)
    wire: tuple[Wire, ...] = ()
    part: tuple[Part, ...] = ()
    inputs: dict[str, Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]] = Field(
        default_factory=dict
    )
    """What a scenario's signals attach to -> part, or "part.quantity" of one that senses several."""
    console: Console | None = None
    attach: tuple[Attachment, ...] = Field(min_length=1)
    default_attach: Name

    _chip: ChipDescription | None = PrivateAttr(default=None)
    _devices: dict[str, DeviceDescription] = PrivateAttr(default_factory=dict)

    @property
    def chip(self) -> ChipDescription:
        """The chip that the board names."""
        if self._chip is None:
            raise RuntimeError("this board was not read by load_board")
        return self._chip

    def device(self, part: str | Part) -> DeviceDescription:
        """The description of the device that `part` is."""
        name = part.device if isinstance(part, Part) else self.part_named(part).device
        return self._devices[name]

    def part_named(self, name: str) -> Part:
        """The part called `name`. Raises InputError naming those that exist."""
        return self._named("part", name, {p.name: p for p in self.part})

    def input_named(self, name: str) -> tuple[Part, str]:
        """Part and quantity ("" where it senses one thing) of an input. Raises InputError."""
        part, _, quantity = self._named("inputs", name, dict(self.inputs)).partition(".")
        return self.part_named(part), quantity

    def rail_named(self, name: str) -> Rail:
        """The rail called `name`. Raises InputError naming those that exist."""
        return self._named("rail", name, {r.name: r for r in self.rail})

    def attachment(self, name: str | None = None) -> Attachment:
        """The way of attaching called `name` (the board's usual one when None)."""
        return self._named("attach", name or self.default_attach, {a.name: a for a in self.attach})

    def net_of_pin(self, pin: str) -> str | None:
        """Net wired to a chip pin such as "P0.26"."""
        return next((w.net for w in self.wire if w.pin == pin), None)

    def wire_of(self, net: str) -> Wire | None:
        """The wire that joins `net` to the chip."""
        return next((w for w in self.wire if w.net == net), None)

    def supply_net(self, part: Part) -> str | None:
        """Net by which firmware switches the supply of `part`, if it can."""
        return part.powered_by or self.rail_named(part.rail).switch

    def component_power(self) -> dict[str, PowerDescription]:
        """Every component of the board that draws current: the chip's by their names, parts by theirs."""
        power = dict(self.chip.component_power())
        for part in self.part:
            table = self.device(part).power
            states = dict(table.states)
            if part.current is not None:
                states["on"] = {"any": part.current}
            update: dict[str, object] = {"components": (part.name,), "rail": part.rail, "states": states}
            if self.supply_net(part) is not None and "off" in states:
                update["initial"] = "off"  # until firmware switches it on
            power[part.name] = table.model_copy(update=update)
        return power

    def cutoff_v(self, needed: tuple[str, ...] | None = None) -> tuple[Fraction, str]:
        """Lowest rail voltage [V] at which the chip and the `needed` parts work, and who sets it.

        Parts that are not needed may have stopped by then; without `needed` only the chip counts.
        """
        limits = [(self.chip.supply.min_v.voltage_v, self.chip.name)]
        limits += [(self.device(name).min_supply.voltage_v, name) for name in needed or ()]
        return max(limits)

    def _named(self, what: str, name: str, table: dict[str, T]) -> T:
        if name not in table:
            raise InputError(
                f"board {self.name!r} has no {what} of that name",
                where=f"platforms/boards/{self.name}.toml",
                key=what,
                value=name,
                allowed=sorted(table),
            )
        return table[name]
