"""Bit fields, extension, reversal and counting: the data-processing instructions that only move bits."""

from __future__ import annotations

from collections.abc import Callable

from coincell.isa.arithmetic import M32, no_pc
from coincell.isa.encoding import instruction
from coincell.isa.ops import Ops, Value

# ---- bit fields -----------------------------------------------------------------------------------------


def _fits(imm3: int, imm2: int, widthm1: int, **registers: int) -> bool:
    return (imm3 << 2 | imm2) + widthm1 <= 31 and no_pc(**registers)


def _ordered(imm3: int, imm2: int, msb: int, **registers: int) -> bool:
    return (imm3 << 2 | imm2) <= msb and no_pc(**registers)


@instruction("SBFX T1", "11110 (0) 110100 Rn:4 0 imm3:3 Rd:4 imm2:2 (0) widthm1:5", where=_fits)
def _sbfx(o: Ops, Rn: int, imm3: int, Rd: int, imm2: int, widthm1: int) -> None:
    lsb = imm3 << 2 | imm2
    left = 31 - widthm1 - lsb
    value = o.reg(Rn)
    if left:
        value = o.shl(value, left)
    o.set_reg(Rd, o.ashr(value, 31 - widthm1) if widthm1 < 31 else value)


@instruction("UBFX T1", "11110 (0) 111100 Rn:4 0 imm3:3 Rd:4 imm2:2 (0) widthm1:5", where=_fits)
def _ubfx(o: Ops, Rn: int, imm3: int, Rd: int, imm2: int, widthm1: int) -> None:
    lsb = imm3 << 2 | imm2
    value = o.lshr(o.reg(Rn), lsb) if lsb else o.reg(Rn)
    o.set_reg(Rd, o.and_(value, (2 << widthm1) - 1) if lsb + widthm1 < 31 else value)


def _field(lsb: int, msb: int) -> int:
    """Ones from lsb to msb."""
    return (2 << msb) - (1 << lsb)


@instruction("BFI T1", "11110 (0) 110110 Rn:4 0 imm3:3 Rd:4 imm2:2 (0) msb:5", where=_ordered)
def _bfi(o: Ops, Rn: int, imm3: int, Rd: int, imm2: int, msb: int) -> None:
    lsb = imm3 << 2 | imm2
    field = _field(lsb, msb)
    inserted = o.and_(o.shl(o.reg(Rn), lsb) if lsb else o.reg(Rn), field)
    o.set_reg(Rd, o.or_(o.and_(o.reg(Rd), field ^ M32), inserted))


@instruction("BFC T1", "11110 (0) 110110 1111 0 imm3:3 Rd:4 imm2:2 (0) msb:5", where=_ordered)
def _bfc(o: Ops, imm3: int, Rd: int, imm2: int, msb: int) -> None:
    o.set_reg(Rd, o.and_(o.reg(Rd), _field(imm3 << 2 | imm2, msb) ^ M32))


# ---- extend, extend and add -----------------------------------------------------------------------------


def _rotated(o: Ops, Rm: int, rotate: int) -> Value:
    return o.ror(o.reg(Rm), rotate * 8) if rotate else o.reg(Rm)


def extend(o: Ops, value: Value, bits: int, signed: bool) -> Value:
    """The low 8 or 16 bits as a word."""
    return o.sext(value, bits) if signed else o.and_(value, (1 << bits) - 1)


def _extend(name: str, op: str, bits: int, signed: bool) -> None:
    def plain(o: Ops, Rd: int, rotate: int, Rm: int) -> None:
        o.set_reg(Rd, extend(o, _rotated(o, Rm, rotate), bits, signed))

    def accumulate(o: Ops, Rn: int, Rd: int, rotate: int, Rm: int) -> None:
        o.set_reg(Rd, o.add(o.reg(Rn), extend(o, _rotated(o, Rm, rotate), bits, signed)))

    short = name.replace("A", "")
    instruction(f"{short} T2", f"111110100 {op} 1111 1111 Rd:4 1 (0) rotate:2 Rm:4", where=no_pc)(plain)
    pattern = f"111110100 {op} Rn:4 1111 Rd:4 1 (0) rotate:2 Rm:4"
    instruction(f"{name} T1", pattern, feature="dsp", where=no_pc)(accumulate)


def _extend_bytes(name: str, op: str, signed: bool) -> None:
    """The pair of bytes 0 and 2."""

    def bytes_of(o: Ops, Rm: int, rotate: int) -> Value:
        if signed:
            return o.widen_bytes(_rotated(o, Rm, rotate & 2), bool(rotate & 1))
        return o.and_(_rotated(o, Rm, rotate), 0x00FF_00FF)

    def plain(o: Ops, Rd: int, rotate: int, Rm: int) -> None:
        o.set_reg(Rd, bytes_of(o, Rm, rotate))

    def accumulate(o: Ops, Rn: int, Rd: int, rotate: int, Rm: int) -> None:
        o.set_reg(Rd, o.add_halves(o.reg(Rn), bytes_of(o, Rm, rotate)))

    short = name.replace("A", "")
    for title, semantics, Rn in ((short, plain, "1111"), (name, accumulate, "Rn:4")):
        pattern = f"111110100 {op} {Rn} 1111 Rd:4 1 (0) rotate:2 Rm:4"
        instruction(f"{title} T1", pattern, feature="dsp", where=no_pc)(semantics)


_extend("SXTAH", "000", 16, True)
_extend("UXTAH", "001", 16, False)
_extend("SXTAB", "100", 8, True)
_extend("UXTAB", "101", 8, False)
_extend_bytes("SXTAB16", "010", True)
_extend_bytes("UXTAB16", "011", False)

# ---- reverse and count ----------------------------------------------------------------------------------


def _same(Rn: int, Rd: int, Rm: int) -> bool:
    """These encodings name Rm twice; the two must agree."""
    return Rn == Rm and no_pc(Rd=Rd, Rm=Rm)


def _unary(name: str, narrow: str, op1: str, op2: str, operate: Callable[[Ops, Value], Value]) -> None:
    def semantics(o: Ops, Rm: int, Rd: int, **_: int) -> None:
        o.set_reg(Rd, operate(o, o.reg(Rm)))

    if narrow:
        instruction(f"{name} T1", f"{narrow} Rm:3 Rd:3")(semantics)
    pattern = f"1111101010 {op1} Rn:4 1111 Rd:4 10 {op2} Rm:4"
    instruction(f"{name} {'T2' if narrow else 'T1'}", pattern, where=_same)(semantics)


_unary("REV", "1011101000", "01", "00", lambda o, value: o.bswap(value))
_unary("REV16", "1011101001", "01", "01", lambda o, value: o.ror(o.bswap(value), 16))
_unary("RBIT", "", "01", "10", lambda o, value: o.rbit(value))
_unary("REVSH", "1011101011", "01", "11", lambda o, value: o.ashr(o.bswap(value), 16))
_unary("CLZ", "", "11", "00", lambda o, value: o.clz(value))
