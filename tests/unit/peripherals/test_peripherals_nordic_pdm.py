"""PDM: rates, buffers, gain, channels, digest."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import numpy as np
import pytest

BASE, RAM = 0x4001D000, 0x20000000
PERIOD = 10**12 // 16000


class Microphone:
    """Density n / 1000 of full scale in sample period n since time 0; the other edge is its negative."""

    def __init__(self) -> None:
        self.clocks: list[Fraction | None] = []
        self.calls = 0

    def clock(self, freq_hz: Fraction | None) -> None:
        self.clocks.append(freq_hz)

    def density(self, start_ps: int, rate_hz: Fraction, count: int, right: bool) -> np.ndarray:
        self.calls += 1
        first = round(start_ps * rate_hz / 10**12)
        ramp = (first + np.arange(count)) / 1000
        return -ramp if right else ramp


@pytest.fixture
def microphone(bench):
    source = Microphone()
    bench.context.wiring.pdm[("P0.26", "P0.25")] = source
    return source


def pdm(bench, n=10, mode=1, freq=0x0A000000, ratio=1, gain=0x28, gain_r=0x28):
    block = bench.make("nordic.pdm", BASE, "pdm")
    for offset, value in [
        (0x540, 26),
        (0x544, 25),
        (0x504, freq),
        (0x520, ratio),
        (0x508, mode),
        (0x518, gain),
        (0x51C, gain_r),
        (0x560, RAM),
        (0x564, n),
        (0x500, 1),
    ]:
        block.write(offset, 4, value)
    return block


def stored(bench, n, at=RAM):
    return np.frombuffer(bench.ram.read_block(at, 2 * n), "<i2")


# PDMCLKCTRL table of the nRF52840 PS
@pytest.mark.parametrize(
    ("freq", "divider"),
    [
        (0x08000000, 32),
        (0x08400000, 31),
        (0x08800000, 30),
        (0x09800000, 26),
        (0x0A000000, 25),
        (0x0A800000, 24),
    ],
)
def test_clock_values(bench, microphone, freq, divider) -> None:
    block = pdm(bench, freq=freq)
    block.write(0x000, 4, 1)
    assert microphone.clocks == [Fraction(32_000_000, divider)]


def test_1280_khz_and_ratio_80_give_exactly_16000_hz(bench, microphone) -> None:
    block = pdm(bench)
    assert block.rate_hz == 16000
    block.write(0x304, 4, 1 << 2)
    block.write(0x000, 4, 1)
    bench.sim.advance(10 * PERIOD)
    assert bench.irqs["pdm"].edges == [(10 * PERIOD, True)]
    scale = 32768 * 10 ** (3.2 / 20)
    assert list(stored(bench, 10)) == [round(n / 1000 * scale) for n in range(10)]
    assert microphone.calls == 1


def test_double_buffer_is_continuous_and_latched_when_started(bench, microphone) -> None:
    block = pdm(bench)
    times = {"started": [], "end": []}
    bench.context.fabric.listen(BASE + 0x100, lambda: times["started"].append(bench.sim.now))
    bench.context.fabric.listen(BASE + 0x108, lambda: times["end"].append(bench.sim.now))
    block.write(0x000, 4, 1)
    block.write(0x560, 4, RAM + 20)  # after STARTED: for the next buffer
    bench.sim.advance(15 * PERIOD)
    block.write(0x560, 4, RAM + 40)
    bench.sim.advance(30 * PERIOD)
    assert times["started"] == [0, 10 * PERIOD, 20 * PERIOD, 30 * PERIOD]
    assert times["end"] == [10 * PERIOD, 20 * PERIOD, 30 * PERIOD]
    scale = 32768 * 10 ** (3.2 / 20)
    assert list(stored(bench, 30)) == [round(n / 1000 * scale) for n in range(30)]


def test_stop_stores_what_there_is(bench, microphone) -> None:
    block = pdm(bench)
    block.write(0x000, 4, 1)
    bench.sim.advance(int(4.5 * PERIOD))
    block.write(0x004, 4, 1)
    assert np.count_nonzero(stored(bench, 10)) == 3  # samples 1 to 3; sample 0 is silence
    assert block.n_samples == 4
    assert block.read(0x104, 4) == block.read(0x108, 4) == 1
    assert microphone.clocks[-1] is None
    assert bench.components["pdm"].history[-1] == (bench.sim.now, "off")
    bench.sim.advance(10**12)
    assert block.n_samples == 4


@pytest.mark.parametrize("edge", [0, 1])
def test_stereo_alternates_and_edge_swaps(bench, microphone, edge) -> None:
    block = pdm(bench, n=8, mode=edge << 1, gain=0x28, gain_r=0x28 - 12)
    block.write(0x000, 4, 1)
    bench.sim.advance(4 * PERIOD)
    samples, sign = stored(bench, 8), 1 - 2 * edge
    left, right = (32768 * 10 ** (db / 20) for db in (3.2, 3.2 - 6))
    assert list(samples[0::2]) == [round(sign * n / 1000 * left) for n in range(4)]
    assert list(samples[1::2]) == [round(-sign * n / 1000 * right) for n in range(4)]


def test_gain_steps_are_half_a_decibel_and_samples_saturate(bench, microphone) -> None:
    block = pdm(bench, n=1000, gain=0x50)
    block.write(0x000, 4, 1)
    bench.sim.advance(1000 * PERIOD)
    samples = stored(bench, 1000)
    assert samples[10] == round(0.01 * 32768 * 10 ** (23.2 / 20))
    assert samples[-1] == 32767


def test_digest_covers_every_sample_that_left(bench, microphone) -> None:
    block = pdm(bench)
    block.write(0x000, 4, 1)
    digest = hashlib.sha256()
    for n in range(1, 4):
        bench.sim.advance(10 * n * PERIOD)
        digest.update(bench.ram.read_block(RAM, 20))
    assert block.sample_digest == digest.hexdigest()


def test_nothing_connected_is_silence(bench) -> None:
    block = pdm(bench)
    bench.ram.write_block(RAM, b"\xff" * 20)
    block.write(0x000, 4, 1)
    bench.sim.advance(10 * PERIOD)
    assert not stored(bench, 10).any()


def test_disabled_block_does_not_start(bench, microphone) -> None:
    block = pdm(bench)
    block.write(0x500, 4, 0)
    block.write(0x000, 4, 1)
    assert microphone.clocks == []
    assert bench.components["pdm"].state == "off"
