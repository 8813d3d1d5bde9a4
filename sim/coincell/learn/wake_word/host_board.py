"""The wake-word app's twin on this computer: the same integers, without a machine. For iterating fast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coincell.learn import quantise
from coincell.learn.wake_word.capture import capture
from coincell.learn.wake_word.data import FRAME_S, FRAMES, WAKE
from coincell.learn.wake_word.detector import FRAMES_PER_INFERENCE, detect
from coincell.learn.wake_word.evaluate import RunBoard
from coincell.learn.wake_word.frontend import Int16, features
from coincell.ports import Signal


def scores(model: bytes, pcm: Int16, reference: bool = False) -> NDArray[np.int64]:
    """The wake word's score (0..255) of every inference that the app makes of `pcm`."""
    frames = features(pcm)
    ends = range(FRAMES, len(frames) + 1, FRAMES_PER_INFERENCE)
    seen = np.array([frames[end - FRAMES : end] for end in ends], np.int8).reshape(
        -1, FRAMES, frames.shape[1]
    )
    return quantise.run(model, seen, reference)[:, WAKE].astype(np.int64) + 128


def heard_at_s(inference: int) -> float:
    """When the last sample that inference number `inference` uses was taken [s]."""
    return (FRAMES + inference * FRAMES_PER_INFERENCE) * FRAME_S


def host_board(model: bytes, seed: int = 0) -> RunBoard:
    """A RunBoard that listens with the twin. Computing takes no time, so its detections come at once."""

    def run(signal: Signal, duration_s: float) -> Sequence[float]:
        return [heard_at_s(d.inference) for d in detect(scores(model, capture(signal, duration_s, seed)))]

    return run
