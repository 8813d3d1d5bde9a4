"""Writes down, at simulated time, which state each component is in. Refuses what has no figure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from coincell.describe import PowerDescription
from coincell.engines.contract import ChargeEvent, StateChange
from coincell.errors import MissingFigureError
from coincell.simtime import Simulation


def lookup(power: Mapping[str, PowerDescription], component: str) -> PowerDescription | None:
    """The table of `component`, or of its kind (`timer0` may be described as `timer`)."""
    return power.get(component) or power.get(re.sub(r"[0-9]+$", "", component))


class Recorder:
    """Makes the handles that blocks and devices report to, and keeps what they report.

    Every component of `power` is in its initial state from time 0, whether or not anything models it.
    """

    def __init__(self, sim: Simulation, power: Mapping[str, PowerDescription]) -> None:
        self._sim = sim
        self._power = power
        self._state = {name: table.initial for name, table in power.items()}
        self._states = [StateChange(0, name, state) for name, state in self._state.items()]
        self._events: list[ChargeEvent] = []
        self._handles: dict[str, Handle] = {}
        self.on_enter: Callable[[], None] = lambda: None
        """Called when a component has entered another state."""

    def component(self, name: str) -> Handle:
        """The handle of component `name`: always the same one."""
        return self._handles.setdefault(name, Handle(self, name))

    def state_of(self, name: str) -> str | None:
        """The state that component `name` is in now."""
        return self._state.get(name)

    @property
    def present(self) -> Mapping[str, str]:
        """The state that each component is in now."""
        return self._state

    @property
    def states(self) -> tuple[StateChange, ...]:
        """Everything that was entered, in order of time."""
        return tuple(self._states)

    @property
    def events(self) -> tuple[ChargeEvent, ...]:
        """Everything that was counted, in order of time."""
        return tuple(self._events)

    def enter(self, name: str, state: str) -> None:
        """Component `name` is in `state` from now on. Raises MissingFigureError."""
        if self._state.get(name) == state:
            return
        table = self._table(name)
        if not table.has_state(state):
            table.figure(name, state)  # raises, naming the states that exist
        self._state[name] = state
        self._states.append(StateChange(self._sim.now, name, state))
        self.on_enter()

    def count(self, name: str, event: str, n: int) -> None:
        """Component `name` had `n` events. Raises MissingFigureError."""
        self._table(name).charge(name, event)
        if n:
            self._events.append(ChargeEvent(self._sim.now, name, event, n))

    def _table(self, name: str) -> PowerDescription:
        table = lookup(self._power, name)
        if table is None:
            raise MissingFigureError(
                f"component {name!r} draws current, but the description says nothing about it",
                key="power.components",
                value=name,
                allowed=sorted(self._power),
                mend=f'add a [[power]] table with components = ["{name}"] and its states',
            )
        return table


class Handle:
    """Implements ports.PowerComponent for one component."""

    __slots__ = ("_name", "_recorder")

    def __init__(self, recorder: Recorder, name: str) -> None:
        self._recorder = recorder
        self._name = name

    def enter(self, state: str) -> None:
        self._recorder.enter(self._name, state)

    def count(self, event: str, n: int = 1) -> None:
        self._recorder.count(self._name, event, n)
