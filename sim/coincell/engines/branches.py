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
from coincell.machine.crash import Branch, ReportedCrash
from coincell.simtime import NEVER

KEPT = 16
_WINDOW = 5_000
"""Instructions that are looked at one by one."""
_FASTEST = 4
"""No core here executes more instructions in a cycle."""
_NEAR = 64
PC = R + 15


class _Arrived(Exception):  # noqa: N818 - not an error: the fault has come again
    pass


@contextmanager
def telling_branches(plan: Plan) -> Iterator[None]:
    """A crash inside is raised with the branches that led to it, found by making it again."""
    try:
        yield
    except ReportedCrash as crash:
        raise _explained(plan, crash) from None


def _explained(plan: Plan, crash: ReportedCrash) -> ReportedCrash:
    first = crash.report.first
    try:
        branches = last_branches(plan, first.instructions)
    except CoincellError as error:
        return crash.with_branches(None, f"not known, because the run cannot be made again: {error}")
    if branches is None:
        return crash.with_branches(None, "not known, because the run did not repeat itself")
    return crash.with_branches(branches)


def last_branches(plan: Plan, instructions: int) -> tuple[Branch, ...] | None:
    """Branches before the fault that comes after so many instructions; None when none comes there."""
    processor = replace(plan, observe=None).assemble().processor
    _run_to(processor, max(0, instructions - _WINDOW))
    core = processor.core
    recorder = _Recorder(core, instructions)
    try:
        while core.state.wides[INSTRUCTIONS] <= instructions and not processor.finished:
            processor.run(NEVER)
    except _Arrived:
        return tuple(recorder.branches)
    return None


def _run_to(processor: Processor, instructions: int) -> None:
    """Run until shortly before the core has executed so many instructions."""
    core = processor.core
    wides = core.state.wides
    while (left := instructions - wides[INSTRUCTIONS]) > _NEAR and not processor.finished:
        limit = core.clock.time_of(wides[CYCLES] + max(1, left // _FASTEST))
        if core.sleeping:
            limit = max(limit, processor.sim.next_event())
        processor.run(limit)


class _Recorder:
    """From now on every instruction is stepped, and what does not go on to the next one is kept."""

    def __init__(self, core: Core, instructions: int) -> None:
        self.branches: deque[Branch] = deque(maxlen=KEPT)
        self._core, self._instructions = core, instructions
        self._step, self._noticed = core.stepper.step, core.on_fault
        self._next = core.state.words[PC]
        core.execute = core.stepper.run
        core.stepper.step = self._instruction
        core.on_fault = self._faulted

    def _instruction(self) -> None:
        core, words = self._core, self._core.state.words
        pc = words[PC]
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
        if self._core.state.wides[INSTRUCTIONS] == self._instructions:
            raise _Arrived
        self._noticed(fault)
