"""Off-chip parts on the chip's pins and buses, and the nets between them."""

from coincell.devices.nets import Nets
from coincell.devices.radio_medium import RecordingMedium
from coincell.devices.registry import Device, DeviceContext, create, drivers, populate, register

__all__ = [
    "Device",
    "DeviceContext",
    "Nets",
    "RecordingMedium",
    "create",
    "drivers",
    "populate",
    "register",
]
