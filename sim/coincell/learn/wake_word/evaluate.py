"""Does the detector work? Words found and false alarms, on whatever hears them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coincell.build.evaluation_recipe import EvaluationRecipe
from coincell.learn.intervals import poisson, wilson
from coincell.learn.progress import Progress
from coincell.ports import Label, Signal
from coincell.scenario.detection import match
from coincell.signals import WAKE_WORD, create
from coincell.signals.streams import stream
from coincell.simtime import PS_PER_S, seconds

RunBoard = Callable[[Signal, float], Sequence[float]]
"""Listens to a signal [Pa] for a duration [s] and returns when [s] it said that it heard the word."""

NOISES = ("room", "pink", "traffic", "white", "babble")
WORDS_PER_SCENE = 25
_SPACING_S = (2.2, 3.0)
_LEAD_S = 1.5
NEGATIVE_SCENE_S = 360.0


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

    @property
    def extra(self) -> int:
        """Detections in scenes with the word that were no word's: early, late, or a second answer."""
        return sum(len(h.strangers) for h in self.positive)

    @property
    def latencies_s(self) -> tuple[float, ...]:
        """One for each word found, from the end of its label [s]; below 0 where the answer came earlier."""
        return tuple(late for h in self.positive for late in h.latencies_s)

    @property
    def found_ratio(self) -> float:
        """Share of the words that were found."""
        return self.found / self.words

    @property
    def false_alarms_per_h(self) -> float:
        """Rate of detections in scenes without the word [1/h]."""
        return self.false_alarms / self.hours

    def text(self) -> str:
        """The counts with 95 % intervals, and where they come from, as a Markdown list."""
        return "\n".join([*self._found_lines(), *self._alarm_lines()])

    def _found_lines(self) -> list[str]:
        if not self.words:
            return []
        low, high = wilson(self.found, self.words)
        lines = [
            f"- found {self.found} of {self.words} words: {self.found_ratio:.1%}"
            f" (95 % interval {low:.1%} to {high:.1%}, Wilson)"
        ]
        for noise in NOISES:
            here = [h for h in self.positive if h.scene.noise == noise]
            if here:
                lines.append(f"  - {noise}: {sum(h.found for h in here)} of {sum(h.words for h in here)}")
        lines.append(f"  - detections in these scenes that were no word: {self.extra}")
        if self.latencies_s:
            points = 1000 * np.quantile(self.latencies_s, (0, 0.5, 0.95, 1))
            lines.append(
                "- latency from the end of the word: earliest {:.0f} ms, median {:.0f} ms,"
                " 95 % within {:.0f} ms, latest {:.0f} ms".format(*points)
            )
        return lines

    def _alarm_lines(self) -> list[str]:
        if not self.hours:
            return []
        low, high = poisson(self.false_alarms, self.hours)
        lines = [
            f"- {self.false_alarms} false alarms in {self.hours:.4g} h without the word:"
            f" {self.false_alarms_per_h:.2f} an hour"
            f" (95 % interval {low:.2f} to {high:.2f}, exact Poisson)"
        ]
        said = [name or "nothing" for h in self.negative for name in h.strangers]
        return [*lines, "  - at: " + ", ".join(said)] if said else lines


def positive_scenes(n_words: int, seed: int, snr_db: float) -> Iterator[Scene]:
    """Scenes in which held-out speakers say `n_words` wake words in held-out rooms, over every noise."""
    for index in range(-(-n_words // WORDS_PER_SCENE)):
        count = min(WORDS_PER_SCENE, n_words - index * WORDS_PER_SCENE)
        rng = stream(seed, "evaluation words", index)
        times = _LEAD_S + np.cumsum(rng.uniform(*_SPACING_S, count))
        recipe = {"words_at_s": times.tolist(), "duration_s": float(times[-1] + 2.5)}
        yield _scene(f"words {index}", recipe, index, snr_db, int(rng.integers(1 << 62)))


def negative_scenes(hours: float, seed: int, snr_db: float) -> Iterator[Scene]:
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


def listen(scene: Scene, run_board: RunBoard, within_s: float) -> Heard:
    """Run one scene and match what was heard with what was said, by the rule that scenarios use.

    An answer is due from the word's start until `within_s` [s] after its end.
    """
    signal = scene.make()
    detections_ps = sorted(seconds(time_s) for time_s in run_board(signal, scene.duration_s))
    judged = match(signal.labels, detections_ps, WAKE_WORD, "", seconds(within_s), seconds(scene.duration_s))
    strangers = tuple(
        _said_at(time_ps / PS_PER_S, signal.labels, within_s) for time_ps in judged.false_alarms_ps
    )
    words = sum(label.name == WAKE_WORD for label in signal.labels)
    late = tuple(latency_ps / PS_PER_S for latency_ps in judged.latencies_ps)
    return Heard(scene, words, len(judged.found), late, strangers)


def _said_at(time_s: float, labels: Sequence[Label], within_s: float) -> str:
    due = (x.name for x in reversed(labels) if x.start_s <= time_s <= x.end_s + within_s)
    return next(due, "")


def evaluate(
    run_board: RunBoard, recipe: EvaluationRecipe, seed: int, progress: Progress = lambda _f, _t: None
) -> Evaluation:
    """Find out how well `run_board` hears the recipe's words and ignores its hours of everything else."""
    snr_db = float(recipe.snr_db)
    scenes = [(True, s) for s in positive_scenes(recipe.words, seed, snr_db)]
    scenes += [(False, s) for s in negative_scenes(float(recipe.hours), seed, snr_db)]
    total = sum(scene.duration_s for _, scene in scenes)
    done = 0.0
    heard: dict[bool, list[Heard]] = {True: [], False: []}
    for with_word, scene in scenes:
        progress(done / total, scene.name)
        heard[with_word].append(listen(scene, run_board, float(recipe.within_s)))
        done += scene.duration_s
    progress(1.0, "done")
    return Evaluation(tuple(heard[True]), tuple(heard[False]))
