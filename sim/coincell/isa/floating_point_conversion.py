"""Floating-point conversions: integers, fixed point, halves, singles, doubles, integral values (A7.7).

Fixed-point numbers with less than no fraction bits are UNPREDICTABLE, and undefined here.
"""

from __future__ import annotations

from coincell.isa.precision import F64, Float, floating

_DIRECTED = ("_away", "_nearest", "_plus", "_minus")
"""RM of the instructions that FPv5 adds: A, N, P, M."""


# ---- integers ---------------------------------------------------------------------------------------


@floating("VCVT (integer to float)", "11101110 1 D 111000 Vd:4 101 sz op 1 M 0 Vm:4", singles="M")
def vcvt_from_integer(f: Float, op: int) -> None:
    f.d = f.fp("from_s32" if op else "from_u32", f.m)


@floating("VCVT (float to integer)", "11101110 1 D 11110 s Vd:4 101 sz op 1 M 0 Vm:4", singles="D")
def vcvt_to_integer(f: Float, s: int, op: int) -> None:
    """VCVT towards zero when op, else VCVTR as FPSCR rounds."""
    f.d = f.fp(("to_s32" if s else "to_u32") + ("_zero" if op else ""), f.m)


@floating("VCVTx", "11111110 1 D 1111 RM:2 Vd:4 101 sz op 1 M 0 Vm:4", singles="D", feature="fpv5")
def vcvt_directed(f: Float, RM: int, op: int) -> None:
    """VCVTA, VCVTN, VCVTP and VCVTM."""
    f.d = f.fp(("to_s32" if op else "to_u32") + _DIRECTED[RM], f.m)


# ---- fixed point ------------------------------------------------------------------------------------


def _fraction_bits(sx: int, i: int, imm4: int) -> int:
    return (32 if sx else 16) - (imm4 << 1 | i)


def _has_fraction_bits(sx: int, i: int, imm4: int, **_: int) -> bool:
    return _fraction_bits(sx, i, imm4) >= 0


def _kind(U: int, sx: int) -> str:
    return f"{'u' if U else 's'}{32 if sx else 16}"


@floating(
    "VCVT (fixed to float)", "11101110 1 D 11101 U Vd:4 101 sz sx 1 i 0 imm4:4", where=_has_fraction_bits
)
def vcvt_from_fixed(f: Float, U: int, sx: int, i: int, imm4: int) -> None:
    f.d = f.fp(f"from_fixed_{_kind(U, sx)}", f.word(f.d), _fraction_bits(sx, i, imm4))


@floating(
    "VCVT (float to fixed)", "11101110 1 D 11111 U Vd:4 101 sz sx 1 i 0 imm4:4", where=_has_fraction_bits
)
def vcvt_to_fixed(f: Float, U: int, sx: int, i: int, imm4: int) -> None:
    fixed = f.fp(f"to_fixed_{_kind(U, sx)}", f.d, _fraction_bits(sx, i, imm4))
    f.d = f.widened(fixed, signed=not U)


# ---- other formats ----------------------------------------------------------------------------------


@floating("VCVT (half to float)", "11101110 1 D 11 0010 Vd:4 101 sz T 1 M 0 Vm:4", singles="M")
def vcvt_from_half(f: Float, T: int) -> None:
    """VCVTB from the bottom half of Sm, VCVTT from the top half."""
    f.d = f.fp("from_half", f.o.lshr(f.m, 16) if T else f.o.and_(f.m, 0xFFFF))


@floating("VCVT (float to half)", "11101110 1 D 11 0011 Vd:4 101 sz T 1 M 0 Vm:4", singles="D")
def vcvt_to_half(f: Float, T: int) -> None:
    """VCVTB into the bottom half of Sd, VCVTT into the top half; the other half stays."""
    o, half = f.o, f.fp("to_half", f.m)
    f.d = o.or_(o.and_(f.d, 0xFFFF), o.shl(half, 16)) if T else o.or_(o.and_(f.d, 0xFFFF0000), half)


@floating(
    "VCVT (single to double)", "11101110 1 D 11 0111 Vd:4 1010 11 M 0 Vm:4", singles="M", precisions=(F64,)
)
def vcvt_single_to_double(f: Float) -> None:
    f.d = f.fp("from_single", f.m)


@floating(
    "VCVT (double to single)", "11101110 1 D 11 0111 Vd:4 1011 11 M 0 Vm:4", singles="D", precisions=(F64,)
)
def vcvt_double_to_single(f: Float) -> None:
    f.d = f.fp("to_single", f.m)


# ---- integral values --------------------------------------------------------------------------------


@floating("VRINTx", "11111110 1 D 1110 RM:2 Vd:4 101 sz 01 M 0 Vm:4", feature="fpv5")
def vrint_directed(f: Float, RM: int) -> None:
    """VRINTA, VRINTN, VRINTP and VRINTM."""
    f.d = f.fp("integral" + _DIRECTED[RM], f.m)


@floating("VRINTX", "11101110 1 D 11 0111 Vd:4 101 sz 01 M 0 Vm:4", feature="fpv5")
def vrintx(f: Float) -> None:
    """As FPSCR rounds; the only one to record that it was inexact."""
    f.d = f.fp("integral_exact", f.m)


@floating("VRINTR", "11101110 1 D 11 0110 Vd:4 101 sz op 1 M 0 Vm:4", feature="fpv5")
def vrintr(f: Float, op: int) -> None:
    """VRINTZ, towards zero, when op; else VRINTR, as FPSCR rounds."""
    f.d = f.fp("integral_zero" if op else "integral", f.m)
