"""A result that has everything that a report can show."""

from __future__ import annotations

from fractions import Fraction

import pytest

from coincell.engines.contract import (
    ConsoleLine,
    CoreCounters,
    MemoryUse,
    Packet,
    RunResult,
    Unmodelled,
)
from coincell.scenario.detection import Detections, Hit, Missed
from coincell.scenario.expect import Verdict
from coincell.scenario.result import (
    Energy,
    EnergyEntry,
    Life,
    Measured,
    Origin,
    ScenarioResult,
    SpanEnergy,
)
from coincell.scenario.timing import Latency

S = 10**12


def entry(component: str, state: str, charge: Fraction, n_events: int = 0) -> EnergyEntry:
    return EnergyEntry(component, state, 0 if n_events else S, n_events, charge, charge * 3, "estimate")


@pytest.fixture
def result() -> ScenarioResult:
    """Everything that a report can show."""
    entries = (
        entry("cpu", "run_flash_cache", Fraction(6, 1000)),
        entry("cpu", "run_flash_cache", Fraction(1, 1000)),
        entry("radio", "burst", Fraction(3, 1000) - Fraction(1, 10**6), 12),
        entry("rtc0", "running", Fraction(1, 10**6)),
    )
    energy = Energy(
        supply_v=Fraction(3),
        charge_c=sum((e.charge_c for e in entries), Fraction(0)),
        energy_j=Fraction(3, 100),
        average_a=Fraction(1, 1000),
        peak_a=Fraction(15, 1000),
        entries=entries,
        spans=(SpanEnergy("inference", Fraction(95, 100_000), Fraction(55, 100_000)),),
        estimate_ratio=Fraction(1, 5),
    )
    run = RunResult(
        engine="native",
        board="b",
        duration_ps=10 * S,
        console=(ConsoleLine(S, "uart", "x"),),
        edges=(),
        spans=(),
        packets=(Packet(S, S, 2402, 0, b"abcdef"),),
        states=(),
        events=(),
        cores=(CoreCounters("chip", 64_000_000, 1000, 900, 4 * S, 6 * S, "cortex-m4", False),),
        memory=MemoryUse(30_000, 1 << 20, 20_000, 256 << 10, 776, 4096),
        unmodelled=(Unmodelled("qspi", "TASKS_ACTIVATE", 1, 16),),
        sample_digests={},
    )
    heard = Detections(
        "coincell",
        "LED",
        (Hit("coincell", 2 * S, 3 * S, 3 * S + S // 5),),
        (Missed("coincell", 5 * S, 6 * S),),
        (7 * S,),
        0,
        2 * S,
        10 * S,
    )
    inference = Latency("inference", 190, 69 * 10**9, 69 * 10**9, 70 * 10**9, 4_416_266, 4_416_614, 4_416_722)
    life = Life(
        9.4 * 86_400,
        11e5,
        14e5,
        0.9,
        50.0,
        0.004,
        "voltage",
        (("cpu", 0.6),),
        ("too much",),
        ("a fresh one",),
    )
    return ScenarioResult(
        origin=Origin(
            "A title", "f.toml", "", "b", "A board", "app", "elf", "", "zig", "aaa2", "two AAA", "pin", 1
        ),
        measured=Measured(run, heard, {"inference": inference}, energy, life, (heard,)),
        verdicts=(
            Verdict("found_min", ">=", 2, 1, "", False),
            Verdict("duty_max_ratio", "<=", 0.5, 0.4, "ratio", True),
            Verdict("console_contains", "contains", "y" * 60, None, "", False),
        ),
        warnings=("the load is above the rating",),
    )
