"""The course of a signal that is far longer than what one looks at: pieces of it, evenly spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coincell.ports import Samples
from coincell.report.signal_look import Look

_PIECES = 80
_PIECE = 2048
_LONGER = 4
"""How many times longer than the look a signal must be to have its course shown too."""


@dataclass(frozen=True)
class Life:
    """By piece and channel: a middle, and bounds about it."""

    title: str
    time_s: Samples
    middle: Samples
    low: Samples
    high: Samples
    is_level: bool
    """The middle is an r.m.s. and the upper bound a peak, of a signal about zero; else mean, least, most."""


def life(seen: Look) -> Life | None:
    """The course of the labelled signal, where the look shows little of it."""
    if seen.whole_s < _LONGER * seen.duration_s:
        return None
    rate = float(seen.signal.rate_hz)
    total = int(seen.whole_s * rate)
    size = min(_PIECE, max(1, total // _PIECES))
    first = np.linspace(0, total - size, _PIECES).astype(np.int64)
    pieces = np.stack([seen.signal.samples(int(at), size) for at in first])
    time_s = first / rate
    rms = np.sqrt(np.mean(pieces**2, axis=1))
    mean = pieces.mean(axis=1)
    if np.abs(mean.mean(axis=0)).max() < 0.3 * rms.mean(axis=0).max() and rms.min() > 0:
        title = f"all of it: r.m.s. and peak of {_PIECES} pieces"
        return Life(title, time_s, rms, rms, np.abs(pieces).max(axis=1), is_level=True)
    title = f"all of it: mean, lowest and highest of {_PIECES} pieces"
    return Life(title, time_s, mean, pieces.min(axis=1), pieces.max(axis=1), is_level=False)
