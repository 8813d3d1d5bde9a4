"""What may stand in an IT block, and where (ARMv7-M ARM A7.3.2, A7.7.38)."""

from __future__ import annotations

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.footprint import footprint

INSIDE, LAST = 1, 2
"""Places in an IT block; 0 is outside."""
UNCONDITIONAL = frozenset({"BKPT T1", "SG T1"})
"""They execute even where their condition fails."""
_NEVER = ("IT ", "CPS ", "VSEL.", "VMAXNM.", "VMINNM.", "VCVTx.", "VRINTx.")
_BRANCHES = ("BXNS ", "BLXNS ")
"""Branches that are never compiled, so that they have no footprint."""


def advance_it(itstate: int) -> int:
    """ITSTATE after one instruction (ARMv7-M ARM A7.3.3 ITAdvance)."""
    return itstate & 0xE0 | itstate << 1 & 0x1F if itstate & 7 else 0


def allowed_in_it(instruction: DecodedInstruction, place: int) -> bool:
    """Whether it may stand there: a branch only at the end; nowhere IT, CPS, conditional branches, and those
    floating-point instructions that the manual encodes with a condition of 1111.

    What may not is UNPREDICTABLE (CONSTRAINED UNPREDICTABLE in Armv8-M), here undefined.
    """
    if instruction.encoding.interpreted:
        return not instruction.name.startswith(_NEVER) and not (
            place == INSIDE and instruction.name.startswith(_BRANCHES)
        )
    branch = footprint(instruction).branch
    if branch == "conditional" or instruction.name.startswith(_NEVER):
        return False
    return not branch or place == LAST
