"""32-bit data processing: modified immediate, shifted register, plain binary immediate (ARMv7-M ARM A5.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from coincell.isa import arithmetic
from coincell.isa.arithmetic import M32, compare, compare_negative, move, no_pc, set_logical_flags
from coincell.isa.encoding import instruction
from coincell.isa.ops import Ops, Value
from coincell.isa.shifts import LSL, expand_imm, shift, shift_by_register, shift_by_register_c, shift_c

# ---- the two kinds of second operand --------------------------------------------------------------------


def _immediate(o: Ops, i: int, imm3: int, imm8: int, **_: int) -> Value:
    return expand_imm(i << 11 | imm3 << 8 | imm8)[0]


def _immediate_c(o: Ops, i: int, imm3: int, imm8: int, **_: int) -> tuple[Value, Value]:
    return expand_imm(i << 11 | imm3 << 8 | imm8)


def _shifted(o: Ops, imm3: int, imm2: int, type: int, Rm: int, **_: int) -> Value:
    return shift(o, o.reg(Rm), type, imm3 << 2 | imm2)


def _shifted_c(o: Ops, imm3: int, imm2: int, type: int, Rm: int, **_: int) -> tuple[Value, Value]:
    return shift_c(o, o.reg(Rm), type, imm3 << 2 | imm2)


class _Operand(NamedTuple):
    kind: str
    pattern: str
    value: Callable[..., Value]
    value_c: Callable[..., tuple[Value, Value]]


_OPERANDS = (
    _Operand("immediate", "11110 i 0 {op} {S} {Rn} 0 imm3:3 {Rd} imm8:8", _immediate, _immediate_c),
    _Operand("register", "1110101 {op} {S} {Rn} (0) imm3:3 {Rd} imm2:2 type:2 Rm:4", _shifted, _shifted_c),
)

Binary = Callable[[Ops, Value, Value], Value]


def _logical(name: str, op: str, operate: Binary) -> None:
    """d := n op operand, C from the shifter."""
    for operand in _OPERANDS:

        def semantics(o: Ops, S: int, Rn: int, Rd: int, *, operand: _Operand = operand, **f: int) -> None:
            if S:
                value, carry = operand.value_c(o, **f)
                move(o, Rd, operate(o, o.reg(Rn), value), True, carry)
            else:
                o.set_reg(Rd, operate(o, o.reg(Rn), operand.value(o, **f)))

        pattern = operand.pattern.format(op=op, S="S", Rn="Rn:4", Rd="Rd:4")
        instruction(f"{name} ({operand.kind})", pattern, where=no_pc)(semantics)


def _move(name: str, op: str, operate: Callable[[Ops, Value], Value]) -> None:
    """d := op operand: the logical group with Rn = 15."""
    for operand in _OPERANDS:

        def semantics(o: Ops, S: int, Rd: int, *, operand: _Operand = operand, **f: int) -> None:
            value, carry = operand.value_c(o, **f) if S else (operand.value(o, **f), None)
            result = operate(o, value)
            if Rd == 13:
                o.check_stack(result)
            move(o, Rd, result, S, carry)

        pattern = operand.pattern.format(op=op, S="S", Rn="1111", Rd="Rd:4")
        instruction(f"{name} ({operand.kind})", pattern, where=no_pc)(semantics)


def _test(name: str, op: str, operate: Binary) -> None:
    """Flags of n op operand: the logical group with Rd = 15 and S = 1."""
    for operand in _OPERANDS:

        def semantics(o: Ops, Rn: int, *, operand: _Operand = operand, **f: int) -> None:
            value, carry = operand.value_c(o, **f)
            set_logical_flags(o, operate(o, o.reg(Rn), value), carry)

        pattern = operand.pattern.format(op=op, S="1", Rn="Rn:4", Rd="1111")
        instruction(f"{name} ({operand.kind})", pattern, where=no_pc)(semantics)


def _arithmetic(name: str, op: str, operate: Callable[[Ops, int, Value, Value, object], None]) -> None:
    """d := n op operand with all four flags."""
    for operand in _OPERANDS:

        def semantics(o: Ops, S: int, Rn: int, Rd: int, *, operand: _Operand = operand, **f: int) -> None:
            n, value = o.reg(Rn), operand.value(o, **f)
            if Rd == Rn == 13 and name in ("ADD", "SUB"):
                o.check_stack(o.add(n, value) if name == "ADD" else o.sub(n, value))
            operate(o, Rd, n, value, S)

        pattern = operand.pattern.format(op=op, S="S", Rn="Rn:4", Rd="Rd:4")
        instruction(f"{name} ({operand.kind})", pattern, where=no_pc)(semantics)


def _compare(name: str, op: str, operate: Callable[[Ops, Value, Value], None]) -> None:
    """Flags of n op operand: the arithmetic group with Rd = 15 and S = 1."""
    for operand in _OPERANDS:

        def semantics(o: Ops, Rn: int, *, operand: _Operand = operand, **f: int) -> None:
            operate(o, o.reg(Rn), operand.value(o, **f))

        pattern = operand.pattern.format(op=op, S="1", Rn="Rn:4", Rd="1111")
        instruction(f"{name} ({operand.kind})", pattern, where=no_pc)(semantics)


_logical("AND", "0000", lambda o, n, m: o.and_(n, m))
_logical("BIC", "0001", lambda o, n, m: o.and_(n, o.not_(m)))
_logical("ORR", "0010", lambda o, n, m: o.or_(n, m))
_logical("ORN", "0011", lambda o, n, m: o.or_(n, o.not_(m)))
_logical("EOR", "0100", lambda o, n, m: o.xor(n, m))
_move("MOV", "0010", lambda o, m: m)
_move("MVN", "0011", lambda o, m: o.not_(m))
_test("TST", "0000", lambda o, n, m: o.and_(n, m))
_test("TEQ", "0100", lambda o, n, m: o.xor(n, m))
_arithmetic("ADD", "1000", arithmetic.add)
_arithmetic("ADC", "1010", arithmetic.adc)
_arithmetic("SBC", "1011", arithmetic.sbc)
_arithmetic("SUB", "1101", arithmetic.subtract)
_arithmetic("RSB", "1110", arithmetic.reverse_subtract)
_compare("CMN", "1000", compare_negative)
_compare("CMP", "1101", compare)

# ---- shifts by a register -------------------------------------------------------------------------------


def _shift_register(name: str, kind: int) -> None:
    def semantics(o: Ops, S: int, Rn: int, Rd: int, Rm: int) -> None:
        if S:
            result, carry = shift_by_register_c(o, o.reg(Rn), kind, o.reg(Rm))
            move(o, Rd, result, True, carry)
        else:
            o.set_reg(Rd, shift_by_register(o, o.reg(Rn), kind, o.reg(Rm)))

    pattern = f"111110100 {kind:02b} S Rn:4 1111 Rd:4 0000 Rm:4"
    instruction(f"{name} (register) T2", pattern, where=no_pc)(semantics)


for _kind, _name in enumerate(("LSL", "LSR", "ASR", "ROR"), LSL):
    _shift_register(_name, _kind)

# ---- plain binary immediate -----------------------------------------------------------------------------


@instruction("ADD (immediate) T4", "11110 i 100000 Rn:4 0 imm3:3 Rd:4 imm8:8", where=no_pc)
def _addw(o: Ops, i: int, Rn: int, imm3: int, Rd: int, imm8: int) -> None:
    result = o.add(o.reg(Rn), i << 11 | imm3 << 8 | imm8)
    if Rd == Rn == 13:
        o.check_stack(result)
    o.set_reg(Rd, result)


@instruction("SUB (immediate) T4", "11110 i 101010 Rn:4 0 imm3:3 Rd:4 imm8:8", where=no_pc)
def _subw(o: Ops, i: int, Rn: int, imm3: int, Rd: int, imm8: int) -> None:
    result = o.sub(o.reg(Rn), i << 11 | imm3 << 8 | imm8)
    if Rd == Rn == 13:
        o.check_stack(result)
    o.set_reg(Rd, result)


@instruction("ADR T3", "11110 i 100000 1111 0 imm3:3 Rd:4 imm8:8", where=no_pc)
def _adr_after(o: Ops, i: int, imm3: int, Rd: int, imm8: int) -> None:
    o.set_reg(Rd, (o.pc & ~3) + (i << 11 | imm3 << 8 | imm8) & M32)


@instruction("ADR T2", "11110 i 101010 1111 0 imm3:3 Rd:4 imm8:8", where=no_pc)
def _adr_before(o: Ops, i: int, imm3: int, Rd: int, imm8: int) -> None:
    o.set_reg(Rd, (o.pc & ~3) - (i << 11 | imm3 << 8 | imm8) & M32)


@instruction("MOV (immediate) T3", "11110 i 100100 imm4:4 0 imm3:3 Rd:4 imm8:8", where=no_pc)
def _movw(o: Ops, i: int, imm4: int, imm3: int, Rd: int, imm8: int) -> None:
    o.set_reg(Rd, imm4 << 12 | i << 11 | imm3 << 8 | imm8)


@instruction("MOVT T1", "11110 i 101100 imm4:4 0 imm3:3 Rd:4 imm8:8", where=no_pc)
def _movt(o: Ops, i: int, imm4: int, imm3: int, Rd: int, imm8: int) -> None:
    high = (imm4 << 12 | i << 11 | imm3 << 8 | imm8) << 16
    o.set_reg(Rd, o.or_(o.and_(o.reg(Rd), 0xFFFF), high))
