"""Small descriptions that are right, for tests to spoil."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from coincell.describe import (
    BatteryDescription,
    BoardDescription,
    ChipDescription,
    DeviceDescription,
    parse,
    rules,
)

FIGURE = {"kind": "estimate", "source": "made up for a test"}
VOLT = {"voltage_v": 3, **FIGURE}
OFF_ON = {"off": {"current_ua": 0, **FIGURE}, "on": {"current_ua": 5, **FIGURE}}

CHIP: dict[str, Any] = {
    "name": "testchip",
    "title": "A chip",
    "vendor": "Nobody",
    "family": "test",
    "pins": ["P0:8"],
    "core": {"type": "cortex-m4f", "fpu": True, "priority_bits": 3, "irqs": 16, "source": "test"},
    "clock": {"cpu_mhz": 64, "source": "test"},
    "memory": [
        {"name": "flash", "kind": "flash", "base": 0, "size": "64K"},
        {"name": "ram", "kind": "ram", "base": 0x2000_0000, "size": 4096},
        {"name": "mirror", "kind": "ram", "base": 0x0080_0000, "size": 4096, "alias_of": "ram"},
    ],
    "block": [
        {"name": "uart", "type": "t.uart", "base": 0x4000_0000, "irq": 2},
        {"name": "timer", "type": "t.timer", "base": 0x4000_1000, "size": 0x1000},
    ],
    "supply": {"min_v": {**VOLT, "voltage_v": 1.7}, "max_v": {**VOLT, "voltage_v": 3.6}},
    "timing": {"pipeline": "cortex-m4", "memory_system": "flat"},
    "regulator": {"component": "reg", "modes": ["ldo", "dcdc"], "initial": "ldo"},
    "power": [
        {"components": ["reg"], "initial": "ldo", "states": {"ldo": OFF_ON["off"], "dcdc": OFF_ON["off"]}},
        {
            "components": ["cpu"],
            "initial": "run",
            "states": {"run": {"ldo": OFF_ON["on"], "dcdc": OFF_ON["on"]}, "sleep": OFF_ON["off"]},
        },
        {"components": ["uart0", "uart1"], "initial": "off", "states": OFF_ON},
    ],
}

DEVICE: dict[str, Any] = {
    "name": "testmic",
    "title": "A microphone",
    "driver": "mp34dt05",
    "min_supply": {**VOLT, "voltage_v": 1.6},
    "max_supply": {**VOLT, "voltage_v": 3.6},
    "pins": ["CLK", "DOUT"],
    "unit": "Pa",
    "power": {"components": ["self"], "initial": "off", "states": OFF_ON},
}

BOARD: dict[str, Any] = {
    "name": "testboard",
    "title": "A board",
    "chip": "testchip",
    "chip_rail": "3v3",
    "default_attach": "pin",
    "rail": [{"name": "3v3", "voltage_v": 3.3, "source": "test"}],
    "wire": [{"net": "CLK", "pin": "P0.01"}, {"net": "TX", "pin": "P0.02"}],
    "part": [{"name": "mic", "device": "testmic", "rail": "3v3", "wires": {"CLK": "CLK"}}],
    "inputs": {"microphone": "mic"},
    "console": {"tx": "TX"},
    "attach": [
        {
            "name": "pin",
            "title": "on the pin",
            "rail": "3v3",
            "min": {**VOLT, "voltage_v": 1.7},
            "max": {**VOLT, "voltage_v": 3.6},
        }
    ],
}

LED: dict[str, Any] = {**DEVICE, "name": "testled", "driver": "led", "unit": "", "pins": ["A"]}

BATTERY: dict[str, Any] = {
    "name": "testcell",
    "title": "A cell",
    "chemistry": "li-mno2",
    "nominal_v": 3,
    "capacity": [
        {"charge_mah": 200, "current_ma": 1, "cutoff_v": 2, **FIGURE},
        {"charge_mah": 150, "current_ma": 3, "cutoff_v": 2, **FIGURE},
    ],
    "two_well": {"charge_mah": 210, "available_ratio": 0.5, "recovery_hours": 30, **FIGURE},
    "curve": {
        "points": [
            {"depth_ratio": 0, "open_circuit_v": 3.2, "resistance_ohm": 10},
            {"depth_ratio": 1, "open_circuit_v": 2, "resistance_ohm": 50},
        ],
        **FIGURE,
    },
    "rating": {"standard_ma": 0.2, "continuous_ma": 3, "pulse_ma": 7, "pulse_s": 2, **FIGURE},
    "self_discharge": {"yearly_percent": 1, "shelf_years": 10, **FIGURE},
    "temperature": {"points": [{"temperature_degc": 20, "capacity_ratio": 1}], **FIGURE},
    "capacity_spread": {"within_percent": 10, **FIGURE},
}

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def spoilt() -> Callable[[dict[str, Any], Change], dict[str, Any]]:
    """A deep copy of a right table, changed."""

    def make(table: dict[str, Any], change: Change) -> dict[str, Any]:
        result = copy.deepcopy(table)
        change(result)
        return result

    return make


class Right:
    """The right tables, and how to check changed ones as a load would."""

    chip, device, board, led, battery = CHIP, DEVICE, BOARD, LED, BATTERY
    figure = FIGURE

    @staticmethod
    def check_chip(table: dict[str, Any]) -> ChipDescription:
        chip = parse(ChipDescription, table, "chip.toml")
        rules.check(rules.CHIP, chip, "chip.toml")
        return chip

    @staticmethod
    def check_device(table: dict[str, Any]) -> DeviceDescription:
        device = parse(DeviceDescription, table, "device.toml")
        rules.check(rules.DEVICE, device, "device.toml")
        return device

    @staticmethod
    def check_battery(table: dict[str, Any]) -> BatteryDescription:
        battery = parse(BatteryDescription, table, "battery.toml")
        rules.check(rules.BATTERY, battery, "battery.toml")
        return battery

    @staticmethod
    def check_board(table: dict[str, Any]) -> BoardDescription:
        board = parse(BoardDescription, table, "board.toml")
        board._chip = Right.check_chip(CHIP)
        board._devices = {"testmic": Right.check_device(DEVICE), "testled": Right.check_device(LED)}
        rules.check(rules.BOARD, board, "board.toml")
        return board


@pytest.fixture
def right() -> type[Right]:
    return Right
