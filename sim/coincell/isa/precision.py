"""Single and double precision forms of one floating-point instruction, declared together.

    @floating("VADD", "11101110 0 D 11 Vn:4 Vd:4 101 sz N 0 M 0 Vm:4")
    def vadd(f): f.d = f.fp("add", f.n, f.m)

`sz` in the pattern is 0 in the single form and 1 in the double form. A double register Dx is the pair S2x
(low word), S2x+1; there are sixteen, so D, N and M, the top bits of their numbers, are zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from coincell.isa.encoding import instruction
from coincell.isa.float_format import DOUBLE, SINGLE, Format
from coincell.isa.ops import Ops, Value

SIGN = 0x80000000
_REGISTERS = {"D": "Vd", "N": "Vn", "M": "Vm"}
"""Top or bottom bit of a register's number -> its other four."""


def single(V: int, low: int) -> int:
    """A single register's number: four bits of name, then the odd one."""
    return V << 1 | low


@dataclass(frozen=True)
class Precision:
    """What the forms of one precision have in common."""

    name: str
    """As the manual writes it behind the mnemonic."""
    format: Format
    suffix: str
    """Of the names of its operations (`isa.float_operations`)."""

    @property
    def is_double(self) -> bool:
        return self.format is DOUBLE


F32, F64 = Precision("F32", SINGLE, ""), Precision("F64", DOUBLE, ".f64")


class Float:
    """An instruction under evaluation `o`: registers `d`, `n` and `m`, and what is done with their values."""

    def __init__(self, o: Ops, precision: Precision, singles: str, fields: dict[str, int]) -> None:
        """`singles` are the registers that are single whatever the precision."""
        self.o, self.precision = o, precision
        self._singles = singles if precision.is_double else "DNM"
        self._fields = fields

    def _get(self, which: str) -> Value:
        V, low = self._fields[_REGISTERS[which]], self._fields[which]
        if which in self._singles:
            return self.o.sreg(single(V, low))
        return self.o.pair64(self.o.sreg(2 * V), self.o.sreg(2 * V + 1))

    @property
    def d(self) -> Value:
        return self._get("D")

    @d.setter
    def d(self, value: Value) -> None:
        o, V, low = self.o, self._fields["Vd"], self._fields["D"]
        if "D" in self._singles:
            o.set_sreg(single(V, low), value)
        else:
            o.set_sreg(2 * V, o.low32(value))
            o.set_sreg(2 * V + 1, o.high32(value))

    @property
    def n(self) -> Value:
        return self._get("N")

    @property
    def m(self) -> Value:
        return self._get("M")

    def fp(self, operation: str, *operands: Value) -> Value:
        """The operation in this precision."""
        return self.o.fp(operation + self.precision.suffix, *operands)

    def _top(self, value: Value, change: Callable[[Value], Value]) -> Value:
        """`value` with its most significant word changed."""
        if not self.precision.is_double:
            return change(value)
        return self.o.pair64(self.o.low32(value), change(self.o.high32(value)))

    def neg(self, value: Value) -> Value:
        """The other sign, NaN or not."""
        return self._top(value, lambda word: self.o.xor(word, SIGN))

    def abs(self, value: Value) -> Value:
        return self._top(value, lambda word: self.o.and_(word, SIGN - 1))

    def select(self, truth: Value, a: Value, b: Value) -> Value:
        choose = self.o.select64 if self.precision.is_double else self.o.select
        return choose(truth, a, b)

    def word(self, value: Value) -> Value:
        """The low word of a register."""
        return self.o.low32(value) if self.precision.is_double else value

    def widened(self, word: Value, signed: bool) -> Value:
        """A word extended to the register's width."""
        if not self.precision.is_double:
            return word
        return self.o.sext64(word) if signed else self.o.zext64(word)


Semantics = Callable[..., None]


def floating(
    name: str,
    pattern: str,
    *,
    feature: str = "fpsp",
    singles: str = "",
    precisions: tuple[Precision, ...] = (F32, F64),
    where: Callable[..., bool] = lambda **_: True,
) -> Callable[[Semantics], Semantics]:
    """Declare `name`.F32 for cores with `feature`, and `name`.F64 for cores with "fpdp".

    The semantic function receives a `Float`, and by name the fields that are not part of a register's number.
    """

    def declare(semantics: Semantics) -> Semantics:
        for precision in precisions:
            _declare(semantics, precision)
        return semantics

    def _declare(semantics: Semantics, precision: Precision) -> None:
        # The number of a double register has no fifth bit: a core with sixteen leaves that undefined.
        doubles = [r for r in _REGISTERS if precision.is_double and r not in singles]

        def has_registers(**fields: int) -> bool:
            return not any(fields.get(r) for r in doubles) and where(**fields)

        @wraps(semantics)
        def run(o: Ops, **fields: int) -> None:
            rest = {key: field for key, field in fields.items() if key not in _IN_REGISTERS}
            semantics(Float(o, precision, singles, fields), **rest)

        instruction(
            f"{name}.{precision.name}",
            pattern.replace("sz", "1" if precision.is_double else "0"),
            feature="fpdp" if precision.is_double else feature,
            where=has_registers,
        )(run)

    return declare


_IN_REGISTERS: frozenset[Any] = frozenset(_REGISTERS) | frozenset(_REGISTERS.values())
