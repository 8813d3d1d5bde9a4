"""Recipes: what a scenario or a file in sensors/signals says, checked, and the signal that it makes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError

from coincell.data import find
from coincell.errors import InputError
from coincell.ports import Signal
from coincell.signals.kinds import KINDS, Recipe


def create(recipe: Mapping[str, Any], seed: int, where: str = "signal") -> Signal:
    """The signal of `recipe` under `seed`.

    `recipe` has a `kind` and that kind's keys; or `signal = "name"` for the recipe of that name in
    `sensors/signals`, whose keys the others then replace. Raises InputError naming `where` and the key.
    """
    return parse(recipe, where).make(seed)


def parse(recipe: Mapping[str, Any], where: str = "signal") -> Recipe:
    """`recipe` checked, without making anything."""
    model, keys = _resolved(recipe, where)
    try:
        return model.model_validate(keys)
    except ValidationError as error:
        raise _explain(error, model, where) from error


def kind_of(recipe: Mapping[str, Any], where: str = "signal") -> type[Recipe]:
    """The kind that makes the signal of `recipe`; its fields are the keys it takes. Raises InputError."""
    return _resolved(recipe, where)[0]


def _resolved(recipe: Mapping[str, Any], where: str) -> tuple[type[Recipe], dict[str, Any]]:
    """The kind, and all keys: those of the named recipe too."""
    keys = dict(recipe)
    if "signal" in keys:
        keys = {**_load(str(keys.pop("signal"))), **keys}
    kind = keys.pop("kind", None)
    if kind not in KINDS.names():
        problem = "a signal needs a kind (or signal = a name)"
        raise InputError(problem, where=where, key="kind", value=kind, allowed=KINDS.names())
    return cast(type[Recipe], KINDS.find(kind)), keys  # only recipes enter


def _load(name: str) -> dict[str, Any]:
    path = find("sensors/signals", name)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"this is not TOML ({error})", where=str(path)) from error


def _explain(error: ValidationError, model: type[Recipe], where: str) -> InputError:
    first = error.errors()[0]
    allowed: list[str] = []
    if first["type"] == "extra_forbidden":
        allowed = sorted(model.model_fields)
        problem = "no such key in this kind of signal"
    else:
        problem = str(first["msg"]).removeprefix("Value error, ")
    key = ".".join(str(step) for step in first["loc"])
    return InputError(problem, where=where, key=key, value=_short(first.get("input")), allowed=allowed)


def _short(value: object) -> object:
    return None if isinstance(value, dict) else value
