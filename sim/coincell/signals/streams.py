"""Random streams by name: every piece of a signal has its own, so pieces can be made in any order."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, *path: str | int) -> np.random.Generator:
    """The generator that belongs to `path` under `seed`: the same numbers whenever it is asked for."""
    words = [zlib.crc32(step.encode()) if isinstance(step, str) else step & 0xFFFFFFFF for step in path]
    return np.random.default_rng([seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF, *words])
