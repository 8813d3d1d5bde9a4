"""UART and UARTE: time on the line, DMA, events, sharing one address."""

from __future__ import annotations

import pytest

BASE = 0x40002000
RAM = 0x20000000
TX, RX = "P1.03", "P1.10"


class Far:
    def __init__(self, sim) -> None:
        self.sim, self.got = sim, []

    def receive(self, byte: int) -> None:
        self.got.append((self.sim.now, byte))


@pytest.fixture
def far(bench):
    port = Far(bench.sim)
    bench.context.wiring.serial[TX] = port
    return port


def uarte(bench, baud=0x01D60000, config=0):
    block = bench.make("nordic.uarte", BASE, "uarte0")
    block.write(0x50C, 4, 32 + 3)
    block.write(0x514, 4, 32 + 10)
    block.write(0x524, 4, baud)
    block.write(0x56C, 4, config)
    block.write(0x500, 4, 8)
    return block


# "Actual rate" of the UARTE BAUDRATE table in the nRF52840 PS
ACTUAL = [
    (0x0004F000, 1205),
    (0x00275000, 9598),
    (0x009D0000, 38369),
    (0x00EB0000, 57554),
    (0x01D60000, 115108),
    (0x03B00000, 231884),
    (0x07400000, 457143),
    (0x0F000000, 941176),
    (0x10000000, 1000000),
]


@pytest.mark.parametrize(("register", "rate"), ACTUAL)
def test_ten_bits_at_the_actual_rate(bench, far, register, rate) -> None:
    block = uarte(bench, register)
    bench.ram.write_block(RAM, b"\x55\xaa\x00")
    block.write(0x544, 4, RAM)
    block.write(0x548, 4, 3)
    block.write(0x008, 4, 1)
    bench.sim.advance(10**12)
    assert [b for _, b in far.got] == [0x55, 0xAA, 0x00]
    for n, (when, _) in enumerate(far.got, 1):
        assert when == pytest.approx(n * 10 * 1e12 / rate, rel=1e-4 if rate > 2000 else 1e-3)


@pytest.mark.parametrize(("config", "bits"), [(0, 10), (0b1110, 11), (1 << 4, 11), (0b11110, 12)])
def test_parity_and_second_stop_bit_take_time(bench, far, config, bits) -> None:
    block = uarte(bench, 0x10000000, config)
    block.write(0x544, 4, RAM)
    block.write(0x548, 4, 1)
    block.write(0x008, 4, 1)
    bench.sim.advance(10**12)
    assert far.got[0][0] == bits * 10**6


def test_transmission_events_interrupt_and_energy(bench, far) -> None:
    block = uarte(bench, 0x10000000)
    bench.ram.write_block(RAM, b"hello")
    block.write(0x544, 4, RAM)
    block.write(0x548, 4, 5)
    block.write(0x304, 4, 1 << 8)
    block.write(0x008, 4, 1)
    assert block.read(0x150, 4) == 1
    bench.sim.advance(10**9)
    assert bench.irqs["uarte0"].edges == [(50 * 10**6, True)]
    assert block.read(0x54C, 4) == 5
    assert block.read(0x11C, 4) == 1
    history = bench.components["uarte0"].history
    assert history == [(0, "off"), (0, "idle"), (0, "transmitting"), (50 * 10**6, "idle")]
    block.write(0x00C, 4, 1)
    bench.sim.advance(2 * 10**9)
    assert block.read(0x158, 4) == 1


def test_the_clock_is_held_until_the_transmitter_is_stopped(bench, far) -> None:
    bench.make("nordic.clock", 0x40000000)
    block = uarte(bench, 0x10000000)
    block.write(0x544, 4, RAM)
    block.write(0x548, 4, 1)
    block.write(0x008, 4, 1)
    bench.sim.advance(10**9)
    assert bench.components["uarte0"].state == "idle"
    assert bench.components["hfint"].state == "on"
    block.write(0x00C, 4, 1)
    bench.sim.advance(2 * 10**9)
    assert bench.components["hfint"].state == "off"


def test_stop_finishes_the_byte_on_the_line(bench, far) -> None:
    block = uarte(bench, 0x10000000)
    block.write(0x544, 4, RAM)
    block.write(0x548, 4, 9)
    block.write(0x008, 4, 1)
    bench.sim.advance(25 * 10**6)
    block.write(0x00C, 4, 1)
    bench.sim.advance(10**9)
    assert len(far.got) == 3
    assert block.read(0x54C, 4) == 3
    assert block.read(0x158, 4) == 1


def test_flash_is_out_of_reach_of_dma(bench, far) -> None:
    block = uarte(bench)
    block.write(0x544, 4, 0x1000)
    block.write(0x548, 4, 1)
    block.write(0x008, 4, 1)
    bench.sim.advance(10**9)
    assert far.got[0][1] == 0
    assert bench.unmodelled == [("uarte0", "EasyDMA read outside data RAM (0x00001000)")]


def test_reception_into_memory(bench) -> None:
    block = uarte(bench)
    block.write(0x534, 4, RAM + 16)
    block.write(0x538, 4, 3)
    block.write(0x000, 4, 1)
    hear = bench.context.wiring.serial_in[RX]
    for byte in b"abc":
        hear(byte)
    assert bench.ram.read_block(RAM + 16, 4) == b"abc\0"
    assert (block.read(0x110, 4), block.read(0x53C, 4)) == (1, 3)
    hear(0x21)
    assert block.read(0x480, 4) == 1  # overrun
    assert block.read(0x124, 4) == 1


def test_restart_short_and_early_stop(bench) -> None:
    block = uarte(bench)
    block.write(0x200, 4, 1 << 5)
    block.write(0x534, 4, RAM)
    block.write(0x538, 4, 2)
    block.write(0x000, 4, 1)
    hear = bench.context.wiring.serial_in[RX]
    block.write(0x534, 4, RAM + 2)
    for byte in b"abc":
        hear(byte)
    block.write(0x200, 4, 0)
    block.write(0x004, 4, 1)
    assert bench.ram.read_block(RAM, 4) == b"abc\0"
    assert block.read(0x53C, 4) == 1
    assert block.read(0x144, 4) == 1
    assert RX not in bench.context.wiring.serial_in


def shared(bench):
    parts = {"uart0": "nordic.uart", "uarte0": "nordic.uarte"}
    return bench.make("nordic.shared", BASE, "serial0", parts=parts)


def test_enable_chooses_between_parts_of_one_address(bench, far) -> None:
    block = shared(bench)
    block.write(0x50C, 4, 32 + 3)
    block.write(0x524, 4, 0x10000000)
    block.write(0x304, 4, 1 << 7)
    block.write(0x500, 4, 4)
    assert block.read(0x500, 4) == 4
    block.write(0x008, 4, 1)
    block.write(0x51C, 4, ord("x"))
    block.write(0x51C, 4, ord("y"))
    bench.sim.advance(10**9)
    assert far.got == [(10 * 10**6, ord("x")), (20 * 10**6, ord("y"))]
    assert bench.irqs["serial0"].level
    assert bench.components["uart0"].state == "idle"
    assert bench.components["uarte0"].state == "off"
    block.write(0x500, 4, 8)
    assert bench.components["uart0"].state == "off"
    assert block.read(0x51C, 4) == 0
    assert bench.unmodelled == [("uarte0", "0x51C")]


def test_uart_fifo(bench) -> None:
    block = shared(bench)
    block.write(0x514, 4, 32 + 10)
    block.write(0x500, 4, 4)
    block.write(0x000, 4, 1)
    hear = bench.context.wiring.serial_in[RX]
    for byte in b"1234567":
        hear(byte)
    assert block.read(0x480, 4) == 1
    got = []
    while block.read(0x108, 4):
        block.write(0x108, 4, 0)
        got.append(block.read(0x518, 4))
    assert bytes(got) == b"123456"


def test_clock_and_power_share_interrupt_enables(bench) -> None:
    parts = {"clock": "nordic.clock", "power": "nordic.power"}
    block = bench.make("nordic.shared", 0x40000000, "clock_power", parts=parts)
    block.write(0x304, 4, 0xFFFFFFFF)
    clock_events, power_events = 0b1100_0001_1011, 0b0011_1110_0100
    assert block.read(0x304, 4) == clock_events | power_events
    block.parts["power"].sleep_enter()
    assert bench.irqs["clock_power"].level
    block.write(0x114, 4, 0)
    assert not bench.irqs["clock_power"].level
    assert bench.unmodelled == []
