"""From state changes to stretches of time, each with the figure that holds in it. Exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from coincell.describe import ANY_MODE, BoardDescription, Current, Overlap, PowerDescription
from coincell.energy.recorder import lookup
from coincell.engines.contract import StateChange
from coincell.errors import MissingFigureError


@dataclass(frozen=True, eq=False)
class Draw:
    """A component in a state, in given circumstances: one figure. Compared by identity."""

    component: str
    state: str
    figure: Current


@dataclass(frozen=True)
class Stretch:
    """`draw` held from `start_ps` to `end_ps`."""

    start_ps: int
    end_ps: int
    draw: Draw


class Figures:
    """Finds the figure of a component from its state, the regulator's mode and what overlaps with it."""

    def __init__(self, board: BoardDescription) -> None:
        self._power: Mapping[str, PowerDescription] = board.component_power()
        self._regulator = board.chip.regulator
        self._overlaps = board.chip.overlap
        self._overlaps_in: dict[tuple[str, str], list[Overlap]] = {}
        for overlap in self._overlaps:
            self._overlaps_in.setdefault((overlap.component, overlap.state), []).append(overlap)
        self._draws: dict[tuple[str, str, str, bool], Draw] = {}

    @cached_property
    def dependants(self) -> dict[str, list[str]]:
        """Component -> those whose figures depend on its state, besides itself."""
        table: dict[str, list[str]] = {}
        for overlap in self._overlaps:
            table.setdefault(overlap.other, []).append(overlap.component)
        if self._regulator:
            table[self._regulator.component] = [c for c in self._power if c != self._regulator.component]
        return table

    def draw(self, component: str, states: Mapping[str, str]) -> Draw:
        """What `component` draws while the components are in `states`. Raises MissingFigureError."""
        state = states[component]
        mode = ANY_MODE
        if self._regulator:
            mode = states.get(self._regulator.component, self._regulator.initial)
        overlap = None
        if here := self._overlaps_in.get((component, state)):
            overlap = next((o for o in here if states.get(o.other) in o.states), None)
        key = (component, state, mode, overlap is not None)
        if key not in self._draws:
            if overlap is not None:
                figure = overlap.figures.get(mode) or overlap.figures[ANY_MODE]
            else:
                table = lookup(self._power, component)
                if table is None:
                    raise MissingFigureError(
                        "the board's description has no such component",
                        key="power.components",
                        value=component,
                        allowed=sorted(self._power),
                    )
                figure = table.figure(component, state, mode)
            self._draws[key] = Draw(component, state, figure)
        return self._draws[key]


def stretches(changes: Iterable[StateChange], end_ps: int, figures: Figures) -> dict[str, list[Stretch]]:
    """Per component, stretches that cover 0 to `end_ps` without gaps from its first change on.

    `changes` are in order of time, as a Recorder keeps them. Raises MissingFigureError.
    """
    states: dict[str, str] = {}
    begun: dict[str, tuple[int, Draw]] = {}
    done: dict[str, list[Stretch]] = {}

    def settle(component: str, time_ps: int) -> None:
        draw = figures.draw(component, states)
        since = begun.get(component)
        if since is not None and since[1] is draw:
            return
        if since is not None and since[0] < time_ps:
            done[component].append(Stretch(since[0], time_ps, since[1]))
        begun[component] = (time_ps, draw)
        done.setdefault(component, [])

    pending: list[str] = []
    now = 0
    for change in changes:
        if change.time_ps >= end_ps:
            break
        if change.time_ps != now:
            _settle_all(pending, states, figures, settle, now)
            now = change.time_ps
        states[change.component] = change.state
        pending.append(change.component)
    _settle_all(pending, states, figures, settle, now)
    for component, (since, draw) in begun.items():
        if since < end_ps:
            done[component].append(Stretch(since, end_ps, draw))
    return done


def _settle_all(
    pending: list[str],
    states: Mapping[str, str],
    figures: Figures,
    settle: Callable[[str, int], None],
    now: int,
) -> None:
    """Everything that changed at one time takes effect together: order within it cannot matter."""
    touched = dict.fromkeys(pending)
    for component in pending:
        touched.update(dict.fromkeys(c for c in figures.dependants.get(component, ()) if c in states))
    for component in touched:
        settle(component, now)
    pending.clear()
