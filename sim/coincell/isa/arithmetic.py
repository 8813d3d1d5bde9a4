"""Shared by the integer groups: results and their flags. No flag is computed that nobody asked for."""

from __future__ import annotations

from coincell.isa.ops import Ops, Value

M32 = 0xFFFFFFFF


def no_pc(**fields: int) -> bool:
    """`where` for encodings whose register fields (`R...`) must not be 15: UNPREDICTABLE, here undefined."""
    return all(value != 15 for name, value in fields.items() if name[0] == "R")


def move(o: Ops, d: int, result: Value, flags: object, carry: Value = None) -> None:
    """Write a result; N and Z from it, C from the shifter (None: unchanged), V unchanged."""
    o.set_reg(d, result)
    if flags:
        set_logical_flags(o, result, carry)


def set_logical_flags(o: Ops, result: Value, carry: Value = None) -> None:
    """N, Z and the shifter's carry."""
    o.set_nz(result)
    if carry is not None:
        o.set_flags(c=carry)


def add(o: Ops, d: int, a: Value, b: Value, flags: object) -> None:
    """d := a + b."""
    if flags:
        _write(o, d, o.add_with_carry(a, b, 0))
    else:
        o.set_reg(d, o.add(a, b))


def adc(o: Ops, d: int, a: Value, b: Value, flags: object) -> None:
    """d := a + b + C."""
    if flags:
        _write(o, d, o.add_with_carry(a, b, o.flag("c")))
    else:
        o.set_reg(d, o.add(o.add(a, b), o.word(o.flag("c"))))


def sbc(o: Ops, d: int, a: Value, b: Value, flags: object) -> None:
    """d := a - b - not C."""
    adc(o, d, a, o.not_(b), flags)


def subtract(o: Ops, d: int, a: Value, b: Value, flags: object) -> None:
    """d := a - b."""
    result = o.sub(a, b)
    o.set_reg(d, result)
    if flags:
        o.set_difference_flags(a, b, result)


def reverse_subtract(o: Ops, d: int, a: Value, b: Value, flags: object) -> None:
    """d := b - a."""
    subtract(o, d, b, a, flags)


def compare(o: Ops, a: Value, b: Value) -> None:
    """Flags of a - b."""
    o.set_difference_flags(a, b, o.sub(a, b))


def compare_negative(o: Ops, a: Value, b: Value) -> None:
    """Flags of a + b."""
    result, carry, overflow = o.add_with_carry(a, b, 0)
    o.set_nz(result)
    o.set_flags(c=carry, v=overflow)


def _write(o: Ops, d: int, sum_: tuple[Value, Value, Value]) -> None:
    result, carry, overflow = sum_
    o.set_reg(d, result)
    o.set_nz(result)
    o.set_flags(c=carry, v=overflow)
