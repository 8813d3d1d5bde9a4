"""What happened in two runs, matched: console lines per port, edges per net, passages per marker."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from coincell.engines.contract import RunResult


@dataclass(frozen=True)
class Happening:
    """One line, edge or passage. Two are alike when their `content` is."""

    place: str
    """Which one: "uart, line 3"."""
    what: str
    """What it was, for words: '"ready"'."""
    time_ps: int
    content: str | bool | None
    length_ps: int = 0
    captured: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """Both in words."""
        return f"{self.place} {self.what}".rstrip()


Happenings = Mapping[str, Sequence[Happening]]
"""By port, net or marker, each in order of time."""


@dataclass(frozen=True)
class Match:
    """One port, net or marker of two runs: the n-th of what both have with the n-th, and the rest."""

    pairs: tuple[tuple[Happening, Happening], ...]
    only_native: tuple[Happening, ...]
    only_other: tuple[Happening, ...]

    @property
    def most(self) -> int:
        """How many the side with more of them has."""
        return len(self.pairs) + max(len(self.only_native), len(self.only_other))


def match(
    native: Happenings, other: Happenings, apart_ps: int, watched: Collection[str] | None = None
) -> tuple[list[Match], list[str]]:
    """A match for every name that `watched` has (None: all), and the names left out.

    Sides of equal number are taken as they are. Otherwise what has an equal within `apart_ps` on the other
    side is not lacking there; of the rest the last ones are, and those before were shifted.
    """
    names = sorted(native.keys() | other.keys())
    kept = [name for name in names if watched is None or name in watched]
    matches = [_match(native.get(name, ()), other.get(name, ()), apart_ps) for name in kept]
    return matches, [name for name in names if name not in kept]


def _match(native: Sequence[Happening], other: Sequence[Happening], apart_ps: int) -> Match:
    surplus = len(native) - len(other)
    lost = _unpaired(native, other, apart_ps)
    lacking = (lost[0][-surplus:] if surplus > 0 else [], lost[1][surplus:] if surplus < 0 else [])
    kept = (
        [item for i, item in enumerate(items) if i not in left_out]
        for items, left_out in zip((native, other), map(set, lacking), strict=True)
    )
    only = (tuple(items[i] for i in indices) for items, indices in zip((native, other), lacking, strict=True))
    return Match(tuple(zip(*kept, strict=True)), *only)


def _unpaired(
    native: Sequence[Happening], other: Sequence[Happening], apart_ps: int
) -> tuple[list[int], list[int]]:
    """Indices of those without an equal near them on the other side, walking both in order of time."""
    lost: tuple[list[int], list[int]] = ([], [])
    i = j = 0
    while i < len(native) and j < len(other):
        a, b = native[i], other[j]
        if a.content == b.content and abs(a.time_ps - b.time_ps) <= apart_ps:
            i, j = i + 1, j + 1
        elif a.time_ps <= b.time_ps:
            lost[0].append(i)
            i += 1
        else:
            lost[1].append(j)
            j += 1
    return [*lost[0], *range(i, len(native))], [*lost[1], *range(j, len(other))]


def lines_of(run: RunResult) -> Happenings:
    """Console lines of each port."""
    found: dict[str, list[Happening]] = {}
    for line in run.console:
        own = found.setdefault(line.port, [])
        own.append(Happening(f"{line.port}, line {len(own) + 1}", f'"{line.text}"', line.time_ps, line.text))
    return found


def edges_of(run: RunResult) -> Happenings:
    """Edges of each net. What is said of time 0 is the level before the firmware runs, and no edge."""
    found: dict[str, list[Happening]] = {}
    for edge in run.edges:
        if not edge.time_ps:
            continue
        own = found.setdefault(edge.net, [])
        level = "high" if edge.level else "low"
        own.append(Happening(f"{edge.net}, edge {len(own) + 1}", level, edge.time_ps, edge.level))
    return found


def passages_of(run: RunResult) -> Happenings:
    """Passages through each marker, by their start."""
    found: dict[str, list[Happening]] = {}
    for span in sorted(run.spans, key=lambda span: span.start_ps):
        own = found.setdefault(span.marker, [])
        length = span.end_ps - span.start_ps
        place = f"{span.marker}, passage {len(own) + 1}"
        what = f"({length / 10**9:.3f} ms)"
        own.append(Happening(place, what, span.start_ps, None, length, span.captured))
    return found
