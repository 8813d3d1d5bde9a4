"""Reading a register again and again without calling Python: what firmware does while it waits.

A *plain* register answers with a stored word that only an event or a write changes (peripherals.registers).
What it said is kept in a small table until the end of the present *epoch*: compiled code called Python for
something else, or has returned. A read that finds its word there costs the cycles that the first one did, and
is only made so when nothing is due by then.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from coincell.cpu import state as st
from coincell.ports import BusBlock

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_ROWS = 64
_WORDS = 4
"""A row is address, word, cycles, epoch."""

BUS_LOAD = f"""
define i64 @bus_load(ptr %state, i32 %address, i32 %flags) {{
entry:
  %rows_p = getelementptr i64, ptr %state, i64 {st.POLLS}
  %rows = load ptr, ptr %rows_p
  %word_number = lshr i32 %address, 2
  %number = and i32 %word_number, {_ROWS - 1}
  %at = mul i32 %number, {_WORDS}
  %row = getelementptr i64, ptr %rows, i32 %at
  %size = and i32 %flags, 7
  %whole = icmp eq i32 %size, 4
  %tag = load i64, ptr %row
  %wide = zext i32 %address to i64
  %same = icmp eq i64 %tag, %wide
  %epoch_p = getelementptr i64, ptr %state, i64 {st.EPOCH}
  %epoch = load i64, ptr %epoch_p
  %then_p = getelementptr i64, ptr %row, i64 3
  %then = load i64, ptr %then_p
  %fresh = icmp eq i64 %then, %epoch
  %known = and i1 %same, %fresh
  %usable = and i1 %known, %whole
  br i1 %usable, label %time, label %ask
time:
  %cycles_p = getelementptr i64, ptr %state, i64 {st.CYCLES}
  %now = load i64, ptr %cycles_p
  %wait_p = getelementptr i64, ptr %row, i64 2
  %wait = load i64, ptr %wait_p
  %after = add i64 %now, %wait
  %due_p = getelementptr i64, ptr %state, i64 {st.DEADLINE}
  %due = load i64, ptr %due_p
  %early = icmp ult i64 %after, %due
  br i1 %early, label %answer, label %ask
answer:
  store i64 %after, ptr %cycles_p
  %polled_p = getelementptr i64, ptr %state, i64 {st.POLLED}
  %polled = load i64, ptr %polled_p
  %more = add i64 %polled, 1
  store i64 %more, ptr %polled_p
  %value_p = getelementptr i64, ptr %row, i64 1
  %value = load i64, ptr %value_p
  ret i64 %value
ask:
  %slow_p = getelementptr i64, ptr %state, i64 {st.CALL_SLOW_LOAD}
  %slow = load ptr, ptr %slow_p
  %told = tail call i64 %slow(ptr %state, i32 %address, i32 %flags)
  ret i64 %told
}}
"""
"""What compiled code calls for a load outside the memories that it reaches directly."""


class Polling:
    """The table of one core, and what decides whether an address may be in it."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._rows = (ctypes.c_uint64 * (_ROWS * _WORDS))()
        self._plain: dict[int, bool] = {}
        core.state.wides[st.POLLS] = ctypes.addressof(self._rows)
        core.state.wides[st.EPOCH] = 1

    def new_epoch(self) -> None:
        """Something may have changed a register."""
        self.core.state.wides[st.EPOCH] += 1

    def load(self, address: int, size: int, aligned: bool) -> int:
        """A load by compiled code that is not in the table."""
        wides = self.core.state.wides
        before, due = wides[st.CYCLES], wides[st.DEADLINE]
        value = self.core.access.load(address, size, aligned)
        after, epoch = wides[st.CYCLES], wides[st.EPOCH]
        if size != 4 or not self._is_plain(address) or max(before, after) >= due:
            wides[st.EPOCH] = epoch + 1
        elif after >= before:
            at = (address >> 2) % _ROWS * _WORDS
            self._rows[at : at + _WORDS] = [address, value, after - before, epoch]
        return value

    def _is_plain(self, address: int) -> bool:
        found = self._plain.get(address)
        if found is None:
            found = self._plain[address] = is_plain(self.core.bus.block_at(address), address)
        return found


def is_plain(block: BusBlock | None, address: int) -> bool:
    """Whether a block says that reading a word there is just reading a stored word."""
    offsets = getattr(block, "plain_offsets", None)
    return block is not None and offsets is not None and address - block.base in offsets()
