"""Cortex-M3: the Cortex-M4's pipeline with a slower multiplier, and neither DSP nor FPU.

Source: Arm 100165 (Cortex-M3 TRM r2p1) table 3-1, the same figures as DDI 0337 table 18-1. Not compared with
hardware here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.cortex_m4 import CortexM4
from coincell.timing.pipeline import Issue, OperandCost

MULTIPLY_ADD = 2
"""MLA and MLS."""
LONG = {"SMULL": 3, "UMULL": 3, "SMLAL": 4, "UMLAL": 4}
"""3 to 5 without and 4 to 7 with accumulation, "early termination depending on the size of source values"."""
LONG_MORE, LONG_ADD_MORE = 2, 3


class CortexM3(CortexM4):
    """Implements `timing.pipeline.Pipeline`."""

    name = "cortex-m3"
    indexed_pair = False
    """A load that updates its base does not pair with a load before it, nor does such a store: measured on an
    STM32F103 (jnk0le/random, cortex_m3m4.md, commit 3dfc2ab)."""

    def issue(self, instruction: DecodedInstruction, address: int, pipe: int, in_it: bool) -> Issue:
        issue = super().issue(instruction, address, pipe, in_it)
        name = instruction.name.split()[0]
        if name in ("MLA", "MLS"):
            return replace(issue, after=MULTIPLY_ADD)
        if name in LONG:
            return replace(issue, after=LONG[name], operands=_early_termination(name, instruction.fields))
        return issue


def _early_termination(name: str, fields: dict[str, int]) -> OperandCost:
    n, m = fields["Rn"], fields["Rm"]
    signed, adds = name[0] == "S", name.endswith("LAL")
    return OperandCost(
        lambda o: long_multiply_cycles(o, o.reg(n), o.reg(m), signed, adds),
        LONG_ADD_MORE if adds else LONG_MORE,
    )


def long_multiply_cycles(o: Any, a: Any, b: Any, signed: bool, adds: bool) -> Any:
    """Cycles beyond the least: one for each operand that is not short, and one for two of them when adding.

    Arm gives only the ranges; that an operand is short when it fits 16 bits is an estimate, and so is how the
    cycles are divided between the two.
    """
    a, b = _is_long(o, a, signed), _is_long(o, b, signed)
    more = o.add(o.word(a), o.word(b))
    return o.add(more, o.word(o.both(a, b))) if adds else more


def _is_long(o: Any, a: Any, signed: bool) -> Any:
    return o.ne(o.sext(a, 16) if signed else o.and_(a, 0xFFFF), a)
