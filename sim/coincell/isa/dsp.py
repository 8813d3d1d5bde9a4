"""Saturation and packing. SSAT and USAT are in every Armv7-M core; the rest needs the DSP extension."""

from __future__ import annotations

from coincell.isa.arithmetic import no_pc
from coincell.isa.encoding import instruction
from coincell.isa.ops import Ops, Value
from coincell.isa.parallel import clamp, lanes, pack
from coincell.isa.shifts import ASR, LSL, shift

# ---- saturation -----------------------------------------------------------------------------------------


def _limits(signed: bool, sat_imm: int) -> tuple[int, int]:
    """SSAT to sat_imm + 1 bits, USAT to sat_imm bits."""
    return (-1 << sat_imm, (1 << sat_imm) - 1) if signed else (0, (1 << sat_imm) - 1)


def _saturate(o: Ops, Rd: int, value: Value, result: Value) -> None:
    o.set_reg(Rd, result)
    o.set_q_if(o.ne(result, value))


def _saturating(name: str, op: str, signed: bool) -> None:
    def usable(sh: int, Rn: int, imm3: int, Rd: int, imm2: int, sat_imm: int) -> bool:
        return no_pc(Rn=Rn, Rd=Rd) and (sh == 0 or imm3 << 2 | imm2 != 0)

    @instruction(f"{name} T1", f"11110 (0) {op} sh 0 Rn:4 0 imm3:3 Rd:4 imm2:2 (0) sat_imm:5", where=usable)
    def _(o: Ops, sh: int, Rn: int, imm3: int, Rd: int, imm2: int, sat_imm: int) -> None:
        value = shift(o, o.reg(Rn), ASR if sh else LSL, imm3 << 2 | imm2)
        _saturate(o, Rd, value, clamp(o, value, *_limits(signed, sat_imm)))

    @instruction(
        f"{name}16 T1",
        f"11110 (0) {op} 1 0 Rn:4 0 000 Rd:4 00 (0) (0) sat_imm:4",
        feature="dsp",
        where=no_pc,
    )
    def _(o: Ops, Rn: int, Rd: int, sat_imm: int) -> None:
        value = o.reg(Rn)
        halves = [clamp(o, half, *_limits(signed, sat_imm)) for half in lanes(o, value, 16, True)]
        _saturate(o, Rd, value, pack(o, halves, 16))


_saturating("SSAT", "1100", True)
_saturating("USAT", "1110", False)


def _saturating_word(o: Ops, a: Value, b: Value, kind: str) -> Value:
    """a + b or a - b, saturated, with Q."""
    if kind == "add":
        result, _, overflow = o.add_with_carry(a, b, 0)
    else:
        result = o.sub(a, b)
        overflow = o.differ(o.slt(a, b), o.bit(result, 31))
    o.set_q_if(overflow)
    limit = o.xor(o.ashr(result, 31), 0x8000_0000)  # the wrapped sign is the wrong one
    return o.select(overflow, limit, result)


def _saturating_arithmetic(name: str, op: str, kind: str, doubled: bool) -> None:
    pattern = f"111110101000 Rn:4 1111 Rd:4 10 {op} Rm:4"

    @instruction(f"{name} T1", pattern, feature="dsp", where=no_pc)
    def _(o: Ops, Rn: int, Rd: int, Rm: int) -> None:
        n = _saturating_word(o, o.reg(Rn), o.reg(Rn), "add") if doubled else o.reg(Rn)
        o.set_reg(Rd, _saturating_word(o, o.reg(Rm), n, kind))


_saturating_arithmetic("QADD", "00", "add", False)
_saturating_arithmetic("QDADD", "01", "add", True)
_saturating_arithmetic("QSUB", "10", "sub", False)
_saturating_arithmetic("QDSUB", "11", "sub", True)

# ---- packing --------------------------------------------------------------------------------------------


@instruction("PKHBT T1", "111010101100 Rn:4 (0) imm3:3 Rd:4 imm2:2 00 Rm:4", feature="dsp", where=no_pc)
def _pkhbt(o: Ops, Rn: int, imm3: int, Rd: int, imm2: int, Rm: int) -> None:
    top = shift(o, o.reg(Rm), LSL, imm3 << 2 | imm2)
    o.set_reg(Rd, o.or_(o.and_(o.reg(Rn), 0xFFFF), o.and_(top, 0xFFFF_0000)))


@instruction("PKHTB T1", "111010101100 Rn:4 (0) imm3:3 Rd:4 imm2:2 10 Rm:4", feature="dsp", where=no_pc)
def _pkhtb(o: Ops, Rn: int, imm3: int, Rd: int, imm2: int, Rm: int) -> None:
    bottom = shift(o, o.reg(Rm), ASR, imm3 << 2 | imm2)
    o.set_reg(Rd, o.or_(o.and_(o.reg(Rn), 0xFFFF_0000), o.and_(bottom, 0xFFFF)))
