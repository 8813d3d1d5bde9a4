"""From the driver named in a device's description to the class that plays it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from coincell.describe import BoardDescription, DeviceDescription, Part
from coincell.errors import InputError
from coincell.ports import Pin, PowerComponent, Signal
from coincell.registry import Registry
from coincell.simtime import Simulation


class Device(Protocol):
    """A part that is being played. What else it can do depends on its driver."""

    part: Part


@dataclass(frozen=True)
class DeviceContext:
    """Everything a device may know."""

    sim: Simulation
    part: Part
    description: DeviceDescription
    power: PowerComponent
    net: Callable[[str], Pin]
    """The board's net of that name."""
    supply_net: str | None = None
    """Net that switches its supply on (high), if firmware controls it."""
    rail_v: Fraction = Fraction(3)
    """Voltage [V] of the rail that feeds it."""
    signals: Mapping[str, Signal] = field(default_factory=dict)
    """What it senses, by quantity ("" where that is one thing); what is missing is nothing at all (silence,
    rest)."""
    seed: int = 0

    @property
    def signal(self) -> Signal | None:
        """What a part senses that senses one thing."""
        return self.signals.get("")

    def wired(self, pin: str) -> Pin | None:
        """The net on the device's own `pin`, if the board connects it."""
        name = self.part.wires.get(pin)
        return self.net(name) if name else None


_MODULES = (
    "amg8833",
    "band_amplifier",
    "bme280",
    "divider",
    "ics43434",
    "idle_part",
    "iis3dwb",
    "led",
    "lsm6dso",
    "lsm9ds1",
    "max30101",
    "mp34dt05",
    "pir_switch",
    "potentiostat",
    "reed_switch",
    "smoke_chamber",
)
DRIVERS: Registry[Device] = Registry("device driver", "coincell.devices", _MODULES)

register = DRIVERS.register
drivers = DRIVERS.names


def create(context: DeviceContext) -> Device:
    """The device that plays a part. Raises InputError for an unknown driver or a wrong option."""
    where = f"sensors/devices/{context.description.name}.toml"
    return DRIVERS.find(context.description.driver, where=where, key="driver")(context)


def populate(
    board: BoardDescription,
    sim: Simulation,
    power: Callable[[str], PowerComponent],
    net: Callable[[str], Pin],
    signals: Mapping[str, Signal],
    seed: int = 0,
) -> dict[str, Device]:
    """Every part of `board`, by name, with `signals` (by the board's input names) at its sensors.

    Raises InputError for a signal that has no input, or whose unit the sensor does not sense.
    """
    felt: dict[str, dict[str, Signal]] = {}
    for name, signal in signals.items():
        if name not in board.inputs:
            raise InputError(
                f"board {board.name!r} has no such input",
                key="inputs",
                value=name,
                allowed=sorted(board.inputs),
            )
        part, quantity = board.input_named(name)
        unit = board.device(part).units[quantity]
        if signal.unit != unit:
            raise InputError(
                f"the {name} of {board.name!r} senses {unit}, not {signal.unit}",
                key=f"inputs.{name}",
                value=signal.unit,
                allowed=[unit],
                mend="give the signal in that unit",
            )
        felt.setdefault(part.name, {})[quantity] = signal
    return {
        part.name: create(
            DeviceContext(
                sim=sim,
                part=part,
                description=board.device(part),
                power=power(part.name),
                net=net,
                supply_net=board.supply_net(part),
                rail_v=board.rail_named(part.rail).voltage_v,
                signals=felt.get(part.name, {}),
                seed=seed,
            )
        )
        for part in board.part
    }
