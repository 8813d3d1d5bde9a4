"""The LLVM evaluation of instruction semantics: registers, flags, branches and side exits as IR text.

Slots and time are in `slots`, memory in `memory`, floating point in `floating`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from coincell.cpu import state as st
from coincell.cpu.compiled.layout import Layout
from coincell.cpu.llvm.floating import FloatingPoint
from coincell.cpu.llvm.halves import Halves
from coincell.cpu.llvm.memory import UNLIKELY, Memory
from coincell.cpu.llvm.slots import COUNT_BITS
from coincell.cpu.llvm.values import Deferred, Value

CONTINUE, MISS, NEAR, LEFT, FAULT, INTERPRET, EXCHANGE, STRAYED = range(8)
"""What compiled code returns: go on at r15; no code there; a deadline may fall in the block at r15; left
because EXIT was set; the instruction at r15 faulted and is undone; it must be interpreted; r15 is the raw
operand of an interworking branch; the instruction at r15 does not access the memory it was expected to."""

_FLAG = {"n": st.N, "z": st.Z, "c": st.C, "v": st.V}
_COMPARISONS: dict[int, tuple[str, tuple[int, ...]]] = {
    0: ("eq", (st.Z,)),
    2: ("uge", (st.C,)),
    8: ("ugt", (st.C, st.Z)),
    10: ("sge", (st.N, st.V)),
    12: ("sgt", (st.N, st.V, st.Z)),
}
"""Even condition codes as the comparison they are after a subtraction, and the flags they read."""


@dataclass
class Going:
    """How an instruction leaves the straight line."""

    kind: str
    """ "direct", "conditional", "indirect" or "exchange"."""
    target: Value
    truth: Value = 1


class LlvmOps(FloatingPoint, Halves, Memory):
    """`isa.ops.Ops` over LLVM values, for one region function."""

    def __init__(self, layout: Layout, read_code: Callable[[int, int], int], promote: bool) -> None:
        Memory.__init__(self, layout, read_code, promote)
        self.pc = self.next_pc = 0
        self.in_it = False
        self.pipe = 0
        self.itstate_started = 0
        self.entry_it = 0
        self.going: Going | None = None
        self.stubs: list[str] = []
        self.on_undone: Callable[[int], None] = lambda cycles: None
        """Writes what the side exit of a fault does besides; told the cycles that are still to be settled."""
        self._undo_known: dict[int, Value] = {}
        self._undo_dirty: set[int] = set()
        """What was known and changed before the present instruction: a fault goes back there."""

    # ---- registers and flags --------------------------------------------------------------------------
    def reg(self, n: int) -> Value:
        return self.pc if n == 15 else self.read(st.R + n)

    def set_reg(self, n: int, value: Value) -> None:
        self.write(st.R + n, self.word_aligned(value) if n == 13 else value)

    def flag(self, name: str) -> Value:
        return self.ne(self.read(st.Q), 0) if name == "q" else self.read(_FLAG[name])

    def set_flags(self, n: Value = None, z: Value = None, c: Value = None, v: Value = None) -> None:
        for slot, value in ((st.N, n), (st.Z, z), (st.C, c), (st.V, v)):
            if value is not None:
                self.write(slot, value)

    def set_nz(self, result: Value) -> None:
        if isinstance(result, int):
            self.set_flags(n=result >> 31, z=int(result == 0))
            return
        self.write(st.N, Deferred(lambda: self.emit(f"icmp slt i32 {result}, 0"), words=(result,)))
        self.write(st.Z, Deferred(lambda: self.emit(f"icmp eq i32 {result}, 0"), words=(result,)))

    def set_difference_flags(self, a: Value, b: Value, result: Value) -> None:
        if isinstance(a, int) and isinstance(b, int):
            n, z, v = result >> 31, int(result == 0), ((a ^ b) & (a ^ result)) >> 31
            self.set_flags(n=n, z=z, c=int(a >= b), v=v)
            return
        self.set_flags(*self.difference_flags(a, b, result))

    def set_q_if(self, truth: Value) -> None:
        if isinstance(truth, int):
            if truth:
                self.write(st.Q, 1)
            return
        before = self.read(st.Q)
        if not self.promote:
            self.write(st.Q, self.or_(before, self.word(truth)))
            return
        # Saturation is rare: a branch that is never taken costs less than keeping the truth.
        here, saturated, on = self.block, self.label("saturated"), self.label("on")
        self.do(f"br i1 {truth}, label %{saturated}, label %{on}, {UNLIKELY}")
        self.open_label(saturated)
        self._close(on)
        self.open_label(on)
        self.write(st.Q, self.phi("i32", [(here, before), (saturated, 1)]))

    def ge(self) -> Value:
        return self.read(st.GE)

    def set_ge(self, value: Value) -> None:
        self.write(st.GE, value)

    def condition(self, cond: int) -> Value:
        if cond >= 14:
            return 1
        truth = self._compared(cond & 14) or self._condition(cond >> 1)
        return self.negate(truth) if cond & 1 else truth

    def _compared(self, cond: int) -> Value:
        """When every flag that `cond` asks for comes from one subtraction a - b: the comparison itself."""
        predicate, slots = _COMPARISONS.get(cond, ("", ()))
        pairs = [getattr(self._known.get(slot), "comparison", None) for slot in slots]
        if not pairs or pairs[0] is None or any(pair is not pairs[0] for pair in pairs):
            return None
        return self.emit(f"icmp {predicate} i32 {pairs[0][0]}, {pairs[0][1]}")

    def _condition(self, kind: int) -> Value:
        n, z, c, v = (partial(self.read, slot) for slot in (st.N, st.Z, st.C, st.V))
        if kind < 4:
            return self.read((st.Z, st.C, st.N, st.V)[kind])
        if kind == 4:
            return self.both(c(), self.negate(z()))
        same = self.negate(self.differ(n(), v()))
        return same if kind == 5 else self.both(same, self.negate(z()))

    # ---- going elsewhere ----------------------------------------------------------------------------
    def branch(self, address: Value) -> None:
        if isinstance(address, int):
            self.going = Going("direct", address & 0xFFFFFFFE)
        else:
            self.going = Going("indirect", self.and_(address, 0xFFFFFFFE))

    def branch_if(self, truth: Value, address: int) -> None:
        if isinstance(truth, int):
            if truth:
                self.branch(address)
            return
        self.going = Going("conditional", address & 0xFFFFFFFE, truth)

    def branch_exchange(self, address: Value) -> None:
        self.going = Going("exchange", address)

    def start_it(self, itstate: int) -> None:
        self.itstate_started = itstate

    # ---- side exits -----------------------------------------------------------------------------------
    def leave_to(self, stub: str) -> None:
        """Jump to a side exit for good."""
        self.do(f"br label %{stub}")

    def undone(self) -> str:
        return self.stub(FAULT, self.address, self.pipe, self.entry_it, self.cycles, self.count)

    def strayed(self) -> str:
        return self.stub(STRAYED, self.address, self.pipe, self.entry_it, self.cycles, self.count)

    def unsure(self, address: int, pipe: int, worst: int) -> str:
        """Label of a side exit before the block there: because of the deadline, or else of an access."""
        return self.stub(NEAR, address, pipe, 0, 0, 0, worst)

    def stub(
        self, code: int, pc: Value, pipe: int, itstate: int, cycles: int, count: int, worst: int | None = None
    ) -> str:
        """A side exit with the values known now; its label. The main path is not disturbed.

        With `worst`, the code is STRAYED unless so many cycles reach the deadline.
        """
        label = self.label("exit")
        main, self.lines = self.lines, [f"{label}:"]
        dirty = self._undo_dirty if code == FAULT else self._dirty
        known = self._undo_known if code == FAULT else self._known
        for slot in sorted(dirty):
            value = known[slot]
            # Emitted anew: what is emitted here cannot be used on the main path.
            if isinstance(value, Deferred) and not (self.promote and value.words):
                value = value.again()
            self._store_slot(slot, value)
        if code == FAULT:
            self.on_undone(cycles)
        self.settle(cycles, count)
        what: Value = code
        if worst is not None:
            now = self.emit("load i64, ptr %acc")
            early = self.emit(f"icmp slt i64 {self.emit(f'add i64 {now}, {worst << COUNT_BITS}')}, %limit")
            what = self.select(early, STRAYED, code)
        self.do(f"store i32 {pc}, ptr %to_pc")
        self.do(f"store i32 {pipe}, ptr %to_pipe")
        self.do(f"store i32 {itstate}, ptr %to_it")
        self.do(f"store i32 {what}, ptr %code")
        self.do("br label %exit")
        self.stubs += self.lines
        self.lines = main
        return label

    def begin_instruction(self) -> None:
        """Remember what a fault goes back to."""
        self._undo_dirty, self._undo_known = set(self._dirty), dict(self._known)
        self.leaves = []
        self.going = None
