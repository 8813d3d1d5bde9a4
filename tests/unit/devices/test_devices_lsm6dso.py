"""LSM6DSO and IIS3DWB against ST's drivers lsm6dso-pid and iis3dwb-pid: identity, scales, rates, FIFO, pins.

Scales are those of the drivers' conversions (lsm6dso_reg.c:122-165, iis3dwb_reg.c:115-133), rates those of
the data sheet DS12140 Rev 2, page 10, and of AN5444.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sensor_bench import Bench, I2c, Still

from coincell.describe import BoardDescription, load_board
from coincell.errors import InputError

LYING, TURNING = (0.25, -0.5, 1.0), (0.5, -1.0, 2.0)


@cache
def board() -> BoardDescription:
    return load_board("nano33ble_motion")


def rewired(part: str, **wires: str) -> BoardDescription:
    parts = (p.model_copy(update={"wires": wires}) if p.name == part else p for p in board().part)
    return board().model_copy(update={"part": tuple(parts)})


def lsm6dso(acceleration=LYING, **options):
    signals = {"wrist_acceleration": Still(acceleration, "g"), "wrist_rotation": Still(TURNING, "rad/s")}
    bench = Bench("wrist", signals, board=board(), **options)
    bench.on()
    return bench, I2c(bench.target(0x6A))


class Spi:
    """A controller that takes no time, with the chip select on D10."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.select = bench, bench.nets.net("D10")
        self.select.drive("test", True)

    def read(self, register: int, count: int = 1) -> bytes:
        return self._transfer([register | 0x80] + [0] * count)[1:]

    def write(self, register: int, *values: int) -> None:
        self._transfer([register, *values])

    def _transfer(self, out: list[int]) -> bytes:
        self.select.drive("test", False)
        data = bytes(self.bench.device.exchange(byte) for byte in out)
        self.select.drive("test", True)
        return data

    def byte(self, register: int) -> int:
        return self.read(register)[0]


def iis3dwb(signal=None, **options):
    signals = {"vibration": signal or Still(LYING, "g", rate_hz=26_667)}
    bench = Bench("machine", signals, board=board(), **options)
    bench.on()
    return bench, Spi(bench)


def test_identities():
    assert lsm6dso()[1].byte(0x0F) == 0x6C
    assert iis3dwb()[1].byte(0x0F) == 0x7B
    for _, bus in (lsm6dso(), iis3dwb()):
        assert [bus.byte(register) for register in (0x10, 0x12, 0x0A)] == [0, 0x04, 0]


def test_an_lsm6dso_on_spi_is_the_same_part():
    about = rewired("wrist", SCK="D6", CS="D10")
    bench = Bench("wrist", {"wrist_acceleration": Still(LYING, "g")}, board=about)
    bench.on()
    spi = Spi(bench)
    assert spi.byte(0x0F) == 0x6C
    spi.write(0x10, 0x40)
    bench.wait(200)
    assert np.frombuffer(spi.read(0x28, 6), "<i2") * 0.061 == pytest.approx(np.array(LYING) * 1000, abs=0.031)
    assert bench.device.exchange(0x8F) == 0  # not selected
    assert not hasattr(bench.device, "i2c_targets")


@pytest.mark.parametrize(("code", "mg"), [(0, 0.061), (2, 0.122), (3, 0.244), (1, 0.488)])
@pytest.mark.parametrize("made", [lsm6dso, iis3dwb])
def test_acceleration_scales(made, code, mg):
    bench, bus = made()
    bus.write(0x10, 0xA0 | code << 2)
    bench.wait(50)
    found = np.frombuffer(bus.read(0x28, 6), "<i2") * mg
    assert found == pytest.approx(np.array(LYING) * 1000, abs=mg / 2)


@pytest.mark.parametrize(("code", "mdps"), [(0, 8.75), (1, 4.375), (2, 17.5), (4, 35), (6, 70)])
def test_rotation_scales(code, mdps):
    bench, bus = lsm6dso()
    bus.write(0x11, 0xA0 | code << 1)
    bench.wait(100)
    found = bus.words(0x22).astype(float) * mdps
    assert found == pytest.approx(np.degrees(TURNING) * 1000, abs=mdps / 2)


RATES = (12.5, 26, 52, 104, 208, 416, 833, 1666, 3332, 6664, 1.6)


@pytest.mark.parametrize(
    ("made", "register", "code", "rate_hz"),
    [(lsm6dso, 0x10, code, rate) for code, rate in enumerate(RATES, 1)]
    + [(lsm6dso, 0x11, code, rate) for code, rate in enumerate(RATES[:10], 1)]
    + [(iis3dwb, 0x10, 10, 80_000 / 3)],
)
def test_samples_come_at_the_rate_from_the_moment_it_is_set(made, register, code, rate_hz):
    bench, bus = made()
    flag, out = (1, 0x28) if register == 0x10 else (2, 0x22)
    bench.wait(1.234)
    bus.write(register, code << 4)
    for _ in range(3):
        bench.wait(1000 / rate_hz - 0.0001)
        assert not bus.byte(0x1E) & flag
        bench.wait(0.0001 + 1e-7)
        assert bus.byte(0x1E) & flag
        bus.read(out, 6)
        assert not bus.byte(0x1E) & flag


def words_of(data: bytes):
    rows = np.frombuffer(data, np.uint8).reshape(-1, 7)
    return rows[:, 0] >> 3, rows[:, 0] >> 1 & 3, rows[:, 1:].copy().view("<i2")


def test_fifo_of_both_sensors_in_step():
    bench, bus = lsm6dso()
    bus.write(0x09, 0x44)  # both at 104 Hz
    bus.write(0x0A, 6)
    bus.write(0x10, 0x40)
    bench.wait(3)
    bus.write(0x11, 0x40)
    bench.wait(1000)
    bus.write(0x0A, 0)
    bus.write(0x0A, 6)
    bench.wait(10.5 * 1000 / 104)
    level = bus.byte(0x3A) | (bus.byte(0x3B) & 3) << 8
    assert level in (20, 22)
    sensors, slots, values = words_of(bus.read(0x78, 7 * level))
    assert list(sensors) == [1, 2] * (level // 2)  # gyroscope first
    assert np.array_equal(slots[::2], slots[1::2])
    assert np.array_equal(np.diff(slots[::2].astype(int)) % 4, np.ones(level // 2 - 1))
    assert values[1::2] * 0.061 == pytest.approx(np.tile(np.array(LYING) * 1000, (level // 2, 1)), abs=0.031)
    assert bus.byte(0x3A) == 0


def test_batching_at_a_lower_rate_keeps_every_fourth():
    bench, bus = lsm6dso()
    bus.write(0x09, 0x04)  # 104 Hz of
    bus.write(0x0A, 6)
    bus.write(0x10, 0x60)  # 416 Hz
    bench.wait(1000)
    assert bus.byte(0x3A) == 104


def test_threshold_raises_int1_and_reading_lowers_it():
    bench, bus = lsm6dso()
    line, edges = bench.nets.net("D2"), []
    line.watch(lambda level: edges.append((bench.sim.now, level)))
    for register, value in ((0x07, 26), (0x0D, 0x08), (0x09, 0x04), (0x0A, 6)):
        bus.write(register, value)
    begun = bench.sim.now
    bus.write(0x10, 0x40)
    bench.wait(1000)
    assert edges == [(begun + 26 * 10**12 // 104, True)]
    assert bus.byte(0x3B) & 0x80
    read_at = bench.sim.now
    bus.read(0x78, 7 * bus.byte(0x3A))
    bench.wait(1)
    assert edges[1:] == [(read_at, False)]
    bus.write(0x12, 0x24)  # active low
    assert line.level


def test_overrun_keeps_the_newest_512_and_is_remembered():
    bench, bus = iis3dwb()
    bus.write(0x09, 0x0A)
    bus.write(0x0A, 6)
    bus.write(0x10, 0xA0)
    bench.wait(510.5 / (80 / 3))
    assert bus.byte(0x3A) | (bus.byte(0x3B) & 3) << 8 == 510
    assert bus.byte(0x3B) & 0xF8 == 0
    bench.wait(2 / (80 / 3))
    assert bus.byte(0x3B) == 0x20 | 2  # full, nothing lost
    bench.wait(100)
    assert bus.byte(0x3B) == 0x68 | 2
    sensors, _, values = words_of(bus.read(0x78, 512 * 7))
    assert set(sensors) == {2}
    assert len(np.unique(values, axis=0)) == 1  # long settled
    assert bus.byte(0x3B) & 0x40 == 0


class Knock(Still):
    """Rest, and from 0.2 s on a vibration of 5 kHz for 10 ms along x."""

    def __init__(self) -> None:
        super().__init__((0.0, 0.0, 1.0), "g", rate_hz=80_000)

    def samples(self, start: int, count: int):
        out = super().samples(start, count)
        time_s = np.arange(start, start + count) / 80_000
        out[:, 0] = 0.5 * np.sin(2 * np.pi * 5000 * time_s) * ((time_s >= 0.2) & (time_s < 0.21))
        return out


@pytest.mark.parametrize("latched", [False, True])
def test_a_knock_wakes(latched):
    bench, bus = iis3dwb(Knock())
    line, edges = bench.nets.net("D3"), []
    line.watch(lambda level: edges.append((bench.sim.now / 1e12, level)))
    bus.write(0x5B, 4)  # 4/64 of 2 g: 125 mg
    bus.write(0x56, int(latched))
    bus.write(0x58, 0x80)
    bus.write(0x5E, 0x20)
    bus.write(0x10, 0xA0)
    bench.wait(60)
    bus.read(0x1B)  # what the settling did is forgotten
    edges.clear()
    bench.wait(300)
    assert edges[0] == (pytest.approx(0.2, abs=3e-4), True)
    if latched:
        assert len(edges) == 1
        assert bus.byte(0x1A) == 0x02
        assert bus.byte(0x1B) == 0x0C  # woken, by x
        assert not line.level
    else:
        assert edges[-1] == (pytest.approx(0.21, abs=3e-4), False)
    assert bus.byte(0x1B) == 0


def test_the_band_ends_at_6_3_khz():
    class Tone(Still):
        freq_hz = 1000.0

        def samples(self, start: int, count: int):
            time_s = np.arange(start, start + count) / float(self.rate_hz)
            return np.tile(np.sin(2 * np.pi * self.freq_hz * time_s)[:, np.newaxis], (1, 3))

    for freq_hz, low, high in ((1000, 0.99, 1.01), (5000, 0.99, 1.01), (6300, 0.3, 0.7), (9000, 0, 0.01)):
        tone = Tone((0, 0, 0), "g", rate_hz=80_000)
        tone.freq_hz = freq_hz
        bench, bus = iis3dwb(tone)
        for register, value in ((0x09, 0x0A), (0x0A, 6), (0x10, 0xA8)):
            bus.write(register, value)
        bench.wait(100)
        values = words_of(bus.read(0x78, 512 * 7))[2] * 0.122e-3
        assert low <= values[:, 0].std() * 2**0.5 <= high, freq_hz


def test_states_and_time_stamp():
    bench, bus = lsm6dso()
    for register, value in ((0x15, 0x10), (0x10, 0x30), (0x10, 0x70), (0x11, 0x40), (0x16, 0x80), (0x12, 1)):
        bus.write(register, value)
    assert bench.states == [
        *("power_down", "accelerometer_low_power_52hz", "accelerometer"),
        *("gyroscope", "gyroscope_low_power", "power_down"),
    ]
    bus.write(0x19, 0x20)
    bench.wait(1000.01)
    assert int.from_bytes(bus.read(0x40, 4), "little") == 40_000
    bench, bus = iis3dwb()
    bus.write(0x10, 0xA0)
    assert bench.states == ["power_down", "on"]


def test_noise_is_the_data_sheets():
    bench, bus = iis3dwb(Still((0, 0, 0), "g", rate_hz=26_667), options={"errors": "typical"})
    for register, value in ((0x09, 0x0A), (0x0A, 6), (0x10, 0xA0)):
        bus.write(register, value)
    bench.wait(100)
    values = words_of(bus.read(0x78, 512 * 7))[2] * 0.061
    assert values.std(0) == pytest.approx(0.075 * 6300**0.5 * np.ones(3), rel=0.12)
    assert np.abs(values.mean(0)).max() < 60 + 2


@pytest.mark.parametrize(
    ("register", "value", "says"),
    [(0x01, 0x80, "FUNC_CFG_ACCESS"), (0x14, 0x80, "CTRL5_C"), (0x0A, 3, "FIFO_CTRL4.FIFO_MODE")],
)
def test_what_the_model_lacks_is_refused(register, value, says):
    _, bus = lsm6dso()
    with pytest.raises(InputError, match="its model lacks") as refusal:
        bus.write(register, value)
    assert says in str(refusal.value)


def test_an_iis3dwb_needs_its_chip_select():
    with pytest.raises(InputError, match="chip select"):
        Bench("machine", board=rewired("machine", SCK="D9"))
