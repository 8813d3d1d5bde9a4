"""The HAL's air sensor on the emulated board: its words are the data sheet's formulas."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hal_probe import Curve, currents_ua, run
from kernel_models import host_compiler

from coincell import data
from coincell.devices.bme280_formulas import Calibration

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

SOURCE = """
int main(void)
{
    uint64_t due = 0;
    for (;;) {
        hal_air air;
        if (hal_air_read(&air)) {
            console_put_i32(air.temperature);
            console_putc(' ');
            console_put_i32(air.humidity);
            console_putc(' ');
            console_put_i32(air.pressure);
        } else {
            console_puts("no answer");
        }
        console_putc('\\n');
        hal_sleep_until(due += 100000);
    }
}
"""


def formulas(c: Calibration, adc_t: int, adc_h: int, adc_p: int) -> tuple[float, float, float]:
    """Section 8.1 of the data sheet, in floating point: °C, %RH, Pa."""
    x = adc_t / 16384 - c.t1 / 1024
    fine = x * c.t2 + (adc_t / 131072 - c.t1 / 8192) ** 2 * c.t3
    v = fine / 2 - 64000
    offset = (v * v * c.p6 / 32768 + v * c.p5 * 2) / 4 + c.p4 * 65536
    scale = (1 + (c.p3 * v * v / 524288 + c.p2 * v) / 524288 / 32768) * c.p1
    p = (1048576 - adc_p - offset / 4096) * 6250 / scale
    p += (c.p9 * p * p / 2147483648 + p * c.p8 / 32768 + c.p7) / 16
    w = fine - 76800
    slope = c.h2 / 65536 * (1 + c.h6 / 67108864 * w * (1 + c.h3 / 67108864 * w))
    h = (adc_h - (c.h4 * 64 + c.h5 / 16384 * w)) * slope
    h *= 1 - c.h1 * h / 524288
    return fine / 5120, min(max(h, 0), 100), p


def compensated(folder: Path, calibration: Calibration, counts: np.ndarray) -> np.ndarray:
    """The firmware's own formulas for rows of counts, overflow trapped."""
    hal = data.find("firmware/hal/nrf52", "bme280.c", "")
    check = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error", "-Wall", "-Wextra", "-Werror"]
    flags = ["-std=c11", "-O1", "-fPIC", "-shared", *check, f"-I{hal.parent.parent}"]
    command = [*host_compiler(), *flags, str(hal), "-o", str(folder / "bme280.so")]
    subprocess.run(command, check=True)
    library = ctypes.CDLL(str(folder / "bme280.so"))
    held = calibration.registers()
    area = bytes(held.get(register, 0) for register in range(0x88, 0xE8))
    words = (ctypes.c_int32 * 18)()
    assert library.bme280_calibrate(area[:26], area[0xE1 - 0x88 :], words)
    rows = []
    for t, h, p in counts.tolist():
        measured = (p << 4).to_bytes(3, "big") + (t << 4).to_bytes(3, "big") + h.to_bytes(2, "big")
        out = (ctypes.c_int32 * 3)()
        library.bme280_convert(words, measured, out)
        rows.append(list(out))
    return np.array(rows)


SPECIMENS = [
    Calibration(),
    Calibration(
        28000, 25800, 50, 37800, -10200, 3024, 8000, -20, -7, 9900, -10230, 4285, 75, 370, 3, 310, 50, 25
    ),
    Calibration(
        27200, 27100, -1000, 35000, -10900, 2900, 900, 200, 9, 15500, -14600, 6000, 0, 340, 0, 360, -40, -30
    ),
]


@pytest.mark.parametrize("specimen", SPECIMENS)
def test_the_formulas_are_the_data_sheets_in_integers(tmp_path: Path, specimen: Calibration) -> None:
    rng = np.random.default_rng(1)
    world = rng.uniform([-40, 0, 30_000], [85, 100, 110_000], (2000, 3))
    counts = []
    for celsius, percent, pascal in world.tolist():
        adc_t = round(specimen.adc_t(celsius))
        fine = specimen.t_fine(adc_t)
        counts.append([adc_t, round(specimen.adc_h(percent, fine)), round(specimen.adc_p(pascal, fine))])
    said = compensated(tmp_path, specimen, np.clip(counts, 0, [0xFFFFF, 0xFFFF, 0xFFFFF]))
    exact = np.array([formulas(specimen, *row) for row in counts])
    assert np.abs(said[:, :2] - 100 * exact[:, :2]).max() < 0.6
    assert np.abs(said[:, 2] - exact[:, 2]).max() < 0.6
    assert np.abs(exact - world).max(axis=0) == pytest.approx([0, 0, 0], abs=0.6)


@pytest.mark.parametrize("toolchain", ["zig", "gcc"])
def test_firmware_says_what_the_air_is(tmp_path: Path, toolchain: str) -> None:
    """But for the specimen's constant error and noise, both within the data sheet's figures."""
    world = {
        "temperature": Curve(lambda t: -20 + 20 * t, "°C", 1000),
        "humidity": Curve(lambda t: 10 + 20 * t, "%RH", 1000),
        "air_pressure": Curve(lambda t: 60_000 + 10_000 * t, "Pa", 1000),
    }
    hal = "air console time"
    result = run(tmp_path, "nano33ble_home", hal, SOURCE, 4, signals=world, toolchain=toolchain)
    said = np.array([[int(word) for word in line.text.split()] for line in result.console]) / [100, 100, 1]
    assert len(said) >= 39
    time = np.arange(1, len(said)) * 0.1 + 0.009  # the first waits until the part has started
    off = said[1:] - np.stack([curve.value(time) for curve in world.values()], 1)
    constant = off.mean(axis=0)
    assert np.all(np.abs(constant) < [0.5, 3, 100])
    noise = 5 * np.array([0.005, 0.07, 3.3])
    slopes = np.array([20, 20, 10_000]) * 1.5e-3
    assert np.all(np.abs(off - constant) < noise + slopes)


def test_between_measurements_the_part_sleeps(tmp_path: Path) -> None:
    source = SOURCE.replace("100000", "1000000")
    drawn = currents_ua(run(tmp_path, "nano33ble_home", "air console time", source, 5), 1)
    # 3 ms at 350 µA, 2.5 at 714, 2.5 at 340, once a second; asleep at 0.1 µA
    assert drawn["air"] == pytest.approx(3e-3 * 350 + 2.5e-3 * 714 + 2.5e-3 * 340 + 0.1, rel=0.02)
    assert drawn["cpu"] < 10


def test_a_board_without_the_part_says_so(tmp_path: Path) -> None:
    result = run(tmp_path, "nano33ble_motion", "air console time", SOURCE, 0.05)
    assert result.console[0].text == "no answer"
