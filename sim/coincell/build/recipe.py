"""`app.toml` and `hal.toml`: what an app is made of and what a HAL offers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from coincell import data
from coincell.build.evaluation_recipe import EvaluationRecipe
from coincell.build.target import Target
from coincell.describe.load import explain
from coincell.errors import InputError

_Model = TypeVar("_Model", bound=BaseModel)

FALLBACK_HAL = "semihosting"
CORE_GROUP = "core"
_OCCUPIED = ("app", "cmsis_nn", "hal", "model", "nn", "nn_cmsis", "sampling", "sense", "startup")
"""Folders among which an app is compiled; those that it borrows from lie beside them."""


Judge = Literal["model", "baseline", "silent"]
"""Who answers `judge()` in an app: what was trained, a plain rule beside it, or nobody (for training)."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelRecipe(_Strict):
    """The model of an app. `file` lies in the app's folder."""

    file: str
    keep_input: bool = False
    """A network keeps its input through an inference (its size in RAM, and no need to fill it anew)."""


class AppRecipe(_Strict):
    """An app: its sources, the groups of hal.h it calls, its stack, its model, how it is evaluated.

    An app with a `judge` is built with exactly one source that defines `judge()`: this one, its `baseline`,
    or the silent one of firmware/sense.
    """

    title: str
    sources: tuple[str, ...] = Field(min_length=1)
    judge: str | None = Field(default=None, min_length=1)
    baseline: str | None = Field(default=None, min_length=1)
    hal: tuple[str, ...] = ()
    stack_bytes: int = Field(default=2048, ge=256, le=1 << 20)
    model: ModelRecipe | None = None
    evaluate: EvaluationRecipe | None = None
    defines: Mapping[str, int | str] = {}

    @field_validator("sources")
    @classmethod
    def _near(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        for name in sources:
            _check_near(name)
        return sources

    @field_validator("judge", "baseline")
    @classmethod
    def _judge_near(cls, name: str | None) -> str | None:
        if name is not None:
            _check_near(name)
        return name

    @model_validator(mode="after")
    def _one_judge(self) -> AppRecipe:
        if self.baseline is not None and self.judge is None:
            raise ValueError('baseline stands in for a judge: name that too, judge = "judge.c"')
        for key, name in (("judge", self.judge), ("baseline", self.baseline)):
            if name in self.sources:
                raise ValueError(f"{name!r} is the {key}, compiled when it is chosen: take it out of sources")
        return self

    @property
    def neighbours(self) -> tuple[str, ...]:
        """Folders beside the app's own that it takes sources from."""
        named = (*self.sources, self.judge or "", self.baseline or "")
        return tuple(sorted({name.split("/")[1] for name in named if name.startswith("../")}))


def _check_near(name: str) -> None:
    steps = name.split("/")
    if steps[0] == ".." and (len(steps) < 3 or steps[1] in (".", "..", *_OCCUPIED)):
        raise ValueError(f"a source in the folder beside this one is ../FOLDER/FILE, not {name!r}")


class HalRecipe(_Strict):
    """A HAL: sources for each group of hal.h that it implements."""

    chips: tuple[str, ...] = ()
    boards: str = ""
    offers: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class App:
    """An app found on disk."""

    name: str
    folder: Path
    recipe: AppRecipe

    @property
    def model_sha256(self) -> str:
        """Of the model's file; "" for an app without one."""
        model = self.recipe.model
        return sha256((self.folder / model.file).read_bytes()).hexdigest() if model else ""

    @property
    def judges(self) -> list[Judge]:
        """Who can answer, the model first; the plain rule alone while an app has no model."""
        if self.recipe.baseline is None:
            return ["model"]
        return ["baseline"] if self.recipe.judge == self.recipe.baseline else ["model", "baseline"]

    def judged_by(self, judge: Judge) -> str | None:
        """The app's own source that defines `judge()`; None when it has none, or the silent one is wanted.

        Raises InputError when the app has nothing by which `judge` could answer.
        """
        recipe = self.recipe
        if judge == "model":
            return recipe.judge
        lacks = "judge" if recipe.judge is None else "baseline"
        if recipe.judge is None or (judge == "baseline" and recipe.baseline is None):
            raise InputError(
                f"the app {self.name!r} cannot be built with its {judge} judge: it names no {lacks}",
                where=str(self.folder / "app.toml"),
                key=lacks,
                mend="firmware/README.md says what a judge and a baseline are",
            )
        return recipe.baseline if judge == "baseline" else None


@dataclass(frozen=True)
class Hal:
    """A HAL found on disk. `board_header` is relative to `folder`, "" when the HAL knows no boards."""

    name: str
    folder: Path
    recipe: HalRecipe
    board_header: str

    def sources(self, app: App) -> list[str]:
        """Sources for every group that `app` needs. Raises InputError naming a group it lacks."""
        chosen: list[str] = []
        for group in (CORE_GROUP, *app.recipe.hal):
            if group not in self.recipe.offers:
                raise InputError(
                    f"app {app.name!r} needs {group!r}, which the HAL {self.name!r} does not offer",
                    where=str(app.folder / "app.toml"),
                    key="hal",
                    value=group,
                    allowed=sorted(self.recipe.offers),
                    mend=f"choose another board, or add the group to {self.folder / 'hal.toml'}",
                )
            chosen += [name for name in self.recipe.offers[group] if name not in chosen]
        return chosen


def find_app(name: str) -> App:
    """The app `firmware/apps/<name>`, or a folder given by path. Raises InputError."""
    folder = Path(name)
    if not (folder / "app.toml").is_file():
        if _means_a_folder(name):
            raise _no_recipe(f"{name.rstrip('/')}/app.toml")
        folder = data.find("firmware/apps", name, "")
    return App(folder.resolve().name, folder, _read(folder / "app.toml", AppRecipe))


def _means_a_folder(name: str) -> bool:
    """Whether `name` is a path rather than the name of an app."""
    return "/" in name or name in (".", "..") or (name not in _app_names() and Path(name).is_dir())


def _app_names() -> set[str]:
    return set(data.names("firmware/apps", ""))


def _no_recipe(where: str) -> InputError:
    return InputError(
        "this file is missing, and without it a folder is no app",
        where=where,
        mend=(
            'write it beside the C sources, at least with a line `title = "..."` and a line '
            '`sources = ["main.c"]` (firmware/README.md has the other keys); or name one of '
            f"`coincell apps`: {', '.join(sorted(_app_names()))}"
        ),
    )


def find_hal(target: Target) -> Hal:
    """The HAL for the target's family; the semihosting one where the family has none.

    Raises InputError when the family's HAL does not know the board's pins.
    """
    known = set(data.names("firmware/hal", ""))
    name = target.family if target.family in known else FALLBACK_HAL
    folder = data.find("firmware/hal", name, "")
    recipe = _read(folder / "hal.toml", HalRecipe)
    header = ""
    if recipe.boards:
        boards = folder / recipe.boards
        header = f"{recipe.boards}/{target.name}.h"
        if not (folder / header).is_file():
            raise InputError(
                f"the HAL {name!r} has no pin header for this board",
                where=str(boards),
                value=target.name,
                allowed=sorted(path.stem for path in boards.glob("*.h")),
                mend=f"add {folder / header}",
            )
    return Hal(name, folder, recipe, header)


def _read(path: Path, kind: type[_Model]) -> _Model:
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("this file is missing", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not valid TOML: {error}", where=str(path)) from None
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        refused = explain(error, str(path))
        if error.errors()[0]["type"] == "extra_forbidden":
            refused.allowed = sorted(kind.model_fields)
        raise refused from None
