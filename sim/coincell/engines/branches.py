"""The last branches before a crash, without recording any in a run that goes well.

A run is a function of its plan. So a crash is made again: quickly to a few thousand instructions before it,
and from there one instruction at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from coincell.cpu.core import Core
from coincell.cpu.faults import CoreFault
from coincell.cpu.state import CYCLES, INSTRUCTIONS, R
from coincell.engines.assembly import Plan
from coincell.errors import CoincellError
from coincell.machine import Processor
from coincell.machine.crash import Branch, ReportedCrash, Snapshot, snapshot

KEPT = 16
_WINDOW = 5_000
"""Instructions that are looked at one by one."""
_FASTEST = 4
"""No core here executes more instructions in a cycle."""
_NEAR = 64
PC = R + 15


class _Arrived(Exception):  # noqa: N818 - not an error: the fault has come again
    pass


class _Passed(Exception):  # noqa: N818 - not an error: it has not
    pass


@contextmanager
def telling_branches(plan: Plan) -> Iterator[None]:
    """A crash inside is raised with the branches that led to it, found by making it again."""
    try:
        yield
    except ReportedCrash as crash:
        raise explained(plan, crash) from None


def explained(plan: Plan, crash: ReportedCrash) -> ReportedCrash:
    """The same crash with the branches that led to it, or with why they are not known."""
    try:
        branches = last_branches(plan, crash.report.first)
    except CoincellError as error:
        return crash.with_branches(None, f"not known, because the run cannot be made again: {error}")
    if branches is None:
        return crash.with_branches(None, "not known, because the run did not repeat itself")
    return crash.with_branches(branches)


def last_branches(plan: Plan, fault: Snapshot) -> tuple[Branch, ...] | None:
    """Branches before a fault; None when it does not come again where it did."""
    processor = replace(plan, observe=None).assemble().processor
    try:
        _run_to(processor, fault.instructions - _WINDOW, fault.time_ps)
        recorder = _Recorder(processor.core, fault)
        processor.run(fault.time_ps + 1)
    except _Arrived:
        return tuple(recorder.branches)
    except (_Passed, CoincellError):
        pass
    return None


def _run_to(processor: Processor, instructions: int, end_ps: int) -> None:
    """Run until shortly before the core has executed so many instructions, or until `end_ps`."""
    core = processor.core
    wides = core.state.wides
    while (left := instructions - wides[INSTRUCTIONS]) > _NEAR:
        if processor.finished or processor.time >= end_ps:
            return
        limit = core.clock.time_of(wides[CYCLES] + max(1, left // _FASTEST))
        if core.sleeping:
            limit = max(limit, processor.sim.next_event())
        processor.run(min(limit, end_ps))


class _Recorder:
    """From now on every instruction is stepped, and what does not go on to the next one is kept."""

    def __init__(self, core: Core, until: Snapshot) -> None:
        self.branches: deque[Branch] = deque(maxlen=KEPT)
        self._core, self._until = core, until
        self._step, self._noticed = core.stepper.step, core.on_fault
        self._next = core.state.words[PC]
        core.execute = core.stepper.run
        core.stepper.step = self._instruction
        core.on_fault = self._faulted

    def _instruction(self) -> None:
        core, words = self._core, self._core.state.words
        pc = words[PC]
        if core.state.wides[INSTRUCTIONS] > self._until.instructions:
            raise _Passed
        if pc != self._next and core.special.ipsr:
            self._keep(Branch(self._next, pc, exception=core.special.ipsr))
        core.ops.branched = False
        self._step()
        self._next = words[PC]
        if core.ops.branched or self._next - pc not in (0, 2, 4):
            self._keep(Branch(pc, self._next))

    def _keep(self, branch: Branch) -> None:
        last = self.branches[-1] if self.branches else None
        if last is not None and replace(last, count=1) == branch:
            self.branches[-1] = replace(last, count=last.count + 1)
        else:
            self.branches.append(branch)

    def _faulted(self, fault: CoreFault) -> None:
        if snapshot(self._core, fault) == self._until:
            raise _Arrived
        self._noticed(fault)
