"""A loaded firmware image, independent of the file format it came in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from coincell.image.attributes import BuildAttributes
from coincell.image.call_frames import FrameRule
from coincell.image.inlines import Inlined
from coincell.image.lines import LineSpan


@dataclass(frozen=True)
class Segment:
    """Bytes to be placed in the chip's memory before reset."""

    address: int
    data: bytes


@dataclass(frozen=True)
class Symbol:
    """A function or an object. Thumb bit removed from `address`."""

    name: str
    address: int
    size: int
    is_function: bool


@dataclass(frozen=True)
class Call:
    """A function under way; `source` is the file and line that it is at."""

    function: str
    source: tuple[str, int] | None
    inlined: bool


@dataclass(frozen=True)
class FirmwareImage:
    """Segments, symbols and, where the file has them, source lines."""

    path: Path
    format: str
    """"elf", "hex", "bin" or "uf2"."""
    segments: tuple[Segment, ...]
    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    ram_static: int = 0
    """Bytes of RAM that the image's own data takes (.data + .bss); 0 when the format does not say."""
    target: str = ""
    """The chip family the file says it is for, when its format has a place for that (UF2)."""
    attributes: BuildAttributes | None = None
    """What it was compiled for, when it says so (ELF)."""
    line_at: Callable[[int], tuple[str, int] | None] = field(default=lambda _: None, compare=False)
    """Source file and line of an address, when debug information is there (read on first use)."""
    inlined_at: Callable[[int], tuple[Inlined, ...]] = field(default=lambda _: (), compare=False)
    """Inlined functions that hold an address, the innermost first."""
    frame_rule_at: Callable[[int], FrameRule | None] = field(default=lambda _: None, compare=False)
    """How to find the caller of the function that holds an address, from call frame information."""
    line_spans: Callable[[], tuple[LineSpan, ...]] = field(default=lambda: (), compare=False)
    """All lines that have code, by address (read when called)."""
    code: tuple[tuple[int, int], ...] = ()
    """Where there are instructions, as (first address, address after the last); data in between is left out.
    Empty when the format does not say."""

    def calls_at(self, address: int) -> tuple[Call, ...]:
        """The functions under way at `address`: those that were inlined, then the one that holds them.

        Empty where there are no symbols.
        """
        calls, source = [], self.line_at(address)
        for inlined in self.inlined_at(address):
            calls.append(Call(inlined.name, source, True))
            source = inlined.called_at
        function = self.function_at(address)
        if function is None:
            return ()
        return (*calls, Call(function.name, source, False))

    @cached_property
    def _functions(self) -> tuple[list[int], list[Symbol]]:
        functions = sorted((s for s in self.symbols.values() if s.is_function), key=lambda s: s.address)
        return [s.address for s in functions], functions

    def function_at(self, address: int) -> Symbol | None:
        """The function that contains `address`, if the image has symbols."""
        addresses, functions = self._functions
        index = bisect_right(addresses, address) - 1
        if index < 0:
            return None
        symbol = functions[index]
        return symbol if address < symbol.address + max(symbol.size, 2) else None
