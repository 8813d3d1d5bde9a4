"""The LLVM evaluation of instruction semantics: registers, flags, memory and branches as IR text.

Guest registers live in slots. Within a block their present values are SSA names in `_known`; `flush` writes
the changed ones back. Slots are either the core's state itself (quick to compile) or stack slots that
LLVM promotes to machine registers across the whole region (`promote`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from coincell.cpu import state as st
from coincell.cpu.layout import Layout, MemoryWindow
from coincell.cpu.llvm_fp import FloatingPoint
from coincell.cpu.llvm_values import Deferred, Value

CONTINUE, MISS, NEAR, LEFT, FAULT, INTERPRET, EXCHANGE = range(7)
"""What compiled code returns: go on at r15; no code there; a deadline may fall in the block at r15; left
because EXIT was set; the instruction at r15 faulted and is undone; it must be interpreted; r15 is the raw
operand of an interworking branch."""

_FLAG = {"n": st.N, "z": st.Z, "c": st.C, "v": st.V, "q": st.Q}
_TRUTHS = frozenset(_FLAG.values())
_ALIGN_SHIFT = {1: 0, 2: 1, 4: 2}
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


class LlvmOps(FloatingPoint):
    """`isa.ops.Ops` over LLVM values, for one region function."""

    def __init__(self, layout: Layout, read_code: Callable[[int, int], int], promote: bool) -> None:
        super().__init__()
        self.layout, self.promote = layout, promote
        self.read_code = read_code
        self.pc = self.next_pc = 0
        self.in_it = False
        self.address = 0
        self.pipe = 0
        self.itstate_started = 0
        self.entry_it = 0
        self.cycles = 0
        """Cycles charged since the block's cycle count was last brought up to date."""
        self.count = 0
        """Instructions done in this block before the present one."""
        self.going: Going | None = None
        self.leaves: list[str] = []
        """Values that are non-zero when the present instruction must be the last."""
        self.stubs: list[str] = []
        self.used: set[int] = set()
        self.windows: set[int] = set()
        self._known: dict[int, Value] = {}
        self._dirty: set[int] = set()
        self._undo_known: dict[int, Value] = {}
        self._undo_dirty: set[int] = set()
        """What was known and changed before the present instruction: a fault goes back there."""
        self._block = "entry"
        """The basic block being written."""
        self._other = ""
        """Where an access goes on that is not in the window just tried."""
        self._leave_word = ""
        """Non-zero when the last call out asked to leave."""

    # ---- slots --------------------------------------------------------------------------------------
    def read(self, slot: int) -> Value:
        """The present value of a 32-bit state slot: a truth for flags, else a word."""
        value = self._known.get(slot)
        if value is None:
            self.used.add(slot)
            value = self.emit(f"load i32, ptr %s{slot}")
            if slot in _TRUTHS:
                value = self.emit(f"trunc i32 {value} to i1")
            self._known[slot] = value
        return value

    def write(self, slot: int, value: Value) -> None:
        self.used.add(slot)
        self._known[slot] = int(value) if isinstance(value, bool) else value
        self._dirty.add(slot)

    def flush(self) -> None:
        """Bring the slots up to date; values stay known."""
        for slot in sorted(self._dirty):
            self._store_slot(slot, str(self._known[slot]))
        self._dirty.clear()

    def _store_slot(self, slot: int, value: str) -> None:
        if slot in _TRUTHS:
            value = self.emit(f"zext i1 {value} to i32")
        self.do(f"store i32 {value}, ptr %s{slot}")

    def dirty_slots(self) -> set[int]:
        """Slots whose values have not been written back."""
        return set(self._dirty)

    def known(self) -> dict[int, Value]:
        """The values known now, to return to where two paths meet."""
        return dict(self._known)

    def meet(self, before: dict[int, Value], written: set[int]) -> None:
        """Paths meet: what was known before they parted holds, but for what one of them wrote."""
        self._known = {slot: value for slot, value in before.items() if slot not in written}
        self._dirty.clear()

    def open_block(self, label: str) -> None:
        """A guest block begins: nothing is known, nothing is charged."""
        self._known.clear()
        self._dirty.clear()
        self.cycles = self.count = 0
        self.open_label(label)

    def add_cycles(self, n: Value) -> None:
        """Add a word or constant to the cycle slot now, beside what `cycles` will add later."""
        if isinstance(n, int) and n == 0:
            return
        wide = n if isinstance(n, int) else self.zext64(n)
        now = self.emit("load i64, ptr %cycles")
        self.do(f"store i64 {self.emit(f'add i64 {now}, {wide}')}, ptr %cycles")

    # ---- registers and flags --------------------------------------------------------------------------
    def reg(self, n: int) -> Value:
        return self.pc if n == 15 else self.read(st.R + n)

    def set_reg(self, n: int, value: Value) -> None:
        self.write(st.R + n, self.and_(value, 0xFFFFFFFC) if n == 13 else value)

    def flag(self, name: str) -> Value:
        return self.read(_FLAG[name])

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
        self.write(st.Q, self.either(self.read(st.Q), truth))

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

    # ---- memory -------------------------------------------------------------------------------------
    def load(self, address: Value, size: int, aligned: bool = False) -> Value:
        if isinstance(address, int):
            folded = self._folded(address, size)
            if folded is not None:
                return folded
        done = self.label("got")
        arrivals: list[tuple[str, Value]] = []
        for window in self.layout.windows:
            at = self._enter_window(window, address, size)
            pointer = self.emit(f"getelementptr i{size * 8}, ptr %m{window.slot}, i64 {at}")
            value = self.emit(f"load i{size * 8}, ptr {pointer}, align 1")
            if size < 4:
                value = self.emit(f"zext i{size * 8} {value} to i32")
            if not window.writable:
                self.add_cycles(self.layout.timing.data_wait)
            arrivals.append((self._close(done), value))
            self.open_label(self._other)
        answer = self._call("load", address, size | aligned << 3, 0)
        arrivals.append((self._close(done), answer))
        self.open_label(done)
        value = self.emit(f"phi i32 {', '.join(f'[ {v}, %{block} ]' for block, v in arrivals)}")
        self._merge_leave(arrivals)
        return value

    def store(self, address: Value, value: Value, size: int, aligned: bool = False) -> None:
        done = self.label("put")
        arrivals: list[tuple[str, Value]] = []
        narrow = value if size == 4 else self._narrow(value, size)
        for window in self.layout.windows:
            if not window.writable:
                continue
            at = self._enter_window(window, address, size)
            # A granule that holds translated code needs more than the store.
            granule = self.emit(f"lshr i64 {at}, {7 - _ALIGN_SHIFT[size]}")
            mark = self.emit(f"getelementptr i8, ptr %m{window.slot + 1}, i64 {granule}")
            plain = self.emit(f"icmp eq i8 {self.emit(f'load i8, ptr {mark}')}, 0")
            inside = self.label("plain")
            self.do(f"br i1 {plain}, label %{inside}, label %{self._other}")
            self.open_label(inside)
            pointer = self.emit(f"getelementptr i{size * 8}, ptr %m{window.slot}, i64 {at}")
            self.do(f"store i{size * 8} {narrow}, ptr {pointer}, align 1")
            arrivals.append((self._close(done), 0))
            self.open_label(self._other)
        answer = self._call("store", address, size | aligned << 3, value)
        arrivals.append((self._close(done), answer))
        self.open_label(done)
        self._merge_leave(arrivals)

    def load_words(self, address: Value, n: int) -> list[Value]:
        return [self.load(self.add(address, 4 * i), 4, aligned=True) for i in range(n)]

    def store_words(self, address: Value, values: list[Value]) -> None:
        for i, value in enumerate(values):
            self.store(self.add(address, 4 * i), value, 4, aligned=True)

    def check_stack(self, address: Value) -> None:
        if not self.layout.has_stack_limits:
            return
        below = self.emit(f"icmp ult i32 {address}, {self.emit('load i32, ptr %stack_limit')}")
        ask, fine = self.label("overflow"), self.label("above")
        self.do(f"br i1 {below}, label %{ask}, label %{fine}")
        self.open_label(ask)
        self._call("load", address, 0, 0)  # of no bytes: the stack is checked, with the present priority
        self._close(fine)
        self.open_label(fine)

    def _narrow(self, value: Value, size: int) -> Value:
        if isinstance(value, int):
            return value & ((1 << size * 8) - 1)
        return self.emit(f"trunc i32 {value} to i{size * 8}")

    def _folded(self, address: int, size: int) -> Value:
        """The contents of code memory at a constant address (a literal): they count as code."""
        if not self.layout.is_literal(address, size):
            return None
        self.cycles += self.layout.timing.data_wait
        return self.read_code(address, size)

    def _enter_window(self, window: MemoryWindow, address: Value, size: int) -> str:
        """Branch on "aligned and inside": rotating the offset brings misalignment to the top."""
        self.windows.add(window.slot)
        shift = _ALIGN_SHIFT[size]
        offset = self.ror(self.sub(address, window.base), shift) if shift else self.sub(address, window.base)
        inside = self.emit(f"icmp ult i32 {offset}, {window.size >> shift}")
        here, self._other = self.label("in"), self.label("not")
        self.do(f"br i1 {inside}, label %{here}, label %{self._other}")
        self.open_label(here)
        return self.emit(f"zext i32 {offset} to i64")

    def _call(self, kind: str, address: Value, flags: int, value: Value) -> str:
        """Call out with the exact cycle of this access; on a fault leave with the instruction undone."""
        now = self.emit("load i64, ptr %cycles")
        exact = self.emit(f"add i64 {now}, {self.cycles}")
        self.do(f"store i64 {exact}, ptr %cycles_state")
        self.do(f"store i32 {self.address}, ptr %pc_state")
        function = self.emit(f"load ptr, ptr %call_{kind}")
        answer = self.emit(f"call i64 {function}(i32 {address}, i32 {flags}, i32 {value})")
        after = self.emit("load i64, ptr %cycles_state")
        self.do(f"store i64 {self.emit(f'sub i64 {after}, {self.cycles}')}, ptr %cycles")
        exit_word = self.emit(f"trunc i64 {self.emit(f'lshr i64 {answer}, 32')} to i32")
        faulted = self.emit(f"icmp ugt i32 {exit_word}, 1")
        fine = self.label("fine")
        self.do(f"br i1 {faulted}, label %{self._undone()}, label %{fine}")
        self.open_label(fine)
        self._leave_word = exit_word
        if kind == "store":
            return exit_word
        return self.emit(f"trunc i64 {answer} to i32")

    def _merge_leave(self, arrivals: list[tuple[str, Value]]) -> None:
        """A value that is non-zero when the slow path, the last arrival, was asked to leave."""
        words = ", ".join(f"[ 0, %{block} ]" for block, _ in arrivals[:-1])
        last = f"[ {self._leave_word}, %{arrivals[-1][0]} ]"
        self.leaves.append(self.emit(f"phi i32 {words + ', ' if words else ''}{last}"))

    def open_label(self, label: str) -> None:
        """Begin a basic block of the function."""
        self.lines.append(f"{label}:")
        self._block = label

    def _close(self, target: str) -> str:
        """Jump to `target`; the name of the block that did."""
        self.do(f"br label %{target}")
        return self._block

    def leave_to(self, stub: str) -> None:
        """Jump to a side exit for good."""
        self.do(f"br label %{stub}")

    # ---- side exits -----------------------------------------------------------------------------------
    def _undone(self) -> str:
        """A stub that leaves with the present instruction undone."""
        return self.stub(FAULT, self.address, self.pipe, self.entry_it, self.cycles, self.count)

    def stub(self, code: int, pc: Value, pipe: int, itstate: int, cycles: int, count: int) -> str:
        """A side exit with the values known now; its label. The main path is not disturbed."""
        label = self.label("exit")
        main, self.lines = self.lines, [f"{label}:"]
        dirty = self._undo_dirty if code == FAULT else self._dirty
        known = self._undo_known if code == FAULT else self._known
        for slot in sorted(dirty):
            value = known[slot]
            self._store_slot(slot, value.again() if isinstance(value, Deferred) else str(value))
        self.add_cycles(cycles)
        self.count_instructions(count)
        self.do(f"store i32 {pc}, ptr %pc_state")
        self.do(f"store i32 {pipe}, ptr %pipe_state")
        self.do(f"store i32 {itstate}, ptr %it_state")
        self.do(f"store i32 {code}, ptr %code")
        self.do("br label %exit")
        self.stubs += self.lines
        self.lines = main
        return label

    def begin_instruction(self) -> None:
        """Remember what a fault goes back to."""
        self._undo_dirty, self._undo_known = set(self._dirty), dict(self._known)
        self.leaves = []
        self.going = None

    def count_instructions(self, n: int) -> None:
        if n:
            now = self.emit("load i64, ptr %count")
            self.do(f"store i64 {self.emit(f'add i64 {now}, {n}')}, ptr %count")
