"""Inputs in Renode's forms. Truth: what its models do with them, as read in its sources."""

import ast
from fractions import Fraction

import numpy as np
import pytest

from coincell.engines.contract import Taken
from coincell.engines.renode import feeds
from coincell.engines.renode.platform import Feed
from coincell.errors import InputError
from coincell.signals import ResdRecording, create
from coincell.signals.resd import ResdBlock, read_resd, sample_type, write_resd

PDM = Feed("sysbus.pdm", "pdm")


class RenodePdm:
    """NRF52840_PDM.cs:153-229 with firmware that has two buffers, as firmware/hal/nrf52/microphone.c has.

    Once a period the block fills the buffer that SAMPLE.PTR names then, and raises END and STARTED together.
    """

    def __init__(self, file: bytes, size: int) -> None:
        self.samples, self.size = np.frombuffer(file, "<i2"), size
        self.buffers = [np.zeros(size, "<i2"), np.zeros(size, "<i2")]
        self.pointer, self.filling = 0, 0

    def period(self) -> np.ndarray:
        """What the firmware gets to hear."""
        piece, self.samples = self.samples[: self.size], self.samples[self.size :]
        self.buffers[self.pointer] = np.pad(piece, (0, self.size - len(piece)))
        full, self.filling = self.filling, 1 - self.filling  # END
        heard = self.buffers[full].copy()
        self.pointer = 1 - self.filling  # STARTED
        return heard


def test_firmware_hears_every_buffer_at_its_time_but_the_second():
    size = 320
    given = np.random.default_rng(1).integers(-9000, 9000, 20 * size).astype("<i2")
    (made,) = feeds.pdm("microphone", PDM, Taken(Fraction(16000), 1, given.tobytes(), size))
    assert (made.file, made.variable) == ("microphone.s16le", "microphone")
    assert made.command == "sysbus.pdm SetInputFile $microphone"
    block = RenodePdm(made.data, size)
    heard = [block.period() for _ in range(20)]
    for number, buffer in enumerate(given.reshape(20, size)):
        assert np.array_equal(heard[number], np.zeros(size) if number == 1 else buffer), number


@pytest.mark.parametrize(
    ("rate_hz", "n_channels", "maxcnt", "period", "hz"),
    [
        (Fraction(16000), 1, 256, 2, 125),  # 62.5 buffers a second
        (Fraction(16000), 2, 512, 2, 125),  # of 256 samples of each side
        (Fraction(500000, 31), 1, 160, 31, 3125),  # 32 MHz / 31 / 64
        (Fraction(16000), 1, 320, 0, 0),
        (Fraction(16000), 2, 320, 0, 0),
    ],
)
def test_a_script_gives_buffers_the_period_of_the_chip(rate_hz, n_channels, maxcnt, period, hz):
    """NRF52840_PDM.cs:374 has floor(rate / MAXCNT) * channels of them a second."""
    given = np.zeros(3 * maxcnt, "<i2").tobytes()
    first, *others = feeds.pdm("microphone", PDM, Taken(rate_hz, n_channels, given, maxcnt))
    assert not any(other.script for other in others)
    if not period:
        assert not first.script
        return
    facts = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(first.script).body[:4]
        if isinstance(node, ast.Assign)
    }
    assert facts == {"BLOCK": "sysbus.pdm", "MAXCNT": maxcnt, "PERIOD": period, "HZ": hz}


def test_stereo_is_a_file_for_each_side():
    given = np.arange(24, dtype="<i2")  # left and right side by side, 4 samples of each in a buffer
    left, right = feeds.pdm("microphone", PDM, Taken(Fraction(16000), 2, given.tobytes(), 8))
    assert left.command == "sysbus.pdm SetInputFile $microphone_left Left"
    assert right.command == "sysbus.pdm SetInputFile $microphone_right Right"
    assert list(np.frombuffer(left.data, "<i2")) == [0, 2, 4, 6, 16, 18, 20, 22]
    assert list(np.frombuffer(right.data, "<i2")) == [1, 3, 5, 7, 17, 19, 21, 23]


@pytest.fixture
def acceleration(tmp_path):
    path = tmp_path / "walk.resd"
    values = np.array([[1_000_000, -2_000_000, 3], [500_000, 0, -1], [0, 0, 1_000_000]])
    write_resd(path, [ResdBlock(sample_type("acceleration"), 0, 0, 10_000_000, values)])
    return create({"kind": "resd", "path": str(path)}, 1)


def test_resd(acceleration, tmp_path):
    feed = Feed("sysbus.i2c1.imu", "resd:FeedAccelerationSamplesFromRESD:acceleration")
    made = feeds.resd("motion", feed, acceleration, 0.03)
    assert made.command == "sysbus.i2c1.imu FeedAccelerationSamplesFromRESD $motion"
    path = tmp_path / made.file
    path.write_bytes(made.data)
    again = ResdRecording(path)
    assert again.rate_hz == 100
    assert np.array_equal(again.samples(0, 3), acceleration.samples(0, 3))
    with pytest.raises(InputError, match="names no method"):
        feeds.resd("motion", Feed("sysbus.i2c1.imu", "resd"), acceleration, 0.03)


def test_the_text_file_of_an_lsm9ds1(acceleration):
    """SensorSamplesFifo.cs:152-194: values with blanks between, "#" begins a comment, no empty line."""
    made = feeds.lsm9ds1("motion", Feed("sysbus.twi0.imu", "lsm9ds1"), acceleration, 0.03)
    assert made.command == "sysbus.twi0.imu FeedAccelerationSample $motion"
    lines = made.data.decode().split("\n")
    assert lines.pop() == ""
    assert all(lines)
    rows = [[float(word) for word in line.split(" ")] for line in lines if not line.startswith("#")]
    assert np.allclose(rows, acceleration.samples(0, 3))


def test_rotation_goes_to_an_lsm9ds1_in_degrees():
    """LSM9DS1_IMU.cs:467-480: 1 of what it is fed is 1 degree per second."""
    turning = create({"kind": "constant", "values": [0, np.pi, -0.5], "unit": "rad/s"}, 1)
    made = feeds.lsm9ds1("turn", Feed("sysbus.twi0.imu", "lsm9ds1"), turning, 0.02)
    assert made.command == "sysbus.twi0.imu FeedAgularRateSample $turn"
    assert made.data.decode().split("\n")[1:3] == ["0.000000 180.000000 -28.647890"] * 2


@pytest.mark.parametrize(
    ("unit", "rate_hz", "code", "register", "method", "type"),
    [
        ("g", 104, 4, 0x10, "FeedAccelerationSamplesFromRESD", "acceleration"),
        ("rad/s", 105, 5, 0x11, "FeedAngularRateSamplesFromRESD", "angular rate"),
        ("g", 9000, 10, 0x10, "FeedAccelerationSamplesFromRESD", "acceleration"),
    ],
)
def test_an_lsm6dso_has_a_data_rate_while_it_takes_its_file(
    tmp_path, unit, rate_hz, code, register, method, type
):
    """LSM6DSO_IMU.cs:45-73 reads at ODR (bits 4 to 7; :753-786), and Machine.cs:130 refuses 0 Hz."""
    recipe = {"kind": "constant", "values": [0.25, -1, 0.5], "unit": unit, "rate_hz": rate_hz}
    signal = create(recipe, 1)
    made = feeds.lsm6dso("wrist", Feed("sysbus.twi1.wrist_imu", "lsm6dso"), signal, 0.1)
    assert made.command.split("\n") == [
        f"sysbus.twi1.wrist_imu WriteByte 0x{register:X} 0x{code << 4:X}",
        f"sysbus.twi1.wrist_imu {method} $wrist",
        f"sysbus.twi1.wrist_imu WriteByte 0x{register:X} 0x0",
    ]
    (tmp_path / made.file).write_bytes(made.data)
    (block,) = read_resd(tmp_path / made.file)
    assert (block.type.name, block.period_ns, block.channel) == (type, round(1e9 / rate_hz), 0)
    scale = {"g": 1e6, "rad/s": 1e5}[unit]  # LSM6DSO_IMU.cs:541, 571: back to g and rad/s
    assert block.values[0].tolist() == [0.25 * scale, -scale, 0.5 * scale]


def test_an_lsm6dso_does_not_hear():
    sound = create({"kind": "constant", "values": [0], "unit": "Pa"}, 1)
    with pytest.raises(InputError, match="LSM6DSO is fed with acceleration or rotation"):
        feeds.lsm6dso("wrist", Feed("sysbus.twi1.wrist_imu", "lsm6dso"), sound, 0.1)


def test_an_lsm9ds1_does_not_hear(tmp_path):
    sound = create({"kind": "noise"}, 1)
    with pytest.raises(InputError, match="acceleration or rotation on three axes"):
        feeds.lsm9ds1("motion", Feed("sysbus.twi0.imu", "lsm9ds1"), sound, 0.1)
