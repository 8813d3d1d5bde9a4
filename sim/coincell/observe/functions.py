"""Which function an address belongs to. Where there is no symbol, a range of addresses stands for one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import iter_unpack

import numpy as np

from coincell.image import FirmwareImage, Segment, Symbol

_VECTORS = 64
"""Words of a vector table that are looked at in an image without symbols."""
_LAST = 1 << 32


@dataclass(frozen=True)
class Function:
    """`name` is None where the image has no symbol."""

    start: int
    end: int
    name: str | None

    @property
    def title(self) -> str:
        """Its name, or its addresses."""
        return self.name if self.name is not None else f"0x{self.start:08x}-0x{self.end - 1:08x}"


class Functions:
    """Every address is in exactly one function."""

    def __init__(self, image: FirmwareImage, memories: Iterable[tuple[int, int]]) -> None:
        """`memories` are (base, size) of what may hold code."""
        named = dict(_symbols(image))
        edges = {0, _LAST, *named}
        for symbol in named.values():
            edges.add(symbol.address + symbol.size)
        for base, size in memories:
            edges |= {base, base + size}
        for segment in image.segments:
            edges |= {segment.address, segment.address + len(segment.data)}
        if not named:
            edges.update(_entries(image.segments))
        self._starts = sorted(edge for edge in edges if edge < _LAST)
        self._all = [
            Function(start, end, named[start].name if start in named else None)
            for start, end in zip(self._starts, [*self._starts[1:], _LAST], strict=True)
        ]
        self.digest = sha256(repr(self._starts).encode()).hexdigest()

    def at(self, address: int) -> Function:
        """The function that holds `address`."""
        return self._all[bisect_right(self._starts, address) - 1]

    def range_at(self, address: int) -> tuple[int, int]:
        """First address and length of the function that holds `address`."""
        function = self.at(address)
        return function.start, function.end - function.start

    def __iter__(self) -> Iterator[Function]:
        return iter(self._all)


def _symbols(image: FirmwareImage) -> Iterator[tuple[int, Symbol]]:
    """One function for each address: of several names the longest reaching, then the shortest."""
    functions = [s for s in image.symbols.values() if s.is_function]
    for symbol in sorted(functions, key=lambda s: (s.size, -len(s.name), s.name)):
        yield symbol.address, symbol


def _entries(segments: Sequence[Segment]) -> Iterator[int]:
    """Addresses that look like entries of functions: targets of BL, and of the words of a vector table."""
    for part in segments:
        end = part.address + len(part.data)
        yield from (target for target in _called(part) if part.address <= target < end)
    table = segments[0].data[: 4 * _VECTORS] if segments else b""
    for (word,) in iter_unpack("<I", table[: len(table) & ~3]):
        if word & 1 and any(part.address <= word < part.address + len(part.data) for part in segments):
            yield word & ~1


def _called(part: Segment) -> Iterator[int]:
    """Targets of everything that is a BL when it is code (Armv7-M ARM A7.7.18, encoding T1)."""
    halves = np.frombuffer(part.data[: len(part.data) & ~1], "<u2").astype(np.int64)
    places = np.flatnonzero((halves[:-1] >> 11 == 0b11110) & (halves[1:] & 0xD000 == 0xD000))
    first, second = halves[places], halves[places + 1]
    sign = first >> 10 & 1
    i1, i2 = ~(second >> 13 ^ sign) & 1, ~(second >> 11 ^ sign) & 1
    offset = i1 << 23 | i2 << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1
    yield from np.unique(part.address + 2 * places + 4 + offset - (sign << 24)).tolist()
