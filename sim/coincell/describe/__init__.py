"""Descriptions of hardware: TOML files become frozen models, checked by named rules."""

from coincell.describe.battery import BatteryDescription
from coincell.describe.board import Attachment, BoardDescription, Part, Rail, Wire
from coincell.describe.chip import BlockDescription, ChipDescription, MemoryDescription, Overlap
from coincell.describe.device import DeviceDescription, RadioDescription
from coincell.describe.figures import KINDS, Charge, Current, Kind
from coincell.describe.load import (
    batteries,
    boards,
    chips,
    devices,
    load_battery,
    load_board,
    load_chip,
    load_device,
    load_radio,
    parse,
    radios,
    read_toml,
)
from coincell.describe.power import ANY_MODE, PowerDescription

__all__ = [
    "ANY_MODE",
    "KINDS",
    "Attachment",
    "BatteryDescription",
    "BlockDescription",
    "BoardDescription",
    "Charge",
    "ChipDescription",
    "Current",
    "DeviceDescription",
    "Kind",
    "MemoryDescription",
    "Overlap",
    "Part",
    "PowerDescription",
    "RadioDescription",
    "Rail",
    "Wire",
    "batteries",
    "boards",
    "chips",
    "devices",
    "load_battery",
    "load_board",
    "load_chip",
    "load_device",
    "load_radio",
    "parse",
    "radios",
    "read_toml",
]
