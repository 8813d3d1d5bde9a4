"""SAADC, RNG, TEMP, WDT, EGU, FICR, UICR; and facts of the product specification over all blocks."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from coincell.describe import load_chip
from coincell.peripherals.registry import BLOCKS, types

RAM, US, SECOND = 0x20000000, 10**6, 10**12


class Volts:
    def __init__(self, volts: float, per_s: float = 0.0) -> None:
        self.volts, self.per_s = volts, per_s

    def voltage(self, time_ps: int) -> float:
        return self.volts + self.per_s * time_ps / 1e12


def saadc(bench, config=0x20000, channel_pins=(1,), resolution=2, n=8):
    block = bench.make("nordic.saadc", 0x40007000, "saadc")
    for i, pin in enumerate(channel_pins):
        block.write(0x510 + 16 * i, 4, pin)
        block.write(0x518 + 16 * i, 4, config)
    for offset, value in [(0x5F0, resolution), (0x62C, RAM), (0x630, n), (0x500, 1)]:
        block.write(offset, 4, value)
    block.write(0x000, 4, 1)
    return block


def results(bench, n):
    return [int.from_bytes(bench.ram.read_block(RAM + 2 * i, 2), "little", signed=True) for i in range(n)]


class TestSaadc:
    # V * gain / 0.6 V * 2**bits, with gains 1/6 and 1, and VDD/4 as reference
    @pytest.mark.parametrize(
        ("config", "resolution", "volts", "expected"),
        [
            (0x20000, 2, 1.8, 2048),
            (0x20000, 1, 0.9, 256),
            (0x20500, 3, 0.3, 8192),
            (0x20000, 0, 9.0, 255),
            (0x21200, 2, 1.5, 2048),
        ],
    )
    def test_formula(self, bench, config, resolution, volts, expected) -> None:
        bench.context.wiring.analog.update({"P0.02": Volts(volts), "VDD": Volts(3.0)})
        block = saadc(bench, config, resolution=resolution)
        block.write(0x004, 4, 1)
        bench.sim.advance(SECOND)
        assert results(bench, 1) == [expected]

    def test_differential_is_signed(self, bench) -> None:
        bench.context.wiring.analog.update({"P0.02": Volts(0.3), "P0.03": Volts(0.6)})
        block = saadc(bench, 0x20500 | 1 << 20)
        block.write(0x514, 4, 2)
        block.write(0x004, 4, 1)
        bench.sim.advance(SECOND)
        assert results(bench, 1) == [-1024]

    @pytest.mark.parametrize(("tacq", "us"), list(enumerate((3, 5, 10, 15, 20, 40))))
    def test_scan_time_limits_and_end(self, bench, tacq, us) -> None:
        bench.context.wiring.analog.update({"P0.02": Volts(0.6), "P0.03": Volts(1.2)})
        block = saadc(bench, tacq << 16, channel_pins=(1, 2), n=2)
        block.write(0x51C, 4, 600 << 16 | 0xF000)
        block.write(0x52C, 4, 2000 << 16 | 1500)
        block.write(0x304, 4, 1 << 1)
        block.write(0x004, 4, 1)
        bench.sim.advance(SECOND)
        assert results(bench, 2) == [682, 1365]
        assert bench.irqs["saadc"].edges == [(2 * (us + 2) * US, True)]
        assert block.read(0x118, 4) == 1  # above 600
        assert block.read(0x124, 4) == 1  # below 1500
        assert block.read(0x634, 4) == 2

    def test_periodic_sampling_and_burst_averaging(self, bench) -> None:
        bench.context.wiring.analog["P0.02"] = Volts(0.0, per_s=1.0)
        block = saadc(bench, 0x20000 | 1 << 24, n=4)
        block.write(0x5F4, 4, 2)  # four conversions a result
        block.write(0x5F8, 4, 1600 | 1 << 12)  # 10 kHz
        block.write(0x004, 4, 1)
        bench.sim.advance(10**9)
        ends = [100e-6 * n + 12e-6 * k + 10e-6 for n in range(4) for k in range(4)]
        means = [sum(ends[4 * n : 4 * n + 4]) / 4 for n in range(4)]
        assert results(bench, 4) == [int(v / 6 / 0.6 * 4096) for v in means]
        block.write(0x008, 4, 1)
        assert block.read(0x114, 4) == 1
        assert bench.components["saadc"].state == "idle"


def test_rng_is_seeded_and_timed(bench) -> None:
    block = bench.make("nordic.rng", 0x4000D000, "rng")
    times, values = [], []
    bench.context.fabric.listen(
        0x4000D100, lambda: (times.append(bench.sim.now), values.append(block.read(0x508, 4)))
    )
    block.write(0x504, 4, 1)
    block.write(0x000, 4, 1)
    bench.sim.advance(100_000 * US)
    assert times[:3] == [248 * US, 368 * US, 488 * US]
    assert len(set(values)) > 200
    assert abs(sum(values) / len(values) - 127.5) < 10
    again = bench.make("nordic.rng", 0x4000D000, "rng")
    again.write(0x200, 4, 1)
    again.write(0x000, 4, 1)
    bench.sim.advance(bench.sim.now + 10**9)
    assert again.read(0x508, 4) == values[0]
    assert bench.components["rng"].state == "off"


def test_temp_in_quarter_degrees(bench) -> None:
    bench.context.wiring.die_temperature_c = lambda _: -3.5
    block = bench.make("nordic.temp", 0x4000C000, "temp")
    block.write(0x000, 4, 1)
    assert bench.components["temp"].state == "measuring"
    bench.sim.advance(36 * US)
    assert block.read(0x508, 4) == 0xFFFFFFFF - 13
    assert block.read(0x100, 4) == 1


class TestWdt:
    def start(self, bench, crv=32767, config=1, rren=1):
        resets = []
        bench.context.hooks.reset = lambda reason: resets.append((bench.sim.now, reason))
        block = bench.make("nordic.wdt", 0x40010000, "wdt")
        for offset, value in [(0x504, crv), (0x50C, config), (0x508, rren), (0x000, 1)]:
            block.write(offset, 4, value)
        return block, resets

    def test_bites_two_cycles_after_its_event(self, bench) -> None:
        block, resets = self.start(bench)
        block.write(0x304, 4, 1)
        bench.sim.advance(3 * SECOND)
        assert bench.irqs["wdt"].edges == [(SECOND, True)]
        assert resets == [(SECOND + 2 * SECOND // 32768, "DOG")]

    def test_every_enabled_request_must_reload(self, bench) -> None:
        block, resets = self.start(bench, rren=0b101)
        for n in range(1, 4):
            bench.sim.advance(n * 9 * SECOND // 10)
            block.write(0x600, 4, 0x6E524635)
            assert block.read(0x404, 4) == 0b100
            block.write(0x608, 4, 0x6E524635)
        block.write(0x600, 4, 0x12345678)
        assert resets == []
        bench.sim.advance(10 * SECOND)
        assert resets[0][0] > 27 * SECOND // 10 + SECOND

    def test_settings_are_locked_while_running(self, bench) -> None:
        block, _ = self.start(bench)
        block.write(0x504, 4, 5)
        assert block.read(0x504, 4) == 32767
        assert block.read(0x400, 4) == 1

    def test_pauses_in_sleep_when_told_so(self, bench) -> None:
        _, resets = self.start(bench, config=0)
        power = bench.make("nordic.power", 0x40000000, "power")
        power.sleep_enter()
        bench.sim.advance(10 * SECOND)
        power.sleep_exit()
        bench.sim.advance(10 * SECOND + SECOND // 2)
        assert resets == []
        bench.sim.advance(12 * SECOND)
        assert len(resets) == 1


def test_egu_interrupts(bench) -> None:
    block = bench.make("nordic.egu", 0x40014000, "egu0")
    block.write(0x304, 4, 1 << 15)
    block.write(0x038, 4, 1)
    assert not bench.irqs["egu0"].level
    block.write(0x03C, 4, 1)
    assert bench.irqs["egu0"].level
    assert block.read(0x13C, 4) == 1


def test_factory_information(bench) -> None:
    block = bench.make("nordic.ficr", 0x10000000, "ficr")
    assert block.read(0x100, 4) == 0x52840
    assert block.read(0x010, 4) * block.read(0x014, 4) == block.read(0x110, 4) * 1024 == 1 << 20
    assert block.read(0x404, 4) == 0x326
    before = block.read(0x060, 4)
    block.write(0x060, 4, 0)
    block.reset()
    assert block.read(0x060, 4) == before


def test_user_information_only_loses_bits_until_erased(bench) -> None:
    block = bench.make("nordic.uicr", 0x10001000, "uicr")
    nvmc = bench.make("nordic.nvmc", 0x4001E000, "nvmc")
    block.write(0x080, 4, 0xFFFF1234)
    block.write(0x080, 4, 0x0F0FFFFF)
    block.reset()
    assert block.read(0x080, 4) == 0x0F0F1234
    nvmc.write(0x504, 4, 2)
    nvmc.write(0x514, 4, 1)
    assert block.read(0x080, 4) == 0xFFFFFFFF
    block.load(0x200, b"\x12\0\0\0")
    assert block.read(0x200, 4) == 0x12


# Register, offset and reset value as the register tables of the nRF52840 PS print them
FACTS = [
    ("clock", "HFXODEBOUNCE", 0x528, 0x10),
    ("clock", "LFCLKSRC", 0x518, 0),
    ("power", "RAM[8].POWER", 0x980, 0xFFFF),
    ("power", "DCDCEN", 0x578, 0),
    ("uarte", "PSEL.TXD", 0x50C, 0xFFFFFFFF),
    ("uarte", "BAUDRATE", 0x524, 0x04000000),
    ("uarte", "TXD.MAXCNT", 0x548, 0),
    ("pdm", "PDMCLKCTRL", 0x504, 0x08400000),
    ("pdm", "GAINL", 0x518, 0x28),
    ("pdm", "PSEL.DIN", 0x544, 0xFFFFFFFF),
    ("pdm", "SAMPLE.MAXCNT", 0x564, 0),
    ("rtc", "CC[3]", 0x54C, 0),
    ("rtc", "EVTENCLR", 0x348, 0),
    ("timer", "PRESCALER", 0x510, 4),
    ("timer", "TASKS_CAPTURE[5]", 0x054, 0),
    ("nvmc", "READY", 0x400, 1),
    ("nvmc", "ICACHECNF", 0x540, 0),
    ("ppi", "CH[19].TEP", 0x5AC, 0),
    ("ppi", "FORK[31].TEP", 0x98C, 0),
    ("ppi", "TASKS_CHG[5].DIS", 0x02C, 0),
    ("radio", "MODECNF0", 0x650, 0x200),
    ("radio", "FREQUENCY", 0x508, 2),
    ("radio", "DATAWHITEIV", 0x554, 0x40),
    ("radio", "CCACTRL", 0x66C, 0x052D0000),
    ("gpiote", "EVENTS_PORT", 0x17C, 0),
    ("gpio", "PIN_CNF[31]", 0x77C - 0x500, 2),
    ("saadc", "CH[7].LIMIT", 0x58C, 0x7FFF8000),
    ("saadc", "EVENTS_CH[7].LIMITL", 0x154, 0),
    ("saadc", "RESOLUTION", 0x5F0, 1),
    ("twim", "ADDRESS", 0x588, 0),
    ("twim", "FREQUENCY", 0x524, 0x04000000),
    ("spim", "ORC", 0x5C0, 0),
    ("wdt", "CRV", 0x504, 0xFFFFFFFF),
    ("wdt", "RR[7]", 0x61C, 0),
    ("rng", "VALUE", 0x508, 0),
    ("temp", "B0", 0x540, 0x3FEF),
    ("uicr", "REGOUT0", 0x304, 0xFFFFFFFF),
]


@pytest.mark.parametrize(("block", "register", "offset", "reset"), FACTS)
def test_registers_are_where_the_specification_says(bench, block, register, offset, reset) -> None:
    built = bench.make(f"nordic.{block}", 0x40000000, block)
    assert built._places[offset].name == register
    assert built.read(offset, 4) == reset
    built.reset()
    assert built.read(offset, 4) == reset


def test_the_chip_description_builds_and_nothing_overlaps(bench) -> None:
    path = Path(__file__).parents[3] / "platforms/chips/nrf52840.blocks.toml"
    blocks = tomllib.loads(path.read_text())["block"]
    ranges, irqs = [], []
    for entry in blocks:
        block = bench.make(entry["type"], entry["base"], entry["name"], **entry.get("options", {}))
        block.reset()
        ranges.append((block.base, block.base + block.size))
        irqs += [entry["irq"]] if "irq" in entry else []
    ranges.sort()
    assert all(end <= start for (_, end), (start, _) in pairwise(ranges))
    assert len(set(irqs)) == len(irqs)
    # An interrupt number is the block's place in the peripheral address map: PS, "Instances"
    assert all(e["irq"] == e["base"] >> 12 & 0x3F for e in blocks if "irq" in e)
    used = {e["type"] for e in blocks} | {
        t for e in blocks for t in e.get("options", {}).get("parts", {}).values()
    }
    assert used - {"stub"} == {t for t in types() if t.startswith("nordic.")}


@pytest.mark.parametrize(
    ("name", "address"),
    # Bases as in Nordic's nrf52840.h; offsets that start-up code and drivers write for the Errata's anomalies
    [
        ("nfct", 0x40005000),
        ("aar_ccm", 0x4000F000),
        ("qdec", 0x40012000),
        ("comp", 0x40013000),  # LPCOMP too
        ("usbd", 0x40027000),
        ("qspi", 0x40029000),
        ("cryptocell", 0x5002A000),
        ("nfct", 0x4000568C),  # 98
        ("qspi", 0x40029640),  # 120
        ("usbd", 0x40027C1C),  # 199
        ("usbd_errata", 0x4006EC14),  # 171
        ("usbd_errata", 0x4006ED14),  # 187
        ("cryptocell", 0x5002A500),  # ENABLE
    ],
)
def test_blocks_that_are_not_modelled_answer_and_are_reported(bench, name, address) -> None:
    (about,) = (block for block in load_chip("nrf52840").block if block.name == name)
    block = bench.make(about.type, about.base, name, **about.options)
    assert about.base <= address < about.base + block.size
    block.write(address - about.base, 4, 0x9375)
    assert block.read(address - about.base, 4) == 0x9375
    assert bench.unmodelled == [(name, f"0x{address - about.base:03X}")] * 2


def test_power_states_are_those_the_readme_promises(bench) -> None:
    """The chip's energy description is written from that table: a state missing there fails at run time."""
    readme = Path(__file__).parents[3] / "sim/coincell/peripherals/nordic/README.md"
    text = readme.read_text()
    for name in types():
        doc = BLOCKS.find(name).__doc__ or ""
        if "omponent states:" in doc:
            states = doc.split("omponent states:")[1].split(".")[0].replace("(see README)", "")
            for state in states.replace(" ", "").replace("\n", "").split(","):
                assert f"`{state}`" in text or "<" in state, (name, state)
