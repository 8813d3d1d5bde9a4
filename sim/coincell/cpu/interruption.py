"""Instructions of many cycles give way to interrupts: LDM and STM go on where they were, others begin again.

ARMv7-M ARM B1.5.10; what each core does: DDI 0337I, 0439 3.9.1 (M3, M4: multiples continue, divisions begin
again, as do multiples in an IT block), DDI 0489F 2.7.1 (M7), DDI 0484C 3.6.1 (M0+: all begin again, the
32-cycle multiplication too), 100230 C.5 (M33). Floating-point multiples go on too (TI SLAU723A
table 1-9, of a Cortex-M4F).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coincell.cpu.faults import invalid_continuation
from coincell.cpu.state import CYCLES, ITSTATE, PIPE, R
from coincell.cpu.system import CoreOps
from coincell.isa.encoding import DecodedInstruction
from coincell.timing.pipeline import Issue

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_MULTIPLES = frozenset({"LDM", "LDMDB", "STM", "STMDB", "PUSH", "POP", "VLDM", "VSTM"})
_COMPUTING = frozenset({"SDIV T1", "UDIV T1", "MUL T1"})
_LONG = 4
"""Cycles from which a computation is worth abandoning: a multiplication of 1 cycle is not."""
_SP = 13


@dataclass(frozen=True)
class Interruptible:
    """How an instruction gives way."""

    worst: int
    """Most cycles that it takes, its fetch excluded."""
    words: int = 0
    """Transfers of a multiple; none for a computation."""
    registers: tuple[int, ...] = ()
    """What EPSR.ICI would name before each transfer of a multiple that can be continued: its register, or the
    double-precision one that it belongs to."""
    base: int = 0
    loads_base: bool = False
    descends: bool = False
    """A store that writes back a base below what it stores: the base moves when it gives way already, so that
    the exception's frame does not cover what was pushed."""


def how_interruptible(
    instruction: DecodedInstruction, issue: Issue, worst_access: int, continues: bool, v8m: bool
) -> Interruptible | None:
    """None for an instruction that always completes."""
    kind, fields = instruction.name.split()[0].split(".")[0], instruction.fields
    if instruction.name in _COMPUTING:
        return Interruptible(issue.worst) if issue.worst >= _LONG else None
    if kind not in _MULTIPLES:
        return None
    if kind.startswith("V"):
        return _floating_point(instruction, issue.worst, worst_access, continues)
    chosen = fields["registers"] | fields.get("M", 0) << 14 | fields.get("P", 0) << 15
    registers = tuple(n for n in range(16) if chosen >> n & 1)
    if len(registers) < 2:
        return None
    descends = kind == "PUSH" or (kind == "STMDB" and bool(fields["W"]))
    worst = issue.worst + len(registers) * worst_access
    base = fields.get("Rn", _SP)
    loads = kind in ("LDM", "LDMDB", "POP")
    stores_base = not loads and base in registers and bool(fields.get("W", 1))
    kept = registers if continues and not (v8m and stores_base) else ()
    return Interruptible(worst, len(registers), kept, base, loads and base in kept, descends)


def _floating_point(
    instruction: DecodedInstruction, worst: int, worst_access: int, continues: bool
) -> Interruptible | None:
    """VLDM and VSTM. EPSR.ICI cannot name 32 registers: that it names double-precision ones is a guess."""
    fields, opcode = instruction.fields, instruction.opcode
    n = fields["imm8"]
    if n < 2:
        return None
    first = fields["Vd"] << 1 | fields.get("D", 0)
    kept = tuple((first + k) // 2 for k in range(n)) if continues else ()
    stores, below = not opcode >> 20 & 1, not opcode >> 23 & 1
    return Interruptible(worst + n * worst_access, n, kept, fields["Rn"], descends=stores and below)


def resumed_at(how: Interruptible | None, register: int) -> int:
    """The transfer that EPSR.ICI names. Raises CoreFault where it cannot be one (INVSTATE)."""
    if how is None or register not in how.registers[1:]:
        raise invalid_continuation(register)
    if how.loads_base and register > how.base:
        raise invalid_continuation(register)  # as Cortex-M33 does (100230 C.5)
    return how.registers.index(register)


def event_within(core: Core, n_cycles: int) -> bool:
    """Whether something happens in the next `n_cycles` that could interrupt an instruction."""
    end = core.state.wides[CYCLES] + n_cycles
    if core.deadline >= end or core.interruption.disabled:
        return False
    return core.clock.cycle_at(core.sim.next_event()) < end


class Interruption:
    """What the stepper needs when an event falls into such an instruction, or when it resumes one."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.ops = TransferOps(core)
        self.disabled = False
        """ACTLR.DISMCYCINT: every instruction completes."""
        self._saved: list[int] = []
        self._begun = 0

    def transfer(self, how: Interruptible, issue: Issue, first: int) -> TransferOps:
        """The operations of a multiple whose first transfers are done; its stalls have been charged."""
        o, plain = self.ops, self.core.ops
        o.pc, o.next_pc, o.in_it = plain.pc, plain.next_pc, plain.in_it
        o.begin(how, issue.after, first)
        return o

    def abandon(self, how: Interruptible, pc: int, itstate: int) -> None:
        """The multiple stopped between two transfers: return to it, with what is done in EPSR.ICI."""
        words, at = self.core.state.words, self.ops.resumes_at
        words[R + 15], words[ITSTATE] = pc, itstate
        if how.registers and not itstate:
            words[ITSTATE] = how.registers[at] << 4 if at else 0

    def faulted(self) -> None:
        """A resumed multiple faulted: it begins again, with the base it had at first (DDI 0439 3.9.1)."""
        o, how = self.ops, self.ops.how
        self.core.state.words[R + how.base] = o.reg(how.base)

    def begin(self, itstate: int) -> None:
        """A computation begins: what it may change is kept."""
        words = self.core.state.words
        self._saved = [*words[:ITSTATE].tolist(), itstate, words[PIPE]]
        self._begun = self.core.state.wides[CYCLES]

    def interrupted(self) -> bool:
        """Let happen what was due during the computation. True when that interrupts and undoes it."""
        core = self.core
        words, wides = core.state.words, core.state.wides
        end = wides[CYCLES]
        while (due := core.clock.cycle_at(core.sim.next_event())) < end:
            wides[CYCLES] = max(due, self._begun)
            core.sim.advance(core.time)
            if core.exceptions.preempting() is not None:
                *registers, words[PIPE] = self._saved
                for n, value in enumerate(registers):
                    words[n] = value
                return True
        wides[CYCLES] = end
        return False


class TransferOps(CoreOps):
    """Words are transferred one after another, each at its time, until an exception can be taken."""

    def begin(self, how: Interruptible, n_cycles: int, first: int) -> None:
        self.how, self._n_cycles, self._first = how, n_cycles, first
        self._start, self._waits = self.core.state.wides[CYCLES], 0
        self.abandoned: int | None = None
        """Transfers done when it gave way."""
        self.branched = False

    @property
    def remaining(self) -> int:
        """Cycles of the transfers that were to be done here, waits excluded."""
        return self._until(self.how.words)

    def _until(self, done: int) -> int:
        """Cycles from the start to the boundary behind so many transfers: one to begin, then even steps."""
        lead = min(1, max(self._n_cycles - self.how.words, 0))
        return lead + (self._n_cycles - lead) * (done - self._first) // self.how.words

    @property
    def resumes_at(self) -> int:
        """The transfer to go on with: the first of its register, or of a load that has loaded its base, that
        of the base (DDI 0439 3.9.1)."""
        if not self.abandoned or not self.how.registers:
            return 0
        done = self.how.registers.index(self.how.registers[self.abandoned])
        return min(done, self.how.registers.index(self.how.base)) if self.how.loads_base else done

    def _arrive(self, i: int) -> bool:
        """The boundary before transfer `i`. False: an exception is taken instead."""
        if i < self._first or self.abandoned is not None:
            return False
        core = self.core
        core.state.wides[CYCLES] = self._start + self._waits + self._until(i)
        core.sim.advance(core.time)
        if core.exceptions.preempting() is not None:
            self.abandoned = i
            return False
        return True

    def load_words(self, address: int, n: int) -> list[int]:
        """Words that are not loaded, because they were or because it gave way, are _KEEP."""
        found = [self._load(address + 4 * i & 0xFFFFFFFF) if self._arrive(i) else _KEEP for i in range(n)]
        self._settle()
        return found

    def store_words(self, address: int, values: list[int]) -> None:
        for i, value in enumerate(values):
            if self._arrive(i):
                self._store(address + 4 * i & 0xFFFFFFFF, value)
        self._settle()

    def _load(self, address: int) -> int:
        before = self.core.state.wides[CYCLES]
        value = self.core.ops.load(address, 4, True)
        self._waits += self.core.state.wides[CYCLES] - before
        return value

    def _store(self, address: int, value: int) -> None:
        before = self.core.state.wides[CYCLES]
        self.core.ops.store(address, value, 4, True)
        self._waits += self.core.state.wides[CYCLES] - before

    def _settle(self) -> None:
        """When all is done, the accesses have taken what they waited; the stepper charges the rest."""
        if self.abandoned is None:
            self.core.state.wides[CYCLES] = self._start + self._waits

    # ---- registers ------------------------------------------------------------------------------------
    def reg(self, n: int) -> int:
        """The base as it was before it gave way."""
        moved = self._first and self.how.descends and n == self.how.base
        return super().reg(n) + 4 * self.how.words & 0xFFFFFFFF if moved else super().reg(n)

    def set_reg(self, n: int, value: int) -> None:
        if value == _KEEP or not self._keeps(n):
            return
        super().set_reg(n, value)

    def _keeps(self, n: int) -> bool:
        if self.abandoned is None:
            return True
        if not self.how.registers or self.in_it:
            return False
        return n != self.how.base or (self.how.descends and self.resumes_at > 0)

    def set_sreg(self, n: int, value: int) -> None:
        if value != _KEEP and (self.abandoned is None or (self.how.registers and not self.in_it)):
            super().set_sreg(n, value)

    def branch_exchange(self, address: int) -> None:
        if address != _KEEP:
            super().branch_exchange(address)


_KEEP = -1
"""A word that was not transferred."""
