"""From what happened to what it cost: the ledger's figures and the battery's life, in the result's words."""

from __future__ import annotations

from fractions import Fraction

from coincell.describe import BatteryDescription, BoardDescription
from coincell.energy.ledger import Ledger
from coincell.energy.supply import Supply
from coincell.engines.contract import RunResult
from coincell.scenario.detection import Detections
from coincell.scenario.result import Energy, EnergyEntry, Life, SpanEnergy
from coincell.scenario.schema import Scenario


def account(
    scenario: Scenario,
    run: RunResult,
    board: BoardDescription,
    battery: BatteryDescription,
    detections: Detections | None,
) -> tuple[Energy, Life | None]:
    """Energy of the run at the battery's nominal voltage, and the battery's life."""
    ledger = ledger_of(scenario, run, board, battery)
    return _energy(ledger), None


def ledger_of(
    scenario: Scenario, run: RunResult, board: BoardDescription, battery: BatteryDescription
) -> Ledger:
    """The run's ledger. Raises MissingFigureError, and InputError for a battery that does not fit."""
    return Ledger(run, board, Supply.of(board, battery.nominal_pack_v, scenario.battery.attach))


def _energy(ledger: Ledger) -> Energy:
    charge = ledger.charge_c()
    entries = tuple(
        EnergyEntry(e.component, e.state, e.duration_ps, e.n_events, e.charge_c, e.energy_j, e.kind)
        for e in ledger.entries()
    )
    return Energy(
        supply_v=ledger.supply.battery_v,
        charge_c=charge,
        energy_j=charge * ledger.supply.battery_v,
        average_a=ledger.average_a(),
        peak_a=ledger.peak_a(),
        entries=entries,
        spans=_spans(ledger),
        estimate_ratio=ledger.share_of_kind("estimate"),
    )


def _spans(ledger: Ledger) -> tuple[SpanEnergy, ...]:
    gross: dict[str, list[Fraction]] = {}
    above: dict[str, list[Fraction]] = {}
    for span in ledger.spans():
        gross.setdefault(span.span.marker, []).append(span.energy_j)
        above.setdefault(span.span.marker, []).append(span.above_sleep_j)
    return tuple(
        SpanEnergy(
            name,
            sum(gross[name], Fraction(0)) / len(gross[name]),
            sum(above[name], Fraction(0)) / len(above[name]),
        )
        for name in sorted(gross)
    )
