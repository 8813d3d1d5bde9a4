"""Multiplications of halfwords and of most significant words, sums of differences (DSP extension).

The manual's "x" and "y" choose the bottom (0) or top (1) half of each operand. An accumulation that does not
fit 32 bits wraps and sets Q.
"""

from __future__ import annotations

from collections.abc import Callable

from coincell.isa.arithmetic import no_pc
from coincell.isa.encoding import Semantics, Where, instruction
from coincell.isa.multiply import accumulator, set_wide, signed_product, two_results
from coincell.isa.ops import Ops, Value
from coincell.isa.parallel import lanes


def _half(o: Ops, n: int, top: int) -> Value:
    return o.ashr(o.reg(n), 16) if top else o.sext(o.reg(n), 16)


def _accumulate(o: Ops, Rd: int, a: Value, product: Value) -> None:
    result, overflow = o.add_signed(a, product)
    o.set_reg(Rd, result)
    o.set_q_if(overflow)


def _dsp(name: str, pattern: str, where: Where = no_pc) -> Callable[[Semantics], Semantics]:
    return instruction(name, pattern, feature="dsp", where=where)


# ---- one product of halves ------------------------------------------------------------------------------


@_dsp("SMULxy T1", "111110110001 Rn:4 1111 Rd:4 00 N M Rm:4")
def _smulxy(o: Ops, Rn: int, Rd: int, N: int, M: int, Rm: int) -> None:
    o.set_reg(Rd, o.mul_halves(o.reg(Rn), N, o.reg(Rm), M))


@_dsp("SMLAxy T1", "111110110001 Rn:4 Ra:4 Rd:4 00 N M Rm:4")
def _smlaxy(o: Ops, Rn: int, Ra: int, Rd: int, N: int, M: int, Rm: int) -> None:
    _accumulate(o, Rd, o.reg(Ra), o.mul_halves(o.reg(Rn), N, o.reg(Rm), M))


@_dsp("SMLALxy T1", "111110111100 Rn:4 RdLo:4 RdHi:4 10 N M Rm:4", two_results)
def _smlalxy(o: Ops, Rn: int, RdLo: int, RdHi: int, N: int, M: int, Rm: int) -> None:
    product = o.mul_halves(o.reg(Rn), N, o.reg(Rm), M)
    set_wide(o, RdLo, RdHi, o.add64(accumulator(o, RdLo, RdHi), o.sext64(product)))


def _word_by_half(o: Ops, Rn: int, Rm: int, M: int) -> Value:
    """Bits 47-16 of the product; adding the accumulator after dropping the low bits is exact."""
    product = o.mul64(o.sext64(o.reg(Rn)), o.sext64(_half(o, Rm, M)))
    return o.low32(o.lshr64(product, 16))


@_dsp("SMULWy T1", "111110110011 Rn:4 1111 Rd:4 000 M Rm:4")
def _smulwy(o: Ops, Rn: int, Rd: int, M: int, Rm: int) -> None:
    o.set_reg(Rd, _word_by_half(o, Rn, Rm, M))


@_dsp("SMLAWy T1", "111110110011 Rn:4 Ra:4 Rd:4 000 M Rm:4")
def _smlawy(o: Ops, Rn: int, Ra: int, Rd: int, M: int, Rm: int) -> None:
    _accumulate(o, Rd, o.reg(Ra), _word_by_half(o, Rn, Rm, M))


# ---- two products of halves -----------------------------------------------------------------------------


def _products(o: Ops, Rn: int, Rm: int, M: int) -> tuple[Value, Value]:
    """Bottom by bottom and top by top; with M the halves of Rm are exchanged."""
    return o.mul(_half(o, Rn, 0), _half(o, Rm, M)), o.mul(_half(o, Rn, 1), _half(o, Rm, 1 - M))


def _operands(o: Ops, Rn: int, Rm: int, M: int) -> tuple[Value, Value]:
    """With M the halves of Rm are exchanged."""
    return o.reg(Rn), o.ror(o.reg(Rm), 16) if M else o.reg(Rm)


def _set_dot(o: Ops, Rd: int, total: Value, a: Value, b: Value) -> None:
    result, overflow = o.dot_halves(total, a, b)
    o.set_reg(Rd, result)
    o.set_q_if(overflow)


@_dsp("SMUAD T1", "111110110010 Rn:4 1111 Rd:4 000 M Rm:4")
def _smuad(o: Ops, Rn: int, Rd: int, M: int, Rm: int) -> None:
    """Only -32768 * -32768 twice does not fit."""
    _set_dot(o, Rd, 0, *_operands(o, Rn, Rm, M))


@_dsp("SMLAD T1", "111110110010 Rn:4 Ra:4 Rd:4 000 M Rm:4")
def _smlad(o: Ops, Rn: int, Ra: int, Rd: int, M: int, Rm: int) -> None:
    """Q by the exact sum."""
    _set_dot(o, Rd, o.reg(Ra), *_operands(o, Rn, Rm, M))


@_dsp("SMUSD T1", "111110110100 Rn:4 1111 Rd:4 000 M Rm:4")
def _smusd(o: Ops, Rn: int, Rd: int, M: int, Rm: int) -> None:
    o.set_reg(Rd, o.sub(*_products(o, Rn, Rm, M)))


@_dsp("SMLSD T1", "111110110100 Rn:4 Ra:4 Rd:4 000 M Rm:4")
def _smlsd(o: Ops, Rn: int, Ra: int, Rd: int, M: int, Rm: int) -> None:
    _accumulate(o, Rd, o.reg(Ra), o.sub(*_products(o, Rn, Rm, M)))


@_dsp("SMLALD T1", "111110111100 Rn:4 RdLo:4 RdHi:4 110 M Rm:4", two_results)
def _smlald(o: Ops, Rn: int, RdLo: int, RdHi: int, M: int, Rm: int) -> None:
    first, second = _products(o, Rn, Rm, M)
    total = o.add64(o.add64(accumulator(o, RdLo, RdHi), o.sext64(first)), o.sext64(second))
    set_wide(o, RdLo, RdHi, total)


@_dsp("SMLSLD T1", "111110111101 Rn:4 RdLo:4 RdHi:4 110 M Rm:4", two_results)
def _smlsld(o: Ops, Rn: int, RdLo: int, RdHi: int, M: int, Rm: int) -> None:
    difference = o.sub(*_products(o, Rn, Rm, M))
    set_wide(o, RdLo, RdHi, o.add64(accumulator(o, RdLo, RdHi), o.sext64(difference)))


# ---- most significant word ------------------------------------------------------------------------------


def _set_top(o: Ops, Rd: int, value: Value, R: int) -> None:
    """The high word, rounded when R."""
    o.set_reg(Rd, o.high32(o.add64(value, 0x8000_0000) if R else value))


@_dsp("SMMUL T1", "111110110101 Rn:4 1111 Rd:4 000 R Rm:4")
def _smmul(o: Ops, Rn: int, Rd: int, R: int, Rm: int) -> None:
    _set_top(o, Rd, signed_product(o, Rn, Rm), R)


@_dsp("SMMLA T1", "111110110101 Rn:4 Ra:4 Rd:4 000 R Rm:4")
def _smmla(o: Ops, Rn: int, Ra: int, Rd: int, R: int, Rm: int) -> None:
    _set_top(o, Rd, o.add64(o.pair64(0, o.reg(Ra)), signed_product(o, Rn, Rm)), R)


@_dsp("SMMLS T1", "111110110110 Rn:4 Ra:4 Rd:4 000 R Rm:4")
def _smmls(o: Ops, Rn: int, Ra: int, Rd: int, R: int, Rm: int) -> None:
    _set_top(o, Rd, o.sub64(o.pair64(0, o.reg(Ra)), signed_product(o, Rn, Rm)), R)


# ---- sum of absolute differences ------------------------------------------------------------------------


def _differences(o: Ops, Rn: int, Rm: int) -> Value:
    total: Value = 0
    for a, b in zip(lanes(o, o.reg(Rn), 8, False), lanes(o, o.reg(Rm), 8, False), strict=True):
        total = o.add(total, o.select(o.ult(a, b), o.sub(b, a), o.sub(a, b)))
    return total


@_dsp("USAD8 T1", "111110110111 Rn:4 1111 Rd:4 0000 Rm:4")
def _usad8(o: Ops, Rn: int, Rd: int, Rm: int) -> None:
    o.set_reg(Rd, _differences(o, Rn, Rm))


@_dsp("USADA8 T1", "111110110111 Rn:4 Ra:4 Rd:4 0000 Rm:4")
def _usada8(o: Ops, Rn: int, Ra: int, Rd: int, Rm: int) -> None:
    o.set_reg(Rd, o.add(o.reg(Ra), _differences(o, Rn, Rm)))
