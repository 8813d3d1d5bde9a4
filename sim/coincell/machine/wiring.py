"""Which device hangs on which pins of the chip: from the board's nets to what blocks look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from coincell.describe import BoardDescription, Part
from coincell.devices import Device
from coincell.errors import InputError
from coincell.peripherals.context import Wiring
from coincell.ports import AnalogSource, I2cDevice, I2sSource, PdmSource, RadioMedium, SerialPort, SpiDevice

CONSOLE_PORT = "uart"
"""Name of the board's console in results."""
PDM_PINS, I2C_PINS, I2S_PINS = ("CLK", "DOUT"), ("SCL", "SDA"), ("SD", "SCK", "WS")
SPI_PINS, ANALOG_PINS = ("SCK",), ("OUT",)
"""What devices call the pins by which a block finds them."""


@dataclass(frozen=True)
class SupplyVoltage:
    """Implements ports.AnalogSource for a rail."""

    voltage_v: Fraction

    def voltage(self, time_ps: int) -> float:
        return float(self.voltage_v)


def wire(
    board: BoardDescription, devices: Mapping[str, Device], console: SerialPort, air: RadioMedium
) -> Wiring:
    """Everything the board connects to the chip's pins.

    A device is what its methods make it: one with `density` is a PDM source, one with `words` sends on I2S,
    one with `exchange` is a target on SPI, one with `voltage` an analog source, one with an `address`, or
    with `i2c_targets` that have one each, a target on I2C. Raises InputError where two of a kind claim the
    same pins.
    """
    serial: dict[str, SerialPort] = {}
    pdm: dict[tuple[str, str], PdmSource] = {}
    i2s: dict[str, I2sSource] = {}
    i2c: dict[tuple[str, str], dict[int, I2cDevice]] = {}
    spi: dict[str, SpiDevice] = {}
    analog: dict[str, AnalogSource] = {"VDD": SupplyVoltage(board.rail_named(board.chip_rail).voltage_v)}
    claims = _Claims(board)
    if board.console is not None:
        wired = board.wire_of(board.console.tx)
        if wired is not None:
            serial[wired.pin] = console
    for part in board.part:
        device: Any = devices[part.name]
        if hasattr(device, "density") and (pins := _pins(board, part, PDM_PINS)):
            claims.claim(part, pdm, (pins[0], pins[1]), device)
        elif hasattr(device, "words") and (pins := _pins(board, part, I2S_PINS)):
            claims.claim(part, i2s, pins[0], device)
        elif hasattr(device, "exchange") and (pins := _pins(board, part, SPI_PINS)):
            claims.claim(part, spi, pins[0], device)
        elif hasattr(device, "voltage") and (pins := _pins(board, part, ANALOG_PINS)):
            claims.claim(part, analog, pins[0], device)
        elif pins := _pins(board, part, I2C_PINS):
            own = (device,) if hasattr(device, "address") else ()
            for target in getattr(device, "i2c_targets", own):
                claims.claim(part, i2c.setdefault((pins[0], pins[1]), {}), target.address, target)
    return Wiring(serial=serial, pdm=pdm, i2s=i2s, i2c=i2c, spi=spi, analog=analog, radio=air)


def _pins(board: BoardDescription, part: Part, names: tuple[str, ...]) -> list[str] | None:
    """The chip's pins that the device's pins `names` are on, if all of them are."""
    wires = [board.wire_of(part.wires[name]) for name in names if name in part.wires]
    pins = [wired.pin for wired in wires if wired is not None]
    return pins if len(pins) == len(names) else None


class _Claims:
    """Who answers where. Two of a kind at one place are a mistake of the board's description."""

    def __init__(self, board: BoardDescription) -> None:
        self._board = board
        self._owners: dict[tuple[int, Any], str] = {}

    def claim(self, part: Part, places: dict[Any, Any], place: Any, device: object) -> None:
        """Put `device` of `part` at `place` of `places`. Raises InputError where another answers already."""
        if place in places:
            raise InputError(
                f"{part.name} and {self._owners[id(places), place]} answer at the same place",
                where=f"platforms/boards/{self._board.name}.toml",
                key=f"part.{part.name}",
                value=str(place),
                mend="give one of them another address, net or edge of the clock",
            )
        places[place] = device
        self._owners[id(places), place] = part.name
