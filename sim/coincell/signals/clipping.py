"""Overload: a microphone or its amplifier passes no more than its largest pressure."""

from __future__ import annotations

import numpy as np

from coincell.ports import Signal
from coincell.signals.blocks import BLOCK, Gridded, Mono
from coincell.signals.level import pressure_pa


def clipped(signal: Signal, level_db_spl: float | None) -> Signal:
    """`signal` cut off at the peak of a sine of `level_db_spl`, the loudest to pass whole; None: never."""
    if level_db_spl is None:
        return signal
    peak = np.sqrt(2) * pressure_pa(level_db_spl)

    def render(index: int) -> Mono:
        return np.clip(signal.samples(index * BLOCK, BLOCK)[:, 0], -peak, peak)

    return Gridded(render, signal.labels, signal.unit, rate_hz=signal.rate_hz)
