"""Sound pressure to the microphone's 16-bit samples, as the board delivers them to its firmware.

A fast stand-in for the emulated microphone and its decimator: level, gain, self-noise, rounding, clipping.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from coincell.describe import load_device
from coincell.learn.wake_word.frontend import RATE_HZ, Int16
from coincell.peripherals.nordic.pdm import DEFAULT_GAIN_DB
from coincell.ports import Signal
from coincell.signals.streams import stream

DEVICE = "mp34dt05"
"""The microphone that this stands in for, in sensors/devices."""
APP_GAIN_DB = 20
"""Digital gain that the app asks of the microphone's decimator (main.c)."""
GAIN_DB = APP_GAIN_DB + DEFAULT_GAIN_DB
"""And what the decimator gives at its 0 dB setting."""
_REFERENCE_DB_SPL = 94.0
"""Level at which data sheets state sensitivity and signal-to-noise ratio: 1 Pa, rounded."""
_REFERENCE_PA = 1.0023745
"""R.m.s. pressure at that level, by its definition from 20 µPa."""


@dataclass(frozen=True)
class Microphone:
    """What the stand-in needs of a digital microphone."""

    sensitivity_dbfs: float
    """Output at 94 dB SPL."""
    self_noise_db_spl: float
    """Taken as white over the whole band, a few dB more than the A-weighted figure of a data sheet says."""

    @property
    def full_scale_pa(self) -> float:
        """Peak pressure [Pa] that gives full scale at 0 dB gain: 0 dBFS is a full-scale sine."""
        return float(_REFERENCE_PA * np.sqrt(2) * 10 ** (-self.sensitivity_dbfs / 20))

    @property
    def self_noise_pa(self) -> float:
        """R.m.s. pressure [Pa] that would sound like its own noise."""
        return float(20e-6 * 10 ** (self.self_noise_db_spl / 20))


@cache
def microphone() -> Microphone:
    """The microphone as its description states it. Raises InputError."""
    about = load_device(DEVICE)
    noise_db_spl = _REFERENCE_DB_SPL - float(about.parameter("snr_db"))
    return Microphone(float(about.parameter("sensitivity_dbfs")), noise_db_spl)


def capture(signal: Signal, duration_s: float, seed: int, gain_db: float = GAIN_DB) -> Int16:
    """The first `duration_s` [s] of `signal` [Pa] as samples."""
    n = round(duration_s * RATE_HZ)
    out = np.empty(n, np.int16)
    heard_by = microphone()
    scale = 32768 / heard_by.full_scale_pa * 10 ** (gain_db / 20)
    noise_pa = heard_by.self_noise_pa
    chunk = 60 * RATE_HZ
    for first in range(0, n, chunk):
        count = min(chunk, n - first)
        pressure = signal.samples(first, count)[:, 0]
        pressure = pressure + noise_pa * stream(seed, "self-noise", first).standard_normal(count)
        out[first : first + count] = np.clip(np.rint(pressure * scale), -32768, 32767).astype(np.int16)
    return out
