"""I2S as master and as slave of PWM's clocks, and PWM's own waves."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

I2S, PWM0, PWM1, RAM = 0x40025000, 0x4001C000, 0x40021000, 0x20000000
SCK, LRCK, SDIN = 11, 12, 15
US = 10**6


class Talker:
    """Left says the number of the frame since time 0 times 2^12 + 1, right its negative: 24 bits."""

    def __init__(self) -> None:
        self.clocks: list[tuple[Fraction | None, Fraction | None]] = []

    def clock(self, sck_hz, ws_hz) -> None:
        self.clocks.append((sck_hz, ws_hz))

    def words(self, start_ps: int, rate_hz: Fraction, count: int) -> np.ndarray:
        first = round(start_ps * rate_hz / 10**12)
        left = ((first + np.arange(count)) << 12) + 1
        return np.stack([left, -left], axis=1).astype(np.int32)


@pytest.fixture
def talker(bench):
    source = Talker()
    bench.context.wiring.i2s[f"P0.{SDIN}"] = source
    return source


def i2s(bench, mode=0, ratio=1, mckfreq=0x11000000, swidth=2, channels=1, words=8):
    block = bench.make("nordic.i2s", I2S, "i2s")
    settings = {0x504: mode, 0x508: 1, 0x50C: 0, 0x514: mckfreq, 0x518: ratio, 0x51C: swidth, 0x528: channels}
    pins = {0x564: SCK, 0x568: LRCK, 0x56C: SDIN}
    for offset, value in {**settings, **pins, 0x538: RAM, 0x550: words, 0x500: 1}.items():
        block.write(offset, 4, value)
    return block


def pwm(bench, base, pin, top, value, name="pwm0", count=1, mode=0, prescaler=0):
    block = bench.make("nordic.pwm", base, name)
    bench.ram.write_block(RAM + 0x1000, int(value).to_bytes(2, "little") * count)
    settings = {0x508: top, 0x504: mode, 0x50C: prescaler, 0x560: pin}
    sequence = {0x520: RAM + 0x1000, 0x524: count, 0x528: 0}
    for offset, word in {**settings, **sequence, 0x500: 1}.items():
        block.write(offset, 4, word)
    return block


def stored(bench, dtype, n, at=RAM):
    return np.frombuffer(bench.ram.read_block(at, n * np.dtype(dtype).itemsize), dtype).tolist()


# nRF52840 PS, MCKFREQ: 32 MHz divided by
@pytest.mark.parametrize(
    ("mckfreq", "divider"),
    [
        (0x20000000, 8), (0x18000000, 10), (0x16000000, 11), (0x11000000, 15), (0x10000000, 16),
        (0x0C000000, 21), (0x0B000000, 23), (0x08800000, 30), (0x08400000, 31), (0x08000000, 32),
        (0x06000000, 42), (0x04100000, 63), (0x020C0000, 125),
    ],
)  # fmt: skip
def test_a_master_makes_its_clocks(bench, talker, mckfreq, divider) -> None:
    """LRCK = MCK / RATIO and SCK = 2 * LRCK * SWIDTH (PS)."""
    block = i2s(bench, mckfreq=mckfreq, ratio=3)
    block.write(0x000, 4, 1)
    lrck = Fraction(32_000_000, divider * 96)
    assert talker.clocks == [(48 * lrck, lrck)]


@pytest.mark.parametrize(
    ("swidth", "channels", "dtype", "expected"),
    [
        (2, 1, "<i4", [1, 4097, 8193, 12289]),
        (2, 0, "<i4", [1, -1, 4097, -4097]),
        (1, 1, "<i2", [0, 16, 32, 48, 64, 80, 96, 112]),
        (1, 2, "<i2", [-1, -17, -33, -49, -65, -81, -97, -113]),
        (0, 0, "<i1", [0, -1, 0, -1, 0, -1, 0, -1]),
    ],
)
def test_words_hold_samples_as_the_ps_draws_them(bench, talker, swidth, channels, dtype, expected) -> None:
    block = i2s(bench, swidth=swidth, channels=channels, words=4)
    block.write(0x000, 4, 1)
    block.write(0x538, 4, RAM + 0x800)
    bench.sim.advance(10_000 * US)
    assert stored(bench, dtype, len(expected)) == expected


def test_each_full_buffer_is_announced_and_the_next_taken(bench, talker) -> None:
    block = i2s(bench, words=10)
    block.write(0x000, 4, 1)
    assert block.read(0x104, 4) == 1  # the first pointer was taken at once
    block.write(0x538, 4, RAM + 0x100)
    block.write(0x104, 4, 0)
    frame_ps = 48 * 15 * 10**12 // 32_000_000
    bench.sim.advance(10 * frame_ps - 1)
    assert block.read(0x104, 4) == 0
    bench.sim.advance(10 * frame_ps)
    assert block.read(0x104, 4) == 1
    bench.sim.advance(20 * frame_ps)
    assert stored(bench, "<i4", 10) == [(n << 12) + 1 for n in range(10)]
    assert stored(bench, "<i4", 10, RAM + 0x100) == [(n << 12) + 1 for n in range(10, 20)]
    block.write(0x004, 4, 1)
    assert block.read(0x108, 4) == 1
    assert talker.clocks[-1] == (None, None)
    assert bench.components["i2s"].state == "off"


def test_a_slave_waits_for_clocks_and_begins_where_lrck_falls(bench, talker) -> None:
    block = i2s(bench, mode=1, words=4)
    block.write(0x000, 4, 1)
    bench.sim.advance(1000 * US)
    assert not talker.clocks
    assert block.read(0x104, 4) == 0
    pwm(bench, PWM0, SCK, 16, 8).write(0x008, 4, 1)
    pwm(bench, PWM1, LRCK, 1024, 512, "pwm1").write(0x008, 4, 1)
    assert talker.clocks == [(Fraction(1_000_000), Fraction(15_625))]
    bench.sim.advance(1000 * US + 4 * 64 * US - 1)
    assert stored(bench, "<i4", 4) == [0] * 4
    bench.sim.advance(1000 * US + 4 * 64 * US)
    assert stored(bench, "<i4", 4) == [(n << 12) + 1 for n in range(16, 20)]  # 15.625 frames in the first ms


def test_without_its_clocks_a_slave_stops(bench, talker) -> None:
    i2s(bench, mode=1, words=4).write(0x000, 4, 1)
    pwm(bench, PWM0, SCK, 16, 8).write(0x008, 4, 1)
    word = pwm(bench, PWM1, LRCK, 1024, 512, "pwm1")
    word.write(0x008, 4, 1)
    bench.sim.advance(130 * US)
    word.write(0x004, 4, 1)
    bench.sim.advance(1000 * US)
    assert word.read(0x104, 4) == 1
    assert talker.clocks[-1] == (None, None)
    assert stored(bench, "<i4", 4)[:2] == [1, 4097]
    assert stored(bench, "<i4", 4)[3] == 0


@pytest.mark.parametrize(
    ("value", "mode", "highs"),
    [
        (300, 0, [(300, 1000)]),  # rises first
        (300 | 0x8000, 0, [(0, 300)]),  # falls first
        (300, 1, [(300, 1700)]),  # up and down
        (300 | 0x8000, 1, [(0, 300), (1700, 2000)]),
    ],
)
def test_a_slow_wave_has_edges(bench, value, mode, highs) -> None:
    """1 us a count; the first period, then the third."""
    levels = []
    bench.pin("P0.11").watch(lambda level: levels.append((bench.sim.now // US, level)))
    pwm(bench, PWM0, 11, 1000, value, mode=mode, prescaler=4).write(0x008, 4, 1)
    period = 1000 * (1 + mode)
    bench.sim.advance(3 * period * US - 1)
    high = np.zeros(3 * period, bool)
    for (since, level), until in zip(levels, [*(t for t, _ in levels[1:]), 3 * period], strict=True):
        high[since:until] = level
    expected = np.zeros(period, bool)
    for begin, end in highs:
        expected[begin:end] = True
    assert (high == np.tile(expected, 3)).all()


@pytest.mark.parametrize(
    ("value", "level"), [(0, True), (0x8000, False), (1000, False), (0x8000 | 1000, True)]
)
def test_nothing_and_all_are_levels(bench, value, level) -> None:
    """Compare 0 is reached at once, COUNTERTOP never."""
    pwm(bench, PWM0, 11, 1000, value).write(0x008, 4, 1)
    bench.sim.advance(10_000 * US)
    assert bench.pin("P0.11").level is level


def test_the_end_of_a_sequence_is_an_event_and_its_last_value_stays(bench) -> None:
    block = pwm(bench, PWM0, 11, 1000, 500, count=3, prescaler=4)
    block.write(0x008, 4, 1)
    assert block.read(0x108, 4) == 1
    bench.sim.advance(3000 * US - 1)
    assert block.read(0x110, 4) == 0
    bench.sim.advance(3000 * US)
    assert block.read(0x110, 4) == 1
    assert "P0.11" in bench.context.wiring.waves
    assert not bench.unmodelled


def test_what_is_not_modelled_is_named(bench) -> None:
    block = pwm(bench, PWM0, 11, 1000, 500, count=2)
    bench.ram.write_block(RAM + 0x1000, bytes([1, 0, 2, 0]))
    block.write(0x008, 4, 1)
    sender = i2s(bench)
    sender.write(0x50C, 4, 1)
    sender.write(0x000, 4, 1)
    assert [name for name, _ in bench.unmodelled] == ["pwm0", "i2s"]
