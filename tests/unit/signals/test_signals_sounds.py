"""Wind, machines and music have the lines, slopes, levels and statistics that physics and makers say."""

import numpy as np
import pytest
from scipy import signal as dsp
from scipy import stats

from coincell.signals import BLOCK, RATE_HZ, create, level_db_spl, pressure_pa
from coincell.signals.blocks import Gridded
from coincell.signals.clipping import clipped
from coincell.signals.noise import noise
from coincell.signals.sound import machines, music, notes, wind
from coincell.signals.sound.shaped import response, shaped

POPULATIONS = ("wind", "music", "machine")


def rendered(render, seconds, seed=1):
    return Gridded(lambda index: render(seed, index)).samples(0, round(seconds * RATE_HZ))[:, 0]


def slope(hz, power, low, high):
    """Exponent of power over frequency between two frequencies, least squares in logarithms."""
    inside = (hz > low) & (hz < high)
    return stats.linregress(np.log(hz[inside]), np.log(power[inside])).slope


@pytest.mark.parametrize("exponent", [-3.3, -1.0, 0.0, 2.0])
def test_noise_takes_the_spectrum_of_a_formula(exponent):
    taps = response(lambda hz: np.maximum(hz, 20.0) ** exponent)
    x = rendered(lambda seed, index: shaped(taps, seed, index), 60)
    assert np.std(x) == pytest.approx(1.0, rel=0.1)
    assert slope(*dsp.welch(x, RATE_HZ, nperseg=16384), 50, 4000) == pytest.approx(exponent, abs=0.1)


def test_wind_falls_by_five_thirds_then_as_strasberg_measured():
    """Third-octave levels fall by 23 dB a decade, so power per hertz by 33 dB: far above the corner."""
    blowing = wind.Wind(speed_m_per_s=9, size_m=0.015, intensity=0.2, gust_s=1)
    assert blowing.corner_hz == pytest.approx(200)
    hz = np.geomspace(10, 8000, 400)
    power = wind.spectrum(blowing, hz)
    assert slope(hz, power, 10, 30) == pytest.approx(-5 / 3, abs=0.1)
    thirds = 10 * np.log10(
        [wind.spectrum(blowing, np.linspace(f * 0.891, f * 1.122, 50)).mean() * f for f in hz]
    )
    levels = np.interp(np.log10([1000, 6000]), np.log10(hz), thirds)
    assert (levels[1] - levels[0]) / np.log10(6) == pytest.approx(-23, abs=0.5)
    taps = response(lambda f: wind.spectrum(blowing, f))
    heard = dsp.welch(rendered(lambda s, i: shaped(taps, s, i), 60), RATE_HZ, nperseg=16384)
    assert slope(*heard, 1000, 6000) == pytest.approx(-3.3, abs=0.15)


def test_wind_comes_in_gusts():
    """Levels of a second each spread much wider than those of steady noise with the same spectrum."""
    x = noise("wind", 1.0, 3).samples(0, 200 * RATE_HZ)[:, 0].reshape(200, -1)
    steady = noise("traffic", 1.0, 3).samples(0, 200 * RATE_HZ)[:, 0].reshape(200, -1)
    spread = [np.std([level_db_spl(second) for second in each]) for each in (x, steady)]
    assert spread[0] > 2.0
    assert stats.kurtosis(x.ravel()) > 0.5  # a Gaussian that swells is no longer one
    assert abs(np.corrcoef([level_db_spl(s) for s in x[:-1]], [level_db_spl(s) for s in x[1:]])[0, 1]) > 0.1


def a_machine(kind, population="held-out"):
    return next(m for m in (machines.machine(population, n) for n in range(200)) if m.kind == kind)


@pytest.mark.parametrize("kind", machines.MACHINES)
def test_machines_sound_at_orders_of_their_shaft(kind):
    heard = a_machine(kind)
    x = rendered(machines.running(heard, 5), 30)
    assert np.sqrt(np.mean(x**2)) == pytest.approx(1.0, rel=0.05)
    hz, power = dsp.welch(x, RATE_HZ, nperseg=RATE_HZ)
    audible = {o: a for o, a in heard.lines.items() if 20 < o * heard.shaft_hz < 7000}
    order = max(audible, key=audible.get)
    at = order * heard.shaft_hz
    reach = 2 + at * heard.drift * 2.5  # as far as the speed wanders, and a bin
    line = power[np.abs(hz - at) <= reach].max()
    around = np.median(power[(np.abs(hz - at) > reach) & (np.abs(hz - at) < 3 * reach + 10)])
    assert line > 3 * around


def test_a_refrigerators_motor_slips_and_a_fans_blades_count():
    refrigerator, fan = a_machine("refrigerator"), a_machine("fan")
    assert 47 < refrigerator.shaft_hz < 50 or 57 < refrigerator.shaft_hz < 60
    loudest = max((o for o in fan.lines if o > 1), key=fan.lines.get)
    assert loudest % 1 == 0
    assert min(o for o in fan.lines if o > 1) == fan.beat_order  # the blades


def test_a_machines_share_of_tones_is_what_it_says():
    heard = a_machine("refrigerator")
    steady = machines.running(heard, 5)
    x = rendered(steady, 20)
    hz, power = dsp.welch(x, RATE_HZ, nperseg=2 * RATE_HZ)
    near = np.zeros(hz.size, bool)
    for order in heard.lines:
        near |= np.abs(hz - order * heard.shaft_hz) < 1.5
    assert power[near].sum() / power.sum() == pytest.approx(heard.tonal, abs=0.12)


def test_notes_lie_in_equal_temperament_and_partials_die_as_told():
    plucked = notes.Instrument(1.0, 1.0, 0.002, 0.4, False, 5e-4, 0.0, 3)
    assert notes.hz_of(69) == 440
    assert notes.hz_of(60) == pytest.approx(261.626, abs=0.001)  # middle C
    x = notes.note(plucked, 57, 2.0)
    spectrum = np.abs(np.fft.rfft(x * np.hanning(x.size), 8 * RATE_HZ))
    hz = np.fft.rfftfreq(8 * RATE_HZ, 1 / RATE_HZ)
    for n in (1, 3, 6):
        stiff = n * 220 * np.sqrt(1 + 5e-4 * n**2)  # Fletcher 1964
        near = np.abs(hz - stiff) < 40
        assert hz[near][spectrum[near].argmax()] == pytest.approx(stiff, abs=1)
        band = dsp.sosfiltfilt(
            dsp.butter(2, [stiff - 50, stiff + 50], "bandpass", fs=RATE_HZ, output="sos"), x
        )
        early, late = (np.std(band[round(t * RATE_HZ) :][:1600]) for t in (0.1, 0.4))
        expected = 0.3 / (0.4 / (1 + 0.25 * (n - 1)))
        assert np.log(early / late) == pytest.approx(expected, rel=0.1)


def test_music_keeps_its_key_and_its_beat():
    tune = next(p for p in (music.piece("held-out", n) for n in range(100)) if p.drums > 1)
    allowed = {(tune.tonic + step) % 12 for step in tune.scale}
    strokes = []
    for number in range(8):
        for sounding in music.bar(tune, number):
            assert sounding.at_s / (tune.beat_s / 2) == pytest.approx(
                round(sounding.at_s / (tune.beat_s / 2))
            )
            if isinstance(sounding.sound, str):
                strokes.append(sounding.sound)
            else:
                assert sounding.sound[1] % 12 in allowed
    assert strokes.count("snare") == 16
    x = rendered(lambda _, index: music.play(tune, index), 40)
    envelope = np.square(x[: x.size // 160 * 160]).reshape(-1, 160).mean(axis=1)
    rises = np.maximum(np.diff(np.log(envelope + 1e-6)), 0)
    hz, power = dsp.periodogram(rises - rises.mean(), 100)
    eighth = 2 / tune.beat_s
    on = power[np.abs(hz - eighth) < 0.05].max()
    assert on > 20 * np.median(power[(hz > 0.5) & (hz < 10)])


@pytest.mark.parametrize("kind", POPULATIONS)
def test_levels_hold_over_the_long_run(kind):
    levels = [
        level_db_spl(noise(kind, pressure_pa(70), seed).samples(0, 120 * RATE_HZ)[:, 0]) for seed in (1, 2, 3)
    ]
    assert np.mean(levels) == pytest.approx(70, abs=1.0)


@pytest.mark.parametrize("kind", POPULATIONS)
def test_populations_share_nobody(kind):
    a, b = (noise(kind, 1.0, 4, split).samples(0, 4 * RATE_HZ)[:, 0] for split in ("training", "held-out"))
    assert not np.allclose(a, b)
    make = {"wind": wind.wind, "music": music.piece, "machine": machines.machine}[kind]
    assert make("training", 7) == make("training", 7)
    assert len({repr(make(split, n)) for split in ("training", "held-out") for n in range(50)}) == 100


def test_an_overload_cuts_off_and_adds_the_harmonics_of_a_cut_sine():
    """Third harmonic of a clipped sine by its Fourier integral; 3 dB too loud."""
    level, over = 100.0, 10 ** (3 / 20)
    peak = np.sqrt(2) * pressure_pa(level)

    def sine(index):
        n = index * BLOCK + np.arange(BLOCK)
        return over * peak * np.sin(2 * np.pi * n * 487 / RATE_HZ)

    x = clipped(Gridded(sine), level).samples(0, RATE_HZ)[:, 0]
    assert np.abs(x).max() == peak
    phase = (np.arange(100_000) + 0.5) / 100_000 * 2 * np.pi
    wave = np.clip(over * np.sin(phase), -1, 1)
    spectrum = np.abs(np.fft.rfft(x)) / (RATE_HZ / 2) / peak
    for n in (1, 3, 5):
        assert spectrum[n * 487] == pytest.approx(abs(2 * np.mean(wave * np.sin(n * phase))), abs=2e-3)
    loud = {"kind": "noise", "noise": "wind", "noise_level_db_spl": 100}
    free, cut = (create(r, 2).samples(0, 8 * RATE_HZ) for r in (loud, {**loud, "clip_db_spl": 100}))
    assert np.array_equal(np.clip(free, -peak, peak), cut)
    assert np.abs(free).max() > peak
    assert clipped(same := Gridded(sine), None) is same
