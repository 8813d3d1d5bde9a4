"""Somebody talks: words of a repertoire in phrases, with pauses to breathe."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from coincell.signals.blocks import BLOCK, RATE_HZ, Mono, Renderer
from coincell.signals.lexicon import CONFUSABLE, OTHER, pronounce
from coincell.signals.reverb import impulse_response, reverberate
from coincell.signals.speakers import Split, speaker
from coincell.signals.streams import stream
from coincell.signals.voice import utter

_CROWD = 4
_REPERTOIRE = 24
_WORDS = (3, 9)
"""Words in a phrase: at least, and fewer than."""
_BETWEEN_S = (0.01, 0.09)
"""Between the words of a phrase [s] (estimate)."""
_BREATH_S = (0.25, 0.7)
"""Between phrases [s] (estimate)."""
_SHORTEST_S = 0.4
"""Nobody begins to speak for less [s]."""

Phrase = tuple[float, float]
"""Begin and end [s]."""


@lru_cache(maxsize=32)
def _repertoire(split: Split, number: int, room: int) -> tuple[tuple[Mono, int], ...]:
    """Words of one speaker as heard in a room, each of unit root mean square, and their active lengths."""
    rng = stream(number, "repertoire")
    lexicon = sorted({**CONFUSABLE, **OTHER})
    who = speaker(split, number)
    words = []
    for take, word in enumerate(rng.choice(lexicon, _REPERTOIRE)):
        dry = utter(pronounce(str(word)), who, take)
        heard = reverberate(dry, impulse_response(split, room))
        active = float(np.sqrt(np.mean(heard[: dry.size] ** 2)))
        words.append((heard / active, dry.size))
    return tuple(words)


def talk(
    seed: int, crowd: int, split: Split, begin_s: float, end_s: float
) -> tuple[Renderer, tuple[Phrase, ...]]:
    """One or two people in conversation: blocks of sound by number, and when phrases are spoken.

    They begin at `begin_s` and are silent from `end_s` [s] on, but for the room's echo. Words have unit root
    mean square within 2 dB. People and room are those of `crowd`: four people, one room.
    """
    rng = stream(seed, "talk")
    *everybody, room = (int(n) for n in stream(crowd, "crowd").integers(0, 1 << 20, _CROWD + 1))
    people = rng.choice(everybody, int(rng.integers(1, 3)), replace=False)
    said: list[tuple[int, float, Mono]] = []
    phrases: list[Phrase] = []
    now = begin_s
    while now < end_s - _SHORTEST_S:
        words = _repertoire(split, int(rng.choice(people)), room)
        first = now
        for _ in range(int(rng.integers(*_WORDS))):
            heard, active = words[int(rng.integers(_REPERTOIRE))]
            if now + active / RATE_HZ > end_s:
                break
            said.append((round(now * RATE_HZ), 10 ** (rng.uniform(-2, 2) / 20), heard))
            spoken = now + active / RATE_HZ
            now = spoken + rng.uniform(*_BETWEEN_S)
        if now == first:
            break
        phrases.append((first, spoken))
        now = spoken + rng.uniform(*_BREATH_S)

    def render(index: int) -> Mono:
        out = np.zeros(BLOCK)
        for start, gain, word in said:
            at = start - index * BLOCK
            low, high = max(at, 0), min(at + word.size, BLOCK)
            if low < high:
                out[low:high] += gain * word[low - at : high - at]
        return out

    return render, tuple(phrases)
