"""Battery life against closed forms: capacity over current, energy over power, self-discharge, spreads."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from coincell.describe import load_battery
from coincell.energy import Happening, Ledger, Spreads, Supply, compose, life, whole_run
from coincell.errors import InputError

S = 10**12
DAY_S = 86_400
EXACT = Spreads(
    within={"measured": 1.0, "datasheet-typ": 1.0, "datasheet-max": 1.0, "estimate": 1.0},
    median_of_max=1.0,
    resistance=1.0,
    self_discharge=1.0,
    n_draws=3,
)


def ideal(volts=(3.0, 3.0), capacity_c=3600, yearly=0, shelf_years=1000):
    """A cell without resistance, lag, leak or spread, whose voltage falls linearly."""
    cell = load_battery("cr2032")
    curve = {
        "kind": "estimate",
        "source": "test",
        "points": [
            {"depth_ratio": d, "open_circuit_v": v, "resistance_ohm": 1e-9}
            for d, v in zip((0, 1), volts, strict=True)
        ],
    }
    wells = {"charge_c": capacity_c, "available_ratio": 0.5, "recovery_s": 1e-9}
    about = {"kind": "estimate", "source": "test"}
    leak = {"yearly_ratio": yearly, "shelf_years": shelf_years}
    return cell.model_copy(
        update={
            "curve": type(cell.curve).model_validate(curve),
            "two_well": type(cell.two_well).model_validate(wells | about),
            "self_discharge": type(cell.self_discharge).model_validate(leak | about),
            "capacity_spread": type(cell.capacity_spread).model_validate({"within_ratio": 0} | about),
        }
    )


@pytest.fixture
def profile(board, run_result):
    """A day in which one component is in one state throughout, from a battery of 3 V."""

    def make(component, state, mode="ldo", volts="3"):
        changes = [(0, "reg1", mode), (0, component, state)]
        result = run_result(S, changes, only=True)
        return whole_run(Ledger(result, board, Supply.of(board, Fraction(volts))))

    return make


def test_constant_current_on_an_ideal_cell_is_capacity_over_current(profile):
    got = life(ideal(), profile("gpiote", "in_event"), EXACT)
    assert got.median_days == pytest.approx(3600 / 15e-6 / DAY_S)
    assert got.low_days == pytest.approx(got.high_days)
    assert got.usable_share == pytest.approx(1.0)
    assert got.ended_by == "charge"


def test_constant_power_is_energy_over_power(profile):
    """640 µA at 3 V behind DC/DC from a cell that falls from 3.2 V to 2.0 V: mean voltage 2.6 V."""
    got = life(ideal((3.2, 2.0)), profile("hfxo", "on", "dcdc"), EXACT)
    assert got.median_days == pytest.approx(3600 * 2.6 / (640e-6 * 3) / DAY_S, rel=1e-6)
    assert got.average_a == pytest.approx(640e-6)


def test_a_led_follows_its_resistor(profile):
    """I = g (V - Vf) from V falling linearly: t = C ln((V0-Vf)/(V1-Vf)) / (g (V0-V1))."""
    got = life(ideal((3.3, 2.5)), profile("led_builtin", "on"), EXACT)
    g = 1.3e-3 / 1.3
    expected = 3600 * np.log((3.3 - 2.0) / (2.5 - 2.0)) / (g * 0.8)
    assert got.median_days == pytest.approx(expected / DAY_S, rel=1e-4)


def test_cutoff_ends_life_where_the_voltage_crosses_it(profile):
    """From 3.2 V to 1.2 V the chip's 1.7 V is crossed at three quarters."""
    got = life(ideal((3.2, 1.2)), profile("gpiote", "in_event"), EXACT)
    assert got.usable_share == pytest.approx(0.75, abs=1e-6)
    assert got.ended_by == "voltage"


def test_self_discharge_beside_a_load(profile):
    """dq/dt = -I - λ q, so t = ln(1 + λ C / I) / λ."""
    leak = -np.log(1 - 0.1) / (365.25 * DAY_S)
    current = 0.43e-6
    got = life(ideal(yearly=0.1), profile("lfrc", "on"), EXACT)
    assert got.median_days == pytest.approx(np.log1p(leak * 3600 / current) / leak / DAY_S, rel=1e-3)


def test_shelf_life_is_a_ceiling(profile):
    got = life(ideal(shelf_years=10), profile("rtc0", "running"), EXACT)
    assert got.median_days == pytest.approx(10 * 365.25)
    assert got.ended_by == "shelf life"
    nothing = life(ideal(shelf_years=10), profile("rtc0", "off"), EXACT)
    assert nothing.median_days == pytest.approx(10 * 365.25)


def test_interval_of_one_uncertain_figure(profile):
    """Life goes as 1/f: with f log-normal, 90 % of lives lie within the same factor."""
    spreads = Spreads(n_draws=20_000)
    got = life(ideal(), profile("pdm", "running", "dcdc"), spreads)
    assert got.median_days / got.low_days == pytest.approx(1.6, rel=0.02)
    assert got.high_days / got.median_days == pytest.approx(1.6, rel=0.02)


def test_capacity_spread_widens_the_interval(profile):
    cell = load_battery("aaa2")
    got = life(cell, profile("gpiote", "in_event"), EXACT)
    assert got.low_days < got.median_days < got.high_days


def test_the_same_seed_gives_the_same_life(profile):
    day = profile("pdm", "running")
    cell = load_battery("aaa2")
    assert life(cell, day, seed=3) == life(cell, day, seed=3)
    assert life(cell, day, seed=3) != life(cell, day, seed=4)


def test_cold_costs_life(profile):
    day, cell = profile("pdm", "running"), load_battery("aaa2")
    assert life(cell, day, EXACT, temperature_degc=0).median_days < life(cell, day, EXACT).median_days


def test_a_coin_cell_under_a_microphone_load_is_warned_about(board, run_result):
    changes = [(0, "hfxo", "on"), (0, "pdm", "running"), (0, "microphone", "on"), (0, "radio", "tx_8dbm")]
    changes += [(S // 1000, "radio", "disabled"), (S // 2, "cpu", "sleep")]
    result = run_result(S, changes)
    day = whole_run(Ledger(result, board, Supply.of(board, Fraction(3))))
    got = life(load_battery("cr2032"), day)
    text = "\n".join(got.warnings)
    assert "average current" in text
    assert "peak current" in text
    assert "above the pulse rating of 6.8 mA" in text
    assert got.median_days < 5


def test_a_load_that_the_battery_cannot_start(board, run_result):
    """50 mA through 18 Ω of a fresh coin cell; radio, LEDs and all."""
    changes = [(0, n, "on") for n in ("led_builtin", "led_red", "hfxo")] + [(0, "radio", "tx_8dbm")]
    day = whole_run(Ledger(run_result(S, changes), board, Supply.of(board, Fraction(3))))
    cell = load_battery("cr2032")
    weak = type(cell.curve).model_validate(
        {
            "kind": "estimate",
            "source": "test",
            "points": [{"depth_ratio": d, "open_circuit_v": 3, "resistance_ohm": 60} for d in (0, 1)],
        }
    )
    got = life(cell.model_copy(update={"curve": weak}), day)
    assert got.median_days == 0
    assert got.dead == "under load a fresh one falls below 1.7 V"
    assert got.warnings[0] == f"the board does not run from {cell.title}: {got.dead}"


def test_a_modest_load_passes_without_warnings(profile):
    got = life(load_battery("cr2032"), profile("gpiote", "in_event"))
    assert got.warnings == ()
    assert got.breakdown[0].component == "gpiote"
    assert got.breakdown[0].estimate_share == 1.0


def test_a_day_of_quiet_and_words(board, run_result):
    """Quiet second, then one second with 1 mA-ish more: n words a day add n of those seconds."""
    changes = [(0, "lfrc", "on"), (S, "gpiote", "in_event"), (2 * S, "gpiote", "off")]
    ledger = Ledger(run_result(3 * S, changes, only=True), board, Supply.of(board, Fraction(3)))
    words = {"word": Happening(S, 2 * S, Fraction(100))}
    day = compose(ledger, (0, S), words)
    got = life(ideal(), day, EXACT)
    expected = (0.43e-6 * DAY_S + 15e-6 * 100) / DAY_S
    assert got.average_a == pytest.approx(expected, rel=1e-12)
    assert any("word: 100 times a day" in text for text in got.assumptions)
    assert {share.component for share in got.breakdown} == {"lfrc", "gpiote"}
    assert sum(share.share for share in got.breakdown) == pytest.approx(1.0)


def test_windows_are_checked(board, run_result):
    ledger = Ledger(run_result(S, only=True), board, Supply.of(board, Fraction(3)))
    with pytest.raises(InputError, match="not a stretch of the run"):
        compose(ledger, (0, 2 * S), {})
    with pytest.raises(InputError, match="longer than the day"):
        compose(ledger, (0, S), {"word": Happening(0, S, Fraction(100_000))})


def test_behind_a_regulator_the_load_is_constant_power(board, run_result):
    result = run_result(S, [(0, "lfrc", "on")], only=True)
    ledger = Ledger(result, board, Supply.of(board, Fraction(6), "vin"))
    day = whole_run(ledger)
    got = life(ideal((6.0, 6.0)), day, EXACT)
    assert got.average_a == pytest.approx(float(ledger.average_a()), rel=1e-12)
    assert day.cutoff_v == 5


def test_needed_parts_raise_the_cutoff(board, run_result):
    ledger = Ledger(run_result(S), board, Supply.of(board, Fraction(3)))
    day = compose(ledger, (0, S), {}, needed=("gesture",))
    assert (day.cutoff_v, day.cutoff_by) == (Fraction("2.4"), "gesture")


def test_load_agrees_with_the_ledger_on_a_mixed_run(board, run_result):
    changes = [(0, "reg1", "dcdc"), (0, "led_builtin", "on"), (0, "microphone", "on")]
    changes += [(S // 3, "cpu", "sleep"), (S // 2, "pdm", "running"), (S // 2, "hfxo", "on")]
    for volts, attach in (("2.9", None), ("2.9", "3v3_pin"), ("9", "vin")):
        ledger = Ledger(run_result(S, changes), board, Supply.of(board, Fraction(volts), attach))
        got = life(ideal((float(volts),) * 2), whole_run(ledger), EXACT)
        assert got.average_a == pytest.approx(float(ledger.average_a()), rel=1e-12)
