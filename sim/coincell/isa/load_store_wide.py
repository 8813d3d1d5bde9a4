"""32-bit loads and stores of one or two registers, hints to preload (ARMv7-M ARM A5.3.6-A5.3.10).

Registers are written after every access of the instruction has succeeded. Writing back to a register that is
also transferred is UNPREDICTABLE, here undefined. The unprivileged forms access as the running code may.
"""

from __future__ import annotations

from coincell.isa.arithmetic import M32, no_pc
from coincell.isa.encoding import instruction
from coincell.isa.load_store import LDR, LDRB, LDRH, LDRSB, LDRSH, STR, STRB, STRH, Access, offset, transfer
from coincell.isa.ops import Ops, Value

# ---- one register ---------------------------------------------------------------------------------------


def _declare(access: Access) -> None:
    name, signed = access.name, int(access.signed)
    head = f"1111100 {signed} {{}} {access.size >> 1:02b} {int(access.load)} Rn:4 Rt:4 "
    to_pc = access is LDR
    number = {4: 3, 2: 2, 1: 2}[access.size] - signed

    def plain(Rn: int, Rt: int, Rm: int = 0, **_: int) -> bool:
        return Rn != 15 and Rm != 15 and (to_pc or Rt != 15)

    def indexed(Rn: int, Rt: int, P: int, W: int, **_: int) -> bool:
        return plain(Rn, Rt) and bool(P or W) and not (W and Rn == Rt)

    @instruction(f"{name} (immediate) T{number}", head.format(1) + "imm12:12", where=plain)
    def _(o: Ops, Rn: int, Rt: int, imm12: int) -> None:
        transfer(o, access, Rt, offset(o, Rn, imm12))

    @instruction(f"{name} (immediate) T{number + 1}", head.format(0) + "1 P U W imm8:8", where=indexed)
    def _(o: Ops, Rn: int, Rt: int, P: int, U: int, W: int, imm8: int) -> None:
        address = offset(o, Rn, imm8 if U else -imm8)
        if W:
            transfer(o, access, Rt, address if P else o.reg(Rn), Rn, address)
        else:
            transfer(o, access, Rt, address)

    @instruction(f"{name} (register) T2", head.format(0) + "000000 imm2:2 Rm:4", where=plain)
    def _(o: Ops, Rn: int, Rt: int, imm2: int, Rm: int) -> None:
        index = o.shl(o.reg(Rm), imm2) if imm2 else o.reg(Rm)
        transfer(o, access, Rt, o.add(o.reg(Rn), index))

    @instruction(f"{name}T T1", head.format(0) + "1110 imm8:8", where=no_pc)
    def _(o: Ops, Rn: int, Rt: int, imm8: int) -> None:
        transfer(o, access, Rt, offset(o, Rn, imm8))


def _declare_literal(access: Access) -> None:
    @instruction(
        f"{access.name} (literal) {'T2' if access is LDR else 'T1'}",
        f"1111100 {int(access.signed)} U {access.size >> 1:02b} 1 1111 Rt:4 imm12:12",
        where=None if access is LDR else no_pc,
    )
    def _(o: Ops, U: int, Rt: int, imm12: int) -> None:
        transfer(o, access, Rt, (o.pc & ~3) + (imm12 if U else -imm12) & M32)


def _declare_hint(name: str, access: Access) -> None:
    """A narrower load to PC: a preload, or an unallocated hint. Caches are not part of the architecture."""
    head = f"1111100 {int(access.signed)} {{}} {access.size >> 1:02b} 1 {{}} 1111 "
    for kind, pattern in (
        ("immediate", head.format("1", "Rn:4") + "imm12:12"),
        ("immediate", head.format("0", "Rn:4") + "1100 imm8:8"),
        ("register", head.format("0", "Rn:4") + "000000 imm2:2 Rm:4"),
        ("literal", head.format("U", "1111") + "imm12:12"),
    ):

        @instruction(f"{name} ({kind})", pattern, where=no_pc)
        def _(o: Ops, **_: int) -> None: ...


for _access in (STR, STRH, STRB, LDR, LDRH, LDRB, LDRSH, LDRSB):
    _declare(_access)
for _access in (LDR, LDRH, LDRB, LDRSH, LDRSB):
    _declare_literal(_access)
for _name, _access in (
    ("PLD", LDRB),
    ("PLI", LDRSB),
    ("unallocated hint", LDRH),
    ("unallocated hint", LDRSH),
):
    _declare_hint(_name, _access)

# ---- two registers --------------------------------------------------------------------------------------


def _pair_usable(Rn: int, Rt: int, Rt2: int, W: int = 0, P: int = 1, **_: int) -> bool:
    return bool(P or W) and 15 not in (Rn, Rt, Rt2) and not (W and Rn in (Rt, Rt2))


def _pair_loadable(Rt: int, Rt2: int, Rn: int = 0, **fields: int) -> bool:
    return Rt != Rt2 and _pair_usable(Rn, Rt, Rt2, **fields)


def _pair_addresses(o: Ops, Rn: int, P: int, U: int, W: int, imm8: int) -> tuple[Value, Value]:
    """Where to access, and what to write back."""
    indexed = offset(o, Rn, imm8 * 4 if U else -imm8 * 4)
    if W and Rn == 13:
        o.check_stack(indexed)
    return indexed if P else o.reg(Rn), indexed


@instruction("LDRD (immediate) T1", "1110100 P U 1 W 1 Rn:4 Rt:4 Rt2:4 imm8:8", where=_pair_loadable)
def _ldrd(o: Ops, P: int, U: int, W: int, Rn: int, Rt: int, Rt2: int, imm8: int) -> None:
    address, indexed = _pair_addresses(o, Rn, P, U, W, imm8)
    _load_pair(o, Rt, Rt2, address)
    if W:
        o.set_reg(Rn, indexed)


@instruction("STRD (immediate) T1", "1110100 P U 1 W 0 Rn:4 Rt:4 Rt2:4 imm8:8", where=_pair_usable)
def _strd(o: Ops, P: int, U: int, W: int, Rn: int, Rt: int, Rt2: int, imm8: int) -> None:
    address, indexed = _pair_addresses(o, Rn, P, U, W, imm8)
    o.store_words(address, [o.reg(Rt), o.reg(Rt2)])
    if W:
        o.set_reg(Rn, indexed)


@instruction("LDRD (literal) T1", "11101001 U 1 0 1 1111 Rt:4 Rt2:4 imm8:8", where=_pair_loadable)
def _ldrd_literal(o: Ops, U: int, Rt: int, Rt2: int, imm8: int) -> None:
    _load_pair(o, Rt, Rt2, (o.pc & ~3) + (imm8 * 4 if U else -imm8 * 4) & M32)


def _load_pair(o: Ops, Rt: int, Rt2: int, address: Value) -> None:
    first, second = o.load_words(address, 2)
    o.set_reg(Rt, first)
    o.set_reg(Rt2, second)
