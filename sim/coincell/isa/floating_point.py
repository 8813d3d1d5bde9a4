"""Floating-point arithmetic and comparison, single and double (DDI 0403E, A6.4-A6.7 and A7.7).

Encodings that the manual calls UNPREDICTABLE are left undefined here, so that firmware which relies on one
is told. Access checks and lazy stacking are the core's: it knows these by `Encoding.is_floating_point`.
"""

from __future__ import annotations

from coincell.isa.ops import Value
from coincell.isa.precision import Float, floating

# ---- arithmetic -------------------------------------------------------------------------------------


@floating("VADD", "11101110 0 D 11 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4")
def vadd(f: Float) -> None:
    f.d = f.fp("add", f.n, f.m)


@floating("VSUB", "11101110 0 D 11 Vn:4 Vd:4 101 sz N 1 M 0 Vm:4")
def vsub(f: Float) -> None:
    f.d = f.fp("sub", f.n, f.m)


@floating("VMUL", "11101110 0 D 10 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4")
def vmul(f: Float) -> None:
    f.d = f.fp("mul", f.n, f.m)


@floating("VNMUL", "11101110 0 D 10 Vn:4 Vd:4 101 sz N 1 M 0 Vm:4")
def vnmul(f: Float) -> None:
    f.d = f.neg(f.fp("mul", f.n, f.m))


@floating("VDIV", "11101110 1 D 00 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4")
def vdiv(f: Float) -> None:
    f.d = f.fp("div", f.n, f.m)


@floating("VSQRT", "11101110 1 D 11 0001 Vd:4 101 sz 11 M 0 Vm:4")
def vsqrt(f: Float) -> None:
    f.d = f.fp("sqrt", f.m)


@floating("VABS", "11101110 1 D 11 0000 Vd:4 101 sz 11 M 0 Vm:4")
def vabs(f: Float) -> None:
    f.d = f.abs(f.m)


@floating("VNEG", "11101110 1 D 11 0001 Vd:4 101 sz 01 M 0 Vm:4")
def vneg(f: Float) -> None:
    f.d = f.neg(f.m)


# ---- multiply and accumulate ------------------------------------------------------------------------
# Chained: the product is rounded, then the sum. Fused: rounded once. A negation flips the sign, NaN or not.


@floating("VMLA", "11101110 0 D 00 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4")
def vmla(f: Float) -> None:
    f.d = f.fp("add", f.d, f.fp("mul", f.n, f.m))


@floating("VMLS", "11101110 0 D 00 Vn:4 Vd:4 101 sz N 1 M 0 Vm:4")
def vmls(f: Float) -> None:
    f.d = f.fp("add", f.d, f.neg(f.fp("mul", f.n, f.m)))


@floating("VNMLS", "11101110 0 D 01 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4")
def vnmls(f: Float) -> None:
    f.d = f.fp("add", f.neg(f.d), f.fp("mul", f.n, f.m))


@floating("VNMLA", "11101110 0 D 01 Vn:4 Vd:4 101 sz N 1 M 0 Vm:4")
def vnmla(f: Float) -> None:
    f.d = f.fp("add", f.neg(f.d), f.neg(f.fp("mul", f.n, f.m)))


@floating("VFMA", "11101110 1 D 10 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4")
def vfma(f: Float) -> None:
    f.d = f.fp("fma", f.d, f.n, f.m)


@floating("VFMS", "11101110 1 D 10 Vn:4 Vd:4 101 sz N 1 M 0 Vm:4")
def vfms(f: Float) -> None:
    f.d = f.fp("fma", f.d, f.neg(f.n), f.m)


@floating("VFNMS", "11101110 1 D 01 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4")
def vfnms(f: Float) -> None:
    f.d = f.fp("fma", f.neg(f.d), f.n, f.m)


@floating("VFNMA", "11101110 1 D 01 Vn:4 Vd:4 101 sz N 1 M 0 Vm:4")
def vfnma(f: Float) -> None:
    f.d = f.fp("fma", f.neg(f.d), f.neg(f.n), f.m)


# ---- comparison and choice --------------------------------------------------------------------------


def _compare(f: Float, E: int, other: Value) -> None:
    o = f.o
    nzcv = f.fp("compare_signalling" if E else "compare", f.d, other)
    o.set_fpscr(o.or_(o.and_(o.fpscr(), 0x0FFFFFFF), o.shl(nzcv, 28)))


@floating("VCMP", "11101110 1 D 11 0100 Vd:4 101 sz E 1 M 0 Vm:4")
def vcmp(f: Float, E: int) -> None:
    """VCMP, and VCMPE when E: any NaN is then invalid."""
    _compare(f, E, f.m)


@floating("VCMP (zero)", "11101110 1 D 11 0101 Vd:4 101 sz E 1 (0) 0 (0) (0) (0) (0)")
def vcmp_zero(f: Float, E: int) -> None:
    _compare(f, E, 0)


@floating("VSEL", "11111110 0 D cc:2 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4", feature="fpv5")
def vsel(f: Float, cc: int) -> None:
    """By APSR's flags: EQ, VS, GE or GT."""
    f.d = f.select(f.o.condition((0, 6, 10, 12)[cc]), f.n, f.m)


@floating("VMAXNM", "11111110 1 D 00 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4", feature="fpv5")
def vmaxnm(f: Float) -> None:
    f.d = f.fp("max", f.n, f.m)


@floating("VMINNM", "11111110 1 D 00 Vn:4 Vd:4 101 sz N 1 M 0 Vm:4", feature="fpv5")
def vminnm(f: Float) -> None:
    f.d = f.fp("min", f.n, f.m)
