"""The recorder writes down what happened, when, and refuses what has no figure at that moment."""

from __future__ import annotations

import pytest

from coincell.describe import PowerDescription
from coincell.energy.recorder import Recorder
from coincell.engines.contract import ChargeEvent, StateChange
from coincell.errors import MissingFigureError
from coincell.simtime import Simulation

FIGURE = {"current_ua": 1, "kind": "estimate", "source": "test"}
CHARGE = {"charge_nc": 5, "kind": "estimate", "source": "test"}


@pytest.fixture
def recorder():
    table = PowerDescription.model_validate(
        {
            "components": ["timer"],
            "initial": "off",
            "states": {"off": FIGURE, "on": FIGURE, "hold_<n>k": FIGURE},
            "events": {"tick": CHARGE},
        }
    )
    return Recorder(Simulation(), {"timer": table})


def test_initial_states_stand_at_time_zero(recorder):
    assert recorder.states == (StateChange(0, "timer", "off"),)


def test_changes_carry_the_present_time_and_repeats_are_dropped(recorder):
    handle = recorder.component("timer")
    recorder._sim.advance(100)
    handle.enter("on")
    recorder._sim.advance(150)
    handle.enter("on")
    handle.count("tick", 3)
    handle.count("tick", 0)
    assert recorder.states[1:] == (StateChange(100, "timer", "on"),)
    assert recorder.events == (ChargeEvent(150, "timer", "tick", 3),)
    assert recorder.state_of("timer") == "on"


def test_numbered_instances_share_the_kinds_figures(recorder):
    recorder.component("timer3").enter("on")
    assert recorder.states[-1] == StateChange(0, "timer3", "on")


def test_states_with_a_count(recorder):
    recorder.component("timer").enter("hold_64k")
    with pytest.raises(MissingFigureError):
        recorder.component("timer").enter("hold_k")


def test_unknown_state_event_and_component_are_refused(recorder):
    with pytest.raises(MissingFigureError, match="entered a state that has no current") as caught:
        recorder.component("timer").enter("spin")
    assert "hold_<n>k, off, on" in str(caught.value)
    with pytest.raises(MissingFigureError, match="had an event that has no charge"):
        recorder.component("timer").count("tock")
    with pytest.raises(MissingFigureError, match="says nothing about it"):
        recorder.component("pwm0").enter("on")
    assert len(recorder.states) == 1


def test_a_component_has_one_handle(recorder):
    assert recorder.component("timer") is recorder.component("timer")
