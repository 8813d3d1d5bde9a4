"""Cortex-M0+ issue rules: two stages, no history. Source: Arm DDI 0484 (Cortex-M0+ TRM) table 3-1.

Not yet compared with hardware here.
"""

from __future__ import annotations

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.footprint import footprint
from coincell.timing.pipeline import Issue

SYSTEM = {"CPS": 1, "SEV": 1, "WFI": 2, "WFE": 2}
"""System instructions that do not take `interpreted` cycles (DDI 0484 table 3-1)."""
_CACHE: dict[tuple[int, int], Issue] = {}


class CortexM0Plus:
    """Implements `timing.pipeline.Pipeline`, with the single-cycle multiplier."""

    name = "cortex-m0plus"
    validated = False
    unaligned = (0, 0)
    exception_entry = 15
    exception_return = 13
    """DDI 0484 gives no figure for the return; estimate, by analogy with entry less vector fetch."""
    tail_chain = 6
    interpreted = 3

    def issue(self, instruction: DecodedInstruction, address: int, pipe: int, in_it: bool) -> Issue:
        key = (instruction.opcode, instruction.size)
        found = _CACHE.get(key)
        if found is None:
            found = _CACHE[key] = _compute(instruction)
        return found


def _compute(instruction: DecodedInstruction) -> Issue:
    if instruction.encoding.interpreted:
        return Issue(0, SYSTEM.get(instruction.name.split()[0], CortexM0Plus.interpreted), 0, 1, 0)
    use = footprint(instruction)
    if use.memory:
        n = use.loads + use.stores
        # POP with PC 3 + N; LDM, STM, PUSH, POP 1 + N; a single access 2.
        return Issue(0, 1 + n, 2 if use.branch else 0, 1, 0)
    if use.branch:
        linked = "r14" in use.writes and use.branch == "direct"
        return Issue(0, 1, 2 if linked else 1, 1, 0)
    return Issue(0, 1, 0, 1, 0)
