"""The BME280 over TWIM. Firmware has the integer formulas of its data sheet (section 4.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from struct import unpack

import numpy as np
import pytest
from bench import Bench, Wave, steady

from coincell.describe import load_board
from coincell.devices.bme280_formulas import Calibration
from coincell.errors import InputError

AT = 0x76


def home(celsius: float = 21.5, percent: float = 43.0, pascal: float = 98_700.0, seed: int = 1) -> Bench:
    signals = {
        "temperature": steady(celsius, "°C"),
        "humidity": steady(percent, "%RH"),
        "air_pressure": steady(pascal, "Pa"),
    }
    return Bench("nano33ble_home", signals, seed).after(0.003)


# ---- what firmware does: 32 and 64 bit integers
def dig(low: bytes, high: bytes) -> dict[str, int]:
    names = ["t1", "t2", "t3", *(f"p{n}" for n in range(1, 10))]
    values = dict(zip(names, unpack("<HhhHhhhhhhhh", low[:24]), strict=True))
    values |= {"h1": low[25], "h2": unpack("<h", high[:2])[0], "h3": high[2], "h6": unpack("<b", high[6:])[0]}
    signed = [byte - 256 if byte > 127 else byte for byte in high]
    values |= {"h4": signed[3] << 4 | high[4] & 0xF, "h5": signed[5] << 4 | high[4] >> 4}
    return values


def fine(adc: int, d: Mapping[str, int]) -> int:
    one = (((adc >> 3) - (d["t1"] << 1)) * d["t2"]) >> 11
    return one + ((((((adc >> 4) - d["t1"]) ** 2) >> 12) * d["t3"]) >> 14)


def celsius_of(t_fine: int) -> float:
    return ((t_fine * 5 + 128) >> 8) / 100


def pascal_of(adc: int, t_fine: int, d: Mapping[str, int]) -> float:
    one = t_fine - 128000
    two = one * one * d["p6"] + ((one * d["p5"]) << 17) + (d["p4"] << 35)
    one = ((one * one * d["p3"]) >> 8) + ((one * d["p2"]) << 12)
    one = (((1 << 47) + one) * d["p1"]) >> 33
    p = (((1048576 - adc) << 31) - two) * 3125 // one
    one, two = (d["p9"] * (p >> 13) * (p >> 13)) >> 25, (d["p8"] * p) >> 19
    return (((p + one + two) >> 8) + (d["p7"] << 4)) / 256


def percent_of(adc: int, t_fine: int, d: Mapping[str, int]) -> float:
    v = t_fine - 76800
    first = (((adc << 14) - (d["h4"] << 20) - d["h5"] * v) + 16384) >> 15
    warm = (((v * d["h6"]) >> 10) * (((v * d["h3"]) >> 11) + 32768)) >> 10
    v = first * (((warm + 2097152) * d["h2"] + 8192) >> 14)
    v -= ((((v >> 15) * (v >> 15)) >> 7) * d["h1"]) >> 4
    return (min(max(v, 0), 419430400) >> 12) / 1024


def calibration(bench: Bench) -> dict[str, int]:
    return dig(bench.reads(AT, 0x88, 26), bench.reads(AT, 0xE1, 7))


def counts(bench: Bench) -> tuple[int, int, int]:
    data = bench.reads(AT, 0xF7, 8)
    return (
        int.from_bytes(data[3:6], "big") >> 4,
        int.from_bytes(data[:3], "big") >> 4,
        int.from_bytes(data[6:], "big"),
    )


def measured(bench: Bench, d: Mapping[str, int]) -> tuple[float, float, float]:
    adc_t, adc_p, adc_h = counts(bench)
    t_fine = fine(adc_t, d)
    return celsius_of(t_fine), percent_of(adc_h, t_fine, d), pascal_of(adc_p, t_fine, d)


# ---- the formulas
def test_bosch_s_worked_example():
    """BMP280 data sheet, 3.12: 519888 is 25.08 °C and 415148 is 100653.27 Pa with this calibration."""
    d = Calibration()
    assert d.t_fine(519888) / 5120 == pytest.approx(25.08, abs=0.005)
    assert d.adc_t(25.0825) == pytest.approx(519888, abs=5)
    assert d.adc_p(100653.27, d.t_fine(519888)) == pytest.approx(415148, abs=1)


@pytest.mark.parametrize("celsius", [-40.0, -5.0, 0.0, 24.0, 60.0, 85.0])
def test_what_goes_in_comes_out_of_the_integer_formulas_to_their_last_bits(celsius):
    part = Calibration()
    registers = part.registers()
    d = dig(bytes(registers[r] for r in range(0x88, 0xA2)), bytes(registers[r] for r in range(0xE1, 0xE8)))
    adc_t = round(part.adc_t(celsius))
    t_fine = fine(adc_t, d)
    assert celsius_of(t_fine) == pytest.approx(celsius, abs=0.0101)  # one LSB of the integer formula
    for pascal in (30_000, 101_325, 110_000):
        here = [pascal_of(round(part.adc_p(pascal, part.t_fine(adc_t))) + n, t_fine, d) for n in (-1, 0, 1)]
        assert abs(here[1] - pascal) <= 4 * abs(here[2] - here[1])  # it cuts t_fine and more to integers
    for percent in (0.5, 40, 99):
        adc_h = round(part.adc_h(percent, part.t_fine(adc_t)))
        here = [percent_of(adc_h + n, t_fine, d) for n in (-1, 0, 1)]
        assert abs(here[1] - percent) <= max(abs(here[0] - here[1]), abs(here[2] - here[1]))


# ---- the part
def test_it_says_who_it_is_after_it_has_started():
    bench = Bench("nano33ble_home", {})
    assert bench.i2c(AT, b"\xd0", 1) is None
    bench.after(0.002)
    assert bench.reads(AT, 0xD0) == b"\x60"  # chip id, data sheet 5.4.1
    assert bench.i2c(0x77, b"\xd0", 1) is None
    assert calibration(bench)["t1"] == 27504
    assert counts(bench) == (0x80000, 0x80000, 0x8000)


def test_forced_mode_measures_once_and_sleeps():
    bench = home()
    bench.writes(AT, 0xF2, 0x01, 0xF4, 0b001_001_01)
    assert bench.reads(AT, 0xF3) == b"\x08"
    bench.after(0.0085)
    assert bench.reads(AT, 0xF3) == b"\x00"
    assert bench.reads(AT, 0xF4) == bytes([0b001_001_00])
    offset = bench.part("air").offset
    celsius, percent, pascal = measured(bench, calibration(bench))
    assert celsius == pytest.approx(21.5 + offset["temperature"], abs=0.03)
    assert percent == pytest.approx(43.0 + offset["humidity"], abs=0.3)
    assert pascal == pytest.approx(98_700 + offset["pressure"], abs=15)
    assert abs(offset["temperature"]) <= 0.5
    assert abs(offset["pressure"]) <= 100
    assert bench.states("air") == ["sleep", "measure_t", "measure_p", "measure_h", "sleep"]
    assert bench.spent_s("air", "measure_t") == pytest.approx(0.003)
    assert bench.spent_s("air", "measure_p") == pytest.approx(0.0025)
    assert bench.spent_s("air", "measure_h") == pytest.approx(0.0025)


def test_the_data_sheets_example_takes_11_5_ms():
    """Appendix 9.1: temperature x1, pressure x4, no humidity."""
    bench = home()
    bench.writes(AT, 0xF4, 0b001_011_01)
    bench.after(0.1)
    states = ("measure_t", "measure_p", "measure_h")
    assert sum(bench.spent_s("air", state) for state in states) == pytest.approx(0.0115)
    assert counts(bench)[2] == 0x8000


def test_normal_mode_goes_round_with_its_standby_time():
    bench = home()
    bench.writes(AT, 0xF5, 1 << 5, 0xF4, 0b001_011_11)
    start = bench.sim.now
    bench.after(0.74)  # 13.51 Hz with 62.5 ms, appendix 9.3
    starts = [
        c.time_ps for c in bench.machine.recorder.states if c.component == "air" and c.state == "measure_t"
    ]
    assert np.diff(starts) == pytest.approx(np.full(len(starts) - 1, 0.074e12))
    assert len([time for time in starts if time >= start]) == 10
    bench.writes(AT, 0xF4, 0)
    assert bench.after(0.02).states("air")[-1] == "sleep"


def test_resolution_follows_the_oversampling_until_the_filter_is_on():
    """Section 3.4: 16 bits at x1, one more for each doubling, 20 with the filter."""
    for code, bits in ((1, 16), (2, 17), (3, 18), (4, 19), (5, 20)):
        bench = home()
        seen = set()
        for _ in range(12):
            bench.writes(AT, 0xF4, code << 5 | code << 2 | 1)
            seen |= set(counts(bench.after(0.08))[:2])
        assert all(count % (1 << 20 - bits) == 0 for count in seen), bits
    bench.writes(AT, 0xF5, 0b100 << 2, 0xF4, 0b001_001_11)
    bench.after(0.3)
    assert any(count % 16 for count in (counts(bench.after(0.02))[1] for _ in range(5)))


def test_the_filter_answers_a_step_as_its_table_says():
    """Table 6: coefficient 16 reaches 75 % of a step in 22 samples; 2 in 2."""
    for code, n_samples in ((4, 22), (1, 2)):
        step = Wave(lambda t: np.where(t < 1.0, 20.0, 40.0), "°C", Fraction(1000))
        bench = Bench("nano33ble_home", {"temperature": step}).after(0.003)
        bench.writes(AT, 0xF5, code << 2, 0xF4, 0b001_000_01)
        bench.after(1.5)
        shares = []
        for _ in range(n_samples):
            bench.writes(AT, 0xF4, 0b001_000_01)
            bench.after(0.01)
            celsius = celsius_of(fine(counts(bench)[0], calibration(bench)))
            shares.append((celsius - bench.part("air").offset["temperature"] - 20) / 20)
        assert shares[-1] >= 0.75 > shares[-2]


def test_humidity_needs_the_write_that_follows_its_control():
    bench = home()
    bench.writes(AT, 0xF4, 0b001_001_01)
    bench.after(0.01)
    bench.writes(AT, 0xF2, 1)
    assert counts(bench)[2] == 0x8000
    bench.writes(AT, 0xF4, 0b001_001_01)
    assert counts(bench.after(0.01))[2] != 0x8000


def test_a_reset_forgets():
    bench = home()
    bench.writes(AT, 0xF2, 5, 0xF5, 0xA0, 0xF4, 0b101_101_11)
    bench.writes(AT, 0xE0, 0xB6)
    assert bench.i2c(AT, b"\xd0", 1) is None
    bench.after(0.002)
    assert bench.reads(AT, 0xF2, 4) == b"\0\0\0\0"
    assert bench.states("air")[-1] == "sleep"


def test_what_was_measured_is_digested_and_goes_by_the_seed():
    digests = []
    for seed in (1, 1, 2):
        bench = home(seed=seed)
        bench.writes(AT, 0xF4, 0b001_001_01)
        digests.append(bench.after(0.02).machine.sample_digests)
    assert set(digests[0]) == {"temperature", "air_pressure"}
    assert digests[0] == digests[1]
    assert digests[0]["temperature"] != digests[2]["temperature"]


def test_an_address_that_it_cannot_have(tmp_path, monkeypatch):
    boards = tmp_path / "platforms" / "boards"
    boards.mkdir(parents=True)
    (boards / "odd.toml").write_text(
        'based_on = "nano33ble_home"\nname = "odd"\n[[part]]\nname = "air"\noptions = { address = 0x75 }\n'
    )
    monkeypatch.setenv("COINCELL_PATH", str(tmp_path))
    with pytest.raises(InputError, match="cannot have that address") as caught:
        Bench("odd", {})
    assert "0x77" in str(caught.value)
    (boards / "odd.toml").write_text((boards / "odd.toml").read_text().replace("0x75", "0x77"))
    assert Bench("odd", {}).after(0.003).reads(0x77, 0xD0) == b"\x60"
    assert load_board("odd").part_named("air").options == {"address": 0x77}
