"""Parallel addition and subtraction, and SEL (ARMv7-M ARM A5.3.13, A5.3.14; DSP extension).

Lanes are computed as words, wide enough to hold the exact sum, then wrapped, halved or saturated.
"""

from __future__ import annotations

from coincell.isa.arithmetic import M32, no_pc
from coincell.isa.encoding import instruction
from coincell.isa.ops import Ops, Value

# ---- lanes ----------------------------------------------------------------------------------------------


def lanes(o: Ops, value: Value, bits: int, signed: bool) -> list[Value]:
    """The bytes or halfwords of a word, lowest first, each as a word."""
    result = []
    for at in range(0, 32 - bits, bits):
        part = o.lshr(value, at) if at else value
        result.append(o.sext(part, bits) if signed else o.and_(part, (1 << bits) - 1))
    return [*result, (o.ashr if signed else o.lshr)(value, 32 - bits)]


def pack(o: Ops, parts: list[Value], bits: int) -> Value:
    """The low bits of each lane, joined; the inverse of `lanes`."""
    word = o.shl(parts[-1], 32 - bits)
    for i, part in enumerate(parts[:-1]):
        low = o.and_(part, (1 << bits) - 1)
        word = o.or_(word, o.shl(low, i * bits) if i else low)
    return word


def clamp(o: Ops, value: Value, low: int, high: int) -> Value:
    """A signed word limited to low..high."""
    floored = o.select(o.slt(value, low & M32), low & M32, value)
    return o.select(o.slt(high, floored), high, floored)


# ---- add and subtract -----------------------------------------------------------------------------------


def _operands(shape: str, a: list[Value], b: list[Value]) -> list[tuple[str, Value, Value]]:
    """(add or sub, lane of n, lane of m) for each lane of the result."""
    if shape == "ASX":
        return [("sub", a[0], b[1]), ("add", a[1], b[0])]
    if shape == "SAX":
        return [("add", a[0], b[1]), ("sub", a[1], b[0])]
    return [(shape[:3].lower(), x, y) for x, y in zip(a, b, strict=True)]


def _ge(o: Ops, kind: str, total: Value, bits: int, signed: bool) -> Value:
    """A lane's GE: at least zero; for an unsigned sum, a carry out."""
    return o.bit(total, bits) if kind == "add" and not signed else o.negate(o.bit(total, 31))


def _declare(prefix: str, prefix_bits: str, shape: str, shape_bits: str) -> None:
    bits = 8 if shape.endswith("8") else 16
    signed = prefix in ("S", "Q", "SH")
    low, high = (-1 << bits - 1, (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    per_lane = bits // 8

    @instruction(
        f"{prefix}{shape} T1",
        f"111110101 {shape_bits} Rn:4 1111 Rd:4 0 {prefix_bits} Rm:4",
        feature="dsp",
        where=no_pc,
    )
    def _(o: Ops, Rn: int, Rd: int, Rm: int) -> None:
        n, m = lanes(o, o.reg(Rn), bits, signed), lanes(o, o.reg(Rm), bits, signed)
        operands = _operands(shape, n, m)
        totals = [o.add(a, b) if kind == "add" else o.sub(a, b) for kind, a, b in operands]
        if prefix in ("Q", "UQ"):
            results = [clamp(o, total, low, high) for total in totals]
        elif prefix in ("SH", "UH"):
            results = [o.lshr(total, 1) for total in totals]
        else:
            results = totals
        o.set_reg(Rd, pack(o, results, bits))
        if prefix in ("S", "U"):
            ge: Value = 0
            for i, ((kind, _, _), total) in enumerate(zip(operands, totals, strict=True)):
                ones = (1 << per_lane) - 1 << i * per_lane
                ge = o.or_(ge, o.select(_ge(o, kind, total, bits, signed), ones, 0))
            o.set_ge(ge)


for _shape, _shape_bits in (
    ("ADD8", "000"),
    ("ADD16", "001"),
    ("ASX", "010"),
    ("SUB8", "100"),
    ("SUB16", "101"),
    ("SAX", "110"),
):
    for _prefix, _prefix_bits in (
        ("S", "000"),
        ("Q", "001"),
        ("SH", "010"),
        ("U", "100"),
        ("UQ", "101"),
        ("UH", "110"),
    ):
        _declare(_prefix, _prefix_bits, _shape, _shape_bits)


@instruction("SEL T1", "111110101010 Rn:4 1111 Rd:4 1000 Rm:4", feature="dsp", where=no_pc)
def _sel(o: Ops, Rn: int, Rd: int, Rm: int) -> None:
    """Byte i of Rn where GE[i] is set, else of Rm."""
    ge = o.ge()
    mask: Value = 0
    for i in range(4):
        mask = o.or_(mask, o.select(o.bit(ge, i), 0xFF << i * 8, 0))
    o.set_reg(Rd, o.xor(o.reg(Rm), o.and_(mask, o.xor(o.reg(Rn), o.reg(Rm)))))
