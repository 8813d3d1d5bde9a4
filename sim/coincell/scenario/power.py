"""From what happened to what it cost: the ledger's figures and the battery's life, in the result's words."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from fractions import Fraction

from coincell.describe import BatteryDescription, BoardDescription, load_battery, load_board
from coincell.energy.ledger import CPU, Ledger
from coincell.energy.life import life
from coincell.energy.profile import DAY_S, Happening, compose, whole_run
from coincell.energy.supply import Supply
from coincell.energy.trace import Trace
from coincell.engines.contract import RunResult
from coincell.errors import InputError
from coincell.observe.energy import core_energy
from coincell.scenario.detection import Detections
from coincell.scenario.result import Energy, EnergyEntry, Life, SpanEnergy
from coincell.scenario.schema import Scenario
from coincell.scenario.window import doubts


def account(
    scenario: Scenario,
    run: RunResult,
    board: BoardDescription,
    battery: BatteryDescription,
    rules: Sequence[Detections],
) -> tuple[Energy, Life]:
    """Energy of the run at the battery's nominal voltage, and the battery's life."""
    ledger = ledger_of(scenario, run, board, battery)
    return _energy(ledger), _life(scenario, ledger, battery, rules)


def ledger_of(
    scenario: Scenario, run: RunResult, board: BoardDescription, battery: BatteryDescription
) -> Ledger:
    """The run's ledger. Raises MissingFigureError, and InputError for a battery that does not fit."""
    return Ledger(run, board, supply_of(scenario, board, battery))


def supply_of(scenario: Scenario, board: BoardDescription, battery: BatteryDescription) -> Supply:
    """How the scenario's battery feeds the board. Raises InputError where the two do not fit."""
    try:
        return Supply.of(board, battery.nominal_pack_v, scenario.battery.attach)
    except InputError as error:
        if error.key != "board.attach":
            raise
        raise replace(error, where=str(scenario.path), key="battery.attach") from error


def current_trace(scenario: Scenario, run: RunResult) -> Trace:
    """The current at the scenario's battery during a run of it."""
    return ledger_of(scenario, run, load_board(scenario.board), load_battery(scenario.battery.name)).trace()


def shared_out(scenario: Scenario, run: RunResult) -> tuple[dict[Hashable, Fraction], dict[str, Fraction]]:
    """Energy [J] that follows the firmware's functions, by what the core drew, and all other by component.

    Together they are the energy of the run.
    """
    ledger = ledger_of(scenario, run, load_board(scenario.board), load_battery(scenario.battery.name))
    awake = core_energy(ledger)
    others = {name: charge * ledger.supply.battery_v for name, charge in ledger.by_component().items()}
    asleep = others.pop(CPU, Fraction(0)) - sum(awake.values(), Fraction(0))
    return awake, others | ({f"{CPU} asleep": asleep} if asleep else {})


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


def _life(
    scenario: Scenario, ledger: Ledger, battery: BatteryDescription, rules: Sequence[Detections]
) -> Life:
    needed = tuple(sorted({ledger.board.input_named(name)[0].name for name in scenario.signals}))
    per_day = scenario.day.detections if scenario.day else None
    happening = None if per_day is None else _happening(ledger, rules)
    note: tuple[str, ...] = ()
    if happening is None or per_day is None:
        quiet = (0, ledger.duration_ps)
        profile = whole_run(ledger, needed)
        if per_day:
            note = ("nothing was detected in the run: what a detection costs is not in the day",)
    else:
        quiet = _quiet(ledger.duration_ps, _windows(ledger, rules))
        profile = compose(ledger, quiet, {"detection": Happening(*happening, per_day)}, needed)
    expected = life(battery, profile, seed=scenario.seed)
    return Life(
        low_s=expected.low_days * DAY_S,
        central_s=expected.median_days * DAY_S,
        high_s=expected.high_days * DAY_S,
        confidence=expected.confidence,
        detections_per_day=None if per_day is None else float(per_day),
        average_a=expected.average_a,
        limited_by=expected.ended_by,
        dead=expected.dead,
        breakdown=tuple((share.component, share.share) for share in expected.breakdown),
        warnings=(*note, *expected.warnings),
        doubts=doubts(scenario, ledger, quiet),
        assumptions=expected.assumptions,
    )


def _windows(ledger: Ledger, rules: Sequence[Detections]) -> list[tuple[int, int]]:
    """From each answer until its net returns (or the run ends): the LED's light and what goes with it."""
    windows = []
    for rule in rules:
        edges = [edge for edge in ledger.result.edges if edge.net == rule.net]
        for start in (*(hit.detected_ps for hit in rule.found), *rule.false_alarms_ps):
            end = next((edge.time_ps for edge in edges if edge.time_ps > start), ledger.duration_ps)
            windows.append((start, end))
    return _apart(sorted(window for window in windows if window[0] < window[1]))


def _apart(windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """`windows`, in order, with those that overlap as one: two nets may answer at once."""
    apart: list[tuple[int, int]] = []
    for start, end in windows:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((start, end))
    return apart


def _happening(ledger: Ledger, rules: Sequence[Detections]) -> tuple[int, int] | None:
    """The costliest answer's window: all others cost at most as much above the background."""
    windows = _windows(ledger, rules)
    return max(windows, key=lambda window: ledger.charge_c(*window), default=None)


def _quiet(duration_ps: int, windows: list[tuple[int, int]]) -> tuple[int, int]:
    """The longest stretch without an answer; the one from reset on counts only when there is no other."""
    starts = [0, *(end for _, end in windows)]
    ends = [*(start for start, _ in windows), duration_ps]
    gaps = [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]
    later = [gap for gap in gaps if gap[0]]
    return max(later or gaps, key=lambda gap: gap[1] - gap[0])
