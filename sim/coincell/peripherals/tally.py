"""What left a sensor: how many samples, and the digest of their bytes."""

from __future__ import annotations

import hashlib


class Tally:
    """Counts and digests samples as they leave, quantised."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.n_samples = 0

    def add(self, data: bytes, n_samples: int = 1) -> None:
        """`n_samples` left, as `data`."""
        self._digest.update(data)
        self.n_samples += n_samples

    @property
    def digest(self) -> str:
        """SHA-256 of everything so far."""
        return self._digest.hexdigest()
