"""What the wake-word network learns from: windows of features cut from scenes that the generators make.

Whole scenes go through the front end as on the device, then windows are cut at the moments at which the
device would look. Splitting is by speaker: a scene's voices and rooms are all of one split.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coincell.learn.wake_word.capture import GAIN_DB, capture
from coincell.learn.wake_word.frontend import BANDS, HOP, RATE_HZ, features
from coincell.ports import Label
from coincell.signals import WAKE_WORD, create
from coincell.signals.speakers import Split
from coincell.signals.streams import stream

FRAMES = 48
"""Frames that the network sees at once (0.97 s)."""
CLASSES = ("noise", "other", "wake")
NOISE, OTHER_SPEECH, WAKE = range(3)
FRAME_S = HOP / RATE_HZ
SCENE_S = 40.0
_SEEN_S = (0.02, 0.36)
"""The window is the word's when it ends this long after the word's end."""
_UNDECIDED_S = (-0.25, 0.70)
"""Windows whose end lies this close to a word's end, but not in _SEEN_S, teach nothing."""
_NOISES = ("white", "pink", "room", "traffic", "babble")

Int8 = NDArray[np.int8]


@dataclass(frozen=True)
class Windows:
    """`x` [feature] of shape (n, FRAMES, BANDS) and the class number of each."""

    x: Int8
    y: NDArray[np.int64]


def windows(
    split: Split, n_scenes: int, seed: int, progress: Callable[[float], None] = lambda _: None
) -> Windows:
    """Windows from `n_scenes` scenes: one in three with the wake word, the others with everything else."""
    parts = []
    for index in range(n_scenes):
        parts.append(_scene_windows(split, seed, index))
        progress((index + 1) / n_scenes)
    return Windows(np.concatenate([p.x for p in parts]), np.concatenate([p.y for p in parts]))


def _scene_windows(split: Split, seed: int, index: int) -> Windows:
    rng = stream(seed, "training scene", split, index)
    with_word = index % 3 == 0
    noise = _NOISES[int(rng.integers(len(_NOISES)))]
    recipe: dict[str, object] = {
        "kind": "speech_scene",
        "duration_s": SCENE_S,
        "speakers": split,
        "noise": noise,
        "snr_db": float(rng.uniform(3, 25)),
        "level_db_spl": float(rng.uniform(52, 82)),
        "level_spread_db": 4.0,
        "room": "any" if rng.random() < 0.85 else "none",
    }
    if with_word:
        recipe["words_at_s"] = np.cumsum(rng.uniform(1.4, 2.2, int(SCENE_S / 2) - 1)).tolist()
    elif rng.random() < 0.92:
        recipe |= {"confusable_rate_per_h": 3600, "other_rate_per_h": 2400}
    signal = create(recipe, int(rng.integers(1 << 62)))
    pcm = capture(signal, SCENE_S, int(rng.integers(1 << 30)), GAIN_DB + rng.uniform(-3, 3))
    frames = features(pcm)
    return cut(frames, signal.labels, noise == "babble", rng, 3 if with_word else 6)


def cut(
    frames: Int8, labels: tuple[Label, ...], busy: bool, rng: np.random.Generator, stride: int
) -> Windows:
    """Windows of `frames` about every `stride` frames, with their classes. `busy`: noise has voices in it."""
    ends = np.arange(FRAMES, len(frames) + 1)
    time = ends * FRAME_S
    y = np.full(ends.size, OTHER_SPEECH if busy else NOISE)
    for label in labels:
        overlaps = (time > label.start_s + 0.1) & (time < label.end_s + FRAMES * FRAME_S - 0.1)
        y[overlaps] = OTHER_SPEECH
    for label in labels:
        if label.name == WAKE_WORD:
            after = time - label.end_s
            y[(after > _UNDECIDED_S[0]) & (after < _UNDECIDED_S[1])] = -1
    for label in labels:
        if label.name == WAKE_WORD:
            after = time - label.end_s
            y[(after >= _SEEN_S[0]) & (after <= _SEEN_S[1])] = WAKE
    take = (np.arange(ends.size) + int(rng.integers(stride))) % stride == 0
    take |= (y == WAKE) & (rng.random(ends.size) < 0.25)
    chosen = np.flatnonzero(take & (y >= 0))
    x = np.stack([frames[end - FRAMES : end] for end in ends[chosen]])
    return Windows(x.reshape(-1, FRAMES, BANDS), y[chosen])
