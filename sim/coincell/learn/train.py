"""`coincell train APP`: from generated signals to a committed model and its report."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from coincell import data
from coincell.build.recipe import App, find_app
from coincell.errors import InputError
from coincell.learn.baseline import judged
from coincell.learn.capture import silent_firmware
from coincell.learn.estimators import train_estimator, write
from coincell.learn.gather import Gathered, gather
from coincell.learn.model_recipe import NetworkRecipe
from coincell.learn.network.train import train_network
from coincell.learn.progress import Progress
from coincell.learn.recipe import SPLITS, Training, read_training
from coincell.learn.recordings import recorded_scenes
from coincell.learn.report import ModelReport, TrainingReport
from coincell.learn.scikit_learn import scikit_learn
from coincell.learn.tensorflow import tensorflow

RECIPE, REPORT = "training.toml", "report.md"
QUICK = Fraction(1, 8)
"""Share of the scenes that a trial takes."""
_CAPTURED = 0.7
"""Share of the time that running scenes is taken to need."""


@dataclass(frozen=True)
class Recordings:
    """A user's own recordings, alone or beside the recipe's scenes."""

    folder: Path
    with_scenes: bool


@dataclass(frozen=True)
class Trained:
    """The files that training wrote, and what it found."""

    model: Path
    report_file: Path
    report: TrainingReport


def train(
    app: str,
    seed: int = 1,
    out_dir: Path | None = None,
    progress: Progress = lambda _f, _t: None,
    *,
    quick: bool = False,
    jobs: int = 1,
    toolchain: str = "zig",
    recordings: Path | None = None,
    with_scenes: bool = False,
) -> Trained:
    """Train `app`'s model and write it and `report.md` to `out_dir` (or the app's folder).

    A folder of `recordings` (learn/recordings.py) takes the place of the recipe's scenes, or with
    `with_scenes` stands beside them.

    `quick` takes an eighth of the scenes, to see whether all fits together; it needs an `out_dir`. Up to
    `jobs` processes run scenes. Raises InputError for an app without a training recipe or one that does not
    fit its firmware, MissingToolError without TensorFlow or scikit-learn, FirmwareCrash.
    """
    if quick and out_dir is None:
        raise InputError(
            "a quick trial is not for the app's folder",
            key="--quick",
            mend="name another folder: --out trial",
        )
    if with_scenes and recordings is None:
        raise InputError(
            "the scenes are all there is", key="--with-scenes", mend="it goes with --data FOLDER"
        )
    own = Recordings(recordings, with_scenes) if recordings is not None else None
    found = _with_recipe(app)
    training = read_training(found.folder / RECIPE)
    name = _model_file(found, training)
    model, report = _learned(app, found, training, seed, progress, quick, jobs, toolchain, own)
    out = out_dir or found.folder
    out.mkdir(parents=True, exist_ok=True)
    (out / name).write_bytes(model)
    (out / REPORT).write_text(report.markdown(), encoding="utf-8")
    progress(1.0, "done")
    return Trained(out / name, out / REPORT, report)


def trainable() -> list[str]:
    """Apps that have a training recipe."""
    apps = data.names("firmware/apps", "")
    return [name for name in apps if (data.find("firmware/apps", name, "") / RECIPE).is_file()]


def _with_recipe(app: str) -> App:
    known = trainable()
    if "/" not in app and app not in known and not Path(app, RECIPE).is_file():
        raise InputError("nothing here knows how to train this app", key="app", value=app, allowed=known)
    found = find_app(app)
    if not (found.folder / RECIPE).is_file():
        raise InputError(
            "this app does not say how it is trained",
            str(found.folder / RECIPE),
            mend="firmware/README.md says what its training.toml holds",
        )
    return found


def _model_file(found: App, training: Training) -> str:
    """The file that app.toml names. Raises InputError when it cannot be what is trained."""
    suffix = ".tflite" if isinstance(training.model, NetworkRecipe) else ".json"
    usual = "model.tflite" if suffix == ".tflite" else "model.tree.json"
    where = str(found.folder / "app.toml")
    if found.recipe.model is None:
        mend = f'add to the end: [model] with file = "{usual}"; judge.c includes what comes of it'
        raise InputError("the app names no model that training could write", where, "model", mend=mend)
    file = found.recipe.model.file
    if not file.endswith(suffix):
        raise InputError(
            f"a {training.model.kind} is written to a file that ends in {suffix}",
            where,
            "model.file",
            file,
            mend=f'file = "{usual}"',
        )
    return file


def _learned(
    app: str,
    found: App,
    training: Training,
    seed: int,
    progress: Progress,
    quick: bool,
    jobs: int,
    toolchain: str,
    own: Recordings | None,
) -> tuple[bytes, TrainingReport]:
    (tensorflow if isinstance(training.model, NetworkRecipe) else scikit_learn)()
    progress(0.0, "compiling the firmware")
    firmware = silent_firmware(app, training.recipe.board, toolchain)
    gathered = gather(
        training,
        firmware,
        seed,
        lambda done, what: progress(_CAPTURED * done, what),
        jobs,
        QUICK if quick else Fraction(1),
        recorded_scenes(training, firmware.board, own.folder, seed) if own else None,
        own is None or own.with_scenes,
    )
    model, made = _model(training, gathered, seed, lambda done, what: progress(_CAPTURED + 0.28 * done, what))
    progress(0.99, "judging by the plain rule")
    return model, TrainingReport(
        app=found.name,
        board=training.recipe.board,
        command=f"coincell train {found.name} --seed {seed}" + (" --quick" if quick else "") + _options(own),
        recorded=own is not None,
        data=gathered.data,
        gathered={split: gathered.origin(split) for split in SPLITS},
        model=made,
        rule=judged(app, gathered, "baseline") if found.recipe.baseline else None,
        unseen=gathered.unseen,
    )


def _options(own: Recordings | None) -> str:
    if own is None:
        return ""
    return f" --data {own.folder.name}" + (" --with-scenes" if own.with_scenes else "")


def _model(
    training: Training, gathered: Gathered, seed: int, progress: Progress
) -> tuple[bytes, ModelReport]:
    data_set, where = gathered.data, str(training.path)
    if isinstance(training.model, NetworkRecipe):
        return train_network(
            training.model,
            training.recipe.compress,
            data_set,
            seed,
            progress,
            where,
        )
    model, report = train_estimator(training.model, data_set, seed, progress, where)
    return write(model), report
