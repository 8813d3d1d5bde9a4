"""A board's own page: what a scenario may name on it, and what Renode has of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from coincell.describe import Attachment, BoardDescription, MemoryDescription, batteries, load_battery
from coincell.engines.renode.platform import RenodePlatform, platform_of
from coincell.errors import InputError
from coincell.report.style import DIM, HEAD, add, facts, section, table
from coincell.report.units import si, size


def board_page(board: BoardDescription) -> RenderableType:
    """Chip, memories, inputs with units, nets, LEDs, ways to attach a battery, and Renode's part."""
    head = Text(f"{board.title} ({board.name})", style=HEAD)
    parts = [_chip(board), _inputs(board), _nets(board), _parts(board), _attachments(board), _renode(board)]
    return Group(head, *parts)


def _chip(board: BoardDescription) -> RenderableType:
    chip = board.chip
    rows = [
        ("chip", f"{chip.title}, {chip.core.type}", chip.name),
        ("clock", f"{si(chip.clock.freq_hz, 'Hz', 2)} after reset", chip.clock.limits),
        *(_memory(memory) for memory in chip.memory),
    ]
    if board.console:
        rows.append(("console", f"{board.console.tx} at {board.console.baud:,} baud", "what is heard"))
    return section("Chip", facts(*rows))


def _memory(memory: MemoryDescription) -> tuple[str, str, str]:
    name = memory.kind if memory.kind == memory.name else f"{memory.kind} {memory.name}"
    same = f"the same bytes as {memory.alias_of}" if memory.alias_of else ""
    return name, f"{size(memory.size)} at 0x{memory.base:08x}", same


def _inputs(board: BoardDescription) -> RenderableType:
    if not board.inputs:
        return section("Inputs: [signals.INPUT]", Text("none: this board senses nothing", style=DIM))
    grid = table("input", "unit", "part")
    for name in sorted(board.inputs):
        part, quantity = board.input_named(name)
        about = board.device(part)
        add(grid, name, about.units[quantity], f"{about.title} ({part.name})")
    return section("Inputs: [signals.INPUT]", grid)


def _nets(board: BoardDescription) -> RenderableType:
    grid = table("net", "pin", "printed", "pulled", "joins")
    for wire in sorted(board.wire, key=lambda wire: _natural(wire.net)):
        joined = [part.name for part in board.part if wire.net in (*part.wires.values(), part.powered_by)]
        add(grid, wire.net, wire.pin, wire.label, wire.pull or "", ", ".join(joined))
    return section("Nets: [detect] net", grid)


def _natural(net: str) -> list[tuple[int, str]]:
    """D2 before D10."""
    return [(int(piece or 0) if piece.isdigit() else -1, piece) for piece in re.split(r"(\d+)", net)]


def _parts(board: BoardDescription) -> RenderableType:
    grid = table("part", "", "on when", "")
    grid.columns[2].no_wrap = True
    for part in board.part:
        supply = board.supply_net(part)
        lit = [f"{net} is {part.active}" for net in part.wires.values()] if part.device == "led" else []
        fed = f"fed by {supply}" if supply and not lit else ""
        device = board.device(part)
        idle = "" if device.driver != "idle_part" else "only draws its current"
        notes = Text("; ".join(filter(None, (idle, part.note))), style=DIM)
        add(grid, part.name, device.title, ", ".join(lit) or fed, notes)
    return section("LEDs, sensors and other parts", grid)


def _attachments(board: BoardDescription) -> RenderableType:
    grid = table("attach", "", "volts", "batteries")
    for way in board.attach:
        usual = " (the usual way)" if way.name == board.default_attach else ""
        text = Text(way.title + usual)
        text.append("".join(f"\n{caveat}" for caveat in way.caveats), DIM)
        volts = f"{float(way.min.voltage_v):g} to {float(way.max.voltage_v):g}"
        add(grid, way.name, text, volts, ", ".join(_fitting(way)) or "none of `coincell batteries`")
    return section('Ways to attach: battery = { name = "…", attach = "…" }', grid)


def _fitting(way: Attachment) -> Iterator[str]:
    for name in batteries():
        if way.min.voltage_v <= load_battery(name).nominal_pack_v <= way.max.voltage_v:
            yield name


def _renode(board: BoardDescription) -> RenderableType:
    try:
        platform = platform_of(board)
    except InputError as error:
        return section("On Renode", Text(error.problem))
    based = platform.based_on or "no file of Renode's: a core, its memories and the cycle counter"
    unseen = sorted({wire.net for wire in board.wire} - platform.pins.keys())
    return section(
        "On Renode: coincell run --engine renode",
        facts(
            ("platform", based, ""),
            ("models", ", ".join(sorted(platform.blocks)) or "none", ""),
            ("no model", ", ".join((*platform.tags, *platform.missing)) or "nothing that the board has", ""),
            *(("inputs", line, "") for line in _fed(board, platform)),
            ("nets not seen", ", ".join(unseen) or "none", ""),
        ),
    )


def _fed(board: BoardDescription, platform: RenodePlatform) -> Iterator[str]:
    for name in sorted(board.inputs):
        yield f"{name}: {'fed' if name in platform.inputs else platform.refused.get(name, 'not fed')}"
