"""Early termination of SDIV and UDIV, written over `isa.ops` so that it interprets and compiles."""

from __future__ import annotations

from typing import Any

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.pipeline import OperandCost

DIVIDE_WORST = 12


def division(instruction: DecodedInstruction) -> OperandCost:
    """The cost of an SDIV or UDIV by its operands."""
    n, m = instruction.fields["Rn"], instruction.fields["Rm"]
    signed = instruction.name.startswith("SDIV")
    return OperandCost(lambda o: divide_cycles(o, o.reg(n), o.reg(m), signed), DIVIDE_WORST)


def divide_cycles(o: Any, a: Any, b: Any, signed: bool) -> Any:
    """Cycles of a division on Cortex-M4, 2 to 12 "early termination on the number of leading ones and zeros"
    (DDI 0439 table 3-1).

    2 when an operand is zero, 3 when the dividend has fewer bits than the divisor, else 5 and one more for
    every four bits of the difference: measured, exactly so, by the Cortex-M4 compendium (compendium.i-0.nl,
    "Division timing"). The other cores with these ranges are taken to be the same: an estimate.
    """
    if signed:
        a = o.select(o.bit(a, 31), o.sub(0, a), a)
        b = o.select(o.bit(b, 31), o.sub(0, b), b)
    zeros_a, zeros_b = o.clz(a), o.clz(b)
    cycles = o.select(o.ult(zeros_b, zeros_a), 3, o.add(5, o.lshr(o.sub(zeros_b, zeros_a), 2)))
    return o.select(o.either(o.eq(a, 0), o.eq(b, 0)), 2, cycles)
