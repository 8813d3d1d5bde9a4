"""Cortex-M7 issue rules: two instructions a cycle, in order.

Sources: [J] jnk0le/random, "pipeline cycle test", cortex_m7.md (commit 3dfc2ab), measured on an STM32H743;
[L] LLVM's ARMScheduleM7.td, written with Arm's knowledge of the pipeline. Arm publishes no instruction timing
for this core (DDI 0489 has no table). Not compared with hardware here.

Branches are not predicted as the core does it, from their history, but by their direction: a branch back is
taken, a branch forward may go either way. Not modelled: how alignment and mixed widths disturb dual issue,
which banks of memory two loads meet (two loads pair when their offsets differ in bit 2), a store buffer that
is full, store multiples that are not 8-byte aligned, numbers that make double-precision arithmetic slower.
"""

from __future__ import annotations

from functools import lru_cache

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.cortex_m7_operands import reads_of, results_of
from coincell.timing.cortex_m7_pairs import joins, opens
from coincell.timing.divide import division
from coincell.timing.footprint import footprint
from coincell.timing.kinds import Kind, is_double, kind_of, mnemonic
from coincell.timing.pipeline import Issue
from coincell.timing.scoreboard import FLAGS, History, Read

MISPREDICTED = 7
"""6 to 8 cycles, by how early the flags were set [J]: the middle."""
FORWARD_TAKEN = 2
"""What a conditional branch forward adds when taken: estimate, for a predictor that is right most times."""
INDIRECT = 4
"""BX, BLX and loads of PC: estimate, half of them go where they went last time."""
TABLE_BRANCH = 1
"""TBB and TBH issue for two cycles [L]."""
DIVIDE_32, SQUARE_ROOT_32 = 16, 14
"""VDIV.F32 and VSQRT.F32 hold the pipeline [J]."""
DOUBLE = {"VADD": 2, "VSUB": 2, "VMUL": 5, "VNMUL": 5, "VDIV": 30, "VSQRT": 30}
"""Operands of different exponents [J]; VSQRT.F64 [L]."""
DOUBLE_FUSED, DOUBLE_CHAINED = 7, 8
"""VFMA.F64 and VMLA.F64 [J]: 7 to 8 and 7 to 9."""
INTERPRETED = 3
"""[L]: single issue, latency 3, "assumed"."""


class CortexM7:
    """Implements `timing.pipeline.Pipeline`."""

    name = "cortex-m7"
    validated = False
    unaligned = (3, 3)
    """A load as the older instruction [J]."""
    unaligned_store = (0, 0)
    """Free until the store buffer is full [J]."""
    exception_entry = 12
    """Arm's figure ("typically 12, worst case 14", Cortex-M for Beginners), from tightly coupled memory."""
    exception_return = 10
    """Estimate, as Cortex-M4, here and below: DDI 0489F 2.7.1 has no figure, and no measurement was found."""
    tail_chain = 6
    entry_hides = 3
    return_hides = 6
    interpreted = INTERPRETED

    def issue(self, instruction: DecodedInstruction, address: int, pipe: int, in_it: bool) -> Issue:
        return _issue(instruction, pipe, in_it)


@lru_cache(maxsize=1 << 16)
def _issue(instruction: DecodedInstruction, pipe: int, in_it: bool) -> Issue:
    history, kind = History.unpack(pipe), kind_of(instruction)
    if kind is Kind.SYSTEM:
        return Issue(0, INTERPRETED, 0, INTERPRETED, history.followed(INTERPRETED, 0, ()).pack())
    reads = reads_of(instruction, kind)
    if in_it:
        reads = (*reads, Read(FLAGS))
    wait = history.wait_for(reads)
    missed, taken = _branch(instruction, kind)
    if joins(instruction, kind, history.open) and wait < 0:
        results = results_of(instruction, kind, early=False)
        return Issue(0, missed, taken, 0, history.joined(results).pack())
    stall, cycles = max(0, wait), _cycles(instruction, kind)
    early = history.wait_for(Read(r.register, r.late - 1, r.after_load) for r in reads) <= stall
    after = history.followed(stall + cycles, opens(instruction, kind), results_of(instruction, kind, early))
    if kind is Kind.DIVIDE:
        return Issue(stall, 0, 0, stall + 1, after.pack(), operands=division(instruction))
    # An instruction whose condition fails takes the time that it would have taken [J].
    return Issue(stall, cycles + missed, taken, stall + cycles, after.pack())


def _cycles(instruction: DecodedInstruction, kind: Kind) -> int:
    """Issue cycles without stalls."""
    if kind is Kind.MULTIPLE:
        use = footprint(instruction)
        return (use.loads + use.stores + 1) // 2  # two registers a cycle [J]
    name = mnemonic(instruction)
    if is_double(instruction):
        if kind is Kind.FP_MAC:
            return DOUBLE_FUSED if name[1] == "F" or name[2] == "F" else DOUBLE_CHAINED
        return DOUBLE.get(name, 1)
    if kind is Kind.FP_DIVIDE:
        return DIVIDE_32 if name == "VDIV" else SQUARE_ROOT_32
    return 1


def _branch(instruction: DecodedInstruction, kind: Kind) -> tuple[int, int]:
    """(cycles more when it does not branch, and beyond those when it does)."""
    branch = footprint(instruction).branch
    if branch == "indirect":
        return 0, INDIRECT + (TABLE_BRANCH if mnemonic(instruction).startswith("TB") else 0)
    if branch == "conditional":
        return (MISPREDICTED, -MISPREDICTED) if _goes_back(instruction) else (0, FORWARD_TAKEN)
    return 0, 0


def _goes_back(instruction: DecodedInstruction) -> bool:
    """CBZ only goes forward; the sign of the others is their S bit, or the top of imm8."""
    if instruction.size == 4:
        return bool(instruction.fields["S"])
    return not mnemonic(instruction).startswith("CB") and bool(instruction.fields["imm8"] >> 7)
