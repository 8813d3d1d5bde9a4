"""The twin of `firmware/apps/wake_word/detector.c`: when is a run of scores the word?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FRAMES_PER_INFERENCE = 6
"""The network looks every 120 ms."""
SMOOTH = 3
THRESHOLD = 220
"""Mean of the last SMOOTH scores (of 255) that counts as the word."""
REFRACTORY = 8
"""Inferences after a detection during which none other is made."""


@dataclass(frozen=True)
class Detection:
    """Inference number at which the word was seen, and the mean score then."""

    inference: int
    score: int


def detect(scores: Iterable[int], threshold: int = THRESHOLD) -> list[Detection]:
    """Detections in a run of scores 0..255."""
    recent = [0] * SMOOTH
    quiet = 0
    found = []
    for index, score in enumerate(scores):
        recent = [*recent[1:], int(score)]
        if quiet:
            quiet -= 1
        elif sum(recent) >= threshold * SMOOTH:
            quiet = REFRACTORY
            found.append(Detection(index, sum(recent) // SMOOTH))
    return found
