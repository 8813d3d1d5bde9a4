"""The embedded engine: coincell's own machine runs the firmware."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from coincell.engines.assembly import plan_of
from coincell.engines.branches import telling_branches
from coincell.engines.contract import MemoryUse, Progress, RunRequest, RunResult
from coincell.errors import InputError
from coincell.machine import Machine, Markers, Schedule


class _Timed(Protocol):
    @property
    def time_ps(self) -> int: ...


T = TypeVar("T", bound=_Timed)


class NativeEngine:
    """Implements contract.Engine."""

    name = "native"

    def run(self, request: RunRequest, progress: Progress | None = None) -> RunResult:
        """Raises InputError for what does not fit together, and FirmwareCrash."""
        plan = plan_of(request)
        if request.duration_ps <= 0:
            raise InputError("a run needs some time", key="duration", value=request.duration_ps)
        assembly = plan.assemble()
        processor, machine = assembly.processor, assembly.machine
        assert machine is not None
        markers = Markers(processor.core, request.image, request.markers)
        processor.on_reset.append(markers.forget)
        if request.keep_samples:
            machine.keep_samples()
        with assembly.seen_to_the_end(), telling_branches(plan):
            Schedule([assembly.runner]).run(request.duration_ps, progress)
        end_ps = min(processor.time, request.duration_ps)
        return RunResult(
            engine=self.name,
            board=request.board.name,
            duration_ps=end_ps,
            console=_until(processor.console.lines, end_ps),
            edges=_until(machine.nets.edges, end_ps),
            spans=tuple(span for span in markers.spans if span.end_ps <= end_ps),
            packets=tuple(packet for packet in machine.air.packets if packet.start_ps <= end_ps),
            states=_until(machine.recorder.states, end_ps),
            events=_until(machine.recorder.events, end_ps),
            cores=(processor.counters(end_ps, request.board.chip.timing.validated),),
            memory=memory_use(machine),
            unmodelled=processor.accesses.found,
            sample_digests=machine.sample_digests,
            exit_code=processor.exit_code,
            tiers=assembly.shares(),
            recording=assembly.recording(),
            samples=machine.samples if request.keep_samples else {},
        )


def memory_use(machine: Machine) -> MemoryUse:
    """What the image takes and the firmware used of the chip's memories."""
    processor, chip = machine.processor, machine.board.chip
    return MemoryUse(
        flash_used=processor.flash_used,
        flash_size=chip.memory_total("flash"),
        ram_static=processor.image.ram_static,
        ram_size=chip.memory_total("ram"),
        stack_high_water=processor.stack_high_water,
        stack_size=processor.stack.size,
    )


def _until(items: Iterable[T], end_ps: int) -> tuple[T, ...]:
    """The last instruction may end a few cycles after the run: what happened then does not count."""
    return tuple(item for item in items if item.time_ps <= end_ps)
