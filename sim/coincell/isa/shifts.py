"""Modified immediates and shifts (ARMv7-M ARM A5.3.2, A7.4.2). Amounts in fields never make a runtime choice.

A carry of None means "C unchanged".
"""

from __future__ import annotations

from coincell.isa.ops import Ops, Value

LSL, LSR, ASR, ROR = range(4)


def expand_imm(imm12: int) -> tuple[int, int | None]:
    """ThumbExpandImm_C: (word, carry)."""
    imm8 = imm12 & 0xFF
    if imm12 >> 10 == 0:
        return imm8 * (0x1, 0x0001_0001, 0x0100_0100, 0x0101_0101)[imm12 >> 8], None
    rotation = imm12 >> 7
    word = (0x80 | imm8) << (32 - rotation) & 0xFFFFFFFF
    return word, word >> 31


def shift(o: Ops, value: Value, kind: int, amount: int) -> Value:
    """A shift by a constant as encoded (DecodeImmShift: LSR and ASR by 0 mean 32, ROR by 0 means RRX)."""
    if kind == LSL:
        return o.shl(value, amount) if amount else value
    if kind == LSR:
        return o.lshr(value, amount) if amount else 0
    if kind == ASR:
        return o.ashr(value, amount or 31)
    if amount:
        return o.ror(value, amount)
    return o.or_(o.lshr(value, 1), o.shl(o.word(o.flag("c")), 31))


def shift_c(o: Ops, value: Value, kind: int, amount: int) -> tuple[Value, Value]:
    """(word, carry) of a shift by a constant."""
    if kind == LSL:
        carry = o.bit(value, 32 - amount) if amount else None
    elif kind == ROR and not amount:
        carry = o.bit(value, 0)
    else:
        carry = o.bit(value, (amount or 32) - 1)
    return shift(o, value, kind, amount), carry


def shift_by_register(o: Ops, value: Value, kind: int, register: Value) -> Value:
    """A shift by the low byte of a register, 0-255."""
    amount = o.and_(register, 0xFF)
    if kind == ROR:
        return o.ror(value, o.and_(register, 31))
    if kind == ASR:
        return o.ashr(value, o.select(o.ult(amount, 32), amount, 31))
    shifted = (o.shl if kind == LSL else o.lshr)(value, o.and_(register, 31))
    return o.select(o.ult(amount, 32), shifted, 0)


def shift_by_register_c(o: Ops, value: Value, kind: int, register: Value) -> tuple[Value, Value]:
    """(word, carry) of a shift by the low byte of a register; C unchanged when that is 0."""
    amount = o.and_(register, 0xFF)
    result = shift_by_register(o, value, kind, register)
    if kind == ROR:
        carry = o.bit(result, 31)
    elif kind == ASR:
        carry = o.bit(value, o.select(o.ule(amount, 32), o.and_(o.sub(amount, 1), 31), 31))
    else:
        last = o.sub(32, amount) if kind == LSL else o.sub(amount, 1)
        carry = o.both(o.ule(amount, 32), o.bit(value, o.and_(last, 31)))
    return result, o.select_truth(o.eq(amount, 0), o.flag("c"), carry)
