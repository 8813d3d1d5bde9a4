"""Boards with breakouts: shipped signals reach their inputs, pins agree with firmware's headers."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from bench import Bench

from coincell import data
from coincell.describe import load_board, read_toml
from coincell.errors import InputError
from coincell.ports import Signal
from coincell.signals import create

FITS = {
    "nano33ble_body": {
        "ecg": "heart_at_rest_ecg",
        "ppg": "pulse_at_rest",
        "glucose": "glucose_week",
    },
    "nano33ble_home": {
        "pir": "hall_pir",
        "pir_switch": "hall_pets_pir",
        "smoke": "kitchen_smoke",
        "pressure": "front_seat",
        "thermal": "room_in_view",
        "door": "front_door_reed",
        "temperature": "home_temperature",
        "humidity": "home_humidity",
    },
}
HEADERS = "firmware/hal/nrf52/boards"
PARTS = {
    "ECG_OUT": ("ecg", "OUT"),
    "ECG_ENABLE": ("ecg", "SDN"),
    "GLUCOSE_OUT": ("glucose", "OUT"),
    "PPG_INTERRUPT": ("ppg", "INT"),
    "PIR_OUT": ("pir", "OUT"),
    "PIR_SWITCH": ("pir_switch", "OUT"),
    "SMOKE_OUT": ("smoke", "OUT"),
    "SMOKE_LED": ("smoke", "LED"),
    "PRESSURE_OUT": ("pressure", "OUT"),
    "DOOR": ("door", "A"),
    "THERMAL_INTERRUPT": ("thermal", "INT"),
}


def signal(name: str) -> Signal:
    recipe: dict[str, Any] = read_toml(data.find("sensors/signals", name))
    return create({key: float(v) if isinstance(v, Decimal) else v for key, v in recipe.items()}, seed=1)


@pytest.mark.parametrize("board", FITS)
def test_shipped_signals_reach_their_parts_all_together(board):
    bench = Bench(board, {name: signal(shipped) for name, shipped in FITS[board].items()}).after(2)
    assert set(FITS[board]) <= set(bench.machine.board.inputs)
    for name in FITS[board]:
        part, _ = bench.machine.board.input_named(name)
        assert bench.states(part.name), name


@pytest.mark.parametrize("board", FITS)
def test_headers_of_firmware_have_the_boards_pins(board):
    described = load_board(board)
    text = data.find(HEADERS, board, ".h").read_text("utf-8")
    pins = dict(re.findall(r"#define BOARD_(\w+) (PIN\(\d+u, \d+u\))", text))
    for name, written in pins.items():
        if name in PARTS:
            part, pin = PARTS[name]
            net = described.part_named(part).wires[pin]
        else:
            net = {"BREAKOUTS_SDA": "A4_SDA", "BREAKOUTS_SCL": "A5_SCL"}.get(name, "D6")
        wire = described.wire_of(net)
        assert wire is not None
        port, index = wire.pin.removeprefix("P").split(".")
        assert written == f"PIN({int(port)}u, {int(index)}u)", name
    assert {part for name, (part, _) in PARTS.items() if name in pins} == {
        part.name for part in described.part if part.name in {p for p, _ in PARTS.values()}
    }


def test_signals_of_another_unit_are_refused():
    with pytest.raises(InputError, match="senses A, not V"):
        Bench("nano33ble_body", {"ppg": signal("heart_at_rest_ecg")})
    with pytest.raises(InputError, match="senses %/m, not °C"):
        Bench("nano33ble_home", {"smoke": signal("home_temperature")})
