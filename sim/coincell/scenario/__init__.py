"""Scenarios: one file, one experiment, one verdict."""

from coincell.scenario.document import to_document, to_json
from coincell.scenario.expect import Verdict
from coincell.scenario.result import ScenarioResult
from coincell.scenario.runner import Prepared, prepare, run_scenario
from coincell.scenario.schema import SCHEMA, Scenario, read_scenario

__all__ = [
    "SCHEMA",
    "Prepared",
    "Scenario",
    "ScenarioResult",
    "Verdict",
    "prepare",
    "read_scenario",
    "run_scenario",
    "to_document",
    "to_json",
]
