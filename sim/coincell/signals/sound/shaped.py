"""Noise of any spectrum: white noise through a filter whose response a formula gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy  # its parts load when first used: most of a second for signal

from coincell.signals.blocks import BLOCK, RATE_HZ, Mono
from coincell.signals.streams import stream

TAPS = 8192
"""Length of the filter: spectra are followed with a resolution of about 4 Hz."""


def white(seed: int, index: int) -> Mono:
    """Block `index` of white Gaussian noise."""
    return stream(seed, "white", index).standard_normal(BLOCK)


def response(power: Callable[[Mono], Mono]) -> Mono:
    """The filter that gives white noise the spectrum `power` of frequency [Hz], at unit root mean square.

    `power` is relative and is asked from 2 Hz up; nothing is left at 0 Hz.
    """
    hz = np.fft.rfftfreq(TAPS, 1 / RATE_HZ)
    amplitude = np.concatenate([[0.0], np.sqrt(power(hz[1:].astype(np.float64)))])
    taps: Mono = np.roll(np.fft.irfft(amplitude), TAPS // 2) * np.hanning(TAPS + 1)[:-1]
    taps -= taps.mean()
    return taps / float(np.sqrt(np.sum(taps**2)))  # by Parseval: the gain to white noise


def shaped(taps: Mono, seed: int, index: int) -> Mono:
    """Block `index` of white noise through `taps`, which the block before has warmed up."""
    before = np.concatenate([white(seed, index - 1)[-taps.size :], white(seed, index)])
    out: Mono = scipy.signal.oaconvolve(before, taps, "valid")[-BLOCK:]
    return out
