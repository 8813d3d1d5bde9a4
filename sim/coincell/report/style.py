"""The few shapes and colours that every section of the report shares."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

HEAD, DIM, GOOD, BAD, WARN = "bold", "dim", "green", "bold red", "yellow"


def heading(text: str) -> Text:
    """A section's title."""
    return Text(text, style="bold cyan")


def section(title: str, *rows: RenderableType) -> RenderableType:
    """A title and its rows, indented, with a line of air above."""
    return Group(Text(), heading(title), *(Padding(row, (0, 0, 0, 2)) for row in rows))


def table(*columns: str, right: tuple[int, ...] = ()) -> Table:
    """A table without lines; columns numbered in `right` are aligned there."""
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style=DIM, padding=(0, 2, 0, 0))
    for index, name in enumerate(columns):
        grid.add_column(name, justify="right" if index in right else "left", overflow="fold")
    return grid


def facts(*rows: tuple[str, str, str]) -> Table:
    """Rows of name, value and remark."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style=DIM, min_width=16)
    grid.add_column()
    grid.add_column(style=DIM)
    for row in rows:
        add(grid, *row)
    return grid


def add(grid: Table, *cells: str | Text) -> None:
    """Add a row. Text from files and firmware is shown as it is, not read as rich's markup."""
    grid.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells))


def bar(ratio: float, width: int = 10) -> Text:
    """A bar of `width` cells for a share of the whole."""
    eighths = round(max(0.0, min(1.0, ratio)) * width * 8)
    full, rest = divmod(eighths, 8)
    return Text("█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else ""), style="cyan")
