"""Sound pressure to the microphone's 16-bit samples, as the board delivers them to its firmware.

A fast stand-in for the emulated microphone and its decimator: level, gain, self-noise, rounding, clipping.
"""

from __future__ import annotations

import numpy as np

from coincell.learn.frontend import RATE_HZ, Int16
from coincell.ports import Signal
from coincell.signals.streams import stream

APP_GAIN_DB = 20
"""Digital gain that the app asks of the microphone's decimator (main.c)."""
DECIMATOR_GAIN_DB = 3.2
"""GPDM,default of the nRF decimator at its 0 dB setting; source beside DEFAULT_GAIN_DB in the PDM block."""
GAIN_DB = APP_GAIN_DB + DECIMATOR_GAIN_DB
SENSITIVITY_DBFS = -26.0
"""Output [dBFS] at 94 dB SPL of the MP34DT05; datasheet-typ, source in sensors/devices/mp34dt05.toml."""
SELF_NOISE_DB_SPL = 30.0
"""94 dB SPL less the signal-to-noise ratio of 64 dB(A); source in sensors/devices/mp34dt05.toml.
Taken as white over the whole band, which is a few dB more than an A-weighted figure says."""
_RMS_AT_94_DB_PA = 1.0023745


def full_scale_pa() -> float:
    """Peak pressure [Pa] that gives full scale at 0 dB gain: 0 dBFS is a full-scale sine."""
    return float(_RMS_AT_94_DB_PA * np.sqrt(2) * 10 ** (-SENSITIVITY_DBFS / 20))


def capture(signal: Signal, duration_s: float, seed: int, gain_db: float = GAIN_DB) -> Int16:
    """The first `duration_s` [s] of `signal` [Pa] as samples."""
    n = round(duration_s * RATE_HZ)
    out = np.empty(n, np.int16)
    scale = 32768 / full_scale_pa() * 10 ** (gain_db / 20)
    noise_pa = 20e-6 * 10 ** (SELF_NOISE_DB_SPL / 20)
    chunk = 60 * RATE_HZ
    for first in range(0, n, chunk):
        count = min(chunk, n - first)
        pressure = signal.samples(first, count)[:, 0]
        pressure = pressure + noise_pa * stream(seed, "self-noise", first).standard_normal(count)
        out[first : first + count] = np.clip(np.rint(pressure * scale), -32768, 32767).astype(np.int16)
    return out
