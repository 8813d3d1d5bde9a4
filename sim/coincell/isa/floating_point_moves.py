"""Floating-point moves between registers, core and memory (DDI 0403E, A6.5-A6.7 and A7.7).

A double register Dx is the pair S2x (low word), S2x+1; a core with only single precision still loads, stores
and moves doubles. UNPREDICTABLE encodings are undefined here.
"""

from __future__ import annotations

from coincell.isa.encoding import instruction
from coincell.isa.float_format import SINGLE, Format
from coincell.isa.ops import Ops, Value
from coincell.isa.precision import Float, floating, single

FPSCR_WRITABLE = 0xF7C0009F
"""N Z C V, AHP DN FZ RMode and the sticky bits; the rest is reserved (DDI 0403E, B1.4.3)."""


def expand_immediate(imm8: int, fmt: Format = SINGLE) -> int:
    """VFPExpandImm: the number that eight bits abcdefgh stand for: exponent Bbbb..cd, fraction efgh."""
    exponent = (fmt.exp_ones >> 1 ^ 3) if imm8 & 0x40 else fmt.exp_ones + 1 >> 1
    magnitude = (exponent | imm8 >> 4 & 3) << fmt.frac_bits | (imm8 & 15) << fmt.frac_bits - 4
    return fmt.signed(imm8 >> 7, magnitude)


@floating("VMOV (immediate)", "11101110 1 D 11 imm4H:4 Vd:4 101 sz (0) 0 (0) 0 imm4L:4")
def vmov_immediate(f: Float, imm4H: int, imm4L: int) -> None:
    f.d = expand_immediate(imm4H << 4 | imm4L, f.precision.format)


@floating("VMOV (register)", "11101110 1 D 11 0000 Vd:4 101 sz 01 M 0 Vm:4")
def vmov_register(f: Float) -> None:
    f.d = f.m


# ---- to and from core registers ---------------------------------------------------------------------


def _rt_is_general(Rt: int, **_: int) -> bool:
    return Rt != 15


def _both_are_general(op: int, Rt2: int, Rt: int, **_: int) -> bool:
    return Rt < 15 and Rt2 < 15 and not (op and Rt == Rt2)


def _move_word(o: Ops, to_core: int, s: int, t: int) -> None:
    if to_core:
        o.set_reg(t, o.sreg(s))
    else:
        o.set_sreg(s, o.reg(t))


@instruction(
    "VMOV (core and single)",
    "11101110 000 op Vn:4 Rt:4 1010 N (0) (0) 1 (0) (0) (0) (0)",
    feature="fpsp",
    where=_rt_is_general,
)
def vmov_core_single(o: Ops, op: int, Vn: int, Rt: int, N: int) -> None:
    _move_word(o, op, single(Vn, N), Rt)


@instruction(
    "VMOV (core and scalar)",
    "11101110 00 x op Vn:4 Rt:4 1011 0 00 1 (0) (0) (0) (0)",
    feature="fpsp",
    where=_rt_is_general,
)
def vmov_core_scalar(o: Ops, x: int, op: int, Vn: int, Rt: int) -> None:
    """VMOV.32 of Dn[x], which is one single register."""
    _move_word(o, op, single(Vn, x), Rt)


def _move_two(o: Ops, to_core: int, s: int, t: int, t2: int) -> None:
    _move_word(o, to_core, s, t)
    _move_word(o, to_core, s + 1, t2)


@instruction(
    "VMOV (two core and two single)",
    "11101100 010 op Rt2:4 Rt:4 1010 00 M 1 Vm:4",
    feature="fpsp",
    where=lambda M, Vm, **fields: single(Vm, M) != 31 and _both_are_general(**fields),
)
def vmov_two_core_two_single(o: Ops, op: int, Rt2: int, Rt: int, M: int, Vm: int) -> None:
    _move_two(o, op, single(Vm, M), Rt, Rt2)


@instruction(
    "VMOV (two core and double)",
    "11101100 010 op Rt2:4 Rt:4 1011 0001 Vm:4",
    feature="fpsp",
    where=_both_are_general,
)
def vmov_two_core_double(o: Ops, op: int, Rt2: int, Rt: int, Vm: int) -> None:
    _move_two(o, op, single(Vm, 0), Rt, Rt2)


@instruction("VMRS", "11101110 1111 0001 Rt:4 1010 (0) (0) (0) 1 (0) (0) (0) (0)", feature="fpsp")
def vmrs(o: Ops, Rt: int) -> None:
    fpscr = o.fpscr()
    if Rt == 15:
        o.set_flags(n=o.bit(fpscr, 31), z=o.bit(fpscr, 30), c=o.bit(fpscr, 29), v=o.bit(fpscr, 28))
    else:
        o.set_reg(Rt, fpscr)


@instruction(
    "VMSR",
    "11101110 1110 0001 Rt:4 1010 (0) (0) (0) 1 (0) (0) (0) (0)",
    feature="fpsp",
    where=_rt_is_general,
)
def vmsr(o: Ops, Rt: int) -> None:
    o.set_fpscr(o.and_(o.reg(Rt), FPSCR_WRITABLE))


# ---- memory -----------------------------------------------------------------------------------------


def _load(o: Ops, start: Value, s: int, count: int) -> None:
    """`count` single registers from memory, all of them read before the first is written."""
    for k, word in enumerate(o.load_words(start, count)):
        o.set_sreg(s + k, word)


def _store(o: Ops, start: Value, s: int, count: int) -> None:
    o.store_words(start, [o.sreg(s + k) for k in range(count)])


def _offset(o: Ops, U: int, Rn: int, imm8: int) -> Value:
    """Base register (the program counter word-aligned) plus or minus imm8 words."""
    base = o.pc & ~3 if Rn == 15 else o.reg(Rn)
    return o.add(base, imm8 << 2) if U else o.sub(base, imm8 << 2)


def _rn_is_general(Rn: int, **_: int) -> bool:
    return Rn != 15


@instruction("VLDR.32", "11101101 U D 01 Rn:4 Vd:4 1010 imm8:8", feature="fpsp")
def vldr_single(o: Ops, U: int, D: int, Rn: int, Vd: int, imm8: int) -> None:
    _load(o, _offset(o, U, Rn, imm8), single(Vd, D), 1)


@instruction("VLDR.64", "11101101 U 001 Rn:4 Vd:4 1011 imm8:8", feature="fpsp")
def vldr_double(o: Ops, U: int, Rn: int, Vd: int, imm8: int) -> None:
    _load(o, _offset(o, U, Rn, imm8), single(Vd, 0), 2)


@instruction("VSTR.32", "11101101 U D 00 Rn:4 Vd:4 1010 imm8:8", feature="fpsp", where=_rn_is_general)
def vstr_single(o: Ops, U: int, D: int, Rn: int, Vd: int, imm8: int) -> None:
    _store(o, _offset(o, U, Rn, imm8), single(Vd, D), 1)


@instruction("VSTR.64", "11101101 U 000 Rn:4 Vd:4 1011 imm8:8", feature="fpsp", where=_rn_is_general)
def vstr_double(o: Ops, U: int, Rn: int, Vd: int, imm8: int) -> None:
    _store(o, _offset(o, U, Rn, imm8), single(Vd, 0), 2)


def _is_single_list(Rn: int, D: int, Vd: int, imm8: int, **_: int) -> bool:
    return Rn != 15 and 0 < imm8 <= 32 - single(Vd, D)


def _is_double_list(Rn: int, Vd: int, imm8: int, **_: int) -> bool:
    """An odd count is FLDMX or FSTMX: its last word is stepped over."""
    return Rn != 15 and 0 < imm8 >> 1 <= 16 - Vd


def _multiple(o: Ops, load: bool, up: bool, W: int, Rn: int, s: int, imm8: int, unit: int = 1) -> None:
    """Increment after (`up`) or decrement before; imm8 words, `unit` to a register. A fault leaves the base
    as it was."""
    base = o.reg(Rn)
    end = o.add(base, 4 * imm8) if up else o.sub(base, 4 * imm8)
    if W and Rn == 13:
        o.check_stack(end)
    (_load if load else _store)(o, base if up else end, s, imm8 // unit * unit)
    if W:
        o.set_reg(Rn, end)


@instruction("VLDM.32", "11101100 1 D W 1 Rn:4 Vd:4 1010 imm8:8", feature="fpsp", where=_is_single_list)
def vldmia_single(o: Ops, D: int, W: int, Rn: int, Vd: int, imm8: int) -> None:
    """Increment after; VPOP when Rn is SP and W."""
    _multiple(o, True, True, W, Rn, single(Vd, D), imm8)


@instruction("VLDM.32", "11101101 0 D 11 Rn:4 Vd:4 1010 imm8:8", feature="fpsp", where=_is_single_list)
def vldmdb_single(o: Ops, D: int, Rn: int, Vd: int, imm8: int) -> None:
    """Decrement before."""
    _multiple(o, True, False, 1, Rn, single(Vd, D), imm8)


@instruction("VLDM.64", "11101100 10 W 1 Rn:4 Vd:4 1011 imm8:8", feature="fpsp", where=_is_double_list)
def vldmia_double(o: Ops, W: int, Rn: int, Vd: int, imm8: int) -> None:
    """Increment after; VPOP when Rn is SP and W."""
    _multiple(o, True, True, W, Rn, single(Vd, 0), imm8, unit=2)


@instruction("VLDM.64", "11101101 0011 Rn:4 Vd:4 1011 imm8:8", feature="fpsp", where=_is_double_list)
def vldmdb_double(o: Ops, Rn: int, Vd: int, imm8: int) -> None:
    """Decrement before."""
    _multiple(o, True, False, 1, Rn, single(Vd, 0), imm8, unit=2)


@instruction("VSTM.32", "11101100 1 D W 0 Rn:4 Vd:4 1010 imm8:8", feature="fpsp", where=_is_single_list)
def vstmia_single(o: Ops, D: int, W: int, Rn: int, Vd: int, imm8: int) -> None:
    """Increment after."""
    _multiple(o, False, True, W, Rn, single(Vd, D), imm8)


@instruction("VSTM.32", "11101101 0 D 10 Rn:4 Vd:4 1010 imm8:8", feature="fpsp", where=_is_single_list)
def vstmdb_single(o: Ops, D: int, Rn: int, Vd: int, imm8: int) -> None:
    """Decrement before; VPUSH when Rn is SP."""
    _multiple(o, False, False, 1, Rn, single(Vd, D), imm8)


@instruction("VSTM.64", "11101100 10 W 0 Rn:4 Vd:4 1011 imm8:8", feature="fpsp", where=_is_double_list)
def vstmia_double(o: Ops, W: int, Rn: int, Vd: int, imm8: int) -> None:
    """Increment after."""
    _multiple(o, False, True, W, Rn, single(Vd, 0), imm8, unit=2)


@instruction("VSTM.64", "11101101 0010 Rn:4 Vd:4 1011 imm8:8", feature="fpsp", where=_is_double_list)
def vstmdb_double(o: Ops, Rn: int, Vd: int, imm8: int) -> None:
    """Decrement before; VPUSH when Rn is SP."""
    _multiple(o, False, False, 1, Rn, single(Vd, 0), imm8, unit=2)
