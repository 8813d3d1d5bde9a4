"""`coincell train APP`: from generated signals to a committed model and its report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from coincell import data
from coincell.errors import InputError
from coincell.learn.wake_word.train import train_wake_word

Progress = Callable[[float, str], None]
"""Called now and then with the share done (0..1) and what is going on."""

RECIPE, MODEL, REPORT = "training.toml", "model.tflite", "report.md"


class Report(Protocol):
    """What training found."""

    def markdown(self) -> str:
        """The report as text."""


@dataclass(frozen=True)
class Trained:
    """The files that training wrote, and what it found."""

    model: Path
    report_file: Path
    report: Report


def train(
    app: str, seed: int = 1, out_dir: Path | None = None, progress: Progress = lambda _f, _t: None
) -> Trained:
    """Train `app`'s model and write it and `report.md` to `out_dir` (or the app's folder).

    Raises InputError for an app without a training recipe, MissingToolError without TensorFlow.
    """
    if app not in trainable():
        raise InputError(
            "nothing here knows how to train this app", key="app", value=app, allowed=trainable()
        )
    folder = data.find("firmware/apps", app, "")
    model, report = train_wake_word(folder, seed, progress)
    out = out_dir or folder
    out.mkdir(parents=True, exist_ok=True)
    (out / MODEL).write_bytes(model)
    (out / REPORT).write_text(report.markdown(), encoding="utf-8")
    progress(1.0, "done")
    return Trained(out / MODEL, out / REPORT, report)


def trainable() -> list[str]:
    """Apps that have a training recipe."""
    apps = data.names("firmware/apps", "")
    return [name for name in apps if (data.find("firmware/apps", name, "") / RECIPE).is_file()]
