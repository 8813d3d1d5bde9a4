"""The AMG8833 over TWIM, against the words and tables of Panasonic's reference specification."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from bench import Bench, Wave, steady

from coincell.errors import InputError

AT = 0x69


def scene(value, rate_hz: int = 10) -> Wave:
    """`value(seconds)` gives (count, 64)."""
    return Wave(lambda t: value(np.asarray(t)[:, np.newaxis]), "°C", Fraction(rate_hz), 64)


def ramp(at: float = 20.0) -> Wave:
    """Pixel n is n/4 °C above `at`."""
    return scene(lambda t: at + np.arange(64) / 4 + 0 * t)


def hot(pixel: int, start_s: float, end_s: float) -> Wave:
    def value(t):
        field = np.full((t.size, 64), 22.0)
        field[:, pixel] += 14.0 * ((t >= start_s) & (t < end_s))[:, 0]
        return field

    return scene(value, 50)


def watching(pixels: Wave, seed: int = 1) -> Bench:
    return Bench("nano33ble_home", {"thermal": pixels}, seed).after(0.05)


def degrees(bench: Bench) -> np.ndarray:
    words = np.frombuffer(bench.reads(AT, 0x80, 128), "<u2").astype(int)
    return ((words ^ 0x800) - 0x800) * 0.25


def levels(bench: Bench, high: float, low: float, back: float) -> None:
    words = [round(degc * 4) & 0xFFF for degc in (high, low, back)]
    bench.writes(AT, 0x08, *(byte for word in words for byte in word.to_bytes(2, "little")))


def test_it_speaks_50_ms_after_its_supply():
    bench = Bench("nano33ble_home", {})
    assert bench.after(0.04).i2c(AT, b"\0", 1) is None
    assert bench.after(0.01).reads(AT, 0x00, 5) == bytes(5)
    assert bench.i2c(0x68, b"\0", 1) is None
    assert np.all(degrees(bench) == 0)  # no frame yet


def test_pixels_are_the_channels_row_by_row_within_noise_and_accuracy():
    bench = watching(ramp())
    frames = np.array([degrees(bench.after(0.1)) for _ in range(60)])
    error = frames - (20 + np.arange(64) / 4)
    assert error.mean() == pytest.approx(bench.part("thermal").offset, abs=0.02)
    assert abs(bench.part("thermal").offset) <= 2.5
    assert np.std(error - error.mean()) == pytest.approx(np.hypot(0.16, 0.25 / 12**0.5), rel=0.06)
    assert np.all(frames * 4 == np.rint(frames * 4))


@pytest.mark.parametrize(
    ("degc", "word"),
    [(25, 0x190), (0.25, 0x004), (0, 0), (-0.25, 0x804), (-59.6875, 0xBBB), (127.9375, 0x7FF)],
)
def test_thermistor_words_of_the_table(degc, word, tmp_path, monkeypatch):
    boards = tmp_path / "platforms" / "boards"
    boards.mkdir(parents=True)
    (boards / "h.toml").write_text(
        'based_on = "nano33ble_home"\nname = "h"\n[inputs]\nambient = "thermal.ambient"\n'
    )
    monkeypatch.setenv("COINCELL_PATH", str(tmp_path))
    bench = Bench("h", {"ambient": steady(degc, "°C")}).after(0.05)
    assert int.from_bytes(bench.reads(AT, 0x0E, 2), "little") == word


def test_cold_is_the_end_of_its_range():
    bench = watching(scene(lambda t: np.full((t.size, 64), -20.0)))
    assert np.all(degrees(bench.after(0.2)) == 0)
    assert bench.reads(AT, 0x04)[0] & 4
    bench.writes(AT, 0x05, 4)
    assert not bench.reads(AT, 0x04)[0] & 4


def test_a_frame_is_what_it_was_when_it_ended():
    bench = watching(ramp()).after(0.15)
    first = degrees(bench)
    assert np.array_equal(first, degrees(bench.after(0.02)))
    assert not np.array_equal(first, degrees(bench.after(0.1)))


def test_one_frame_a_second_has_less_noise():
    bench = watching(scene(lambda t: np.full((t.size, 64), 30.0)))
    bench.writes(AT, 0x02, 1)
    frames = np.array([degrees(bench.after(1)) for _ in range(40)])
    assert len({frame.tobytes() for frame in frames}) > 10
    # steps of 0.25 °C hide most of 0.05 °C: the share that a step away rounds to is the normal distribution's
    assert frames.std() < 0.13


def test_the_moving_average_needs_its_key():
    def spread(*unlock: int) -> float:
        bench = watching(scene(lambda t: np.full((t.size, 64), 30.0)))
        for value in unlock:
            bench.writes(AT, 0x1F, value)
        bench.writes(AT, 0x07, 0x20)
        frames = np.array([degrees(bench.after(0.1)) for _ in range(40)])[2:]
        assert bool(bench.reads(AT, 0x07)[0]) == (unlock == (0x50, 0x45, 0x57))
        return float(frames.std())

    assert spread(0x50, 0x45, 0x57) < 0.85 * spread(0x50, 0x45, 0x56)


def test_absolute_interrupts_name_their_pixel_and_hold_by_hysteresis():
    bench = watching(hot(19, 1.0, 2.0))
    pin = bench.machine.nets.net("D2")
    levels(bench, 30, 5, 3)
    bench.writes(AT, 0x03, 0b11)
    assert pin.level
    bench.after(0.9)
    assert pin.level
    bench.after(0.15)
    assert not pin.level
    table = bench.reads(AT, 0x10, 8)
    assert table == bytes([0, 0, 1 << 3, 0, 0, 0, 0, 0])  # pixel 20 is bit 3 of INT2
    assert bench.reads(AT, 0x04)[0] & 2
    bench.after(1.2)
    assert pin.level
    assert bench.reads(AT, 0x10, 8) == bytes(8)
    assert bench.reads(AT, 0x04)[0] & 2  # held until it is cleared
    bench.writes(AT, 0x05, 2)
    assert not bench.reads(AT, 0x04)[0]


def test_hysteresis_keeps_what_is_just_below_the_level():
    def value(t):
        return np.where(t < 1, 22.0, np.where(t < 2, 36.0, 34.0)) + np.zeros(64)

    bench = watching(scene(value, 50))
    level = 35 + bench.part("thermal").offset
    for back, active in ((4, True), (0.25, False)):
        bench = watching(scene(value, 50))
        levels(bench, level - 0.5, 0, back)  # 34 °C lies half a degree below it
        bench.writes(AT, 0x03, 0b11)
        bench.after(2.5)
        assert bench.machine.nets.net("D2").level != active


def test_difference_interrupts_see_change():
    bench = watching(hot(0, 1.0, 9.0))
    levels(bench, 5, -5, 0)
    bench.writes(AT, 0x03, 0b01)
    falls = [
        edge.time_ps for edge in bench.after(3).machine.nets.edges if edge.net == "D2" and not edge.level
    ]
    assert len(falls) == 1
    assert 1.0e12 <= falls[0] <= 1.11e12
    assert bench.machine.nets.net("D2").level  # the next frame differs no more


def test_sleep_and_standby_cost_what_the_data_sheet_says():
    bench = watching(ramp())
    bench.writes(AT, 0x00, 0x10)
    assert np.all(degrees(bench.after(0.3)) == 0)
    bench.writes(AT, 0x02, 1)  # not taken
    bench.writes(AT, 0x00, 0x00)
    bench.after(0.05)
    assert bench.reads(AT, 0x02) == b"\0"
    assert degrees(bench.after(0.1)).any()
    bench.writes(AT, 0x00, 0x21)
    assert not degrees(bench.after(9)).any()
    assert degrees(bench.after(1.1)).any()
    assert bench.states("thermal") == ["normal", "sleep", "normal", "standby"]
    power = bench.machine.board.device("thermal").power
    assert [float(power.figure("self", s).current_a) for s in ("normal", "sleep", "standby")] == [
        4.5e-3,
        0.2e-3,
        0.8e-3,
    ]


def test_frames_read_are_digested_once_each():
    digests = []
    for n_reads in (1, 2):
        bench = watching(ramp()).after(0.15)
        for _ in range(n_reads):
            degrees(bench)
        digests.append(bench.machine.sample_digests)
    assert digests[0] == digests[1]
    assert set(digests[0]) == {"thermal"}


def test_a_signal_with_other_pixels_is_refused():
    with pytest.raises(InputError, match="64 pixels, row by row") as caught:
        Bench("nano33ble_home", {"thermal": steady(20, "°C")})
    assert "1 channels" in str(caught.value)
