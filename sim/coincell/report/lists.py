"""What is there to use: boards, batteries, sensors, signals, apps."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.console import Group, RenderableType
from rich.text import Text

from coincell import data
from coincell.describe import batteries, boards, devices, load_battery, load_board, load_device
from coincell.describe.load import read_toml
from coincell.report.apps import COLUMNS, app_rows
from coincell.report.style import DIM, add, table
from coincell.report.units import si

Row = tuple[str, ...]


def _boards() -> Iterable[Row]:
    for name in boards():
        board = load_board(name)
        chip = board.chip
        inputs = ", ".join(sorted(board.inputs))
        yield name, board.title, f"{chip.name}, {chip.core.type} {si(chip.clock.freq_hz, 'Hz', 2)}", inputs


def _batteries() -> Iterable[Row]:
    for name in batteries():
        battery = load_battery(name)
        capacity_mah = float(battery.rated.charge_c) / 3.6 * battery.in_parallel
        yield name, battery.title, f"{float(battery.nominal_pack_v):g} V", f"{capacity_mah:,.0f} mAh"


def _sensors() -> Iterable[Row]:
    for name in devices():
        device = load_device(name)
        yield name, device.title


def _signals() -> Iterable[Row]:
    for name in data.names("sensors/signals"):
        recipe = read_toml(data.find("sensors/signals", name))
        yield name, str(recipe.get("kind", "")), str(recipe.get("description", ""))


_LISTS: dict[str, tuple[tuple[str, ...], Callable[[], Iterable[Row]]]] = {
    "boards": (("board", "", "chip", "inputs"), _boards),
    "batteries": (("battery", "", "voltage", "rated"), _batteries),
    "sensors": (("sensor", ""), _sensors),
    "signals": (("signal", "kind", ""), _signals),
    "apps": (COLUMNS, app_rows),
}


_ENDS = {
    "boards": "coincell boards BOARD shows one: inputs, nets, LEDs, ways to attach a battery",
    "apps": "coincell run scenarios/SCENARIO.toml runs one; coincell evaluate APP measures what it finds",
}


def listing(what: str) -> RenderableType:
    """A table of what there is of `what`: boards, batteries, sensors, signals or apps."""
    columns, rows = _LISTS[what]
    grid = table(*columns)
    grid.columns[-1].no_wrap = False
    for row in rows():
        add(grid, *row)
    end = _ENDS.get(what)
    return Group(grid, Text(f"\n{end}", style=DIM)) if end else grid
