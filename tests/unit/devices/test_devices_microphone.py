"""The MP34DT05: levels from the definition of the decibel, behaviour from its data sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest
from scipy.signal import freqs_zpk

from coincell.describe import load_board
from coincell.devices import Nets, populate
from coincell.devices.mp34dt05 import Mp34dt05
from coincell.errors import InputError
from coincell.ports import Label, Samples
from coincell.simtime import PS_PER_S, Simulation, seconds

RATE = Fraction(16_000)
PDM_CLOCK = Fraction(1_280_000)
WAKE_PS = seconds(Fraction(1, 100))


@dataclass
class Tone:
    """A sine of `pascal` r.m.s."""

    pascal: float
    freq_hz: float = 1000.0
    rate_hz: Fraction = RATE
    unit: str = "Pa"
    n_channels: int = 1
    labels: tuple[Label, ...] = ()

    def samples(self, start: int, count: int) -> Samples:
        time = np.arange(start, start + count) / float(self.rate_hz)
        return (self.pascal * np.sqrt(2) * np.sin(2 * np.pi * self.freq_hz * time))[:, np.newaxis]


@dataclass
class Power:
    states: list[str] = field(default_factory=list)

    def enter(self, state: str) -> None:
        self.states.append(state)

    def count(self, event: str, n: int = 1) -> None:
        raise AssertionError(event)


Bench = tuple[Simulation, Nets, Mp34dt05, Power]


@pytest.fixture
def bench() -> Callable[..., Bench]:
    def make(signal: object = None, seed: int = 1, clock: Fraction | None = PDM_CLOCK) -> Bench:
        sim, board = Simulation(), load_board("nano33ble_sense")
        nets = Nets(sim, board)
        powers: dict[str, Power] = {}
        signals = {} if signal is None else {"microphone": signal}
        parts = populate(board, sim, lambda n: powers.setdefault(n, Power()), nets.net, signals, seed)  # type: ignore[arg-type]
        mic = parts["microphone"]
        assert isinstance(mic, Mp34dt05)
        if clock is not None:
            nets.net("MIC_PWR").drive("test", True)
            mic.clock(clock)
        return sim, nets, mic, powers["microphone"]

    return make


def awake(mic: Mp34dt05, count: int, start: int = 16_000, right: bool = False) -> Samples:
    return mic.density(int(start * PS_PER_S / RATE), RATE, count, right)


def test_reference_tone_has_the_stated_sensitivity(bench):
    _, _, mic, _ = bench(Tone(1.0))
    data = awake(mic, 16_000)
    rms = np.sqrt(np.mean(data**2))
    assert 20 * np.log10(rms * np.sqrt(2)) == pytest.approx(-26, abs=0.02)


def test_loud_sound_clips_at_full_scale(bench):
    _, _, mic, _ = bench(Tone(20e-6 * 10 ** (130 / 20)))
    data = awake(mic, 4000)
    assert data.max() == 1.0
    assert data.min() == -1.0
    assert np.mean(np.abs(data) == 1.0) > 0.5


def test_overload_point_lies_near_full_scale(bench):
    _, _, mic, _ = bench(Tone(20e-6 * 10 ** (122.5 / 20)))
    peak_without_clipping = 10 ** ((122.5 - 94 - 26) / 20)
    assert 1.0 < peak_without_clipping < 1.4  # the data sheet calls 122.5 dB full scale, with 10 % distortion
    assert np.abs(awake(mic, 4000)).max() == 1.0


def test_noise_floor_meets_the_snr_after_a_weighting(bench):
    _, _, mic, _ = bench(None)
    noise = mic.density(PS_PER_S, Fraction(48_000), 96_000, False)
    freq = np.fft.rfftfreq(noise.size, 1 / 48_000)
    # IEC 61672-1: the poles and zeros of the A curve, 0 dB at 1 kHz; SciPy evaluates them
    poles = -2 * np.pi * np.array([20.6, 20.6, 107.7, 737.9, 12194, 12194])
    _, curve = freqs_zpk(np.zeros(4), poles, (2 * np.pi * 12194) ** 2, 2 * np.pi * freq)
    _, at_1k = freqs_zpk(np.zeros(4), poles, (2 * np.pi * 12194) ** 2, [2 * np.pi * 1000])
    power = np.abs(np.fft.rfft(noise) * curve / at_1k[0])[freq < 20_000] ** 2
    rms = np.sqrt(2 * power.sum()) / noise.size
    assert 20 * np.log10(rms * np.sqrt(2)) == pytest.approx(-26 - 64, abs=0.1)


def test_noise_is_the_same_however_it_is_cut_and_differs_by_seed(bench):
    _, _, mic, _ = bench(None, seed=5)
    whole = awake(mic, 9000)
    pieces = np.concatenate([awake(mic, n, 16_000 + at) for at, n in ((0, 1), (1, 4095), (4096, 4904))])
    assert np.array_equal(whole, pieces)
    _, _, again, _ = bench(None, seed=5)
    assert np.array_equal(whole, awake(again, 9000))
    _, _, other, _ = bench(None, seed=6)
    assert not np.array_equal(whole, awake(other, 9000))


def test_equal_rates_pass_the_signal_sample_by_sample(bench):
    tone = Tone(0.3)
    _, _, mic, _ = bench(tone)
    _, _, silent, _ = bench(None)
    difference = awake(mic, 500, 20_000) - awake(silent, 500, 20_000)
    expected = tone.samples(20_000, 500)[:, 0] * 10 ** (-26 / 20) / np.sqrt(2)
    assert np.allclose(difference, expected, atol=1e-15)


def test_clock_started_between_samples_keeps_one_grid(bench):
    """The chip's floored times jitter by a picosecond; sample numbers must not."""
    sim, nets, mic, _ = bench(Tone(0.3), clock=None)
    sim.advance(31_249_999)  # half a sample period, all but one picosecond
    nets.net("MIC_PWR").drive("test", True)
    mic.clock(PDM_CLOCK)
    begin = sim.now + WAKE_PS * 2
    whole = mic.density(begin, RATE, 1000, False)
    cut = [mic.density(begin + n * PS_PER_S // 16_000, RATE, 100, False) for n in range(0, 1000, 100)]
    assert np.array_equal(whole, np.concatenate(cut))


@pytest.mark.parametrize("rate", [48_000, 44_100, 8_000])
def test_other_rates_are_resampled(bench, rate):
    _, _, mic, _ = bench(Tone(0.5, rate_hz=Fraction(rate)))
    _, _, silent, _ = bench(None)
    difference = awake(mic, 2000) - awake(silent, 2000)
    time = np.arange(16_000, 18_000) / 16_000
    expected = 0.5 * np.sin(2 * np.pi * 1000 * time) * 10 ** (-26 / 20)
    assert np.allclose(difference, expected, atol=2e-5)
    cut = np.concatenate([awake(mic, 500, 16_000 + n) for n in range(0, 2000, 500)])
    assert np.array_equal(cut, awake(mic, 2000))


def test_frequencies_beyond_nyquist_do_not_fold_back(bench):
    _, _, mic, _ = bench(Tone(0.5, freq_hz=11_000, rate_hz=Fraction(48_000)))
    _, _, silent, _ = bench(None)
    difference = awake(mic, 2000) - awake(silent, 2000)
    assert np.abs(difference).max() < 1e-4 * 0.5


@pytest.mark.parametrize("freq", [1_000_000, 1_199_999, 3_250_001, 4_000_000])
def test_refuses_clocks_outside_its_range(bench, freq):
    _, _, mic, _ = bench(clock=None)
    with pytest.raises(InputError, match="cannot take this PDM clock") as caught:
        mic.clock(Fraction(freq))
    assert "1,200,000 to 3,250,000 Hz" in str(caught.value)


def test_power_states_follow_supply_and_clock(bench):
    _, nets, mic, power = bench(clock=None)
    supply = nets.net("MIC_PWR")
    supply.drive("test", True)
    mic.clock(PDM_CLOCK)
    mic.clock(None)
    supply.drive("test", False)
    assert power.states == ["off", "sleep", "on", "sleep", "off"]


def test_silent_while_waking_then_there(bench):
    _, _, mic, _ = bench(Tone(1.0))
    data = mic.density(0, RATE, 320, False)
    assert np.all(data[:160] == 0)  # 10 ms at 16 kHz
    assert np.count_nonzero(data[160:]) == 160


def test_line_rests_low_without_supply_and_on_the_other_edge(bench):
    _, nets, mic, _ = bench(Tone(1.0))
    assert np.all(awake(mic, 10, right=True) == -1)
    nets.net("MIC_PWR").drive("test", False)
    assert np.all(awake(mic, 10) == -1)


def test_signals_of_another_unit_or_for_another_input_are_refused(bench):
    with pytest.raises(InputError, match="senses Pa, not g"):
        bench(Tone(1.0, unit="g"))
    sim, board = Simulation(), load_board("nano33ble_sense")
    with pytest.raises(InputError, match="no such input") as caught:
        populate(board, sim, lambda _: Power(), Nets(sim, board).net, {"camera": Tone(1.0)})
    assert "microphone" in str(caught.value)
