"""A region of guest code becomes the text of one LLVM function.

    i32 @NAME(ptr state)

It returns one of the codes of `ops`, with r15, the pipeline state and ITSTATE written. Objects hold no
host addresses: everything is reached through the state. `function_text` puts beginning and end around it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coincell.cpu.compiled.layout import Layout, MemoryWindow
from coincell.cpu.compiled.region import Block, Key, Placed, Region
from coincell.cpu.it_blocks import advance_it
from coincell.cpu.llvm.access_plan import Accesses, AccessPlan, plan_accesses
from coincell.cpu.llvm.function_text import label_of, module_text
from coincell.cpu.llvm.memory import LIKELY, UNLIKELY
from coincell.cpu.llvm.observed import Watch
from coincell.cpu.llvm.ops import CONTINUE, EXCHANGE, INTERPRET, LEFT, NEAR, Going, LlvmOps
from coincell.cpu.llvm.slots import COUNT_BITS
from coincell.cpu.llvm.values import Value
from coincell.timing.footprint import footprint
from coincell.timing.pipeline import REFILL

NOTHING_KNOWN: Mapping[int, MemoryWindow] = {}


def translate(
    region: Region,
    layout: Layout,
    name: str,
    read_code: Callable[[int, int], int],
    promote: bool,
    likely: Mapping[int, MemoryWindow] = NOTHING_KNOWN,
) -> str:
    """The module text of a region. `promote`: registers live in machine registers.

    `likely` tells which memory the instruction at an address usually accesses.
    """
    return _Translator(region, layout, name, read_code, promote, likely).run()


def _again(key: Key) -> str:
    """The label of a block's second copy."""
    return f"{label_of(key)}_again"


class _Translator:
    def __init__(
        self,
        region: Region,
        layout: Layout,
        name: str,
        read_code: Callable[[int, int], int],
        promote: bool,
        likely: Mapping[int, MemoryWindow],
    ) -> None:
        self.region, self.layout, self.name, self.likely = region, layout, name, likely
        self.o = LlvmOps(layout, read_code, promote)
        self.watch = Watch(self.o, layout.observed)
        self._plans: dict[Key, AccessPlan] = {}
        self._line: int | None = None
        self._own: Key | None = None
        """The block being written, when all of its lines are in the cache after one round of it."""
        self._goes_again = False
        """Whether it goes back to itself: to a second copy, which looks no lines up."""
        self._lines_held = False
        """Whether that copy is being written."""
        self._fp_checked = self._fpu_free = False

    def run(self) -> str:
        for block in self.region.blocks.values():
            self._own = block.key if self._keeps_its_lines(block) else None
            self._goes_again = False
            self._block(block)
            if self._goes_again:
                self._block_again(block)
        return module_text(self.o, self.region, self.name, self.watch)

    # ---- blocks -------------------------------------------------------------------------------------
    def _block(self, block: Block) -> None:
        o, key = self.o, block.key
        o.open_block(label_of(key))
        if not block.instructions:
            o.leave_to(o.stub(INTERPRET, *key, 0, 0, 0))
            return
        plan = self._plan(key)
        o.open_accesses(plan.roots)
        if key in self.region.hands_over:
            self._hand_over(key, self.region.hands_over[key])
        if key in self.region.checks:
            self._check(key, plan)
        self._body(block, plan)

    def _keeps_its_lines(self, block: Block) -> bool:
        """Whether one round of a block leaves all its lines in the cache, each the most recent of its set."""
        sets = self.layout.timing.cache_sets
        if not (sets and self.o.promote and block.key in self.region.loops):
            return False
        lines = {line for placed in block.instructions for line in placed.step.lines}
        alone = len({line % sets for line in lines}) == len(lines)
        # A register that is read or written may be the cache's own.
        return alone and all(self._stays_in_memory(placed) for placed in block.instructions)

    def _stays_in_memory(self, placed: Placed) -> bool:
        if not footprint(placed.step.instruction).memory:
            return True
        return placed.address in self.likely and not placed.itstate

    def _block_again(self, block: Block) -> None:
        """The second copy, for all rounds but the first. Whoever comes here has made the block's check."""
        plan = self._plan(block.key)
        self.o.open_block(_again(block.key))
        self.o.open_accesses(plan.roots)
        self._lines_held = True
        self._body(block, plan)
        self._lines_held = False

    def _body(self, block: Block, plan: AccessPlan) -> None:
        o = self.o
        self._line, self._fp_checked, self._fpu_free = None, False, False
        for check in plan.first:
            o.trust_root(check)
        for placed, accesses in zip(block.instructions, plan.instructions, strict=True):
            if self._instruction(placed, accesses):
                return
        assert block.falls_to is not None
        if block.interpret:
            o.leave_to(o.stub(INTERPRET, *block.falls_to, 0, o.cycles, o.count))
        else:
            self._go(block.falls_to, o.cycles)

    def _plan(self, key: Key) -> AccessPlan:
        found = self._plans.get(key)
        if found is None:
            block = self.region.blocks[key]
            found = plan_accesses(block, self.layout, self.likely, key in self.region.checks)
            self._plans[key] = found
        return found

    def _check(self, key: Key, plan: AccessPlan) -> None:
        o = self.o
        self._leave_unless_sure(key, plan)
        if key in self.region.loops:
            o.do(f"br label %{label_of(key)}_body")
            o.open_block(f"{label_of(key)}_body")

    def _hand_over(self, key: Key, worst: int) -> None:
        """Leave when the better code that begins here may run."""
        o = self.o
        now = o.emit("load i64, ptr %acc")
        far = o.emit(f"icmp slt i64 {o.emit(f'add i64 {now}, {worst << COUNT_BITS}')}, %limit")
        on = o.label("near")
        o.do(f"br i1 {far}, label %{o.stub(CONTINUE, *key, 0, 0, 0)}, label %{on}")
        o.open_label(on)

    def _leave_unless_sure(self, key: Key, plan: AccessPlan) -> None:
        """Go on only when every instruction up to the next check is sure to begin before the deadline, and
        accesses go where they are expected."""
        o = self.o
        worst = self.region.checks[key]
        now = o.emit("load i64, ptr %acc")
        fine = o.emit(f"icmp slt i64 {o.emit(f'add i64 {now}, {worst << COUNT_BITS}')}, %limit")
        for check in plan.first:
            fine = o.both(o.root_is_inside(check), fine)
        stub = o.unsure(*key, worst) if plan.first else o.stub(NEAR, *key, 0, 0, 0)
        body = o.label("sure")
        o.do(f"br i1 {fine}, label %{body}, label %{stub}, {LIKELY}")
        o.open_label(body)

    def _check_again(self, key: Key) -> None:
        """The check of a loop's beginning, where a branch goes back to it: what only a side exit there needs
        is then not carried around the loop."""
        o = self.o
        plan, roots, checked = self._plan(key), o.roots, o.checked_roots
        o.open_accesses(plan.roots)
        self._leave_unless_sure(key, plan)
        o.roots, o.checked_roots = roots, checked

    def _instruction(self, placed: Placed, accesses: Accesses) -> bool:
        """Emit one instruction; True when control has left the block."""
        o, step = self.o, placed.step
        following = placed.address + step.size
        o.pc, o.next_pc, o.address = placed.address + 4, following, placed.address
        o.pipe, o.entry_it, o.in_it = placed.pipe, placed.itstate, placed.itstate != 0
        for check in accesses.checks:
            o.check_root(check)
        o.planned = list(accesses.planned)
        o.begin_instruction()
        self.watch.begin()
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
            self.watch.straight(placed, o.cycles)
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
        skip = o.label("skip") if self.watch.observed else join
        o.do(f"br i1 {truth}, label %{run}, label %{skip}")
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
            self.watch.straight(placed, o.cycles)
            self._leave_if_asked(following, issue.next_pipe, after_it)
            o.count -= 1
            o.settle(o.cycles - before - issue.skipped, 0)
            o.do(f"br label %{join}")
        o.cycles = before + issue.skipped
        if skip != join:
            o.open_label(skip)
            self.watch.skipped(placed, o.cycles)
            o.do(f"br label %{join}")
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
        stay = o.label("stay")
        asked = self._asked()
        stub = o.stub(LEFT, pc, pipe, itstate, o.cycles, o.count)
        o.do(f"br i1 {o.eq(asked, 0)}, label %{stay}, label %{stub}, {LIKELY}")
        o.open_label(stay)
        o.leaves = []

    def _asked(self) -> Value:
        """Non-zero when an access of the present instruction asked to leave."""
        asked, *others = self.o.leaves
        for word in others:
            asked = self.o.or_(asked, word)
        return asked

    def _leave_by(self, going: Going, placed: Placed, following: int) -> None:
        o, issue = self.o, placed.step.issue
        straight = o.cycles + issue.after
        taken = straight + issue.taken
        if not placed.itstate:
            o.count += 1
        if going.kind == "direct":
            self._away(placed, going.target, taken)
            self._go((going.target, REFILL), taken)
        elif going.kind == "conditional":
            o.flush()
            known = o.known()
            away, on = o.label("taken"), o.label("straight")
            o.do(f"br i1 {going.truth}, label %{away}, label %{on}")
            o.open_label(away)
            self._away(placed, going.target, taken)
            self._go((going.target, REFILL), taken)
            o.open_label(on)
            o.meet(known, set())  # nothing that only the other way has read
            self.watch.straight(placed, straight)
            self._go((following, issue.next_pipe), straight)
        elif going.kind == "indirect":
            self._away(placed, going.target, taken)
            self._return_or_leave(going.target, taken)
        else:
            self._exchange(going, placed, taken)

    def _away(self, placed: Placed, target: Value, taken: int) -> None:
        self.watch.away(placed, taken)
        self.watch.arrive(placed, target, taken)

    def _exchange(self, going: Going, placed: Placed, taken: int) -> None:
        """Plain Thumb targets go on; exception returns and ARM state are the core's business."""
        o = self.o
        self.watch.away(placed, taken)
        if isinstance(going.target, int):
            o.leave_to(o.stub(EXCHANGE, going.target, REFILL, 0, taken, o.count))
            return
        thumb = o.bit(going.target, 0)
        plain = o.both(thumb, o.ult(going.target, 0xF0000000))
        target = o.and_(going.target, 0xFFFFFFFE)
        on = o.label("thumb")
        special = o.stub(EXCHANGE, going.target, REFILL, 0, taken, o.count)
        o.do(f"br i1 {plain}, label %{on}, label %{special}, {LIKELY}")
        o.open_label(on)
        self.watch.arrive(placed, target, taken)
        self._return_or_leave(target, taken)

    def _return_or_leave(self, target: Value, taken: int) -> None:
        """To where a call of this region goes on, if it is that; else out."""
        o = self.o
        o.flush()
        o.settle(taken, o.count)
        away = o.stub(CONTINUE, target, REFILL, 0, 0, 0)
        places = [f"i32 {address}, label %{label_of((address, REFILL))}" for address in self.region.returns]
        if not places:
            o.leave_to(away)
            return
        if o.leaves:
            inside = o.label("inside")
            o.do(f"br i1 {o.eq(self._asked(), 0)}, label %{inside}, label %{away}, {LIKELY}")
            o.open_label(inside)
        o.do(f"switch i32 {target}, label %{away} [ {' '.join(places)} ]")

    def _go(self, key: Key, cycles: int) -> None:
        """To another block of this region, or out of it."""
        o = self.o
        if key not in self.region.blocks:
            o.leave_to(o.stub(CONTINUE, key[0], key[1], 0, cycles, o.count))
            return
        o.settle(cycles, o.count)
        label = label_of(key)
        if key in self.region.loops:
            self._check_again(key)
            self._goes_again |= key == self._own
            label = _again(key) if key == self._own else f"{label}_body"
        o.flush()
        o.do(f"br label %{label}")

    # ---- costs --------------------------------------------------------------------------------------
    def _fetch(self, lines: tuple[int, ...]) -> None:
        o, timing = self.o, self.layout.timing
        for line in lines:
            if line == self._line or self._lines_held:
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
        o.do(f"br i1 {o.eq(held, tag)}, label %{hit}, label %{miss}, {LIKELY}")
        o.open_label(miss)
        arguments = f"ptr {way}, i32 {tag}, i32 {timing.cache_ways}, i32 {timing.fetch_wait}"
        o.add_cycles(o.emit(f"call preserve_mostcc i32 @fetch_line({arguments})"))
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
        o.do(f"br i1 {missing}, label %{stub}, label %{on}, {UNLIKELY}")
        o.open_label(on)
        self._fp_checked = not placed.itstate

    def _wait_for_fpu(self, busy: int) -> None:
        """`%fpu` is when the divider is free, on the scale of `acc`, with no instructions counted."""
        o = self.o
        self.o.waits_for_fpu = True
        now = o.emit(f"add i64 {o.emit('load i64, ptr %acc')}, {o.cycles << COUNT_BITS}")
        whole = o.emit(f"and i64 {now}, {-1 << COUNT_BITS}")
        free = o.emit("load i64, ptr %fpu")
        start = o.emit(f"call i64 @llvm.smax.i64(i64 {whole}, i64 {free})")
        o.advance(o.emit(f"sub i64 {start}, {whole}"))
        if busy:
            o.do(f"store i64 {o.emit(f'add i64 {start}, {busy << COUNT_BITS}')}, ptr %fpu")
        self._fpu_free = not busy
