"""FPv4-SP: single-precision arithmetic, comparison and conversion (DDI 0403E, A6.4-A6.7 and A7.7).

Encodings that the manual calls UNPREDICTABLE are left undefined here, so that firmware which relies on one
is told. Access checks and lazy stacking are the core's: it knows these by `encoding.feature`.
"""

from __future__ import annotations

from coincell.isa.encoding import instruction
from coincell.isa.ops import Ops, Value

SIGN = 0x80000000


def single(V: int, low: int) -> int:
    """A single register's number: four bits of name, then the odd one."""
    return V << 1 | low


def _neg(o: Ops, word: Value) -> Value:
    return o.xor(word, SIGN)


# ---- arithmetic -------------------------------------------------------------------------------------


@instruction("VADD", "11101110 0 D 11 Vn:4 Vd:4 1010 N 0 M 0 Vm:4", feature="fpsp")
def vadd(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    o.set_sreg(single(Vd, D), o.fp("add", o.sreg(single(Vn, N)), o.sreg(single(Vm, M))))


@instruction("VSUB", "11101110 0 D 11 Vn:4 Vd:4 1010 N 1 M 0 Vm:4", feature="fpsp")
def vsub(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    o.set_sreg(single(Vd, D), o.fp("sub", o.sreg(single(Vn, N)), o.sreg(single(Vm, M))))


@instruction("VMUL", "11101110 0 D 10 Vn:4 Vd:4 1010 N 0 M 0 Vm:4", feature="fpsp")
def vmul(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    o.set_sreg(single(Vd, D), o.fp("mul", o.sreg(single(Vn, N)), o.sreg(single(Vm, M))))


@instruction("VNMUL", "11101110 0 D 10 Vn:4 Vd:4 1010 N 1 M 0 Vm:4", feature="fpsp")
def vnmul(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    o.set_sreg(single(Vd, D), _neg(o, o.fp("mul", o.sreg(single(Vn, N)), o.sreg(single(Vm, M)))))


@instruction("VDIV", "11101110 1 D 00 Vn:4 Vd:4 1010 N 0 M 0 Vm:4", feature="fpsp")
def vdiv(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    o.set_sreg(single(Vd, D), o.fp("div", o.sreg(single(Vn, N)), o.sreg(single(Vm, M))))


@instruction("VSQRT", "11101110 1 D 11 0001 Vd:4 1010 11 M 0 Vm:4", feature="fpsp")
def vsqrt(o: Ops, D: int, Vd: int, M: int, Vm: int) -> None:
    o.set_sreg(single(Vd, D), o.fp("sqrt", o.sreg(single(Vm, M))))


@instruction("VABS", "11101110 1 D 11 0000 Vd:4 1010 11 M 0 Vm:4", feature="fpsp")
def vabs(o: Ops, D: int, Vd: int, M: int, Vm: int) -> None:
    o.set_sreg(single(Vd, D), o.and_(o.sreg(single(Vm, M)), SIGN - 1))


@instruction("VNEG", "11101110 1 D 11 0001 Vd:4 1010 01 M 0 Vm:4", feature="fpsp")
def vneg(o: Ops, D: int, Vd: int, M: int, Vm: int) -> None:
    o.set_sreg(single(Vd, D), _neg(o, o.sreg(single(Vm, M))))


# ---- multiply and accumulate ------------------------------------------------------------------------
# Chained: the product is rounded, then the sum. Fused: rounded once. A negation flips the sign, NaN or not.


def _chained(o: Ops, d: int, n: int, m: int, negate_addend: bool, negate_product: bool) -> None:
    product = o.fp("mul", o.sreg(n), o.sreg(m))
    addend = _neg(o, o.sreg(d)) if negate_addend else o.sreg(d)
    o.set_sreg(d, o.fp("add", addend, _neg(o, product) if negate_product else product))


def _fused(o: Ops, d: int, n: int, m: int, negate_addend: bool, negate_product: bool) -> None:
    addend = _neg(o, o.sreg(d)) if negate_addend else o.sreg(d)
    factor = _neg(o, o.sreg(n)) if negate_product else o.sreg(n)
    o.set_sreg(d, o.fp("fma", addend, factor, o.sreg(m)))


@instruction("VMLA", "11101110 0 D 00 Vn:4 Vd:4 1010 N 0 M 0 Vm:4", feature="fpsp")
def vmla(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    _chained(o, single(Vd, D), single(Vn, N), single(Vm, M), False, False)


@instruction("VMLS", "11101110 0 D 00 Vn:4 Vd:4 1010 N 1 M 0 Vm:4", feature="fpsp")
def vmls(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    _chained(o, single(Vd, D), single(Vn, N), single(Vm, M), False, True)


@instruction("VNMLS", "11101110 0 D 01 Vn:4 Vd:4 1010 N 0 M 0 Vm:4", feature="fpsp")
def vnmls(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    _chained(o, single(Vd, D), single(Vn, N), single(Vm, M), True, False)


@instruction("VNMLA", "11101110 0 D 01 Vn:4 Vd:4 1010 N 1 M 0 Vm:4", feature="fpsp")
def vnmla(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    _chained(o, single(Vd, D), single(Vn, N), single(Vm, M), True, True)


@instruction("VFMA", "11101110 1 D 10 Vn:4 Vd:4 1010 N 0 M 0 Vm:4", feature="fpsp")
def vfma(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    _fused(o, single(Vd, D), single(Vn, N), single(Vm, M), False, False)


@instruction("VFMS", "11101110 1 D 10 Vn:4 Vd:4 1010 N 1 M 0 Vm:4", feature="fpsp")
def vfms(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    _fused(o, single(Vd, D), single(Vn, N), single(Vm, M), False, True)


@instruction("VFNMS", "11101110 1 D 01 Vn:4 Vd:4 1010 N 0 M 0 Vm:4", feature="fpsp")
def vfnms(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    _fused(o, single(Vd, D), single(Vn, N), single(Vm, M), True, False)


@instruction("VFNMA", "11101110 1 D 01 Vn:4 Vd:4 1010 N 1 M 0 Vm:4", feature="fpsp")
def vfnma(o: Ops, D: int, Vn: int, Vd: int, N: int, M: int, Vm: int) -> None:
    _fused(o, single(Vd, D), single(Vn, N), single(Vm, M), True, True)


# ---- comparison -------------------------------------------------------------------------------------


def _compare(o: Ops, E: int, a: Value, b: Value) -> None:
    nzcv = o.fp("compare_signalling" if E else "compare", a, b)
    o.set_fpscr(o.or_(o.and_(o.fpscr(), 0x0FFFFFFF), o.shl(nzcv, 28)))


@instruction("VCMP", "11101110 1 D 11 0100 Vd:4 1010 E 1 M 0 Vm:4", feature="fpsp")
def vcmp(o: Ops, D: int, Vd: int, E: int, M: int, Vm: int) -> None:
    """VCMP, and VCMPE when E: any NaN is then invalid."""
    _compare(o, E, o.sreg(single(Vd, D)), o.sreg(single(Vm, M)))


@instruction("VCMP (zero)", "11101110 1 D 11 0101 Vd:4 1010 E 1 (0) 0 (0) (0) (0) (0)", feature="fpsp")
def vcmp_zero(o: Ops, D: int, Vd: int, E: int) -> None:
    _compare(o, E, o.sreg(single(Vd, D)), 0)


# ---- conversion -------------------------------------------------------------------------------------


@instruction("VCVT (integer to float)", "11101110 1 D 111000 Vd:4 1010 op 1 M 0 Vm:4", feature="fpsp")
def vcvt_from_integer(o: Ops, D: int, Vd: int, op: int, M: int, Vm: int) -> None:
    o.set_sreg(single(Vd, D), o.fp("from_s32" if op else "from_u32", o.sreg(single(Vm, M))))


@instruction("VCVT (float to integer)", "11101110 1 D 11110 s Vd:4 1010 op 1 M 0 Vm:4", feature="fpsp")
def vcvt_to_integer(o: Ops, D: int, s: int, Vd: int, op: int, M: int, Vm: int) -> None:
    """VCVT towards zero when op, else VCVTR as FPSCR rounds."""
    name = ("to_s32" if s else "to_u32") + ("_zero" if op else "")
    o.set_sreg(single(Vd, D), o.fp(name, o.sreg(single(Vm, M))))


def _fraction_bits(sx: int, i: int, imm4: int) -> int:
    return (32 if sx else 16) - (imm4 << 1 | i)


def _has_fraction_bits(sx: int, i: int, imm4: int, **_: int) -> bool:
    return _fraction_bits(sx, i, imm4) >= 0


@instruction(
    "VCVT (fixed to float)",
    "11101110 1 D 11101 U Vd:4 1010 sx 1 i 0 imm4:4",
    feature="fpsp",
    where=_has_fraction_bits,
)
def vcvt_from_fixed(o: Ops, D: int, U: int, Vd: int, sx: int, i: int, imm4: int) -> None:
    d = single(Vd, D)
    name = f"from_fixed_{'u' if U else 's'}{32 if sx else 16}"
    o.set_sreg(d, o.fp(name, o.sreg(d), _fraction_bits(sx, i, imm4)))


@instruction(
    "VCVT (float to fixed)",
    "11101110 1 D 11111 U Vd:4 1010 sx 1 i 0 imm4:4",
    feature="fpsp",
    where=_has_fraction_bits,
)
def vcvt_to_fixed(o: Ops, D: int, U: int, Vd: int, sx: int, i: int, imm4: int) -> None:
    d = single(Vd, D)
    name = f"to_fixed_{'u' if U else 's'}{32 if sx else 16}"
    o.set_sreg(d, o.fp(name, o.sreg(d), _fraction_bits(sx, i, imm4)))


@instruction("VCVT (half to single)", "11101110 1 D 11 0010 Vd:4 1010 T 1 M 0 Vm:4", feature="fpsp")
def vcvt_from_half(o: Ops, D: int, Vd: int, T: int, M: int, Vm: int) -> None:
    """VCVTB from the bottom half of Sm, VCVTT from the top half."""
    half = o.lshr(o.sreg(single(Vm, M)), 16) if T else o.and_(o.sreg(single(Vm, M)), 0xFFFF)
    o.set_sreg(single(Vd, D), o.fp("from_half", half))


@instruction("VCVT (single to half)", "11101110 1 D 11 0011 Vd:4 1010 T 1 M 0 Vm:4", feature="fpsp")
def vcvt_to_half(o: Ops, D: int, Vd: int, T: int, M: int, Vm: int) -> None:
    """VCVTB into the bottom half of Sd, VCVTT into the top half; the other half stays."""
    d = single(Vd, D)
    half = o.fp("to_half", o.sreg(single(Vm, M)))
    if T:
        o.set_sreg(d, o.or_(o.and_(o.sreg(d), 0x0000FFFF), o.shl(half, 16)))
    else:
        o.set_sreg(d, o.or_(o.and_(o.sreg(d), 0xFFFF0000), half))
