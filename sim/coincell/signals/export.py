"""Any signal as a file that other programs read: WAV, CSV or RESD, by the file's name."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from coincell.errors import InputError
from coincell.ports import Signal
from coincell.signals.csv_recording import write_csv
from coincell.signals.later import Later
from coincell.signals.recording import write_wav
from coincell.signals.resd_recording import type_of, write_signal

SUFFIXES = (".wav", ".csv", ".resd")
_MOST_NUMBERS = {".wav": 1 << 28, ".csv": 1 << 26, ".resd": 1 << 26}
"""Samples times channels: about 1 GiB of file."""
_CHUNK = 1 << 16


def export(
    signal: Signal, path: Path, start_s: Fraction, duration_s: Fraction, full_scale: float | None = None
) -> str:
    """Write `duration_s` [s] of `signal` from `start_s` [s] on, and say how to read it back.

    `full_scale` [unit] is what 1.0 of a WAV file stands for. Raises InputError for a name, a length or a
    signal that does not suit.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            "this file's name does not say its format", str(path), value=suffix, allowed=SUFFIXES
        )
    if full_scale is not None and (suffix != ".wav" or not 0 < full_scale < float("inf")):
        wrong = "must be above 0" if suffix == ".wav" else "is for WAV files"
        raise InputError(f"the full scale {wrong}", where="--full-scale", value=full_scale)
    count = round(duration_s * signal.rate_hz)
    most = _MOST_NUMBERS[suffix] // signal.n_channels
    if not 1 <= count <= most:
        raise InputError(
            f"a {suffix} file of that length cannot be written",
            where=str(path),
            value=f"{count:,} samples",
            allowed=[f"1 to {most:,} samples"],
        )
    piece, length_s = Later(signal, start_s), float(count / signal.rate_hz)
    try:
        return _written(piece, path, length_s, suffix, full_scale or 1.0)
    except OSError as error:
        raise InputError(f"this file cannot be written ({error.strerror})", where=str(path)) from error


def _written(signal: Signal, path: Path, length_s: float, suffix: str, full_scale: float) -> str:
    rate = float(signal.rate_hz)
    if suffix == ".csv":
        write_csv(signal, path, length_s)
        labels = ', label_column = "label"' if signal.labels else ""
        return f'kind = "csv", unit = "{signal.unit}", time_column = "time_s"{labels}'
    if suffix == ".wav":
        write_wav(signal, path, length_s, full_scale)
        told = f'kind = "recording", unit = "{signal.unit}", full_scale = {full_scale:g}'
        if rate != round(rate):
            told += f"\nits header says {round(rate)} samples a second; the signal has {rate:.3f}"
        peak = max(abs(value) for value in _extremes(signal, length_s))
        if peak > full_scale:
            told += f"\nit peaks at {peak:.3g} {signal.unit}, above the full scale: players will clip it"
        return told
    about = type_of(signal, _extremes(signal, length_s)[0])
    write_signal(signal, path, length_s, about.name)
    return f'kind = "resd", type = "{about.name}"'


def _extremes(signal: Signal, length_s: float) -> tuple[float, float]:
    """The lowest and the highest value [unit]."""
    count = round(length_s * float(signal.rate_hz))
    pieces = (signal.samples(at, min(_CHUNK, count - at)) for at in range(0, count, _CHUNK))
    bounds = [(float(x.min()), float(x.max())) for x in pieces]
    return min(low for low, _ in bounds), max(high for _, high in bounds)
