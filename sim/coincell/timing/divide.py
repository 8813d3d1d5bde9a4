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
    """Cycles of a division on Cortex-M3 and M4: 2 to 12 with the length of the quotient.

    Arm gives only the range (DDI 0439 table 3-1: "2 to 12, early termination on the number of leading ones
    and zeros"). Four quotient bits a cycle fit it: an estimate until compared with hardware.
    """
    if signed:
        a = o.select(o.bit(a, 31), o.sub(0, a), a)
        b = o.select(o.bit(b, 31), o.sub(0, b), b)
    length = o.sub(o.clz(b), o.clz(a))
    steps = o.select(o.ult(a, b), 0, o.lshr(o.add(length, 7), 2))
    cycles = o.add(steps, 3 if signed else 2)
    return o.select(o.eq(b, 0), 2, cycles)
