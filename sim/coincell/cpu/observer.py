"""Counts what a core executes: how often each instruction, for how many cycles, and who called whom.

Nothing of this exists, and nothing is slower, unless a core is observed. What the core does is the same.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coincell.cpu.call_tree import MOST_NODES, CallStack, FunctionRanges, words
from coincell.cpu.shared_counts import SharedCounts
from coincell.cpu.state import CYCLES, INSTRUCTIONS, ITSTATE, OBSERVED, R

if TYPE_CHECKING:
    from coincell.cpu.core import Core

SP, LR, PC = R + 13, R + 14, R + 15
EXECUTED, SPENT, TAKEN, COLUMNS = 0, 1, 2, 3
"""Columns of the counts of one instruction: executions, cycles, and how often it branched away."""

Counts = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Area:
    """A memory that may hold code: its counts have a row for each halfword."""

    base: int
    size: int
    counts: Counts
    flat: memoryview

    @classmethod
    def blank(cls, base: int, size: int) -> Area:
        """Nothing counted yet. The host gives memory only to what is touched."""
        counts = np.zeros((size + 1 >> 1, COLUMNS), np.uint64)
        return cls(base, size, counts, counts.reshape(-1).data)


@dataclass(frozen=True, eq=False)
class Bank:
    """Counts of what ran while the core drew one current: by address, and cycles by node of the call tree."""

    areas: tuple[Area, ...]
    node_cycles: memoryview

    def count(self, address: int, executed: int, spent: int, taken: int) -> None:
        for area in self.areas:
            at = address - area.base
            if 0 <= at < area.size:
                at = (at >> 1) * COLUMNS
                area.flat[at] += executed
                area.flat[at + SPENT] += spent
                area.flat[at + TAKEN] += taken
                return


class Observer:
    """Put around a core at its reset, before it runs. `finish` when it has run."""

    def __init__(self, core: Core, functions: FunctionRanges, key: Hashable = None) -> None:
        self.core, self.functions = core, functions
        self.bank = self._new_bank()
        self.banks: dict[Hashable, Bank] = {key: self.bank}
        self.calls = CallStack(functions, self.bank.node_cycles)
        self._shared = SharedCounts(self.calls, len(self.bank.areas))
        core.state.wides[OBSERVED] = self._shared.address
        core.observer = self
        self._plain, self._plain_exchange = core.stepper.step, core.complete_exchange
        self._exchanged = False
        self._ended = 0
        core.stepper.step = self.step
        core.complete_exchange = self._exchange  # type: ignore[method-assign]  # whoever executes calls it
        core.on_slept = self.calls.skip
        core.on_exception = self._enter_exception
        core.on_exception_return = self._leave_exception
        self._share()
        self.restart()

    def _new_bank(self) -> Bank:
        areas = tuple(Area.blank(memory.base, memory.size) for memory in self.core.bus.memories)
        return Bank(areas, words(MOST_NODES))

    def restart(self) -> None:
        """The core was reset: nothing that was called returns."""
        state = self.core.state
        if self.calls.frames[0]:
            self.finish()
        self.calls.start(state.words[PC], state.words[SP], state.wides[CYCLES])
        self._exchanged = True

    def finish(self) -> None:
        """Account for everything up to now."""
        self.calls.charge(self.core.state.wides[CYCLES])

    def use(self, key: Hashable) -> None:
        """Count for `key` from now on: the core draws another current."""
        self.finish()
        if key not in self.banks:
            self.banks[key] = self._new_bank()
        self.bank = self.banks[key]
        self.calls.cycles = self.bank.node_cycles
        self._share()
        self.core.leave_compiled_code()

    def _share(self) -> None:
        self._shared.use(self.bank.node_cycles, [area.flat for area in self.bank.areas])

    # ---- what happens -------------------------------------------------------------------------------
    def step(self) -> None:
        """One instruction, counted."""
        core, bank = self.core, self.bank
        words, wides = core.state.words, core.state.wides
        pc, itstate = words[PC], words[ITSTATE]
        runs = not itstate & 15 or bool(core.ops.condition(itstate >> 4))
        began, done = wides[CYCLES], wides[INSTRUCTIONS]
        self._exchanged, self._ended = False, 0
        self._plain()
        complete = wides[INSTRUCTIONS] != done
        # POP has operations of its own while an interrupt may cut it short
        away = core.ops.branched or words[PC] != core.ops.next_pc
        branched = complete and runs and away
        bank.count(pc, complete and runs, (self._ended or wides[CYCLES]) - began, branched)
        if not complete or self._exchanged or not core.thumb:
            return  # undone; told already; about to fault
        target = words[PC]
        if branched:
            self.calls.branch(target, core.ops.next_pc, words[LR], words[SP], wides[CYCLES])
        elif not self.calls.contains(target):
            self.calls.arrive(target, words[SP], wides[CYCLES])

    def _exchange(self) -> None:
        """The instruction has ended; returning from an exception, if it does, takes further cycles."""
        self._ended = self.core.state.wides[CYCLES]
        self._plain_exchange()

    def _enter_exception(self, number: int, interrupted: int | None, began: int) -> None:
        state = self.core.state
        if interrupted is None:
            self.calls.leave_handler(self._ended)
        handler, stack, now = state.words[PC], state.words[SP], state.wides[CYCLES]
        self.calls.enter_exception(number, interrupted, handler, stack, began, now)
        self._exchanged = True

    def _leave_exception(self) -> None:
        state = self.core.state
        self.calls.leave_handler(self._ended)
        self.calls.leave_exception(state.words[PC], state.words[SP], state.wides[CYCLES])
        self._exchanged = True
