"""The plain rule beside a model, on the vectors that the model is tested on."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from coincell.build.judging import answers, build_judge
from coincell.build.recipe import Judge
from coincell.errors import InputError
from coincell.learn.confusion import Confusion
from coincell.learn.gather import Gathered
from coincell.learn.recipe import Split
from coincell.learn.truth import UNKNOWN


def judged(app: str, found: Gathered, judge: Judge, split: Split = "test") -> Confusion:
    """What the app's `judge`, compiled for this machine, answers to the vectors of a split that have a class.

    It sees every vector of each scene in order. Raises InputError for an answer that is no class.
    """
    captured = found.captured[split]
    with TemporaryDirectory(prefix="coincell-judge-") as folder:
        program = Path(folder) / "judge"
        build_judge(app, program, judge)
        said = answers(
            program, [one.vectors.tobytes() for one in captured], [len(one.time_s) for one in captured]
        )
    answered: NDArray[np.int64] = np.frombuffer(b"".join(said), np.uint8).astype(np.int64)
    truth = np.concatenate(found.classes[split])
    names = found.data.class_names
    if (answered >= len(names)).any():
        raise InputError(
            f"the {judge} judge answers with a class that training.toml does not have",
            app,
            "classes",
            int(answered.max()),
            mend=f"it has {len(names)}: 0 to {len(names) - 1}",
        )
    known = truth != UNKNOWN
    return Confusion.of(names, truth[known], answered[known])
