"""Random programs that stay where they should: loops end, calls return, addresses lie in a window.

Most instructions are drawn from everything that is declared, with any fields. A few registers are pinned:
pointers into the window, a small index and loop counters change only as the frame of the program wants.
"""

from __future__ import annotations

from assembler import Assembler, Item
from program_parts import CODE_IN_RAM, HARD_FAULT, PROCESS_STACK, STACK, Pins, Program, halfwords
from program_pieces import Pieces
from unicorn_twin import CORNERS


class Generator(Pieces):
    """Makes programs for a core with these features."""

    # ---- the whole -------------------------------------------------------------------------------------
    def program(self, handlers: tuple[int, ...] = ()) -> Program:
        """main, which runs for ever, its functions, and handlers of exceptions."""
        rng, self.asm = self.rng, Assembler()
        low = rng.sample(range(8), 5)
        high = rng.sample(range(8, 12), 2) if self.v7m and rng.randrange(2) else [low[3], low[4]]
        self.pins = Pins(low[0], low[1], low[2], tuple(high))
        if self.device:
            free = [n for n in range(8) if n not in self.pins.all()]
            self.pins.device = rng.choice(free)
        self._theme = rng.choices(self._names, k=4)
        self._functions: list[tuple[str, bool]] = []
        asm, main = self.asm, self.asm.label("main")
        asm.put(main)
        self._stacks()
        self._anchor_all()
        self._body(depth=0, sp=True)
        if self.v7m:
            asm.bl(main, link=rng.randrange(3) == 0)
        else:
            asm.bl(main)
        while self._functions:
            self._function(*self._functions.pop())
        entries = {n: self._recovery() if n == HARD_FAULT else self._handler(n) for n in handlers}
        return self._finish(main, entries)

    def recovery(self, at: int) -> bytes:
        """A fault handler to stand at `at`, for code at `base` that skips what faults."""
        self.asm = Assembler()
        self._recovery()
        return b"".join(halfwords(opcode, item.size) for _, item, opcode in self.asm.assemble(at))

    def _finish(self, main: str, entries: dict[int, str]) -> Program:
        placed = self.asm.assemble(self.base)
        code = b"".join(halfwords(opcode, item.size) for _, item, opcode in placed)
        lines = [(at, opcode, item.name) for at, item, opcode in placed if not item.is_data]
        where = self.asm.labels
        return Program(self.base, code, where[main], {n: where[label] for n, label in entries.items()}, lines)

    def _function(self, label: str, leaf: bool) -> None:
        """Called with BL; saves what it must to come back."""
        asm, rng = self.asm, self.rng
        asm.put(label)
        saved = rng.getrandbits(8) & rng.getrandbits(8) & ~sum(1 << n for n in self.pins.all() if n < 8)
        if leaf:
            self._straight(rng.randrange(1, 5), sp=False, lr=False)
            asm.emit(0x4770, name="bx lr")
            return
        asm.emit(0xB500 | saved, name="push {.., lr}")
        self._straight(rng.randrange(1, 5), sp=False)
        if rng.randrange(2):
            self._skip(depth=3, sp=False)
        asm.emit(0xBD00 | saved, name="pop {.., pc}")

    def _handler(self, number: int) -> str:
        """Sets up pointers of its own, and may change any register that is not pinned."""
        asm, rng = self.asm, self.rng
        label = asm.label(f"handler{number}_")
        asm.put(label)
        saved = sum(1 << n for n in self.pins.all() if n < 8)
        asm.emit(0xB500 | saved, name="push {pins, lr}")
        self._anchor_all()
        self._straight(rng.randrange(1, 6), sp=False)
        if rng.randrange(2):
            self._skip(depth=3, sp=False)
        asm.emit(0xBD00 | saved, name="pop {pins, pc}")
        return label

    def _recovery(self) -> str:
        """HardFault: the faulting instruction is skipped; after a jump out of the code all starts anew."""
        asm = self.asm
        label, framed, restart, narrow = map(asm.label, ("recovery", "framed", "restart", "narrow"))
        asm.put(label)
        asm.emit(0xF3EF8009, 4, "mrs r0, psp")
        asm.emit(0x4671, name="mov r1, lr")
        asm.emit(0x0749, name="lsls r1, #29")
        asm.b_if(4, framed)
        asm.emit(0xF3EF8008, 4, "mrs r0, msp")
        asm.put(framed)
        asm.emit(0x69C2, name="ldr r2, [r0, #28]")
        self._constant(3, 1 << 24)
        asm.emit(0x431A, name="orrs r2, r3")
        asm.emit(0x61C2, name="str r2, [r0, #28]")
        asm.emit(0x6981, name="ldr r1, [r0, #24]")
        for limit, outside in ((self.base, 3), (self.base + 0x1000, 2)):
            self._constant(2, limit)
            asm.emit(0x4291, name="cmp r1, r2")
            asm.b_if(outside, restart)
        asm.emit(0x880A, name="ldrh r2, [r1]")
        asm.emit(0x0AD2, name="lsrs r2, #11")
        asm.emit(0x3102, name="adds r1, #2")
        asm.emit(0x2A1D, name="cmp r2, #0x1d")
        asm.b_if(3, narrow)
        asm.emit(0x3102, name="adds r1, #2")
        asm.put(narrow)
        asm.emit(0x6181, name="str r1, [r0, #24]")
        asm.emit(0x4770, name="bx lr")
        asm.put(restart)
        self._constant(1, self.base)
        asm.emit(0x6181, name="str r1, [r0, #24]")
        self._constant(1, 1 << 24)
        asm.emit(0x61C1, name="str r1, [r0, #28]")
        asm.emit(0x4770, name="bx lr")
        return label

    def _stacks(self) -> None:
        """Stack pointers drift in a round of the program; here they are put back."""
        asm, free = self.asm, self.pins.aligned  # pinned: no handler changes it half way
        self._constant(free, STACK)
        if not self.device:
            asm.emit(0x4685 | free << 3, name=f"mov sp, r{free}")
            return
        asm.emit(0xF3808808 | free << 16, 4, f"msr msp, r{free}")
        self._constant(free, PROCESS_STACK)
        asm.emit(0xF3808809 | free << 16, 4, f"msr psp, r{free}")

    # ---- control ---------------------------------------------------------------------------------------
    def _body(self, depth: int, sp: bool) -> None:
        """A few pieces of any kind; fewer the deeper."""
        rng = self.rng
        pieces = [self._plain, self._plain, self._skip, self._skip, self._loop, self._call, self._renew]
        if self.v7m:
            pieces += [self._it_block, self._it_block, self._it_block, self._table]
        if self.fp:
            pieces += [self._fp_setup, self._busy_fpu]
        if self.special:
            pieces += [self._special]
            pieces += [self._sticky] if "dsp" in self.features else []
        pieces += [self._base_loaded]
        if self.base == CODE_IN_RAM:
            pieces += [self._patch] * 2
        if self.device:
            pieces += [self._device_access] * 2 + [self._system] * 4
            pieces += [self._alarm_in_it] if self.v7m else []
        for _ in range(int(rng.randrange(3, 6) * self.density) if depth == 0 else rng.randrange(1, 4)):
            rng.choice(pieces)(depth, sp)

    def _renew(self, depth: int, sp: bool) -> None:
        """Fresh pointers, fresh corner cases in registers."""
        rng = self.rng
        kind = rng.randrange(3)
        if kind == 0:
            self._anchor_all()
        elif kind == 1 and sp and not self.device:  # back to the middle of the stack
            free = self._free_low()
            self._constant(free, STACK - 0x400 - 4 * rng.randrange(64))
            self.asm.emit(0x4685 | free << 3, name=f"mov sp, r{free}")
        else:
            self._constant(self._free_low(), rng.choice(CORNERS))

    def _condition(self) -> int:
        return self.rng.randrange(14)

    def _skip(self, depth: int, sp: bool) -> None:
        """A forward branch, taken or not."""
        asm, rng = self.asm, self.rng
        over = asm.label("over")
        kind = rng.randrange(4 if self.v7m else 1)
        if kind == 1:
            asm.cbz(rng.randrange(8), over, bool(rng.randrange(2)))
        elif kind == 2:
            asm.b_if_wide(self._condition(), over)
        elif kind == 3 and rng.randrange(3) == 0:
            asm.bl(over, link=False)
        else:
            asm.b_if(self._condition(), over)
        self._straight(rng.randrange(1, 5), sp)
        asm.put(over)

    def _loop(self, depth: int, sp: bool) -> None:
        """Counted down in a pinned register."""
        if depth >= 2:
            return
        asm, rng = self.asm, self.rng
        counter, back = self.pins.counters[depth], asm.label("back")
        if counter < 8:
            asm.movs(counter, rng.randrange(1, 9))
        else:
            asm.movw_movt(counter, rng.randrange(1, 9))
        asm.put(back)
        if rng.randrange(2):
            self._anchor_all()
        self._body(depth + 1, sp=False)
        if counter < 8:
            asm.subs(counter, 1)
        else:
            asm.emit(0xF1B00001 | counter << 16 | counter << 8, 4, f"subs r{counter}, #1")
        if self.v7m:
            asm.b_if_wide(1, back)
        else:
            done = asm.label("done")
            asm.b_if(0, done)
            asm.b(back)
            asm.put(done)

    def _call(self, depth: int, sp: bool) -> None:
        asm, rng = self.asm, self.rng
        function = asm.label("function")
        self._functions.append((function, bool(rng.randrange(2))))
        if self.v7m and rng.randrange(3) == 0:
            free = self._free_low()
            asm.movw_movt(free, function)
            asm.emit(0x4780 | free << 3, name=f"blx r{free}")
        else:
            asm.bl(function)

    def _table(self, depth: int, sp: bool) -> None:
        """TBB or TBH over four cases."""
        asm, rng, free = self.asm, self.rng, self._free_low()
        wide, ends = rng.randrange(2), [asm.label("case") for _ in range(4)]
        asm.emit(0xF0000003 | rng.randrange(8) << 16 | free << 8, 4, f"and r{free}, #3")
        here = asm.label("table")
        asm.emit(0xE8DFF000 | wide << 4 | free, 4, f"tb{'bh'[wide]} [pc, r{free}]")
        asm.put(here)
        for n in range(0, 4, 2 - wide):

            def make(at: int, where: dict[str, int], n: int = n) -> int:
                steps = [(where[ends[m]] - where[here]) // 2 for m in (n, n + 1 - wide)]
                return steps[0] if wide else steps[0] | steps[1] << 8

            asm.items.append(Item(2, make, "table", True))
        for end in rng.sample(ends, 4):
            asm.put(end)
            self._straight(rng.randrange(0, 3), sp)
