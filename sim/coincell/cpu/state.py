"""The architectural state that the interpreter and compiled code share: one flat array.

Compiled code receives its address; Python sees it through memoryviews. Word indices are the contract
between the two, and part of the key under which compiled code is cached.
"""

from __future__ import annotations

import ctypes

R = 0
"""r0-r15; r13 is the current stack pointer, r15 the address of the next instruction."""
N, Z, C, V, Q, GE = 16, 17, 18, 19, 20, 21
ITSTATE = 22
FPSCR = 23
FP_READY = 24
"""1 when a floating-point instruction may run: access granted, context active, nothing to preserve."""
EXIT = 25
"""Why compiled code must return after the present instruction (see cpu.compiled.native)."""
PIPE = 26
"""What the pipeline remembers from the last instruction (see timing)."""
FETCH = 27
"""The flash line that the fetch buffer holds (see timing)."""
STACK_LIMIT = 28
"""SP must not become less (Armv8-M; 0 where no limit applies)."""
S = 32
"""s0-s31."""

WIDE = 32
"""Index of the first 64-bit slot."""
CYCLES, DEADLINE, INSTRUCTIONS, FPU_FREE = WIDE, WIDE + 1, WIDE + 2, WIDE + 3
CALL_SOFT_FLOAT = WIDE + 4
"""Host address of the function that the library of floating point calls."""
CALL_LOAD, CALL_STORE, CALL_FP = WIDE + 5, WIDE + 6, WIDE + 7
"""Host addresses of the functions that compiled code calls."""
TABLE, TAGS = WIDE + 8, WIDE + 9
"""Host addresses of the dispatch table and of the instruction cache's tags."""
OBSERVED = WIDE + 10
"""Host address of the table of what an observer counts in (cpu.shared_counts)."""
RUNNING = WIDE + 11
"""Host address of the region's function that the dispatcher called last."""
MEMORIES = WIDE + 12
"""Host addresses of up to eight directly accessible memories."""
POLLS, EPOCH, POLLED, CALL_SLOW_LOAD = WIDE + 24, WIDE + 25, WIDE + 26, WIDE + 27
"""Registers read without Python: table, epoch, how often that happened, the call else (see polling)."""
N_SLOTS = WIDE + 32


class CoreState:
    """`words` (32-bit) and `wides` (64-bit) are two views of the same bytes."""

    def __init__(self) -> None:
        self.bytes = bytearray(N_SLOTS * 8)
        self.words = memoryview(self.bytes).cast("I")
        self.wides = memoryview(self.bytes).cast("Q")
        self._pin = (ctypes.c_char * len(self.bytes)).from_buffer(self.bytes)
        self.address = ctypes.addressof(self._pin)

    @property
    def xpsr_flags(self) -> int:
        """N, Z, C, V, Q and GE in their APSR places."""
        w = self.words
        return w[N] << 31 | w[Z] << 30 | w[C] << 29 | w[V] << 28 | w[Q] << 27 | w[GE] << 16

    @xpsr_flags.setter
    def xpsr_flags(self, value: int) -> None:
        w = self.words
        w[N], w[Z], w[C], w[V] = value >> 31 & 1, value >> 30 & 1, value >> 29 & 1, value >> 28 & 1
        w[Q], w[GE] = value >> 27 & 1, value >> 16 & 15
