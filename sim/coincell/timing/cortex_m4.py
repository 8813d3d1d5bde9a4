"""Cortex-M4 issue rules.

Sources: Arm DDI 0439 (Cortex-M4 TRM) tables 3-1 and 7-1 and its load/store pairing notes; the address and
fetch rules as measured in jnk0le's public "pipeline cycle test". Not yet compared with hardware here.
"""

from __future__ import annotations

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.footprint import Footprint, footprint
from coincell.timing.pipeline import REFILL, Issue

_KIND = 7
OTHER, LOAD, STORE, STORE_INDEXED = 0, 1, 2, 3
"""`pipe` is kind | destination << 3, both of the last instruction; the destination is a core register
number + 1 or an S register number + 32, 0 for none."""
NARROW = 1 << 9
"""Set in `pipe` when the last instruction was 16 bits wide (an IT after it folds)."""

FPU_DIVIDE = 14
"""VDIV.F32 and VSQRT.F32 (DDI 0439 table 7-1)."""
BRANCH_DIRECT = 1
"""P for B and BL: the target is known at decode. DDI 0439 gives P = 1 to 3."""
BRANCH_CONDITIONAL = 2
BRANCH_INDIRECT = 2
LOAD_PC = 3
"""LDR to PC takes at least 5 in all (measured, jnk0le); with 2 for the load."""
TABLE_BRANCH = 3
"""TBB and TBH take 6 in practice (measured, jnk0le): 2 + 3, and 1 for the address dependency."""


class CortexM4:
    """Implements `timing.pipeline.Pipeline`."""

    name = "cortex-m4"
    validated = False
    unaligned = (1, 2)
    exception_entry = 12
    exception_return = 10
    tail_chain = 6
    interpreted = 2

    def issue(self, instruction: DecodedInstruction, address: int, pipe: int, in_it: bool) -> Issue:
        return _issue(instruction, address & 2, pipe, in_it)


_CACHE: dict[tuple[int, int, int, int, bool], Issue] = {}


def _issue(instruction: DecodedInstruction, half: int, pipe: int, in_it: bool) -> Issue:
    key = (instruction.opcode, instruction.size, half, pipe, in_it)
    found = _CACHE.get(key)
    if found is None:
        found = _CACHE[key] = _compute(instruction, half, pipe)
    return found


def _compute(instruction: DecodedInstruction, half: int, pipe: int) -> Issue:
    # A branch to a 32-bit instruction that is not word aligned fetches twice (DDI 0439 3.3.1, note on P).
    refetch = 1 if pipe == REFILL and instruction.size == 4 and half else 0
    narrow = NARROW if instruction.size == 2 else 0
    if instruction.encoding.interpreted:
        return Issue(refetch, CortexM4.interpreted, 0, 1 + refetch, narrow)
    use = footprint(instruction)
    if instruction.name.startswith("IT"):
        folded = pipe & NARROW != 0
        return Issue(refetch, 0 if folded else 1, 0, 1, narrow)
    last, destination = pipe & _KIND, pipe >> 3 & 63
    stall = refetch + _address_stall(use, last, destination) + _result_stall(use, destination)
    if use.memory:
        return _memory(instruction, use, stall, last, destination, narrow)
    if use.fp_operations or any(r.startswith("s") for r in use.reads | use.writes):
        return _floating(use, stall, narrow)
    if use.branch:
        taken = {"direct": BRANCH_DIRECT, "conditional": BRANCH_CONDITIONAL, "indirect": BRANCH_INDIRECT}
        return Issue(stall, 1, taken[use.branch], 1 + refetch, narrow)
    if use.divides:
        return Issue(stall, 0, 0, 1 + refetch, narrow | _result(use), divide=True)
    return Issue(stall, 1, 0, 1 + refetch, OTHER | narrow | _result(use))


def _result(use: Footprint) -> int:
    """The `pipe` bits of the register that an instruction wrote (the lowest, when several)."""
    core = [int(r[1:]) + 1 for r in use.writes if r[0] == "r"]
    single = [int(r[1:]) + 32 for r in use.writes if r[0] == "s"]
    return min(core, default=0) << 3 if core else (min(single, default=0) << 3)


def _address_stall(use: Footprint, last: int, destination: int) -> int:
    """An address register must be ready a cycle early: after the ALU or load that wrote it, one stall."""
    return 1 if 0 < destination < 32 and f"r{destination - 1}" in use.address_sources else 0


def _result_stall(use: Footprint, destination: int) -> int:
    """An FPU result used by the next instruction costs one (DDI 0439 7.2.2)."""
    return 1 if destination >= 32 and f"s{destination - 32}" in use.reads else 0


def _memory(
    instruction: DecodedInstruction, use: Footprint, stall: int, last: int, destination: int, narrow: int
) -> Issue:
    n = use.loads + use.stores
    if use.branch:
        extra = TABLE_BRANCH if instruction.name.startswith("TB") else LOAD_PC
        cost = 1 + n if n > 1 else 2
        return Issue(stall, cost, extra if n == 1 else BRANCH_INDIRECT, 1, narrow)
    if n > 1:
        return Issue(stall, 1 + n, 0, 1, OTHER | narrow)
    if use.stores:
        # The store buffer hides an immediate-offset store; a register offset needs the extra cycle.
        if use.register_offset:
            return Issue(stall, 2, 0, 1, STORE_INDEXED | narrow)
        return Issue(stall, 1, 0, 1, STORE | narrow)
    # Loads pipeline behind loads: n of them take n + 1. Nothing pairs with a store that came just before.
    pairs = last == LOAD and not stall
    return Issue(stall, 1 if pairs else 2, 0, 1, LOAD | narrow | _load_result(use))


def _load_result(use: Footprint) -> int:
    """The result of a load is late only for addresses and for the FPU; writeback does not count."""
    wanted = use.writes - use.address_sources
    core = [int(r[1:]) + 1 for r in wanted if r[0] == "r"]
    single = [int(r[1:]) + 32 for r in wanted if r[0] == "s"]
    return (min(core) << 3) if core else (min(single, default=0) << 3)


def _floating(use: Footprint, stall: int, narrow: int) -> Issue:
    """DDI 0439 table 7-1: 1 for most, 3 for the chained and fused multiply-adds, 14 for divide and root."""
    operations = use.fp_operations
    if "div" in operations or "sqrt" in operations:
        return Issue(stall, 1, 0, 1, narrow | _result(use), fpu_wait=True, fpu_busy=FPU_DIVIDE)
    if len(operations) > 1 or "fma" in operations:
        return Issue(stall, 3, 0, 1, narrow | _result(use), fpu_wait=True)
    moves = len([r for r in use.writes | use.reads if r[0] == "r" and r[1:].isdigit()])
    return Issue(stall, 2 if moves == 2 else 1, 0, 1, narrow | _result(use), fpu_wait=True)
