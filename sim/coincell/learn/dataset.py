"""What a model learns from: feature vectors of the app's own firmware, their classes, three splits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coincell.learn.recipe import Split

Features = NDArray[Any]
"""int8 or int16, as the firmware has them."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Feature vectors of n moments, in order of scene and, within a scene, of time.

    `features` is (n, d), in the element type of the firmware's array; `classes` (n,) is the index of each
    one's class, always known; `scene` (n,) which scene of the split it is from, and `time_s` (n,) when in
    that scene `judge` was called [s since reset]. Vectors that teach nothing are not among them.
    """

    features: Features
    classes: NDArray[np.int64]
    scene: NDArray[np.int64]
    time_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        n = len(self.features)
        if self.features.ndim != 2 or any(
            part.shape != (n,) for part in (self.classes, self.scene, self.time_s)
        ):
            raise ValueError("one class, scene and time for each row of features")

    def __len__(self) -> int:
        return len(self.features)

    @property
    def n_features(self) -> int:
        """Features of one moment."""
        return int(self.features.shape[1])

    def per_class(self, n_classes: int) -> NDArray[np.int64]:
        """How many examples each class has."""
        return np.bincount(self.classes, minlength=n_classes).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Examples to learn from, to choose by, and to report on; no scene is in two of them.

    Scenes of `training` and `validation` have other seeds; those of `test` also other people, voices, homes
    and machines. `class_names[i]` is class i, `feature_names[j]` column j. All splits have features of one
    type and number. `training` and `test` have examples of every class.
    """

    training: Examples
    validation: Examples
    test: Examples
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]

    def split(self, name: Split) -> Examples:
        """The examples of one split."""
        return {"training": self.training, "validation": self.validation, "test": self.test}[name]


def gathered(parts: Iterable[Examples]) -> Examples:
    """The examples of several scenes, one after the other. Raises ValueError when there are none."""
    found = list(parts)
    return Examples(
        np.concatenate([part.features for part in found]),
        np.concatenate([part.classes for part in found]),
        np.concatenate([part.scene for part in found]),
        np.concatenate([part.time_s for part in found]),
    )
