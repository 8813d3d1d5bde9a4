"""Compiles translated regions with LLVM and runs them: one JIT for the process, a dispatch table per core."""

from __future__ import annotations

import ctypes
import threading
from functools import cache, cached_property
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm

from coincell.cpu import state as st
from coincell.cpu.compiled.compiler import QUICK, THOROUGH, compiler
from coincell.cpu.compiled.polling import BUS_LOAD, Polling
from coincell.cpu.faults import CoreFault
from coincell.cpu.llvm.float_library import NAMES, library_text
from coincell.cpu.llvm.host_float_mode import is_ieee, restore_ieee
from coincell.cpu.stack_limits import check_stack
from coincell.isa.float_operations import OPERATIONS

if TYPE_CHECKING:
    from coincell.cpu.core import Core

TABLE_BITS = 16
PIPE_SPREAD, PIPE_FOLD = 6, 10
"""Pipeline states are spread over the table, so that neighbouring addresses keep out of each other's rows."""
NOWHERE = (1 << 64) - 1
"""Tag of an empty row."""
FAULTED = 2
"""Bit of words[EXIT]: the access faulted, the instruction must be undone."""
_LOAD = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32)
_STORE = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32)
_FP = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint32, *[ctypes.c_uint64] * 3)
LIBRARY_AFTER = 50
"""Calls of software floating point that are worth compiling the library for."""
_REGION = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)

DISPATCHER = f"""
define i32 @dispatch(ptr %state) {{
entry:
  %pc_p = getelementptr i32, ptr %state, i64 {st.R + 15}
  %pipe_p = getelementptr i32, ptr %state, i64 {st.PIPE}
  %it_p = getelementptr i32, ptr %state, i64 {st.ITSTATE}
  %exit_p = getelementptr i32, ptr %state, i64 {st.EXIT}
  %table_p = getelementptr i64, ptr %state, i64 {st.TABLE}
  %running_p = getelementptr i64, ptr %state, i64 {st.RUNNING}
  %table = load ptr, ptr %table_p
  br label %next
next:
  %pc = load i32, ptr %pc_p
  %pipe = load i32, ptr %pipe_p
  %it = load i32, ptr %it_p
  %stop = load i32, ptr %exit_p
  %pc64 = zext i32 %pc to i64
  %pipe64 = zext i32 %pipe to i64
  %up = shl i64 %pipe64, 32
  %tag = or i64 %pc64, %up
  %half = lshr i64 %pc64, 1
  %spread = shl i64 %pipe64, {PIPE_SPREAD}
  %fold = lshr i64 %pipe64, {PIPE_FOLD}
  %both_p = xor i64 %spread, %fold
  %mixed = xor i64 %half, %both_p
  %row = and i64 %mixed, {(1 << TABLE_BITS) - 1}
  %twice = shl i64 %row, 1
  %tag_p = getelementptr i64, ptr %table, i64 %twice
  %have = load i64, ptr %tag_p
  %same = icmp eq i64 %have, %tag
  %held = or i32 %stop, %it
  %go = icmp eq i32 %held, 0
  %both = and i1 %same, %go
  br i1 %both, label %found, label %missed
found:
  %fn_p = getelementptr i64, ptr %tag_p, i64 1
  %fn = load ptr, ptr %fn_p
  store ptr %fn, ptr %running_p
  %code = call i32 %fn(ptr %state)
  %on = icmp eq i32 %code, 0
  br i1 %on, label %next, label %done
missed:
  ret i32 1
done:
  ret i32 %code
}}
"""


class Jit:
    """Links code into the process. Thread-safe."""

    def __init__(self) -> None:
        self.compiler = compiler()
        # JITLink puts all sections of an object side by side; the older linker may place a constant pool
        # out of the reach of a 32-bit relocation once the process is large, and then aborts.
        self._lljit = llvm.create_lljit_compiler(self.compiler.machine(THOROUGH), use_jit_link=True)
        self._libraries = 0
        self._lock = threading.Lock()
        self._trackers: dict[int, Any] = {}
        """What keeps linked code alive, by the address of its function."""
        self._unused: SimpleQueue[int] = SimpleQueue()
        self.dispatch = _REGION(self.link(self.compiler.compile(DISPATCHER, THOROUGH), "dispatch"))
        self.bus_load = self.link(self.compiler.compile(BUS_LOAD, THOROUGH), "bus_load")

    @cached_property
    def float_library(self) -> int:
        """Host address of the function in `float_library`."""
        return self.link(self.compiler.compile(library_text(), QUICK), "float_operation")

    def link(self, obj: bytes, symbol: str) -> int:
        """Make an object's function callable; its host address."""
        with self._lock:
            while not self._unused.empty():
                self._trackers.pop(self._unused.get_nowait(), None)
            self._libraries += 1
            library = llvm.JITLibraryBuilder().add_object_img(obj).export_symbol(symbol)
            tracker = library.link(self._lljit, f"region{self._libraries}")
            address = int(tracker[symbol])
            self._trackers[address] = tracker
            return address

    def release(self, function: int) -> None:
        """Give back, at the next `link`, the memory of what was linked as `function`. It must not be running.

        Takes no lock: a garbage collection may call it at any moment.
        """
        self._unused.put(function)


@cache
def jit() -> Jit:
    """The process's compiler, made on first use."""
    return Jit()


def _row(address: int, pipe: int) -> int:
    return (address >> 1 ^ pipe << PIPE_SPREAD ^ pipe >> PIPE_FOLD) & ((1 << TABLE_BITS) - 1)


class NativeRuntime:
    """The side of one core that compiled code sees: callbacks, dispatch table, cache tags."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.jit = jit()
        state = core.state
        self._table = (ctypes.c_uint64 * (2 << TABLE_BITS))()
        self._tags = (ctypes.c_char * len(core.tags)).from_buffer(core.tags)
        self._load, self._store, self._fp = _LOAD(self._on_load), _STORE(self._on_store), _FP(self._on_fp)
        self.polling = Polling(core)
        state.wides[st.CALL_LOAD] = self.jit.bus_load
        state.wides[st.TABLE] = ctypes.addressof(self._table)
        state.wides[st.TAGS] = ctypes.addressof(self._tags)
        for slot, function in (
            (st.CALL_SLOW_LOAD, self._load),
            (st.CALL_STORE, self._store),
            (st.CALL_FP, self._fp),
            (st.CALL_SOFT_FLOAT, self._fp),
        ):
            state.wides[slot] = ctypes.cast(function, ctypes.c_void_p).value or 0
        self._state = ctypes.c_void_p(state.address)
        self.raised: BaseException | None = None
        self.soft_floats = 0
        """Floating-point operations that Python did for compiled code."""
        self.library_after = LIBRARY_AFTER
        self.forget()

    def forget(self) -> None:
        """Empty the dispatch table."""
        ctypes.memset(self._table, 0xFF, ctypes.sizeof(self._table))

    def enter(self, address: int, pipe: int, function: int) -> None:
        """From now on the dispatcher finds `function` at this guest address and pipeline state."""
        row = _row(address, pipe)
        self._table[2 * row], self._table[2 * row + 1] = address | pipe << 32, function

    def leave(self, address: int, pipe: int) -> None:
        """From now on the dispatcher finds nothing there."""
        row = _row(address, pipe)
        if self._table[2 * row] == address | pipe << 32:
            self._table[2 * row] = NOWHERE

    def run(self) -> int:
        """Run compiled code from r15 until it returns something other than CONTINUE."""
        if not is_ieee():
            restore_ieee()
        self.polling.new_epoch()
        code: int = self.jit.dispatch(self._state)
        if self.raised is not None:
            error, self.raised = self.raised, None
            raise error
        return code

    def call(self, function: int) -> int:
        """Run one region."""
        if not is_ieee():
            restore_ieee()
        self.polling.new_epoch()
        code: int = _REGION(function)(self._state)
        if self.raised is not None:
            error, self.raised = self.raised, None
            raise error
        return code

    # ---- what compiled code calls: the answer's upper word is words[EXIT] --------------------------------
    def _on_load(self, _: int, address: int, flags: int) -> int:
        words = self.core.state.words
        try:
            if not flags:
                check_stack(self.core, address)
                return words[st.EXIT] << 32
            value = self.polling.load(address, flags & 7, bool(flags & 8))
            return value | words[st.EXIT] << 32
        except CoreFault as fault:
            self.fault = fault
        except BaseException as error:
            self.raised = error
        words[st.EXIT] |= FAULTED
        return words[st.EXIT] << 32

    def _on_store(self, _: int, address: int, flags: int, value: int) -> int:
        words = self.core.state.words
        self.polling.new_epoch()
        size = flags & 7
        try:
            self.core.access.store(address, value & ((1 << size * 8) - 1), size, bool(flags & 8))
            return words[st.EXIT] << 32
        except CoreFault as fault:
            self.fault = fault
        except BaseException as error:
            self.raised = error
        words[st.EXIT] |= FAULTED
        return words[st.EXIT] << 32

    def _on_fp(self, _: int, number: int, a: int, b: int, c: int) -> int:
        self.soft_floats += 1
        if self.soft_floats == self.library_after:
            self.core.state.wides[st.CALL_FP] = self.jit.float_library
        words, operation = self.core.state.words, OPERATIONS[NAMES[number]]
        result, words[st.FPSCR] = operation(words[st.FPSCR], *(a, b, c)[: len(operation.operands)])
        return result

    fault: CoreFault | None = None
