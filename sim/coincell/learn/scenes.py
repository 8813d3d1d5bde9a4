"""Scenes of a training recipe: what is drawn for each of them, and the signals that come of it.

A scene's signals are made by the code that makes a scenario's. Which people, voices, homes or machines they
are of is not drawn: those of the test are held out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, TypeGuard, get_args

from coincell.data import UnknownNameError
from coincell.errors import InputError
from coincell.learn.recipe import SPLITS, Scene, Split, Training
from coincell.ports import Signal
from coincell.signals import create
from coincell.signals.recipes import kind_of
from coincell.signals.speakers import SPLITS as WHOSE
from coincell.signals.streams import stream

_WHOSE: Mapping[Split, str] = {"training": "training", "validation": "training", "test": "held-out"}
_RANGE, _CHOICE = frozenset({"from", "to"}), frozenset({"one_of"})


@dataclass(frozen=True)
class DrawnScene:
    """One scene with everything drawn. `number` counts within its split; `where` is for error messages."""

    split: Split
    number: int
    seed: int
    duration_s: Fraction
    settle_s: Fraction
    signals: Mapping[str, Mapping[str, Any]]
    where: str

    def make(self) -> dict[str, Signal]:
        """The signal for each input of the board. Raises InputError."""
        return {
            name: create(recipe, self.seed, f"{self.where}.signals.{name}")
            for name, recipe in self.signals.items()
        }


def draw(training: Training, split: Split, seed: int, share: Fraction = Fraction(1)) -> list[DrawnScene]:
    """The scenes of `split`, or the first `share` of each table's. The same seed draws the same.

    Raises InputError naming the key of a value that cannot be drawn.
    """
    scenes: list[DrawnScene] = []
    for table, scene in enumerate(training.recipe.scenes):
        for index in range(ceil(scene.number(split) * share)):
            own = int(stream(seed, "scene", split, table, index).integers(1 << 62))
            where = f"{training.path}, scenes[{table}]"
            drawn = _Draw(split, own, where)
            signals = {
                name: _completed(drawn.table(recipe, name), scene, split, training.path, where, name)
                for name, recipe in scene.signals.items()
            }
            number = len(scenes)
            scenes.append(
                DrawnScene(split, number, own, Fraction(scene.duration_s), scene.settle_s, signals, where)
            )
    return scenes


def _completed(
    recipe: dict[str, Any], scene: Scene, split: Split, path: Path, where: str, name: str
) -> Mapping[str, Any]:
    """With what a recipe does not say: whose signal it is, how long it is, where the recipe's folder is."""
    try:
        fields = kind_of(recipe, f"{where}.signals.{name}").model_fields
    except UnknownNameError as error:
        raise replace(error, where=where, key=f"signals.{name}.signal") from error
    for key in (name for name, field in fields.items() if get_args(field.annotation) == WHOSE):
        if key in recipe:
            raise InputError(
                "training sets this itself: the test is of others than those that were learned from",
                where,
                f"signals.{name}.{key}",
                recipe[key],
                mend="leave it out",
            )
        recipe[key] = _WHOSE[split]
    if "duration_s" in fields:
        recipe.setdefault("duration_s", float(scene.duration_s))
    if isinstance(recipe.get("path"), str):
        recipe["path"] = str(path.parent / recipe["path"])
    return recipe


@dataclass(frozen=True)
class _Draw:
    """Values of one scene. What is drawn for a key depends on the key and the seed, not on the input."""

    split: Split
    seed: int
    where: str

    def table(self, recipe: Mapping[str, Any], name: str) -> dict[str, Any]:
        return {key: self._value(value, (key,), f"signals.{name}.{key}") for key, value in recipe.items()}

    def _value(self, value: Any, path: tuple[str | int, ...], key: str) -> Any:
        if isinstance(value, list):
            return [self._value(item, (*path, i), f"{key}[{i}]") for i, item in enumerate(value)]
        if not isinstance(value, Mapping):
            return value
        keys = value.keys()
        if keys & _RANGE:
            return self._between(value, path, key)
        if keys & _CHOICE:
            return self._one_of(value, path, key)
        if keys & set(SPLITS):
            return self._value(self._of_split(value, key), path, key)
        return {name: self._value(item, (*path, name), f"{key}.{name}") for name, item in value.items()}

    def _between(self, value: Mapping[str, Any], path: tuple[str | int, ...], key: str) -> int | float:
        low, high = value.get("from"), value.get("to")
        if value.keys() != _RANGE or not _is_number(low) or not _is_number(high) or low > high:
            raise self._error(
                "a range goes from a number to one not below it", key, value, "from = 3, to = 25"
            )
        rng = stream(self.seed, "draw", *path)
        if isinstance(low, int) and isinstance(high, int):
            return int(rng.integers(low, high, endpoint=True))
        return float(rng.uniform(low, high))

    def _one_of(self, value: Mapping[str, Any], path: tuple[str | int, ...], key: str) -> Any:
        pool = value.get("one_of")
        if value.keys() != _CHOICE or not isinstance(pool, Sequence) or isinstance(pool, str) or not pool:
            raise self._error("a choice has a list of at least one value", key, value, 'one_of = ["a", "b"]')
        chosen = int(stream(self.seed, "draw", *path).integers(len(pool)))
        return self._value(pool[chosen], (*path, "chosen"), key)

    def _of_split(self, value: Mapping[str, Any], key: str) -> Any:
        """What goes for training goes for validation, unless there is a value of its own."""
        if not value.keys() <= set(SPLITS) or not {"training", "test"} <= value.keys():
            raise self._error(
                "a value by split has one for training and one for the test, perhaps one for validation",
                key,
                value,
                "training = 1, test = 2",
            )
        return value.get(self.split, value["training"])

    def _error(self, problem: str, key: str, value: object, example: str) -> InputError:
        return InputError(problem, self.where, key, value, mend=f"for instance {{ {example} }}")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
