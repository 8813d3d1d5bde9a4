"""Where compiled code keeps the guest's registers, flags and time, as IR text.

Guest registers live in slots. Within a block their present values are SSA names in `_known`; `flush` writes
the changed ones back. Slots are either the core's state itself (quick to compile) or stack slots that
LLVM promotes to machine registers across the whole region (`promote`).

Promoted flags are not computed where they are set but where they are read: between blocks they are kept as
the words that they come from (`FLAG_WORDS`), which costs nothing while those words live anyway.

Time is one number, `acc`: cycles since the region was entered, and below them the instructions done.
"""

from __future__ import annotations

from coincell.cpu import state as st
from coincell.cpu.llvm.values import Deferred, LlvmValues, Value

FLAGS = frozenset({st.N, st.Z, st.C, st.V})
FLAG_WORDS = {
    st.N: ("nw",),
    st.Z: ("zw",),
    st.C: ("ca", "cb"),
    st.V: ("va", "vb", "vr"),
}
"""N is the sign of nw; Z is zw = 0; C is ca >= cb unsigned; V is the sign of (va ^ vb) & (va ^ vr)."""
COUNT_BITS = 24
"""Bits of `acc` below the cycles: room for the instructions of one visit to a region."""
LONGEST_VISIT = 1 << 22
"""Cycles after which a visit to a region ends at the latest, so that the count cannot overflow."""


class Slots(LlvmValues):
    """Reads and writes state slots in the block being written."""

    def __init__(self, promote: bool) -> None:
        super().__init__()
        self.promote = promote
        self.cycles = 0
        """Cycles charged since `acc` was last brought up to date."""
        self.count = 0
        """Instructions done since then, the present one left out."""
        self.used: set[int] = set()
        self.advances = 0
        """How often `acc` has been changed, by what is written so far."""
        self.waits_for_fpu = False
        """Whether the function needs `%fpu`."""
        self.block = "entry"
        """The basic block being written."""
        self._known: dict[int, Value] = {}
        self._dirty: set[int] = set()
        self._aligned: set[str] = set()
        """Values that are multiples of four."""
        self._byte_pairs: set[str] = set()
        """Words of two halves from -128 to 127, whose products never overflow (see cpu.llvm.halves)."""

    # ---- basic blocks ---------------------------------------------------------------------------------
    def open_label(self, label: str) -> None:
        """Begin a basic block of the function."""
        self.lines.append(f"{label}:")
        self.block = label

    def _close(self, target: str) -> str:
        """Jump to `target`; the name of the block that did."""
        self.do(f"br label %{target}")
        return self.block

    def open_block(self, label: str) -> None:
        """A guest block begins: nothing is known, nothing is charged."""
        self._known.clear()
        self._dirty.clear()
        self.cycles = self.count = 0
        self.open_label(label)

    def phi(self, kind: str, arrivals: list[tuple[str, Value]]) -> str:
        """The value of whichever (block, value) control came from."""
        return self.emit(f"phi {kind} " + ", ".join(f"[ {value}, %{block} ]" for block, value in arrivals))

    # ---- values -----------------------------------------------------------------------------------------
    def read(self, slot: int) -> Value:
        """The present value of a 32-bit state slot: a truth for N, Z, C and V, else a word."""
        value = self._known.get(slot)
        if value is None:
            self.used.add(slot)
            value = self._known[slot] = self._load_slot(slot)
            if slot == st.R + 13:
                self._aligned.add(value)
        return value

    def write(self, slot: int, value: Value) -> None:
        self.used.add(slot)
        self._known[slot] = int(value) if isinstance(value, bool) else value
        self._dirty.add(slot)

    def flush(self) -> None:
        """Bring the slots up to date; values stay known."""
        for slot in sorted(self._dirty):
            self._store_slot(slot, self._known[slot])
        self._dirty.clear()

    def dirty_slots(self) -> set[int]:
        """Slots whose values have not been written back."""
        return set(self._dirty)

    def known(self) -> dict[int, Value]:
        """The values known now, for where two paths meet again: what one of them reads, the other has not."""
        return {slot: v.unread() if isinstance(v, Deferred) else v for slot, v in self._known.items()}

    def meet(self, before: dict[int, Value], written: set[int]) -> None:
        """Paths meet: what was known before they parted holds, but for what one of them wrote."""
        self._known = {slot: value for slot, value in before.items() if slot not in written}
        self._dirty.clear()

    def is_aligned(self, address: Value) -> bool:
        """Whether it is surely a multiple of four."""
        return not address & 3 if isinstance(address, int) else address in self._aligned

    def add(self, a: Value, b: Value) -> Value:
        result = super().add(a, b)
        if isinstance(result, str) and self.is_aligned(a) and self.is_aligned(b):
            self._aligned.add(result)
        return result

    def sub(self, a: Value, b: Value) -> Value:
        result = super().sub(a, b)
        if isinstance(result, str) and self.is_aligned(a) and self.is_aligned(b):
            self._aligned.add(result)
        return result

    def word_aligned(self, value: Value) -> Value:
        """A word without its two lowest bits."""
        if self.is_aligned(value):
            return value
        result = self.and_(value, 0xFFFFFFFC)
        self._aligned.add(result)
        return result

    # ---- slots ------------------------------------------------------------------------------------------
    def _load_slot(self, slot: int) -> str:
        if slot not in FLAGS:
            return self.emit(f"load i32, ptr %s{slot}")
        if not self.promote:
            return self.emit(f"trunc i32 {self.emit(f'load i32, ptr %s{slot}')} to i1")
        return self.flag_of(slot, *(self.emit(f"load i32, ptr %{name}") for name in FLAG_WORDS[slot]))

    def flag_of(self, slot: int, *words: str) -> str:
        """The truth that flag words stand for."""
        if slot == st.N:
            return self.emit(f"icmp slt i32 {words[0]}, 0")
        if slot == st.Z:
            return self.emit(f"icmp eq i32 {words[0]}, 0")
        if slot == st.C:
            return self.emit(f"icmp uge i32 {words[0]}, {words[1]}")
        signs = [self.emit(f"xor i32 {words[0]}, {other}") for other in words[1:]]
        return self.emit(f"icmp slt i32 {self.emit(f'and i32 {signs[0]}, {signs[1]}')}, 0")

    def _store_slot(self, slot: int, value: Value) -> None:
        if slot not in FLAGS:
            self.do(f"store i32 {value}, ptr %s{slot}")
        elif not self.promote:
            self.do(f"store i32 {self._as_word(value)}, ptr %s{slot}")
        else:
            for name, word in zip(FLAG_WORDS[slot], self._flag_words(slot, value), strict=True):
                self.do(f"store i32 {word}, ptr %{name}")

    def _as_word(self, truth: Value) -> Value:
        return truth if isinstance(truth, int) else self.emit(f"zext i1 {truth} to i32")

    def _flag_words(self, slot: int, value: Value) -> tuple[Value, ...]:
        if isinstance(value, Deferred) and value.words:
            return value.words
        word = self._as_word(value)
        if slot == st.Z:
            return (self.xor(word, 1),)
        if slot == st.C:
            return (word, 1)
        top = self.shl(word, 31)
        return (top,) if slot == st.N else (top, 0, 0)

    # ---- time -------------------------------------------------------------------------------------------
    def add_cycles(self, n: Value) -> None:
        """Add a word or constant to the time now, beside what `cycles` will add later."""
        if not isinstance(n, int):
            wide = self.emit(f"shl i64 {self.zext64(n)}, {COUNT_BITS}")
            self.advance(wide)
        elif n:
            self.advance(n << COUNT_BITS)

    def settle(self, cycles: int, count: int) -> None:
        """Add what was charged and done since the last time."""
        if cycles or count:
            self.advance((cycles << COUNT_BITS) + count)

    def advance(self, amount: Value) -> None:
        """Add to `acc`."""
        self.advances += 1
        now = self.emit("load i64, ptr %acc")
        self.do(f"store i64 {self.emit(f'add i64 {now}, {amount}')}, ptr %acc")

    def passed(self) -> str:
        """Cycles since the region was entered, but for those still to be settled."""
        return self.emit(f"ashr i64 {self.emit('load i64, ptr %acc')}, {COUNT_BITS}")

    def now(self, charged: int | None = None) -> str:
        """The cycle of the present moment as the core counts them, `charged` of them not yet settled."""
        unsettled = self.cycles if charged is None else charged
        return self.emit(f"add i64 {self.emit(f'add i64 %started, {self.passed()}')}, {unsettled}")
