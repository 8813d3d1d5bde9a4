"""LDM, STM, PUSH and POP. Every load comes before the first register write, so a fault leaves it undone."""

from __future__ import annotations

from coincell.isa.encoding import instruction
from coincell.isa.ops import Ops, Value


def _load(o: Ops, registers: int, address: Value, base: int, updated: Value = None) -> None:
    """Ascending from `address`; `updated` goes to the base unless None; PC last."""
    if base == 13 and updated is not None:
        o.check_stack(updated)
    chosen = [r for r in range(16) if registers >> r & 1]
    values = o.load_words(address, len(chosen))
    if updated is not None:
        o.set_reg(base, updated)
    for r, value in zip(chosen, values, strict=True):
        if r == 15:
            o.branch_exchange(value)
        else:
            o.set_reg(r, value)


def _store(o: Ops, registers: int, address: Value, base: int, updated: Value = None) -> None:
    """Ascending from `address`, with the base as it was; `updated` goes to the base unless None."""
    if base == 13 and updated is not None:
        o.check_stack(updated)
    chosen = [r for r in range(16) if registers >> r & 1]
    o.store_words(address, [o.reg(r) for r in chosen])
    if updated is not None:
        o.set_reg(base, updated)


def _after(o: Ops, n: int, registers: int) -> Value:
    return o.add(o.reg(n), 4 * registers.bit_count())


def _before(o: Ops, n: int, registers: int) -> Value:
    return o.sub(o.reg(n), 4 * registers.bit_count())


# ---- narrow ---------------------------------------------------------------------------------------------


def _some(registers: int, M: int = 0, P: int = 0, **_: int) -> bool:
    """An empty list is UNPREDICTABLE, here undefined."""
    return bool(registers or M or P)


@instruction("PUSH T1", "1011010 M registers:8", where=_some)
def _push(o: Ops, M: int, registers: int) -> None:
    start = _before(o, 13, registers | M << 14)
    _store(o, registers | M << 14, start, 13, start)


@instruction("POP T1", "1011110 P registers:8", where=_some)
def _pop(o: Ops, P: int, registers: int) -> None:
    _load(o, registers | P << 15, o.reg(13), 13, _after(o, 13, registers | P << 15))


@instruction("STM T1", "11000 Rn:3 registers:8", where=_some)
def _stm(o: Ops, Rn: int, registers: int) -> None:
    _store(o, registers, o.reg(Rn), Rn, _after(o, Rn, registers))


@instruction("LDM T1", "11001 Rn:3 registers:8", where=_some)
def _ldm(o: Ops, Rn: int, registers: int) -> None:
    """No write-back when the base is loaded."""
    _load(o, registers, o.reg(Rn), Rn, None if registers >> Rn & 1 else _after(o, Rn, registers))


# ---- wide: PUSH T2 is STMDB SP!, POP T2 is LDM SP!; what is UNPREDICTABLE is undefined ------------------


def _loadable(W: int, Rn: int, registers: int) -> bool:
    """At least two registers, not SP, not LR with PC, not the base that is written back."""
    bad = registers >> 13 & 1 or registers >> 14 == 3 or (W and registers >> Rn & 1)
    return Rn != 15 and registers.bit_count() > 1 and not bad


def _storable(W: int, Rn: int, registers: int) -> bool:
    """At least two registers, neither SP nor PC, nor the base that is written back."""
    bad = registers & 0xA000 or (W and registers >> Rn & 1)
    return Rn != 15 and registers.bit_count() > 1 and not bad


@instruction("LDM T2", "1110100010 W 1 Rn:4 registers:16", where=_loadable)
def _ldm_wide(o: Ops, W: int, Rn: int, registers: int) -> None:
    _load(o, registers, o.reg(Rn), Rn, _after(o, Rn, registers) if W else None)


@instruction("LDMDB T1", "1110100100 W 1 Rn:4 registers:16", where=_loadable)
def _ldmdb(o: Ops, W: int, Rn: int, registers: int) -> None:
    start = _before(o, Rn, registers)
    _load(o, registers, start, Rn, start if W else None)


@instruction("STM T2", "1110100010 W 0 Rn:4 registers:16", where=_storable)
def _stm_wide(o: Ops, W: int, Rn: int, registers: int) -> None:
    _store(o, registers, o.reg(Rn), Rn, _after(o, Rn, registers) if W else None)


@instruction("STMDB T1", "1110100100 W 0 Rn:4 registers:16", where=_storable)
def _stmdb(o: Ops, W: int, Rn: int, registers: int) -> None:
    start = _before(o, Rn, registers)
    _store(o, registers, start, Rn, start if W else None)
