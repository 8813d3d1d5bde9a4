"""16-bit loads and stores (ARMv7-M ARM A5.2.4), and the transfer that the 32-bit ones share."""

from __future__ import annotations

from typing import NamedTuple

from coincell.isa.arithmetic import M32
from coincell.isa.encoding import instruction
from coincell.isa.ops import Ops, Value


class Access(NamedTuple):
    """What moves: `load`, bytes, and whether it is sign-extended."""

    name: str
    load: bool
    size: int
    signed: bool = False


STR, STRH, STRB = Access("STR", False, 4), Access("STRH", False, 2), Access("STRB", False, 1)
LDR, LDRH, LDRB = Access("LDR", True, 4), Access("LDRH", True, 2), Access("LDRB", True, 1)
LDRSH, LDRSB = Access("LDRSH", True, 2, True), Access("LDRSB", True, 1, True)


def transfer(
    o: Ops, access: Access, t: int, address: Value, base: int | None = None, updated: Value = None
) -> None:
    """Load or store register t; then write `updated` back to `base` if that is given."""
    if base == 13:
        o.check_stack(updated)
    if not access.load:
        o.store(address, o.reg(t), access.size)
        if base is not None:
            o.set_reg(base, updated)
        return
    value = o.load(address, access.size)
    if base is not None:
        o.set_reg(base, updated)
    if t == 15:
        o.branch_exchange(value)
    else:
        o.set_reg(t, o.sext(value, access.size * 8) if access.signed else value)


def offset(o: Ops, Rn: int, displacement: int) -> Value:
    """Rn plus a constant that may be negative."""
    return o.add(o.reg(Rn), displacement & M32) if displacement else o.reg(Rn)


def _narrow_register(access: Access, op: str) -> None:
    def semantics(o: Ops, Rm: int, Rn: int, Rt: int) -> None:
        transfer(o, access, Rt, o.add(o.reg(Rn), o.reg(Rm)))

    instruction(f"{access.name} (register) T1", f"0101 {op} Rm:3 Rn:3 Rt:3")(semantics)


def _narrow_immediate(access: Access, op: str) -> None:
    def semantics(o: Ops, imm5: int, Rn: int, Rt: int) -> None:
        transfer(o, access, Rt, offset(o, Rn, imm5 * access.size))

    instruction(f"{access.name} (immediate) T1", f"{op} imm5:5 Rn:3 Rt:3")(semantics)


def _narrow_sp(access: Access, op: str) -> None:
    def semantics(o: Ops, Rt: int, imm8: int) -> None:
        transfer(o, access, Rt, offset(o, 13, imm8 * 4))

    instruction(f"{access.name} (immediate) T2", f"{op} Rt:3 imm8:8")(semantics)


for _op, _access in enumerate((STR, STRH, STRB, LDRSB, LDR, LDRH, LDRB, LDRSH)):
    _narrow_register(_access, f"{_op:03b}")
for _op, _access in enumerate((STR, LDR, STRB, LDRB, STRH, LDRH), 0b01100):
    _narrow_immediate(_access, f"{_op:05b}")
_narrow_sp(STR, "10010")
_narrow_sp(LDR, "10011")


@instruction("LDR (literal) T1", "01001 Rt:3 imm8:8")
def _ldr_literal(o: Ops, Rt: int, imm8: int) -> None:
    o.set_reg(Rt, o.load((o.pc & ~3) + imm8 * 4 & M32, 4))
