"""Where compiled code calls for floating point that its own tests did not trust the host with.

`library_text()` is LLVM code for `i64 float_operation(state, number, a, b, c)`: one function for the process,
so that regions stay small. It takes more trouble than they do: it tells exact results from inexact ones by
their error, so that IXC may be clear, and looks at each operand when FPSCR flushes subnormals. What is left,
NaNs, overflow, underflow and directed rounding, calls `isa.softfloat`.

The error of a rounded sum, product, quotient or root is a number of the same format, if nothing underflows
(Knuth's two-sum; for the others one fused multiply-add gives it). No error, no IXC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from coincell.cpu import state as st
from coincell.cpu.llvm_host_float import (
    DECLARATIONS,
    DOUBLE_TYPE,
    FZ,
    INEXACT,
    ROUNDING,
    SINGLE_TYPE,
    HostType,
    host_type,
)
from coincell.cpu.llvm_values import LlvmValues, Value
from coincell.isa.float_operations import OPERATIONS

RMODE = 3 << 22
NAMES = tuple(sorted(OPERATIONS))
"""The number of an operation in calls from compiled code is its index here."""


class Answer(NamedTuple):
    """A result, the truth that it is Arm's, and the truth that it is inexact."""

    result: Value
    sure: Value
    inexact: Value = 0


class Call(LlvmValues):
    """One operation being emitted: its format, its operands and what FPSCR asks for."""

    def __init__(self, t: HostType, name: str) -> None:
        super().__init__()
        self.t, self._name = t, name
        self.fpscr = "%fpscr"
        self.nearest = self.eq(self.and_(self.fpscr, RMODE), 0)
        self.unflushed = self.eq(self.and_(self.fpscr, FZ), 0)
        self.recorded = self.ne(self.and_(self.fpscr, INEXACT), 0)

    def emit(self, instruction: str) -> str:
        # One function holds all operations, so their values need names of their own.
        self._count += 1
        name = f"%{self._name}.{self._count}"
        self.lines.append(f"  {name} = {instruction}")
        return name

    def all(self, *truths: Value) -> Value:
        joined: Value = 1
        for truth in truths:
            joined = self.both(truth, joined)
        return joined

    def usable(self, *patterns: Value, of: HostType | None = None) -> Value:
        """No operand would be flushed."""
        t = of or self.t
        plain: Value = 1
        for pattern in patterns:
            normal = self.negate(t.below(self, pattern, t.fmt.hidden))
            plain = self.both(self.either(normal, t.zero(self, pattern)), plain)
        return self.either(self.unflushed, plain)

    def calculated(self, instruction: str, *numbers: str) -> str:
        return self.emit(f"{instruction} {self.t.name} {', '.join(numbers)}")

    def differs(self, a: str, b: str, t: HostType | None = None) -> str:
        return self.emit(f"fcmp une {(t or self.t).name} {a}, {b}")

    def known(self, result: Value) -> Value:
        """The error of a result has not underflowed, or does not matter."""
        fmt = self.t.fmt
        large = self.negate(self.t.below(self, result, self.t.power_of_two(fmt.min_exp + fmt.frac_bits + 2)))
        return self.either(self.recorded, large)


# ---- arithmetic -------------------------------------------------------------------------------------


def _error_of_sum(c: Call, x: str, y: str, total: str, t: HostType | None = None) -> str:
    """x + y - total, exactly."""
    kind = (t or c.t).name

    def sub(a: str, b: str) -> str:
        return c.emit(f"fsub {kind} {a}, {b}")

    rest = sub(total, x)
    return c.emit(f"fadd {kind} {sub(x, sub(total, rest))}, {sub(y, rest)}")


def _sum(instruction: str) -> Callable[..., Answer]:
    def answer(c: Call, a: Value, b: Value) -> Answer:
        t = c.t
        x, y = t.number(c, a), t.number(c, b)
        if instruction == "fsub":
            y = c.emit(f"fneg {t.name} {y}")
        total = c.calculated("fadd", x, y)
        result = t.pattern(c, total)
        half = t.power_of_two(-t.fmt.min_exp)  # below it the error's own sums do not overflow
        inside = [t.below(c, pattern, half) for pattern in (a, b)]
        unflushed = c.either(c.unflushed, c.either(t.safe(c, result), t.zero(c, result)))
        sure = c.all(c.nearest, *inside, unflushed, c.usable(a, b))
        return Answer(result, sure, c.differs(_error_of_sum(c, x, y, total), t.number(c, 0)))

    return answer


def _mul(c: Call, a: Value, b: Value) -> Answer:
    t = c.t
    x, y = t.number(c, a), t.number(c, b)
    product = c.calculated("fmul", x, y)
    result = t.pattern(c, product)
    error = t.call(c, "fma", x, y, c.emit(f"fneg {t.name} {product}"))
    nothing = c.both(t.zero(c, result), c.either(t.zero(c, a), t.zero(c, b)))
    good = c.either(nothing, c.both(t.safe(c, result), c.known(result)))
    return Answer(result, c.all(c.nearest, c.usable(a, b), good), c.differs(error, t.number(c, 0)))


def _div(c: Call, a: Value, b: Value) -> Answer:
    t = c.t
    x, y = t.number(c, a), t.number(c, b)
    quotient = c.calculated("fdiv", x, y)
    result = t.pattern(c, quotient)
    error = t.call(c, "fma", c.emit(f"fneg {t.name} {quotient}"), y, x)
    nothing = c.both(t.zero(c, a), t.zero(c, result))
    good = c.either(nothing, c.both(t.safe(c, result), c.known(a)))
    inexact = c.both(c.negate(nothing), c.differs(error, t.number(c, 0)))
    return Answer(result, c.all(c.nearest, c.usable(a, b), good), inexact)


def _sqrt(c: Call, a: Value) -> Answer:
    t = c.t
    x = t.number(c, a)
    root = t.call(c, "sqrt", x)
    error = t.call(c, "fma", c.emit(f"fneg {t.name} {root}"), root, x)
    positive = c.emit(f"icmp ult {t.word} {a}, {t.fmt.infinity}")
    good = c.either(t.zero(c, a), c.both(positive, c.known(a)))
    return Answer(t.pattern(c, root), c.all(c.nearest, c.usable(a), good), c.differs(error, t.number(c, 0)))


def _fma(c: Call, addend: Value, a: Value, b: Value) -> Answer:
    """The error of a double is out of reach: three numbers. That of a single is seen in double precision."""
    t = c.t
    x, y, z = (t.number(c, pattern) for pattern in (a, b, addend))
    total = t.call(c, "fma", x, y, z)
    result = t.pattern(c, total)
    nothing = c.both(t.zero(c, result), c.either(t.zero(c, a), t.zero(c, b)))
    good = c.either(nothing, t.safe(c, result))
    sure = c.all(c.nearest, c.usable(addend, a, b), good)
    if t is DOUBLE_TYPE:
        return Answer(result, c.both(sure, c.recorded))
    x, y, z, total = (c.emit(f"fpext float {number} to double") for number in (x, y, z, total))
    product = c.emit(f"fmul double {x}, {y}")
    wide = c.emit(f"fadd double {product}, {z}")
    error = _error_of_sum(c, product, z, wide, DOUBLE_TYPE)
    # What a double cannot hold, a single cannot.
    lost = c.differs(error, DOUBLE_TYPE.number(c, 0), DOUBLE_TYPE)
    return Answer(result, sure, c.either(lost, c.differs(wide, total, DOUBLE_TYPE)))


def _extreme(predicate: str) -> Callable[..., Answer]:
    def answer(c: Call, a: Value, b: Value) -> Answer:
        t = c.t
        x, y = t.number(c, a), t.number(c, b)
        first = c.emit(f"fcmp {predicate} {t.name} {x}, {y}")
        result = c.emit(f"select i1 {first}, {t.word} {a}, {t.word} {b}")
        clear = c.emit(f"fcmp one {t.name} {x}, {y}")
        same = c.both(c.emit(f"icmp eq {t.word} {a}, {b}"), c.emit(f"fcmp ord {t.name} {x}, {y}"))
        return Answer(result, c.both(c.either(clear, same), c.usable(a, b)))

    return answer


def _compare(c: Call, a: Value, b: Value) -> Answer:
    t = c.t
    x, y = t.number(c, a), t.number(c, b)
    less, equal, ordered = (c.emit(f"fcmp {how} {t.name} {x}, {y}") for how in ("olt", "oeq", "ord"))
    nzcv = c.select(equal, 0b0110, c.select(less, 0b1000, 0b0010))
    return Answer(nzcv, c.both(ordered, c.usable(a, b)))


# ---- conversion -------------------------------------------------------------------------------------


def _integral(how: str, *, exact: bool = False) -> Callable[..., Answer]:
    def answer(c: Call, a: Value) -> Answer:
        t = c.t
        x = t.number(c, a)
        whole = t.call(c, ROUNDING[how], x)
        sure = c.both(c.emit(f"fcmp ord {t.name} {x}, {x}"), c.usable(a))
        sure = sure if how else c.both(sure, c.nearest)
        return Answer(t.pattern(c, whole), sure, c.differs(whole, x) if exact else 0)

    return answer


def _to_integer(how: str, signed: bool) -> Callable[..., Answer]:
    def answer(c: Call, a: Value) -> Answer:
        t = c.t
        x = t.number(c, a)
        whole = t.call(c, ROUNDING[how], x)
        pattern = t.pattern(c, whole)
        limit = t.power_of_two(31 if signed else 32)
        inside = t.below(c, pattern, limit)
        if not signed:  # and a fraction below zero may have become -0
            positive = c.emit(f"icmp ult {t.word} {pattern}, {limit}")
            inside = c.either(positive, t.zero(c, pattern))
        fits = c.emit(f"select i1 {inside}, {t.name} {whole}, {t.name} {t.number(c, 0)}")
        result = c.emit(f"fpto{'si' if signed else 'ui'} {t.name} {fits} to i32")
        sure = c.both(inside, c.usable(a))
        return Answer(result, sure if how else c.both(sure, c.nearest), c.differs(whole, x))

    return answer


def _from_integer(signed: bool) -> Callable[..., Answer]:
    def answer(c: Call, a: Value) -> Answer:
        kind = "si" if signed else "ui"
        exact = c.emit(f"{kind}tofp i32 {a} to double")
        if c.t is DOUBLE_TYPE:
            return Answer(DOUBLE_TYPE.pattern(c, exact), 1)
        x = c.emit(f"{kind}tofp i32 {a} to float")
        inexact = c.differs(c.emit(f"fpext float {x} to double"), exact, DOUBLE_TYPE)
        return Answer(SINGLE_TYPE.pattern(c, x), c.nearest, inexact)

    return answer


def _from_single(c: Call, a: Value) -> Answer:
    x = SINGLE_TYPE.number(c, a)
    result = DOUBLE_TYPE.pattern(c, c.emit(f"fpext float {x} to double"))
    return Answer(result, c.both(c.emit(f"fcmp ord float {x}, {x}"), c.usable(a, of=SINGLE_TYPE)))


def _to_single(c: Call, a: Value) -> Answer:
    x = c.t.number(c, a)
    single = c.emit(f"fptrunc double {x} to float")
    result = SINGLE_TYPE.pattern(c, single)
    good = c.either(SINGLE_TYPE.safe(c, result), c.t.zero(c, a))
    inexact = c.differs(c.emit(f"fpext float {single} to double"), x)
    return Answer(result, c.all(c.nearest, c.usable(a), good), inexact)


_ANSWERS: dict[str, Callable[..., Answer]] = {
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
    "integral_exact": _integral("", exact=True),
    **{f"integral{how}": _integral(how) for how in ROUNDING},
    **{f"to_{kind}32{how}": _to_integer(how, kind == "s") for how in ROUNDING for kind in "su"},
    **{f"from_{kind}32": _from_integer(kind == "s") for kind in "su"},
    "from_single": _from_single,
    "to_single": _to_single,
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
    result, sure, inexact = answer(c, *operands)
    good, flag = c.label(f"good{number}."), c.select(inexact, INEXACT, 0)
    wide = result if signature.result == 64 else c.zext64(result)
    c.do(f"br i1 {sure}, label %{good}, label %soft")
    c.do(f"{good}:".strip())
    c.do(f"store i32 {c.or_('%fpscr', flag)}, ptr %fpscr_p")
    c.do(f"ret i64 {wide}")
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
