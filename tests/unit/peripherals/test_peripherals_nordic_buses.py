"""TWIM, TWI, SPIM and SPI with devices at the far end."""

from __future__ import annotations

import pytest

BASE, RAM, US = 0x40003000, 0x20000000, 10**6


class Registers256:
    """A device with an auto-incrementing register pointer, as most sensors have."""

    def __init__(self, n_acknowledged: int = 1000) -> None:
        self.memory = bytearray(range(256))
        self.pointer = 0
        self.log: list[str] = []
        self.n_acknowledged = n_acknowledged
        self.first = False

    def start(self, read: bool) -> bool:
        self.log.append("Sr" if read else "Sw")
        self.first = not read
        return True

    def write(self, byte: int) -> bool:
        if self.first:
            self.pointer, self.first = byte, False
        else:
            self.memory[self.pointer] = byte
            self.pointer += 1
        self.n_acknowledged -= 1
        return self.n_acknowledged >= 0

    def read(self) -> int:
        self.pointer += 1
        return self.memory[self.pointer - 1]

    def stop(self) -> None:
        self.log.append("P")


@pytest.fixture
def sensor(bench):
    device = Registers256()
    bench.context.wiring.i2c[("P0.15", "P0.14")] = {0x1E: device}
    return device


def controller(bench, kind="nordic.twim", enable=6, frequency=0x06400000, address=0x1E):
    block = bench.make(kind, BASE, kind.rsplit(".", 1)[-1] + "0")
    for offset, value in [(0x508, 15), (0x50C, 14), (0x524, frequency), (0x588, address), (0x500, enable)]:
        block.write(offset, 4, value)
    return block


def test_write_then_read_with_repeated_start_and_exact_time(bench, sensor) -> None:
    block = controller(bench)
    bench.ram.write_block(RAM, b"\x28")
    for offset, value in [(0x544, RAM), (0x548, 1), (0x534, RAM + 4), (0x538, 6)]:
        block.write(offset, 4, value)
    block.write(0x200, 4, 1 << 7 | 1 << 12)
    block.write(0x304, 4, 1 << 1)
    block.write(0x008, 4, 1)
    bench.sim.advance(10**12)
    assert bench.ram.read_block(RAM + 4, 6) == bytes(range(0x28, 0x2E))
    assert sensor.log == ["Sw", "Sr", "P"]
    n_bits = (1 + 9 + 9) + (1 + 9 + 6 * 9) + 1
    assert bench.irqs["twim0"].edges == [(n_bits * 2_500_000, True)]  # 400 kHz
    assert (block.read(0x53C, 4), block.read(0x54C, 4)) == (6, 1)
    assert bench.components["twim0"].history[-2:] == [(0, "active"), (n_bits * 2_500_000, "idle")]


@pytest.mark.parametrize(
    ("frequency", "hertz"), [(0x01980000, 100_000), (0x04000000, 250_000), (0x06680000, 16e6 / 39)]
)
def test_bus_frequency(bench, sensor, frequency, hertz) -> None:
    """0x06680000 is TWI's 400 kbps, whose actual rate Nordic's headers give as 410.256 kbps."""
    block = controller(bench, frequency=frequency)
    block.write(0x538, 4, 10)
    block.write(0x534, 4, RAM)
    block.write(0x200, 4, 1 << 12)
    block.write(0x000, 4, 1)
    bench.sim.advance(10**12)
    assert bench.components["twim0"].history[-1][0] == pytest.approx((10 + 90 + 1) * 1e12 / hertz)


def test_nobody_answers(bench, sensor) -> None:
    block = controller(bench, address=0x6B)
    block.write(0x548, 4, 1)
    block.write(0x544, 4, RAM)
    block.write(0x200, 4, 1 << 9)
    block.write(0x008, 4, 1)
    bench.sim.advance(10**9)
    assert block.read(0x124, 4) == 1
    assert block.read(0x4C4, 4) == 0b10
    assert block.read(0x104, 4) == 0
    block.write(0x014, 4, 1)
    bench.sim.advance(2 * 10**9)
    assert block.read(0x104, 4) == 1
    assert sensor.log == []


def test_data_not_acknowledged(bench, sensor) -> None:
    sensor.n_acknowledged = 2
    block = controller(bench)
    block.write(0x548, 4, 5)
    block.write(0x544, 4, RAM)
    block.write(0x008, 4, 1)
    bench.sim.advance(10**9)
    assert block.read(0x4C4, 4) == 0b100
    assert block.read(0x54C, 4) == 3


def test_suspend_holds_the_clock(bench, sensor) -> None:
    block = controller(bench)
    block.write(0x538, 4, 2)
    block.write(0x534, 4, RAM)
    block.write(0x000, 4, 1)
    block.write(0x01C, 4, 1)
    bench.sim.advance(10**9)
    assert block.read(0x148, 4) == 1
    assert block.read(0x53C, 4) == 0
    block.write(0x020, 4, 1)
    bench.sim.advance(2 * 10**9)
    assert block.read(0x53C, 4) == 2


def test_twi_byte_by_byte(bench, sensor) -> None:
    block = controller(bench, "nordic.twi", 5)
    block.write(0x008, 4, 1)
    block.write(0x51C, 4, 0x40)
    bench.sim.advance(10**9)
    assert block.read(0x11C, 4) == 1
    block.write(0x000, 4, 1)
    got = []
    for n in range(2, 5):
        bench.sim.advance(n * 10**9)
        assert block.read(0x108, 4) == 1
        block.write(0x108, 4, 0)
        if len(got) == 1:
            block.write(0x200, 4, 2)  # BB_STOP: the next byte is the last
        got.append(block.read(0x518, 4))
    bench.sim.advance(10**10)
    assert got == [0x40, 0x41, 0x42]
    assert block.read(0x104, 4) == 1
    assert sensor.log == ["Sw", "Sr", "P"]


class Inverter:
    def __init__(self) -> None:
        self.got = bytearray()

    def select(self, active: bool) -> None: ...

    def exchange(self, byte: int) -> int:
        self.got.append(byte)
        return byte ^ 0xFF


@pytest.fixture
def chip(bench):
    bench.context.wiring.spi["P0.02"] = Inverter()
    return bench.context.wiring.spi["P0.02"]


def spim(bench, frequency, **options):
    block = bench.make("nordic.spim", 0x4002F000, "spim3", **options)
    for offset, value in [(0x508, 2), (0x50C, 3), (0x510, 4), (0x524, frequency), (0x500, 7), (0x5C0, 0xEE)]:
        block.write(offset, 4, value)
    return block


@pytest.mark.parametrize(
    ("frequency", "hertz"),
    [(0x02000000, 125e3), (0x04000000, 250e3), (0x40000000, 4e6), (0x80000000, 8e6), (0x14000000, 32e6)],
)
def test_spim_transfer(bench, chip, frequency, hertz) -> None:
    block = spim(bench, frequency, max_freq_hz=32_000_000)
    bench.ram.write_block(RAM, b"ab")
    for offset, value in [(0x544, RAM), (0x548, 2), (0x534, RAM + 8), (0x538, 4), (0x304, 1 << 6)]:
        block.write(offset, 4, value)
    block.write(0x010, 4, 1)
    bench.sim.advance(10**12)
    assert bytes(chip.got) == b"ab\xee\xee"
    assert bench.ram.read_block(RAM + 8, 4) == bytes(b ^ 0xFF for b in b"ab\xee\xee")
    assert bench.irqs["spim3"].edges == [(round(4 * 8 * 1e12 / hertz), True)]
    assert block.read(0x110, 4) == block.read(0x120, 4) == 1


def test_spim_chip_select_bit_order_and_list(bench, chip) -> None:
    block = spim(bench, 0x80000000)
    net, edges = bench.pin("P0.05"), []
    net.pull("board", True)
    net.watch(lambda level: edges.append((bench.sim.now, level)))
    bench.ram.write_block(RAM, b"\x01\x02")
    for offset, value in [(0x514, 5), (0x554, 1), (0x544, RAM), (0x548, 1), (0x550, 1)]:
        block.write(offset, 4, value)
    block.write(0x010, 4, 1)
    bench.sim.advance(10 * US)
    block.write(0x010, 4, 1)
    bench.sim.advance(20 * US)
    assert chip.got == b"\x80\x40"
    assert edges == [(0, False), (1 * US, True), (10 * US, False), (11 * US, True)]


def test_spi_double_buffer(bench, chip) -> None:
    block = bench.make("nordic.spi", BASE, "spi0")
    for offset, value in [(0x508, 2), (0x524, 0x10000000), (0x500, 1)]:
        block.write(offset, 4, value)
    block.write(0x51C, 4, 1)
    block.write(0x51C, 4, 2)
    bench.sim.advance(8 * US)
    assert block.read(0x108, 4) == 1
    block.write(0x108, 4, 0)
    assert block.read(0x518, 4) == 0xFE
    bench.sim.advance(16 * US)
    assert block.read(0x108, 4) == 1
    assert block.read(0x518, 4) == 0xFD
    assert bench.components["spi0"].state == "idle"
