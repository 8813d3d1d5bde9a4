"""The MAX30101 over TWIM: counts from its LSB sizes, its FIFO and interrupts as drivers use them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from bench import Bench, Wave, steady

AT = 0x57
SPO2, HEART, MULTI = 3, 2, 7
REFERENCE = 0x20  # 6.4 mA


def body(infrared_a: float = 0.5e-6, red_a: float = 0.3e-6, seed: int = 1) -> Bench:
    signals = {"ppg": steady(infrared_a, "A"), "ppg_red": steady(red_a, "A")}
    return Bench("nano33ble_body", signals, seed)


def begin(
    bench: Bench, mode: int = SPO2, spo2: int = 0b01_001_11, fifo: int = 0, led: int = REFERENCE
) -> Bench:
    """Defaults: 4096 nA, 100 samples a second, 411 µs."""
    bench.writes(AT, 0x08, fifo)
    bench.writes(AT, 0x0A, spo2)
    bench.writes(AT, 0x0C, led, led, led)
    bench.writes(AT, 0x04, 0, 0, 0)
    bench.writes(AT, 0x09, mode)
    return bench


def taken(bench: Bench, n_samples: int, n_leds: int = 2) -> np.ndarray:
    data = np.frombuffer(bench.reads(AT, 0x07, 3 * n_leds * n_samples), np.uint8).astype(int)
    return (data.reshape(n_samples, n_leds, 3) * [1 << 16, 1 << 8, 1]).sum(axis=2)


def pointers(bench: Bench) -> tuple[int, ...]:
    return tuple(bench.reads(AT, 0x04, 3))


def test_who_it_is():
    bench = body()
    assert bench.reads(AT, 0xFF) == b"\x15"
    assert bench.reads(AT, 0x00) == b"\x01"  # power ready, once
    assert bench.reads(AT, 0x00) == b"\x00"
    assert bench.states("ppg") == ["idle"]


@pytest.mark.parametrize(
    ("code", "lsb_pa"),
    [(0, 7.81), (1, 15.63), (2, 31.25), (3, 62.5)],  # SparkFun's MAX30105.cpp, lines 464 to 467
)
def test_counts_are_photocurrent_by_lsb(code, lsb_pa):
    bench = begin(body(), spo2=code << 5 | 0b001_11).after(0.311)
    samples = taken(bench, 30)
    assert samples[:, 0].mean() * lsb_pa == pytest.approx(0.3e6, rel=1e-3)
    assert samples[:, 1].mean() * lsb_pa == pytest.approx(0.5e6, rel=1e-3)
    assert samples[:, 1].std() * lsb_pa == pytest.approx(50, rel=0.5)


def test_light_follows_the_leds_current_until_the_end_of_the_scale():
    counts = {led: taken(begin(body(), led=led).after(0.05), 1)[0, 1] for led in (8, 16, 32, 255)}
    assert counts[16] == pytest.approx(2 * counts[8], rel=0.01)
    assert counts[32] == pytest.approx(2 * counts[16], rel=0.01)
    full = taken(begin(body(1e-6), spo2=0b00_001_11, led=255).after(0.05), 1)
    assert full[0, 1] == (1 << 18) - 1


@pytest.mark.parametrize(("pulse", "bits"), [(0, 15), (1, 16), (2, 17), (3, 18)])
def test_shorter_pulses_have_fewer_bits_left_justified(pulse, bits):
    samples = taken(begin(body(), spo2=0b01_001_00 | pulse).after(0.311), 30)
    assert np.all(samples % (1 << 18 - bits) == 0)
    assert samples[0, 1] == pytest.approx(0.5e6 / 15.625, rel=0.005)


def test_samples_come_at_their_rate_and_are_those_of_the_signal():
    pulse = Wave(lambda t: 0.5e-6 + 0.01e-6 * np.sin(2 * np.pi * 1.25 * t), "A", Fraction(100))
    bench = Bench("nano33ble_body", {"ppg": pulse})
    begin(bench, fifo=0x10)
    origin = bench.sim.now / 1e12
    got = []
    for _ in range(20):
        bench.after(0.1)
        write, _, read = pointers(bench)
        got.append(taken(bench, (write - read) % 32)[:, 1])
    counts = np.concatenate(got)
    assert counts.size == pytest.approx(100 * (bench.sim.now / 1e12 - origin), abs=2)
    times = origin + (np.arange(counts.size) + 1) / 100
    expected = (0.5e-6 + 0.01e-6 * np.sin(2 * np.pi * 1.25 * times)) / 15.625e-12
    assert counts == pytest.approx(expected, abs=5 * 50 / 15.6)


def test_averaging_decimates_and_quietens():
    raw = taken(begin(body()).after(0.311), 30)[:, 1].std()
    averaged = begin(body(), spo2=0b01_011_11, fifo=3 << 5).after(0.622)  # 400 a second, 8 to one
    assert pointers(averaged)[0] == 31
    assert taken(averaged, 30)[:, 1].std() < raw / 2


def test_a_full_fifo_stops_or_rolls_over():
    bench = begin(body()).after(0.4)
    write, lost, read = pointers(bench)
    assert (write, read) == (0, 0)
    assert lost == pytest.approx(8, abs=1)
    taken(bench, 1)
    assert pointers(bench)[1] == 0  # reading clears the count
    assert pointers(begin(body()).after(2))[1] == 31
    pulse = Wave(lambda t: 1e-7 * t, "A", Fraction(100))
    bench = begin(Bench("nano33ble_body", {"ppg": pulse}), fifo=0x10).after(1.0)
    newest = taken(bench, 32)[-1, 1] * 15.625e-12 / 1e-7
    assert newest == pytest.approx(1.0, abs=0.03)


def test_almost_full_interrupts_at_its_level_and_clears_when_read():
    bench = begin(body(), fifo=0x0F)  # 15 places left: 17 samples
    bench.reads(AT, 0x00)
    bench.writes(AT, 0x02, 0x80)
    pin = bench.machine.nets.net("D2")
    assert pin.level
    start = next(c.time_ps for c in bench.machine.recorder.states if c.state.startswith("sampling_"))
    bench.after(0.3)
    assert not pin.level
    (fall,) = [
        e.time_ps for e in bench.machine.nets.edges if e.net == "D2" and not e.level and e.time_ps > start
    ]
    assert fall - start == 170_000_000_000
    assert bench.reads(AT, 0x00)[0] & 0x80
    assert pin.level
    taken(bench, 17)
    bench.after(0.18)
    assert not pin.level


def test_new_data_interrupts_each_sample():
    bench = begin(body())
    bench.reads(AT, 0x00)
    bench.writes(AT, 0x02, 0x40)
    edges = 0
    for _ in range(5):
        bench.after(0.0102)
        assert not bench.machine.nets.net("D2").level
        taken(bench, 1)
        edges += bench.machine.nets.net("D2").level
    assert edges == 5


@pytest.mark.parametrize(
    ("mode", "pulse", "code", "highest"),
    [(SPO2, 3, 7, 3), (SPO2, 0, 7, 6), (HEART, 3, 7, 5), (HEART, 0, 7, 7), (SPO2, 3, 2, 2)],
)
def test_a_rate_that_its_pulses_do_not_leave_time_for_is_lowered(mode, pulse, code, highest):
    bench = begin(body(), mode, spo2=code << 2 | pulse)
    assert bench.reads(AT, 0x0A)[0] >> 2 & 7 == highest


def test_multi_led_slots_choose_their_leds():
    signals = {"ppg": steady(0.5e-6, "A"), "ppg_red": steady(0.3e-6, "A"), "ppg_green": steady(0.1e-6, "A")}
    bench = Bench("nano33ble_body", signals)
    bench.writes(AT, 0x11, 3 | 2 << 4, 1)
    samples = taken(begin(bench, MULTI).after(0.05), 2, 3)
    assert samples[0] * 15.625e-6 == pytest.approx([0.1, 0.5, 0.3], rel=0.02)


def test_current_is_its_own_and_its_leds_on_average():
    bench = begin(body()).after(0.1)
    mean_ua = 600 + 2 * 6400 * 411e-6 * 100
    assert bench.states("ppg")[-1] == f"sampling_{round(mean_ua)}ua"
    bench.writes(AT, 0x09, 0x80 | SPO2)
    assert bench.states("ppg")[-1] == "shutdown"
    assert bench.reads(AT, 0xFF) == b"\x15"  # it still answers
    bench.writes(AT, 0x09, 0x40)
    assert bench.states("ppg")[-1] == "idle"
    assert bench.reads(AT, 0x0C) == b"\0"
    power = bench.machine.board.device("ppg").power
    assert float(power.figure("self", "sampling_1126ua").current_a) == pytest.approx(1126e-6)


def test_the_die_temperature_takes_29_ms():
    bench = body()
    bench.reads(AT, 0x00)
    bench.writes(AT, 0x03, 0x02)
    bench.writes(AT, 0x21, 1)
    assert bench.after(0.02).machine.nets.net("D2").level
    assert not bench.after(0.01).machine.nets.net("D2").level
    assert bench.reads(AT, 0x01) == b"\x02"
    assert bench.reads(AT, 0x1F, 3) == bytes([25, 0, 0])
    assert bench.machine.nets.net("D2").level


def test_samples_do_not_depend_on_when_they_are_read():
    at_once = begin(body(), fifo=0x10).after(0.311)
    now_and_then = begin(body(), fifo=0x10)
    pieces = [taken(now_and_then.after(0.1), 9) for _ in range(3)]
    assert np.array_equal(taken(at_once, 27), np.concatenate(pieces))
    assert at_once.machine.sample_digests.keys() == {"ppg", "ppg_red"}
