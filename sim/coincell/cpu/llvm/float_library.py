"""Where compiled code calls for floating point that its own tests did not trust the host with.

`library_text()` is LLVM code for `i64 float_operation(state, number, a, b, c)`: one function for the process,
so that regions stay small. It knows FPSCR's flags, flushing, NaNs and infinities. What is left calls
`isa.softfloat`: directed rounding, alternative halves, underflow while UFC is clear.

The error of a rounded sum, product, quotient or root is a number of the same format, if nothing underflows
(Knuth's two-sum; for the others one fused multiply-add gives it). No error, no IXC.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from coincell.cpu import state as st
from coincell.cpu.llvm.float_call import Call
from coincell.cpu.llvm.float_halves import from_half, nan_of, to_half
from coincell.cpu.llvm.host_float import (
    DECLARATIONS,
    DOUBLE_TYPE,
    ROUNDING,
    SINGLE_TYPE,
    HostType,
    host_type,
)
from coincell.cpu.llvm.values import Value
from coincell.isa.float_format import DOUBLE, DZC, IOC, IXC, SINGLE
from coincell.isa.float_operations import OPERATIONS

_NARROWER = DOUBLE.frac_bits - SINGLE.frac_bits
NAMES = tuple(sorted(OPERATIONS))
"""The number of an operation in calls from compiled code is its index here."""

# ---- arithmetic -------------------------------------------------------------------------------------


def _error_of_sum(c: Call, x: str, y: str, total: str, t: HostType) -> str:
    """x + y - total, exactly."""

    def sub(a: str, b: str) -> str:
        return c.emit(f"fsub {t.name} {a}, {b}")

    rest = sub(total, x)
    return c.emit(f"fadd {t.name} {sub(x, sub(total, rest))}, {sub(y, rest)}")


def _sum(*, minus: bool) -> Callable[..., Value]:
    def answer(c: Call, a: Value, b: Value) -> Value:
        t = c.t
        (a, b), total = c.attempt(partial(c.calculate, "fsub" if minus else "fadd"), a, b)
        x, y = c.number(a), c.number(b)
        error = _error_of_sum(c, x, c.opposite(y) if minus else y, total, t)
        # Beyond half the range the sums in the error may overflow.
        known = c.all(*(t.below(c, p, t.power_of_two(-t.fmt.min_exp)) for p in (a, b)))
        return c.settle(
            total,
            *c.process_nans(a, b),
            from_infinity=c.any(c.is_infinite(a), c.is_infinite(b)),
            exact_zero=c.is_zero(t.pattern(c, total)),
            inexact=c.differ_as_numbers(error, c.number(0)),
            known=known,
            sum_=True,
        )

    return answer


def _mul(c: Call, a: Value, b: Value) -> Value:
    (a, b), product = c.attempt(partial(c.calculate, "fmul"), a, b)
    result = c.t.pattern(c, product)
    error = c.t.call(c, "fma", c.number(a), c.number(b), c.opposite(product))
    nothing = c.both(c.is_zero(result), c.either(c.is_zero(a), c.is_zero(b)))
    return c.settle(
        product,
        *c.process_nans(a, b),
        from_infinity=c.any(c.is_infinite(a), c.is_infinite(b)),
        exact_zero=nothing,
        inexact=c.differ_as_numbers(error, c.number(0)),
        known=c.either(nothing, c.is_large(result)),
    )


def _div(c: Call, a: Value, b: Value) -> Value:
    (a, b), quotient = c.attempt(partial(c.calculate, "fdiv"), a, b)
    result = c.t.pattern(c, quotient)
    error = c.t.call(c, "fma", c.opposite(quotient), c.number(b), c.number(a))
    nothing = c.both(c.is_zero(result), c.either(c.is_zero(a), c.is_infinite(b)))
    by_zero = c.is_zero(b)
    c.raise_if(c.all(by_zero, c.is_infinite(result), c.negate(c.is_infinite(a))), DZC)
    return c.settle(
        quotient,
        *c.process_nans(a, b),
        from_infinity=c.either(c.is_infinite(a), by_zero),
        exact_zero=nothing,
        inexact=c.both(c.differ_as_numbers(error, c.number(0)), c.negate(nothing)),
        known=c.either(nothing, c.is_large(a)),
    )


def _sqrt(c: Call, a: Value) -> Value:
    (a,), root = c.attempt(partial(c.t.call, c, "sqrt"), a)
    error = c.t.call(c, "fma", c.opposite(root), root, c.number(a))
    nothing = c.is_zero(a)
    return c.settle(
        root,
        *c.process_nans(a),
        from_infinity=1,
        exact_zero=nothing,
        inexact=c.differ_as_numbers(error, c.number(0)),
        known=c.either(nothing, c.is_large(a)),
    )


def _fma(c: Call, addend: Value, a: Value, b: Value) -> Value:
    (a, b, addend), total = c.attempt(partial(c.t.call, c, "fma"), a, b, addend)
    x, y, z = (c.number(p) for p in (a, b, addend))
    result = c.t.pattern(c, total)
    factor_zero = c.either(c.is_zero(a), c.is_zero(b))
    factor_infinite = c.either(c.is_infinite(a), c.is_infinite(b))
    if c.t is DOUBLE_TYPE:
        inexact, known = _double_fma_is_inexact(c, x, y, z, total)
        known = c.any(known, factor_zero)
        # An unknown zero is a cancellation, or an underflow that flushing would tell of.
        c.need(c.any(known, c.negate(c.is_zero(result)), c.negate(c.flushing)))
    else:
        inexact, known = _single_fma_is_inexact(c, x, y, z, total), 1
    nothing = c.all(c.is_zero(result), c.negate(inexact), known)
    # An invalid product outranks a quiet addend, the only NaN it can meet.
    void = c.all(factor_zero, factor_infinite, c.is_nan(addend))
    quiet = c.nonzero(c.masked(addend, c.t.fmt.quiet_bit))
    void = c.both(void, quiet)
    c.raise_if(void, IOC)
    settled = c.settle(
        total,
        *c.process_nans(addend, a, b),
        from_infinity=c.either(factor_infinite, c.is_infinite(addend)),
        exact_zero=nothing,
        inexact=inexact,
        known=known,
    )
    return c.choose(void, c.t.fmt.default_nan, settled)


def _single_fma_is_inexact(c: Call, x: str, y: str, z: str, total: str) -> Value:
    """A double holds a product of singles; what it cannot hold of the sum, a single cannot either."""
    x, y, z, total = (c.emit(f"fpext float {number} to double") for number in (x, y, z, total))
    product = c.emit(f"fmul double {x}, {y}")
    wide = c.emit(f"fadd double {product}, {z}")
    error = _error_of_sum(c, product, z, wide, DOUBLE_TYPE)
    lost = c.emit(f"fcmp une double {error}, {DOUBLE_TYPE.number(c, 0)}")
    return c.either(lost, c.emit(f"fcmp une double {wide}, {total}"))


def _double_fma_is_inexact(c: Call, x: str, y: str, z: str, total: str) -> tuple[Value, Value]:
    """(inexact, known): ErrFmaNearest of Boldo and Muller, "Exact and approximated error of the FMA"."""
    t = c.t
    product = c.calculate("fmul", x, y)
    low = t.call(c, "fma", x, y, c.opposite(product))
    sum_low = c.calculate("fadd", z, low)
    rest_low = _error_of_sum(c, z, low, sum_low, t)
    sum_high = c.calculate("fadd", product, sum_low)
    rest_high = _error_of_sum(c, product, sum_low, sum_high, t)
    rest = c.calculate("fadd", c.calculate("fsub", sum_high, total), rest_high)
    half = t.power_of_two(-t.fmt.min_exp)
    sizes = [t.pattern(c, number) for number in (product, z, total)]
    inside = c.all(*(t.below(c, size, half) for size in sizes))
    return c.differ_as_numbers(rest, c.opposite(rest_low)), c.both(inside, c.is_large(sizes[0]))


def _extreme(*, least: bool) -> Callable[..., Value]:
    def answer(c: Call, a: Value, b: Value) -> Value:
        a, b = c.unpacked(a), c.unpacked(b)
        quiets = [c.both(c.is_nan(p), c.nonzero(c.masked(p, c.t.fmt.quiet_bit))) for p in (a, b)]
        a, b = (
            c.choose(c.both(quiets[0], c.negate(quiets[1])), b, a),
            c.choose(c.both(quiets[1], c.negate(quiets[0])), a, b),
        )
        nan, propagated = c.process_nans(a, b)
        x, y = c.number(a), c.number(b)
        above = c.calculate("fcmp ogt", x, y)
        larger = c.choose(above, *((b, a) if least else (a, b)))
        # Equal numbers differ in nothing, or are zeros of which +0 is the greater.
        same = c.emit(f"{'or' if least else 'and'} {c.t.word} {a}, {b}")
        return c.choose(nan, propagated, c.choose(c.calculate("fcmp oeq", x, y), same, larger))

    return answer


def _compare(*, signalling: bool) -> Callable[..., Value]:
    def answer(c: Call, a: Value, b: Value) -> Value:
        a, b = c.unpacked(a), c.unpacked(b)
        nan, _ = c.process_nans(a, b)
        if signalling:
            c.raise_if(nan, IOC)
        x, y = c.number(a), c.number(b)
        less, equal = (c.calculate(f"fcmp {how}", x, y) for how in ("olt", "oeq"))
        ordered = c.select(equal, 0b0110, c.select(less, 0b1000, 0b0010))
        return c.select(nan, 0b0011, ordered)

    return answer


# ---- conversion -------------------------------------------------------------------------------------


def _integral(how: str, *, exact: bool = False) -> Callable[..., Value]:
    def answer(c: Call, a: Value) -> Value:
        a = c.unpacked(a)
        nan, propagated = c.process_nans(a)
        x = c.number(a)
        whole = c.t.call(c, ROUNDING[how], x)
        if not how:
            c.need(c.nearest)
        if exact:
            c.raise_if(c.both(c.differ_as_numbers(whole, x), c.negate(nan)), IXC)
        return c.choose(nan, propagated, c.t.pattern(c, whole))

    return answer


def _to_integer(how: str, bits: int, signed: bool) -> Callable[..., Value]:
    def answer(c: Call, a: Value, fraction_bits: Value = 0) -> Value:
        t = c.t
        a = c.unpacked(a)
        x = c.calculate("fmul", c.number(a), _power_of_two(c, fraction_bits, 1))
        whole = t.call(c, ROUNDING[how], x)
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        limits = [c.emit(f"sitofp i64 {limit} to {t.name}") for limit in (low, high + 1)]
        above, below = c.calculate("fcmp oge", whole, limits[1]), c.calculate("fcmp olt", whole, limits[0])
        inside = c.all(c.negate(above), c.negate(below), c.calculate("fcmp ord", x, x))
        fits = c.emit(f"select i1 {inside}, {t.name} {whole}, {t.name} {c.number(0)}")
        integer = c.low32(c.emit(f"fptosi {t.name} {fits} to i64"))
        c.raise_if(c.negate(inside), IOC)
        c.raise_if(c.both(inside, c.differ_as_numbers(whole, x)), IXC)
        if not how:
            c.need(c.nearest)
        return c.select(above, high, c.select(below, low & 0xFFFFFFFF, integer))

    return answer


def _power_of_two(c: Call, exponent: Value, sign: int) -> str:
    """2**exponent, or 2**-exponent, of a word."""
    t = c.t
    wide = exponent if t is SINGLE_TYPE else c.zext64(exponent)
    field = c.emit(f"{'add' if sign > 0 else 'sub'} {t.word} {1 - t.fmt.min_exp}, {wide}")
    return c.number(c.emit(f"shl {t.word} {field}, {t.fmt.frac_bits}"))


def _from_integer(bits: int, signed: bool, *, fixed: bool) -> Callable[..., Value]:
    def answer(c: Call, a: Value, fraction_bits: Value = 0) -> Value:
        value = a
        if bits == 16:
            value = c.sext(a, 16) if signed else c.and_(a, 0xFFFF)
        kind = "si" if signed else "ui"
        x = c.emit(f"{kind}tofp i32 {value} to {c.t.name}")
        if c.t is SINGLE_TYPE:
            exact = c.emit(f"{kind}tofp i32 {value} to double")
            wide = c.emit(f"fpext float {x} to double")
            c.raise_if(c.emit(f"fcmp une double {wide}, {exact}"), IXC)
            if not fixed:
                c.need(c.nearest)
        return c.t.pattern(c, c.calculate("fmul", x, _power_of_two(c, fraction_bits, -1)))

    return answer


def _from_single(c: Call, a: Value) -> Value:
    c.t = SINGLE_TYPE
    a = c.unpacked(a)
    nan, propagated = c.process_nans(a)
    x = c.emit(f"fpext float {c.number(a)} to double")
    c.t = DOUBLE_TYPE
    low = c.shl64(c.zext64(c.and_(propagated, SINGLE.hidden - 1)), _NARROWER)
    return c.choose(nan, nan_of(c, low, c.zext64(c.lshr(propagated, 31))), c.t.pattern(c, x))


def _to_single(c: Call, a: Value) -> Value:
    a = c.unpacked(a)
    nan, propagated = c.process_nans(a)
    infinite, zero = c.is_infinite(a), c.is_zero(a)
    x = c.number(a)
    single = c.emit(f"fptrunc double {x} to float")
    inexact = c.differ_as_numbers(c.emit(f"fpext float {single} to double"), x)
    high = c.low32(c.lshr64(propagated, _NARROWER))
    c.t = SINGLE_TYPE
    narrow = nan_of(c, c.and_(high, SINGLE.hidden - 1), c.lshr(c.high32(propagated), 31))
    return c.settle(single, nan, narrow, from_infinity=infinite, exact_zero=zero, inexact=inexact, known=1)


_ANSWERS: dict[str, Callable[..., Value]] = {
    "add": _sum(minus=False),
    "sub": _sum(minus=True),
    "mul": _mul,
    "div": _div,
    "sqrt": _sqrt,
    "fma": _fma,
    "max": _extreme(least=False),
    "min": _extreme(least=True),
    "compare": _compare(signalling=False),
    "compare_signalling": _compare(signalling=True),
    "integral_exact": _integral("", exact=True),
    **{f"integral{how}": _integral(how) for how in ROUNDING},
    **{f"to_{kind}32{how}": _to_integer(how, 32, kind == "s") for how in ROUNDING for kind in "su"},
    **{f"from_{kind}32": _from_integer(32, kind == "s", fixed=False) for kind in "su"},
    **{f"to_fixed_{kind}{n}": _to_integer("_zero", n, kind == "s") for n in (16, 32) for kind in "su"},
    **{f"from_fixed_{kind}{n}": _from_integer(n, kind == "s", fixed=True) for n in (16, 32) for kind in "su"},
    "from_single": _from_single,
    "to_single": _to_single,
    "from_half": from_half,
    "to_half": to_half,
}
"""By operation, without its format."""


# ---- the function -----------------------------------------------------------------------------------


def _operation(number: int, name: str) -> list[str]:
    """The block of one operation; [] when only softfloat does it."""
    answer = _ANSWERS.get(name.removesuffix(".f64"))
    if answer is None:
        return []
    signature, c = OPERATIONS[name], Call(host_type(name), f"o{number}")
    operands = [
        operand if width == 64 else c.low32(operand)
        for operand, width in zip(("%a", "%b", "%c"), signature.operands, strict=False)
    ]
    result = answer(c, *operands)
    good = c.label("good")
    c.do(f"br i1 {c.sure}, label %{good}, label %soft")
    c.lines.append(f"{good}:")
    c.do(f"store i32 {c.or_('%fpscr', c.flags)}, ptr %fpscr_p")
    c.do(f"ret i64 {result if signature.result == 64 else c.zext64(result)}")
    return [f"op{number}:", *c.lines]


def library_text() -> str:
    """A module with `float_operation`, in a form that LLVM parses."""
    blocks = {number: block for number, name in enumerate(NAMES) if (block := _operation(number, name))}
    cases = " ".join(f"i32 {number}, label %op{number}" for number in blocks)
    return "\n".join(
        [
            DECLARATIONS,
            "define i64 @float_operation(ptr %state, i32 %number, i64 %a, i64 %b, i64 %c) {",
            f"  %fpscr_p = getelementptr i32, ptr %state, i64 {st.FPSCR}",
            "  %fpscr = load i32, ptr %fpscr_p",
            f"  switch i32 %number, label %soft [ {cases} ]",
            *(line for block in blocks.values() for line in block),
            "soft:",
            f"  %soft_p = getelementptr i64, ptr %state, i64 {st.CALL_SOFT_FLOAT}",
            "  %function = load ptr, ptr %soft_p",
            "  %answer = call i64 %function(ptr %state, i32 %number, i64 %a, i64 %b, i64 %c)",
            "  ret i64 %answer",
            "}",
        ]
    )
