"""Blocks that share one address and interrupt (PS, "Peripherals with shared ID")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import NordicBlock
from coincell.peripherals.registry import build, register
from coincell.ports import IrqLine

_ENABLE = 0x500


class _Wire:
    """One part's contribution to the common interrupt line."""

    def __init__(self, out: IrqLine, levels: dict[str, bool], part: str) -> None:
        self._out, self._levels, self._part = out, levels, part

    def set(self, level: bool) -> None:
        self._levels[self._part] = level
        self._out.set(any(self._levels.values()))


@register("nordic.shared")
class Shared:
    """Passes each access to the part in charge: the one whose ENABLE value is set, and those without one.

    While none is enabled, writes reach every part that has the register, so settings made before ENABLE hold
    for whichever is enabled then.
    """

    size = 0x1000

    def __init__(self, name: str, base: int, context: BlockContext, parts: Mapping[str, str]) -> None:
        self.name, self.base = name, base
        self._unmodelled = context.unmodelled
        levels: dict[str, bool] = {}
        self.parts: dict[str, NordicBlock] = {
            part: cast(
                NordicBlock,
                build(kind, part, base, replace(context, irq=_Wire(context.irq, levels, part))),
            )
            for part, kind in parts.items()
        }

    @property
    def finishing(self) -> bool:
        """A part is at work that ends by itself."""
        return any(getattr(part, "finishing", False) for part in self.parts.values())

    def _in_charge(self, offset: int) -> list[NordicBlock]:
        parts = list(self.parts.values())
        if offset != _ENABLE:
            chosen = [p for p in parts if p.ENABLE_VALUE is None or p.words[_ENABLE >> 2] == p.ENABLE_VALUE]
            parts = chosen or parts
        found = [part for part in parts if part.declares(offset)]
        if not found:
            self._unmodelled("/".join(p.name for p in parts), f"0x{offset:03X}")
        return found

    def read(self, offset: int, width: int) -> int:
        value = 0
        for part in self._in_charge(offset & ~3):
            value |= part.read(offset, width)
            if part.ENABLE_VALUE is not None:
                break
        return value

    def write(self, offset: int, width: int, value: int) -> None:
        for part in self._in_charge(offset & ~3):
            part.write(offset, width, value)

    def reset(self) -> None:
        for part in self.parts.values():
            part.reset()
