"""What a mistake about each class costs while a model learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coincell.errors import InputError

Weights = Literal["balanced"] | Sequence[float]


def weights_of_classes(
    weights: Weights, y: NDArray[np.int64], classes: Sequence[str], where: str = "training.toml"
) -> NDArray[np.float64]:
    """What a mistake about each class costs; balanced, as scikit-learn has it: n / (classes * n of it).

    Raises InputError for a class without examples, or with another number of weights than classes.
    """
    counts = np.bincount(y, minlength=len(classes))
    if not counts.all():
        raise InputError(
            "no scene for training has a window of this class",
            where,
            "truth.classes",
            classes[int(np.argmin(counts))],
            mend="add a scene with its label, or look at truth.rule and window_s",
        )
    if weights == "balanced":
        balanced: NDArray[np.float64] = len(y) / (len(classes) * counts)
        return balanced
    if len(weights) != len(classes):
        raise InputError(
            f"there are {len(classes)} classes",
            where,
            "model.class_weights",
            list(weights),
            mend="one number each",
        )
    return np.asarray(weights, np.float64)
