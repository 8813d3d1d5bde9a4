"""Noise of parts by number: sample n is a function of seed, part and n alone, however it is read."""

from __future__ import annotations

import numpy as np

from coincell.ports import Samples

_BLOCK = 4096


class Noise:
    """Standard normal numbers. `kind` tells apart the noises of one part, and those of unlike parts."""

    def __init__(self, seed: int, part: str, kind: int) -> None:
        name = np.frombuffer(part.encode(), np.uint8)
        seeds = np.random.SeedSequence([seed, kind, *map(int, name)])
        self._key = seeds.generate_state(2, np.uint64)
        self._latest: tuple[int, Samples] = -1, np.zeros(0)  # a block of noise serves many reads

    def read(self, start: int, count: int) -> Samples:
        """Numbers `start` to `start + count`."""
        first, last = start // _BLOCK, (start + count - 1) // _BLOCK
        blocks = [self._block(number) for number in range(first, last + 1)]
        offset = start - first * _BLOCK
        return np.concatenate(blocks)[offset : offset + count]

    def at(self, number: int) -> float:
        """One of them."""
        return float(self._block(number // _BLOCK)[number % _BLOCK])

    def _block(self, number: int) -> Samples:
        if number != self._latest[0]:
            bits = np.random.Philox(key=self._key, counter=[0, 0, 0, number % (1 << 64)])
            self._latest = number, np.random.Generator(bits).standard_normal(_BLOCK)
        return self._latest[1]
