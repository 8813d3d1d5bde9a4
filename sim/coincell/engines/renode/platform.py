"""Which of Renode's objects stand for a board's, and what Renode does differently.

Objects are named as in Renode's monitor ("sysbus.uart0"). Files and lines of deviations are those of Renode's
public repositories, at the commit beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coincell.describe import BoardDescription
from coincell.engines.renode.composed import (
    Composition,
    clocked_entry,
    compose,
    names_of_block,
    objects_of_blocks,
    pins_of_nets,
    why_refused,
)
from coincell.engines.renode.description import (
    ChipModel,
    CpuModel,
    Difference,
    Documented,
    load_chip_model,
    load_common,
)
from coincell.engines.renode.generated import (
    CoreFacts,
    alias_bases,
    chip_core,
    core_entries,
    cpu_model,
    memory_entry,
    tag_lines,
)
from coincell.engines.renode.repl import Entry, document, usable
from coincell.errors import InputError

CORE = "sysbus.cpu"
NVIC = "sysbus.nvic"
_TIMERS = "Timers."
"""Space of the types that are told apart: until 1.16.0 `timer5` of the F746 is a script."""


@dataclass(frozen=True)
class Feed:
    """How an input of the board gets its samples."""

    object: str
    """What is fed: "sysbus.pdm"."""
    kind: str
    """How: "pdm" (raw s16le, mono), "lsm9ds1" (a text file), "lsm6dso" (RESD), or "resd:METHOD:TYPE"."""


@dataclass(frozen=True)
class Deviation:
    """A difference between Renode's model and the chip that a run can show."""

    block: str
    """Block of the chip, part of the board, or "core"."""
    differs: str
    effect: str
    """What that does to a run."""
    file: str
    """Repository and path: "renode-infrastructure src/Emulator/…"."""
    lines: str
    commit: str


@dataclass(frozen=True)
class Semihosting:
    """A console for BKPT 0xAB. Releases of Renode differ, so it is no part of board.repl."""

    type: str
    """The type that this way needs; the first of the ways whose type exists is the one to load."""
    repl: str
    """To be given to `machine LoadPlatformDescriptionFromString` after board.repl."""
    uart: str


SEMIHOSTING = (
    Semihosting(
        "Antmicro.Renode.Peripherals.CPU.SemihostingHandler",
        "semihosting: CPU.SemihostingHandler @ cpu\n\nconsole: UART.SemihostingUart @ semihosting\n",
        "sysbus.cpu.semihosting.console",
    ),
    Semihosting(
        "Antmicro.Renode.Peripherals.UART.SemihostingUart",
        "semihosting: UART.SemihostingUart @ cpu\n",
        "sysbus.cpu.semihosting",
    ),
)
"""After release 1.16.1 a handler stands between core and console (renode 06854d4d, platforms/cpus/a20.repl:
71); until then the console hangs on the core (release 1.16.1, platforms/cpus/a20.repl:71)."""


@dataclass(frozen=True)
class Completion:
    """What board.repl ends with depends on whether this release's own file declares an object."""

    declared: str
    """How a line of that file begins which declares it: "timer2: Timers."."""
    absent: str
    """Entry to be added where no line does; or ""."""
    present: str
    """Entry to be added where one does; or ""."""


@dataclass(frozen=True)
class RenodePlatform:
    """A board in Renode's words."""

    repl: str
    """Text of board.repl."""
    based_on: str
    """Renode's own platform file that it uses; "" when generated from the chip's description."""
    core: str
    uarts: Mapping[str, str]
    """Chip block, or part of a shared block ("uarte0") -> object. Several names may share an object."""
    pins: Mapping[str, tuple[str, int]]
    """Net of the board -> GPIO port object and line."""
    blocks: Mapping[str, str]
    """Chip block -> object that models it."""
    inputs: Mapping[str, Feed]
    """Board input -> how it is fed."""
    tags: tuple[str, ...]
    """Chip blocks without a model: named addresses that read as a constant and swallow writes."""
    missing: tuple[str, ...]
    """Populated parts of the board without a model."""
    deviations: tuple[Deviation, ...]
    wfe_event: bool
    """Whether the end of an interrupt must be made to set WFE's event register by a hook."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Board input that cannot be fed -> why."""
    since: Mapping[str, str] = field(default_factory=dict)
    """Object -> the release of Renode that has it first; whoever looks one of these up may not find it."""
    completions: tuple[Completion, ...] = ()
    unusable: Mapping[str, str] = field(default_factory=dict)
    """Component of the chip -> why firmware that uses it cannot run on Renode."""
    follows_pulls: bool = True
    """Whether a pin that nothing drives has the level that it is pulled to."""
    semihosting: tuple[Semihosting, ...] = SEMIHOSTING

    def feed(self, name: str) -> Feed:
        """How the board's input `name` is fed. Raises InputError, with the reason, where it cannot be."""
        if name in self.inputs:
            return self.inputs[name]
        why = self.refused.get(name, "the board has no such input")
        raise InputError(
            f"Renode cannot take this input: {why}",
            key=f"signals.{name}",
            value=name,
            allowed=sorted(self.inputs),
            mend="leave the signal out, or run the scenario on the native engine",
        )


def platform_of(board: BoardDescription) -> RenodePlatform:
    """`board` on Renode: over Renode's file for its chip, else generated from the chip's description.

    SysTick, CYCCNT and clocked timers run at the chip's clock after reset, as on Renode nothing makes them
    follow the clock tree.

    Raises InputError where Renode has no such core, or cannot place the chip's memories.
    """
    model = load_chip_model(board.chip.name)
    facts = chip_core(board.chip)
    return _over(board, model, facts) if model else _generated(board, facts)


def leds_of(board: BoardDescription, platform: RenodePlatform) -> dict[str, str]:
    """Net -> LED object whose state is the net's level: those that light up when it is high."""
    return {
        net: f"{platform.pins[net][0]}.{part.name}"
        for part in board.part
        for net in part.wires.values()
        if part.device == "led" and part.active == "high" and net in platform.pins
    }


def _generated(board: BoardDescription, facts: CoreFacts) -> RenodePlatform:
    chip = board.chip
    cpu = cpu_model(facts, load_common())
    entries: list[Entry] = list(core_entries(facts, cpu))
    taken = {entry.name for entry in entries}
    for memory in chip.memory:
        if memory.alias_of is None:
            name = usable(memory.name, taken)
            taken.add(name)
            entries.append(memory_entry(name, alias_bases(memory, chip), memory.size, facts.where))
    lines = tag_lines(chip.block, chip)
    if lines:
        entries.append(Entry("sysbus", init=tuple(lines)))
    heading = f"{board.title}, by coincell from its description: Renode has no file for the {chip.title}."
    return RenodePlatform(
        repl=document(heading, "", tuple(entries)),
        based_on="",
        core=CORE,
        uarts={},
        pins={},
        blocks={},
        inputs={},
        tags=tuple(block.name for block in chip.block),
        missing=tuple(part.name for part in board.part),
        deviations=_core_deviations(facts, cpu),
        wfe_event=True,
        refused={name: why_refused(board.input_named(name)[0], board, None) for name in board.inputs},
    )


def _over(board: BoardDescription, model: ChipModel, facts: CoreFacts) -> RenodePlatform:
    chip = board.chip
    cpu = cpu_model(facts, load_common())
    made = compose(board, model, facts, cpu)
    blocks = objects_of_blocks(chip, model)
    uarts = {
        name: f"sysbus.{found}"
        for block, found in blocks.items()
        if found in model.uarts
        for name in names_of_block(chip, block)
    }
    pins = {net: (f"sysbus.{port}", line) for net, (port, line) in pins_of_nets(board, model).items()}
    inputs, refused = _inputs(board, model, made)
    heading = f"{board.title}, by coincell: what Renode's file for the {chip.title} lacks, or has otherwise."
    return RenodePlatform(
        repl=document(heading, model.based_on, tuple(made.entries)),
        based_on=model.based_on,
        core=CORE,
        uarts=uarts,
        pins=pins,
        blocks={block: f"sysbus.{found}" for block, found in blocks.items()},
        inputs=inputs,
        tags=tuple(block.name for block in chip.block if block.name not in blocks),
        missing=tuple(made.missing),
        deviations=_core_deviations(facts, cpu) + _deviations(model),
        wfe_event=True,
        refused=refused,
        since={f"sysbus.{name}": release for name, release in model.since().items()},
        completions=_completions(model, facts),
        unusable=model.refused,
        follows_pulls=model.follows_pulls,
    )


def _completions(model: ChipModel, facts: CoreFacts) -> tuple[Completion, ...]:
    instead = {entry.name: entry.entry(clock=facts.freq_hz) for entry in model.instead}
    found = []
    for name in model.since():
        absent = instead.get(name)
        present = clocked_entry(name, facts) if name in model.clocked else None
        if absent or present:
            found.append(Completion(f"{name}: {_TIMERS}", _text(absent), _text(present)))
    return tuple(found)


def _text(entry: Entry | None) -> str:
    return "\n".join(entry.lines()) + "\n" if entry else ""


def _inputs(
    board: BoardDescription, model: ChipModel, made: Composition
) -> tuple[dict[str, Feed], dict[str, str]]:
    inputs: dict[str, Feed] = {}
    refused: dict[str, str] = {}
    for name in board.inputs:
        part, _ = board.input_named(name)
        if part.name in made.feeds:
            inputs[name] = Feed(*made.feeds[part.name])
        else:
            refused[name] = why_refused(part, board, model)
    return inputs, refused


def _core_deviations(facts: CoreFacts, cpu: CpuModel) -> tuple[Deviation, ...]:
    common = load_common()
    own: list[Deviation] = []
    if cpu.differs:
        file, commit = "tlib arch/arm/helper.c", common.commits["tlib"]
        own.append(Deviation("core", cpu.differs, cpu.effect, file, cpu.lines, commit))
    return (*own, *_deviations(common))


def _deviations(described: Documented) -> tuple[Deviation, ...]:
    def one(row: Difference) -> Deviation:
        commit = described.commits[row.repository]
        return Deviation(
            row.block, row.differs, row.effect, f"{row.repository} {row.file}", row.lines, commit
        )

    return tuple(one(row) for row in described.deviation)
