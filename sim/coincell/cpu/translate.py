"""A region of guest code becomes the text of one LLVM function.

    i32 @NAME(ptr state)

It returns one of the codes of `llvm_ops`, with r15, the pipeline state and ITSTATE written. Objects hold no
host addresses: everything is reached through the state.
"""

from __future__ import annotations

from collections.abc import Callable

from coincell.cpu import state as st
from coincell.cpu.it_blocks import advance_it
from coincell.cpu.layout import Layout
from coincell.cpu.llvm_fp import INTRINSICS
from coincell.cpu.llvm_ops import CONTINUE, EXCHANGE, INTERPRET, LEFT, NEAR, Going, LlvmOps
from coincell.cpu.region import Block, Key, Placed, Region
from coincell.timing.pipeline import REFILL

CACHE_LOOKUP = """
define internal i32 @fetch_line(ptr %set, i32 %tag, i32 %ways, i32 %wait) noinline {
entry:
  br label %scan
scan:
  %way = phi i32 [ 1, %entry ], [ %next, %other ]
  %more = icmp ult i32 %way, %ways
  br i1 %more, label %look, label %missed
look:
  %p = getelementptr i32, ptr %set, i32 %way
  %t = load i32, ptr %p
  %hit = icmp eq i32 %t, %tag
  br i1 %hit, label %shift, label %other
other:
  %next = add i32 %way, 1
  br label %scan
missed:
  %last = sub i32 %ways, 1
  br label %shift
shift:
  %from = phi i32 [ %way, %look ], [ %last, %missed ]
  %cost = phi i32 [ 0, %look ], [ %wait, %missed ]
  br label %down
down:
  %w = phi i32 [ %from, %shift ], [ %above, %move ]
  %top = icmp eq i32 %w, 0
  br i1 %top, label %done, label %move
move:
  %above = sub i32 %w, 1
  %src = getelementptr i32, ptr %set, i32 %above
  %v = load i32, ptr %src
  %dst = getelementptr i32, ptr %set, i32 %w
  store i32 %v, ptr %dst
  br label %down
done:
  store i32 %tag, ptr %set
  ret i32 %cost
}
"""
"""Another way than the most recent one holds the line, or none does: move it to the front, give the cost."""


def translate(
    region: Region, layout: Layout, name: str, read_code: Callable[[int, int], int], promote: bool
) -> str:
    """The module text of a region. `promote`: registers live in machine registers."""
    return _Translator(region, layout, name, read_code, promote).run()


class _Translator:
    def __init__(
        self, region: Region, layout: Layout, name: str, read_code: Callable[[int, int], int], promote: bool
    ) -> None:
        self.region, self.layout, self.name = region, layout, name
        self.o = LlvmOps(layout, read_code, promote)
        self._line: int | None = None
        self._fp_checked = self._fpu_free = False

    def run(self) -> str:
        for block in self.region.blocks.values():
            self._block(block)
        return self._module()

    # ---- blocks -------------------------------------------------------------------------------------
    def _block(self, block: Block) -> None:
        o = self.o
        o.open_block(_label(block.key))
        self._line, self._fp_checked, self._fpu_free = None, False, False
        pc, pipe = block.key
        if not block.instructions:
            o.leave_to(o.stub(INTERPRET, pc, pipe, 0, 0, 0))
            return
        worst = block.worst_before_last
        now = o.emit("load i64, ptr %cycles")
        deadline = o.emit("load i64, ptr %deadline")
        start = o.emit(f"icmp ult i64 {o.emit(f'add i64 {now}, {worst}')}, {deadline}")
        body = o.label("body")
        o.do(f"br i1 {start}, label %{body}, label %{o.stub(NEAR, pc, pipe, 0, 0, 0)}")
        o.open_label(body)
        for placed in block.instructions:
            if self._instruction(placed):
                return
        assert block.falls_to is not None
        if block.interpret:
            o.leave_to(o.stub(INTERPRET, *block.falls_to, 0, o.cycles, o.count))
        else:
            self._go(block.falls_to, o.cycles)

    def _instruction(self, placed: Placed) -> bool:
        """Emit one instruction; True when control has left the block."""
        o, step = self.o, placed.step
        following = placed.address + step.size
        o.pc, o.next_pc, o.address = placed.address + 4, following, placed.address
        o.pipe, o.entry_it, o.in_it = placed.pipe, placed.itstate, placed.itstate != 0
        o.begin_instruction()
        if step.is_fp and not self._fp_checked:
            self._check_fp(placed)
        self._fetch(step.lines)
        after_it = advance_it(placed.itstate)
        if placed.itstate:
            return self._conditional(placed, following, after_it)
        self._charge_and_execute(placed)
        going = o.going
        if going is None:
            o.cycles += step.issue.after
            o.count += 1
            self._leave_if_asked(following, step.issue.next_pipe, o.itstate_started)
            return False
        self._leave_by(going, placed, following)
        return True

    def _charge_and_execute(self, placed: Placed) -> None:
        o, issue = self.o, placed.step.issue
        o.cycles += issue.before
        if issue.fpu_wait and (not self._fpu_free or issue.fpu_busy):
            self._wait_for_fpu(issue.fpu_busy)
        if issue.operands is not None:
            o.add_cycles(issue.operands.cycles(o))
        o.itstate_started = 0
        placed.step.execute(o)

    def _conditional(self, placed: Placed, following: int, after_it: int) -> bool:
        """An instruction under IT: its condition is that of the flags now."""
        o, issue = self.o, placed.step.issue
        truth = o.condition(placed.itstate >> 4)
        o.flush()
        known = o.known()
        run, join = o.label("then"), o.label("join")
        o.do(f"br i1 {truth}, label %{run}, label %{join}")
        before, fpu_free = o.cycles, self._fpu_free
        o.open_label(run)
        self._charge_and_execute(placed)
        if o.going is not None:
            o.count += 1
            self._leave_by(o.going, placed, following)
            o.count -= 1
            written: set[int] = set()
        else:
            written = o.dirty_slots()
            o.flush()
            o.cycles += issue.after
            o.count += 1
            self._leave_if_asked(following, issue.next_pipe, after_it)
            o.count -= 1
            o.add_cycles(o.cycles - before - issue.skipped)
            o.do(f"br label %{join}")
        o.cycles = before + issue.skipped
        o.open_label(join)
        o.meet(known, written)
        self._fpu_free = fpu_free and self._fpu_free
        o.count += 1
        if o.going is not None:
            self._go((following, issue.next_pipe), o.cycles)
            return True
        return False

    # ---- leaving ------------------------------------------------------------------------------------
    def _leave_if_asked(self, pc: int, pipe: int, itstate: int) -> None:
        o = self.o
        if not o.leaves:
            return
        asked = o.leaves[0]
        for word in o.leaves[1:]:
            asked = o.emit(f"or i32 {asked}, {word}")
        stay = o.label("stay")
        stub = o.stub(LEFT, pc, pipe, itstate, o.cycles, o.count)
        o.do(f"br i1 {o.emit(f'icmp eq i32 {asked}, 0')}, label %{stay}, label %{stub}")
        o.open_label(stay)
        o.leaves = []

    def _leave_by(self, going: Going, placed: Placed, following: int) -> None:
        o, issue = self.o, placed.step.issue
        straight = o.cycles + issue.after
        taken = straight + issue.taken
        if not placed.itstate:
            o.count += 1
        if going.kind == "direct":
            self._go((going.target, REFILL), taken)
        elif going.kind == "conditional":
            o.flush()
            away, on = o.label("taken"), o.label("straight")
            o.do(f"br i1 {going.truth}, label %{away}, label %{on}")
            o.open_label(away)
            self._go((going.target, REFILL), taken)
            o.open_label(on)
            self._go((following, issue.next_pipe), straight)
        elif going.kind == "indirect":
            o.leave_to(o.stub(CONTINUE, going.target, REFILL, 0, taken, o.count))
        else:
            self._exchange(going, taken)

    def _exchange(self, going: Going, taken: int) -> None:
        """Plain Thumb targets go on; exception returns and ARM state are the core's business."""
        o = self.o
        if isinstance(going.target, int):
            o.leave_to(o.stub(EXCHANGE, going.target, REFILL, 0, taken, o.count))
            return
        thumb = o.bit(going.target, 0)
        plain = o.both(thumb, o.ult(going.target, 0xF0000000))
        target = o.and_(going.target, 0xFFFFFFFE)
        on = o.stub(CONTINUE, target, REFILL, 0, taken, o.count)
        special = o.stub(EXCHANGE, going.target, REFILL, 0, taken, o.count)
        o.do(f"br i1 {plain}, label %{on}, label %{special}")

    def _go(self, key: Key, cycles: int) -> None:
        """To another block of this region, or out of it."""
        o = self.o
        if key in self.region.blocks:
            o.flush()
            o.add_cycles(cycles)
            o.count_instructions(o.count)
            o.do(f"br label %{_label(key)}")
        else:
            o.leave_to(o.stub(CONTINUE, key[0], key[1], 0, cycles, o.count))

    # ---- costs --------------------------------------------------------------------------------------
    def _fetch(self, lines: tuple[int, ...]) -> None:
        o, timing = self.o, self.layout.timing
        for line in lines:
            if line == self._line:
                continue
            tag = line + 1
            if timing.cache_sets:
                self._look_up_line(line, tag)
            elif self._line is None:
                held = o.emit("load i32, ptr %fetch_state")
                o.add_cycles(o.select(o.ne(held, tag), timing.fetch_wait, 0))
                o.do(f"store i32 {tag}, ptr %fetch_state")
            else:
                o.cycles += timing.fetch_wait
                o.do(f"store i32 {tag}, ptr %fetch_state")
            self._line = line

    def _look_up_line(self, line: int, tag: int) -> None:
        o, timing = self.o, self.layout.timing
        first = (line % timing.cache_sets) * timing.cache_ways
        way = o.emit(f"getelementptr i32, ptr %tags, i64 {first}")
        held = o.emit(f"load i32, ptr {way}")
        hit, miss = o.label("hit"), o.label("miss")
        o.do(f"br i1 {o.eq(held, tag)}, label %{hit}, label %{miss}")
        o.open_label(miss)
        arguments = f"ptr {way}, i32 {tag}, i32 {timing.cache_ways}, i32 {timing.fetch_wait}"
        o.add_cycles(o.emit(f"call i32 @fetch_line({arguments})"))
        o.do(f"br label %{hit}")
        o.open_label(hit)

    def _check_fp(self, placed: Placed) -> None:
        """Leave, with nothing done yet, when a floating-point instruction that will run needs preparing."""
        o = self.o
        missing = o.emit(f"icmp eq i32 {o.emit('load i32, ptr %fp_ready')}, 0")
        if placed.itstate:
            missing = o.both(missing, o.condition(placed.itstate >> 4))
        on = o.label("fp")
        stub = o.stub(INTERPRET, placed.address, placed.pipe, placed.itstate, o.cycles, o.count)
        o.do(f"br i1 {missing}, label %{stub}, label %{on}")
        o.open_label(on)
        self._fp_checked = not placed.itstate

    def _wait_for_fpu(self, busy: int) -> None:
        o = self.o
        now = o.emit(f"add i64 {o.emit('load i64, ptr %cycles')}, {o.cycles}")
        free = o.emit("load i64, ptr %fpu_free")
        start = o.emit(f"call i64 @llvm.umax.i64(i64 {now}, i64 {free})")
        o.do(f"store i64 {o.emit(f'sub i64 {start}, {o.cycles}')}, ptr %cycles")
        if busy:
            o.do(f"store i64 {o.emit(f'add i64 {start}, {busy}')}, ptr %fpu_free")
        self._fpu_free = not busy

    # ---- the function around them -----------------------------------------------------------------------
    def _module(self) -> str:
        o = self.o
        return "\n".join(
            [
                INTRINSICS,
                "declare i64 @llvm.umax.i64(i64, i64)",
                CACHE_LOOKUP if self.layout.timing.cache_sets else "",
                f"define i32 @{self.name}(ptr %state) {{",
                "entry:",
                *self._prologue(),
                f"  br label %{_label(self.region.entry)}",
                *o.lines,
                *o.stubs,
                "exit:",
                *self._epilogue(),
                "  %result = load i32, ptr %code",
                "  ret i32 %result",
                "}",
            ]
        )

    def _prologue(self) -> list[str]:
        o = self.o
        lines = ["  %code = alloca i32"]
        words = {"pc": st.R + 15, "pipe": st.PIPE, "it": st.ITSTATE, "fetch": st.FETCH}
        lines += [_word(f"%{name}_state", slot) for name, slot in words.items()]
        lines.append(_word("%fp_ready", st.FP_READY))
        lines.append(_word("%stack_limit", st.STACK_LIMIT))
        wides = {"deadline": st.DEADLINE, "fpu_free": st.FPU_FREE, "cycles_state": st.CYCLES}
        calls = {"call_load": st.CALL_LOAD, "call_store": st.CALL_STORE, "call_fp": st.CALL_FP}
        lines += [_wide(f"%{name}", slot) for name, slot in (wides | calls).items()]
        pointers = {f"%m{slot}": slot for slot in sorted(o.windows | {s + 1 for s in o.windows})}
        if self.layout.timing.cache_sets:
            pointers["%tags"] = st.TAGS
        for name, slot in pointers.items():
            lines += [_wide(f"%at_{name[1:]}", slot), f"  {name} = load ptr, ptr %at_{name[1:]}"]
        lines += [_wide("%count_state", st.INSTRUCTIONS)]
        if not o.promote:
            lines += ["  %cycles = getelementptr i8, ptr %cycles_state, i64 0"]
            lines += ["  %count = getelementptr i8, ptr %count_state, i64 0"]
            return lines + [_word(f"%s{slot}", slot) for slot in sorted(o.used)]
        for name in ("cycles", "count"):
            lines += [f"  %{name} = alloca i64", f"  %{name}_0 = load i64, ptr %{name}_state"]
            lines.append(f"  store i64 %{name}_0, ptr %{name}")
        for slot in sorted(o.used):
            lines += [_word(f"%p{slot}", slot), f"  %s{slot} = alloca i32"]
            lines += [f"  %i{slot} = load i32, ptr %p{slot}", f"  store i32 %i{slot}, ptr %s{slot}"]
        return lines

    def _epilogue(self) -> list[str]:
        o = self.o
        if not o.promote:
            return []
        lines = []
        for name in ("cycles", "count"):
            lines += [f"  %{name}_n = load i64, ptr %{name}", f"  store i64 %{name}_n, ptr %{name}_state"]
        for slot in sorted(o.used):
            lines += [f"  %o{slot} = load i32, ptr %s{slot}", f"  store i32 %o{slot}, ptr %p{slot}"]
        return lines


def _label(key: Key) -> str:
    return f"g{key[0]:x}_{key[1]}"


def _word(name: str, slot: int) -> str:
    return f"  {name} = getelementptr i32, ptr %state, i64 {slot}"


def _wide(name: str, slot: int) -> str:
    return f"  {name} = getelementptr i64, ptr %state, i64 {slot}"
