"""Which floating-point operations the host's arithmetic may do in compiled code, and when that is Arm's.

The host computes IEEE 754 results rounded to nearest, with subnormals, and records nothing. `HOST[name]`
emits (result, truth that it is Arm's result and that FPSCR stays). The truths rest on these facts:

* FPSCR asks for nearest, not for flushing, and has IXC set: only IOC, DZC, OFC and UFC could change.
* A NaN among the operands gives a NaN, and so does every invalid operation.
* A finite result has not overflowed, and was not divided by zero.
* An inexact result whose exact value is below the least normal number (UFC) is at most that number. A sum
  below it is exact, and so is a product or quotient that is zero because an operand is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coincell.cpu.llvm_values import LlvmValues, Value
from coincell.isa.float_format import DOUBLE, SINGLE, Format

FZ, MODES_AND_INEXACT, INEXACT = 1 << 24, 0x01C00010, 0x10
"""FPSCR: FZ (24), RMode (23:22) and IXC (4)."""


@dataclass(frozen=True)
class HostType:
    """A format as LLVM knows it. Emits tests of bit patterns; constants may be among them."""

    fmt: Format
    name: str
    suffix: str
    """Of intrinsics."""

    @property
    def word(self) -> str:
        """The integer type of its bit patterns."""
        return f"i{1 + self.fmt.exp_bits + self.fmt.frac_bits}"

    def number(self, o: LlvmValues, pattern: Value) -> str:
        return o.emit(f"bitcast {self.word} {pattern} to {self.name}")

    def pattern(self, o: LlvmValues, number: str) -> str:
        return o.emit(f"bitcast {self.name} {number} to {self.word}")

    def call(self, o: LlvmValues, intrinsic: str, *numbers: str) -> str:
        arguments = ", ".join(f"{self.name} {x}" for x in numbers)
        return o.emit(f"call {self.name} @llvm.{intrinsic}.{self.suffix}({arguments})")

    def magnitude(self, o: LlvmValues, pattern: Value) -> str:
        """Twice the pattern without its sign."""
        return o.emit(f"shl {self.word} {pattern}, 1")

    def below(self, o: LlvmValues, pattern: Value, limit: int) -> str:
        """Whether the magnitude is below that of the pattern `limit`, and no NaN."""
        return o.emit(f"icmp ult {self.word} {self.magnitude(o, pattern)}, {2 * limit}")

    def zero(self, o: LlvmValues, pattern: Value) -> str:
        return o.emit(f"icmp eq {self.word} {self.magnitude(o, pattern)}, 0")

    def safe(self, o: LlvmValues, pattern: Value) -> str:
        """Finite, and above the least normal number: neither overflow nor underflow."""
        least = 2 * self.fmt.hidden + 1
        above = o.emit(f"sub {self.word} {self.magnitude(o, pattern)}, {least}")
        return o.emit(f"icmp ult {self.word} {above}, {2 * self.fmt.infinity - least}")

    def power_of_two(self, exponent: int) -> int:
        """The pattern of 2**exponent."""
        return exponent - self.fmt.min_exp + 1 << self.fmt.frac_bits


_SINGLE, _DOUBLE = HostType(SINGLE, "float", "f32"), HostType(DOUBLE, "double", "f64")


def host_type(operation: str) -> HostType:
    """The format that an operation of `isa.float_operations` is about."""
    return _DOUBLE if operation.endswith(".f64") else _SINGLE


Host = Callable[..., tuple[Value, Value]]


def _recorded(o: LlvmValues, fpscr: Value) -> Value:
    """To nearest, no flushing, and inexact results are no news."""
    return o.eq(o.and_(fpscr, MODES_AND_INEXACT), INEXACT)


def _unflushed(o: LlvmValues, fpscr: Value) -> Value:
    return o.eq(o.and_(fpscr, FZ), 0)


# ---- arithmetic -------------------------------------------------------------------------------------


def _sum(instruction: str) -> Host:
    def host(o: LlvmValues, t: HostType, fpscr: Value, a: Value, b: Value) -> tuple[Value, Value]:
        result = t.pattern(o, o.emit(f"{instruction} {t.name} {t.number(o, a)}, {t.number(o, b)}"))
        return result, o.both(_recorded(o, fpscr), t.below(o, result, t.fmt.infinity))

    return host


def _mul(o: LlvmValues, t: HostType, fpscr: Value, a: Value, b: Value) -> tuple[Value, Value]:
    result = t.pattern(o, o.emit(f"fmul {t.name} {t.number(o, a)}, {t.number(o, b)}"))
    good = o.either(t.safe(o, result), _nothing(o, t, result, a, b))
    return result, o.both(_recorded(o, fpscr), good)


def _nothing(o: LlvmValues, t: HostType, result: Value, *operands: Value) -> Value:
    """A zero that comes from a zero operand, which is exact."""
    any_zero: Value = 0
    for operand in operands:
        any_zero = o.either(t.zero(o, operand), any_zero)
    return o.both(t.zero(o, result), any_zero)


def _div(o: LlvmValues, t: HostType, fpscr: Value, a: Value, b: Value) -> tuple[Value, Value]:
    result = t.pattern(o, o.emit(f"fdiv {t.name} {t.number(o, a)}, {t.number(o, b)}"))
    good = o.either(t.safe(o, result), _nothing(o, t, result, a))
    return result, o.both(_recorded(o, fpscr), good)


def _sqrt(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> tuple[Value, Value]:
    result = t.pattern(o, t.call(o, "sqrt", t.number(o, a)))
    positive = o.emit(f"icmp ult {t.word} {a}, {t.fmt.infinity}")
    return result, o.both(_recorded(o, fpscr), positive)


def _fma(o: LlvmValues, t: HostType, fpscr: Value, addend: Value, a: Value, b: Value) -> tuple[Value, Value]:
    result = t.pattern(o, t.call(o, "fma", *(t.number(o, x) for x in (a, b, addend))))
    good = o.either(t.safe(o, result), _nothing(o, t, result, a, b))
    return result, o.both(_recorded(o, fpscr), good)


def _extreme(predicate: str) -> Host:
    def host(o: LlvmValues, t: HostType, fpscr: Value, a: Value, b: Value) -> tuple[Value, Value]:
        x, y = t.number(o, a), t.number(o, b)
        first = o.emit(f"fcmp {predicate} {t.name} {x}, {y}")
        result = o.emit(f"select i1 {first}, {t.word} {a}, {t.word} {b}")
        # Equal numbers may be zeros of unequal sign.
        clear = o.emit(f"fcmp one {t.name} {x}, {y}")
        return result, o.both(clear, _unflushed(o, fpscr))

    return host


def _compare(o: LlvmValues, t: HostType, fpscr: Value, a: Value, b: Value) -> tuple[Value, Value]:
    x, y = t.number(o, a), t.number(o, b)
    less, equal = (o.emit(f"fcmp {how} {t.name} {x}, {y}") for how in ("olt", "oeq"))
    nzcv = o.select(equal, 0b0110, o.select(less, 0b1000, 0b0010))
    ordered = o.emit(f"fcmp ord {t.name} {x}, {y}")
    return nzcv, o.both(ordered, _unflushed(o, fpscr))


# ---- conversion -------------------------------------------------------------------------------------

_ROUNDING = {
    "": "roundeven",
    "_nearest": "roundeven",
    "_plus": "ceil",
    "_minus": "floor",
    "_zero": "trunc",
    "_away": "round",
}
"""What follows an operation's name -> intrinsic."""


def _integral(how: str, *, exact: bool = False) -> Host:
    def host(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> tuple[Value, Value]:
        x = t.number(o, a)
        ordered = o.emit(f"fcmp ord {t.name} {x}, {x}")
        modes = _recorded(o, fpscr) if exact or not how else _unflushed(o, fpscr)
        return t.pattern(o, t.call(o, _ROUNDING[how], x)), o.both(ordered, modes)

    return host


def _to_integer(how: str, bits: int, signed: bool) -> Host:
    def host(
        o: LlvmValues, t: HostType, fpscr: Value, a: Value, fraction_bits: int = 0
    ) -> tuple[Value, Value]:
        x = t.number(o, a)
        if fraction_bits:
            x = o.emit(f"fmul {t.name} {x}, {t.number(o, t.power_of_two(fraction_bits))}")
        if how != "_zero":
            x = t.call(o, _ROUNDING[how], x)
        scaled = t.pattern(o, x)
        limit = t.power_of_two(bits - 1 if signed else bits)
        inside = t.below(o, scaled, limit) if signed else o.emit(f"icmp ult {t.word} {scaled}, {limit}")
        # What does not fit must not be converted: LLVM leaves that undefined.
        fits = o.emit(f"select i1 {inside}, {t.name} {x}, {t.name} {t.number(o, 0)}")
        result = o.emit(f"fpto{'si' if signed else 'ui'} {t.name} {fits} to i32")
        return result, o.both(inside, _recorded(o, fpscr))

    return host


def _from_integer(bits: int, signed: bool) -> Host:
    def host(
        o: LlvmValues, t: HostType, fpscr: Value, a: Value, fraction_bits: int = 0
    ) -> tuple[Value, Value]:
        value = a
        if bits == 16:
            value = o.sext(a, 16) if signed else o.and_(a, 0xFFFF)
        x = o.emit(f"{'si' if signed else 'ui'}tofp i32 {value} to {t.name}")
        if fraction_bits:
            x = o.emit(f"fmul {t.name} {x}, {t.number(o, t.power_of_two(-fraction_bits))}")
        always_exact = bits <= t.fmt.frac_bits
        return t.pattern(o, x), 1 if always_exact else _recorded(o, fpscr)

    return host


def _from_single(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> tuple[Value, Value]:
    x = _SINGLE.number(o, a)
    result = t.pattern(o, o.emit(f"fpext float {x} to double"))
    return result, o.both(o.emit(f"fcmp ord float {x}, {x}"), _unflushed(o, fpscr))


def _to_single(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> tuple[Value, Value]:
    result = _SINGLE.pattern(o, o.emit(f"fptrunc double {t.number(o, a)} to float"))
    good = o.either(_SINGLE.safe(o, result), t.zero(o, a))
    return result, o.both(_recorded(o, fpscr), good)


def _from_half(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> tuple[Value, Value]:
    """Normal halves and zeros: only the exponent moves, and no flag or mode has a say."""
    parts = o.and_(a, 0x7FFF), o.and_(a, 0x8000)
    size, sign = parts if t is _SINGLE else tuple(o.zext64(x) for x in parts)
    zero, normal = o.eq(parts[0], 0), o.ult(o.sub(parts[0], 0x400), 0x7800)
    moved = o.emit(f"shl {t.word} {size}, {t.fmt.frac_bits - 10}")
    moved = o.emit(f"add {t.word} {moved}, {t.power_of_two(-15)}")
    moved = o.emit(f"select i1 {zero}, {t.word} 0, {t.word} {moved}")
    sign = o.emit(f"mul {t.word} {sign}, {t.fmt.sign_bit >> 15}")
    return o.emit(f"or {t.word} {moved}, {sign}"), o.either(zero, normal)


HOST: dict[str, Host] = {
    "add": _sum("fadd"),
    "sub": _sum("fsub"),
    "mul": _mul,
    "div": _div,
    "sqrt": _sqrt,
    "fma": _fma,
    "max": _extreme("ogt"),
    "min": _extreme("olt"),
    "compare": _compare,
    "compare_signalling": _compare,
    "from_single": _from_single,
    "to_single": _to_single,
    "from_half": _from_half,
    "integral_exact": _integral("", exact=True),
    **{f"integral{how}": _integral(how) for how in _ROUNDING},
    **{f"to_{kind}32{how}": _to_integer(how, 32, kind == "s") for how in _ROUNDING for kind in ("s", "u")},
    **{f"from_{kind}32": _from_integer(32, kind == "s") for kind in ("s", "u")},
    **{
        f"to_fixed_{kind}{bits}": _to_integer("_zero", bits, kind == "s")
        for kind in ("s", "u")
        for bits in (16, 32)
    },
    **{
        f"from_fixed_{kind}{bits}": _from_integer(bits, kind == "s")
        for kind in ("s", "u")
        for bits in (16, 32)
    },
}
"""By operation, without its format."""

_ARITIES = {"sqrt": 1, "fma": 3, **dict.fromkeys(_ROUNDING.values(), 1)}

DECLARATIONS = "".join(
    f"declare {t.name} @llvm.{name}.{t.suffix}({', '.join([t.name] * arity)})\n"
    for t in (_SINGLE, _DOUBLE)
    for name, arity in _ARITIES.items()
)
"""The intrinsics used here."""
