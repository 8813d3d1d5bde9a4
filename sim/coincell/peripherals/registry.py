"""From the type name in a chip's description to the class that models it."""

from __future__ import annotations

from typing import Any

from coincell.errors import InputError
from coincell.peripherals.context import BlockContext
from coincell.ports import BusBlock
from coincell.registry import Registry

_FAMILIES = ("stub", "nordic", "st")
BLOCKS: Registry[BusBlock] = Registry("block type", "coincell.peripherals", _FAMILIES)

register = BLOCKS.register
types = BLOCKS.names


def create(type_name: str, name: str, base: int, context: BlockContext, **options: Any) -> BusBlock:
    """A block for the bus at `base`, reachable by the event fabric.

    Raises InputError for an unknown type or option.
    """
    block = build(type_name, name, base, context, **options)
    context.fabric.place(block)
    return block


def build(type_name: str, name: str, base: int, context: BlockContext, **options: Any) -> BusBlock:
    """As `create`, for a part of another block: the fabric reaches it through that one."""
    cls = BLOCKS.find(type_name, key=f"block {name}: type")
    try:
        return cls(name, base, context, **options)
    except TypeError as error:
        if "unexpected keyword argument" not in str(error) and "missing" not in str(error):
            raise
        text = str(error).split("() ", 1)[-1]
        raise InputError(
            text, key=f"block {name}: options", value=options, mend=f"see {type_name}"
        ) from error
