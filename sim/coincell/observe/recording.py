"""What a run is watched for, and what was seen. Watching changes nothing that happens."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from coincell.cpu.call_tree import CallTree
from coincell.cpu.faults import CoreFault
from coincell.cpu.observer import Bank, Observer
from coincell.image import FirmwareImage
from coincell.isa.encoding import DecodedInstruction
from coincell.observe.functions import Functions
from coincell.observe.instructions import InstructionTrace

if TYPE_CHECKING:
    from coincell.cpu.core import Core
    from coincell.observe.energy import CoreDraw


@dataclass(frozen=True)
class Window:
    """Every instruction that begins from `start_ps` on, for `duration_ps`, is told to `write` as text."""

    start_ps: int
    duration_ps: int
    write: Callable[[str], object]


@dataclass(frozen=True)
class Wanted:
    """What is to be seen: counts of instructions and calls, a trace of instructions, the trace port."""

    counts: bool = False
    instructions: Window | None = None
    packets: Callable[[bytes], object] | None = None
    """Takes what the firmware sends through the ITM, packet by packet."""


@dataclass(frozen=True)
class Recording:
    """What ran, and who called it. `banks` are by what the core drew (None where that is not known)."""

    image: FirmwareImage
    functions: Functions
    banks: Mapping[Hashable, Bank]
    tree: CallTree
    n_cycles: int
    """Cycles that the core was awake."""
    decode: Callable[[int], DecodedInstruction | None]
    """The instruction at an address now, or None."""


class Runner(Protocol):
    """As machine.runners.Runner."""

    @property
    def time(self) -> int: ...
    @property
    def finished(self) -> bool: ...
    def run(self, limit_ps: int) -> None: ...


class Observation:
    """Watches `core`, which is at its reset, while it runs `image`."""

    def __init__(
        self, core: Core, image: FirmwareImage, wanted: Wanted, draw: CoreDraw | None = None
    ) -> None:
        self._core, self._image = core, image
        self.functions = Functions(image, [(m.base, m.size) for m in core.bus.memories])
        self._observer: Observer | None = None
        if wanted.counts:
            self._observer = Observer(core, self.functions, draw.now if draw else None)
            if draw is not None:
                draw.on_change = self._observer.use
        if wanted.packets is not None:
            core.on_trace_packet = wanted.packets
        self._window = wanted.instructions
        self._trace: InstructionTrace | None = None
        if self._window is not None:
            self._trace = InstructionTrace(core, image, self.functions, self._window.write)

    def restart(self, reason: str) -> None:
        """The core was reset."""
        if self._observer is not None:
            self._observer.restart()
        if self._trace is not None:
            self._trace.note(f"reset ({reason})")

    def around(self, runner: Runner) -> Runner:
        """`runner`, stopped where the trace begins and ends."""
        if self._trace is None or self._window is None:
            return runner
        return _Traced(runner, self._trace, self._window)

    def recording(self) -> Recording | None:
        """What was counted so far, if anything was to be."""
        observer = self._observer
        if observer is None:
            return None
        observer.finish()
        tree = observer.calls.tree
        return Recording(
            self._image,
            self.functions,
            observer.banks,
            tree,
            self._core.awake_cycles,
            self._decode,
        )

    def _decode(self, address: int) -> DecodedInstruction | None:
        try:
            return self._core.stepper.decode(address)
        except CoreFault:
            return None


class _Traced:
    """Implements machine.runners.Runner."""

    def __init__(self, runner: Runner, trace: InstructionTrace, window: Window) -> None:
        self._runner, self._trace = runner, trace
        self._start, self._end = window.start_ps, window.start_ps + window.duration_ps

    @property
    def time(self) -> int:
        return self._runner.time

    @property
    def finished(self) -> bool:
        return self._runner.finished

    def run(self, limit_ps: int) -> None:
        if self.time < self._start:
            self._runner.run(min(limit_ps, self._start))
        if self._start <= self.time < min(limit_ps, self._end) and not self.finished:
            self._trace.begin()
            try:
                self._runner.run(min(limit_ps, self._end))
            finally:
                self._trace.end()
        if self.time < limit_ps and not self.finished:
            self._runner.run(limit_ps)
