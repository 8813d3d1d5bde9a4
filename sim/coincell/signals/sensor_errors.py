"""What an inertial sensor adds to the truth, from its data sheet's figures; the same however a signal is cut.

Pure functions of a seed and of sample numbers. Figures are in the sensor's own unit (g or rad/s): noise
density D [unit/√Hz] as data sheets print it, one-sided, so that the angle or velocity random walk is D/√2
[unit·√s]; bias instability B [unit]; random walk K of the bias [unit/√s]. Their Allan deviations are D/√(2τ),
√(2 ln 2/π)·B and K·√(τ/3) (IEEE Std 952-1997, annex C).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from coincell.signals.streams import stream

Array = NDArray[np.float64]

ALLAN_FLOOR = float(np.sqrt(2 * np.log(2) / np.pi))
"""Allan deviation of flicker noise over its B: 0.664. Data sheets that read the floor off a plot give 0.664
B."""
_BLOCK = 4096
_LEVELS = 40
"""The random walk is laid out for 2**40 blocks: longer than any run."""


@dataclass(frozen=True)
class Figures:
    """What a data sheet says of one kind of channel, in its unit. All 0: a perfect sensor."""

    noise_density: float = 0.0
    bias_instability: float = 0.0
    bias_walk: float = 0.0
    bias: float = 0.0
    """Zero-rate or zero-g offset: standard deviation over parts ("typical", ±)."""
    scale: float = 0.0
    """Standard deviation of the sensitivity's relative error."""
    cross_axis: float = 0.0
    """Standard deviation of what appears of one axis on another."""
    bias_per_k: float = 0.0
    """Offset's change with temperature: standard deviation over parts [unit/K]."""
    scale_per_k: float = 0.0
    """Relative change of sensitivity with temperature: standard deviation [1/K]."""


@dataclass(frozen=True)
class Part:
    """The constant errors of one specimen: `bias` and `bias_per_k` by channel, `matrix` from truth to
    reading.
    """

    bias: Array
    matrix: Array
    bias_per_k: Array
    scale_per_k: Array


def part(figures: Figures, seed: int, n_channels: int = 3) -> Part:
    """The specimen that `seed` draws from a lot as the data sheet describes it."""
    rng = stream(seed, "sensor part")
    matrix = np.eye(n_channels) + figures.cross_axis * rng.standard_normal((n_channels, n_channels))
    np.fill_diagonal(matrix, 1 + figures.scale * rng.standard_normal(n_channels))
    return Part(
        bias=figures.bias * rng.standard_normal(n_channels),
        matrix=matrix,
        bias_per_k=figures.bias_per_k * rng.standard_normal(n_channels),
        scale_per_k=figures.scale_per_k * rng.standard_normal(n_channels),
    )


def constant_errors(truth: Array, own: Part, above_25_k: float | Array = 0.0) -> Array:
    """`truth` (n, channels) with scale, misalignment and bias, `above_25_k` kelvins above 25 °C (one or
    each).
    """
    warmth = np.reshape(np.asarray(above_25_k, dtype=np.float64), (-1, 1))
    mixed = np.zeros_like(truth)
    for channel in range(truth.shape[1]):  # a matrix product's last digits depend on how a signal is cut
        mixed = mixed + truth[:, channel, np.newaxis] * own.matrix[:, channel]
    return mixed * (1 + warmth * own.scale_per_k) + own.bias + warmth * own.bias_per_k


def white(noise_density: float, rate_hz: float, seed: int, name: str, start: int, count: int) -> Array:
    """White noise over the band up to half of `rate_hz`: standard deviation D·√(rate/2)."""
    size = noise_density * float(np.sqrt(rate_hz / 2))
    out = np.empty(count)
    for index, begin, end in _blocks(start, count):
        block = stream(seed, "white", name, index).standard_normal(_BLOCK)
        at = index * _BLOCK + begin - start
        out[at : at + end - begin] = block[begin:end]
    return out * size


def flicker(
    bias_instability: float,
    rate_hz: float,
    seed: int,
    name: str,
    start: int,
    count: int,
    band_hz: tuple[float, float] = (1e-5, 1.0),
) -> Array:
    """Bias instability: noise of density B²/(2πf) over `band_hz`, two-sided as IEEE 952 has it.

    A sum of sines, 12 to a decade, each with the power of its part of the band, so it is a closed form of
    time. Below about 1 s and above about 10**4 s the band's ends are felt.
    """
    lines = int(np.ceil(12 * np.log10(band_hz[1] / band_hz[0])))
    rng = stream(seed, "flicker", name)
    edges = np.geomspace(*band_hz, lines + 1)
    freq = edges[:-1] * (edges[1:] / edges[:-1]) ** rng.random(lines)
    phase = rng.uniform(0, 2 * np.pi, lines)
    power = 2 * bias_instability**2 / (2 * np.pi) * np.log(edges[1:] / edges[:-1])  # both sides of zero
    t = np.arange(start, start + count) / rate_hz
    out = np.zeros(count)
    for f, p, a in zip(freq, phase, np.sqrt(2 * power), strict=True):
        out += a * np.sin(2 * np.pi * f * t + p)
    return out


def walk(bias_walk: float, rate_hz: float, seed: int, name: str, start: int, count: int) -> Array:
    """A random walk of the bias, 0 at sample 0: variance K²·t.

    Values at the ends of blocks are a Brownian motion by repeated halving (Lévy's construction), so any block
    is reached in 40 steps; inside, white noise is summed up and pinned to both ends.
    """
    out = np.empty(count)
    for index, begin, end in _blocks(start, count):
        steps = np.cumsum(stream(seed, "walk", name, index).standard_normal(_BLOCK))
        first, last = (_checkpoint(seed, name, index + k) for k in (0, 1))
        share = np.arange(1, _BLOCK + 1) / _BLOCK
        inside = first + steps - share * (steps[-1] - (last - first))
        block = np.concatenate([[first], inside[:-1]])
        at = index * _BLOCK + begin - start
        out[at : at + end - begin] = block[begin:end]
    return out * (bias_walk / float(np.sqrt(rate_hz)))


def random_errors(
    figures: Figures, rate_hz: float, seed: int, start: int, count: int, n_channels: int = 3
) -> Array:
    """Noise, bias instability and walk of the bias of all channels, shape (count, n_channels)."""
    out = np.zeros((count, n_channels))
    for channel in range(n_channels):
        at = (rate_hz, seed, str(channel), start, count)
        if figures.noise_density:
            out[:, channel] += white(figures.noise_density, *at)
        if figures.bias_instability:
            out[:, channel] += flicker(figures.bias_instability, *at)
        if figures.bias_walk:
            out[:, channel] += walk(figures.bias_walk, *at)
    return out


def quantised(values: Array, per_lsb: float, bits: int) -> NDArray[np.int64]:
    """Counts of `per_lsb` each, rounded half away from zero as converters' codes are centred, held at full
    scale.
    """
    top = 1 << (bits - 1)
    counts = np.copysign(np.floor(np.abs(values) / per_lsb + 0.5), values)
    return np.asarray(np.clip(counts, -top, top - 1), dtype=np.int64)


def allan_deviation(values: Array, rate_hz: float, tau_s: Sequence[float]) -> Array:
    """Overlapping Allan deviation of one channel at averaging times [s] (IEEE Std 1139-2008, annex B)."""
    angle = np.concatenate([[0.0], np.cumsum(values)]) / rate_hz
    out = []
    for tau in tau_s:
        m = max(1, round(tau * rate_hz))
        second = angle[2 * m :] - 2 * angle[m:-m] + angle[: -2 * m]
        out.append(np.sqrt(np.mean(second**2) / 2) / (m / rate_hz))
    return np.array(out)


def _blocks(start: int, count: int) -> list[tuple[int, int, int]]:
    """Blocks that samples `start` to `start + count` touch: number, first and last place inside."""
    if start < 0 or count < 0:
        raise ValueError(f"samples begin at 0: asked for {count} from {start}")
    numbers = range(start // _BLOCK, (start + count + _BLOCK - 1) // _BLOCK) if count else range(0)
    return [(i, max(start - i * _BLOCK, 0), min(start + count - i * _BLOCK, _BLOCK)) for i in numbers]


@lru_cache(maxsize=4096)
def _checkpoint(seed: int, name: str, index: int) -> float:
    """The unit walk (variance 1 a sample) at the beginning of block `index`."""
    if index == 0:
        return 0.0
    low, high = 0, 1 << _LEVELS
    at_low, at_high = (
        0.0,
        float(stream(seed, "walk end", name).standard_normal()) * float(np.sqrt(high * _BLOCK)),
    )
    if index == high:
        return at_high
    while True:
        middle = (low + high) // 2
        spread = float(np.sqrt((high - low) * _BLOCK / 4))
        draw = float(stream(seed, "walk middle", name, middle & 0xFFFFFFFF, middle >> 32).standard_normal())
        value = (at_low + at_high) / 2 + spread * draw
        if index == middle:
            return value
        if index < middle:
            high, at_high = middle, value
        else:
            low, at_low = middle, value
