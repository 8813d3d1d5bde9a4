"""Cortex-M4 issue rules.

Sources: Arm DDI 0439 (Cortex-M4 TRM) tables 3-1 and 7-1 and its load/store pairing notes (3.3.2); the fetch
rules as measured in jnk0le's public "pipeline cycle test". Not yet compared with hardware here.

Not modelled: the nop that a load swallows, indexed loads of one base that do not chain, and wide loads at odd
halfwords that do not pair (all measured by jnk0le); the fetch contention of PC-relative loads ("might add a
cycle", DDI 0439).
"""

from __future__ import annotations

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.divide import division
from coincell.timing.footprint import Footprint, footprint
from coincell.timing.pipeline import REFILL, Issue

_KIND = 7
OTHER, LOAD, STORE, MULTIPLE = 0, 1, 2, 3
"""`pipe` is kind | destination << 3, both of the last instruction; the destination is a core register
number + 1 or an S register number + 32, 0 for none. An instruction with several shows the lowest."""
NARROW = 1 << 9
"""Set in `pipe` when the last instruction was 16 bits wide (an IT after it folds)."""

FPU_DIVIDE = 14
"""VDIV.F32 and VSQRT.F32 (DDI 0439 table 7-1)."""
BRANCH_DIRECT = 1
"""P for B and BL: the target is known at decode. DDI 0439 gives P = 1 to 3."""
BRANCH_CONDITIONAL = 1
"""Fetched speculatively. SUBS and BHI taken are 3 cycles on nRF52 (measured: Nordic's nrfx delay loop)."""
BRANCH_INDIRECT = 2
"""Within DDI 0439's 1 to 3: estimate."""
LOAD_PC = 3
"""LDR to PC: two for the load, three for the refill: at least 5 (DDI 0439 3.3.2)."""
TABLE_BRANCH = 4
"""TBB and TBH: two for the load, one for the add, three for the refill: at least 6 (DDI 0439 3.3.2)."""
SINGLE = {"SEV", "CLREX"}
"""System instructions of one cycle (DDI 0439 table 3-1); CPS, MRS and MSR take 1 or 2."""


class CortexM4:
    """Implements `timing.pipeline.Pipeline`."""

    name = "cortex-m4"
    validated = False
    unaligned = (1, 2)
    """Measured by others (jnk0le): one more access, or two for a word at an odd address."""
    exception_entry = 12
    """Arm's figure for memory without wait states; its paragraph was not looked up."""
    exception_return = 10
    """Estimate: about 10 to 12 are told for the return."""
    tail_chain = 6
    """Arm's figure for memory without wait states; its paragraph was not looked up."""
    interpreted = 2
    """DDI 0439 table 3-1 gives 1 to 2 for CPS, MRS and MSR: the upper, an estimate for the rest."""

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
        cost = 1 if instruction.name.split()[0] in SINGLE else CortexM4.interpreted
        return Issue(refetch, cost, 0, 1 + refetch, narrow)
    use = footprint(instruction)
    if instruction.name.startswith("IT"):
        folded = pipe & NARROW != 0
        return Issue(refetch, 0 if folded else 1, 0, 1 + refetch, narrow)
    last, destination = pipe & _KIND, pipe >> 3 & 63
    awaited = _awaited(use, destination)
    stall = refetch + (awaited and last == OTHER) + _result_stall(instruction, use, destination)
    if use.memory:
        return _memory(instruction, use, stall, 1 + refetch, last == LOAD and not awaited, narrow)
    if _is_floating(use):
        return _floating(use, stall, 1 + refetch, narrow)
    if use.branch:
        taken = {"direct": BRANCH_DIRECT, "conditional": BRANCH_CONDITIONAL, "indirect": BRANCH_INDIRECT}
        return Issue(stall, 1, taken[use.branch], 1 + refetch, narrow)
    if use.divides:
        return Issue(stall, 0, 0, 1 + refetch, narrow | _result(use), operands=division(instruction))
    return Issue(stall, 1, 0, 1 + refetch, OTHER | narrow | _result(use))


def _result(use: Footprint) -> int:
    """The `pipe` bits of the register that an instruction wrote (the lowest, when several)."""
    core = [int(r[1:]) + 1 for r in use.writes if r[0] == "r"]
    single = [int(r[1:]) + 32 for r in use.writes if r[0] == "s"]
    return min(core, default=0) << 3 if core else (min(single, default=0) << 3)


def _is_floating(use: Footprint) -> bool:
    return bool(use.fp_operations) or any(r[0] == "s" for r in use.reads | use.writes)


def _awaited(use: Footprint, destination: int) -> bool:
    """Whether an address comes from the last instruction. After data processing that stalls for a cycle; a
    load or store just does not pair with the load that it waits for (DDI 0439 3.3.2)."""
    return 0 < destination < 32 and f"r{destination - 1}" in use.address_sources


def _result_stall(instruction: DecodedInstruction, use: Footprint, destination: int) -> int:
    """An arithmetic FPU result used by the next instruction costs one, unless as the addend of a
    multiply-accumulate, which is consumed a cycle later (DDI 0439 7.2.3)."""
    if destination < 32 or f"s{destination - 32}" not in use.reads:
        return 0
    if _accumulates(use):
        fields = instruction.fields
        factors = (fields["Vn"] << 1 | fields["N"], fields["Vm"] << 1 | fields["M"])
        return int(destination - 32 in factors)
    return 1


def _accumulates(use: Footprint) -> bool:
    """VMLA and VFMA and their kin."""
    return len(use.fp_operations) > 1 or "fma" in use.fp_operations


def _memory(
    instruction: DecodedInstruction, use: Footprint, stall: int, skipped: int, pairs: bool, narrow: int
) -> Issue:
    n = use.loads + use.stores
    if use.branch:
        extra = TABLE_BRANCH if instruction.name.startswith("TB") else LOAD_PC
        cost = 1 + n if n > 1 else 2
        return Issue(stall, cost, extra if n == 1 else BRANCH_INDIRECT, skipped, narrow)
    if n > 1:
        return Issue(stall, 1 + n, 0, skipped, MULTIPLE | narrow)
    if use.stores:
        # The write buffer hides a store with an immediate offset; a register offset needs the extra cycle,
        # and VSTR takes two (table 7-1), unless a load came just before.
        slow = (use.register_offset or _is_floating(use)) and not pairs
        return Issue(stall, 2 if slow else 1, 0, skipped, STORE | narrow)
    # Loads pipeline behind loads: n of them take n + 1. Nothing pairs with a store that came just before.
    return Issue(stall, 1 if pairs else 2, 0, skipped, LOAD | narrow | _load_result(use))


def _load_result(use: Footprint) -> int:
    """The register loaded; writeback does not count."""
    core = [int(r[1:]) + 1 for r in use.writes - use.address_sources if r[0] == "r"]
    return min(core, default=0) << 3


def _floating(use: Footprint, stall: int, skipped: int, narrow: int) -> Issue:
    """DDI 0439 table 7-1: 1 for most, 3 for the chained and fused multiply-adds, 14 for divide and root."""
    operations = use.fp_operations
    # Only arithmetic and conversions are late (DDI 0439 7.2.3): VMOV, VABS and VNEG are not.
    late = narrow | (_result(use) if operations else 0)
    if "div" in operations or "sqrt" in operations:
        return Issue(stall, 1, 0, skipped, late, fpu_wait=True, fpu_busy=FPU_DIVIDE)
    if _accumulates(use):
        return Issue(stall, 3, 0, skipped, late, fpu_wait=True)
    moves = len([r for r in use.writes | use.reads if r[0] == "r" and r[1:].isdigit()])
    return Issue(stall, 2 if moves == 2 else 1, 0, skipped, late, fpu_wait=True)
