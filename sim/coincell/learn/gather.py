"""From captured scenes to the examples of a data set: each vector with its class, or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from coincell.errors import InputError
from coincell.learn.capture import Firmware, as_features, capture, check_inputs
from coincell.learn.captured import Captured, prune
from coincell.learn.dataset import Dataset, Examples, gathered
from coincell.learn.progress import Progress
from coincell.learn.recipe import NO_LABEL, SPLITS, Split, Training
from coincell.learn.report import Origin
from coincell.learn.scenes import DrawnScene, draw
from coincell.learn.truth import UNKNOWN, Classes, Judging, labels_of


@dataclass(frozen=True, eq=False)
class Gathered:
    """The data set, and for each split its scenes, what each gave, and the class of each vector."""

    data: Dataset
    scenes: Mapping[Split, Sequence[DrawnScene]]
    captured: Mapping[Split, Sequence[Captured]]
    classes: Mapping[Split, Sequence[Classes]]
    named: frozenset[str]
    """Labels that the recipe names."""

    def origin(self, split: Split) -> Origin:
        """What was run for a split."""
        scenes, captured = self.scenes[split], self.captured[split]
        return Origin(
            n_scenes=len(scenes),
            hours=float(sum(scene.duration_s for scene in scenes)) / 3600,
            n_vectors=sum(len(one.time_s) for one in captured),
            unnamed=tuple(sorted(_names(captured) - self.named)),
        )

    @property
    def unseen(self) -> tuple[str, ...]:
        """Labels that the recipe names and no scene has."""
        seen = set().union(*(_names(self.captured[split]) for split in SPLITS))
        return tuple(sorted(self.named - seen - {NO_LABEL}))


def gather(
    training: Training,
    firmware: Firmware,
    seed: int,
    progress: Progress = lambda _done, _what: None,
    jobs: int = 1,
    share: Fraction = Fraction(1),
    recorded: Mapping[Split, Sequence[DrawnScene]] | None = None,
    generated: bool = True,
) -> Gathered:
    """Run the scenes of all splits and label what was captured.

    They are `share` of each of the recipe's tables, if `generated`, and what a user has `recorded`.

    Raises InputError for a recipe that does not fit the firmware or gives a class no example; FirmwareCrash.
    """
    recipe, where = training.recipe, str(training.path)
    names = _feature_names(training, firmware)
    scenes: dict[Split, list[DrawnScene]] = {
        split: (draw(training, split, seed, share) if generated else []) + [*(recorded or {}).get(split, ())]
        for split in SPLITS
    }
    every = [scene for split in SPLITS for scene in scenes[split]]
    check_inputs(firmware, every)
    captured = iter(capture(firmware, every, progress, jobs))
    prune()
    of_split: dict[Split, list[Captured]] = {
        split: [next(captured) for _ in scenes[split]] for split in SPLITS
    }
    judging = Judging(recipe.truth, recipe.classes, float(recipe.window_s))
    classes: dict[Split, list[Classes]] = {
        split: [
            judging.classes_at(
                found.time_s,
                labels_of(recipe.truth, found.labels, where),
                float(scene.duration_s),
                float(scene.settle_s),
            )
            for scene, found in zip(scenes[split], of_split[split], strict=True)
        ]
        for split in SPLITS
    }
    examples = {split: _examples(training, of_split[split], classes[split], len(names)) for split in SPLITS}
    for split in SPLITS:
        _check_classes(training, split, examples[split], of_split[split])
    data = Dataset(examples["training"], examples["validation"], examples["test"], recipe.classes, names)
    return Gathered(data, scenes, of_split, classes, frozenset(recipe.truth.classes))


def _feature_names(training: Training, firmware: Firmware) -> tuple[str, ...]:
    n_features = firmware.n_features(training.feature_type)
    names = training.recipe.feature_names
    if names and len(names) != n_features:
        raise InputError(
            f"the firmware's array `features` has {n_features} elements of {training.feature_type}",
            str(training.path),
            "feature_names",
            f"{len(names)} names",
            mend="name each element once, in order; or leave feature_names out",
        )
    return names or tuple(f"f{number}" for number in range(n_features))


def _examples(
    training: Training, captured: Sequence[Captured], classes: Sequence[Classes], n_features: int
) -> Examples:
    parts = []
    for number, (found, own) in enumerate(zip(captured, classes, strict=True)):
        known = own != UNKNOWN
        features = as_features(found, training.feature_type)[known].reshape(-1, n_features)
        parts.append(Examples(features, own[known], np.full(known.sum(), number), found.time_s[known]))
    return gathered(parts)


def _check_classes(
    training: Training, split: Split, examples: Examples, captured: Sequence[Captured]
) -> None:
    """Each class needs an example to be learned and to be tested."""
    n_vectors = sum(len(found.time_s) for found in captured)
    if not n_vectors:
        raise InputError(
            f"the firmware never calls judge() in the scenes for {split}",
            str(training.path),
            "scenes",
            mend="let them last longer than what the features are about, or look at main.c",
        )
    if split == "validation":
        return
    counts = examples.per_class(len(training.recipe.classes))
    for name, count in zip(training.recipe.classes, counts, strict=True):
        if not count:
            raise InputError(
                f"of {n_vectors} vectors of the scenes for {split} none is of this class",
                str(training.path),
                "truth.classes",
                name,
                allowed=[f"label {label!r}" for label in sorted(_names(captured))],
                mend="more or longer scenes in which it happens; truth.rule and window_s say which vectors "
                "have a class",
            )


def _names(captured: Sequence[Captured]) -> set[str]:
    return {label.name for found in captured for own in found.labels.values() for label in own}
