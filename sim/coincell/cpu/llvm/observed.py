"""What observed code does besides: each instruction counts itself, leaving a function tells the call stack.

The arrays are those of cpu.observer and cpu.call_tree. Code that is not observed has nothing of this in it.
"""

from __future__ import annotations

from coincell.cpu import call_tree as tree
from coincell.cpu import state as st
from coincell.cpu.compiled.layout import Observed
from coincell.cpu.compiled.region import Placed
from coincell.cpu.llvm.ops import LlvmOps
from coincell.cpu.llvm.values import Value
from coincell.cpu.observer import COLUMNS, EXECUTED, SPENT, TAKEN
from coincell.cpu.shared_counts import CACHE_BITS, CACHED, CALLS, COUNTS, CYCLES, FRAMES, SPREAD, TOLD
from coincell.timing.footprint import footprint


class Watch:
    """Writes the counting into the blocks of one translation. Does nothing when `observed` is None."""

    def __init__(self, o: LlvmOps, observed: Observed | None) -> None:
        self.o, self.observed = o, observed
        self._began, self._charged = "", 0
        self._advances = self._place = 0
        self._lines: list[str] = []
        self._areas: set[int] = set()
        if observed is not None:
            o.on_undone = self._undone

    def begin(self) -> None:
        """An instruction begins: what it charges from now on is its own."""
        o = self.o
        self._began, self._charged, self._advances = "", o.cycles, o.advances
        self._lines, self._place = o.lines, len(o.lines)

    def straight(self, placed: Placed, cycles: int) -> None:
        """It has executed, and the next one follows. `cycles` are charged but not yet settled."""
        if self.observed is None:
            return
        following = placed.address + placed.step.size
        self._count(placed.address, cycles, EXECUTED)
        if self._function(following) != self._function(placed.address):
            self._tell(following, 1, 0, cycles)

    def skipped(self, placed: Placed, cycles: int) -> None:
        """The condition that an IT gives it did not hold."""
        if self.observed is not None:
            self._count(placed.address, cycles)

    def away(self, placed: Placed, cycles: int) -> None:
        """It has executed, and branches away."""
        if self.observed is not None:
            self._count(placed.address, cycles, EXECUTED, TAKEN)

    def arrive(self, placed: Placed, target: Value, cycles: int) -> None:
        """It goes to Thumb code at `target`: perhaps a call, a return, or a jump into another function."""
        if self.observed is None:
            return
        links = "r14" in footprint(placed.step.instruction).writes
        inside = isinstance(target, int) and self._function(target) == self._function(placed.address)
        if links or not inside:
            self._tell(target, placed.address + placed.step.size, self.o.reg(14), cycles)

    def _undone(self, cycles: int) -> None:
        """It faulted: the cycles are gone."""
        self._count(self.o.address, cycles)

    # ---- text ---------------------------------------------------------------------------------------
    def _function(self, address: int) -> int:
        assert self.observed is not None
        return self.observed.functions.range_at(address)[0]

    def _count(self, address: int, cycles: int, *columns: int) -> None:
        assert self.observed is not None
        for n, (base, size) in enumerate(self.observed.areas):
            if base <= address < base + size:
                self._areas.add(n)
                row = (address - base >> 1) * COLUMNS
                for column in columns:
                    self._add(n, row + column, "1")
                self._add(n, row + SPENT, self._spent(cycles))
                return

    def _spent(self, cycles: int) -> str:
        """Cycles since the instruction began: mostly a constant."""
        o, charged = self.o, cycles - self._charged
        if o.advances == self._advances:
            return str(charged)
        if not self._began:  # only now it is known that the time at its beginning is needed
            written, o.lines = o.lines, []
            self._began = o.passed()
            self._lines[self._place : self._place] = o.lines
            o.lines = written
        passed = o.emit(f"sub i64 {o.passed()}, {self._began}")
        return o.emit(f"add i64 {passed}, {charged}")

    def _add(self, area: int, word: int, number: str) -> None:
        o = self.o
        place = o.emit(f"getelementptr i64, ptr %counts{area}, i64 {word}")
        before = o.emit(f"load i64, ptr {place}")
        o.do(f"store i64 {o.emit(f'add i64 {before}, {number}')}, ptr {place}")

    def _tell(self, target: Value, following: int, link: Value, cycles: int) -> None:
        o = self.o
        where = f"i32 {target}, i32 {following}, i32 {link}, i32 {o.reg(13)}"
        o.do(f"call void @went(ptr %state, {where}, i64 {o.now(cycles)})")

    def prologue(self) -> list[str]:
        """Where the counts are, once for the function."""
        if self.observed is None:
            return []
        lines = [_word("%observed_p", "%state", st.OBSERVED), "  %observed = load ptr, ptr %observed_p"]
        for n in sorted(self._areas):
            lines += [_word(f"%counts{n}_p", "%observed", COUNTS + n)]
            lines.append(f"  %counts{n} = load ptr, ptr %counts{n}_p")
        return lines

    def functions(self) -> str:
        """The functions that observed code calls."""
        return "" if self.observed is None else _WENT


def _word(name: str, base: str, index: int) -> str:
    return f"  {name} = getelementptr i64, ptr {base}, i64 {index}"


_PARAMETERS = "ptr %state, i32 %target, i32 %following, i32 %link, i32 %stack, i64 %cycle"
_WENT = f"""
define internal void @pass(ptr %observed, ptr %frames, i64 %top, i64 %cycle) {{
  %node_n = add i64 %top, {tree.NODE}
  %node_p = getelementptr i64, ptr %frames, i64 %node_n
  %node = load i64, ptr %node_p
  %last_p = getelementptr i64, ptr %frames, i64 {tree.LAST}
  %last = load i64, ptr %last_p
  %gone = sub i64 %cycle, %last
  store i64 %cycle, ptr %last_p
  %cycles_pp = getelementptr i64, ptr %observed, i64 {CYCLES}
  %cycles = load ptr, ptr %cycles_pp
  %place = getelementptr i64, ptr %cycles, i64 %node
  %before = load i64, ptr %place
  %after = add i64 %before, %gone
  store i64 %after, ptr %place
  ret void
}}

define internal void @went({_PARAMETERS}) noinline {{
entry:
  %observed_p = getelementptr i64, ptr %state, i64 {st.OBSERVED}
  %observed = load ptr, ptr %observed_p
  %frames_p = getelementptr i64, ptr %observed, i64 {FRAMES}
  %frames = load ptr, ptr %frames_p
  %top = load i64, ptr %frames
  %frame = getelementptr i64, ptr %frames, i64 %top
  %stack64 = zext i32 %stack to i64
  %high = shl i64 %stack64, 32
  %target64 = zext i32 %target to i64
  %back = or i64 %high, %target64
  %thumb = or i32 %following, 1
  %links = icmp eq i32 %thumb, %link
  br i1 %links, label %call, label %other
other:
  %resume_p = getelementptr i64, ptr %frame, i64 {tree.RESUME}
  %resume = load i64, ptr %resume_p
  %same = icmp eq i64 %resume, %back
  %above = icmp ugt i64 %top, {tree.BOTTOM}
  %returns = and i1 %same, %above
  br i1 %returns, label %return, label %jump
return:
  call void @pass(ptr %observed, ptr %frames, i64 %top, i64 %cycle)
  %below = sub i64 %top, {tree.FRAME}
  store i64 %below, ptr %frames
  ret void
jump:
  %range_p = getelementptr i64, ptr %frame, i64 {tree.RANGE}
  %range = load i64, ptr %range_p
  %first = trunc i64 %range to i32
  %length64 = lshr i64 %range, 32
  %length = trunc i64 %length64 to i32
  %offset = sub i32 %target, %first
  %inside = icmp ult i32 %offset, %length
  br i1 %inside, label %done, label %tell
call:
  %caller = load i64, ptr %frame
  %caller_high = shl i64 %caller, 32
  %key = or i64 %caller_high, %target64
  %mixed = mul i64 %key, {SPREAD}
  %row = lshr i64 %mixed, {64 - CACHE_BITS}
  %entry_n = mul i64 %row, 3
  %cache_pp = getelementptr i64, ptr %observed, i64 {CACHED}
  %cache = load ptr, ptr %cache_pp
  %entry_p = getelementptr i64, ptr %cache, i64 %entry_n
  %have = load i64, ptr %entry_p
  %hit = icmp eq i64 %have, %key
  %room = icmp ule i64 %top, {tree.LAST_TOP - tree.FRAME}
  %known = and i1 %hit, %room
  br i1 %known, label %push, label %tell
push:
  call void @pass(ptr %observed, ptr %frames, i64 %top, i64 %cycle)
  %child_p = getelementptr i64, ptr %entry_p, i64 1
  %child = load i64, ptr %child_p
  %its_p = getelementptr i64, ptr %entry_p, i64 2
  %its = load i64, ptr %its_p
  %calls_pp = getelementptr i64, ptr %observed, i64 {CALLS}
  %calls = load ptr, ptr %calls_pp
  %count_p = getelementptr i64, ptr %calls, i64 %child
  %count = load i64, ptr %count_p
  %more = add i64 %count, 1
  store i64 %more, ptr %count_p
  %next = add i64 %top, {tree.FRAME}
  store i64 %next, ptr %frames
  %new = getelementptr i64, ptr %frames, i64 %next
  store i64 %child, ptr %new
  %new_resume = getelementptr i64, ptr %new, i64 {tree.RESUME}
  %following64 = zext i32 %following to i64
  %way = or i64 %high, %following64
  store i64 %way, ptr %new_resume
  %new_range = getelementptr i64, ptr %new, i64 {tree.RANGE}
  store i64 %its, ptr %new_range
  ret void
tell:
  %told_p = getelementptr i64, ptr %observed, i64 {TOLD}
  %told = load ptr, ptr %told_p
  call void %told(i32 %target, i32 %following, i32 %link, i32 %stack, i64 %cycle)
  ret void
done:
  ret void
}}
"""
"""As CallStack.branch, for what is seen often: calls made before, returns, jumps inside a function."""
