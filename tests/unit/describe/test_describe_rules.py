"""Each named rule has a description that breaks it alone, and the message says what and where."""

from __future__ import annotations

from typing import Any

import pytest

from coincell.describe import rules
from coincell.errors import InputError

FIGURE = {"kind": "estimate", "source": "made up for a test"}
LED_PART = {"name": "lamp", "device": "testled", "rail": "3v3", "wires": {"A": "TX"}}


def put(table: dict[str, Any], path: str, value: object) -> None:
    """`put(t, "block.0.irq", 3)` changes one place."""
    *way, last = path.split(".")
    for step in way:
        table = table[int(step)] if isinstance(table, list) else table[step]
    if isinstance(table, list):
        table.insert(int(last), value)
    else:
        table[last] = value


BROKEN = [
    ("chip", "chip_names_unique", "block.0.name", "timer", "'timer'"),
    ("chip", "chip_memories_apart", "block.0.base", 0x4000_0FFE, "'uart' and 'timer' overlap"),
    ("chip", "chip_aliases_known", "memory.2.alias_of", "rom", "flash, ram"),
    ("chip", "chip_irqs_in_range", "block.0.irq", 16, "lines 0 to 15"),
    ("chip", "chip_fpu_fits_core", "core.fpu", False, "a cortex-m4f has an FPU"),
    ("chip", "chip_fpu_fits_core", "core.type", "cortex-m0plus", "has no FPU"),
    ("chip", "chip_fpu_fits_core", "core.type", "cortex-m33+nodsp+nofp", "has no FPU"),
    ("chip", "chip_security_fits_core", "core.security", "secure", "has none"),
    ("chip", "chip_pins_written_well", "pins.0", "P0", "P0:32"),
    ("chip", "chip_supply_in_order", "supply.min_v.voltage_v", 4, "below supply.max_v"),
    ("chip", "chip_modes_have_figures", "regulator.component", "vreg", "cpu, reg"),
    ("chip", "chip_modes_have_figures", "regulator.modes", ["ldo", "boost"], "no such state"),
    (
        "chip",
        "chip_modes_have_figures",
        "power.1.states.run.boost",
        {"current_ua": 1, **FIGURE},
        "no such mode",
    ),
    ("chip", "chip_initial_states_known", "power.2.initial", "idle", "off, on"),
    (
        "chip",
        "chip_overlaps_known",
        "overlap",
        [
            {
                "component": "uart0",
                "state": "on",
                "while": "cpu",
                "states": ["walk"],
                "figures": {"any": {"current_ua": 0, **FIGURE}},
            }
        ],
        "'cpu' has no such state",
    ),
    ("device", "device_component_is_self", "power.components", ["mic"], "self"),
    ("device", "device_initial_state_known", "power.initial", "idle", "off, on"),
    ("device", "device_has_no_modes", "power.states.on", {"ldo": {"current_ua": 5, **FIGURE}}, "one figure"),
    ("device", "device_supply_in_order", "min_supply.voltage_v", 5, "above max_supply"),
    ("board", "board_names_unique", "wire.0.pin", "P0.02", "'P0.02'"),
    ("board", "board_names_unique", "part.0.name", "cpu", "'cpu'"),
    ("board", "board_pins_exist", "wire.0.pin", "P1.00", "P0:8"),
    ("board", "board_rails_known", "part.0.rail", "5v", "3v3"),
    ("board", "board_nets_known", "console.tx", "TXD", "CLK, TX"),
    ("board", "board_nets_known", "part.0.powered_by", "EN", "CLK, TX"),
    ("board", "board_parts_wired_by_their_pins", "part.0.wires.VDD", "TX", "CLK, DOUT"),
    ("board", "board_inputs_known", "inputs.microphone", "ear", "mic"),
    ("board", "board_attachments_sound", "default_attach", "usb", "pin"),
    ("board", "board_attachments_sound", "attach.0.min.voltage_v", 5, "below max"),
    ("board", "board_leds_have_currents", "part.0", LED_PART, "needs its current"),
    ("battery", "battery_curve_in_order", "curve.points.0.depth_ratio", 0.5, "0 to 1"),
    ("battery", "battery_curve_in_order", "curve.points.0.open_circuit_v", 1.9, "rises with depth"),
    ("battery", "battery_shares_below_one", "capacity_spread.within_percent", 100, "below 1"),
    ("battery", "battery_capacity_falls_with_load", "capacity.1.charge_mah", 300, "rises with load"),
    (
        "battery",
        "battery_temperature_in_order",
        "temperature.points.1",
        {"temperature_degc": 0, "capacity_ratio": 1},
        "must rise",
    ),
]


@pytest.mark.parametrize(("what", "rule", "path", "value", "said"), BROKEN)
def test_rule(right, spoilt, what, rule, path, value, said):
    table = spoilt(getattr(right, what), lambda t: put(t, path, value))
    with pytest.raises(InputError) as caught:
        getattr(right, f"check_{what}")(table)
    message = str(caught.value)
    assert f"[rule {rule}]" in message
    assert said in message
    assert message.startswith(f"{what}.toml: ")


@pytest.mark.parametrize("what", ["chip", "device", "board", "battery"])
def test_the_right_tables_pass(right, what):
    assert getattr(right, f"check_{what}")(getattr(right, what))


def test_every_rule_is_tested():
    named = {
        rule.__name__ for group in (rules.CHIP, rules.DEVICE, rules.BOARD, rules.BATTERY) for rule in group
    }
    assert named == {rule for _, rule, *_ in BROKEN}
