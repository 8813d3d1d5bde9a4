"""The ledger: what the battery gave, to whom, in which state, during which stretch of time. Exact.

Currents at the battery are fractions [A]; over their common denominator they are integers, and an integer
current times integer picoseconds adds up without rounding. Every sum can be compared with ==.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import lcm

from coincell.describe import BoardDescription, Charge, Current, Kind
from coincell.energy.recorder import lookup
from coincell.energy.supply import Supply
from coincell.energy.timeline import Draw, Figures, Stretch, stretches
from coincell.energy.trace import Trace, merge
from coincell.engines.contract import RunResult, Span
from coincell.simtime import PS_PER_S

STANDING = "attachment"
"""Components of this prefix are what the way of attaching the battery draws itself."""
CPU, SLEEP = "cpu", "sleep"


@dataclass(frozen=True)
class Entry:
    """What one component drew in one state during a window."""

    component: str
    state: str
    duration_ps: int
    n_events: int
    charge_c: Fraction
    energy_j: Fraction
    kind: Kind
    source: str


@dataclass(frozen=True)
class SpanEnergy:
    """What the battery gave during one span: all of it, and what would not have flowed had the core slept."""

    span: Span
    charge_c: Fraction
    energy_j: Fraction
    above_sleep_c: Fraction
    above_sleep_j: Fraction


class _Sums:
    """A step function with running sums of level × time. Steps follow each other without gaps."""

    def __init__(self, starts: Sequence[int], levels: Sequence[int], end_ps: int) -> None:
        self.starts, self.levels, self.end_ps = starts, levels, end_ps
        self.sums = [0]
        for start, end, level in zip(starts, (*starts[1:], end_ps), levels, strict=True):
            self.sums.append(self.sums[-1] + level * (end - start))

    def until(self, time_ps: int) -> int:
        index = bisect_right(self.starts, time_ps) - 1
        if index < 0:
            return 0
        return self.sums[index] + self.levels[index] * (min(time_ps, self.end_ps) - self.starts[index])


class _Account(_Sums):
    """One component's stretches."""

    def __init__(self, parts: list[Stretch], amperes: Mapping[Draw, int], end_ps: int) -> None:
        super().__init__([p.start_ps for p in parts], [amperes[p.draw] for p in parts], end_ps)
        self.parts = parts

    def within(self, start_ps: int, end_ps: int) -> Iterable[tuple[Draw, int]]:
        for part in self.parts[max(0, bisect_right(self.starts, start_ps) - 1) :]:
            if part.start_ps >= end_ps:
                return
            duration = min(part.end_ps, end_ps) - max(part.start_ps, start_ps)
            if duration > 0:
                yield part.draw, duration


class Ledger:
    """The charge and energy of a run, for one board and one supply.

    Raises MissingFigureError when the run entered a state without a figure.
    """

    def __init__(self, result: RunResult, board: BoardDescription, supply: Supply) -> None:
        self.result, self.board, self.supply = result, board, supply
        self.duration_ps = result.duration_ps
        self._power = board.component_power()
        self._figures = Figures(board)
        parts = stretches(result.states, result.duration_ps, self._figures)
        draws = dict.fromkeys(part.draw for each in parts.values() for part in each)
        battery: dict[Draw, Fraction] = {draw: supply.current(draw.figure) for draw in draws}
        for name, (figure, current) in supply.standing().items():
            draw = Draw(f"{STANDING}.{name}", "on", figure)
            battery[draw] = current
            parts[draw.component] = [Stretch(0, result.duration_ps, draw)]
        self._battery = battery
        self._unit = lcm(*(current.denominator for current in battery.values())) if battery else 1
        amperes = {draw: int(current * self._unit) for draw, current in battery.items()}
        self._accounts = {name: _Account(each, amperes, result.duration_ps) for name, each in parts.items()}

    @property
    def components(self) -> tuple[str, ...]:
        """Every component in the ledger."""
        return tuple(self._accounts)

    def charge_c(
        self, start_ps: int = 0, end_ps: int | None = None, component: str | None = None
    ) -> Fraction:
        """Charge that left the battery [C] from `start_ps` to `end_ps`, for one component or for all."""
        end_ps = self.duration_ps if end_ps is None else end_ps
        account = self._whole if component is None else self._accounts[component]
        total = account.until(end_ps) - account.until(start_ps)
        return Fraction(total, self._unit * PS_PER_S) + sum(
            (
                self._event_charge(event.component, event.event) * event.count
                for event in self.result.events
                if start_ps <= event.time_ps < end_ps and component in (None, event.component)
            ),
            Fraction(0),
        )

    def energy_j(
        self, start_ps: int = 0, end_ps: int | None = None, component: str | None = None
    ) -> Fraction:
        """Energy that left the battery [J], at the voltage of the supply."""
        return self.charge_c(start_ps, end_ps, component) * self.supply.battery_v

    def average_a(self, start_ps: int = 0, end_ps: int | None = None) -> Fraction:
        """Mean current at the battery [A]."""
        end_ps = self.duration_ps if end_ps is None else end_ps
        if end_ps <= start_ps:
            return Fraction(0)
        return self.charge_c(start_ps, end_ps) * PS_PER_S / (end_ps - start_ps)

    def on_time_ps(self, start_ps: int = 0, end_ps: int | None = None) -> dict[Draw, int]:
        """How long each draw held, of the window [ps]."""
        end_ps = self.duration_ps if end_ps is None else end_ps
        times: dict[Draw, int] = {}
        for account in self._accounts.values():
            for draw, duration in account.within(start_ps, end_ps):
                times[draw] = times.get(draw, 0) + duration
        return times

    def event_counts(self, start_ps: int = 0, end_ps: int | None = None) -> dict[tuple[str, str], int]:
        """How often each (component, event) happened in the window."""
        end_ps = self.duration_ps if end_ps is None else end_ps
        counts: dict[tuple[str, str], int] = {}
        for event in self.result.events:
            if start_ps <= event.time_ps < end_ps:
                key = (event.component, event.event)
                counts[key] = counts.get(key, 0) + event.count
        return counts

    def entries(self, start_ps: int = 0, end_ps: int | None = None) -> tuple[Entry, ...]:
        """Every component and state of the window, largest charge first. Their sum is `charge_c`."""
        found: list[Entry] = []
        for draw, duration in self.on_time_ps(start_ps, end_ps).items():
            charge = self._battery[draw] * duration / PS_PER_S
            found.append(self._entry(draw.component, draw.state, duration, 0, charge, draw.figure))
        for (component, event), n in self.event_counts(start_ps, end_ps).items():
            figure = self.event_figure(component, event)
            found.append(self._entry(component, event, 0, n, self.supply.charge(figure) * n, figure))
        return tuple(sorted(found, key=lambda e: (-e.charge_c, e.component, e.state, e.kind)))

    def by_component(self, start_ps: int = 0, end_ps: int | None = None) -> dict[str, Fraction]:
        """Charge per component [C], largest first; components that drew nothing are left out."""
        totals: dict[str, Fraction] = {}
        for entry in self.entries(start_ps, end_ps):
            totals[entry.component] = totals.get(entry.component, Fraction(0)) + entry.charge_c
        return {k: v for k, v in sorted(totals.items(), key=lambda item: (-item[1], item[0])) if v}

    def share_of_kind(self, kind: Kind = "estimate") -> Fraction:
        """Share of the run's energy that rests on figures of `kind` (0 to 1)."""
        entries = self.entries()
        total = sum((e.charge_c for e in entries), Fraction(0))
        part = sum((e.charge_c for e in entries if e.kind == kind), Fraction(0))
        return part / total if total else Fraction(0)

    def spans(self, marker: str | None = None) -> tuple[SpanEnergy, ...]:
        """Energy of each span of `marker` (of all when None): gross, and above a core asleep meanwhile."""
        waking, asleep = self._asleep()
        found = []
        for span in self.result.spans:
            if marker is None or span.marker == marker:
                window = (span.start_ps, span.end_ps)
                gross, volts = self.charge_c(*window), self.supply.battery_v
                above = sum(
                    (self.charge_c(*window, name) - asleep.charge_c(*window, name) for name in waking),
                    Fraction(0),
                )
                found.append(SpanEnergy(span, gross, gross * volts, above, above * volts))
        return tuple(found)

    def trace(self) -> Trace:
        """The current at the battery as a step function, with the charges of events."""
        return self._trace

    @cached_property
    def _trace(self) -> Trace:
        impulses = [
            (event.time_ps, self._event_charge(event.component, event.event) * event.count)
            for event in self.result.events
            if event.time_ps < self.duration_ps
        ]
        steps = [
            (part.start_ps, part.end_ps, level)
            for account in self._accounts.values()
            for part, level in zip(account.parts, account.levels, strict=True)
        ]
        return merge(steps, impulses, self._unit, self.duration_ps)

    @cached_property
    def _whole(self) -> _Sums:
        """All components together."""
        trace = self._trace
        return _Sums(trace.times_ps, trace.levels, trace.end_ps)

    def peak_a(self) -> Fraction:
        """The largest current at the battery [A]."""
        return self._trace.peak_a

    def _asleep(self) -> tuple[tuple[str, ...], Ledger]:
        """Components that a sleeping core changes, and their ledger had it slept and all else been alike."""
        cores = {name for name in self._accounts if self._is_core(name)}
        waking = cores.union(*(self._figures.dependants.get(core, ()) for core in cores)) & set(
            self._accounts
        )
        regulator = self.board.chip.regulator
        kept = waking | ({regulator.component} if regulator else set())
        changes = tuple(
            replace(change, state=SLEEP) if change.component in cores else change
            for change in self.result.states
            if change.component in kept
        )
        ledger = Ledger(replace(self.result, states=changes), self.board, self.supply)
        return tuple(sorted(waking)), ledger

    def _is_core(self, component: str) -> bool:
        return component.rstrip("0123456789") == CPU and self._has_sleep(component)

    def _has_sleep(self, component: str) -> bool:
        table = lookup(self._power, component)
        return table is not None and table.has_state(SLEEP)

    def event_figure(self, component: str, event: str) -> Charge:
        """What one event costs. Raises MissingFigureError."""
        return self._power[component].charge(component, event)

    def _event_charge(self, component: str, event: str) -> Fraction:
        return self.supply.charge(self.event_figure(component, event))

    def _entry(
        self,
        component: str,
        state: str,
        duration_ps: int,
        n_events: int,
        charge_c: Fraction,
        figure: Current | Charge,
    ) -> Entry:
        energy = charge_c * self.supply.battery_v
        return Entry(component, state, duration_ps, n_events, charge_c, energy, figure.kind, figure.source)
