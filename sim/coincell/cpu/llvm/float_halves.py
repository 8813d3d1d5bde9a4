"""Half precision in the library of compiled floating point: FPHalfToSingle, FPSingleToHalf and their kin."""

from __future__ import annotations

from coincell.cpu.llvm.float_call import Call
from coincell.cpu.llvm.host_float import DOUBLE_TYPE
from coincell.cpu.llvm.values import Value
from coincell.isa.float_format import AHP, HALF, IOC, IXC, OFC, UFC


def nan_of(c: Call, fraction: Value, sign: Value) -> Value:
    """The NaN with these, in the present format; a default NaN has neither."""
    signed = c.emit(f"mul {c.t.word} {sign}, {c.t.fmt.sign_bit}")
    return c.emit(f"or {c.t.word} {c.emit(f'or {c.t.word} {signed}, {c.t.fmt.infinity}')}, {fraction}")


def from_half(c: Call, a: Value) -> Value:
    """Of the low half of a word. Flush-to-zero leaves halves alone."""
    t = c.t

    def widened(word: Value) -> Value:
        return c.zext64(word) if t is DOUBLE_TYPE else word

    size, fraction = c.and_(a, HALF.sign_bit - 1), c.and_(a, HALF.hidden - 1)
    sign = c.emit(f"shl {t.word} {widened(c.and_(a, HALF.sign_bit))}, {t.bits - 16}")
    shifted = c.emit(f"shl {t.word} {widened(size)}, {t.fmt.frac_bits - HALF.frac_bits}")
    moved = c.emit(f"add {t.word} {shifted}, {t.power_of_two(-15)}")
    scale = c.number(t.power_of_two(HALF.min_exp - HALF.frac_bits))
    subnormal = c.calculate("fmul", c.emit(f"uitofp i32 {fraction} to {t.name}"), scale)
    number = c.choose(c.ult(size, HALF.hidden), t.pattern(c, subnormal), moved)

    special = c.both(c.ule(HALF.infinity, size), c.eq(c.and_("%fpscr", AHP), 0))
    nan = c.both(special, c.ne(fraction, 0))
    c.raise_if(c.both(nan, c.eq(c.and_(a, HALF.quiet_bit), 0)), IOC)
    payload = c.emit(f"shl {t.word} {widened(fraction)}, {t.fmt.frac_bits - HALF.frac_bits}")
    quiet = c.emit(f"or {t.word} {payload}, {t.fmt.infinity | t.fmt.quiet_bit}")
    number = c.choose(special, c.choose(nan, quiet, t.fmt.infinity), number)
    result = c.emit(f"or {t.word} {number}, {sign}")
    return c.choose(c.both(nan, c.default_nan), t.fmt.default_nan, result)


def to_half(c: Call, a: Value) -> Value:
    """To nearest, and to IEEE's format: the alternative one is softfloat's."""
    t = c.t
    a = c.unpacked(a)
    nan, propagated = c.process_nans(a)
    c.need(c.eq(c.and_("%fpscr", AHP), 0))
    c.need(c.either(nan, c.nearest))

    def narrowed(pattern: Value) -> Value:
        return c.low32(pattern) if t is DOUBLE_TYPE else pattern

    def halved(pattern: Value) -> Value:
        """The top sixteen bits of a pattern's fraction and more."""
        return narrowed(c.emit(f"lshr {t.word} {pattern}, {t.fmt.frac_bits - HALF.frac_bits}"))

    size = c.masked(a, t.fmt.sign_bit - 1)
    sign = c.shl(narrowed(c.emit(f"lshr {t.word} {a}, {t.bits - 1}")), 15)
    # A subnormal half counts units of the least one, and rounds up to the least normal half by itself.
    unit = HALF.frac_bits - HALF.min_exp
    counted = c.calculate("fmul", c.number(size), c.number(t.power_of_two(unit)))
    whole = t.call(c, "roundeven", counted)
    small = t.below(c, a, t.power_of_two(HALF.min_exp))
    fits = c.emit(f"select i1 {small}, {t.name} {whole}, {t.name} {c.number(0)}")
    subnormal = c.emit(f"fptoui {t.name} {fits} to i32")
    lost = c.both(small, c.differ_as_numbers(whole, counted))
    c.raise_if(lost, UFC | IXC)
    # A normal one drops bits of the fraction; a carry out of it raises the exponent, at most to infinity.
    dropped = t.fmt.frac_bits - HALF.frac_bits
    rebiased = c.emit(f"sub {t.word} {size}, {t.power_of_two(-15)}")
    odd = c.emit(f"and {t.word} {c.emit(f'lshr {t.word} {rebiased}, {dropped}')}, 1")
    rounded = c.emit(f"add {t.word} {c.emit(f'add {t.word} {rebiased}, {(1 << dropped - 1) - 1}')}, {odd}")
    normal = halved(rounded)
    above = c.negate(t.below(c, a, t.power_of_two(16) - (1 << dropped - 1)))
    finite = c.all(c.negate(c.is_infinite(a)), c.negate(nan))
    c.raise_if(c.both(above, finite), OFC | IXC)
    inexact = c.nonzero(c.masked(a, (1 << dropped) - 1))
    c.raise_if(c.all(inexact, c.negate(small), c.negate(above)), IXC)

    number = c.select(above, HALF.infinity, c.select(small, subnormal, normal))
    payload = c.or_(c.and_(halved(propagated), HALF.hidden - 1), HALF.infinity)
    result = c.or_(c.select(nan, payload, number), sign)
    return c.select(c.both(nan, c.default_nan), HALF.default_nan, result)
