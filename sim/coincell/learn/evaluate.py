"""Does the detector work? Words found and false alarms, on whatever hears them: a board or its twin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coincell.learn.intervals import poisson, wilson
from coincell.ports import Label, Signal
from coincell.signals import WAKE_WORD, create
from coincell.signals.streams import stream

RunBoard = Callable[[Signal, float], Sequence[float]]
"""Listens to a signal [Pa] for a duration [s] and returns when [s] it said that it heard the word."""
Progress = Callable[[float, str], None]

NOISES = ("room", "pink", "traffic", "white", "babble")
WORDS_PER_SCENE = 25
_SPACING_S = (2.2, 3.0)
_LEAD_S = 1.5
NEGATIVE_SCENE_S = 360.0
_LATEST_S = 1.0
"""A detection up to this long after the word's end is the word's."""
_EARLIEST_S = 0.2
"""And none earlier than this after its beginning."""


@dataclass(frozen=True)
class Scene:
    """Something to listen to. Signals are made when asked for: an hour of them need not fit in memory."""

    name: str
    noise: str
    duration_s: float
    make: Callable[[], Signal] = field(compare=False)


@dataclass(frozen=True)
class Heard:
    """How one scene went. `strangers` names what was said at each false alarm ("" for nothing)."""

    scene: Scene
    words: int
    found: int
    latencies_s: tuple[float, ...]
    """From the end of the word's label to the detection."""
    strangers: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """All scenes: those with the wake word, and those without."""

    positive: tuple[Heard, ...]
    negative: tuple[Heard, ...]

    @property
    def words(self) -> int:
        """Wake words said."""
        return sum(h.words for h in self.positive)

    @property
    def found(self) -> int:
        """Wake words found."""
        return sum(h.found for h in self.positive)

    @property
    def false_alarms(self) -> int:
        """Detections in scenes without the word."""
        return sum(len(h.strangers) for h in self.negative)

    @property
    def hours(self) -> float:
        """Length of the scenes without the word [h]."""
        return sum(h.scene.duration_s for h in self.negative) / 3600

    def text(self) -> str:
        """The verdict with 95 % intervals, and where it comes from."""
        lines = []
        if self.words:
            low, high = wilson(self.found, self.words)
            late = np.concatenate([h.latencies_s for h in self.positive])
            lines.append(
                f"found {self.found} of {self.words} words: {self.found / self.words:.1%}"
                f" (95 % interval {low:.1%} to {high:.1%}, Wilson)"
            )
            if late.size:
                median, worst = 1000 * np.median(late), 1000 * late.max()
                lines.append(
                    f"latency from the end of the word: median {median:.0f} ms, worst {worst:.0f} ms"
                )
            for noise in NOISES:
                here = [h for h in self.positive if h.scene.noise == noise]
                if here:
                    lines.append(f"  {noise}: {sum(h.found for h in here)} of {sum(h.words for h in here)}")
            extra = sum(len(h.strangers) for h in self.positive)
            lines.append(f"detections in these scenes that were no word: {extra}")
        if self.hours:
            low, high = poisson(self.false_alarms, self.hours)
            lines.append(
                f"{self.false_alarms} false alarms in {self.hours:.2f} h without the word:"
                f" {self.false_alarms / self.hours:.2f} an hour"
                f" (95 % interval {low:.2f} to {high:.2f}, exact Poisson)"
            )
            said = [name or "nothing" for h in self.negative for name in h.strangers]
            if said:
                lines.append("  at: " + ", ".join(said))
        return "\n".join(lines)


def positive_scenes(n_words: int, seed: int, snr_db: float = 10.0) -> Iterator[Scene]:
    """Scenes in which held-out speakers say `n_words` wake words in held-out rooms, over every noise."""
    for index in range(-(-n_words // WORDS_PER_SCENE)):
        count = min(WORDS_PER_SCENE, n_words - index * WORDS_PER_SCENE)
        rng = stream(seed, "evaluation words", index)
        times = _LEAD_S + np.cumsum(rng.uniform(*_SPACING_S, count))
        recipe = {"words_at_s": times.tolist(), "duration_s": float(times[-1] + 2.5)}
        yield _scene(f"words {index}", recipe, index, snr_db, int(rng.integers(1 << 62)))


def negative_scenes(hours: float, seed: int, snr_db: float = 10.0) -> Iterator[Scene]:
    """`hours` [h] of held-out speakers who say other words, many of them confusable, over each noise."""
    left = hours * 3600
    index = 0
    while left > 1e-6:
        rng = stream(seed, "evaluation others", index)
        recipe = {
            "confusable_rate_per_h": 900,
            "other_rate_per_h": 900,
            "duration_s": min(left, NEGATIVE_SCENE_S),
        }
        yield _scene(f"others {index}", recipe, index, snr_db, int(rng.integers(1 << 62)))
        left -= NEGATIVE_SCENE_S
        index += 1


def _scene(name: str, recipe: Mapping[str, object], index: int, snr_db: float, seed: int) -> Scene:
    noise = NOISES[index % len(NOISES)]
    full = {"kind": "speech_scene", "noise": noise, "snr_db": snr_db, "speakers": "held-out", **recipe}
    return Scene(name, noise, float(str(recipe["duration_s"])), lambda: create(full, seed, name))


def listen(scene: Scene, run_board: RunBoard) -> Heard:
    """Run one scene and compare what was heard with what was said."""
    signal = scene.make()
    detections = list(run_board(signal, scene.duration_s))
    wanted = [label for label in signal.labels if label.name == WAKE_WORD]
    latencies = []
    for label in wanted:
        mine = [t for t in detections if _belongs(t, label)]
        if mine:
            latencies.append(mine[0] - label.end_s)
            detections.remove(mine[0])
    strangers = tuple(_said_at(t, signal.labels) for t in detections)
    return Heard(scene, len(wanted), len(latencies), tuple(latencies), strangers)


def _belongs(time_s: float, label: Label) -> bool:
    return label.start_s + _EARLIEST_S <= time_s <= label.end_s + _LATEST_S


def _said_at(time_s: float, labels: Sequence[Label]) -> str:
    return next((label.name for label in reversed(labels) if _belongs(time_s, label)), "")


def evaluate(
    run_board: RunBoard,
    n_words: int = 250,
    hours: float = 1.0,
    seed: int = 2024,
    snr_db: float = 10.0,
    progress: Progress = lambda _f, _t: None,
) -> Evaluation:
    """Find out how well `run_board` hears `n_words` [words] and ignores `hours` [h] of everything else."""
    scenes = [(True, s) for s in positive_scenes(n_words, seed, snr_db)]
    scenes += [(False, s) for s in negative_scenes(hours, seed, snr_db)]
    total = sum(scene.duration_s for _, scene in scenes)
    done = 0.0
    heard: dict[bool, list[Heard]] = {True: [], False: []}
    for with_word, scene in scenes:
        heard[with_word].append(listen(scene, run_board))
        done += scene.duration_s
        progress(done / total, scene.name)
    return Evaluation(tuple(heard[True]), tuple(heard[False]))
