"""An off-chip part: sensor, LED, regulator — what it is, what it draws, what drives it."""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field

from coincell.describe.figures import Number, Voltage
from coincell.describe.model import Described, Name
from coincell.describe.power import PowerDescription
from coincell.errors import InputError

SELF = "self"
"""Component name in a device's power table: stands for the name of the part on the board."""


class DeviceDescription(Described):
    """One type of part. A board populates it under a name of its own."""

    name: Name
    title: str
    vendor: str = ""
    driver: Name
    """Which class of coincell.devices plays it; "idle_part" only draws current."""
    min_supply: Voltage
    max_supply: Voltage
    pins: tuple[str, ...] = ()
    unit: str = ""
    """Unit of the signal it senses, when it senses one."""
    senses: dict[Name, str] = Field(default_factory=dict)
    """Quantity -> unit, of a part that senses several: an IMU's acceleration in g and rotation in rad/s."""
    parameters: dict[str, Number] = Field(default_factory=dict)
    power: PowerDescription

    @property
    def units(self) -> dict[str, str]:
        """Quantity -> unit of everything it senses; the quantity of a part that senses one thing is ""."""
        return dict(self.senses) or ({"": self.unit} if self.unit else {})

    def parameter(self, name: str) -> Fraction:
        """The value of a parameter. Raises InputError naming those that exist."""
        if name not in self.parameters:
            raise InputError(
                f"device {self.name!r} lacks a parameter that its driver {self.driver!r} needs",
                where=f"sensors/devices/{self.name}.toml",
                key=f"parameters.{name}",
                allowed=sorted(self.parameters),
                mend=f"add [parameters.{name}] with value, kind and source",
            )
        return self.parameters[name].value


class RadioDescription(Described):
    """What a radio on the air looks like to others, for reports and for the cloud comparison."""

    name: Name
    title: str
    bitrate_hz: Number
    overhead_bytes: Number
    channels_mhz: tuple[int, ...] = Field(min_length=1)
