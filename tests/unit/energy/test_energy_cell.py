"""The two-well cell against SciPy's integrator, and the shipped cells against their own data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from coincell.describe import batteries, load_battery
from coincell.energy.cell import Curves, TwoWell, temperature_factor, unusable_ratio


def integrated(cell: TwoWell, current_a: float, duration_s: float) -> tuple[float, float]:
    """The model's differential equations, as Manwell and McGowan print them."""
    c = cell.available_ratio
    k = c * (1 - c) / cell.recovery_s

    def slope(_: float, y: np.ndarray) -> list[float]:
        flow = k * (y[1] / (1 - c) - y[0] / c)
        return [-current_a + flow, -flow]

    start = [cell.at_hand_c, cell.bound_c]
    end = solve_ivp(slope, (0, duration_s), start, rtol=1e-10, atol=1e-9, method="LSODA").y[:, -1]
    return float(end[0]), float(end[1])


@settings(max_examples=25, deadline=None)
@given(
    share=st.floats(0.05, 0.95),
    recovery=st.floats(10, 1e5),
    currents=st.lists(st.tuples(st.floats(0, 0.05), st.floats(1, 3000)), min_size=1, max_size=4),
)
def test_steps_agree_with_integration(share, recovery, currents):
    cell = TwoWell.full(1000.0, share, recovery)
    for current, duration in currents:
        expected = integrated(cell, current, duration)
        cell = cell.after(current, duration)
        assert (cell.at_hand_c, cell.bound_c) == pytest.approx(expected, rel=1e-6, abs=1e-5)


def test_charge_is_kept_and_rest_restores():
    cell = TwoWell.full(1000.0, 0.25, 600.0)
    tired = cell.after(0.2, 900.0)
    assert tired.at_hand_c + tired.bound_c == pytest.approx(1000 - 180)
    rested = tired.after(0.0, 1e6)
    assert rested.at_hand_c > tired.at_hand_c
    assert rested.at_hand_c == pytest.approx(820 * 0.25)
    assert tired.after(0.05, 100).after(0.05, 200).at_hand_c == pytest.approx(
        tired.after(0.05, 300).at_hand_c
    )


def test_slow_draw_gives_all_and_fast_draw_what_is_at_hand():
    cell = TwoWell.full(1000.0, 0.25, 600.0)
    assert cell.deliverable_c(1e-6) == pytest.approx(1000, rel=1e-5)
    assert cell.deliverable_c(1e6) == pytest.approx(250, rel=1e-3)
    assert TwoWell(1000, 0.25, 600, 0.0, 10.0).time_to_empty_s(1.0) == 0.0


def test_pulses_with_rest_give_more_than_the_same_current_throughout():
    cell = TwoWell.of(load_battery("aaa2"))
    steady = cell.deliverable_c(0.5)
    drawn = 0.0
    while not cell.empty:
        cell, drawn = cell.after(0.5, 10.0), drawn + 5.0
        cell = cell.after(0.0, 90.0)
    assert steady < drawn
    # ten per cent of the time: close to a steady tenth of the current
    assert drawn == pytest.approx(TwoWell.of(load_battery("aaa2")).deliverable_c(0.05), rel=0.02)


@pytest.mark.parametrize("name", batteries())
def test_wells_reproduce_the_capacity_entries(name):
    battery = load_battery(name)
    cell = TwoWell.full(
        float(battery.two_well.charge_c),
        float(battery.two_well.available_ratio),
        float(battery.two_well.recovery_s),
    )
    for entry in battery.capacity:
        assert cell.deliverable_c(float(entry.current_a)) == pytest.approx(float(entry.charge_c), rel=0.025)


def test_unusable_share_against_a_discharge_to_the_end():
    cell = TwoWell.full(4500.0, 0.2, 2000.0)
    got = unusable_ratio(0.2, 2000.0, np.array([0.02]), np.array([0.02]), 0.0, np.array([4500.0]))
    assert 1 - got[0] == pytest.approx(cell.deliverable_c(0.02) / 4500, rel=1e-6)


def test_unusable_share_under_pulses():
    """1 s at 0.2 A, 19 s of rest, until a pulse finds nothing at hand."""
    cell, drawn = TwoWell.full(4500.0, 0.2, 2000.0), 0.0
    while True:
        cell, drawn = cell.after(0.2, 1.0), drawn + 0.2
        if cell.empty:
            break
        cell = cell.after(0.0, 19.0)
    got = unusable_ratio(0.2, 2000.0, np.array([0.01]), np.array([0.2]), 1.0, np.array([4500.0]))
    assert 1 - got[0] == pytest.approx(drawn / 4500, abs=0.0005)


def test_curves_of_cells_in_series():
    one, two = load_battery("cr2032"), load_battery("aaa2")
    volts, ohms = Curves.of(two).at(np.array([0.0, 1.0]))
    assert volts == pytest.approx([3.2, 1.6])
    assert ohms == pytest.approx([0.4, 3.0])
    assert Curves.of(one.model_copy(update={"in_parallel": 2})).resistance[0] == pytest.approx(9.0)


def test_temperature_between_and_beyond_points():
    battery = load_battery("aaa2")
    assert temperature_factor(battery, 20) == 1.0
    assert temperature_factor(battery, -10) == pytest.approx((0.30 + 0.75) / 2)
    assert temperature_factor(battery, -60) == pytest.approx(0.30)
