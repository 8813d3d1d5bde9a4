"""What draws current: components with named states (a current each) and named events (a charge each)."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, field_validator

from coincell.describe.figures import Charge, Current
from coincell.describe.model import Described, Name
from coincell.errors import MissingFigureError

COUNT = "<n>"
"""In a state's name: any number, by which the figure is multiplied ("on_<n>k" is the current per KB)."""
ANY_MODE = "any"
"""The mode of a figure that holds whatever the chip's regulator does."""


class PowerDescription(Described):
    """States and events of one component, or of several alike.

    A state's table is a figure, or one figure per mode of the chip's regulator
    (`states.run.dcdc = {…}`, `states.run.ldo = {…}`).
    """

    components: tuple[Name, ...] = Field(min_length=1)
    rail: Name | None = None
    """Rail that feeds it; None is the chip's own supply, or the rail of the part that has this device."""
    initial: str
    """State after reset."""
    note: str = ""
    states: dict[str, dict[str, Current]] = Field(min_length=1)
    events: dict[str, Charge] = Field(default_factory=dict)

    @field_validator("states", mode="before")
    @classmethod
    def _one_figure_or_one_per_mode(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            state: {ANY_MODE: table} if isinstance(table, dict) and "kind" in table else table
            for state, table in value.items()
        }

    def figure(self, component: str, state: str, mode: str = ANY_MODE) -> Current:
        """The current of `component` in `state` while the regulator is in `mode`.

        Raises MissingFigureError naming the states (or modes) that have one.
        """
        count, modes = self._modes(state)
        if modes is None:
            raise MissingFigureError(
                f"component {component!r} entered a state that has no current",
                key=f"power.{component}.states",
                value=state,
                allowed=sorted(self.states),
                mend=f"add states.{state} with current_ua, kind and source to the description",
            )
        figure = modes.get(mode) or modes.get(ANY_MODE)
        if figure is None:
            raise MissingFigureError(
                f"state {state!r} of component {component!r} has no current for this regulator mode",
                key=f"power.{component}.states.{state}",
                value=mode,
                allowed=sorted(modes),
                mend=f"add states.{state}.{mode} with current_ua, kind and source to the description",
            )
        return figure if count is None else figure.model_copy(update={"current_a": figure.current_a * count})

    def has_state(self, state: str) -> bool:
        """Whether `state` has a figure."""
        return self._modes(state)[1] is not None

    def _modes(self, state: str) -> tuple[int | None, dict[str, Current] | None]:
        """The figures of `state`, and by what to multiply them when they are given per unit."""
        if state in self.states:
            return None, self.states[state]
        for key, modes in self.states.items():
            if COUNT in key:
                before, after = map(re.escape, key.split(COUNT, 1))
                match = re.fullmatch(f"{before}([0-9]{{1,6}}){after}", state)
                if match:
                    return int(match[1]), modes
        return None, None

    def charge(self, component: str, event: str) -> Charge:
        """The charge of one `event`. Raises MissingFigureError naming the events that have one."""
        if event not in self.events:
            raise MissingFigureError(
                f"component {component!r} had an event that has no charge",
                key=f"power.{component}.events",
                value=event,
                allowed=sorted(self.events),
                mend=f"add events.{event} with charge_nc, kind and source to the description",
            )
        return self.events[event]
