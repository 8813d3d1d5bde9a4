"""A signal as from a later moment on."""

from __future__ import annotations

from fractions import Fraction

from coincell.ports import Label, Samples, Signal


class Later:
    """`signal` from `start_s` [s] on, to the nearest sample: there its time is 0."""

    def __init__(self, signal: Signal, start_s: Fraction) -> None:
        self.rate_hz, self.unit, self.n_channels = signal.rate_hz, signal.unit, signal.n_channels
        self._signal = signal
        self._first = round(start_s * signal.rate_hz)
        begin_s = float(self._first / signal.rate_hz)
        self.labels = tuple(
            Label(max(label.start_s - begin_s, 0.0), label.end_s - begin_s, label.name)
            for label in signal.labels
            if label.end_s > begin_s
        )

    def samples(self, start: int, count: int) -> Samples:
        """Samples [unit] number `start` to `start + count`, shape (count, n_channels)."""
        if start < 0:
            raise ValueError(f"samples begin at 0: asked for {count} from {start}")
        return self._signal.samples(self._first + start, count)
