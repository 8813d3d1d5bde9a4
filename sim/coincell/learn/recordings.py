"""A user's own recordings as scenes: a folder of files, what happens in each, and which are for the test.

`FOLDER/LABEL/*.wav|csv|resd`: the whole of a file is what its folder is called, a label or a class of the
recipe. `FOLDER/labels.csv` with the columns file, start_s, end_s, label tells more exactly, and so does a
column `label` of a CSV file. `FOLDER/recordings.toml` says how files are read, where defaults are not right:
`[signals.INPUT]` with the keys of a scenario's signal. Folders `training`, `validation` and `test` above
these split as the user wants; else files are split by chance, label by label, 4 : 1 : 1.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

from coincell.describe import BoardDescription, read_toml
from coincell.errors import InputError
from coincell.learn.recipe import NO_LABEL, SPLITS, Split, Training
from coincell.learn.scenes import DrawnScene
from coincell.ports import Recorded
from coincell.signals import create
from coincell.signals.csv_recording import LABEL, TIME
from coincell.signals.streams import stream

HOW, WHAT = "recordings.toml", "labels.csv"
_KINDS = {".wav": "recording", ".csv": "csv", ".resd": "resd"}
_COLUMNS = ("file", "start_s", "end_s", "label")
_SHARE = 6
"""One file of so many is for validation, and one for the test."""
Spans = list[tuple[float, float, str]]


def recorded_scenes(
    training: Training, board: BoardDescription, folder: Path, seed: int
) -> dict[Split, list[DrawnScene]]:
    """The recordings in `folder`, a scene each. Raises InputError naming file and key."""
    if not folder.is_dir():
        raise InputError("there is no such folder of recordings", str(folder))
    reader = _Reader(training, board, folder)
    scenes: dict[Split, list[DrawnScene]] = {}
    for split, paths in _split(reader.files(), folder, seed).items():
        scenes[split] = [reader.scene(path, split, number) for number, path in enumerate(paths)]
    return scenes


def _split(files: Sequence[Path], folder: Path, seed: int) -> dict[Split, list[Path]]:
    """Which files are for what."""
    there = [split for split in SPLITS if (folder / split).is_dir()]
    if there:
        own: dict[Split, list[Path]] = {
            split: [path for path in files if path.is_relative_to(folder / split)] for split in SPLITS
        }
        if empty := [split for split in SPLITS if not own[split]]:
            raise InputError(
                f"there is a folder {there[0]}, but no recording for {empty[0]}",
                str(folder),
                allowed=[f"{split}/LABEL/..." for split in SPLITS],
                mend="divide the recordings into all three, or into none",
            )
        return own
    parts: dict[Split, list[Path]] = {split: [] for split in SPLITS}
    for group in sorted({path.parent for path in files}):
        paths = [path for path in files if path.parent == group]
        if len(paths) < len(SPLITS):
            raise InputError(
                "at least three recordings of each are needed: to learn, to choose and to test",
                str(group),
                value=f"{len(paths)} recordings",
                mend="cut long recordings into several files: one file is never in two of these",
            )
        order = stream(seed, "recordings", group.name).permutation(len(paths))
        few = max(1, round(len(paths) / _SHARE))
        places: dict[Split, Any] = {
            "training": order[2 * few :], "validation": order[:few], "test": order[few : 2 * few],
        }  # fmt: skip
        for split in SPLITS:
            parts[split] += [paths[place] for place in sorted(places[split])]
    return parts


class _Reader:
    """How the files of a folder are read, and what is known of them."""

    def __init__(self, training: Training, board: BoardDescription, folder: Path) -> None:
        self.training, self.folder = training, folder
        self.inputs = self._inputs(board)
        self.told = _told(folder / WHAT)

    def files(self) -> list[Path]:
        """All recordings, in the order of their names."""
        paths = sorted(path for path in self.folder.rglob("*") if path.suffix.lower() in _KINDS)
        found = [path for path in paths if path != self.folder / WHAT and path.name[0] != "."]
        if not found:
            raise InputError(
                "there is no recording in this folder",
                str(self.folder),
                allowed=[f"LABEL/*{s}" for s in _KINDS],
            )
        names = {self._name(path) for path in found}
        if strange := sorted(set(self.told) - names):
            raise InputError(
                "there is no such recording", str(self.folder / WHAT), "file", strange[0], sorted(names)
            )
        return found

    def scene(self, path: Path, split: Split, number: int) -> DrawnScene:
        """The file, played from its beginning to its end."""
        signals = {name: self._recipe(path, name, keys) for name, keys in self.inputs.items()}
        length_s = 0.0
        for name, recipe in signals.items():
            signal = create(recipe, 0, f"signals.{name}")
            assert isinstance(signal, Recorded)  # all of _KINDS are
            length_s = min(length_s or signal.recorded_s, signal.recorded_s)
        labels = self._labels(path, length_s)
        if labels is not None:
            signals = {name: recipe | {"labels": labels} for name, recipe in signals.items()}
        duration_s = Fraction(floor(length_s * 1000), 1000)
        return DrawnScene(split, number, number, duration_s, Fraction(0), signals, str(path))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _inputs(self, board: BoardDescription) -> dict[str, dict[str, Any]]:
        """What the user says of each input, and its unit; without a word, of the one that the scenes feed."""
        path = self.folder / HOW
        if path.is_file():
            tables = read_toml(path)
            given = tables.pop("signals", None)
            if tables or not isinstance(given, dict) or not all(isinstance(t, dict) for t in given.values()):
                raise InputError(
                    "this file has tables [signals.INPUT] and nothing else",
                    str(path),
                    next(iter(tables), "signals"),
                )
        else:
            fed = sorted({name for scene in self.training.recipe.scenes for name in scene.signals})
            if len(fed) > 1:
                raise InputError(
                    f"the app listens to several inputs: {', '.join(fed)}",
                    str(path),
                    mend="say there which columns go where: [signals.INPUT] with columns = [...]",
                )
            given = {name: {} for name in fed}
        found = {}
        for name, keys in given.items():
            part, quantity = board.input_named(name)
            found[name] = {"unit": board.device(part).units[quantity], **keys}
        return found

    def _recipe(self, path: Path, name: str, keys: Mapping[str, Any]) -> dict[str, Any]:
        """The signal that plays the file at an input."""
        kind = _KINDS[path.suffix.lower()]
        recipe = {"kind": kind, "path": str(path), **keys}
        if kind == "resd":
            recipe.pop("unit")  # the type says it
        if kind == "csv":
            if "rate_hz" not in recipe:
                recipe.setdefault("time_column", TIME)
            if self._name(path) not in self.told and LABEL in _first_line(path, recipe.get("delimiter", ",")):
                recipe.setdefault("label_column", LABEL)
        return recipe

    def _labels(self, path: Path, length_s: float) -> Spans | None:
        """What happens when, unless the file says it itself."""
        truth, where = self.training.recipe.truth, str(path)
        if (spans := self.told.get(self._name(path))) is not None:
            return [(start_s, end_s, self._label(label)) for start_s, end_s, label in spans]
        if path.suffix.lower() == ".csv" and LABEL in _first_line(path, self._delimiter()):
            return None
        name = path.parent.name
        known = [*truth.classes, *self.training.recipe.classes]
        if name not in known:
            raise InputError(
                "nothing says what happens in this recording: its folder is named as no label or class",
                where,
                value=name,
                allowed=[label for label in dict.fromkeys(known) if label],
                mend=f"move it into a folder of that name, or list it in {WHAT}: {','.join(_COLUMNS)}",
            )
        label = self._label(name)
        if label == NO_LABEL:
            return []
        if truth.rule == "end" and truth.classes.get(label) != truth.classes.get(NO_LABEL):
            raise InputError(
                "the recipe wants to know when this ends, and a folder's name does not tell",
                where,
                value=name,
                mend=f"list it in {WHAT}: {','.join(_COLUMNS)}",
            )
        return [(0.0, length_s, label)]

    def _delimiter(self) -> str:
        return next((str(keys["delimiter"]) for keys in self.inputs.values() if "delimiter" in keys), ",")

    def _label(self, name: str) -> str:
        """A label, or the first that means the class of that name."""
        classes = self.training.recipe.truth.classes
        if name in classes:
            return name
        return next((label for label, meant in classes.items() if meant == name), name)


def _told(path: Path) -> dict[str, Spans]:
    """The spans of labels.csv, by file."""
    if not path.is_file():
        return {}
    found: dict[str, Spans] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            if rows.fieldnames is None or set(rows.fieldnames) != set(_COLUMNS):
                raise InputError(
                    "its first line names other columns", str(path), value=rows.fieldnames, allowed=_COLUMNS
                )
            for row in rows:
                found.setdefault(Path(row["file"]).as_posix(), []).append(
                    (float(row["start_s"]), float(row["end_s"]), row["label"].strip())
                )
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"a line of labels is wrong ({error})", str(path), mend=",".join(_COLUMNS)
        ) from error
    return found


def _first_line(path: Path, delimiter: str) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return [name.strip().strip('"') for name in file.readline(1 << 16).split(delimiter)]
