"""A formant synthesiser: a glottal wave and noise, shaped by resonances that move as a mouth does.

Source-filter model after G. Fant, "Acoustic Theory of Speech Production" (1960); the cascade of
resonances as in Klatt (1980). The filter acts on overlapping short spectra, so a word costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coincell.signals.blocks import RATE_HZ, Mono
from coincell.signals.phones import PAUSE, PHONES, Phone, is_vowel
from coincell.signals.speakers import Speaker
from coincell.signals.streams import stream

_HOP = 96
"""Samples between updates of the filter (6 ms)."""
_WINDOW = 2 * _HOP
_FFT = 640
_BANDWIDTHS = (60.0, 90.0, 130.0, 190.0, 260.0, 340.0, 420.0, 500.0)
"""Bandwidths of formants 1 to 8 [Hz]; estimate."""
_UPPER = (3500.0, 4500.0, 5500.0, 6500.0, 7500.0)
"""Formants 4 to 8 of a 17.5 cm tract [Hz]: odd quarter waves, c / 4L apart by c / 2L."""

Frames = NDArray[np.float64]


def utter(phones: Sequence[tuple[str, int]], who: Speaker, take: int) -> Mono:
    """`phones` as `who` says them for the `take`-th time: samples with unit root mean square.

    The array is the word and nothing else: it begins with the first sound and ends with the last.
    """
    rng = stream(who.seed, "take", take)
    targets, stress = _targets(phones, who, rng)
    frames = _trajectories(targets, stress, who.rate * rng.uniform(0.9, 1.1))
    n = (frames["voice"].size + 1) * _HOP
    spectrum = _voiced(frames, who, rng, n) + _hissed(frames, who, rng, n)
    sound = _overlap_add(spectrum, n + _FFT)
    return _trim(sound)


def _targets(
    phones: Sequence[tuple[str, int]], who: Speaker, rng: np.random.Generator
) -> tuple[list[Phone], list[int]]:
    """Phones with this speaker's accent, this take's carelessness and stress; a pause at each end."""
    accent = stream(who.seed, "accent")
    own = {name: np.exp(accent.normal(0, who.accent, 3)) for name in PHONES}
    targets, stress = [PAUSE], [0]
    for position, (name, mark) in enumerate(phones):
        care = own[name] * np.exp(rng.normal(0, 0.025, 3))
        weight = (1.1 if mark else 0.75) if is_vowel(name) else 1.0
        length = (1.1 if mark else 0.85) if is_vowel(name) else 1.0
        if position == len(phones) - 1:
            length *= 1.25  # the last sound of a phrase is drawn out
        length *= float(np.exp(rng.normal(0, 0.12)))
        for part in PHONES[name]:
            targets.append(
                replace(
                    part,
                    ms=part.ms * length,
                    f1=part.f1 * care[0],
                    f2=part.f2 * care[1],
                    f3=part.f3 * care[2],
                    voice=part.voice * weight,
                )
            )
            stress.append(mark)
    return [*targets, PAUSE], [*stress, 0]


def _smooth(steps: Frames, frames: int) -> Frames:
    kernel = np.hanning(frames + 2)[1:-1]
    padded = np.pad(steps, (frames // 2, frames - 1 - frames // 2), mode="edge")
    smoothed: Frames = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    return smoothed


def _trajectories(targets: Sequence[Phone], stress: Sequence[int], rate: float) -> dict[str, Frames]:
    """Every parameter at every hop: steps from target to target, rounded off as muscles do."""
    hop_ms = 1000 * _HOP / RATE_HZ
    edges = np.cumsum([0.0] + [part.ms / rate / hop_ms for part in targets])
    at = np.clip(np.searchsorted(edges, np.arange(int(edges[-1])) + 0.5) - 1, 0, len(targets) - 1)
    slow = {"f1": 9, "f2": 11, "f3": 11, "hiss_hz": 7, "hiss_bw": 7, "damp": 4}
    table = {k: np.array([getattr(part, k) for part in targets])[at] for k in slow}
    frames = {k: np.exp(_smooth(np.log(table[k]), width)) for k, width in slow.items()}
    sharp = np.array([part.sharp for part in targets])[at]
    for k in ("voice", "breath", "hiss"):
        steps = np.array([getattr(part, k) for part in targets])[at]
        frames[k] = np.where(sharp, _smooth(steps, 2), _smooth(steps, 5))
    frames["stress"] = _smooth(np.array(stress, dtype=float)[at], 13)
    return frames


def _glottal_table(who: Speaker, pitch_hz: float) -> Mono:
    """One period of the flow's derivative (Rosenberg's pulse), free of harmonics above half the rate."""
    phase = np.arange(2048) / 2048
    rise, fall = who.open_quotient * 0.67, who.open_quotient
    flow = np.where(
        phase < rise,
        0.5 * (1 - np.cos(np.pi * phase / rise)),
        np.where(phase < fall, np.cos(0.5 * np.pi * (phase - rise) / (fall - rise)), 0.0),
    )
    harmonic = np.arange(1025)
    spectrum = np.fft.rfft(flow) * 1j * harmonic
    octaves = np.log2(np.maximum(harmonic * pitch_hz, 500) / 500)
    spectrum *= 10 ** (-who.tilt_db_per_octave * octaves / 20)
    spectrum[int(RATE_HZ / 2 / (pitch_hz * 1.35)) :] = 0
    table: Mono = np.fft.irfft(spectrum)
    return table / float(np.sqrt(np.mean(table**2)))


def _at_samples(frames: Frames, n: int) -> Mono:
    return np.interp(np.arange(n), (np.arange(frames.size) + 1) * _HOP, frames)


def _spectra(source: Mono, n_frames: int) -> NDArray[np.complex128]:
    window = np.hanning(_WINDOW + 1)[:-1]
    pieces = np.lib.stride_tricks.sliding_window_view(source, _WINDOW)[::_HOP][:n_frames]
    result: NDArray[np.complex128] = np.fft.rfft(pieces * window, _FFT)
    return result


def _voiced(
    frames: dict[str, Frames], who: Speaker, rng: np.random.Generator, n: int
) -> NDArray[np.complex128]:
    """Voice and aspiration through the vocal tract's resonances."""
    n_frames = frames["voice"].size
    base = who.pitch_hz * float(np.exp(rng.normal(0, 0.08)))
    contour = base * (1 + rng.uniform(0.05, 0.25) * frames["stress"])
    contour *= np.linspace(1.05, rng.uniform(0.8, 1.0), n_frames)
    contour *= 1 + who.vibrato * np.sin(
        2 * np.pi * who.vibrato_hz * np.arange(n_frames) * _HOP / RATE_HZ + rng.uniform(0, 2 * np.pi)
    )
    contour *= np.exp(_smooth(rng.normal(0, 3 * who.jitter, n_frames), 3))
    phase = np.cumsum(_at_samples(contour, n)) / RATE_HZ
    table = _glottal_table(who, float(contour.max()))
    pulses = table[(phase * table.size).astype(np.int64) % table.size]
    noise = rng.standard_normal(n)
    voice = _at_samples(frames["voice"], n)
    # Turbulence follows the open part of the cycle; white noise is louder than voice up high, hence 0.15.
    breath = 0.5 * _at_samples(frames["breath"], n) + 0.15 * who.breathiness * voice * (pulses < 0)
    source = voice * pulses + breath * noise
    return _spectra(source, n_frames) * _tract(frames, who)


def _tract(frames: dict[str, Frames], who: Speaker) -> NDArray[np.complex128]:
    """Transfer function of the cascade at every hop, unity at 0 Hz, shape (frames, bins).

    A resonance is 1 / (1 + s b / f^2 + s^2 / f^2) with s = j hz, to Klatt's approximation of narrow bands.
    The moving ones multiply to a polynomial of degree six, which two matrix products evaluate.
    """
    khz = np.fft.rfftfreq(_FFT, 1 / RATE_HZ) / 1000
    coefficients = np.ones((frames["f1"].size, 1))
    for key, bandwidth in zip(("f1", "f2", "f3"), _BANDWIDTHS, strict=False):
        centre = frames[key] * (who.tract / 1000)
        factor = (1 / centre**2, bandwidth / 1000 * frames["damp"] / centre**2)
        longer = np.pad(coefficients, ((0, 0), (0, 2)))
        longer[:, 1:-1] += coefficients * factor[1][:, np.newaxis]
        longer[:, 2:] += coefficients * factor[0][:, np.newaxis]
        coefficients = longer
    powers = khz ** np.arange(coefficients.shape[1])[:, np.newaxis]
    powers[2::4] *= -1  # j^2 and j^6
    powers[3::4] *= -1  # j^3
    total = np.empty((frames["f1"].size, khz.size), np.complex128)
    total.real = coefficients[:, 0::2] @ powers[0::2]
    total.imag = coefficients[:, 1::2] @ powers[1::2]
    upper: NDArray[np.complex128] = np.ones(khz.size, dtype=np.complex128)
    for formant, bandwidth in zip(_UPPER, _BANDWIDTHS[3:], strict=True):
        fixed = formant * who.tract / 1000
        upper *= 1 - (khz / fixed) ** 2 + 1j * khz * bandwidth / 1000 / fixed**2
    result: NDArray[np.complex128] = np.reciprocal(total * upper)
    return result


def _hissed(
    frames: dict[str, Frames], who: Speaker, rng: np.random.Generator, n: int
) -> NDArray[np.complex128]:
    """Noise at a constriction, shaped by the small cavity in front of it."""
    hz = np.fft.rfftfreq(_FFT, 1 / RATE_HZ)
    centre = (frames["hiss_hz"] * min(who.tract, 1.15))[:, np.newaxis]
    shape = np.exp(-0.5 * ((hz - centre) / frames["hiss_bw"][:, np.newaxis]) ** 2) + 0.03
    source = rng.standard_normal(n) * _at_samples(frames["hiss"], n) * (3.0 * who.hiss)
    return _spectra(source, frames["hiss"].size) * shape


def _overlap_add(spectrum: NDArray[np.complex128], n: int) -> Mono:
    pieces = np.fft.irfft(spectrum, _FFT)
    out = np.zeros(n)
    for index, piece in enumerate(pieces):
        out[index * _HOP : index * _HOP + _FFT] += piece
    return out


def _trim(sound: Mono) -> Mono:
    """Cut silence (40 dB below the loudest 6 ms) from both ends and bring to unit root mean square."""
    power = np.square(sound[: sound.size // _HOP * _HOP]).reshape(-1, _HOP).mean(axis=1)
    heard = np.flatnonzero(power > power.max() * 1e-4)
    cut = sound[heard[0] * _HOP : (heard[-1] + 1) * _HOP]
    return cut / float(np.sqrt(np.mean(cut**2)))
