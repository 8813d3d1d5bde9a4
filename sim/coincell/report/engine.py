"""What a reader must know of an engine that is not the native one."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from coincell.engines.contract import EngineReport
from coincell.report.style import DIM, add, section


def engine_section(report: EngineReport | None) -> RenderableType | None:
    """Its program, how the run was made to fit it, and how many of its models differ."""
    if report is None:
        return None
    grid = Table.grid(padding=(0, 1))
    for note in report.notes:
        add(grid, Text("·", style=DIM), Text(note))
    rows: list[RenderableType] = [grid]
    if report.deviations:
        count = len(report.deviations)
        rows.append(
            Text(
                f"{count} known differences between its models and the hardware: --json lists them,"
                " with their places in its source",
                style=DIM,
            )
        )
    return section(report.program, *rows)
