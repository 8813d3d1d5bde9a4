"""The ledger balances exactly: against closed forms, and against the exported trace read by other code."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coincell.energy.ledger import Ledger
from coincell.energy.supply import Supply
from coincell.engines.contract import ChargeEvent
from coincell.errors import InputError, MissingFigureError

S = 10**12
UA = Fraction(1, 10**6)


def direct(board, volts="3"):
    return Supply.of(board, Fraction(volts))


def test_one_component_in_one_state_is_current_times_time(board, run_result):
    result = run_result(20 * S, [(0, "lfrc", "on")], only=True)
    ledger = Ledger(result, board, direct(board))
    assert ledger.charge_c() == Fraction("0.43") * UA * 20
    assert ledger.energy_j() == Fraction("0.43") * UA * 20 * 3
    assert ledger.average_a() == ledger.peak_a() == Fraction("0.43") * UA


def test_duty_cycle_in_closed_form(board, run_result):
    """100 periods of 10 ms, of which 1 ms at 5 mA·3 V: half of nothing else in the way."""
    changes = [(0, "reg1", "dcdc"), (0, "cpu", "sleep")]
    for n in range(100):
        changes += [(n * S // 100, "cpu", "run_flash_cache"), (n * S // 100 + S // 1000, "cpu", "sleep")]
    ledger = Ledger(run_result(S, changes, only=True), board, direct(board, "2.5"))
    at_battery = 3100 * UA * 3 / Fraction("2.5")  # DC/DC: constant power
    assert ledger.charge_c(component="cpu") == at_battery / 10
    assert ledger.peak_a() == at_battery
    assert ledger.trace().longest_above_ps(Fraction(0)) == S // 1000


def test_regulator_mode_changes_everybodys_figures(board, run_result):
    result = run_result(2 * S, [(0, "cpu", "run_flash_cache"), (S, "reg1", "dcdc")])
    ledger = Ledger(result, board, direct(board))
    assert ledger.charge_c(0, S, "cpu") == 6050 * UA
    assert ledger.charge_c(S, 2 * S, "cpu") == 3100 * UA


def test_a_running_core_pays_for_the_clock_tree_once(board, run_result):
    changes = [(0, "reg1", "dcdc"), (0, "hfxo", "on"), (0, "cpu", "run_flash_cache"), (S, "cpu", "sleep")]
    ledger = Ledger(run_result(2 * S, changes), board, direct(board))
    assert ledger.charge_c(0, S, "hfxo") == 200 * UA
    assert ledger.charge_c(S, 2 * S, "hfxo") == 640 * UA
    both = ledger.charge_c(0, S, "cpu") + ledger.charge_c(0, S, "hfxo")
    assert both == 3300 * UA  # the Product Specification's own scenario


def test_changes_at_one_time_may_come_in_any_order(board, run_result):
    changes = [(S, "reg1", "dcdc"), (S, "cpu", "run_ram"), (S, "hfxo", "on")]
    forward = Ledger(run_result(2 * S, changes), board, direct(board))
    backward = Ledger(run_result(2 * S, changes[::-1]), board, direct(board))
    assert forward.by_component() == backward.by_component()


def test_whole_board_asleep_matches_the_product_specification(board, run_result):
    """System ON, 256 KB kept, wake on any event: 2.35 µA; the crypto element sleeps beside it."""
    ledger = Ledger(run_result(S, [(0, "cpu", "sleep")]), board, direct(board))
    drawn = ledger.by_component()
    assert set(drawn) == {"ram", "system", "crypto"}
    assert float((drawn["ram"] + drawn["system"]) / UA) == pytest.approx(2.35, abs=0.001)


def test_spans_gross_and_above_sleep(board, run_result):
    changes = [(0, "reg1", "dcdc"), (0, "hfxo", "on"), (0, "cpu", "sleep"), (0, "pdm", "running")]
    changes += [(S, "cpu", "run_flash_cache"), (S + S // 100, "cpu", "sleep")]
    result = run_result(2 * S, changes, spans=[(S, S + S // 100)])
    (span,) = Ledger(result, board, direct(board)).spans("infer")
    sleeping = Fraction("0.97") + 256 * Fraction("0.00539") + Fraction("0.03") + 640 + 610
    assert span.charge_c == (sleeping - 640 + 3300) * UA / 100
    assert span.above_sleep_c == (3300 - 640) * UA / 100
    assert span.energy_j == span.charge_c * 3


def test_regulator_between_battery_and_rail(board, run_result):
    result = run_result(S, [(0, "pdm", "running")], only=True)
    supply = Supply.of(board, Fraction(6), "vin")
    ledger = Ledger(result, board, supply)
    pdm = 610 * Fraction("1.909")
    expected = round(pdm, -1) * UA * Fraction("3.3") / (Fraction("0.7") * 6)  # three digits in the file
    assert float(ledger.charge_c(component="pdm")) == pytest.approx(float(expected), rel=0.01)
    assert ledger.charge_c(component="attachment.regulator") == 200 * UA


def test_backfed_regulator_draws_all_the_time(board, run_result):
    supply = Supply.of(board, Fraction(3), "3v3_pin")
    ledger = Ledger(run_result(S, only=True), board, supply)
    assert ledger.charge_c() == 50 * UA * 3 / Fraction("3.3")  # resistive


def test_led_dims_with_the_battery(board, run_result):
    result = run_result(S, [(0, "led_builtin", "on")], only=True)
    full = Ledger(result, board, direct(board, "3.3")).charge_c()
    assert full == 1300 * UA
    assert Ledger(result, board, direct(board, "2.65")).charge_c() == full / 2
    assert Ledger(result, board, direct(board, "1.8")).charge_c() == 0


def test_share_on_estimates(board, run_result):
    changes = [(0, "lfrc", "on"), (0, "cpu", "off"), (0, "system", "off")]
    ledger = Ledger(run_result(S, changes, only=True), board, direct(board))
    assert ledger.share_of_kind("estimate") == Fraction("0.43") / (Fraction("0.43") + Fraction("0.4"))


def test_unknown_state_and_component_are_errors(board, run_result):
    with pytest.raises(MissingFigureError, match="no current") as caught:
        Ledger(run_result(S, [(0, "pdm", "humming")]), board, direct(board))
    assert "running" in str(caught.value)
    with pytest.raises(MissingFigureError, match="no such component"):
        Ledger(run_result(S, [(0, "flux", "on")]), board, direct(board))


def test_events_without_a_charge_are_errors(board, run_result):
    events = (ChargeEvent(5, "radio", "packet", 2),)
    ledger = Ledger(run_result(S, events=events), board, direct(board))
    with pytest.raises(MissingFigureError, match="has no charge"):
        ledger.charge_c()


def test_events_are_charged(board, run_result):
    with_event = board.model_copy()
    radio = board.component_power()["radio"]
    charge = type(radio).model_validate(
        {
            "components": ["radio"],
            "initial": "disabled",
            "states": {"disabled": {"current_ua": 0, "kind": "estimate", "source": "test"}},
            "events": {"packet": {"charge_nc": 40, "kind": "estimate", "source": "test"}},
        }
    )
    chip = board.chip.model_copy(
        update={"power": (*(t for t in board.chip.power if "radio" not in t.components), charge)}
    )
    with_event._chip = chip
    events = (ChargeEvent(5, "radio", "packet", 2), ChargeEvent(S // 2, "radio", "packet", 1))
    ledger = Ledger(run_result(S, events=events), with_event, direct(board))
    assert ledger.charge_c(component="radio") == 3 * 40 * Fraction(1, 10**9)
    assert ledger.charge_c(0, 6, component="radio") == 2 * 40 * Fraction(1, 10**9)
    assert sum(e.charge_c for e in ledger.entries()) == ledger.charge_c()
    assert integrate(exported(ledger)) == ledger.charge_c()


def test_voltage_outside_the_attachment_is_refused(board):
    with pytest.raises(InputError, match="takes 5 to 21 V") as caught:
        Supply.of(board, Fraction(3), "vin")
    assert "3v3_pin_jumper_cut" in str(caught.value)
    with pytest.raises(InputError, match="no attach of that name"):
        Supply.of(board, Fraction(3), "usb_c")


def exported(ledger: Ledger) -> str:
    file = io.StringIO()
    ledger.trace().write_csv(file)
    return file.getvalue()


def integrate(text: str) -> Fraction:
    """Integral of an exported trace [C]: knows the CSV and nothing of the ledger."""
    first, rest = text.split("\n", 1)
    about = dict(word.split("=") for word in first.lstrip("# ").split())
    unit, end = int(about["unit"]), int(about["end_ps"])
    total, time, level = Fraction(0), 0, 0
    for row in csv.DictReader(io.StringIO(rest)):
        if row["event_charge_c"]:
            total += Fraction(row["event_charge_c"])
            continue
        now = int(row["time_ps"])
        total += Fraction(level * (now - time), unit * S)
        time, level = now, int(row["current_units"])
        assert float(row["current_a"]) == pytest.approx(level / unit)
    return total + Fraction(level * (end - time), unit * S)


STATES = {
    "cpu": ["run_flash_cache", "run_flash_nocache", "run_ram", "sleep"],
    "reg1": ["ldo", "dcdc"],
    "hfxo": ["off", "starting", "on"],
    "hfint": ["off", "on"],
    "pdm": ["off", "running"],
    "radio": ["disabled", "ramp", "tx_0dbm", "rx"],
    "ram": ["on_256k", "on_64k"],
    "led_builtin": ["on", "off"],
    "microphone": ["off", "sleep", "on"],
}
CHANGE = st.sampled_from([(c, s) for c, states in STATES.items() for s in states])
STEPS = st.lists(st.tuples(st.integers(0, 3 * S), CHANGE), max_size=40)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(
    steps=STEPS, volts=st.sampled_from(["3", "2.3", "3.3"]), cuts=st.lists(st.integers(0, 2 * S), max_size=3)
)
def test_ledger_equals_trace_entries_and_windows(board, run_result, steps, volts, cuts):
    changes = [(time, *change) for time, change in sorted(steps, key=lambda step: step[0])]
    ledger = Ledger(run_result(2 * S, changes), board, direct(board, volts))
    total = ledger.charge_c()
    assert integrate(exported(ledger)) == total
    assert sum(entry.charge_c for entry in ledger.entries()) == total
    assert sum(ledger.by_component().values()) == total
    assert sum(ledger.charge_c(component=name) for name in ledger.components) == total
    edges = [0, *sorted(cuts), 2 * S]
    assert sum(ledger.charge_c(a, b) for a, b in pairwise(edges)) == total
    for a, b in pairwise(edges):
        assert sum(entry.charge_c for entry in ledger.entries(a, b)) == ledger.charge_c(a, b)
