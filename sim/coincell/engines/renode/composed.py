"""A platform on top of Renode's own file for the chip: what it lacks, has otherwise, or cannot know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from coincell.describe import BoardDescription, ChipDescription, Part
from coincell.engines.renode import repl
from coincell.engines.renode.description import ChipModel, CpuModel, RenodeMemory
from coincell.engines.renode.generated import (
    CoreFacts,
    alias_bases,
    dwt_entry,
    memory_entry,
    nvic_values,
    tag_lines,
)
from coincell.engines.renode.repl import Entry, Hex, Place, Value
from coincell.errors import InputError

LED_DRIVER = "led"
_ACCESS = {"OUT": "analog", "DOUT": "pdm", "SCK": "spi", "SCL": "i2c"}
"""Pin of a device -> how the chip samples it (machine.wiring finds devices by these pins)."""


@dataclass
class Composition:
    """Entries of the platform and what is known of its parts, as they are put together."""

    entries: list[Entry] = field(default_factory=list)
    feeds: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Part -> object and kind."""
    missing: list[str] = field(default_factory=list)


def objects_of_blocks(chip: ChipDescription, model: ChipModel) -> dict[str, str]:
    """Chip block -> Renode's object at the same address."""
    at = {base: name for name, base in model.objects.items()}
    return {block.name: at[block.base] for block in chip.block if block.base in at}


def names_of_block(chip: ChipDescription, block: str) -> list[str]:
    """The block's name and those of the parts that share its address."""
    options = next(b.options for b in chip.block if b.name == block)
    parts = options.get("parts")
    return [block, *parts] if isinstance(parts, Mapping) else [block]


def pins_of_nets(board: BoardDescription, model: ChipModel) -> dict[str, tuple[str, int]]:
    """Net -> GPIO port and line, for wires to ports that have a model."""
    found = {}
    for wire in board.wire:
        port, _, line = wire.pin.rpartition(".")
        if port in model.ports:
            found[wire.net] = (model.ports[port], int(line))
    return found


def compose(board: BoardDescription, model: ChipModel, facts: CoreFacts, cpu: CpuModel) -> Composition:
    """Everything that is written after `using`. Raises InputError for memories that do not go together."""
    chip, made = board.chip, Composition()
    made.entries.append(Entry("nvic", values=nvic_values(facts)))
    made.entries.append(Entry("cpu", values={"cpuType": cpu.type}))
    if facts.counts_cycles:
        made.entries.append(dwt_entry(facts))
    made.entries += _memories(chip, model)
    made.entries += [added.entry() for added in model.entry]
    since = model.since()
    made.entries += [clocked_entry(name, facts) for name in model.clocked if name not in since]
    _parts(board, model, made)
    modelled = objects_of_blocks(chip, model)
    plain = [b for b in chip.block if b.name not in modelled or modelled[b.name] in since]
    lines = tag_lines(plain, chip)
    lines += [repl.tag(r.name, r.at, r.size, r.value) for r in model.register_value]
    made.entries.append(Entry("sysbus", init=tuple(lines) or (repl.tag("ROM_TABLE", 0xE00FF000, 0x1000),)))
    return made


def clocked_entry(name: str, facts: CoreFacts) -> Entry:
    """A timer of Renode's file at the core's clock after reset."""
    return Entry(name, values={"frequency": round(facts.freq_hz)})


def _memories(chip: ChipDescription, model: ChipModel) -> Iterator[Entry]:
    """Sizes of Renode's memories as the chip has them, and memories that Renode's file lacks."""
    where, since = f"platforms/chips/{chip.name}.toml", model.since()
    sizes: dict[str, int] = {}
    places: dict[str, tuple[Place, ...]] = {}
    for memory in chip.memory:
        if memory.alias_of is not None:
            continue
        bases = alias_bases(memory, chip)
        theirs = _at(memory.base, model)
        if theirs is None:
            yield memory_entry(repl.usable(memory.name, model.names()), bases, memory.size, where)
            continue
        offset = next(memory.base - base for base in theirs.at if base <= memory.base < base + theirs.size)
        hidden = [base for base in bases if _at(base, model) is None]
        fixed = theirs.name is None or theirs.name in since
        if (fixed and offset + memory.size > theirs.size) or (hidden and (fixed or offset)):
            raise InputError(
                f"Renode's memory at 0x{theirs.at[0]:08x} has {theirs.size:,} bytes and no other address",
                where=where,
                key=f"memory.{memory.name}",
                value=", ".join(f"0x{base:08x} + {memory.size:,} bytes" for base in bases),
                mend="run it on the native engine",
            )
        if theirs.name and not fixed:
            sizes[theirs.name] = max(sizes.get(theirs.name, 0), offset + memory.size)
            if hidden:
                places[theirs.name] = tuple(Place("sysbus", base) for base in (*theirs.at, *hidden))
    for theirs in model.memory:
        values: dict[str, Value] = {}
        if theirs.name in sizes and sizes[theirs.name] != theirs.size:
            values["size"] = Hex(sizes[theirs.name])
        if theirs.name and (values or theirs.name in places):
            yield Entry(theirs.name, places=places.get(theirs.name, ()), values=values)


def _at(address: int, model: ChipModel) -> RenodeMemory | None:
    """Renode's memory at `address`."""
    return next((m for m in model.memory if any(b <= address < b + m.size for b in m.at)), None)


def _parts(board: BoardDescription, model: ChipModel, made: Composition) -> None:
    pins, since = pins_of_nets(board, model), model.since()
    taken = set(model.names())
    wired: dict[str, list[tuple[str, str, int]]] = {}
    lights: list[Entry] = []
    for part in board.part:
        name = repl.usable(part.name, taken)
        taken.add(name)
        if board.device(part).driver == LED_DRIVER:
            net = next(iter(part.wires.values()), "")
            port, line = pins.get(net, ("", 0))
            if not port or port in since:
                made.missing.append(part.name)
                continue
            values: dict[str, Value] = {"invert": True} if part.active == "low" else {}
            wired.setdefault(port, []).append((str(line), name, 0))
            lights.append(Entry(name, "Miscellaneous.LED", (Place(port, line),), values))
            continue
        known = model.part_model(part.device)
        if known is None:
            made.missing.append(part.name)
            continue
        made.entries += [added.entry(f"{name}_{added.name}") for added in known.entry]
        if known.feed:
            made.feeds[part.name] = (f"sysbus.{known.feed.object.format(part=name)}", known.feed.kind)
    made.entries += [Entry(port, interrupts=tuple(lines)) for port, lines in wired.items()]
    made.entries += lights


def why_refused(part: Part, board: BoardDescription, model: ChipModel | None) -> str:
    """Why samples cannot reach `part`."""
    text = f"Renode has no model of its part {part.name!r} ({board.device(part).title})"
    access = next((_ACCESS[pin] for pin in part.wires if pin in _ACCESS), "")
    if model is None:
        return (
            f"{text}, and a platform generated from the chip's description has no block that could sample it"
        )
    return f"{text}; {model.lacks[access]}" if access in model.lacks else text
