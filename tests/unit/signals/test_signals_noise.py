"""Noises have the spectra that their names promise, and the level that is asked for."""

import numpy as np
import pytest
from scipy import signal as dsp

from coincell.signals import RATE_HZ, create, level_db_spl, pressure_pa
from coincell.signals.noise import noise


def spectrum(kind, seconds=60):
    x = noise(kind, 1.0, 7).samples(0, seconds * RATE_HZ)[:, 0]
    hz, power = dsp.welch(x, RATE_HZ, nperseg=8192)
    return hz, power


def band(hz, power, low, high):
    return power[(hz >= low) & (hz < high)].sum()


@pytest.mark.parametrize("kind", ["white", "pink", "room", "traffic", "babble"])
def test_unit_noise_has_unit_power(kind):
    x = noise(kind, 1.0, 11).samples(0, 120 * RATE_HZ)
    assert np.sqrt(np.mean(x**2)) == pytest.approx(1.0, rel=0.08)
    assert abs(x.mean()) < 0.05


def test_white_noise_is_flat():
    hz, power = spectrum("white")
    octaves = [band(hz, power, f, f + 500) for f in range(0, 8000, 500)]
    assert np.ptp(10 * np.log10(octaves)) < 0.5


def test_pink_noise_has_equal_power_in_every_octave():
    hz, power = spectrum("pink")
    octaves = [10 * np.log10(band(hz, power, f, 2 * f)) for f in (62.5, 125, 250, 500, 1000, 2000)]
    assert np.ptp(octaves) < 1.0


def test_a_room_hums_at_the_mains_frequency():
    hz, power = spectrum("room")
    for harmonic in (50, 100):
        assert band(hz, power, harmonic - 4, harmonic + 4) > 3 * band(hz, power, harmonic + 15, harmonic + 23)


def test_traffic_rumbles_and_hisses():
    hz, power = spectrum("traffic")
    assert band(hz, power, 30, 250) > band(hz, power, 500, 2000) > band(hz, power, 4000, 8000)


def test_babble_has_the_rhythm_of_syllables():
    """Speech is modulated at 2 to 8 Hz; noise is not."""
    depth = {}
    for kind in ("babble", "pink"):
        x = noise(kind, 1.0, 3).samples(0, 60 * RATE_HZ)[:, 0]
        envelope = np.sqrt(np.mean(x[: x.size // 320 * 320].reshape(-1, 320) ** 2, axis=1))
        hz, power = dsp.welch(envelope / envelope.mean(), 50, nperseg=512)
        depth[kind] = band(hz, power, 2, 8)
    assert depth["babble"] > 2 * depth["pink"]


@pytest.mark.parametrize("level", [30.0, 94.0])
def test_levels_are_sound_pressure_levels(level):
    x = create({"kind": "noise", "noise": "white", "noise_level_db_spl": level}, 1).samples(0, 10 * RATE_HZ)
    assert level_db_spl(x[:, 0]) == pytest.approx(level, abs=0.1)


def test_94_db_is_one_pascal():
    assert pressure_pa(94.0) == pytest.approx(1.0, rel=0.003)
    assert pressure_pa(0.0) == pytest.approx(20e-6)
    assert level_db_spl(np.zeros(10)) == float("-inf")
