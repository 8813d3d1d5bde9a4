"""The report on a terminal: what happened, how fast, what it cost, whether that is good enough."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from coincell.report.beside import beside_section
from coincell.report.classification import classification_section
from coincell.report.detections import detections_section
from coincell.report.energy import battery_section, energy_section
from coincell.report.engine import engine_section
from coincell.report.style import BAD, DIM, GOOD, HEAD, WARN, add, facts, section, table
from coincell.report.units import counted, expectation, percent, quantity, si, size, span
from coincell.scenario import Verdict
from coincell.scenario.result import ScenarioResult

WIDTH = 100
"""Columns the report is made for; a wider terminal does not stretch it."""


def show(result: ScenarioResult, console: Console) -> None:
    """Print the whole report, WIDTH columns wide at most."""
    console.print(render(result), width=min(console.width, WIDTH))


def render(result: ScenarioResult) -> RenderableType:
    """The report as one rich renderable."""
    parts = [
        _title(result),
        detections_section(result),
        classification_section(result.measured.classified),
        beside_section(result.measured),
        _speed(result),
        _memory(result),
        energy_section(result),
        battery_section(result),
        engine_section(result.measured.run.engine_report),
        _warnings(result),
        _expectations(result),
    ]
    return Group(*(part for part in parts if part is not None))


def _title(result: ScenarioResult) -> RenderableType:
    origin, run = result.origin, result.measured.run
    told = origin.firmware.lower().endswith(f".{origin.firmware_format}")
    known = "" if told else f" ({origin.firmware_format})"
    built = f" built by {origin.toolchain}" if origin.toolchain else known
    head = Text(origin.title, style=HEAD)
    how = f"{span(run.duration_ps)} on {run.engine}"
    line = Text(f"{origin.board_title} · {origin.firmware}{built} · {how} · seed {origin.seed}", style=DIM)
    return Group(Rule(style=DIM), head, line)


def _speed(result: ScenarioResult) -> RenderableType | None:
    measured = result.measured
    rows: list[RenderableType] = []
    if measured.latencies:
        grid = table("", "", "min", "mean", "max", right=(2, 3, 4))
        for name, latency in measured.latencies.items():
            micros = (f"{t / 1e6:,.1f}" for t in (latency.min_ps, latency.mean_ps, latency.max_ps))
            cycles = (f"{c:,}" for c in (latency.min_cycles, latency.mean_cycles, latency.max_cycles))
            add(grid, name, "µs", *micros)
            add(grid, Text(f"{latency.count:,} times", style=DIM), "cycles", *cycles)
        rows.append(grid)
    for core in measured.run.cores:
        duty = core.active_ps / measured.run.duration_ps if measured.run.duration_ps else 0.0
        clock = si(core.freq_hz, "Hz", 2)
        text = (
            f"{core.core} at {clock}: awake {percent(duty)} of the time, {core.instructions:,} instructions"
        )
        text += f" in {core.cycles:,} cycles"
        rows.append(Text(text))
    return section("Speed", *rows) if rows else None


def _memory(result: ScenarioResult) -> RenderableType:
    memory = result.measured.run.memory
    stack = size(memory.stack_high_water)
    if memory.stack_size:
        stack += f" of {size(memory.stack_size)} reserved"
    return section(
        "Memory",
        facts(
            (
                "flash",
                f"{size(memory.flash_used)} of {size(memory.flash_size)}",
                _share(memory.flash_used, memory.flash_size),
            ),
            (
                "RAM",
                f"{size(memory.ram_static)} static of {size(memory.ram_size)}",
                _share(memory.ram_static, memory.ram_size),
            ),
            ("stack", f"{stack}, at its highest", ""),
        ),
    )


def _share(part: int, whole: int) -> str:
    return percent(part / whole) if whole else ""


def _warnings(result: ScenarioResult) -> RenderableType | None:
    if not result.warnings:
        return None
    grid = Table.grid(padding=(0, 1))
    for warning in result.warnings:
        add(grid, Text("!", style=WARN), Text(warning))
    return section("Know before you believe", grid)


def _expectations(result: ScenarioResult) -> RenderableType:
    if not result.verdicts:
        return section("Expectations", Text("none stated: nothing to pass or fail", style=DIM))
    grid = table("", "expectation", "bound", "measured", right=(3,))
    for verdict in result.verdicts:
        mark = Text("holds", style=GOOD) if verdict.holds else Text("FAILS", style=BAD)
        measured = quantity(verdict.measured, verdict.unit)
        if verdict.key == "battery_life_min_s" and result.measured.life.dead:
            measured = "it does not run"
        add(
            grid,
            mark,
            expectation(verdict.key),
            _bound(verdict),
            measured if len(measured) < 28 else measured[:27] + "…",
        )
    n_failed = len(result.failed)
    if n_failed:
        word = "fails" if n_failed == 1 else "fail"
        end = Text(f"{n_failed} of {counted(len(result.verdicts), 'expectation')} {word}", style=BAD)
    elif len(result.verdicts) == 1:
        end = Text("the one expectation holds", style=GOOD)
    else:
        end = Text(f"all {len(result.verdicts)} expectations hold", style=GOOD)
    return section("Expectations", grid, Padding(end, (0, 0, 1, 0)))


def _bound(verdict: Verdict) -> str:
    if verdict.relation in ("contains", "lacks"):  # the key says it already
        return f'"{verdict.bound}"'
    sign = {"<=": "at most", ">=": "at least", "==": "exactly"}[verdict.relation]
    return f"{sign} {quantity(verdict.bound, verdict.unit)}"


__all__ = ["WIDTH", "render", "show"]
