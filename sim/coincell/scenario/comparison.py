"""A second opinion: two engines' results of one request, compared kind by kind.

Pure functions of two RunResults. Happenings are compared n-th with n-th; one that a side lacks is named,
unless it came so near the end of the run that the other engine may just not have reached it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from coincell.engines.contract import CoreCounters, RunResult
from coincell.scenario.pairs import Happening, Match, edges_of, lines_of, match, passages_of
from coincell.scenario.tolerances import SHORTEST_PS, TOLERANCES, Kind, Tolerance, Tolerances
from coincell.simtime import PS_PER_S

MOST_WORDS = 5
"""Differences of one kind that are told in words; the others are counted."""


@dataclass(frozen=True)
class Compared:
    """One kind of observation."""

    tolerance: Tolerance
    compared: int
    """Pairs that were compared."""
    of: int
    """Happenings on the side that has more of them."""
    at_end: int
    """Left out: so near the end of the run that the other engine need not have reached them."""
    n_outside: int
    """Pairs beyond the tolerance, and happenings that one side lacks."""
    worst: int | Fraction | None
    """The largest difference in the tolerance's unit; None where there was nothing to compare."""
    mean: Fraction | None
    """Of all pairs, where that means something."""
    remark: str
    differences: tuple[str, ...]
    """The first few in words, with times and texts of both sides."""

    @property
    def holds(self) -> bool:
        """Whether nothing was outside its tolerance."""
        return self.n_outside == 0

    @property
    def untried(self) -> bool:
        """Whether nothing was compared and nothing is outside: neither agreement nor disagreement."""
        return not self.compared and self.holds


@dataclass(frozen=True)
class Comparison:
    """All kinds, in the order of the report. `native` and `other` are what the engines call themselves."""

    native: str
    other: str
    kinds: tuple[Compared, ...]

    @property
    def agrees(self) -> bool:
        """Whether every kind holds, and what one engine has of a kind the other has too."""
        return all(kind.holds for kind in self.kinds) and not self.one_sided

    @property
    def one_sided(self) -> tuple[Kind, ...]:
        """Kinds of which one engine has something, the other nothing, and no difference is made of it."""
        return tuple(kind.tolerance.kind for kind in self.kinds if kind.untried and kind.of)

    @property
    def exit_code(self) -> int:
        """What a command that compared returns: 1 when something is outside its tolerance."""
        return 0 if all(kind.holds for kind in self.kinds) else 1

    def kind(self, name: Kind) -> Compared:
        """The kind called `name`."""
        return next(kind for kind in self.kinds if kind.tolerance.kind == name)


def compare(
    native: RunResult,
    other: RunResult,
    tolerances: Tolerances = TOLERANCES,
    *,
    nets: Collection[str] | None = None,
    ports: Collection[str] | None = None,
) -> Comparison:
    """Compare everything that both engines tell.

    `nets` and `ports` are those that `other` watches (None: all); the rest is left out and named.
    """
    names = (native.engine, other.engine) if native.engine != other.engine else ("first", "second")
    work = _Work(native, other, names, tolerances)
    lines, unheard = match(lines_of(native), lines_of(other), work.allowed_ps("console time"), ports)
    edges, unseen = match(edges_of(native), edges_of(other), work.allowed_ps("edge time"), nets)
    spans, _ = match(passages_of(native), passages_of(other), work.allowed_ps("passage start"))
    kinds = (
        work.end_of_run(),
        work.contents("console text", "console time", lines, unheard),
        work.times("console time", lines),
        work.contents("edges", "edge time", edges, unseen),
        work.times("edge time", edges),
        work.contents("passages", "passage start", spans, ()),
        work.times("passage start", spans),
        work.lengths(spans),
        work.outputs(spans),
        work.order([*lines, *edges, *spans]),
        work.sleep(),
    )
    return Comparison(native.engine, other.engine, kinds)


@dataclass(frozen=True)
class _Work:
    native: RunResult
    other: RunResult
    names: tuple[str, str]
    tolerances: Tolerances

    def end_of_run(self) -> Compared:
        """When it ended, and the firmware's exit code."""
        runs = (self.native, self.other)
        worst = abs(self.native.duration_ps - self.other.duration_ps)
        apart = worst > self.allowed_ps("end of run") or self.native.exit_code != self.other.exit_code
        told = "; ".join(
            f"{name} after {_at(run.duration_ps)}, exit code {run.exit_code}"
            for name, run in zip(self.names, runs, strict=True)
        )
        return self._compared("end of run", 1, 1, worst, [told] if apart else [])

    def contents(
        self, kind: Kind, time_kind: Kind, matches: Sequence[Match], left_out: Sequence[str]
    ) -> Compared:
        """What happened, and what only one side has."""
        words: list[str] = []
        at_end = 0
        for one in matches:
            for name, lacking in zip(self.names[::-1], (one.only_native, one.only_other), strict=True):
                lost = [item for item in lacking if not self._may_be_cut_off(item, time_kind)]
                at_end += len(lacking) - len(lost)
                words += [f"{name} lacks {item.told} at {_at(item.time_ps)}" for item in lost]
            words += [self._told(a, b) for a, b in one.pairs if a.content != b.content]
        remark = f"not watched on both sides: {', '.join(left_out)}" if left_out else ""
        n, of = _size(matches)
        worst = len(words) if of else None
        return self._compared(kind, n, of, worst, words, at_end=at_end, remark=remark)

    def times(self, kind: Kind, matches: Sequence[Match]) -> Compared:
        """How far the n-th is from the n-th."""
        pairs = [pair for one in matches for pair in one.pairs]
        return self._measured(kind, pairs, [abs(a.time_ps - b.time_ps) for a, b in pairs], _size(matches)[1])

    def lengths(self, spans: Sequence[Match]) -> Compared:
        """How long the n-th passage took, as a share of what it took on the native engine.

        Only what is more than a look of the clock apart counts: a short passage is a few instructions.
        """
        pairs = [pair for one in spans for pair in one.pairs]
        apart = [abs(a.length_ps - b.length_ps) for a, b in pairs]
        ratios = [
            Fraction(d if d > SHORTEST_PS else 0, max(a.length_ps, 1))
            for d, (a, _) in zip(apart, pairs, strict=True)
        ]
        return self._measured("passage length", pairs, ratios, _size(spans)[1])

    def outputs(self, spans: Sequence[Match]) -> Compared:
        """Captured memory, byte by byte. What differs must have begun before the tolerance's time."""
        pairs = [(a, b) for one in spans for a, b in one.pairs if a.captured or b.captured]
        apart = [(a, b) for a, b in pairs if a.captured != b.captured]
        times = sorted(max(a.time_ps, b.time_ps) for a, b in apart)
        allowed = self.tolerances["outputs"].allowed
        remark = (
            f"{len(apart)} of {len(pairs)} differ, the first at {_at(times[0])}, the last at {_at(times[-1])}"
            if apart
            else ""
        )
        return Compared(
            tolerance=self.tolerances["outputs"],
            compared=len(pairs),
            of=len(pairs),
            at_end=0,
            n_outside=sum(time > allowed for time in times),
            worst=max(times, default=0) if pairs else None,
            mean=None,
            remark=remark,
            differences=tuple(self._bytes_told(a, b) for a, b in apart[:MOST_WORDS]),
        )

    def order(self, matches: Sequence[Match]) -> Compared:
        """All happenings as one sequence. A swap is as large as the native time between the two."""
        pairs = sorted((pair for one in matches for pair in one.pairs), key=lambda pair: pair[0].time_ps)
        latest = list(accumulate((b.time_ps for _, b in pairs), max))
        gaps: list[int] = []
        words = []
        for a, b in pairs:
            first = bisect_right(latest, b.time_ps)  # the earliest that `other` has after this one
            c, d = pairs[first] if first < len(pairs) else (a, b)
            gaps.append(max(a.time_ps - c.time_ps, 0))
            if gaps[-1] > self.tolerances["order"].allowed:
                words.append(
                    f"{c.told} before {a.told} on {self.names[0]} ({_at(c.time_ps)}, {_at(a.time_ps)}), "
                    f"after it on {self.names[1]} ({_at(d.time_ps)}, {_at(b.time_ps)})"
                )
        worst = max(gaps, default=None)
        return self._compared("order", len(pairs), _size(matches)[1], worst, words)

    def sleep(self) -> Compared:
        """The share of the run that each core slept."""
        cores = list(zip(self.native.cores, self.other.cores, strict=False))
        apart = [abs(_asleep(a) - _asleep(b)) for a, b in cores]
        words = [
            f"{a.core} sleeps {100 * float(_asleep(a)):.1f} % of the time on {self.names[0]}, "
            f"{100 * float(_asleep(b)):.1f} % on {self.names[1]}"
            for (a, b), far in zip(cores, apart, strict=True)
            if far > self.tolerances["sleep"].allowed
        ]
        counts = len(self.native.cores), len(self.other.cores)
        if counts[0] != counts[1]:
            words.append(f"{counts[0]} cores on {self.names[0]}, {counts[1]} on {self.names[1]}")
        return self._compared("sleep", len(cores), max(counts), max(apart, default=None), words)

    def _measured(
        self,
        kind: Kind,
        pairs: Sequence[tuple[Happening, Happening]],
        differences: Sequence[int | Fraction],
        of: int,
    ) -> Compared:
        allowed = self.tolerances[kind].allowed
        words = [self._told(*pair) for pair, far in zip(pairs, differences, strict=True) if far > allowed]
        mean = Fraction(sum(differences, Fraction(0)), len(pairs)) if pairs else None
        return self._compared(kind, len(pairs), of, max(differences, default=None), words, mean=mean)

    def _compared(
        self,
        kind: Kind,
        compared: int,
        of: int,
        worst: int | Fraction | None,
        words: Sequence[str],
        *,
        mean: Fraction | None = None,
        at_end: int = 0,
        remark: str = "",
    ) -> Compared:
        told = tuple(words[:MOST_WORDS])
        return Compared(self.tolerances[kind], compared, of, at_end, len(words), worst, mean, remark, told)

    def allowed_ps(self, kind: Kind) -> int:
        """A kind's tolerance in time."""
        return int(self.tolerances[kind].allowed)

    def _may_be_cut_off(self, item: Happening, time_kind: Kind) -> bool:
        """Whether the other engine's, as late as it may be, would come after the end of the run."""
        longer = item.length_ps * (1 + self.tolerances["passage length"].allowed)
        end = min(self.native.duration_ps, self.other.duration_ps)
        return item.time_ps + longer + self.allowed_ps(time_kind) >= end

    def _told(self, a: Happening, b: Happening) -> str:
        sides = ((name, item) for name, item in zip(self.names, (a, b), strict=True))
        return f"{a.place}: " + ", ".join(
            f"{name} {item.what} at {_at(item.time_ps)}" for name, item in sides
        )

    def _bytes_told(self, a: Happening, b: Happening) -> str:
        return f"{self._told(a, b)}: {'; '.join(self._unlike(a, b))}"

    def _unlike(self, a: Happening, b: Happening) -> Iterator[str]:
        for key in sorted(a.captured.keys() | b.captured.keys()):
            one, two = a.captured.get(key), b.captured.get(key)
            if one is None or two is None:
                yield f"{key} on {self.names[one is None]} alone"
            elif len(one) != len(two):
                yield f"{key} has {len(one)} and {len(two)} bytes"
            elif one != two:
                at = next(i for i in range(len(one)) if one[i] != two[i])
                n = sum(x != y for x, y in zip(one, two, strict=True))
                first = f"byte {at} is 0x{one[at]:02x}, 0x{two[at]:02x}"
                yield f"{key} differs in {n} of {len(one)} bytes; {first}"


def _asleep(core: CoreCounters) -> Fraction:
    return Fraction(core.sleep_ps, max(core.active_ps + core.sleep_ps, 1))


def _size(matches: Sequence[Match]) -> tuple[int, int]:
    return sum(len(one.pairs) for one in matches), sum(one.most for one in matches)


def _at(time_ps: int) -> str:
    """A time to the microsecond: what separates two engines is often less than a millisecond."""
    return f"{time_ps / PS_PER_S:.6f} s"
