"""Loads and stores of compiled code: the guest's memories in line, everything else by a call.

A quick region tries all memories in line. A promoted one tries the first, and leaves the others to a function
of the module, so that the common path is short. Where a recording told which memory an instruction accesses,
it checks that and nothing else: one check for all accesses of a block from the same base (access_plan).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coincell.cpu import state as st
from coincell.cpu.compiled.layout import Layout, MemoryWindow
from coincell.cpu.llvm.access_plan import Check, Planned, Root
from coincell.cpu.llvm.slots import COUNT_BITS, Slots
from coincell.cpu.llvm.values import Value

_ALIGN_SHIFT = {1: 0, 2: 1, 4: 2}
MARK_SHIFT = 7
"""log2 of the granules that are marked when they hold code (cpu.bus)."""
LIKELY, UNLIKELY = "!prof !0", "!prof !1"
"""On a branch whose first target is taken nearly always, or nearly never."""


class Memory(Slots):
    """`load`, `store`, `load_words` and `store_words` of `isa.ops`."""

    def __init__(self, layout: Layout, read_code: Callable[[int, int], int], promote: bool) -> None:
        super().__init__(promote)
        self.layout, self.read_code = layout, read_code
        self.roots: Mapping[int, Root] = {}
        """What is accessed from each base of the present block (see cpu.llvm.access_plan)."""
        self.planned: list[Planned | None] = []
        """The accesses that the present instruction has still to make, as planned."""
        self.checked_roots: dict[int, str] = {}
        """Roots that were found inside their memory: the offset of their lowest access, as a wide."""
        self.address = 0
        """Of the present instruction."""
        self.leaves: list[Value] = []
        """Values that are non-zero when the present instruction must be the last."""
        self.windows: set[int] = set()

    def undone(self) -> str:
        """Label of a side exit that leaves with the present instruction undone."""
        raise NotImplementedError

    def strayed(self) -> str:
        """Label of a side exit before the present instruction: it accesses another memory than expected."""
        raise NotImplementedError

    def open_accesses(self, roots: Mapping[int, Root]) -> None:
        """A guest block begins whose accesses have these roots."""
        self.roots, self.checked_roots = roots, {}

    def check_root(self, check: Check) -> None:
        """Leave before the present instruction unless all accesses from a root are where expected."""
        here = self.label("sure")
        self.do(f"br i1 {self.root_is_inside(check)}, label %{here}, label %{self.strayed()}, {LIKELY}")
        self.open_label(here)
        self.trust_root(check)

    def root_is_inside(self, check: Check) -> str:
        """The truth that all accesses from a root are where expected."""
        root = self.roots[check.root]
        limit = max(root.window.size - (root.high - root.low) + 1, 0)
        where = self._start(check)
        if root.align > 1 and not self.is_aligned(where):
            shift = _ALIGN_SHIFT[root.align]
            where, limit = self.ror(where, shift), limit + root.align - 1 >> shift
        return self.emit(f"icmp ult i32 {where}, {limit}")

    def trust_root(self, check: Check) -> None:
        """From here on, accesses from a root are known to be where expected."""
        self.windows.add(self.roots[check.root].window.slot)
        self.checked_roots[check.root] = self.emit(f"zext i32 {self._start(check)} to i64")

    def _start(self, check: Check) -> Value:
        """The offset, in its memory, of the lowest access from a root."""
        root = self.roots[check.root]
        return self.add(
            self.read(st.R + check.register), root.low - check.offset - root.window.base & 0xFFFFFFFF
        )

    # ---- planned: one check for all accesses from a root ----------------------------------------------
    def _next_planned(self) -> tuple[MemoryWindow, str] | None:
        """The memory of the access now to be made, and where in it; None when it has no plan."""
        plan = self.planned.pop(0) if self.planned else None
        if plan is None:
            return None
        root = self.roots[plan.root]
        more = plan.offset - root.low
        at = self.checked_roots[plan.root]
        return root.window, self.emit(f"add nuw nsw i64 {at}, {more}") if more else at

    # ---- loads ----------------------------------------------------------------------------------------
    def load(self, address: Value, size: int, aligned: bool = False) -> Value:
        if isinstance(address, int):
            folded = self._folded(address, size)
            if folded is not None:
                return folded
        return self._load([address], size, aligned)[0]

    def load_words(self, address: Value, n: int) -> list[Value]:
        addresses = [self.add(address, 4 * i) for i in range(n)]
        return self._load(addresses, 4, True)

    def _load(self, addresses: list[Value], size: int, aligned: bool) -> list[Value]:
        planned = self._next_planned()
        if planned is not None:
            if not planned[0].writable:
                self.cycles += self.layout.timing.data_wait * len(addresses)
            return self._read(*planned, size, len(addresses))
        done = self.label("got")
        arrivals: list[tuple[str, list[Value]]] = []
        for window in self._inline(lambda window: True):
            at, other = self._enter(window, addresses[0], size, len(addresses))
            values = self._read(window, at, size, len(addresses))
            if not window.writable:
                self.add_cycles(self.layout.timing.data_wait * len(addresses))
            arrivals.append((self._close(done), values))
            self.open_label(other)
        asked: Value = 0
        answers = []
        for address in addresses:
            answer, leave = self._outside("load", address, size | aligned << 3, 0)
            answers.append(answer)
            asked = self.or_(leave, asked)
        arrivals.append((self._close(done), answers))
        self.open_label(done)
        self._merge_leave([block for block, _ in arrivals], asked)
        return [
            self.phi("i32", [(block, values[i]) for block, values in arrivals]) for i in range(len(addresses))
        ]

    def _read(self, window: MemoryWindow, at: str, size: int, n: int) -> list[Value]:
        """`n` values from a memory, at the offset `at`."""
        values = []
        for i in range(n):
            value = self.emit(f"load i{size * 8}, ptr {self._pointer(window, at, size * i)}, align 1")
            values.append(self.emit(f"zext i{size * 8} {value} to i32") if size < 4 else value)
        return values

    def _write(self, window: MemoryWindow, at: str, size: int, values: list[Value]) -> None:
        for i, value in enumerate(values):
            pointer = self._pointer(window, at, size * i)
            self.do(f"store i{size * 8} {self._narrow(value, size)}, ptr {pointer}, align 1")

    def _pointer(self, window: MemoryWindow, at: str, more: int) -> str:
        here = self.emit(f"add nuw nsw i64 {at}, {more}") if more else at
        return self.emit(f"getelementptr i8, ptr %m{window.slot}, i64 {here}")

    def _folded(self, address: int, size: int) -> Value:
        """The contents of code memory at a constant address (a literal): they count as code."""
        if not self.layout.is_literal(address, size):
            return None
        self.cycles += self.layout.timing.data_wait
        return self.read_code(address, size)

    # ---- stores ---------------------------------------------------------------------------------------
    def store(self, address: Value, value: Value, size: int, aligned: bool = False) -> None:
        self._store([address], [value], size, aligned)

    def store_words(self, address: Value, values: list[Value]) -> None:
        self._store([self.add(address, 4 * i) for i in range(len(values))], values, 4, True)

    def _store(self, addresses: list[Value], values: list[Value], size: int, aligned: bool) -> None:
        n = len(addresses)
        planned = self._next_planned()
        if planned is not None:
            self._write(*planned, size, values)
            return
        done = self.label("put")
        arrivals = []
        for window in self._inline(lambda window: window.writable):
            at, other = self._enter(window, addresses[0], size, n)
            if self.layout.code_in_ram:
                self._check_marks(window, at, size * n, other)
            self._write(window, at, size, values)
            arrivals.append(self._close(done))
            self.open_label(other)
        asked: Value = 0
        for address, value in zip(addresses, values, strict=True):
            asked = self.or_(self._outside("store", address, size | aligned << 3, value)[1], asked)
        arrivals.append(self._close(done))
        self.open_label(done)
        self._merge_leave(arrivals, asked)

    def _check_marks(self, window: MemoryWindow, at: str, size: int, other: str) -> None:
        """A granule that holds translated code needs more than the store."""
        for last in (0, size - 1) if size > 4 else (0,):
            place = self.emit(f"add i64 {at}, {last}") if last else at
            granule = self.emit(f"lshr i64 {place}, {MARK_SHIFT}")
            mark = self.emit(f"getelementptr i8, ptr %m{window.slot + 1}, i64 {granule}")
            plain = self.emit(f"icmp eq i8 {self.emit(f'load i8, ptr {mark}')}, 0")
            inside = self.label("plain")
            self.do(f"br i1 {plain}, label %{inside}, label %{other}, {LIKELY}")
            self.open_label(inside)

    def _narrow(self, value: Value, size: int) -> Value:
        if size == 4:
            return value
        if isinstance(value, int):
            return value & ((1 << size * 8) - 1)
        return self.emit(f"trunc i32 {value} to i{size * 8}")

    # ---- which memory ---------------------------------------------------------------------------------
    def _inline(self, wanted: Callable[[MemoryWindow], bool]) -> list[MemoryWindow]:
        """The memories to try in line, in order."""
        windows = [window for window in self.layout.windows if wanted(window)]
        return windows[:1] if self.promote else windows

    def _enter(self, window: MemoryWindow, address: Value, size: int, n: int) -> tuple[str, str]:
        """Branch on "aligned and all inside"; the offset as a wide, and the label of the other way.

        Rotating the offset brings misalignment to the top, where it is too large.
        """
        self.windows.add(window.slot)
        shift = _ALIGN_SHIFT[size]
        offset = self.sub(address, window.base)
        limit = max(window.size - size * (n - 1), 0)
        if not shift or (self.is_aligned(address) and not window.base & 3):
            inside = self.emit(f"icmp ult i32 {offset}, {limit}")
        else:
            inside = self.emit(f"icmp ult i32 {self.ror(offset, shift)}, {limit >> shift}")
        here, other = self.label("in"), self.label("not")
        self.do(f"br i1 {inside}, label %{here}, label %{other}, {LIKELY}")
        self.open_label(here)
        return self.emit(f"zext i32 {offset} to i64"), other

    # ---- elsewhere ------------------------------------------------------------------------------------
    def _outside(self, kind: str, address: Value, flags: int, value: Value) -> tuple[str, str]:
        """(value, non-zero when asked to leave) of an access at its exact cycle; a fault leaves."""
        now = self.now()
        if self.promote and flags:
            operands = f"i32 {address}, i32 {flags}, i32 {value}, i64 {now}, i32 {self.address}"
            answer = self.emit(f"call preserve_mostcc i64 @outlined_{kind}(ptr %state, {operands})")
        else:
            self.do(f"store i64 {now}, ptr %cycles_state")
            self.do(f"store i32 {self.address}, ptr %pc_state")
            function = self.emit(f"load ptr, ptr %call_{kind}")
            operands = f"i32 {address}, i32 {flags}" + (f", i32 {value}" if kind == "store" else "")
            answer = self.emit(f"call i64 {function}(ptr %state, {operands})")
        waited = self.emit(f"sub i64 {self.emit('load i64, ptr %cycles_state')}, {now}")
        self.advance(self.emit(f"shl i64 {waited}, {COUNT_BITS}"))
        exit_word = self.emit(f"trunc i64 {self.emit(f'lshr i64 {answer}, 32')} to i32")
        fine = self.label("fine")
        faulted = self.emit(f"icmp ult i32 {exit_word}, 2")
        self.do(f"br i1 {faulted}, label %{fine}, label %{self.undone()}, {LIKELY}")
        self.open_label(fine)
        return (self.emit(f"trunc i64 {answer} to i32") if kind == "load" else "0"), exit_word

    def check_stack(self, address: Value) -> None:
        if not self.layout.has_stack_limits:
            return
        below = self.emit(f"icmp ult i32 {address}, {self.emit('load i32, ptr %stack_limit')}")
        ask, fine = self.label("overflow"), self.label("above")
        self.do(f"br i1 {below}, label %{ask}, label %{fine}, {UNLIKELY}")
        self.open_label(ask)
        self._outside("load", address, 0, 0)  # of no bytes: the stack is checked, with the present priority
        if self.layout.limits_ignored:
            self._close(fine)
        else:
            self.do(f"br label %{self.undone()}")  # it faulted: nothing comes back here
        self.open_label(fine)

    def _merge_leave(self, blocks: list[str], asked: Value) -> None:
        """A value that is non-zero when the slow path, the last arrival, was asked to leave."""
        self.leaves.append(self.phi("i32", [(block, 0) for block in blocks[:-1]] + [(blocks[-1], asked)]))
