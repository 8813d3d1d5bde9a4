"""Background sounds: endless, each with unit root mean square over the long run.

Blocks of white noise have a stream each; filters begin a block warm, having run over the block before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal

import numpy as np
import scipy  # its parts load when first used: most of a second for signal

from coincell.ports import Signal
from coincell.signals.blocks import BLOCK, RATE_HZ, Gridded, Mono, Renderer
from coincell.signals.lexicon import CONFUSABLE, OTHER, pronounce
from coincell.signals.sound.machines import some_machine
from coincell.signals.sound.music import some_music
from coincell.signals.sound.shaped import white
from coincell.signals.sound.wind import windy
from coincell.signals.speakers import Split, speaker
from coincell.signals.streams import stream
from coincell.signals.voice import utter

SoundKind = Literal["white", "pink", "room", "traffic", "babble", "wind", "music", "machine"]
NoiseKind = Literal["none"] | SoundKind


@lru_cache
def _pink_sections() -> tuple[Mono, float]:
    """Second-order sections that fall by 3 dB an octave from 10 Hz up, and their gain to white noise.

    Poles and zeros alternate at equal ratios, the classical constant-slope network: a pole every octave
    and a zero half an octave above it follow 1/sqrt(f) within 0.3 dB.
    """
    poles = 10.0 * 2.0 ** np.arange(10)
    to_z = 2 * np.pi / RATE_HZ
    sos = scipy.signal.zpk2sos(np.exp(-to_z * poles * np.sqrt(2)), np.exp(-to_z * poles), 1.0)
    return sos, _gain(sos)


def _gain(sos: Mono) -> float:
    """Root mean square of filtered white noise: by Parseval, of the frequency response."""
    _, response = scipy.signal.sosfreqz(sos, worN=1 << 16)
    return float(np.sqrt(np.mean(np.abs(response) ** 2)))


def _filtered(sos: Mono, gain: float, seed: int, index: int) -> Mono:
    before = white(seed, index - 1) if index else white(seed, -1)
    out: Mono = scipy.signal.sosfilt(sos, np.concatenate([before, white(seed, index)]))[BLOCK:]
    return out / gain


def pink(seed: int, index: int) -> Mono:
    """Block `index` of noise with equal power in every octave above 10 Hz."""
    return _filtered(*_pink_sections(), seed, index)


def _band(low_hz: float, high_hz: float) -> tuple[Mono, float]:
    sos = scipy.signal.butter(1, [low_hz, high_hz], "bandpass", fs=RATE_HZ, output="sos")
    return sos, _gain(sos)


_HUM = {1: 1.0, 2: 0.7, 3: 0.3, 4: 0.25, 6: 0.12, 8: 0.08}
"""Harmonics of the mains and their amplitudes (estimate)."""


def room(seed: int, index: int) -> Mono:
    """A room with its mains hum (50 Hz and harmonics), ventilation (pink) and a thump now and then."""
    rng = stream(seed, "room")
    seconds = (index * BLOCK + np.arange(BLOCK)) / RATE_HZ
    hum = np.zeros(BLOCK)
    for harmonic, weight in _HUM.items():
        hum += weight * np.sin(2 * np.pi * 50 * harmonic * seconds + rng.uniform(0, 2 * np.pi))
    hum *= np.sqrt(2 / sum(weight**2 for weight in _HUM.values()))
    body: Mono = 0.3 * hum + np.sqrt(1 - 0.3**2) * pink(seed, index)
    return body + _thumps(seed, index)


def _thumps(seed: int, index: int) -> Mono:
    """Footsteps and doors: a decaying knock of 40 to 120 Hz, one in about twelve blocks."""
    out = np.zeros(BLOCK)
    for block in (index - 1, index):
        rng = stream(seed, "thump", block)
        if rng.random() > 0.08:
            continue
        start = int(rng.integers(0, BLOCK))
        t = np.arange(BLOCK) / RATE_HZ
        knock = np.sin(2 * np.pi * rng.uniform(40, 120) * t) * np.exp(-t / rng.uniform(0.03, 0.1))
        knock *= rng.uniform(1, 3) * (1 - np.exp(-t / 0.002))
        shift = start + (block - index) * BLOCK
        if shift >= 0:
            out[shift:] += knock[: BLOCK - shift]
        else:
            out[: BLOCK + shift] += knock[-shift:]
    return out


@lru_cache
def _rumble() -> tuple[Mono, float]:
    return _band(30, 250)


@lru_cache
def _tyres() -> tuple[Mono, float]:
    return _band(500, 2000)


def traffic(seed: int, index: int) -> Mono:
    """A street: engines (30 to 250 Hz) and tyres (500 to 2000 Hz) that swell as cars pass."""
    seconds = (index * BLOCK + np.arange(BLOCK)) / RATE_HZ
    rng = stream(seed, "traffic")
    swell = np.zeros(BLOCK)
    for period_s in (7.3, 11.9, 17.1):
        swell += np.sin(2 * np.pi * (seconds / (period_s * rng.uniform(0.9, 1.1)) + rng.uniform())) / 3
    near = (1 + 0.6 * swell) / np.sqrt(1 + 0.6**2 / 6)  # three sines of 1/3: power 1/6
    low = _filtered(*_rumble(), seed, index)
    high = _filtered(*_tyres(), seed + 1, index)
    passing: Mono = near * (0.85 * low + np.sqrt(1 - 0.85**2) * high)
    return passing


TALKERS = 5
_REPERTOIRE = 16
_SLOT = 12_000
"""Each talker begins a word every 0.75 s on average."""


def babble(seed: int, split: Split = "training") -> Callable[[int, int], Mono]:
    """Several people talking at once: never the wake word, each with a repertoire of words."""
    words: list[list[Mono]] = []

    def repertoire() -> list[list[Mono]]:
        if not words:
            lexicon = sorted({**CONFUSABLE, **OTHER})
            for talker in range(TALKERS):
                rng = stream(seed, "babble", talker)
                who = speaker(split, int(rng.integers(0, 10_000)))
                said = rng.choice(lexicon, _REPERTOIRE)
                words.append([utter(pronounce(str(w)), who, 1000 + i) for i, w in enumerate(said)])
        return words

    def render(_: int, index: int) -> Mono:
        out = np.zeros(BLOCK)
        first = max(0, (index * BLOCK - 32_000) // _SLOT)
        for talker, said in enumerate(repertoire()):
            for slot in range(first, ((index + 1) * BLOCK) // _SLOT + 1):
                rng = stream(seed, "says", talker, slot)
                word = said[int(rng.integers(0, len(said)))] * rng.uniform(0.5, 1.2)
                _add(out, word, slot * _SLOT + int(rng.integers(0, 4000)) - index * BLOCK)
        return out / _BABBLE_RMS

    return render


_BABBLE_RMS = 1.62
"""Five talkers, each speaking about three quarters of the time at 0.5 to 1.2 (measured over 200 s)."""


def _add(out: Mono, piece: Mono, at: int) -> None:
    """Add what of `piece` falls into `out` when its first sample is number `at`."""
    begin, end = max(at, 0), min(at + piece.size, out.size)
    if begin < end:
        out[begin:end] += piece[begin - at : end - at]


_KINDS: Mapping[str, Callable[[int, int], Mono]] = {
    "white": white,
    "pink": pink,
    "room": room,
    "traffic": traffic,
}
_POPULATIONS: Mapping[str, Callable[[int, Split], Callable[[int, int], Mono]]] = {
    "babble": babble,
    "wind": windy,
    "music": some_music,
    "machine": some_machine,
}


def sound(kind: SoundKind, seed: int, split: Split) -> Renderer:
    """Blocks of the sound by number, with unit root mean square; `split` is the population it is of."""
    make = _POPULATIONS[kind](seed, split) if kind in _POPULATIONS else _KINDS[kind]
    return lambda index: make(seed, index)


def noise(kind: NoiseKind, rms_pa: float, seed: int, split: Split = "training") -> Signal:
    """Endless sound of `rms_pa` [Pa]. `split` says whose voices babble, whose machine runs."""
    if kind == "none":
        return Gridded(lambda _: np.zeros(BLOCK))
    make = sound(kind, seed, split)
    return Gridded(lambda index: rms_pa * make(index))
