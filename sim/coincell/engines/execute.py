"""Running one image without a scenario, on a board or on a bare core: what `coincell exec` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from coincell.describe import BoardDescription
from coincell.engines.assembly import BareChip, Plan
from coincell.engines.branches import telling_branches
from coincell.engines.contract import ConsoleLine, CoreCounters, MemoryUse, Progress, Unmodelled
from coincell.engines.native import memory_use
from coincell.errors import InputError
from coincell.image import FirmwareImage
from coincell.machine import Processor, Schedule
from coincell.observe import Recording, Wanted
from coincell.simtime import NEVER


@dataclass(frozen=True)
class Execution:
    """What a run without a scenario showed. `exit_code` is None when the time was up first."""

    duration_ps: int
    exit_code: int | None
    console: tuple[ConsoleLine, ...]
    core: CoreCounters
    memory: MemoryUse
    unmodelled: tuple[Unmodelled, ...]
    recording: Recording | None
    """What was seen of it, where that was asked for."""
    tiers: Mapping[str, int]

    @property
    def sleep_ratio(self) -> float:
        """Share of the time that the core slept."""
        return self.core.sleep_ps / self.duration_ps if self.duration_ps else 0.0


def exec_image(
    image: FirmwareImage,
    target: BoardDescription | BareChip,
    duration_ps: int | None = None,
    *,
    tier: str = "auto",
    strict: bool = False,
    seed: int = 0,
    on_line: Callable[[ConsoleLine], None] | None = None,
    progress: Progress | None = None,
    observe: Wanted | None = None,
) -> Execution:
    """Run `image` until it exits, or for `duration_ps` (None: as long as it takes).

    `on_line` hears each console line when it is complete. Raises InputError and FirmwareCrash.
    """
    plan = Plan(image, target, {}, seed, strict, tier, observe)
    assembly = plan.assemble()
    processor, machine = assembly.processor, assembly.machine
    if on_line is not None:
        processor.console.on_line = on_line
    end_ps = NEVER if duration_ps is None else duration_ps
    with assembly.seen_to_the_end(), telling_branches(plan):
        Schedule([assembly.runner]).run(end_ps, progress)
    end_ps = min(processor.time, end_ps)
    return Execution(
        duration_ps=end_ps,
        exit_code=processor.exit_code,
        console=tuple(line for line in processor.console.lines if line.time_ps <= end_ps),
        core=processor.counters(end_ps, machine is not None and machine.board.chip.timing.validated),
        memory=memory_use(machine) if machine else _bare_memory(processor),
        unmodelled=processor.accesses.found,
        recording=assembly.recording(),
        tiers=assembly.shares(),
    )


def _bare_memory(processor: Processor) -> MemoryUse:
    places = processor.places
    return MemoryUse(
        flash_used=processor.flash_used,
        flash_size=sum(m.size for m in places.flash),
        ram_static=processor.image.ram_static,
        ram_size=sum(m.size for m in places.ram),
        stack_high_water=processor.stack_high_water,
        stack_size=processor.stack.size,
    )


def parse_places(texts: Sequence[str], key: str) -> tuple[tuple[int, int], ...]:
    """Memories as users write them: "0x08000000:2M" is 2 MiB at that address. Raises InputError."""
    return tuple(_parse_place(text, key) for text in texts)


def _parse_place(text: str, key: str) -> tuple[int, int]:
    base, _, size = text.partition(":")
    unit = {"K": 10, "M": 20}.get(size[-1:].upper(), 0)
    try:
        place = int(base, 0), int(size[:-1] if unit else size, 0) << unit
    except ValueError:
        place = (-1, 0)
    if not (place[0] >= 0 and 0 < place[1] <= 64 << 20 and sum(place) <= 1 << 32):
        raise InputError(
            "a memory is an address and a size of at most 64M",
            key=key,
            value=text,
            allowed=["0x08000000:2M", "0x20000000:640K"],
        )
    return place
