"""Recordings: WAV files as signals, and any signal as a WAV file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

from coincell.errors import InputError
from coincell.ports import Label, Samples, Signal

_LONGEST_S = 6 * 3600
_MOST_BYTES = 1 << 31
_MEND = "give a PCM or floating-point WAV file, for instance made with `sox IN -r 16000 -c 1 OUT.wav`"


class Recording:
    """A WAV file as a Signal; before and after it there is silence.

    `full_scale` is the value [unit] of a sample of 1.0. Raises InputError for a file that is missing, cut
    short, empty, not WAV, or holds numbers that are no sound.
    """

    afterwards = "zero follows, as silence"

    def __init__(
        self, path: Path, full_scale: float = 1.0, unit: str = "Pa", labels: tuple[Label, ...] = ()
    ) -> None:
        self._data, rate = _read(path)
        self._data *= full_scale
        self.rate_hz = Fraction(rate)
        self.unit = unit
        self.n_channels = self._data.shape[1]
        self.labels = labels
        self.recorded_s = len(self) / float(self.rate_hz)

    def __len__(self) -> int:
        return int(self._data.shape[0])

    def samples(self, start: int, count: int) -> Samples:
        """Samples [unit] number `start` to `start + count`, shape (count, n_channels)."""
        if start < 0 or count < 0:
            raise ValueError(f"samples begin at 0: asked for {count} from {start}")
        out = np.zeros((count, self.n_channels))
        piece = self._data[start : start + count]
        out[: piece.shape[0]] = piece
        return out


def _read(path: Path) -> tuple[Samples, int]:
    if not path.is_file():
        raise InputError("there is no such recording", where=str(path), mend="check the path")
    try:
        declared = _declared_size(path)
        with soundfile.SoundFile(path) as file:
            if file.format not in ("WAV", "WAVEX", "RF64"):
                raise InputError("this recording is not a WAV file", str(path), value=file.format, mend=_MEND)
            frames, rate, channels = file.frames, file.samplerate, file.channels
            if not (0 < frames <= _LONGEST_S * rate and 1000 <= rate <= 768_000 and 1 <= channels <= 64):
                raise InputError(
                    "this recording has an impossible shape",
                    str(path),
                    value=f"{frames} frames of {channels} channels at {rate} Hz",
                    allowed=["1 frame to 6 hours", "1 to 64 channels", "1 to 768 kHz"],
                    mend=_MEND,
                )
            if frames * channels * 8 > _MOST_BYTES:
                raise InputError("this recording is too large to hold in memory", str(path), mend="cut it")
            data: Samples = file.read(dtype="float64", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise InputError(f"this recording cannot be read ({error})", where=str(path), mend=_MEND) from error
    if data.shape[0] < frames or declared > path.stat().st_size:
        raise InputError(
            "this recording is cut short",
            where=str(path),
            value=f"{path.stat().st_size} bytes",
            allowed=[f"the {declared} bytes that its header declares"],
            mend="copy it again, or re-export it",
        )
    if not np.isfinite(data).all():
        raise InputError("this recording holds values that are not numbers", where=str(path), mend=_MEND)
    return data, rate


def _declared_size(path: Path) -> int:
    """Bytes up to the end of the data chunk as a RIFF header says; 0 where it does not say.

    libsndfile quietly shortens a truncated file; a truncated recording is a mistake its user should see.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return 0
        while len(chunk := file.read(8)) == 8:
            size = int.from_bytes(chunk[4:], "little")
            if chunk[:4] == b"data":
                return 0 if size == 0xFFFFFFFF else file.tell() + size
            file.seek(size + size % 2, 1)
    return 0


def write_wav(signal: Signal, path: Path, duration_s: float, full_scale: float) -> None:
    """Write the first `duration_s` [s] of `signal` as 32-bit floating-point WAV, `full_scale` as 1.0.

    A header has whole samples a second. A rate that is not gets the nearest where that is as near as crystals
    are to theirs; else InputError.
    """
    rate, chunk = round(signal.rate_hz), 1 << 16
    if abs(rate - signal.rate_hz) > signal.rate_hz / 10_000:
        raise InputError(
            "a WAV file needs a whole number of samples a second",
            where=str(path),
            value=f"{float(signal.rate_hz):g} Hz",
            mend="write a .csv file instead",
        )
    total = max(1, round(duration_s * signal.rate_hz))
    with soundfile.SoundFile(path, "w", rate, signal.n_channels, subtype="FLOAT", format="WAV") as file:
        for start in range(0, total, chunk):
            file.write(signal.samples(start, min(chunk, total - start)) / full_scale)
