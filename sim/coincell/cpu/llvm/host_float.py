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
from typing import NamedTuple

from coincell.cpu.llvm.values import LlvmValues, Value
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
    def bits(self) -> int:
        return 1 + self.fmt.exp_bits + self.fmt.frac_bits

    @property
    def word(self) -> str:
        """The integer type of its bit patterns."""
        return f"i{self.bits}"

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


SINGLE_TYPE, DOUBLE_TYPE = HostType(SINGLE, "float", "f32"), HostType(DOUBLE, "double", "f64")


def host_type(operation: str) -> HostType:
    """The format that an operation of `isa.float_operations` is about."""
    return DOUBLE_TYPE if operation.endswith(".f64") else SINGLE_TYPE


class Attempt(NamedTuple):
    """A host result and the truth that it is Arm's. `otherwise` emits another to try when that one fails."""

    result: Value
    sure: Value
    otherwise: Callable[[], Value] | None = None


Host = Callable[..., Attempt]


def _recorded(o: LlvmValues, fpscr: Value) -> Value:
    """To nearest, no flushing, and inexact results are no news."""
    return o.eq(o.and_(fpscr, MODES_AND_INEXACT), INEXACT)


def _unflushed(o: LlvmValues, fpscr: Value) -> Value:
    return o.eq(o.and_(fpscr, FZ), 0)


# ---- arithmetic -------------------------------------------------------------------------------------


def _sum(instruction: str) -> Host:
    def host(o: LlvmValues, t: HostType, fpscr: Value, a: Value, b: Value) -> Attempt:
        result = t.pattern(o, o.emit(f"{instruction} {t.name} {t.number(o, a)}, {t.number(o, b)}"))
        return Attempt(result, o.both(_recorded(o, fpscr), t.below(o, result, t.fmt.infinity)))

    return host


def _safe(o: LlvmValues, t: HostType, fpscr: Value, result: Value, *factors: Value) -> Attempt:
    """A result that is safe, or a zero that comes from a zero factor, which is exact."""
    recorded = _recorded(o, fpscr)

    def otherwise() -> Value:
        any_zero: Value = 0
        for factor in factors:
            any_zero = o.either(t.zero(o, factor), any_zero)
        return o.both(o.both(recorded, t.zero(o, result)), any_zero)

    return Attempt(result, o.both(recorded, t.safe(o, result)), otherwise)


def _mul(o: LlvmValues, t: HostType, fpscr: Value, a: Value, b: Value) -> Attempt:
    result = t.pattern(o, o.emit(f"fmul {t.name} {t.number(o, a)}, {t.number(o, b)}"))
    return _safe(o, t, fpscr, result, a, b)


def _div(o: LlvmValues, t: HostType, fpscr: Value, a: Value, b: Value) -> Attempt:
    result = t.pattern(o, o.emit(f"fdiv {t.name} {t.number(o, a)}, {t.number(o, b)}"))
    return _safe(o, t, fpscr, result, a)


def _fma(o: LlvmValues, t: HostType, fpscr: Value, addend: Value, a: Value, b: Value) -> Attempt:
    result = t.pattern(o, t.call(o, "fma", *(t.number(o, x) for x in (a, b, addend))))
    return _safe(o, t, fpscr, result, a, b)


def _sqrt(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> Attempt:
    result = t.pattern(o, t.call(o, "sqrt", t.number(o, a)))
    positive = o.emit(f"icmp ult {t.word} {a}, {t.fmt.infinity}")
    return Attempt(result, o.both(_recorded(o, fpscr), positive))


def _extreme(predicate: str) -> Host:
    def host(o: LlvmValues, t: HostType, fpscr: Value, a: Value, b: Value) -> Attempt:
        x, y = t.number(o, a), t.number(o, b)
        first = o.emit(f"fcmp {predicate} {t.name} {x}, {y}")
        result = o.emit(f"select i1 {first}, {t.word} {a}, {t.word} {b}")
        # Equal numbers may be zeros of unequal sign.
        clear = o.emit(f"fcmp one {t.name} {x}, {y}")
        return Attempt(result, o.both(clear, _unflushed(o, fpscr)))

    return host


def _compare(o: LlvmValues, t: HostType, fpscr: Value, a: Value, b: Value) -> Attempt:
    x, y = t.number(o, a), t.number(o, b)
    less, equal = (o.emit(f"fcmp {how} {t.name} {x}, {y}") for how in ("olt", "oeq"))
    nzcv = o.select(equal, 0b0110, o.select(less, 0b1000, 0b0010))
    ordered = o.emit(f"fcmp ord {t.name} {x}, {y}")
    return Attempt(nzcv, o.both(ordered, _unflushed(o, fpscr)))


# ---- conversion -------------------------------------------------------------------------------------

ROUNDING = {
    "": "roundeven",
    "_nearest": "roundeven",
    "_plus": "ceil",
    "_minus": "floor",
    "_zero": "trunc",
    "_away": "round",
}
"""What follows an operation's name -> intrinsic."""


def _integral(how: str, *, exact: bool = False) -> Host:
    def host(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> Attempt:
        x = t.number(o, a)
        ordered = o.emit(f"fcmp ord {t.name} {x}, {x}")
        modes = _recorded(o, fpscr) if exact or not how else _unflushed(o, fpscr)
        return Attempt(t.pattern(o, t.call(o, ROUNDING[how], x)), o.both(ordered, modes))

    return host


def _to_integer(how: str, bits: int, signed: bool) -> Host:
    def host(o: LlvmValues, t: HostType, fpscr: Value, a: Value, fraction_bits: int = 0) -> Attempt:
        x = t.number(o, a)
        if fraction_bits:
            x = o.emit(f"fmul {t.name} {x}, {t.number(o, t.power_of_two(fraction_bits))}")
        if how != "_zero":
            x = t.call(o, ROUNDING[how], x)
        scaled = t.pattern(o, x)
        limit = t.power_of_two(bits - 1 if signed else bits)
        inside = t.below(o, scaled, limit) if signed else o.emit(f"icmp ult {t.word} {scaled}, {limit}")
        # What does not fit must not be converted: LLVM leaves that undefined.
        fits = o.emit(f"select i1 {inside}, {t.name} {x}, {t.name} {t.number(o, 0)}")
        result = o.emit(f"fpto{'si' if signed else 'ui'} {t.name} {fits} to i32")
        return Attempt(result, o.both(inside, _recorded(o, fpscr)))

    return host


def _from_integer(bits: int, signed: bool) -> Host:
    def host(o: LlvmValues, t: HostType, fpscr: Value, a: Value, fraction_bits: int = 0) -> Attempt:
        value = a
        if bits == 16:
            value = o.sext(a, 16) if signed else o.and_(a, 0xFFFF)
        x = o.emit(f"{'si' if signed else 'ui'}tofp i32 {value} to {t.name}")
        if fraction_bits:
            x = o.emit(f"fmul {t.name} {x}, {t.number(o, t.power_of_two(-fraction_bits))}")
        always_exact = bits <= t.fmt.frac_bits
        return Attempt(t.pattern(o, x), 1 if always_exact else _recorded(o, fpscr))

    return host


def _from_single(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> Attempt:
    x = SINGLE_TYPE.number(o, a)
    result = t.pattern(o, o.emit(f"fpext float {x} to double"))
    return Attempt(result, o.both(o.emit(f"fcmp ord float {x}, {x}"), _unflushed(o, fpscr)))


def _to_single(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> Attempt:
    result = SINGLE_TYPE.pattern(o, o.emit(f"fptrunc double {t.number(o, a)} to float"))
    good = o.either(SINGLE_TYPE.safe(o, result), t.zero(o, a))
    return Attempt(result, o.both(_recorded(o, fpscr), good))


def _to_half(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> Attempt:
    """Zeros, and what becomes a normal half: the exponent moves, and the fraction is rounded to even."""
    dropped = t.fmt.frac_bits - 10
    size = o.emit(f"lshr {t.word} {t.magnitude(o, a)}, 1")
    odd = o.emit(f"and {t.word} {o.emit(f'lshr {t.word} {size}, {dropped}')}, 1")
    raised = o.emit(f"add {t.word} {size}, {(1 << dropped - 1) - 1 - t.power_of_two(-15)}")
    half = o.emit(f"lshr {t.word} {o.emit(f'add {t.word} {raised}, {odd}')}, {dropped}")
    sign = o.emit(f"lshr {t.word} {a}, {t.bits - 16}")
    if t is DOUBLE_TYPE:
        half, sign = o.low32(half), o.low32(sign)
    # From 65520 on, halfway past the greatest half, to infinity or a larger alternative half.
    above = o.emit(f"sub {t.word} {size}, {t.power_of_two(-14)}")
    limit = t.power_of_two(16) - (1 << dropped - 1) - t.power_of_two(-14)
    normal = o.both(o.emit(f"icmp ult {t.word} {above}, {limit}"), _recorded(o, fpscr))
    zero = t.zero(o, a)
    result = o.or_(o.select(zero, 0, o.and_(half, 0x7FFF)), o.and_(sign, 0x8000))
    return Attempt(result, o.either(normal, zero))


def _from_half(o: LlvmValues, t: HostType, fpscr: Value, a: Value) -> Attempt:
    """Normal halves and zeros: only the exponent moves, and no flag or mode has a say."""
    parts = o.and_(a, 0x7FFF), o.and_(a, 0x8000)
    size, sign = parts if t is SINGLE_TYPE else tuple(o.zext64(x) for x in parts)
    zero, normal = o.eq(parts[0], 0), o.ult(o.sub(parts[0], 0x400), 0x7800)
    moved = o.emit(f"shl {t.word} {size}, {t.fmt.frac_bits - 10}")
    moved = o.emit(f"add {t.word} {moved}, {t.power_of_two(-15)}")
    moved = o.emit(f"select i1 {zero}, {t.word} 0, {t.word} {moved}")
    sign = o.emit(f"mul {t.word} {sign}, {t.fmt.sign_bit >> 15}")
    return Attempt(o.emit(f"or {t.word} {moved}, {sign}"), o.either(zero, normal))


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
    "to_half": _to_half,
    "integral_exact": _integral("", exact=True),
    **{f"integral{how}": _integral(how) for how in ROUNDING},
    **{f"to_{kind}32{how}": _to_integer(how, 32, kind == "s") for how in ROUNDING for kind in ("s", "u")},
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

_ARITIES = {"sqrt": 1, "fma": 3, **dict.fromkeys(ROUNDING.values(), 1)}

DECLARATIONS = "".join(
    f"declare {t.name} @llvm.{name}.{t.suffix}({', '.join([t.name] * arity)})\n"
    for t in (SINGLE_TYPE, DOUBLE_TYPE)
    for name, arity in _ARITIES.items()
)
"""The intrinsics used here."""
