"""Branches, calls, compare-and-branch, table branches and IT."""

from __future__ import annotations

from coincell.isa.arithmetic import M32
from coincell.isa.encoding import instruction
from coincell.isa.ops import Ops


def _signed(value: int, bits: int) -> int:
    """A displacement field as a signed number."""
    return value - (1 << bits) if value >> (bits - 1) else value


@instruction("B T1", "1101 cond:4 imm8:8", where=lambda cond, imm8: cond < 14)
def _b_conditional(o: Ops, cond: int, imm8: int) -> None:
    o.branch_if(o.condition(cond), o.pc + _signed(imm8, 8) * 2 & M32)


@instruction("B T2", "11100 imm11:11")
def _b(o: Ops, imm11: int) -> None:
    o.branch(o.pc + _signed(imm11, 11) * 2 & M32)


@instruction("B T3", "11110 S cond:4 imm6:6 10 J1 0 J2 imm11:11", where=lambda cond, **_: cond < 14)
def _b_conditional_wide(o: Ops, S: int, cond: int, imm6: int, J1: int, J2: int, imm11: int) -> None:
    offset = _signed(S << 19 | J2 << 18 | J1 << 17 | imm6 << 11 | imm11, 20)
    o.branch_if(o.condition(cond), o.pc + offset * 2 & M32)


def _target(o: Ops, S: int, imm10: int, J1: int, J2: int, imm11: int) -> int:
    i1, i2 = J1 ^ S ^ 1, J2 ^ S ^ 1
    return o.pc + _signed(S << 23 | i1 << 22 | i2 << 21 | imm10 << 11 | imm11, 24) * 2 & M32


@instruction("B T4", "11110 S imm10:10 10 J1 1 J2 imm11:11")
def _b_wide(o: Ops, S: int, imm10: int, J1: int, J2: int, imm11: int) -> None:
    o.branch(_target(o, S, imm10, J1, J2, imm11))


@instruction("BL T1", "11110 S imm10:10 11 J1 1 J2 imm11:11", feature="v6m")
def _bl(o: Ops, S: int, imm10: int, J1: int, J2: int, imm11: int) -> None:
    o.set_reg(14, o.next_pc | 1)
    o.branch(_target(o, S, imm10, J1, J2, imm11))


@instruction("BX T1", "010001110 Rm:4 (0) (0) (0)")
def _bx(o: Ops, Rm: int) -> None:
    o.branch_exchange(o.reg(Rm))


@instruction("BLX (register) T1", "010001111 Rm:4 (0) (0) (0)", where=lambda Rm: Rm != 15)
def _blx(o: Ops, Rm: int) -> None:
    """A target with bit 0 clear faults at the target, with LR written; EXC_RETURN values are no exception
    return here (BLXWritePC), but nothing executes at such an address either."""
    target = o.reg(Rm)
    o.set_reg(14, o.next_pc | 1)
    o.branch_exchange(target)


@instruction("CBZ T1", "101100 i 1 imm5:5 Rn:3", feature="v7m")
def _cbz(o: Ops, i: int, imm5: int, Rn: int) -> None:
    o.branch_if(o.eq(o.reg(Rn), 0), o.pc + (i << 6 | imm5 << 1) & M32)


@instruction("CBNZ T1", "101110 i 1 imm5:5 Rn:3", feature="v7m")
def _cbnz(o: Ops, i: int, imm5: int, Rn: int) -> None:
    o.branch_if(o.ne(o.reg(Rn), 0), o.pc + (i << 6 | imm5 << 1) & M32)


@instruction("TBB T1", "111010001101 Rn:4 (1) (1) (1) (1) (0) (0) (0) (0) 0000 Rm:4")
def _tbb(o: Ops, Rn: int, Rm: int) -> None:
    entry = o.load(o.add(o.reg(Rn), o.reg(Rm)), 1)
    o.branch(o.add(o.pc, o.shl(entry, 1)))


@instruction("TBH T1", "111010001101 Rn:4 (1) (1) (1) (1) (0) (0) (0) (0) 0001 Rm:4")
def _tbh(o: Ops, Rn: int, Rm: int) -> None:
    entry = o.load(o.add(o.reg(Rn), o.shl(o.reg(Rm), 1)), 2)
    o.branch(o.add(o.pc, o.shl(entry, 1)))


def _is_it(firstcond: int, mask: int) -> bool:
    """ "Else" of always, and condition 15, are UNPREDICTABLE, here undefined."""
    return mask != 0 and (firstcond < 14 or (firstcond == 14 and mask.bit_count() == 1))


@instruction(
    "IT T1",
    "10111111 firstcond:4 mask:4",
    feature="v7m",
    where=_is_it,
)
def _it(o: Ops, firstcond: int, mask: int) -> None:
    o.start_it(firstcond << 4 | mask)
