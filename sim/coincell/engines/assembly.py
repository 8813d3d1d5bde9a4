"""A machine with firmware in it, at reset: made for a run, and made again to repeat one exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

from coincell.describe import BoardDescription
from coincell.engines.contract import RunRequest
from coincell.engines.tiers import use_tier
from coincell.errors import FirmwareCrash, InputError
from coincell.image import FirmwareImage
from coincell.machine import Machine, Processor
from coincell.machine.cores import bare_options
from coincell.machine.memories import plain_memories
from coincell.machine.runners import Runner
from coincell.observe import Observation, Recording, Wanted
from coincell.observe.energy import CoreDraw
from coincell.ports import Signal
from coincell.simtime import Simulation
from coincell.timing import MemoryTiming

BARE_HZ = 64_000_000
"""Clock of a bare core, when nothing else is said."""


@dataclass(frozen=True)
class BareChip:
    """What stands for a board when there is none. Memories are (base, size) and have no wait states."""

    core: str
    flash: tuple[tuple[int, int], ...]
    ram: tuple[tuple[int, int], ...]
    freq_hz: Fraction | int = BARE_HZ


@dataclass(frozen=True)
class Assembly:
    """`machine` is None for a bare core; `shares` tells instructions per evaluation."""

    processor: Processor
    machine: Machine | None
    shares: Callable[[], Mapping[str, int]]
    observation: Observation | None = None

    @property
    def runner(self) -> Runner:
        """What a schedule runs."""
        return self.observation.around(self.processor) if self.observation else self.processor

    @contextmanager
    def seen_to_the_end(self) -> Iterator[None]:
        """A crash inside takes along what was seen until then."""
        try:
            yield
        except FirmwareCrash as crash:
            crash.recording = self.recording()
            raise

    def recording(self) -> Recording | None:
        """What was seen of the run, where that was asked for."""
        return self.observation.recording() if self.observation else None


@dataclass(frozen=True)
class Plan:
    """Everything that an assembly follows from: two of one plan do the same, to the cycle."""

    image: FirmwareImage
    target: BoardDescription | BareChip
    signals: Mapping[str, Signal]
    seed: int
    strict: bool
    tier: str
    observe: Wanted | None = None

    def assemble(self) -> Assembly:
        """Raises InputError for what does not fit together."""
        machine = None
        if isinstance(self.target, BoardDescription):
            machine = Machine(self.target, self.image, self.signals, self.seed, self.strict)
            processor = machine.processor
        else:
            processor = bare_processor(self.image, self.target, self.strict)
        observation = self._watch(processor, machine) if self.observe else None
        shares = use_tier(processor.core, self.tier)
        return Assembly(processor, machine, shares, observation)

    def _watch(self, processor: Processor, machine: Machine | None) -> Observation:
        draw = CoreDraw(machine.recorder, machine.board) if machine else None
        observation = Observation(processor.core, self.image, self.observe or Wanted(), draw)
        processor.on_reset.append(observation.restart)
        return observation


def plan_of(request: RunRequest) -> Plan:
    """What the native engine makes of `request`. Raises InputError."""
    if not isinstance(request.board, BoardDescription):
        raise InputError("the native engine needs a board's description", value=request.board)
    return Plan(
        request.image,
        request.board,
        request.signals,
        request.seed,
        request.strict,
        request.tier,
        request.observe,
    )


def bare_processor(image: FirmwareImage, chip: BareChip, strict: bool = False) -> Processor:
    """A core with plain memories: the console is semihosting or ITM. Raises InputError."""
    if not chip.flash and not chip.ram:
        raise InputError("a bare core needs memory", key="flash", mend="for instance --flash 0:1M")
    return Processor(
        bare_options(chip.core),
        chip.freq_hz,
        MemoryTiming(),
        plain_memories(chip.flash, chip.ram),
        image,
        Simulation(),
        strict,
    )
