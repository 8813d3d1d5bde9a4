"""Parts that speak by a level: a reed switch on a door, a PIR detector."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from bench import Bench, Wave

GPIO0 = 0x5000_0500
"""Where port 0's registers are described, less 0x500: OUT is at 0x504."""


def edges(bench: Bench, net: str) -> list[tuple[float, bool]]:
    """When it changed [s], and to what."""
    return [(edge.time_ps / 1e12, edge.level) for edge in bench.machine.nets.edges if edge.net == net]


def door(closed_from: float, closed_to: float) -> Wave:
    return Wave(lambda t: ((t >= closed_from) & (t < closed_to)) * 1.0, "closed", Fraction(20))


# ---- a reed switch
def test_a_magnet_pulls_the_net_down_and_the_pull_up_lets_it_rise():
    bench = Bench("nano33ble_home", {"door": door(1.0, 3.0)}).after(5)
    seen = [edge for edge in edges(bench, "D7") if edge[0] > 0]
    assert seen[0] == (1.0, False)
    assert seen[-1] == (3.0, True)
    assert bench.states("door")[-1] == "off"
    assert bench.spent_s("door", "on") == pytest.approx(2.0, abs=0.0005)


def test_a_closing_contact_bounces_and_an_opening_one_does_not():
    bench = Bench("nano33ble_home", {"door": door(1.0, 3.0)}).after(5)
    bounces = [edge for edge in edges(bench, "D7") if 1.0 <= edge[0] < 2.9]
    assert len(bounces) == 7  # closes, and opens three times
    assert [level for _, level in bounces] == [False, True] * 3 + [False]
    assert bounces[-1][0] < 1.0005 + 1e-9
    assert len([edge for edge in edges(bench, "D7") if edge[0] > 2.9]) == 1


def test_the_chips_port_reads_it():
    bench = Bench("nano33ble_home", {"door": door(0.0, 2.0)})
    bench.put(GPIO0 + 0x200 + 4 * 23, 0)  # PIN_CNF[23]: D7 is P0.23; input buffer on
    assert not bench.after(1).bus.read(GPIO0 + 0x010, 4) >> 23 & 1
    assert bench.after(2).bus.read(GPIO0 + 0x010, 4) >> 23 & 1


def test_a_door_that_stays_is_looked_at_once_in_many_samples():
    """One event in 4096 samples, so that a sleeping core sleeps on."""
    bench = Bench("nano33ble_home", {"door": door(2000.0, 2001.0)}).after(1)
    assert bench.part("door")._next.due == pytest.approx(4096 / 20 * 1e12)
    assert bench.after(2005).spent_s("door", "on") == pytest.approx(1.0, abs=0.001)


# ---- a PIR detector
def someone(*times: float, strength: float = 0.03) -> Wave:
    """One turn of a sine of 1 Hz at each of `times`: somebody crosses a beam."""

    def value(t):
        out = np.zeros_like(t)
        for start in times:
            out += np.where((t >= start) & (t < start + 1), np.sin(2 * np.pi * (t - start)), 0) * strength
        return out

    return Wave(value, "W/m²", Fraction(50))


def highs(bench: Bench) -> list[tuple[float, float]]:
    changes = [edge for edge in edges(bench, "D3") if edge[0] > 0]
    return [(up, down) for (up, _), (down, _) in zip(changes[::2], changes[1::2], strict=True)]


def test_somebody_raises_out_for_the_hold_time_after_the_last_movement():
    bench = Bench("nano33ble_home", {"pir_switch": someone(20.0)}).after(40)
    ((up, down),) = highs(bench)
    assert 20.0 < up < 20.2
    still = down - 2.0  # the filters ring on after the sine has ended
    assert 21.0 < still < 22.5


def test_it_may_be_triggered_again_and_is_blind_for_a_while_after():
    again = Bench("nano33ble_home", {"pir_switch": someone(20.0, 22.5)}).after(40)
    ((_, down),) = highs(again)
    assert down > 25.5
    first = highs(Bench("nano33ble_home", {"pir_switch": someone(20.0)}).after(40))[0]
    blind = Bench("nano33ble_home", {"pir_switch": someone(20.0, first[1] + 0.1)}).after(60)
    late = highs(blind)
    assert all(up >= first[1] + 2.0 for up, _ in late[1:])


@pytest.mark.parametrize(("strength", "seen"), [(0.005, 0), (0.05, 1)])
def test_its_window_decides(strength, seen):
    assert (
        len(highs(Bench("nano33ble_home", {"pir_switch": someone(20, strength=strength)}).after(40))) == seen
    )


def test_it_hears_nobody_while_it_warms_up():
    assert highs(Bench("nano33ble_home", {"pir_switch": someone(5.0)}).after(20)) == []
    assert highs(Bench("nano33ble_home", {}).after(60)) == []


def test_its_noise_alone_does_not_trigger():
    """The window is thirteen standard deviations wide."""
    assert highs(Bench("nano33ble_home", {"pir_switch": someone()}).after(600)) == []
