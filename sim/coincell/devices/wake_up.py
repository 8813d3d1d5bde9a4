"""Wake-up of ST's motion sensors: acceleration that changes by more than a threshold from sample to sample.

slope(n) = (a(n) - a(n-1)) / 2, on any axis, for WAKE_DUR + 1 samples in a row: AN5192, "Wake-up
interrupt", from memory. Threshold in full scale / 64 or / 256 (iis3dwb_reg.h:1045-1049).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from coincell.ports import Samples

Flags = np.ndarray[Any, np.dtype[np.bool_]]


def awake(acceleration: Samples, threshold: float, duration: int) -> Flags:
    """Which axes wake at each sample, shape (n - 1 - duration, 3), of the `n` samples given.

    The first answer is for sample number `duration + 1`. An axis counts when it moves too much there, and
    some axis has in each of the `duration` samples before.
    """
    moves: Flags = np.abs(np.diff(acceleration, axis=0)) / 2 > threshold
    some: Flags = np.asarray(moves.any(axis=1))
    held = np.ones(len(moves) - duration, bool)
    for ago in range(duration + 1):
        held &= some[duration - ago : len(some) - ago]
    result: Flags = moves[duration:] & held[:, np.newaxis]
    return result
