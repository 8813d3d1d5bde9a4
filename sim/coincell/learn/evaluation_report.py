"""What evaluating an app by its scenario tells: the counts of model and plain rule, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any

from coincell.learn.evaluate_app import Outcome
from coincell.learn.intervals import poisson, wilson
from coincell.scenario.classification import Classification
from coincell.scenario.detection import Detections
from coincell.simtime import PS_PER_S

SCHEMA = "coincell.app_evaluation/1"
_NAMES = {"model": "model", "baseline": "plain rule"}


@dataclass(frozen=True)
class AppEvaluation:
    """The outcomes of one scenario under many seeds, the model's first. `command` gives them again."""

    app: str
    board: str
    scenario: str
    title: str
    command: str
    model_sha256: str
    """Of the model's file; "" for an app without one."""
    outcomes: tuple[Outcome, ...]

    def markdown(self) -> str:
        """The report as text."""
        first = self.outcomes[0]
        names = [_NAMES[outcome.judge] for outcome in self.outcomes]
        rows = self._rows()
        return "\n".join(
            [
                f"# Evaluation: {self.app}",
                "",
                f"    {self.command}",
                "",
                f"`{self.scenario}` ({self.title}) on the emulated board",
                f"`{self.board}`, {first.n_runs} times with other seeds: other people, voices, homes or",
                f"machines, none of them in training. {first.hours:.2f} h by each judge. Intervals are 95 %:",
                "Wilson's of shares, exact Poisson of rates.",
                "",
                f"| | {' | '.join(names)} |",
                "|---" * (len(names) + 1) + "|",
                *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows),
                "",
                *self._confusions(),
                *([f"Model SHA-256 {self.model_sha256}", ""] if self.model_sha256 else []),
            ]
        )

    def _rows(self) -> list[tuple[str, list[str]]]:
        rows: list[tuple[str, list[str]]] = []
        if all(outcome.together for outcome in self.outcomes):
            found = [outcome.together for outcome in self.outcomes if outcome.together]
            rows.append(("false alarms an hour", [_alarms(one) for one in found]))
            if any(one.due for one in found):
                rows = [
                    ("events found", [_found(one) for one in found]),
                    *rows,
                    ("F1 of the answers", [_share(one.f1) for one in found]),
                    ("latency, median and slowest", [_times(one.latencies_ps, max) for one in found]),
                ]
            if any(lead_ps > 0 for one in found for lead_ps in one.leads_ps):
                rows.append(("lead, median and shortest", [_times(one.leads_ps, min) for one in found]))
            if len(self.outcomes[0].rules) > 1:
                for number, rule in enumerate(self.outcomes[0].rules):
                    own = [_found(outcome.rules[number]) for outcome in self.outcomes]
                    rows.append((f"found: {rule.label}", own))
            elif len(kinds := sorted({label.name for one in found for label in one.due})) > 1:
                rows += [(f"found: {kind}", [_found(one.only(kind)) for one in found]) for kind in kinds]
            if any(one.harmless for one in found):
                rows.append(("other events that set it off", [_set_off(one) for one in found]))
            for kind in sorted({label.name for one in found for label in one.harmless if label.set_off}):
                rows.append((f"set off by: {kind}", [_set_off(one.only(kind)) for one in found]))
        classes = [outcome.classes for outcome in self.outcomes if outcome.classes]
        if classes:
            rows += [
                ("share of the time with the right class", [_share(one.accuracy) for one in classes]),
                ("macro F1 of the classes, over time", [_share(one.macro_f1) for one in classes]),
                ("slowest change to the right class", [_delay(one) for one in classes]),
            ]
        return rows

    def _confusions(self) -> list[str]:
        lines: list[str] = []
        for outcome in self.outcomes:
            if outcome.classes is None:
                continue
            names = outcome.classes.classes
            lines += [f"Seconds, {_NAMES[outcome.judge]} (rows: truth, columns: answer)", ""]
            lines += [f"| | {' | '.join(names)} | none yet |", "|---" * (len(names) + 2) + "|"]
            for name, row in zip(names, outcome.classes.confusion_ps, strict=True):
                lines.append(f"| {name} | {' | '.join(f'{cell / PS_PER_S:.1f}' for cell in row)} |")
            lines.append("")
        return lines

    def document(self) -> dict[str, Any]:
        """Plain dictionaries and lists. Times in seconds."""
        return {
            "schema": SCHEMA,
            "app": self.app,
            "board": self.board,
            "scenario": self.scenario,
            "command": self.command,
            "model_sha256": self.model_sha256,
            "judges": [_document(outcome) for outcome in self.outcomes],
        }


def _found(found: Detections) -> str:
    return _part(len(found.found), len(found.due), "none was due")


def _set_off(found: Detections) -> str:
    return _part(sum(label.set_off for label in found.harmless), len(found.harmless), "there was none")


def _part(n: int, of: int, none: str) -> str:
    if not of:
        return none
    low, high = wilson(n, of)
    return f"{n} of {of}: {n / of:.1%} ({low:.1%} to {high:.1%})"


def _alarms(found: Detections) -> str:
    n, hours = len(found.false_alarms_ps), found.judged_ps / PS_PER_S / 3600
    low, high = poisson(n, hours)
    return f"{n / hours:.2f} ({low:.2f} to {high:.2f}; {n} in all)"


def _share(value: Fraction | None) -> str:
    return "-" if value is None else f"{float(value):.1%}"


def _times(times_ps: Sequence[int], worst: Any) -> str:
    if not times_ps:
        return "-"
    return f"{median(times_ps) / PS_PER_S:.3f} s, {worst(times_ps) / PS_PER_S:.3f} s"


def _delay(classes: Classification) -> str:
    slowest = classes.slowest_delay_ps
    return "-" if slowest is None else f"{slowest / PS_PER_S:.2f} s"


def _document(outcome: Outcome) -> dict[str, Any]:
    found, classes = outcome.together, outcome.classes
    return {
        "judge": outcome.judge,
        "runs": outcome.n_runs,
        "hours": outcome.hours,
        "detections": found
        and {
            "found": len(found.found),
            "missed": len(found.missed),
            "false_alarms": len(found.false_alarms_ps),
            "harmless": len(found.harmless),
            "set_off": sum(label.set_off for label in found.harmless),
            "f1": _number(found.f1),
            "latencies_s": [time / PS_PER_S for time in found.latencies_ps],
            "leads_s": [time / PS_PER_S for time in found.leads_ps],
        },
        "classes": classes
        and {
            "names": list(classes.classes),
            "confusion_s": [[cell / PS_PER_S for cell in row] for row in classes.confusion_ps],
            "accuracy": _number(classes.accuracy),
            "macro_f1": _number(classes.macro_f1),
        },
    }


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
