"""From counts by address to counts by source line."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from coincell.cpu.observer import COLUMNS
from coincell.image import FirmwareImage
from coincell.observe.functions import Function
from coincell.observe.recording import Recording

Place = tuple[str, int]
"""Source file and line."""
_MOST_ASKED = 64
"""So many functions may be asked for their inlined code: each may take tens of milliseconds."""


@dataclass
class Counted:
    """One address that has instructions: executions, cycles and branches away, of all banks together."""

    executed: int = 0
    spent: int = 0
    taken: int = 0
    energy_j: Fraction = Fraction(0)


def by_address(recording: Recording, joules: Mapping[Hashable, Fraction] | None = None) -> dict[int, Counted]:
    """What was counted at each address that executed, in order. `joules` are for one cycle of each bank."""
    found: dict[int, Counted] = {}
    for key, bank in recording.banks.items():
        rate = joules.get(key, Fraction(0)) if joules else Fraction(0)
        for area in bank.areas:
            for row in np.flatnonzero(area.counts.any(axis=1)).tolist():
                executed, spent, taken = area.counts[row, :COLUMNS].tolist()
                one = found.setdefault(area.base + 2 * row, Counted())
                one.executed += executed
                one.spent += spent
                one.taken += taken
                one.energy_j += rate * spent
    return dict(sorted(found.items()))


@dataclass
class LineCount:
    """`times` is how often the line ran: in each function that holds code of it, its most often executed
    instruction counts, and those of several functions (into which it was inlined) add up.
    """

    place: Place
    cycles: int = 0
    energy_j: Fraction = Fraction(0)
    cycles_in: dict[int, int] = field(default_factory=dict)
    """First address of a function -> cycles of this line there."""
    most_in: dict[int, int] = field(default_factory=dict)

    @property
    def times(self) -> int:
        return sum(self.most_in.values())


class Lines:
    """Which line an address comes from."""

    def __init__(self, image: FirmwareImage) -> None:
        self._image = image
        self.spans = image.line_spans()
        self._starts = [span.start for span in self.spans]

    def at(self, address: int) -> Place | None:
        """The line of `address`, where the image tells."""
        for span in reversed(self.spans[: bisect_right(self._starts, address)][-4:]):
            if address < span.end:
                return span.file, span.line
        return None

    def of_functions(self, functions: Iterable[Function]) -> dict[int, Place]:
        """A line of each function, by its first address.

        One that begins with inlined code has the line of another function there. Its own is then asked for,
        which is slow in large units.
        """
        found = {f.start: place for f in functions if f.name and (place := self.at(f.start)) is not None}
        shared = {place for place, times in Counter(found.values()).items() if times > 1}
        doubtful = [start for start, place in found.items() if place in shared]
        for start in doubtful[:_MOST_ASKED]:
            inlined = self._image.inlined_at(start)
            found[start] = (inlined[-1].called_at if inlined else None) or found[start]
        return found

    def places(self) -> Iterator[Place]:
        """Every line that has code, in order."""
        yield from sorted({(span.file, span.line) for span in self.spans})


def by_line(recording: Recording, lines: Lines, counted: Mapping[int, Counted]) -> dict[Place, LineCount]:
    """The lines that have code, those too that never ran."""
    found = {place: LineCount(place) for place in lines.places()}
    for address, one in counted.items():
        place = lines.at(address)
        if place is not None:
            count = found[place]
            function = recording.functions.at(address).start
            count.cycles += one.spent
            count.energy_j += one.energy_j
            count.cycles_in[function] = count.cycles_in.get(function, 0) + one.spent
            count.most_in[function] = max(count.most_in.get(function, 0), one.executed)
    return found
