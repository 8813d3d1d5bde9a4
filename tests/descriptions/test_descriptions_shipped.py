"""Every shipped description loads, keeps the rules, and has a source and a kind for every figure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from coincell import data, describe
from coincell.describe.figures import KINDS

KINDS_OF_FILES = {
    "platforms/chips": (describe.chips, describe.load_chip),
    "platforms/boards": (describe.boards, describe.load_board),
    "platforms/batteries": (describe.batteries, describe.load_battery),
    "platforms/radios": (describe.radios, describe.load_radio),
    "sensors/devices": (describe.devices, describe.load_device),
}
SHIPPED = [(folder, name) for folder, (names, _) in KINDS_OF_FILES.items() for name in names()]


@pytest.mark.parametrize(("folder", "name"), SHIPPED)
def test_loads_under_its_own_name(folder, name):
    described = KINDS_OF_FILES[folder][1](name)
    assert described.name == name
    assert described.title


def test_the_issues_hardware_is_there():
    assert ("platforms/boards", "nano33ble_sense") in SHIPPED
    assert {("platforms/batteries", "aaa2"), ("platforms/batteries", "cr2032")} <= set(SHIPPED)


def figures(table: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(table, dict):
        if "kind" in table and "source" in table:
            yield where, table
        for key, value in table.items():
            yield from figures(value, f"{where}.{key}")
    elif isinstance(table, list):
        for index, value in enumerate(table):
            yield from figures(value, f"{where}[{index}]")


@pytest.mark.parametrize(("folder", "name"), SHIPPED)
def test_figures_from_memory_are_estimates(folder, name):
    """docs/decisions/figures.md: what nobody looked up may not pass for a data sheet's word."""
    table = tomllib.loads(Path(data.find(folder, name)).read_text("utf-8"))
    for where, figure in figures(table):
        assert figure["kind"] in KINDS, where
        assert len(figure["source"]) > 8, where
        if "from memory" in figure["source"] and figure["kind"] != "estimate":
            pytest.fail(f"{folder}/{name}{where} is from memory, so its kind is estimate")


def test_nano33_is_wired_as_arduinos_variant_says():
    """Pins read from Arduino's public board support: variant of the Nano 33 BLE (Sense)."""
    board = describe.load_board("nano33ble_sense")
    expected = {
        "P0.13": "LED_BUILTIN",
        "P0.24": "LED_RED",
        "P0.16": "LED_GREEN",
        "P0.06": "LED_BLUE",
        "P1.09": "LED_PWR",
        "P0.17": "MIC_PWR",
        "P0.26": "PDM_CLK",
        "P0.25": "PDM_DIN",
        "P0.14": "SDA1",
        "P0.15": "SCL1",
        "P1.00": "I2C_PULL",
        "P0.22": "VDD_ENV_ENABLE",
        "P1.03": "D1_TX",
        "P1.10": "D0_RX",
    }
    assert {pin: board.net_of_pin(pin) for pin in expected} == expected
    assert board.net_of_pin("P1.04") is None


def test_nano33_has_every_populated_part():
    board = describe.load_board("nano33ble_sense")
    devices = {part.device for part in board.part}
    assert devices >= {"mp34dt05", "lsm9ds1", "hts221", "lps22hb", "apds9960", "atecc608a", "led"}
    imu = {name: f"imu.{name}" for name in ("acceleration", "rotation", "magnetic_field")}
    assert board.inputs == {"microphone": "microphone", **imu}
    assert sum(part.device == "led" for part in board.part) == 5


def test_nrf52840_is_what_the_product_specification_says():
    chip = describe.load_chip("nrf52840")
    assert chip.clock.freq_hz == Fraction(64_000_000)
    assert (chip.memory_total("flash"), chip.memory_total("ram")) == (1 << 20, 256 << 10)
    assert (chip.core.type, chip.core.fpu, chip.core.priority_bits) == ("cortex-m4f", True, 3)
    assert len(chip.pin_names()) == 48
    assert chip.pin_names()[0] == "P0.00"
    assert chip.pin_names()[-1] == "P1.15"
    assert not chip.timing.validated


def test_nrf52840_names_every_state_that_its_blocks_enter():
    """The table in the Nordic room's README is the agreement; every state in it has a figure."""
    readme = Path(describe.__file__).parent.parent / "peripherals" / "nordic" / "README.md"
    if not readme.is_file():
        pytest.skip("the wheel carries no READMEs of rooms")
    power = describe.load_chip("nrf52840").component_power()
    rows = [line.split("|") for line in readme.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert len(rows) > 10
    for row in rows:
        names, states = (row[i].replace("...", "").replace(" and ", ", ") for i in (1, 2))
        for component in names.replace("`", " ").replace(",", " ").split():
            for state in [s.strip(" `") for s in states.split("`")[1::2]]:
                assert component in power, component
                described = state.replace("<n>", "64")
                assert power[component].has_state(described), (component, state)


@pytest.mark.parametrize(
    ("board", "core", "fpu", "flash", "ram", "pins"),
    [
        # ST's product pages; pins as Zephyr's device trees of the boards name them
        (
            "nucleo_f746zg",
            "cortex-m7",
            True,
            1 << 20,
            336 << 10,
            {"PB.00": "LD1", "PB.07": "LD2", "PB.14": "LD3", "PC.13": "USER_BUTTON", "PD.08": "STLK_RX"},
        ),
        (
            "nucleo_g0b1re",
            "cortex-m0plus",
            False,
            512 << 10,
            144 << 10,
            {"PA.05": "LD4", "PC.13": "USER_BUTTON", "PA.02": "STLK_RX", "PA.03": "STLK_TX"},
        ),
    ],
)
def test_nucleo_boards_are_what_st_says(board, core, fpu, flash, ram, pins):
    described = describe.load_board(board)
    chip = described.chip
    assert (chip.core.type, chip.core.fpu) == (core, fpu)
    assert (chip.memory_total("flash"), chip.memory_total("ram")) == (flash, ram)
    assert chip.clock.freq_hz == 16_000_000  # HSI16, RM0385 and RM0444 5.2.2
    assert {pin: described.net_of_pin(pin) for pin in pins} == pins
    assert described.console is not None
    assert not chip.timing.validated


@pytest.mark.parametrize("name", ["stm32f746", "stm32g0b1"])
def test_stm32_names_every_component_that_its_blocks_have(name):
    """The table in the ST room's README: a component for each block behind RCC, and the oscillators."""
    chip = describe.load_chip(name)
    power = chip.component_power()
    gated = [b.name for b in chip.block if b.type.startswith(("st.gpio", "st.usart", "st.tim", "st.pwr"))]
    assert len(gated) > 10
    for component in [*gated, "hse", "lse", "lsi", "pll"]:
        assert power[component].has_state("off"), component
        assert power[component].has_state("on"), component
