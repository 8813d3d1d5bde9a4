"""Where compiled code finds what an observer counts in: a table of host addresses, and the calls seen before.

Python writes the table, code of `cpu.llvm.observed` reads it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from coincell.cpu.call_tree import CallStack, words

FRAMES, CYCLES, CALLS, CACHED, TOLD, COUNTS = range(6)
"""Words of the table: frames of the call stack, cycles and calls by node, calls seen before, the function
that takes what is new, and from COUNTS on the counts of each memory."""
CACHE_BITS = 12
SPREAD = 0x9E3779B97F4A7C15
"""2**64 / golden ratio: the upper bits of a product with it depend on all bits."""
_TOLD = ctypes.CFUNCTYPE(None, *[ctypes.c_uint32] * 4, ctypes.c_uint64)


def address_of(array: memoryview) -> int:
    """Host address of an array that Python keeps alive."""
    return ctypes.addressof((ctypes.c_char * array.nbytes).from_buffer(array))


class SharedCounts:
    """`address` goes into the state's slot OBSERVED."""

    def __init__(self, calls: CallStack, n_areas: int) -> None:
        self._calls = calls
        self._told = _TOLD(self._on_told)
        self._cache = words(3 << CACHE_BITS)
        self._table = words(COUNTS + n_areas)
        self._table[FRAMES] = address_of(calls.frames)
        self._table[CALLS] = address_of(calls.tree.calls)
        self._table[CACHED] = address_of(self._cache)
        self._table[TOLD] = ctypes.cast(self._told, ctypes.c_void_p).value or 0
        self.address = address_of(self._table)

    def use(self, node_cycles: memoryview, counts: Sequence[memoryview]) -> None:
        """Count in these arrays from now on."""
        self._table[CYCLES] = address_of(node_cycles)
        for n, array in enumerate(counts):
            self._table[COUNTS + n] = address_of(array)

    def _on_told(self, target: int, following: int, link: int, stack: int, cycle: int) -> None:
        """Something that compiled code does not know. A call is known from then on."""
        caller = self._calls.node
        self._calls.branch(target, following, link, stack, cycle)
        if link == following | 1:
            key = caller << 32 | target
            row = 3 * ((key * SPREAD & (1 << 64) - 1) >> 64 - CACHE_BITS)
            child, around = self._calls.callee(caller, target)
            self._cache[row], self._cache[row + 1], self._cache[row + 2] = key, child, around
