"""Scenes of sound: layers that fade into each other, each coloured by where it comes from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy  # its parts load when first used: most of a second for signal

from coincell.signals.blocks import BLOCK, RATE_HZ, Mono, Renderer
from coincell.signals.level import pressure_pa
from coincell.signals.noise import SoundKind, sound
from coincell.signals.speakers import Split
from coincell.signals.streams import stream

FADE_S = 0.2
"""How long a sound takes to come and to go [s]."""
_TILT_DB = 1.5
"""Spectra are tilted by up to this much an octave, as distance, walls and pockets do (estimate)."""
_RESONANCE_DB = 4.0
_COLOUR_TAPS = 255

Blocks = Renderer


def colour(seed: int) -> Mono:
    """A filter for a place: a tilt around 1 kHz and one broad resonance or dip."""
    rng = stream(seed, "colour")
    hz = np.maximum(np.fft.rfftfreq(256, 1 / RATE_HZ), 40)
    octaves = np.log2(hz / 1000)
    centre = rng.uniform(-2.5, 2.5)
    level = rng.uniform(-_TILT_DB, _TILT_DB) * octaves
    level += rng.uniform(-_RESONANCE_DB, _RESONANCE_DB) * np.exp(-((octaves - centre) ** 2) / 0.5)
    taps: Mono = scipy.signal.firwin2(_COLOUR_TAPS, np.linspace(0, 1, hz.size), 10 ** (level / 20))
    return taps


def coloured(blocks: Blocks, seed: int) -> Blocks:
    """`blocks` through the filter of a place, no louder and no softer for it (judged by eight blocks)."""
    taps = colour(seed)
    kept: dict[int, Mono] = {}

    def block(index: int) -> Mono:
        if index not in kept:
            if len(kept) > 2:
                kept.clear()
            kept[index] = blocks(index)
        return kept[index]

    def filtered(index: int) -> Mono:
        whole = np.concatenate([block(index - 1)[-_COLOUR_TAPS + 1 :], block(index)])
        passed: Mono = scipy.signal.oaconvolve(whole, taps, "valid")
        return passed

    powers = np.array([[np.mean(filtered(n) ** 2), np.mean(block(n) ** 2)] for n in range(8)]).sum(axis=0)
    gain = float(np.sqrt(powers[1] / powers[0]))
    return lambda index: gain * filtered(index)


@dataclass(frozen=True)
class Layer:
    """A sound from `start_s` to `end_s`, at its level."""

    start_s: float
    end_s: float
    level_db_spl: float
    make: Callable[[], Blocks]
    fades: bool = True

    @cached_property
    def blocks(self) -> Blocks:
        """Its sound, made when first heard."""
        return self.make()

    def weight(self, seconds: Mono) -> Mono:
        """How much of it is heard at times [s]: powers of layers that take turns sum to one."""
        if not self.fades:
            return np.ones(seconds.size)
        come = np.clip((seconds - self.start_s) / FADE_S + 0.5, 0, 1)
        go = np.clip((self.end_s - seconds) / FADE_S + 0.5, 0, 1)
        begun = np.ones(seconds.size) if self.start_s <= 0 else np.sin(np.pi / 2 * come)
        heard: Mono = begun * np.sin(np.pi / 2 * go)
        return heard


def place(kind: SoundKind, seed: int, split: Split) -> Callable[[], Blocks]:
    """What makes a background sound with its colour."""
    return lambda: coloured(sound(kind, seed, split), seed)


def heard(layers: Sequence[Layer], longest_s: float = 1.0) -> Blocks:
    """The sum of layers in order of their start, by block [Pa].

    An echo outlasts its layer by up to `longest_s` [s].
    """
    starts = [layer.start_s for layer in layers]
    ends = np.maximum.accumulate([layer.end_s for layer in layers])

    def render(index: int) -> Mono:
        begin = index * BLOCK / RATE_HZ
        seconds = begin + np.arange(BLOCK) / RATE_HZ
        first = int(np.searchsorted(ends, begin - longest_s))
        out = np.zeros(BLOCK)
        for layer in layers[first : bisect_left(starts, seconds[-1] + FADE_S)]:
            if layer.end_s > begin - longest_s:
                out += pressure_pa(layer.level_db_spl) * layer.weight(seconds) * layer.blocks(index)
        return out

    return render
