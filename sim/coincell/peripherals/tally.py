"""What left a sensor: how many samples, and the digest of their bytes."""

from __future__ import annotations

import hashlib
from fractions import Fraction


class Tally:
    """Counts and digests samples as they leave, quantised; keeps them where that was asked for.

    A part that samples of its own accord says its rate; of others the samples are not kept.
    """

    def __init__(self, n_channels: int = 1) -> None:
        self._digest = hashlib.sha256()
        self.n_channels = n_channels
        self.n_samples = 0
        self.rate_hz = Fraction(0)
        self.keep = False
        self.kept = bytearray()

    def add(self, data: bytes, n_samples: int = 1, rate_hz: Fraction = Fraction(0)) -> None:
        """`n_samples` left, as `data`: 16 bits a channel, little-endian, where a rate is given."""
        self._digest.update(data)
        self.n_samples += n_samples
        self.rate_hz = rate_hz or self.rate_hz
        if self.keep and rate_hz:
            self.kept += data

    @property
    def digest(self) -> str:
        """SHA-256 of everything so far."""
        return self._digest.hexdigest()
