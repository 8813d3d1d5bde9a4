"""LEDs, idle parts, nets and the air."""

from __future__ import annotations

import pytest

from coincell.describe import load_board
from coincell.devices import Nets, RecordingMedium, drivers, populate
from coincell.energy.recorder import Recorder
from coincell.engines.contract import Edge, Packet, StateChange
from coincell.errors import InputError
from coincell.simtime import Simulation


@pytest.fixture
def bench():
    sim, board = Simulation(), load_board("nano33ble_sense")
    nets, recorder = Nets(sim, board), Recorder(sim, board.component_power())
    parts = populate(board, sim, recorder.component, nets.net, {})
    return sim, nets, recorder, parts


def test_every_part_of_the_board_is_played(bench):
    _, _, _, parts = bench
    assert set(parts) == {part.name for part in load_board("nano33ble_sense").part}
    assert set(drivers()) >= {"led", "idle_part", "lsm9ds1", "mp34dt05"}


def test_leds_are_dark_until_driven(bench):
    _, nets, recorder, parts = bench
    assert [name for name, part in parts.items() if getattr(part, "lit", False)] == []
    nets.pin("P0.13").drive("gpio", True)
    nets.pin("P0.24").drive("gpio", False)
    assert parts["led_builtin"].lit
    assert parts["led_red"].lit
    nets.pin("P0.24").drive("gpio", None)
    assert not parts["led_red"].lit
    assert recorder.state_of("led_builtin") == "on"
    assert recorder.state_of("led_red") == "off"


def test_sensors_draw_only_while_their_rail_is_on(bench):
    sim, nets, recorder, _ = bench
    assert recorder.state_of("humidity") == "off"
    assert recorder.state_of("crypto") == "on"
    sim.advance(10)
    nets.net("VDD_ENV_ENABLE").drive("gpio", True)
    sim.advance(30)
    nets.net("VDD_ENV_ENABLE").drive("gpio", False)
    changes = [c for c in recorder.states if c.component == "humidity" and c.time_ps > 0]
    assert changes == [StateChange(10, "humidity", "on"), StateChange(30, "humidity", "off")]


def test_nets_record_edges_by_the_boards_names(bench):
    sim, nets, _, _ = bench
    before = len(nets.edges)
    nets.pin("P0.13").drive("gpio", True)
    sim.advance(7)
    nets.pin("P0.13").drive("gpio", True)
    nets.pin("P0.13").drive("gpio", False)
    nets.pin("P1.04").drive("gpio", True)  # not on the board: goes by its pin
    assert nets.edges[before:] == (
        Edge(0, "LED_BUILTIN", True),
        Edge(7, "LED_BUILTIN", False),
        Edge(7, "P1.04", True),
    )


def test_nets_know_their_pins(bench):
    _, nets, _, _ = bench
    assert nets.pin("P0.26") is nets.net("PDM_CLK")
    assert nets.net("D0_RX").level  # pulled up on the board
    with pytest.raises(InputError, match="no such pin"):
        nets.pin("P2.00")
    with pytest.raises(InputError, match="no net of that name"):
        nets.net("PDM_CLOCK")


def test_the_air_keeps_packets_in_order():
    air = RecordingMedium()
    air.transmit(50, 60, 2426, 0, b"second")
    air.transmit(10, 20, 2402, 4, b"first")
    assert air.packets == (Packet(10, 20, 2402, 4, b"first"), Packet(50, 60, 2426, 0, b"second"))
