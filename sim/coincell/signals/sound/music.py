"""Music-like sound: a tune, chords and a bass over a rhythm, made up bar by bar from a seed.

Four beats a bar, four chords over and over, a tune that walks along the scale and meets the chord on strong
beats. Tempi and styles are `estimate`; the progressions are commonplaces of popular music.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from coincell.signals.blocks import BLOCK, RATE_HZ, Mono
from coincell.signals.sound.notes import LONGEST_S, Instrument, drum, instrument, note
from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
_PROGRESSIONS = (
    (0, 4, 5, 3),
    (0, 5, 3, 4),
    (5, 3, 0, 4),
    (0, 3, 4, 3),
    (1, 4, 0, 0),
    (0, 6, 5, 4),
    (0, 2, 3, 4),
)
"""Degrees of the scale on which four bars' chords stand."""
BEATS = 4


@dataclass(frozen=True)
class Piece:
    """A piece of music: what stays the same from bar to bar."""

    seed: int
    tonic: int
    """MIDI key of the tonic below middle C."""
    scale: tuple[int, ...]
    beat_s: float
    progression: tuple[int, ...]
    lead: Instrument
    harmony: Instrument
    bass: Instrument
    chords: Literal["held", "struck", "broken"]
    drums: float
    """Loudness of the drums; 0: none."""
    busy: float
    """How many of the tune's eighths sound, as a share."""


@dataclass(frozen=True)
class Sounding:
    """One note or stroke of a bar."""

    at_s: float
    """From the beginning of the bar."""
    gain: float
    sound: tuple[Instrument, int, float] | str
    """An instrument, its key and how long; or a drum."""


def piece(split: Split, number: int) -> Piece:
    """Piece `number` of `split`; the splits share neither tunes nor instruments."""
    seed = SPLITS.index(split) << 24 | number
    rng = stream(seed, "piece")
    return Piece(
        seed=seed,
        tonic=int(rng.integers(48, 60)),
        scale=MAJOR if rng.random() < 0.6 else MINOR,
        beat_s=60 / float(rng.uniform(65, 150)),
        progression=_PROGRESSIONS[int(rng.integers(len(_PROGRESSIONS)))],
        lead=instrument(rng),
        harmony=instrument(rng),
        bass=instrument(rng),
        chords=("held", "struck", "broken")[int(rng.integers(3))],
        drums=float(rng.uniform(0.5, 2.0)) if rng.random() < 0.6 else 0.0,
        busy=float(rng.uniform(0.4, 0.8)),
    )


def key_of(tune: Piece, degree: int) -> int:
    """MIDI key of a degree of the scale, counted from the tonic; sevens are octaves."""
    octave, step = divmod(degree, 7)
    return tune.tonic + 12 * octave + tune.scale[step]


def bar(tune: Piece, number: int) -> list[Sounding]:
    """What sounds in bar `number`."""
    rng = stream(tune.seed, "bar", number)
    root = tune.progression[number % len(tune.progression)]
    return [
        *_melody(tune, root, rng),
        *_chords(tune, root),
        *(Sounding(b * tune.beat_s, 0.9, (tune.bass, key_of(tune, root - 7), _s(tune, 2))) for b in (0, 2)),
        *_rhythm(tune, rng),
    ]


def _s(tune: Piece, beats: float) -> float:
    return min(beats * tune.beat_s, LONGEST_S)


def _melody(tune: Piece, root: int, rng: np.random.Generator) -> Iterator[Sounding]:
    at = root + 7 + 2 * int(rng.integers(0, 3))
    for eighth in range(2 * BEATS):
        at += int(rng.integers(-2, 3))
        at = min(max(at, 5), 16)
        if eighth % 4 == 0:
            at = root + 7 + 2 * round((at - root - 7) / 2)  # a strong beat meets the chord
        if eighth == 0 or rng.random() < tune.busy:
            length = _s(tune, float(rng.choice([0.5, 1.0])))
            yield Sounding(
                eighth * tune.beat_s / 2, rng.uniform(0.6, 1.0), (tune.lead, key_of(tune, at), length)
            )


def _chords(tune: Piece, root: int) -> Iterator[Sounding]:
    triad = [key_of(tune, root + third) for third in (0, 2, 4)]
    if tune.chords == "broken":
        for eighth in range(2 * BEATS):
            key = triad[(0, 1, 2, 1)[eighth % 4]]
            yield Sounding(eighth * tune.beat_s / 2, 0.45, (tune.harmony, key, _s(tune, 1)))
        return
    beats = (0,) if tune.chords == "held" else range(BEATS)
    for beat in beats:
        for key in triad:
            yield Sounding(beat * tune.beat_s, 0.35, (tune.harmony, key, _s(tune, BEATS / len(beats))))


def _rhythm(tune: Piece, rng: np.random.Generator) -> Iterator[Sounding]:
    if not tune.drums:
        return
    for eighth in range(2 * BEATS):
        at, swing = eighth * tune.beat_s / 2, tune.drums * rng.uniform(0.8, 1.2)
        if eighth % 4 == 0 or (eighth % 2 and rng.random() < 0.15):
            yield Sounding(at, swing, "kick")
        if eighth % 4 == 2:
            yield Sounding(at, swing, "snare")
        yield Sounding(at, 0.6 * swing, "hat")


def _wave(tune: Piece, heard: Sounding) -> Mono:
    return drum(heard.sound, tune.seed) if isinstance(heard.sound, str) else note(*heard.sound)


@lru_cache(maxsize=64)
def loudness(tune: Piece) -> float:
    """Root mean square over eight bars, of the notes' energies: their crossings cancel over time."""
    energy = sum(
        sounding.gain**2 * float(np.sum(_wave(tune, sounding) ** 2))
        for number in range(8)
        for sounding in bar(tune, number)
    )
    return float(np.sqrt(energy / (8 * BEATS * tune.beat_s * RATE_HZ)))


def play(tune: Piece, index: int) -> Mono:
    """Block `index` of the piece, with unit root mean square over the long run."""
    bar_s = BEATS * tune.beat_s
    begin = index * BLOCK
    first = max(0, int((begin / RATE_HZ - LONGEST_S) / bar_s))
    out = np.zeros(BLOCK)
    for number in range(first, int((begin + BLOCK) / RATE_HZ / bar_s) + 1):
        for sounding in bar(tune, number):
            at = round((number * bar_s + sounding.at_s) * RATE_HZ) - begin
            if at < BLOCK:
                wave = _wave(tune, sounding)
                low, high = max(at, 0), min(at + wave.size, BLOCK)
                if low < high:
                    out[low:high] += sounding.gain * wave[low - at : high - at]
    return out / loudness(tune)


def some_music(seed: int, split: Split) -> Callable[[int, int], Mono]:
    """Blocks of a piece of `split` that the seed chooses."""
    tune = piece(split, int(stream(seed, "which piece").integers(0, 1000)))
    return lambda _, index: play(tune, index)
