"""Speech in a place: words at known times, said by somebody, in a room, over noise, with labelled truth."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from coincell.ports import Label
from coincell.signals.blocks import BLOCK, RATE_HZ, Gridded, Mono
from coincell.signals.level import pressure_pa
from coincell.signals.lexicon import CONFUSABLE, OTHER, pronounce
from coincell.signals.reverb import impulse_response, reverberate
from coincell.signals.speakers import Split, speaker
from coincell.signals.streams import stream
from coincell.signals.voice import utter

_LONGEST = 3 * RATE_HZ
"""No word with its room's tail is longer; blocks look back this far."""
_GAP_S = 1.5
"""Nothing else is said this close to a word whose time the recipe gives."""


@dataclass(frozen=True)
class Said:
    """One word of a scene. `number` chooses the speaker, `room` the room (None: none), `take` the take."""

    start: int
    word: str
    phones: tuple[tuple[str, int], ...]
    split: Split
    number: int
    room: int | None
    take: int
    level_db_spl: float


@lru_cache(maxsize=64)
def _dry(phones: tuple[tuple[str, int], ...], split: Split, number: int, take: int) -> Mono:
    return utter(phones, speaker(split, number), take)


@lru_cache(maxsize=64)
def _response(split: Split, room: int) -> Mono:
    return impulse_response(split, room)


@lru_cache(maxsize=64)
def render_word(said: Said) -> tuple[Mono, int]:
    """The word as heard [Pa], and its active length in samples.

    Its level holds over the active part: from the first sound to the last, without the room's tail.
    """
    dry = _dry(said.phones, said.split, said.number, said.take)
    heard = dry if said.room is None else reverberate(dry, _response(said.split, said.room))
    active = float(np.sqrt(np.mean(heard[: dry.size] ** 2)))
    return heard[:_LONGEST] * (pressure_pa(said.level_db_spl) / active), dry.size


def plan(
    *,
    word: str,
    words_at_s: Sequence[float],
    confusable_rate_per_h: float,
    other_rate_per_h: float,
    duration_s: float,
    level_db_spl: float,
    level_spread_db: float,
    split: Split,
    rooms: bool,
    pronunciations: Mapping[str, str],
    seed: int,
) -> list[Said]:
    """Who says what when. Words that chance places do not overlap, nor come close to `words_at_s`."""
    rng = stream(seed, "plan")
    wanted = [(at, word) for at in sorted(words_at_s)]
    kept = [at for at, _ in wanted]
    free = 0.0
    chance: list[tuple[float, str]] = []
    for rate, lexicon in ((confusable_rate_per_h, CONFUSABLE), (other_rate_per_h, OTHER)):
        count = int(rng.poisson(rate * duration_s / 3600)) if rate else 0
        pool = sorted(set(lexicon) - {word})
        chance += [(float(rng.uniform(0.2, duration_s)), str(rng.choice(pool))) for _ in range(count)]
    for at, other in sorted(chance):
        near = bisect_left(kept, at - _GAP_S)
        if at >= free and (near == len(kept) or kept[near] > at + _GAP_S) and at < duration_s - 1.5:
            wanted.append((at, other))
            free = at + 1.2
    said = []
    for index, (at, text) in enumerate(sorted(wanted)):
        own = stream(seed, "said", index)
        said.append(
            Said(
                start=round(at * RATE_HZ),
                word=text,
                phones=pronounce(text, pronunciations),
                split=split,
                number=int(own.integers(0, 1 << 20)),
                room=int(own.integers(0, 1 << 20)) if rooms else None,
                take=int(own.integers(0, 1 << 20)),
                level_db_spl=level_db_spl + float(own.uniform(-level_spread_db, level_spread_db)),
            )
        )
    return said


def speech(said: Sequence[Said]) -> Gridded:
    """The words alone, in silence [Pa]; labels give each word's active part."""
    starts = [item.start for item in said]

    def render(index: int) -> Mono:
        out = np.zeros(BLOCK)
        first = index * BLOCK
        for item in said[bisect_left(starts, first - _LONGEST) : bisect_left(starts, first + BLOCK)]:
            sound, _ = render_word(item)
            at = item.start - first
            begin, end = max(at, 0), min(at + sound.size, BLOCK)
            if begin < end:
                out[begin:end] += sound[begin - at : end - at]
        return out

    return Gridded(render, tuple(_label(item) for item in said))


def _label(item: Said) -> Label:
    length = _dry(item.phones, item.split, item.number, item.take).size
    return Label(item.start / RATE_HZ, (item.start + length) / RATE_HZ, item.word)
