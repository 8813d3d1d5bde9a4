"""Executes one instruction at a time, exactly: tier 0, and what the compiled tiers are judged by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coincell.cpu.faults import CoreFault
from coincell.cpu.interruption import Interruptible, event_within, how_interruptible, resumed_at
from coincell.cpu.it_blocks import INSIDE, LAST, UNCONDITIONAL, advance_it, allowed_in_it
from coincell.cpu.state import (
    CYCLES,
    DEADLINE,
    EXIT,
    FETCH,
    FP_READY,
    FPU_FREE,
    INSTRUCTIONS,
    ITSTATE,
    PIPE,
    R,
)
from coincell.isa.encoding import DecodedInstruction, UndefinedInstruction, is_wide
from coincell.isa.system import undefined
from coincell.timing.pipeline import REFILL, Issue

if TYPE_CHECKING:
    from coincell.cpu.core import Core

PC = R + 15


@dataclass(frozen=True, eq=False)
class Step:
    """Everything static about executing the instruction at one address in one pipeline state."""

    instruction: DecodedInstruction
    execute: Callable[[Any], None]
    issue: Issue
    lines: tuple[int, ...]
    """Flash lines it is fetched from; none where fetching is free."""
    is_fp: bool
    size: int
    always: bool
    """No condition of an IT block decides whether it executes."""
    gives_way: Interruptible | None
    """How an interrupt ends it before it is complete; None when none does."""


class Stepper:
    """`step()` executes one instruction; `run()` many, to the deadline."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._steps: dict[int, Step] = {}
        self.on_code_written: Callable[[int, int], None] = lambda address, size: None
        self.step: Callable[[], None] = self.step_one
        """`step_one`, or what an observer of the core puts around it."""
        self.code_in_ram = False
        """Whether code in RAM was ever decoded: until then, no store can hit code."""
        self._retrying = -1
        """Address of an instruction that faulted: its hook has been called already."""

    def forget(self) -> None:
        """Code or timing changed: decode anew."""
        self._steps.clear()

    def code_written(self, address: int, size: int) -> None:
        """A granule that holds decoded or translated code was written."""
        self.forget()
        self.on_code_written(address, size)
        self.core.state.words[EXIT] |= 1

    def decode(self, address: int) -> DecodedInstruction:
        """The instruction at `address`; marks its memory as code. Raises CoreFault."""
        core = self.core
        opcode, size = core.access.fetch(address, 2), 2
        if is_wide(opcode):
            opcode, size = opcode << 16 | core.access.fetch(address + 2, 2), 4
        memory = core.bus.memory_at(address, size)
        if memory is not None:
            for at in (address - memory.base, address - memory.base + size - 1):
                memory.marks[at >> 7] = 1
            if memory.writable and not self.code_in_ram:
                self.code_in_ram = True
                core.on_timing_changed()
        try:
            return core.decoder.decode(opcode, size)
        except UndefinedInstruction:
            return undefined(opcode, size)

    def plan(self, address: int, pipe: int, itstate: int) -> Step:
        """The static part of executing at `address`. Raises CoreFault."""
        place = itstate and (INSIDE if itstate & 7 else LAST)
        key = (address << 32 | pipe) << 2 | place
        found = self._steps.get(key)
        if found is None:
            found = self._steps[key] = self._plan(address, pipe, place)
        return found

    def _plan(self, address: int, pipe: int, place: int) -> Step:
        instruction = self.decode(address)
        if place and not allowed_in_it(instruction, place):
            instruction = undefined(instruction.opcode, instruction.size)
        core = self.core
        issue = core.pipeline.issue(instruction, address, pipe, place != 0)
        memory = core.bus.memory_at(address)
        lines: tuple[int, ...] = ()
        if core.timing.has_fetch_cost and memory is not None and not memory.writable:
            shift = core.timing.line_shift
            lines = tuple(dict.fromkeys((address >> shift, address + instruction.size - 1 >> shift)))
        is_fp = instruction.encoding.is_floating_point
        always = not place or instruction.name in UNCONDITIONAL
        worst_access = max(core.timing.data_wait, core.timing.bus_wait) + 2
        gives_way = how_interruptible(instruction, issue, worst_access, core.is_v7m, core.is_v8m)
        return Step(
            instruction, instruction.execute, issue, lines, is_fp, instruction.size, always, gives_way
        )

    def run(self) -> None:
        """Step to the first boundary at or past the deadline, or until something asks to leave."""
        words, wides, step = self.core.state.words, self.core.state.wides, self.step
        while wides[CYCLES] < wides[DEADLINE] and not words[EXIT]:
            step()

    def step_one(self) -> None:
        """Execute the instruction at r15. A fault leaves it undone and is raised in the core."""
        core = self.core
        words, wides, o = core.state.words, core.state.wides, core.ops
        pc, itstate = words[PC], words[ITSTATE]
        resumed = first = 0
        if itstate and not itstate & 15:  # EPSR.ICI: the register to go on with
            resumed, itstate, words[ITSTATE] = itstate >> 4, 0, 0
        elif core.hooks and pc in core.hooks:
            if pc != self._retrying:
                core.hooks[pc]()
            self._retrying = -1
        place = itstate and (INSIDE if itstate & 7 else LAST)
        plan = self._steps.get((pc << 32 | words[PIPE]) << 2 | place)
        try:
            if plan is None:
                plan = self.plan(pc, words[PIPE], itstate)
            issue = plan.issue
            for line in plan.lines:
                self.fetch_line(line)
            next_pc = pc + plan.size
            o.pc, o.next_pc, o.in_it, o.branched = pc + 4, next_pc, itstate != 0, False
            if itstate:
                words[ITSTATE] = advance_it(itstate)
                if not plan.always and not o.condition(itstate >> 4):
                    wides[CYCLES] += issue.skipped
                    words[PC], words[PIPE] = next_pc, issue.next_pipe
                    wides[INSTRUCTIONS] += 1
                    return
            if plan.is_fp and not words[FP_READY]:
                core.fp.prepare()
            way = plan.gives_way
            if resumed:
                itstate = resumed << 4  # what a fault leaves there
                first, itstate = resumed_at(way, resumed), 0
            if way is not None and not first and not event_within(core, way.worst):
                way = None
            if way is not None:
                core.interruption.begin(itstate)
            wides[CYCLES] += issue.before
            if issue.fpu_wait:
                start = max(wides[CYCLES], wides[FPU_FREE])
                wides[CYCLES] = start
                if issue.fpu_busy:
                    wides[FPU_FREE] = start + issue.fpu_busy
            if issue.operands is not None:
                wides[CYCLES] += issue.operands.cycles(o)
            if way is not None and way.words:
                self._execute_in_parts(plan, way, first, pc, itstate)
                return
            plan.execute(o)
        except CoreFault as fault:
            words[PC], words[ITSTATE] = pc, itstate
            core.exchange = False
            self._retrying = pc
            core.faults.raise_fault(fault)
            return
        if o.branched:
            wides[CYCLES] += issue.after + issue.taken
            words[PIPE] = REFILL
        else:
            wides[CYCLES] += issue.after
            words[PC], words[PIPE] = next_pc, issue.next_pipe
        if way is not None and core.interruption.interrupted():
            return
        wides[INSTRUCTIONS] += 1
        if core.exchange:
            core.complete_exchange()

    def _execute_in_parts(self, plan: Step, way: Interruptible, first: int, pc: int, itstate: int) -> None:
        """A multiple from transfer `first` on, until it is complete or gives way. Raises CoreFault."""
        core = self.core
        words, wides = core.state.words, core.state.wides
        o = core.interruption.transfer(way, plan.issue, first)
        try:
            plan.execute(o)
        except CoreFault:
            core.interruption.faulted()
            raise
        if o.abandoned is not None:
            core.interruption.abandon(way, pc, itstate)
            return
        wides[CYCLES] += o.remaining
        wides[INSTRUCTIONS] += 1
        if o.branched:
            wides[CYCLES] += plan.issue.taken
            words[PIPE] = REFILL
            if core.exchange:
                core.complete_exchange()
        else:
            words[PC], words[PIPE] = pc + plan.size, plan.issue.next_pipe

    def prefetch(self, address: int) -> int:
        """Fetch the line of an address that execution goes to. Gives its waits, which are not charged."""
        core = self.core
        memory = core.bus.memory_at(address)
        if not core.timing.has_fetch_cost or memory is None or memory.writable:
            return 0
        before = core.state.wides[CYCLES]
        self.fetch_line(address >> core.timing.line_shift)
        waited, core.state.wides[CYCLES] = core.state.wides[CYCLES] - before, before
        return waited

    def fetch_line(self, line: int) -> None:
        """Charge the fetch of a flash line (see timing.memory_system)."""
        core = self.core
        timing = core.timing
        tag = line + 1
        if not timing.cache_sets:
            if core.state.words[FETCH] != tag:
                core.state.words[FETCH] = tag
                core.state.wides[CYCLES] += timing.fetch_wait
            return
        tags, ways = core.tag_words, timing.cache_ways
        first = (line % timing.cache_sets) * ways
        if tags[first] == tag:
            return
        way = next((w for w in range(1, ways) if tags[first + w] == tag), None)
        if way is None:
            core.state.wides[CYCLES] += timing.fetch_wait
            way = ways - 1
        for w in range(way, 0, -1):
            tags[first + w] = tags[first + w - 1]
        tags[first] = tag
