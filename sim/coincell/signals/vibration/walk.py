"""A random walk that can be entered anywhere: the sum of the first n steps without adding them all."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from coincell.signals.streams import stream
from coincell.signals.vibration.slow import Array

_CHUNK = 256
_LEVELS = 32
LONGEST = _CHUNK << _LEVELS
"""Steps that a walk has: 10^12, a thousand years of a bearing's impacts."""


class Walk:
    """A sum of independent normal steps of unit variance, beginning at 0.

    Lévy's construction: a walk's middle, given both ends, is normal about their mean with a quarter of the
    variance between them. So each chunk's ends follow from its ancestors in a binary tree.
    """

    def __init__(self, seed: int, *path: str | int) -> None:
        self._seed, self._path = seed, path
        self._end = lru_cache(1 << 12)(self._new_end)

    def _draw(self, name: str, *number: int) -> float:
        return float(stream(self._seed, *self._path, name, *number).standard_normal())

    def _new_end(self, chunk: int) -> float:
        """Where the walk is when chunk number `chunk` begins."""
        if chunk == 0:
            return 0.0
        if chunk == 1 << _LEVELS:
            return self._draw("last") * float(np.sqrt(LONGEST))
        half = chunk & -chunk  # distance to both neighbours from which this point was drawn
        mean = (self._end(chunk - half) + self._end(chunk + half)) / 2
        return mean + self._draw("middle", chunk) * float(np.sqrt(half * _CHUNK / 2))

    def _inside(self, chunk: int) -> Array:
        start, end = self._end(chunk), self._end(chunk + 1)
        steps = stream(self._seed, *self._path, "steps", chunk).standard_normal(_CHUNK)
        free = np.concatenate([[0.0], np.cumsum(steps)])
        share = np.arange(_CHUNK) / _CHUNK
        bridge: Array = start + free[:-1] + share * (end - start - free[-1])
        return bridge

    def values(self, first: int, count: int) -> Array:
        """The sums of the first `first`, `first` + 1, … steps: `count` of them. Below 0 it stays at 0."""
        chunks = range(first // _CHUNK, (first + count - 1) // _CHUNK + 1)
        pieces = [self._inside(chunk) if chunk >= 0 else np.zeros(_CHUNK) for chunk in chunks]
        offset = first - chunks[0] * _CHUNK if pieces else 0
        return np.concatenate([*pieces, []])[offset : offset + count]
