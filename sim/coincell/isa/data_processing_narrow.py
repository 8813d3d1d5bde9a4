"""16-bit data processing (ARMv7-M ARM A5.2.1-A5.2.3, A5.2.5). It sets flags only outside IT blocks."""

from __future__ import annotations

from coincell.isa import arithmetic
from coincell.isa.arithmetic import M32, compare, compare_negative, move, set_logical_flags
from coincell.isa.encoding import Semantics, instruction
from coincell.isa.ops import Ops
from coincell.isa.shifts import ASR, LSL, LSR, ROR, shift, shift_by_register, shift_by_register_c, shift_c

# ---- shift (immediate), add, subtract, move, compare ----------------------------------------------------


def _shift_immediate(kind: int) -> Semantics:
    def semantics(o: Ops, imm5: int, Rm: int, Rd: int) -> None:
        if o.in_it:
            o.set_reg(Rd, shift(o, o.reg(Rm), kind, imm5))
        else:
            result, carry = shift_c(o, o.reg(Rm), kind, imm5)
            move(o, Rd, result, True, carry)

    return semantics


instruction("LSL (immediate) T1", "00000 imm5:5 Rm:3 Rd:3")(_shift_immediate(LSL))
instruction("LSR (immediate) T1", "00001 imm5:5 Rm:3 Rd:3")(_shift_immediate(LSR))
instruction("ASR (immediate) T1", "00010 imm5:5 Rm:3 Rd:3")(_shift_immediate(ASR))


@instruction("MOV (register) T2", "0000000000 Rm:3 Rd:3")
def _movs_register(o: Ops, Rm: int, Rd: int) -> None:
    move(o, Rd, o.reg(Rm), not o.in_it)


@instruction("ADD (register) T1", "0001100 Rm:3 Rn:3 Rd:3")
def _add_register(o: Ops, Rm: int, Rn: int, Rd: int) -> None:
    arithmetic.add(o, Rd, o.reg(Rn), o.reg(Rm), not o.in_it)


@instruction("SUB (register) T1", "0001101 Rm:3 Rn:3 Rd:3")
def _sub_register(o: Ops, Rm: int, Rn: int, Rd: int) -> None:
    arithmetic.subtract(o, Rd, o.reg(Rn), o.reg(Rm), not o.in_it)


@instruction("ADD (immediate) T1", "0001110 imm3:3 Rn:3 Rd:3")
def _add_immediate_3(o: Ops, imm3: int, Rn: int, Rd: int) -> None:
    arithmetic.add(o, Rd, o.reg(Rn), imm3, not o.in_it)


@instruction("SUB (immediate) T1", "0001111 imm3:3 Rn:3 Rd:3")
def _sub_immediate_3(o: Ops, imm3: int, Rn: int, Rd: int) -> None:
    arithmetic.subtract(o, Rd, o.reg(Rn), imm3, not o.in_it)


@instruction("MOV (immediate) T1", "00100 Rd:3 imm8:8")
def _mov_immediate(o: Ops, Rd: int, imm8: int) -> None:
    move(o, Rd, imm8, not o.in_it)


@instruction("CMP (immediate) T1", "00101 Rn:3 imm8:8")
def _cmp_immediate(o: Ops, Rn: int, imm8: int) -> None:
    compare(o, o.reg(Rn), imm8)


@instruction("ADD (immediate) T2", "00110 Rdn:3 imm8:8")
def _add_immediate_8(o: Ops, Rdn: int, imm8: int) -> None:
    arithmetic.add(o, Rdn, o.reg(Rdn), imm8, not o.in_it)


@instruction("SUB (immediate) T2", "00111 Rdn:3 imm8:8")
def _sub_immediate_8(o: Ops, Rdn: int, imm8: int) -> None:
    arithmetic.subtract(o, Rdn, o.reg(Rdn), imm8, not o.in_it)


# ---- data processing (register) -------------------------------------------------------------------------


@instruction("AND (register) T1", "0100000000 Rm:3 Rdn:3")
def _and(o: Ops, Rm: int, Rdn: int) -> None:
    move(o, Rdn, o.and_(o.reg(Rdn), o.reg(Rm)), not o.in_it)


@instruction("EOR (register) T1", "0100000001 Rm:3 Rdn:3")
def _eor(o: Ops, Rm: int, Rdn: int) -> None:
    move(o, Rdn, o.xor(o.reg(Rdn), o.reg(Rm)), not o.in_it)


def _shift_register(kind: int) -> Semantics:
    def semantics(o: Ops, Rm: int, Rdn: int) -> None:
        if o.in_it:
            o.set_reg(Rdn, shift_by_register(o, o.reg(Rdn), kind, o.reg(Rm)))
        else:
            result, carry = shift_by_register_c(o, o.reg(Rdn), kind, o.reg(Rm))
            move(o, Rdn, result, True, carry)

    return semantics


instruction("LSL (register) T1", "0100000010 Rm:3 Rdn:3")(_shift_register(LSL))
instruction("LSR (register) T1", "0100000011 Rm:3 Rdn:3")(_shift_register(LSR))
instruction("ASR (register) T1", "0100000100 Rm:3 Rdn:3")(_shift_register(ASR))
instruction("ROR (register) T1", "0100000111 Rm:3 Rdn:3")(_shift_register(ROR))


@instruction("ADC (register) T1", "0100000101 Rm:3 Rdn:3")
def _adc(o: Ops, Rm: int, Rdn: int) -> None:
    arithmetic.adc(o, Rdn, o.reg(Rdn), o.reg(Rm), not o.in_it)


@instruction("SBC (register) T1", "0100000110 Rm:3 Rdn:3")
def _sbc(o: Ops, Rm: int, Rdn: int) -> None:
    arithmetic.sbc(o, Rdn, o.reg(Rdn), o.reg(Rm), not o.in_it)


@instruction("TST (register) T1", "0100001000 Rm:3 Rn:3")
def _tst(o: Ops, Rm: int, Rn: int) -> None:
    set_logical_flags(o, o.and_(o.reg(Rn), o.reg(Rm)))


@instruction("RSB (immediate) T1", "0100001001 Rn:3 Rd:3")
def _neg(o: Ops, Rn: int, Rd: int) -> None:
    arithmetic.subtract(o, Rd, 0, o.reg(Rn), not o.in_it)


@instruction("CMP (register) T1", "0100001010 Rm:3 Rn:3")
def _cmp(o: Ops, Rm: int, Rn: int) -> None:
    compare(o, o.reg(Rn), o.reg(Rm))


@instruction("CMN (register) T1", "0100001011 Rm:3 Rn:3")
def _cmn(o: Ops, Rm: int, Rn: int) -> None:
    compare_negative(o, o.reg(Rn), o.reg(Rm))


@instruction("ORR (register) T1", "0100001100 Rm:3 Rdn:3")
def _orr(o: Ops, Rm: int, Rdn: int) -> None:
    move(o, Rdn, o.or_(o.reg(Rdn), o.reg(Rm)), not o.in_it)


@instruction("MUL T1", "0100001101 Rn:3 Rdm:3")
def _mul(o: Ops, Rn: int, Rdm: int) -> None:
    move(o, Rdm, o.mul(o.reg(Rn), o.reg(Rdm)), not o.in_it)


@instruction("BIC (register) T1", "0100001110 Rm:3 Rdn:3")
def _bic(o: Ops, Rm: int, Rdn: int) -> None:
    move(o, Rdn, o.and_(o.reg(Rdn), o.not_(o.reg(Rm))), not o.in_it)


@instruction("MVN (register) T1", "0100001111 Rm:3 Rd:3")
def _mvn(o: Ops, Rm: int, Rd: int) -> None:
    move(o, Rd, o.not_(o.reg(Rm)), not o.in_it)


# ---- special data processing: any register, no flags ----------------------------------------------------


@instruction("ADD (register) T2", "01000100 DN Rm:4 Rdn:3")
def _add_high(o: Ops, DN: int, Rm: int, Rdn: int) -> None:
    d = DN << 3 | Rdn
    total = o.add(o.reg(d), o.reg(Rm))
    if d == 15:
        o.branch(total)
    else:
        if d == 13:
            o.check_stack(total)
        o.set_reg(d, total)


@instruction("CMP (register) T2", "01000101 N Rm:4 Rn:3")
def _cmp_high(o: Ops, N: int, Rm: int, Rn: int) -> None:
    compare(o, o.reg(N << 3 | Rn), o.reg(Rm))


@instruction("MOV (register) T1", "01000110 D Rm:4 Rd:3")
def _mov_high(o: Ops, D: int, Rm: int, Rd: int) -> None:
    d, value = D << 3 | Rd, o.reg(Rm)
    if d == 15:
        o.branch(value)
    else:
        if d == 13:
            o.check_stack(value)
        o.set_reg(d, value)


# ---- addresses and the stack pointer --------------------------------------------------------------------


@instruction("ADR T1", "10100 Rd:3 imm8:8")
def _adr(o: Ops, Rd: int, imm8: int) -> None:
    o.set_reg(Rd, (o.pc & ~3) + imm8 * 4 & M32)


@instruction("ADD (SP plus immediate) T1", "10101 Rd:3 imm8:8")
def _add_sp(o: Ops, Rd: int, imm8: int) -> None:
    o.set_reg(Rd, o.add(o.reg(13), imm8 * 4))


@instruction("ADD (SP plus immediate) T2", "101100000 imm7:7")
def _increment_sp(o: Ops, imm7: int) -> None:
    updated = o.add(o.reg(13), imm7 * 4)
    o.check_stack(updated)
    o.set_reg(13, updated)


@instruction("SUB (SP minus immediate) T1", "101100001 imm7:7")
def _decrement_sp(o: Ops, imm7: int) -> None:
    updated = o.sub(o.reg(13), imm7 * 4)
    o.check_stack(updated)
    o.set_reg(13, updated)


# ---- extend and reverse ---------------------------------------------------------------------------------


@instruction("SXTH T1", "1011001000 Rm:3 Rd:3")
def _sxth(o: Ops, Rm: int, Rd: int) -> None:
    o.set_reg(Rd, o.sext(o.reg(Rm), 16))


@instruction("SXTB T1", "1011001001 Rm:3 Rd:3")
def _sxtb(o: Ops, Rm: int, Rd: int) -> None:
    o.set_reg(Rd, o.sext(o.reg(Rm), 8))


@instruction("UXTH T1", "1011001010 Rm:3 Rd:3")
def _uxth(o: Ops, Rm: int, Rd: int) -> None:
    o.set_reg(Rd, o.and_(o.reg(Rm), 0xFFFF))


@instruction("UXTB T1", "1011001011 Rm:3 Rd:3")
def _uxtb(o: Ops, Rm: int, Rd: int) -> None:
    o.set_reg(Rd, o.and_(o.reg(Rm), 0xFF))
