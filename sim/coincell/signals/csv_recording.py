"""CSV files as signals, and any signal as a CSV file.

A first line names the columns, and each further line is a sample: what spreadsheets and loggers write.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import isfinite
from pathlib import Path

import numpy as np

from coincell.errors import InputError
from coincell.ports import Label, Samples, Signal

_LARGEST = 1 << 28
_MOST_CHANNELS = 256
_LONGEST_FIELD = 1 << 16
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_CHUNK = 1 << 15
TIME, LABEL = "time_s", "label"
"""What this module calls the columns that it adds."""
_APART = " + "


class CsvRecording:
    """Columns of a CSV file as a Signal; after its last sample that stays.

    `columns` are the channels; none means every column but `time_column` and `label_column`. Either
    `rate_hz`, or `time_column`, whose times [s] must be evenly spaced, to half of their spacing. 1 in the
    file is `scale` [unit]. `label_column` holds the truth: a stretch of lines with the same text there
    is a label; without it the truth is `labels`. Raises InputError that names the line for a file that is
    anything else.
    """

    afterwards = "its last value stays"

    def __init__(
        self,
        path: Path,
        unit: str,
        *,
        columns: Sequence[str] = (),
        rate_hz: Fraction | None = None,
        time_column: str | None = None,
        label_column: str | None = None,
        scale: float = 1.0,
        delimiter: str = ",",
        labels: tuple[Label, ...] = (),
    ) -> None:
        lines = _lines(path, delimiter)
        names = next(lines)[1]
        special = [name for name in (time_column, label_column) if name is not None]
        chosen = list(columns) or [name for name in names if name not in special]
        if not 1 <= len(chosen) <= _MOST_CHANNELS:
            raise InputError(
                "no column is left for the signal" if not chosen else "too many columns",
                where=str(path),
                value=len(chosen),
                allowed=[f"1 to {_MOST_CHANNELS}"],
            )
        where = _places(names, [*chosen, *special], path)
        wanted = [where[name] for name in chosen]
        if time_column is not None:
            wanted.append(where[time_column])
        flat, texts = array("d"), []
        for line, cells in lines:
            if len(cells) != len(names):
                problem = f"a line has {len(cells)} fields; its first line names {len(names)} columns"
                raise InputError(problem, f"{path}, line {line}", mend="check the delimiter")
            flat.extend(_number(cells[at], f"{path}, line {line}", names[at]) for at in wanted)
            if label_column is not None:
                texts.append(cells[where[label_column]].strip())
        if not flat:
            raise InputError("this recording has no samples", where=str(path))
        numbers = np.array(flat, np.float64).reshape(-1, len(wanted))
        self.unit, self.n_channels = unit, len(chosen)
        self._data = numbers[:, : len(chosen)] * scale
        if not np.isfinite(self._data).all():
            raise InputError("a number is too large", where=str(path))
        if rate_hz is None:
            rate_hz = _rate_hz(numbers[:, -1], path, time_column or "")
        self.rate_hz = rate_hz
        self.labels = labels or _labels(texts, rate_hz)
        self.recorded_s = len(self) / float(rate_hz)

    def __len__(self) -> int:
        return len(self._data)

    def samples(self, start: int, count: int) -> Samples:
        """Samples [unit] number `start` to `start + count`, shape (count, n_channels)."""
        if start < 0 or count < 0:
            raise ValueError(f"samples begin at 0: asked for {count} from {start}")
        piece = self._data[start : start + count]
        last = np.broadcast_to(self._data[-1], (count - len(piece), self.n_channels))
        return np.concatenate([piece, last])


def _lines(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of each line that is not empty; the first are the names. Raises InputError."""
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise InputError("this recording is too large", str(path), value=f"{size} bytes", mend="cut it")
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(_short(file, path), delimiter=delimiter, strict=True)
            empty = True
            for cells in reader:
                if cells:
                    yield reader.line_num, [cell.strip() for cell in cells] if empty else cells
                    empty = False
            if empty:
                raise InputError("this recording is empty", where=str(path))
    except OSError as error:
        raise InputError(f"this recording cannot be read ({error.strerror})", str(path)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"this is not a CSV file in UTF-8 ({error})", where=str(path)) from error


def _short(file: Iterator[str], path: Path) -> Iterator[str]:
    """Lines, none so long that it cannot be one of samples."""
    for number, line in enumerate(file, 1):
        if len(line) > _LONGEST_FIELD:
            raise InputError("this line is too long for a CSV file", where=f"{path}, line {number}")
        yield line


def _places(names: list[str], wanted: list[str], path: Path) -> dict[str, int]:
    for name in wanted:
        if names.count(name) != 1:
            problem = "no column has that name" if name not in names else "several columns have that name"
            raise InputError(problem, str(path), key="columns", value=name, allowed=names[:_MOST_CHANNELS])
    return {name: names.index(name) for name in wanted}


def _number(text: str, where: str, name: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise InputError(
            "this is not a number", where, key=name, value=text[:40], allowed=["as in -1.25 or 3e-4"]
        )
    value = float(text)
    if not isfinite(value):
        raise InputError("this number is too large", where, key=name, value=text[:40])
    return value


def _rate_hz(times_s: Samples, path: Path, name: str) -> Fraction:
    """Samples per second, as the simplest fraction within a millionth. Raises InputError."""
    if len(times_s) < 2:
        raise InputError("one sample has no rate", str(path), key=name, mend="give rate_hz")
    period_s = (times_s[-1] - times_s[0]) / (len(times_s) - 1)
    steps = np.diff(times_s)
    wrong = np.flatnonzero((steps <= 0) | (steps > 2 * np.median(steps)))
    even = times_s[0] + period_s * np.arange(len(times_s))
    off = np.flatnonzero(np.abs(times_s - even) > period_s / 2)
    if wrong.size or off.size or not 1e-9 < period_s < 1e9:
        at = int(wrong[0]) + 1 if wrong.size else int(off[0]) if off.size else 0
        raise InputError(
            "the times are not evenly spaced",
            str(path),
            key=name,
            value=f"{times_s[at]:g} s in sample {at}",
            allowed=["every step about the same, between a nanosecond and 30 years"],
            mend="resample it, or give rate_hz",
        )
    rate = Fraction(1 / period_s)
    for power in range(13):
        simple = rate.limit_denominator(10**power)
        if abs(simple - rate) <= rate / 1_000_000:
            return simple
    return rate


def _labels(texts: list[str], rate_hz: Fraction) -> tuple[Label, ...]:
    out = []
    start = 0
    for at in range(1, len(texts) + 1):
        if at == len(texts) or texts[at] != texts[start]:
            names = texts[start].split(_APART) if texts[start] else []
            out += [Label(float(start / rate_hz), float(at / rate_hz), name) for name in names]
            start = at
    return tuple(out)


def column_names(n_channels: int) -> list[str]:
    """What channels are called: value; x, y, z; or their numbers."""
    if n_channels == 1:
        return ["value"]
    return ["x", "y", "z"] if n_channels == 3 else [f"channel_{n}" for n in range(n_channels)]


def write_csv(signal: Signal, path: Path, duration_s: float) -> None:
    """Write the first `duration_s` [s] of `signal`: time [s], channels [unit], labels that hold then."""
    total = max(1, round(duration_s * signal.rate_hz))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        names = [f"{name} [{signal.unit}]" for name in column_names(signal.n_channels)]
        writer.writerow([TIME, *names, *([LABEL] if signal.labels else [])])
        for start in range(0, total, _CHUNK):
            piece = signal.samples(start, min(_CHUNK, total - start))
            labels = _texts(signal, start, len(piece))
            for row, sample in enumerate(piece):
                time_s = (start + row) / signal.rate_hz
                numbers = [f"{value:.9g}" for value in sample]
                writer.writerow([f"{float(time_s):.9f}", *numbers, *labels[row : row + 1]])


def _texts(signal: Signal, start: int, count: int) -> list[str]:
    """For each of `count` samples, the labels that hold; nothing at all for a signal that has none."""
    if not signal.labels:
        return []
    held: list[list[str]] = [[] for _ in range(count)]
    for label in signal.labels:
        first, end = (round(Fraction(t) * signal.rate_hz) - start for t in (label.start_s, label.end_s))
        for row in range(max(first, 0), min(end, count)):
            held[row].append(label.name)
    return [_APART.join(names) for names in held]
