"""The report's section on the app's plain rule in the same scenario: what it found, what the model gains."""

from __future__ import annotations

from fractions import Fraction

from rich.console import RenderableType

from coincell.report.style import add, section, table
from coincell.report.units import quantity, score
from coincell.scenario.result import Found, Measured


def beside_section(measured: Measured) -> RenderableType | None:
    """None where the scenario expects no gain."""
    baseline = measured.baseline
    if baseline is None:
        return None
    grid = table("", "plain rule", "model", "gain", right=(1, 2, 3))
    if measured.detections is not None:
        add(grid, "labels found", _found(baseline), _found(measured.found), "")
        alarms = (found.n_false_alarms or 0 for found in (baseline, measured.found))
        add(grid, "false alarms", *map(str, alarms), f"{-(measured.false_alarms_fewer or 0):+}")
    if measured.classified is not None:
        accuracies = (score(baseline.accuracy), score(measured.found.accuracy))
        add(grid, "accuracy", *accuracies, _points(measured.accuracy_gain))
    add(grid, "F1", score(baseline.f1), score(measured.found.f1), _points(measured.f1_gain))
    return section("Beside the plain rule", grid)


def _found(found: Found) -> str:
    assert found.detections is not None
    return f"{len(found.detections.found)} of {len(found.detections.found) + len(found.detections.missed)}"


def _points(gain: Fraction | None) -> str:
    return "" if gain is None else ("+" if gain > 0 else "") + quantity(gain, "points")
