"""RESD: bytes that csv2resd of Renode (06854d4d, tools/csv2resd) wrote, and files that mean harm."""

import random
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from coincell.errors import InputError
from coincell.signals import ResdRecording, create, write_signal
from coincell.signals.resd import SAMPLE_TYPES, ResdBlock, read_resd, sample_type, write_resd
from coincell.signals.resd_recording import block_of

ACCELERATION, TEMPERATURE = sample_type("acceleration"), sample_type("temperature")
XYZ = np.array([[1_000_000, -2_000_000, 3], [4, 5, -6], [7, 8, 9]])
CONSTANT = bytes.fromhex(  # -m acceleration:x,y,z:x,y,z -s 1000 -f 100
    "524553440100000002020000003c00000000000000e80300000000000080969800000000000000000000000000"
    "40420f00807be1ff030000000400000005000000faffffff070000000800000009000000"
)
ARBITRARY = bytes.fromhex(  # -m temperature:temp::2 -s 500 -t t
    "524553440100000001010002003400000000000000f40100000000000000000000000000000000000000000000"
    "fc53000080969800000000006054000040787d010000000018fcffff"
)
BOTH = bytes.fromhex(  # -m acceleration:x,y,z:x,y,z -m temperature:temp::1 -s 0 -f 100
    "524553440100000002020000003c00000000000000000000000000000080969800000000000000000000000000"
    "40420f00807be1ff030000000400000005000000faffffff070000000800000009000000"
    "02010001002400000000000000000000000000000080969800000000000000000000000000fc5300006054000018fcffff"
)


@pytest.fixture
def file(tmp_path):
    def written(data):
        path = tmp_path / "data.resd"
        path.write_bytes(data)
        return path

    return written


def test_constant_frequency(file):
    (block,) = read_resd(file(CONSTANT))
    assert (block.type, block.channel, block.start_ns, block.period_ns) == (ACCELERATION, 0, 1000, 10_000_000)
    assert block.times_ns is None
    assert np.array_equal(block.values, XYZ)


def test_arbitrary_times(file):
    (block,) = read_resd(file(ARBITRARY))
    assert (block.type, block.channel, block.start_ns) == (TEMPERATURE, 2, 500)
    assert list(block.times_ns) == [0, 10_000_000, 25_000_000]
    assert list(block.values[:, 0]) == [21500, 21600, -1000]


@pytest.mark.parametrize("data", [CONSTANT, ARBITRARY, BOTH])
def test_the_same_bytes_are_written(file, tmp_path, data):
    again = tmp_path / "again.resd"
    write_resd(again, read_resd(file(data)))
    assert again.read_bytes() == data


def test_as_a_signal_each_sample_holds_until_the_next(file):
    """The file says 1, -2, 0.000003 g from 1 µs on, every 10 ms."""
    signal = create({"kind": "resd", "path": str(file(CONSTANT))}, 1)
    assert (signal.unit, signal.n_channels, signal.rate_hz) == ("g", 3, 1_000_000)
    assert np.allclose(signal.samples(0, 3), [[0, 0, 0], [1, -2, 3e-6], [1, -2, 3e-6]])
    assert np.allclose(signal.samples(10_000, 2), [[1, -2, 3e-6], [4e-6, 5e-6, -6e-6]])
    assert np.allclose(signal.samples(10**9, 1), [[7e-6, 8e-6, 9e-6]])


def test_as_a_signal_arbitrary_times(file):
    signal = ResdRecording(file(ARBITRARY), channel=2)
    assert signal.rate_hz == 1_000_000  # 500 ns is no whole microsecond: each sample is seen at the next one
    at_us = {0: 0.0, 1: 21.5, 10_000: 21.5, 10_001: 21.6, 25_000: 21.6, 25_001: -1.0, 90_000: -1.0}
    for moment, celsius in at_us.items():
        assert signal.samples(moment, 1)[0, 0] == pytest.approx(celsius), moment


def test_a_gap_is_zero_as_renode_has_no_sample_there(tmp_path):
    first = ResdBlock(TEMPERATURE, 0, 0, 10**9, np.array([[1000], [2000]]))
    later = ResdBlock(TEMPERATURE, 0, 5 * 10**9, 10**9, np.array([[3000]]))
    path = tmp_path / "gap.resd"
    write_resd(path, [first, later])
    signal = ResdRecording(path)
    assert signal.rate_hz == 1
    assert list(signal.samples(0, 8)[:, 0]) == [1, 2, 0, 0, 0, 3, 3, 3]


def test_the_same_numbers_however_they_are_cut(file):
    signal = ResdRecording(file(BOTH), "acceleration")
    whole = signal.samples(0, 5)
    assert np.array_equal(whole, np.concatenate([signal.samples(n, 1) for n in range(5)]))
    assert np.allclose(whole[:3], XYZ * 1e-6)
    assert signal.rate_hz == 100


def test_the_type_must_be_said_where_there_are_several(tmp_path):
    blocks = [ResdBlock(t, 3, 0, 1000, np.zeros((1, t.values), int)) for t in (ACCELERATION, TEMPERATURE)]
    path = tmp_path / "two.resd"
    write_resd(path, blocks)
    with pytest.raises(InputError, match="several types on channel 3") as caught:
        ResdRecording(path, channel=3)
    assert caught.value.allowed == [
        f'type = "{about}" with channel = 3' for about in ("acceleration", "temperature")
    ]
    assert ResdRecording(path, "temperature", 3).unit == "°C"
    with pytest.raises(InputError, match="no samples of temperature on channel 0"):
        ResdRecording(path, "temperature", 0)
    with pytest.raises(InputError, match="no sample type of that name"):
        ResdRecording(path, "warmth", 0)


def test_a_microphone_does_not_hear_a_thermometer(file):
    signal = ResdRecording(file(ARBITRARY), channel=2)
    with pytest.raises(InputError, match="not what RESD calls acceleration"):
        block_of(signal, ACCELERATION, 1.0)


def test_any_signal_can_be_written(file, tmp_path):
    signal = ResdRecording(file(CONSTANT))
    path = tmp_path / "again.resd"
    write_signal(signal, path, 0.03, "acceleration")
    again = ResdRecording(path)
    assert again.rate_hz == signal.rate_hz
    assert np.allclose(again.samples(0, 30_000), signal.samples(0, 30_000), atol=1e-9)


@pytest.mark.parametrize("about", SAMPLE_TYPES, ids=lambda about: about.name)
def test_every_type_comes_back(about, tmp_path):
    limits = np.iinfo(about.dtype)
    low, high = max(limits.min, -(2**63)), min(limits.max, 2**63 - 1)
    values = np.array([[low] * about.values, [high] * about.values, [0] * about.values])
    notes = {"text": "Grüße", "number": -5, "large": 2**63 + 1, "real": 0.5, "bytes": b"\0\1"}
    for times in (None, np.array([0, 0, 7], np.uint64)):
        block = ResdBlock(about, 9, 2**40, 0 if times is not None else 77, values, times, notes)
        path = tmp_path / "types.resd"
        write_resd(path, [block])
        (again,) = read_resd(path)
        assert np.array_equal(again.values, values)
        assert (again.channel, again.start_ns, again.period_ns) == (9, 2**40, block.period_ns)
        assert again.metadata == notes


def test_what_a_type_cannot_hold_is_refused(tmp_path):
    voltage = sample_type("voltage")
    for value in (-1, 2**32):
        with pytest.raises(InputError, match="cannot hold a value that large"):
            write_resd(tmp_path / "v.resd", [ResdBlock(voltage, 0, 0, 1, np.array([[value]]))])
    with pytest.raises(InputError, match="needs samples"):
        write_resd(tmp_path / "v.resd", [ResdBlock(voltage, 0, 0, 1, np.zeros((0, 1), int))])


def test_unknown_types_and_binary_data_are_passed_over(file):
    binary = struct.pack("<BHHQ", 2, 9, 0, 4) + b"\1\2\3\4"
    custom = struct.pack("<BHHQ", 1, 0xF000, 0, 0)
    data = CONSTANT[:8] + binary + custom + CONSTANT[8:]
    assert len(read_resd(file(data))) == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d[:20], "header is cut short"),
        (lambda d: d[:-1], "there are 59"),
        (lambda d: d + b"\2", "header is cut short"),
        (lambda d: d[:13] + b"\x3b" + d[14:-1], "no whole number of samples"),
        (lambda d: d[:29] + bytes(8) + d[37:], "its period is 0"),
        (lambda d: d[:37] + b"\xff" + d[38:], "metadata is longer"),
        (lambda d: d[:37] + b"\x0c" + d[38:], "metadata"),
        (lambda d: b"RESD\2\0\0\0" + d[8:], "not a RESD file of version 1"),
        (lambda d: b"", "not a RESD file"),
    ],
)
def test_broken_files_are_refused(file, change, problem):
    with pytest.raises(InputError, match=problem):
        read_resd(file(change(CONSTANT)))


def test_times_do_not_go_back(file):
    data = bytearray(ARBITRARY)
    data[49:57] = (30_000_000).to_bytes(8, "little")
    with pytest.raises(InputError, match="times go back"):
        read_resd(file(bytes(data)))


def test_hostile_files_get_an_answer(file):
    rng = random.Random(5)
    for _ in range(3000):
        data = bytearray(rng.choice((CONSTANT, ARBITRARY, BOTH)))
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(8, len(data))] = rng.randrange(256)
        del data[rng.choice((len(data), rng.randrange(8, len(data)))) :]
        path = file(bytes(data))
        try:
            read_resd(path)
            assert ResdRecording(path, channel=rng.choice((0, 2))).samples(10**6, 3).shape[0] == 3
        except InputError:
            continue


def test_the_page_lists_every_type_with_its_unit():
    page = (Path(__file__).parents[3] / "sensors/README.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    told = {
        name: (int(row[1]), row[2])
        for row in rows
        if len(row) == 3 and row[1].isdigit()
        for name in re.findall("`(.*?)`", row[0])
    }
    assert told == {about.name: (about.values, about.unit) for about in SAMPLE_TYPES}
