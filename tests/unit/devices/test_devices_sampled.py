"""Sampling on a part's own grid: times, filtering, noise, and that reading changes nothing."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from coincell.devices.sampled import Element, Errors, quantised
from coincell.peripherals.tally import Tally
from coincell.ports import Label, Samples
from coincell.simtime import PS_PER_S

RATE = Fraction(119)


class Tone:
    """Implements ports.Signal: a sine on three axes."""

    labels: tuple[Label, ...] = ()
    unit, n_channels, rate_hz = "g", 3, Fraction(1000)

    def __init__(self, freq_hz: float, offset: float = 0.0) -> None:
        self.freq_hz, self.offset = freq_hz, offset

    def at(self, time_s):
        return np.sin(2 * np.pi * self.freq_hz * time_s) + self.offset

    def samples(self, start: int, count: int) -> Samples:
        return np.tile(self.at(np.arange(start, start + count) / 1000)[:, np.newaxis], (1, 3))


def element(signal=None, errors=None, start_ps=0, bandwidth=Fraction(50), **begin):
    made = Element(signal, errors or Errors(), 1, "part.quantity")
    made.begin(start_ps, RATE, bandwidth, **begin)
    return made


def test_samples_are_complete_on_the_grid_of_its_start():
    made = element(start_ps=12_345)
    for number in (0, 1, 118, 119 * 3600):
        due = 12_345 + int(Fraction(number + 1, 119) * PS_PER_S)
        assert made.time_of(number) == due
        assert made.complete(due - 1) == number
        assert made.complete(due) == number + 1
    assert made.complete(0) == 0
    made.stop()
    assert made.complete(10**15) == 0


@pytest.mark.parametrize("freq_hz", [0.5, 5.0, 25.0])
def test_in_the_pass_band_it_is_the_signal_a_filters_delay_ago(freq_hz):
    start_s = 1.2345
    values = element(Tone(freq_hz), start_ps=round(start_s * PS_PER_S)).read(0, 300)[:, 1]
    delay_s = 2**0.5 / (2 * np.pi * 50)
    expected = Tone(freq_hz).at(start_s + np.arange(1, 301) / 119 - delay_s)
    assert values == pytest.approx(expected, abs=2e-3)


def test_what_lies_above_the_bandwidth_is_gone_and_what_exceeds_half_the_rate_folds():
    assert np.abs(element(Tone(75)).read(100, 200)).max() < 1e-3
    folded = element(Tone(75), bandwidth=Fraction(200)).read(100, 1190)[:, 0]
    spectrum = np.abs(np.fft.rfft(folded))
    assert np.argmax(spectrum) / 10 == pytest.approx(119 - 75, abs=0.1)


def test_before_the_start_the_world_was_as_at_the_start():
    """Gravity does not begin at time 0."""
    assert element(Tone(0.0, offset=1.0)).read(0, 5) == pytest.approx(np.ones((5, 3)))


def test_the_same_however_it_is_read():
    errors = Errors(noise_density=1e-3, bias=(0.1, 0.2, 0.3))
    whole = element(Tone(3), errors).read(0, 1000)
    pieces = element(Tone(3), errors)
    assert np.array_equal(whole[700:], pieces.read(700, 300))
    assert np.array_equal(whole[:700], np.concatenate([pieces.read(n, 7) for n in range(0, 700, 7)]))


def test_noise_has_its_density_and_is_white():
    values = element(errors=Errors(noise_density=2e-3), bandwidth=RATE / 2).read(0, 20_000)
    assert values.std(0) == pytest.approx(2e-3 * 59.5**0.5 * np.ones(3), rel=0.02)
    neighbours = [np.corrcoef(v[1:], v[:-1])[0, 1] for v in values.T]
    assert np.abs(neighbours).max() < 4 / 20_000**0.5
    assert np.abs(np.corrcoef(values.T)[np.triu_indices(3, 1)]).max() < 4 / 20_000**0.5
    again = element(errors=Errors(noise_density=2e-3))
    first = again.read(0, 100)
    again.begin(PS_PER_S, RATE, Fraction(50))
    assert not np.allclose(again.read(0, 100), first)  # switched on again, the noise is another


def test_offsets_are_within_what_is_stated():
    drawn = np.array([Errors.drawn(seed, "a.b", 0.0, 90.0).bias for seed in range(400)])
    assert 85 < np.abs(drawn).max() <= 90
    assert np.abs(drawn.mean(0)).max() < 4 * 90 / 3**0.5 / 400**0.5
    assert Errors.drawn(3, "a.b", 0, 1).bias != Errors.drawn(3, "a.c", 0, 1).bias


def test_unsettled_samples_rise_in_equal_steps():
    values = element(Tone(0.0, offset=1.0), n_unsettled=3).read(0, 6)[:, 0]
    assert values == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])


def test_rounding_and_the_ends_of_the_scale():
    found = quantised(np.array([0.04, 0.06, -0.26, 1e9, -1e9]), 0.1)
    assert list(found) == [0, 1, -3, 32767, -32768]
    assert found.dtype == np.dtype("<i2")


def test_what_left_is_kept_on_request():
    left = Tally(3)
    left.add(bytes(6), rate_hz=RATE)
    left.keep = True
    left.add(b"abcdef", rate_hz=RATE)
    assert (left.n_samples, bytes(left.kept), left.rate_hz) == (2, b"abcdef", 119)
