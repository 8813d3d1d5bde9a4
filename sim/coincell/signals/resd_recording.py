"""RESD recordings as signals, and any signal as a RESD recording."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coincell.errors import InputError
from coincell.ports import Label, Samples, Signal
from coincell.signals.resd import SAMPLE_TYPES, ResdBlock, SampleType, read_resd, sample_type, write_resd

NS_PER_S = 1_000_000_000
_FASTEST_HZ = 1_000_000
_CHUNK = 1 << 16
_NEVER = 1 << 62
"""A grid point that no run reaches."""


class ResdRecording:
    """One type and channel of a RESD file as a Signal, as Renode plays it: each sample holds until the next.

    Before the first sample, and in a gap between blocks, all is zero; after the last it stays. Samples are on
    a grid that meets every sample's time where the file has one of at most 1 MHz, else on the first block's,
    and a sample between two grid points is taken at the later one. Raises InputError for a file that is no
    RESD file, and for one without data of that type and channel.
    """

    afterwards = "its last value stays"

    def __init__(
        self, path: Path, type: str | None = None, channel: int = 0, labels: tuple[Label, ...] = ()
    ) -> None:
        self.labels = labels
        passed_over: list[str] = []
        blocks = _chosen(read_resd(path, passed_over), passed_over, path, type, channel)
        about = blocks[0].type
        self.unit, self.n_channels = about.unit, about.values
        period_ns = _grid_ns(blocks)
        self.rate_hz = Fraction(NS_PER_S, period_ns)
        self._first, self._values = _on_grid(blocks, period_ns)
        last, *before = (int(point) for point in self._first[:-3:-1])
        self.recorded_s = float((last + (last - before[0] if before else 0)) / self.rate_hz)

    def samples(self, start: int, count: int) -> Samples:
        """Samples [unit] number `start` to `start + count`, shape (count, n_channels)."""
        if start < 0 or count < 0:
            raise ValueError(f"samples begin at 0: asked for {count} from {start}")
        number = np.searchsorted(self._first, np.arange(start, start + count), side="right")
        return self._values[number]


def _chosen(
    blocks: list[ResdBlock], passed_over: list[str], path: Path, name: str | None, channel: int
) -> list[ResdBlock]:
    there = sorted({(block.type.name, block.channel) for block in blocks if len(block.values)})
    wanted = {about for about, number in there if number == channel and name in (None, about)}
    if name is not None:
        sample_type(name)
    if len(wanted) != 1:
        asked = name or "any type"
        several = f"there are several types on channel {channel} of this RESD file, and none is named"
        none = f"this RESD file has no samples of {asked} on channel {channel}"
        others = sorted(set(passed_over))
        raise InputError(
            several if wanted else none,
            where=str(path),
            key="type",
            value=name,
            allowed=[f'type = "{about}" with channel = {number}' for about, number in there],
            mend="say which: " + " or ".join(f'type = "{about}"' for about in sorted(wanted))
            if wanted
            else f"it holds also what is not read here: {'; '.join(others)}" * bool(others),
        )
    chosen = wanted.pop()
    return [b for b in blocks if b.type.name == chosen and b.channel == channel and len(b.values)]


def _moments(block: ResdBlock) -> list[int]:
    """When each sample begins [ns]."""
    if block.times_ns is None:
        return [block.start_ns + n * block.period_ns for n in range(len(block.values))]
    return [block.start_ns + int(t) for t in block.times_ns]


def _grid_ns(blocks: list[ResdBlock]) -> int:
    steps = [gcd(block.start_ns, block.period_ns) for block in blocks if block.times_ns is None]
    steps += [t for block in blocks if block.times_ns is not None for t in _moments(block)]
    common = gcd(*steps)
    if common * _FASTEST_HZ >= NS_PER_S:
        return common
    periods = [block.period_ns for block in blocks if block.times_ns is None]
    return periods[0] if periods else NS_PER_S // _FASTEST_HZ


def _on_grid(blocks: list[ResdBlock], period_ns: int) -> tuple[NDArray[np.int64], Samples]:
    """First grid point of each value, and the values: one more than points, for what is before the first."""
    first: list[int] = []
    values: list[Samples] = [np.zeros((1, blocks[0].type.values))]
    end = 0
    for block in blocks:
        moments = _moments(block)
        if first and moments[0] > end:
            first.append(ceil(Fraction(end, period_ns)))
            values.append(np.zeros((1, block.type.values)))
        first += [-(-moment // period_ns) for moment in moments]
        values.append(np.asarray(block.values * block.type.scale, np.float64))
        end = moments[-1] + (block.period_ns if block.times_ns is None else 0)
    points = np.maximum.accumulate(np.array([min(point, _NEVER) for point in first], np.int64))
    return points, np.concatenate(values)


def block_of(
    signal: Signal, about: SampleType, duration_s: float, channel: int = 0, start_ns: int = 0
) -> ResdBlock:
    """The first `duration_s` [s] of `signal` as one block of constant frequency, rounded to the type's scale.

    Raises InputError where the two do not fit. A rate whose period is no whole number of nanoseconds runs at
    the nearest that is: Renode keeps no finer time.
    """
    if signal.unit != about.unit or signal.n_channels != about.values:
        raise InputError(
            f"a signal of this kind is not what RESD calls {about.name}",
            value=f"{signal.n_channels} channels in {signal.unit}",
            allowed=[f"{about.values} channels in {about.unit}"],
        )
    total = max(1, round(duration_s * signal.rate_hz))
    pieces = [signal.samples(at, min(_CHUNK, total - at)) for at in range(0, total, _CHUNK)]
    raw = np.rint(np.concatenate(pieces) / about.scale).astype(np.int64)
    return ResdBlock(about, channel, start_ns, round(NS_PER_S / signal.rate_hz), raw)


def type_of(signal: Signal, lowest: float) -> SampleType:
    """The RESD type that holds such a signal, whose lowest value is `lowest` [unit]. Raises InputError.

    Volts are a voltage where none is negative, else an ECG.
    """
    fitting = [x for x in SAMPLE_TYPES if (x.unit, x.values) == (signal.unit, signal.n_channels)]
    signed = [about for about in fitting if lowest >= 0 or about.dtype.startswith("<i")]
    if not signed:
        what = f"{signal.n_channels} channels in {signal.unit}"
        raise InputError(
            "RESD has no type for such a signal",
            value=what if not fitting else f"{what}, {lowest:g} {signal.unit} at the lowest",
            allowed=[f"{about.values} in {about.unit} ({about.name})" for about in SAMPLE_TYPES],
            mend="write a .csv or a .wav file instead",
        )
    return signed[0]


def write_signal(signal: Signal, path: Path, duration_s: float, type: str) -> None:
    """Write the first `duration_s` [s] of `signal` as a RESD file of one block."""
    write_resd(path, [block_of(signal, sample_type(type), duration_s)])
