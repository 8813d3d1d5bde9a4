"""The result as a versioned document: the same bytes for the same run, on any tier and in any folder."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from coincell import __version__
from coincell.engines.contract import Span
from coincell.errors import FirmwareCrash
from coincell.machine.crash import ReportedCrash
from coincell.scenario.classification import Classification
from coincell.scenario.detection import Detections
from coincell.scenario.result import Energy, Found, ScenarioResult

SCHEMA = "coincell.result/1"


def to_document(result: ScenarioResult) -> dict[str, Any]:
    """Plain dictionaries and lists. Times are integer picoseconds; charges and energies are in C and J.

    It holds no wall clock, no host paths and no statistics of tiers, all of which differ between runs.
    """
    measured, run = result.measured, result.measured.run
    return {
        "schema": SCHEMA,
        "coincell": __version__,
        "scenario": asdict(result.origin),
        "engine": run.engine,
        "engine_report": asdict(run.engine_report) if run.engine_report else None,
        "duration_ps": run.duration_ps,
        "exit_code": run.exit_code,
        "detections": _detections(measured.detections),
        "detections_by_rule": [_detections(rule) for rule in measured.rules],
        "classification": _classification(measured.classified),
        "baseline": _baseline(measured.baseline),
        "latency": {name: asdict(latency) for name, latency in measured.latencies.items()},
        "spans_sha256": _digest_of_spans(run.spans),
        "cores": [
            {**asdict(core), "duty_ratio": core.active_ps / run.duration_ps if run.duration_ps else 0.0}
            for core in run.cores
        ],
        "memory": asdict(run.memory),
        "energy": _energy(measured.energy),
        "battery_life": asdict(measured.life),
        "radio": {
            "packets": [{**asdict(p), "payload": p.payload.hex()} for p in run.packets],
            "bytes": sum(len(p.payload) for p in run.packets),
            "bytes_before_first_label": measured.bytes_before_first_label if measured.detections else None,
        },
        "console": [asdict(line) for line in run.console],
        "unmodelled": [asdict(access) for access in run.unmodelled],
        "samples_sha256": dict(run.sample_digests),
        "warnings": list(result.warnings),
        "expectations": [asdict(verdict) for verdict in result.verdicts],
        "crash": None,
        "passed": result.passed,
    }


def crash_document(crash: FirmwareCrash) -> dict[str, Any]:
    """What is known of a run that crashed, under the keys that `to_document` uses; nothing was measured."""
    return {
        "schema": SCHEMA,
        "coincell": __version__,
        "scenario": asdict(crash.origin) if crash.origin else None,
        "console": [asdict(line) for line in crash.report.console]
        if isinstance(crash, ReportedCrash)
        else [],
        "crash": _crash(crash),
        "passed": False,
    }


def _crash(crash: FirmwareCrash) -> dict[str, Any]:
    document: dict[str, Any] = {"report": str(crash)}
    if isinstance(crash, ReportedCrash):
        first = crash.report.first
        function = crash.report.image.function_at(first.registers[15])
        source = crash.report.image.line_at(first.registers[15])
        document |= {
            "what": first.what,
            "fault": first.fault,
            "then": crash.report.then,
            "time_ps": first.time_ps,
            "instructions": first.instructions,
            "registers": list(first.registers),
            "xpsr": first.xpsr,
            "cfsr": first.cfsr,
            "function": function.name if function else None,
            "source": f"{source[0]}:{source[1]}" if source else None,
        }
    return document


def to_json(result: ScenarioResult | FirmwareCrash, second_opinion: dict[str, Any] | None = None) -> str:
    """The document as text with sorted keys and a final newline."""
    document = crash_document(result) if isinstance(result, FirmwareCrash) else to_document(result)
    if second_opinion is not None:
        document["second_opinion"] = second_opinion
    return json.dumps(document, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"


def _detections(detections: Detections | None) -> dict[str, Any] | None:
    if detections is None:
        return None
    document = asdict(detections)
    document["found"] = [
        {**asdict(hit), "latency_ps": hit.latency_ps, "lead_ps": hit.lead_ps} for hit in detections.found
    ]
    return document | {
        "recall": _float(detections.recall),
        "precision": _float(detections.precision),
        "f1": _float(detections.f1),
        "false_alarms_per_h": _float(detections.false_alarms_per_h),
    }


def _classification(classified: Classification | None) -> dict[str, Any] | None:
    if classified is None:
        return None
    return {
        **asdict(classified),
        "changes": [{**asdict(change), "delay_ps": change.delay_ps} for change in classified.changes],
        "judged_ps": classified.judged_ps,
        "accuracy": _float(classified.accuracy),
        "macro_f1": _float(classified.macro_f1),
        "by_class": {
            score.name: {
                "held_ps": score.held_ps,
                "said_ps": score.said_ps,
                "right_ps": score.right_ps,
                "recall": _float(score.recall),
                "precision": _float(score.precision),
                "f1": _float(score.f1),
            }
            for score in classified.scores
        },
    }


def _baseline(found: Found | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"detections": _detections(found.detections), "classification": _classification(found.classified)}


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _energy(energy: Energy) -> dict[str, Any]:
    return {
        "supply_v": float(energy.supply_v),
        "charge_c": float(energy.charge_c),
        "energy_j": float(energy.energy_j),
        "average_a": float(energy.average_a),
        "peak_a": float(energy.peak_a),
        "estimate_ratio": float(energy.estimate_ratio),
        "by_component_c": {name: float(charge) for name, charge in energy.by_component().items()},
        "by_state": [
            {**asdict(entry), "charge_c": float(entry.charge_c), "energy_j": float(entry.energy_j)}
            for entry in energy.entries
        ],
        "by_marker": {
            span.marker: {"gross_j": float(span.gross_j), "above_sleep_j": float(span.above_sleep_j)}
            for span in energy.spans
        },
    }


def _digest_of_spans(spans: tuple[Span, ...]) -> str:
    """One number that changes with the time, the cycles or the captured memory of any passage."""
    digest = hashlib.sha256()
    for span in spans:
        times = (span.marker, span.start_ps, span.end_ps, span.start_cycle, span.end_cycle)
        captured = sorted((name, content.hex()) for name, content in span.captured.items())
        digest.update(json.dumps([times, captured]).encode())
    return digest.hexdigest()
