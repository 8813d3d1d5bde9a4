"""Slow and fast irregularity as sums of sines: closed forms of time, so any moment costs the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coincell.signals.motion.jets import Array, Jet
from coincell.signals.streams import stream


@dataclass(frozen=True)
class Sines:
    """A sum of sines: frequencies [Hz], amplitudes, phases [rad], each shape (m,)."""

    freq_hz: Array
    amplitude: Array
    phase: Array

    def at(self, t: Array) -> Jet:
        """The sum over times [s], with its derivatives."""
        speed = 2 * np.pi * self.freq_hz
        value, rate, bend = (np.zeros_like(t) for _ in range(3))
        # one by one: a matrix product's last digits depend on where its arrays lie in memory
        for v, a, p in zip(speed, self.amplitude, self.phase, strict=True):
            s, c = a * np.sin(v * t + p), a * np.cos(v * t + p)
            value += s
            rate += v * c
            bend -= v * v * s
        return Jet(value, rate, bend)

    def integrated(self) -> Sines:
        """Its integral over time, without a constant."""
        return Sines(self.freq_hz, self.amplitude / (2 * np.pi * self.freq_hz), self.phase - np.pi / 2)


def sines(seed: int, name: str, low_hz: float, high_hz: float, rms: float, slope: float, count: int) -> Sines:
    """Irregular motion of `rms` whose power density goes as f**-`slope` from `low_hz` to `high_hz`.

    One line in each of `count` equal parts of the logarithmic band, anywhere within it, at any phase.
    """
    rng = stream(seed, name)
    edges = np.geomspace(low_hz, high_hz, count + 1)
    freq = edges[:-1] * (edges[1:] / edges[:-1]) ** rng.random(count)
    power = freq**-slope * np.diff(edges)
    return Sines(freq, rms * np.sqrt(2 * power / power.sum()), rng.uniform(0, 2 * np.pi, count))
