"""The report's section on what was to be found: each label, each answer, and the score."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from coincell.report.style import BAD, DIM, GOOD, add, section, table
from coincell.report.units import counted, rate_per_h, score, signed, time_s
from coincell.scenario.detection import Detections
from coincell.scenario.result import ScenarioResult

MOST_ROWS = 30
"""With more to tell, labels that were found are counted, and only what went wrong is listed."""


def detections_section(result: ScenarioResult) -> RenderableType | None:
    """Every [detect] table's labels and answers, and what the radio sent."""
    measured = result.measured
    rows: list[RenderableType] = []
    several = len(measured.rules) > 1
    for rule in measured.rules:
        if several:
            rows += [*([Text()] if rows else []), Text(f"{rule.label} on {rule.net}", style=DIM)]
        rows += [*_listing(rule), _score(rule)]
    if several and measured.detections is not None:
        rows += [Text(), Text("together", style=DIM), _score(measured.detections)]
    rows += _radio(result)
    return section("Detected" if measured.rules else "Radio", *rows) if rows else None


def _listing(rule: Detections) -> Iterator[RenderableType]:
    events = _events(rule)
    if len(events) > MOST_ROWS:
        events = _events(rule, wrong=True)
        yield Text(f"{counted(len(rule.found), 'label')} found in time, not listed", style=DIM)
    if events:
        begins = f"after its {rule.latency_from}"
        grid = table("begins", "label", "answered", begins, "", right=(0, 2, 3))
        for _, row in events[:MOST_ROWS]:
            add(grid, *row)
        yield grid
    if len(events) > MOST_ROWS:
        yield Text(f"and {len(events) - MOST_ROWS:,} more", style=DIM)


def _events(rule: Detections, wrong: bool = False) -> list[tuple[int, tuple[str | Text, ...]]]:
    """Rows by time: labels by their start, false alarms by their own."""
    found = [
        (
            hit.start_ps,
            (
                time_s(hit.start_ps),
                hit.name,
                time_s(hit.detected_ps),
                signed(hit.latency_ps),
                Text("found", GOOD),
            ),
        )
        for hit in ([] if wrong else rule.found)
    ]
    missed = [(m.start_ps, (time_s(m.start_ps), m.name, "", "", Text("missed", BAD))) for m in rule.missed]
    alarms = [
        (at, ("", _under_way(rule, at), time_s(at), "", Text("false alarm", BAD)))
        for at in rule.false_alarms_ps
    ]
    rows: list[tuple[int, tuple[str | Text, ...]]] = [*found, *missed, *alarms]
    return sorted(rows, key=lambda item: item[0])


def _under_way(rule: Detections, time_ps: int) -> Text:
    """What else happened at the time of a false alarm."""
    names = dict.fromkeys(label.name for label in rule.harmless if label.start_ps <= time_ps <= label.end_ps)
    return Text(", ".join(names), style=DIM)


def _score(rule: Detections) -> Text:
    n_found, n_alarms = len(rule.found), len(rule.false_alarms_ps)
    rate = "" if not n_alarms else f" ({rate_per_h(rule.false_alarms_per_h)})"
    text = Text(
        f"{n_found} of {n_found + len(rule.missed)} found, {counted(n_alarms, 'false alarm')}{rate}; "
        f"F1 {score(rule.f1)}"
    )
    latencies = rule.latencies_ps
    if latencies:
        mean = sum(latencies) // len(latencies)
        text.append(
            f"\nlatency min {signed(min(latencies))}, mean {signed(mean)}, max {signed(max(latencies))}"
        )
    early = [lead for lead in rule.leads_ps if lead > 0]
    if early:
        text.append(f"\n{len(early)} answered before it began, the earliest by {signed(max(early))[1:]}")
    return text


def _radio(result: ScenarioResult) -> Iterator[RenderableType]:
    detections, packets = result.measured.detections, result.measured.run.packets
    if not packets:
        if detections is not None:
            yield Text("radio: silent", style=DIM)
        return
    total = sum(len(packet.payload) for packet in packets)
    first = min(packet.start_ps for packet in packets)
    text = Text(f"radio: {counted(len(packets), 'packet')}, {total} bytes, the first at {time_s(first)}")
    if detections is not None and detections.first_label_ps is not None:
        early = result.measured.bytes_before_first_label
        text.append(f"; {early} bytes before the first label", style=BAD if early else GOOD)
    yield text
