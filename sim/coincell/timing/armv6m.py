"""Issue rules that Cortex-M0 and M0+ share: no history, so `pipe` is always the same.

Every constant of a core stands in its own file.
"""

from __future__ import annotations

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.footprint import footprint
from coincell.timing.pipeline import REFILL, Issue

SLOW_MULTIPLY = 32
"""MULS on a core built with the small multiplier (DDI 0432 and DDI 0484, table 3-1: 1 or 32)."""
SYSTEM = {"CPS": 1, "SEV": 1, "WFI": 2, "WFE": 2}
"""System instructions that cost less than the barriers, MRS and MSR (both tables 3-1)."""


class Armv6M:
    """Implements `timing.pipeline.Pipeline` but for its constants."""

    name: str
    validated = False
    unaligned = (0, 0)
    unaligned_store = (0, 0)
    """Unaligned accesses fault."""
    exception_entry: int
    exception_return: int
    tail_chain: int
    entry_hides = 0
    """One bus: the vector is read, and the handler fetched, behind the stacking."""
    return_hides = 0
    interpreted: int
    refill: int
    """Cycles that a taken branch adds."""

    def __init__(self, small_multiplier: bool = False) -> None:
        self.multiply = SLOW_MULTIPLY if small_multiplier else 1
        if small_multiplier:
            self.name += ".small-multiply"  # as gcc names the core in -mcpu
        self._cache: dict[tuple[int, int], Issue] = {}

    def issue(self, instruction: DecodedInstruction, address: int, pipe: int, in_it: bool) -> Issue:
        key = (instruction.opcode, instruction.size)
        found = self._cache.get(key)
        if found is None:
            before, after, taken = 0, *self._compute(instruction)
            found = self._cache[key] = Issue(before, after, taken, 1, REFILL)
        return found

    def _compute(self, instruction: DecodedInstruction) -> tuple[int, int]:
        """(cycles, more when it branches)."""
        name = instruction.name.split()[0]
        if instruction.encoding.interpreted:
            return SYSTEM.get(name, self.interpreted), 0
        use = footprint(instruction)
        if use.memory:
            # A single access 2; LDM, STM, PUSH, POP 1 + N; POP with PC a refill and a cycle more.
            return 1 + use.loads + use.stores, self.refill + 1 if use.branch else 0
        if use.branch:
            linked = "r14" in use.writes and use.branch == "direct"
            return 1, self.refill + 1 if linked else self.refill
        return self.multiply if name in ("MUL", "MULS") else 1, 0
