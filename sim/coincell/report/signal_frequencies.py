"""The frequencies of a look: a spectrum, a spectrogram, or the spectrum of the envelope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from coincell.errors import InputError
from coincell.ports import Samples
from coincell.report.signal_look import Look

VIEWS = ("auto", "spectrum", "spectrogram", "envelope")
_LONGEST = 1 << 15
_SOUND = "Pa"
_MOST_LINES = 6
_BANDS = 300
_ENVELOPE_TO = 0.02
"""Highest frequency of an envelope's spectrum, as a share of the rate: the repetitions are slow."""


@dataclass(frozen=True)
class Frequencies:
    """Lines, shape (frequencies, channels); or an image [dB], shape (bands, times), `freq_hz` its edges."""

    title: str
    unit: str
    freq_hz: Samples
    lines: Samples
    image: Samples | None = None
    is_wide: bool = True
    """Both axes are logarithmic, or the image's one of frequencies."""


def frequencies(seen: Look, view: str) -> Frequencies:
    """What `view` shows of `seen`. Raises InputError for too few samples."""
    if view == "auto":
        is_fast = seen.signal.rate_hz > 1
        view = "spectrogram" if seen.signal.unit == _SOUND or (is_fast and _changes(seen)) else "spectrum"
    if not np.ptp(seen.samples, axis=0).any():
        freq_hz = np.array([0, float(seen.signal.rate_hz) / 2])
        return Frequencies(
            "spectrum: nothing changes in this stretch", "", freq_hz, np.zeros((2, 1)), is_wide=False
        )
    return {"spectrum": _spectrum, "spectrogram": _spectrogram, "envelope": _envelope}[view](seen)


def _changes(seen: Look) -> bool:
    """Whether a label begins or ends within the look."""
    begin, end = seen.start_s, seen.start_s + seen.duration_s
    return any(begin < at < end for label in seen.labels for at in (label.start_s, label.end_s))


def _window(count: int, wanted: int) -> int:
    """A power of two of about `wanted` samples, of which some fit into `count`."""
    return 1 << max(3, min(wanted, max(8, count // 2)).bit_length() - 1)


def _spectrum(seen: Look) -> Frequencies:
    x = seen.samples
    size = min(_window(len(x), min(_LONGEST, len(x) // 2)), len(x))
    freq_hz, power = scipy.signal.welch(x, float(seen.signal.rate_hz), "hann", size, axis=0)
    title = "spectrum"
    if power.shape[1] > _MOST_LINES:
        power, title = power.mean(axis=1, keepdims=True), "spectrum, mean of all channels"
    floor = max(power.max() * 1e-16, 1e-300)  # a constant signal has none
    return Frequencies(title, f"{seen.signal.unit}/√Hz", freq_hz[1:], np.sqrt(np.maximum(power[1:], floor)))


def _spectrogram(seen: Look) -> Frequencies:
    """Of sound by equal steps of frequency, as speech is looked at; of all else by equal ratios."""
    x, rate = seen.samples, float(seen.signal.rate_hz)
    is_sound = seen.signal.unit == _SOUND
    size = min(_window(len(x), min(1024 if is_sound else 8192, max(16, len(x) // 50))), len(x))
    step = max(1, min(size // 2, len(x) // 800))
    freq_hz, _, power = scipy.signal.spectrogram(x, rate, "hann", size, size - step, axis=0)
    mean = power.mean(axis=1) if power.ndim == 3 else power
    edges = np.arange(1, len(freq_hz) + 1)
    if not is_sound:
        edges = np.unique(np.rint(np.geomspace(1, len(freq_hz), _BANDS)).astype(np.int64))
    bands = np.add.reduceat(mean, edges[:-1], axis=0) / np.diff(edges)[:, np.newaxis]
    shown = 10 * np.log10(np.maximum(bands, max(bands.max() * 1e-12, 1e-300)))
    title = "spectrogram" if x.shape[1] == 1 else "spectrogram, mean of all channels"
    edges_hz = (edges - 0.5) * freq_hz[1]
    squared = f"({seen.signal.unit})²" if "/" in seen.signal.unit else f"{seen.signal.unit}²"
    unit = f"dB, {squared}/Hz"
    return Frequencies(title, unit, edges_hz, np.zeros((0, 0)), shown, is_wide=not is_sound)


def _envelope(seen: Look) -> Frequencies:
    """Of what is above a tenth of the rate: how often something rings, as bearings are diagnosed."""
    x, rate = seen.samples, float(seen.signal.rate_hz)
    if len(x) < 1024:
        raise InputError(
            "too few samples for an envelope's spectrum", where="--for", value=len(x), allowed=[1024]
        )
    sos = scipy.signal.butter(4, [0.08 * rate, 0.24 * rate], "bandpass", fs=rate, output="sos")
    envelope = np.abs(scipy.signal.hilbert(scipy.signal.sosfiltfilt(sos, x, axis=0), axis=0))
    window = np.hanning(len(x))[:, np.newaxis]
    lines = 2 * np.abs(np.fft.rfft((envelope - envelope.mean(axis=0)) * window, axis=0)) / window.sum()
    freq_hz: Samples = np.fft.rfftfreq(len(x), 1 / rate).astype(np.float64)
    kept = freq_hz <= _ENVELOPE_TO * rate
    title = f"spectrum of the envelope of what is between {0.08 * rate:,.0f} and {0.24 * rate:,.0f} Hz"
    return Frequencies(title, seen.signal.unit, freq_hz[kept], lines[kept], is_wide=False)
