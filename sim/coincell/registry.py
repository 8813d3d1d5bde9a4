"""From a name in a description to the class that plays it. Classes enter themselves when imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Generic, TypeVar

from coincell.errors import InputError

Made = TypeVar("Made")
Entered = TypeVar("Entered", bound=type)


class Registry(Generic[Made]):
    """Classes of one `kind` ("block type") by name; `modules` of `package` hold all of them."""

    def __init__(self, kind: str, package: str, modules: Sequence[str]) -> None:
        self._kind = kind
        self._modules = tuple(f"{package}.{module}" for module in modules)
        self._classes: dict[str, Callable[..., Made]] = {}

    def register(self, name: str) -> Callable[[Entered], Entered]:
        """Class decorator: a description can ask for this class by `name`."""

        def enter(cls: Entered) -> Entered:
            if name in self._classes:
                raise TypeError(f"two classes for {self._kind} {name}")
            self._classes[name] = cls
            return cls

        return enter

    def names(self) -> list[str]:
        """Every name that `find` knows."""
        self._load()
        return sorted(self._classes)

    def find(self, name: str, **place: Any) -> Callable[..., Made]:
        """The class called `name`. Raises InputError that says `place` (`where`, `key`) if there is none."""
        self._load()
        if name not in self._classes:
            raise InputError(f"no such {self._kind}", value=name, allowed=sorted(self._classes), **place)
        return self._classes[name]

    def _load(self) -> None:
        for module in self._modules:
            import_module(module)
