"""`training.toml`: what an app's model learns from, and what it is. Keys carry their units."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from coincell.describe import parse, read_toml
from coincell.describe.model import Described, Name, NotNegative, Positive
from coincell.errors import InputError
from coincell.learn.model_recipe import KINDS, Compression, ModelRecipe

Ratio = Annotated[Positive, Field(le=1)]
Scenes = Annotated[int, Field(ge=1, le=100_000)]
FeatureType = Literal["int8", "int16"]
Split = Literal["training", "validation", "test"]
SPLITS: tuple[Split, ...] = ("training", "validation", "test")
NO_LABEL = ""
"""In `[truth.classes]`: the stretches where no label holds."""


class Truth(Described):
    """`[truth]`: how a window of features gets its class from a signal's labels.

    `classes` says which class a label means; "" are the stretches without a label. A label that is not named
    there teaches nothing, and neither does a window that the rule leaves open.
    """

    classes: dict[str, Name] = Field(min_length=1)
    input: Name | None = None
    """Input of the board whose signal has the labels; needed only when several have some."""
    rule: Literal["cover", "end"] = "cover"
    """cover: the class that holds for most of the window, for at least `cover_min_ratio` of it.
    end: the class of a label that ended in the window's last `within_s`; that of "" while nothing was under
    way but labels of the same class."""
    under_way: Name | None = None
    """end: the class of windows that see a label earlier or later; without it, they teach nothing."""
    cover_min_ratio: Ratio = Fraction(4, 5)
    within_s: Positive = Fraction(1, 2)
    undecided_s: NotNegative = Fraction(0)
    """end: windows that end this long before a label's end, or this long after `within_s` is over, teach
    nothing: whether the label has ended is a matter of taste there."""
    ahead_s: NotNegative = Fraction(0)
    """With "cover": the moment this much after the window judges it, what is to be foretold."""

    @model_validator(mode="after")
    def _foretells_what_holds(self) -> Truth:
        if self.ahead_s and self.rule == "end":
            raise ValueError('ahead_s is for rule = "cover"')
        return self


class Scene(Described):
    """`[[scenes]]`: something that happens to the board, many times over with other seeds.

    `signals` has a table for each input, with the keys of a scenario's signals. In place of any value there
    may be `{ from = 3, to = 25 }` or `{ one_of = ["a", "b"] }`, drawn anew for each scene, or
    `{ training = 1, test = 2 }`. The inputs of a scene share its seed, and what the same key of them draws.
    """

    count: Scenes
    """For training."""
    validation: Scenes | None = None
    """Further ones to choose the best epoch by; without it, a quarter of `count`."""
    test: Scenes | None = None
    """Of held-out people, voices or machines, to report on; without it, a quarter of `count`."""
    duration_s: Positive
    settle_s: NotNegative = Fraction(0)
    """Windows that begin earlier than this teach nothing."""
    signals: dict[Name, dict[str, Any]] = Field(min_length=1)

    @field_validator("signals", mode="before")
    @classmethod
    def _plain_numbers(cls, signals: Any) -> Any:
        return _plain(signals)

    def number(self, split: Split) -> int:
        """How many scenes there are in a split."""
        given = {"training": self.count, "validation": self.validation, "test": self.test}[split]
        return given or max(1, round(self.count / 4))


class TrainingRecipe(Described):
    """All of `training.toml` but `[model]`, which is one of several (`Training.model`)."""

    board: Name
    classes: Annotated[tuple[Name, ...], Field(min_length=2, max_length=128)]
    """What judge() returns, from 0 on."""
    window_s: Positive
    """How long a stretch of time the features of one moment are about."""
    features: FeatureType | None = None
    """Element type of the firmware's array `features`; without it int8 for a network, else int16."""
    feature_names: tuple[str, ...] = ()
    """For the reports, and for names in the C of trees; without it f0, f1, ..."""
    truth: Truth
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1)]
    compress: Compression = Field(default_factory=Compression)

    @field_validator("classes")
    @classmethod
    def _all_different(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(classes)) < len(classes):
            raise ValueError("each class has a name of its own")
        return classes

    @model_validator(mode="after")
    def _classes_are_known(self) -> TrainingRecipe:
        meant = {*self.truth.classes.values(), self.truth.under_way}
        if self.truth.under_way is not None and self.truth.under_way not in self.classes:
            raise ValueError(f"truth.under_way: {self.truth.under_way!r} is none of classes")
        if strange := sorted(set(self.truth.classes.values()) - set(self.classes)):
            raise ValueError(f"truth.classes: {strange[0]!r} is none of classes")
        if untaught := [name for name in self.classes if name not in meant]:
            raise ValueError(f"truth.classes: no label means the class {untaught[0]!r}")
        return self


@dataclass(frozen=True)
class Training:
    """A training recipe that was read. `digest` is SHA-256 of its text."""

    path: Path
    recipe: TrainingRecipe
    model: ModelRecipe
    digest: str

    @property
    def feature_type(self) -> FeatureType:
        """Element type of the array `features`."""
        return self.recipe.features or ("int8" if self.model.kind == "network" else "int16")


def read_training(path: Path) -> Training:
    """The recipe in `path`. Raises InputError naming file, key, value and what is allowed."""
    table = read_toml(path)
    where = str(path)
    model = table.pop("model", None)
    if not isinstance(model, dict):
        raise InputError(
            "a table that says what learns is needed", where, "model", mend='[model] with kind = "network"'
        )
    kind = model.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError("no such kind of model", where, "model.kind", kind, sorted(KINDS))
    recipe = parse(TrainingRecipe, table, where)
    try:
        chosen = parse(KINDS[kind], model, where)
    except InputError as error:
        raise replace(error, key=f"model.{error.key}" if error.key else "model") from error
    if kind == "network" and recipe.features == "int16":
        raise InputError("a network's input is int8", where, "features", "int16", mend="leave it out")
    if recipe.compress.prune_ratio and kind != "network":
        raise InputError(
            "only a network's weights are pruned; a tree has max_depth and min_samples_leaf",
            where,
            "compress.prune_ratio",
            float(recipe.compress.prune_ratio),
        )
    return Training(path, recipe, chosen, hashlib.sha256(path.read_bytes()).hexdigest())


def _plain(value: Any) -> Any:
    """Numbers as floats: signals are not held to the exact decimal."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value
