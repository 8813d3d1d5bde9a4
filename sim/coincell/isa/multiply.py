"""Multiplication, accumulation, division (ARMv7-M ARM A5.3.16, A5.3.17); halves are in `dsp_multiply`."""

from __future__ import annotations

from collections.abc import Callable

from coincell.isa.arithmetic import no_pc
from coincell.isa.encoding import instruction
from coincell.isa.ops import Ops, Value

# ---- 32-bit results -------------------------------------------------------------------------------------


@instruction("MUL T2", "111110110000 Rn:4 1111 Rd:4 0000 Rm:4", where=no_pc)
def _mul(o: Ops, Rn: int, Rd: int, Rm: int) -> None:
    o.set_reg(Rd, o.mul(o.reg(Rn), o.reg(Rm)))


@instruction("MLA T1", "111110110000 Rn:4 Ra:4 Rd:4 0000 Rm:4", where=no_pc)
def _mla(o: Ops, Rn: int, Ra: int, Rd: int, Rm: int) -> None:
    o.set_reg(Rd, o.add(o.reg(Ra), o.mul(o.reg(Rn), o.reg(Rm))))


@instruction("MLS T1", "111110110000 Rn:4 Ra:4 Rd:4 0001 Rm:4", where=no_pc)
def _mls(o: Ops, Rn: int, Ra: int, Rd: int, Rm: int) -> None:
    o.set_reg(Rd, o.sub(o.reg(Ra), o.mul(o.reg(Rn), o.reg(Rm))))


@instruction("SDIV T1", "111110111001 Rn:4 (1) (1) (1) (1) Rd:4 1111 Rm:4", where=no_pc)
def _sdiv(o: Ops, Rn: int, Rd: int, Rm: int) -> None:
    o.set_reg(Rd, o.sdiv(o.reg(Rn), o.reg(Rm)))


@instruction("UDIV T1", "111110111011 Rn:4 (1) (1) (1) (1) Rd:4 1111 Rm:4", where=no_pc)
def _udiv(o: Ops, Rn: int, Rd: int, Rm: int) -> None:
    o.set_reg(Rd, o.udiv(o.reg(Rn), o.reg(Rm)))


# ---- 64-bit results -------------------------------------------------------------------------------------


def two_results(RdLo: int, RdHi: int, **registers: int) -> bool:
    """One register for both halves is UNPREDICTABLE, here undefined."""
    return RdLo != RdHi and no_pc(RdLo=RdLo, RdHi=RdHi, **registers)


def accumulator(o: Ops, RdLo: int, RdHi: int) -> Value:
    """RdHi:RdLo as a wide."""
    return o.pair64(o.reg(RdLo), o.reg(RdHi))


def set_wide(o: Ops, RdLo: int, RdHi: int, value: Value) -> None:
    """RdHi:RdLo := a wide."""
    o.set_reg(RdLo, o.low32(value))
    o.set_reg(RdHi, o.high32(value))


def signed_product(o: Ops, Rn: int, Rm: int) -> Value:
    """The wide product of two signed registers."""
    return o.mul64(o.sext64(o.reg(Rn)), o.sext64(o.reg(Rm)))


def unsigned_product(o: Ops, Rn: int, Rm: int) -> Value:
    """The wide product of two unsigned registers."""
    return o.mul64(o.zext64(o.reg(Rn)), o.zext64(o.reg(Rm)))


def _long(name: str, op: str, product: Callable[[Ops, int, int], Value], accumulate: bool) -> None:
    @instruction(f"{name} T1", f"111110111 {op} Rn:4 RdLo:4 RdHi:4 0000 Rm:4", where=two_results)
    def _(o: Ops, Rn: int, RdLo: int, RdHi: int, Rm: int) -> None:
        value = product(o, Rn, Rm)
        if accumulate:
            value = o.add64(accumulator(o, RdLo, RdHi), value)
        set_wide(o, RdLo, RdHi, value)


_long("SMULL", "000", signed_product, False)
_long("UMULL", "010", unsigned_product, False)
_long("SMLAL", "100", signed_product, True)
_long("UMLAL", "110", unsigned_product, True)


@instruction("UMAAL T1", "111110111110 Rn:4 RdLo:4 RdHi:4 0110 Rm:4", feature="dsp", where=two_results)
def _umaal(o: Ops, Rn: int, RdLo: int, RdHi: int, Rm: int) -> None:
    both = o.add64(o.zext64(o.reg(RdLo)), o.zext64(o.reg(RdHi)))
    set_wide(o, RdLo, RdHi, o.add64(unsigned_product(o, Rn, Rm), both))
