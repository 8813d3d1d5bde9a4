"""What the sound elements of digital microphones have in common: from pressure to a share of full scale.

Full scale is 1. A 94 dB SPL sine (1 Pa r.m.s.) reaches the peak that the sensitivity states in dBFS, so 1 Pa
is that over √2.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np

from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext
from coincell.devices.resample import Resampler
from coincell.ports import Samples

_AUDIO_HZ = 20_000.0


class SoundElement:
    """Hears a part's signal with the sensitivity and noise of its description.

    The noise of sample n depends on the seed, the part's name and n alone: it is the same however the stream
    is cut.
    """

    def __init__(self, context: DeviceContext, kind: int) -> None:
        about = context.description
        self._per_pa = 10 ** (float(about.parameter("sensitivity_dbfs")) / 20) / np.sqrt(2)
        self._noise = Noise(context.seed, context.part.name, kind)
        self._signal = context.signal
        self._resamplers: dict[Fraction, Resampler] = {}

    def read(self, start: int, count: int, rate_hz: Fraction, snr_db: float) -> Samples:
        """Samples `start` to `start + count` of a grid from time 0; unclipped.

        `snr_db` is A-weighted, of a 94 dB SPL sine, as data sheets state it.
        """
        sound = np.zeros(count)
        if self._signal is not None:
            if rate_hz not in self._resamplers:
                self._resamplers[rate_hz] = Resampler(self._signal, rate_hz)
            sound = self._resamplers[rate_hz].read(start, count)[:, 0]
        noise = self._noise.read(start, count) * self._noise_rms(rate_hz, snr_db)
        heard: Samples = sound * self._per_pa + noise
        return heard

    def _noise_rms(self, rate_hz: Fraction, snr_db: float) -> float:
        """Noise density [1/√Hz] is that of a flat spectrum whose A-weighted r.m.s. the data sheet states."""
        weighted = self._per_pa * 10 ** (-snr_db / 20)  # relative to a 94 dB SPL sine, 1 Pa r.m.s.
        return float(weighted * np.sqrt(float(rate_hz) / 2 / a_weighted_bandwidth_hz()))


@cache
def a_weighted_bandwidth_hz() -> float:
    """Bandwidth [Hz] of flat noise up to 20 kHz that has the power of its A-weighting (IEC 61672-1)."""
    f2 = np.arange(0.5, _AUDIO_HZ) ** 2
    gain = (
        12194.0**2 * f2**2 / ((f2 + 20.6**2) * np.sqrt((f2 + 107.7**2) * (f2 + 737.9**2)) * (f2 + 12194.0**2))
    )
    gain *= 10 ** (2.0 / 20)
    return float(np.sum(gain**2))
