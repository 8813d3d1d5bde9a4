"""Whether a simulated window can stand for every hour of a day (docs/decisions/figures.md)."""

from __future__ import annotations

from fractions import Fraction

from coincell.energy.ledger import CPU, SLEEP, Ledger
from coincell.engines.contract import RunResult
from coincell.scenario.schema import Scenario
from coincell.simtime import PS_PER_S

MOST_RATIO = Fraction(1, 10)
"""What start-up may take of a window, and how far its second half may draw another current than all of it.
A judgement: as much as even measured figures are taken to err by (energy.life.Spreads)."""
_INFERENCE = "inference"


def doubts(scenario: Scenario, ledger: Ledger, window: tuple[int, int]) -> tuple[str, ...]:
    """Why a day made of `window` [ps] is not to be believed, a sentence each; none when it is long enough."""
    start, end = window
    found = []
    if start == 0:  # what comes later in the run has its start-up behind it
        found += _start_up(scenario, ledger.result, end)
    later, whole = ledger.average_a((start + end) // 2, end), ledger.average_a(start, end)
    if abs(later - whole) > MOST_RATIO * whole:
        found.append(
            f"its second half draws {float(later) * 1e6:,.1f} µA, all of it {float(whole) * 1e6:,.1f} µA; "
            "simulate longer (duration_s)"
        )
    length = f"the simulated window of {(end - start) / PS_PER_S:.3g} s is too short to stand for a day"
    return tuple(f"{length}: {why}" for why in found)


def _start_up(scenario: Scenario, run: RunResult, end_ps: int) -> list[str]:
    """Firmware is past its start when its first inference begins; without that marker, when the core sleeps.

    Of firmware that does neither nothing is known.
    """
    if _INFERENCE in scenario.markers:
        what, times = "first inference", [s.start_ps for s in run.spans if s.marker == _INFERENCE]
    else:
        what = "first sleep"
        times = [s.time_ps for s in run.states if (s.component, s.state) == (CPU, SLEEP)]
        if not times:
            return []
    first = min(times, default=end_ps)
    if first >= end_ps:
        return [f"it ends before the {what}, so all of it is start-up; simulate longer (duration_s)"]
    share = Fraction(first, end_ps)
    if share <= MOST_RATIO:
        return []
    enough_s = float(first / MOST_RATIO / PS_PER_S)
    return [
        f"{100 * float(share):.0f} % of it is start-up, before the {what}; "
        f"simulate {enough_s:.2g} s or more (duration_s)"
    ]
