"""Sound pressure levels: decibels beside pascals."""

from __future__ import annotations

import numpy as np

from coincell.signals.blocks import Mono

REFERENCE_PA = 20e-6
"""0 dB SPL [Pa], root mean square (IEC 61672-1, definition of sound level in air)."""


def pressure_pa(level_db_spl: float) -> float:
    """Root-mean-square pressure [Pa] of a level [dB SPL]; 94 dB is 1 Pa within 0.3 %."""
    return float(REFERENCE_PA * 10 ** (level_db_spl / 20))


def level_db_spl(pressure: Mono) -> float:
    """Level [dB SPL] of samples [Pa]; silence is -infinity."""
    rms = float(np.sqrt(np.mean(np.square(pressure)))) if pressure.size else 0.0
    return 20 * float(np.log10(rms / REFERENCE_PA)) if rms > 0 else float("-inf")
