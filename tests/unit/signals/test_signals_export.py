"""Any signal as a file by the file's name, and read back as the command says."""

import re
import tomllib
from fractions import Fraction

import numpy as np
import pytest

from coincell.errors import InputError
from coincell.ports import Label
from coincell.signals import Gridded, create
from coincell.signals.export import export
from coincell.signals.later import Later


def made(unit="g", n_channels=3, rate_hz=Fraction(80_000, 3), low=-1.0):
    def render(index):
        t = (index * 500 + np.arange(500))[:, np.newaxis]
        return low + 1 + np.sin(t / 17 + np.arange(n_channels))

    return Gridded(render, (Label(0.01, 0.02, "a"),), unit, rate_hz=rate_hz, n_channels=n_channels, size=500)


@pytest.mark.parametrize(
    ("suffix", "signal"),
    [
        (".wav", made()),
        (".csv", made()),
        (".resd", made()),
        (".wav", made("Pa", 1, Fraction(16_000))),
        (".csv", made("%/m", 7, Fraction(1, 2))),
        (".resd", made("V", 1, Fraction(250))),
        (".resd", made("V", 1, Fraction(250), low=0.5)),
    ],
)
def test_what_is_written_is_read_back_as_told(tmp_path, suffix, signal):
    path = tmp_path / f"out{suffix}"
    count, first = 800, 333
    told = export(signal, path, first / signal.rate_hz, count / signal.rate_hz)
    recipe = tomllib.loads("\n".join(re.split(r", (?=\w+ =)", told.splitlines()[0])))
    back = create({**recipe, "path": str(path)}, 1)
    assert (back.unit, back.n_channels) == (signal.unit, signal.n_channels)
    assert back.rate_hz == pytest.approx(signal.rate_hz, rel=2e-5)
    assert np.allclose(back.samples(0, count), signal.samples(first, count), atol=1e-6)
    if suffix == ".resd" and signal.unit == "V":
        assert recipe["type"] == ("ecg" if signal.samples(0, 2000).min() < 0 else "voltage")


def test_a_wav_file_has_a_full_scale_and_a_whole_rate(tmp_path):
    told = export(made(), tmp_path / "x.wav", Fraction(0), Fraction(1, 10), full_scale=0.5)
    assert "full_scale = 0.5" in told
    assert "26667 samples a second; the signal has 26666.667" in told
    assert "peaks at 1 g" in told
    with pytest.raises(InputError, match="whole number of samples"):
        export(made(rate_hz=Fraction(7, 2)), tmp_path / "x.wav", Fraction(0), Fraction(10))


@pytest.mark.parametrize(
    ("name", "unit", "seconds", "full_scale", "says"),
    [
        ("x.mp3", "g", 1, None, "does not say its format"),
        ("x", "g", 1, None, r"\.wav, \.csv, \.resd"),
        ("x.csv", "g", 0, None, "cannot be written"),
        ("x.resd", "g", 10**9, None, "1 to 22,369,621 samples"),
        ("x.csv", "g", 1, 2.0, "is for WAV files"),
        ("x.wav", "g", 1, 0.0, "must be above 0"),
        ("x.resd", "%/m", 1, None, r"3 channels in %/m[\s\S]*1 in Pa \(pressure\)[\s\S]*\.csv"),
        ("no/folder/x.csv", "g", 1, None, "No such file"),
    ],
)
def test_what_cannot_be_written_is_told(tmp_path, name, unit, seconds, full_scale, says):
    with pytest.raises(InputError, match=says):
        export(made(unit), tmp_path / name, Fraction(0), Fraction(seconds), full_scale)


def test_sound_has_no_type_in_resd(tmp_path):
    """Its pressure is that of the weather: never below zero."""
    with pytest.raises(InputError, match=r"-1 Pa at the lowest[\s\S]*\.wav"):
        export(made("Pa", 1), tmp_path / "x.resd", Fraction(0), Fraction(1))


def test_later_is_the_same_signal_from_then_on():
    signal = made()
    later = Later(signal, Fraction(3, 200))
    assert np.array_equal(later.samples(7, 100), signal.samples(407, 100))
    assert later.labels == (Label(0.0, pytest.approx(0.005), "a"),)
    assert not Later(signal, Fraction(1)).labels
    with pytest.raises(ValueError, match="begin at 0"):
        later.samples(-1, 1)
