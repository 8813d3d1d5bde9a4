"""From the type name in a chip's description to the class that models it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from coincell.errors import InputError
from coincell.peripherals.context import BlockContext
from coincell.ports import BusBlock

_FAMILIES = ("stub", "nordic")
_types: dict[str, Callable[..., BusBlock]] = {}


def register(type_name: str) -> Callable[[type], Any]:
    """Class decorator: a chip's description can ask for this block by `type_name`."""

    def enter(cls: type) -> type:
        if type_name in _types:
            raise TypeError(f"two block classes are called {type_name}")
        _types[type_name] = cls
        return cls

    return enter


def types() -> list[str]:
    """Every type name that `create` knows."""
    _load()
    return sorted(_types)


def create(type_name: str, name: str, base: int, context: BlockContext, **options: Any) -> BusBlock:
    """A block for the bus at `base`, reachable by the event fabric.

    Raises InputError for an unknown type or option.
    """
    block = build(type_name, name, base, context, **options)
    context.fabric.place(block)
    return block


def build(type_name: str, name: str, base: int, context: BlockContext, **options: Any) -> BusBlock:
    """As `create`, for a part of another block: the fabric reaches it through that one."""
    _load()
    if type_name not in _types:
        raise InputError(
            "no such block type", key=f"block {name}: type", value=type_name, allowed=sorted(_types)
        )
    cls = _types[type_name]
    try:
        return cls(name, base, context, **options)
    except TypeError as error:
        if "unexpected keyword argument" not in str(error) and "missing" not in str(error):
            raise
        text = str(error).split("() ", 1)[-1]
        raise InputError(
            text, key=f"block {name}: options", value=options, mend=f"see {type_name}"
        ) from error


def _load() -> None:
    for family in _FAMILIES:
        import_module(f"coincell.peripherals.{family}")
