"""Floating point in compiled code: the host's where it provably equals Arm's, else `isa.softfloat`.

The host rounds to nearest and knows no Arm flags. Its result is Arm's when FPSCR asks for the default modes,
the inexact flag is set already (so nothing is left to record), no operand is a NaN, infinity or subnormal,
and the result is a normal number clear of the underflow threshold. Everything else calls back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coincell.cpu import state as st
from coincell.cpu.llvm_values import LlvmValues, Value
from coincell.isa import softfloat

OPERATION_NAMES = tuple(sorted(softfloat.OPERATIONS))
"""The number of an operation in calls from compiled code is its index here."""

MODES_AND_INEXACT = 0x03C00010
"""FPSCR: DN (25), FZ (24), RMode (23:22) and IXC (4)."""
INEXACT = 0x10
MODES = 0x03C00000


class FloatingPoint(LlvmValues):
    """`sreg`, `set_sreg`, `fpscr`, `set_fpscr` and `fp` of `isa.ops`."""

    def read(self, slot: int) -> Value:
        raise NotImplementedError

    def write(self, slot: int, value: Value) -> None:
        raise NotImplementedError

    def open_label(self, label: str) -> None:
        raise NotImplementedError

    def _close(self, target: str) -> str:
        raise NotImplementedError

    def sreg(self, n: int) -> Value:
        return self.read(st.S + n)

    def set_sreg(self, n: int, value: Value) -> None:
        self.write(st.S + n, value)

    def fpscr(self) -> Value:
        return self.read(st.FPSCR)

    def set_fpscr(self, value: Value) -> None:
        self.write(st.FPSCR, value)

    def fp(self, operation: str, *operands: Value) -> Value:
        fpscr = self.read(st.FPSCR)
        fast = _FAST.get(operation)
        slow, done = self.label("soft"), self.label("float")
        arrivals: list[tuple[str, Value, Value]] = []
        if fast is not None:
            result, exact = fast(self, fpscr, *operands)
            host = self.label("host")
            self.do(f"br i1 {exact}, label %{host}, label %{slow}")
            self.open_label(host)
            arrivals.append((self._close(done), result, fpscr))
        else:
            self._close(slow)
        self.open_label(slow)
        padded = [*operands, 0, 0, 0][:3]
        number = OPERATION_NAMES.index(operation)
        words = ", ".join(f"i32 {x}" for x in (number, *padded, fpscr))
        function = self.emit("load ptr, ptr %call_fp")
        answer = self.emit(f"call i64 {function}({words})")
        arrivals.append((slow, self.low32(answer), self.high32(answer)))
        self._close(done)
        self.open_label(done)
        value = self.emit("phi i32 " + ", ".join(f"[ {v}, %{b} ]" for b, v, _ in arrivals))
        status = self.emit("phi i32 " + ", ".join(f"[ {s}, %{b} ]" for b, _, s in arrivals))
        self.write(st.FPSCR, status)
        return value

    # ---- conditions ---------------------------------------------------------------------------------
    def f32(self, word: Value) -> str:
        return self.emit(f"bitcast i32 {word} to float")

    def bits(self, value: str) -> str:
        return self.emit(f"bitcast float {value} to i32")

    def all_of(self, *truths: Value) -> Value:
        joined: Value = 1
        for truth in truths:
            joined = self.both(joined, truth) if joined != 1 else truth
        return joined

    def exponent(self, word: Value) -> Value:
        return self.and_(self.lshr(word, 23), 0xFF)

    def plain(self, word: Value) -> Value:
        """Normal or zero."""
        normal = self.ult(self.sub(self.exponent(word), 1), 254)
        return self.either(normal, self.zero(word))

    def zero(self, word: Value) -> Value:
        return self.eq(self.shl(word, 1), 0)

    def safe_result(self, word: Value) -> Value:
        """Normal, and not the least: a result there may have been rounded up from underflow."""
        return self.ult(self.sub(self.exponent(word), 2), 253)

    def nothing_to_record(self, fpscr: Value) -> Value:
        return self.eq(self.and_(fpscr, MODES_AND_INEXACT), INEXACT)


Fast = Callable[..., tuple[Value, Value]]


def _add(instruction: str) -> Fast:
    def fast(o: FloatingPoint, fpscr: Value, a: Value, b: Value) -> tuple[Value, Value]:
        result = o.bits(o.emit(f"{instruction} float {o.f32(a)}, {o.f32(b)}"))
        # A sum of normals that is zero is exact.
        good = o.either(o.safe_result(result), o.zero(result))
        return result, o.all_of(o.nothing_to_record(fpscr), o.plain(a), o.plain(b), good)

    return fast


def _mul(o: FloatingPoint, fpscr: Value, a: Value, b: Value) -> tuple[Value, Value]:
    result = o.bits(o.emit(f"fmul float {o.f32(a)}, {o.f32(b)}"))
    good = o.either(o.safe_result(result), o.either(o.zero(a), o.zero(b)))
    return result, o.all_of(o.nothing_to_record(fpscr), o.plain(a), o.plain(b), good)


def _div(o: FloatingPoint, fpscr: Value, a: Value, b: Value) -> tuple[Value, Value]:
    result = o.bits(o.emit(f"fdiv float {o.f32(a)}, {o.f32(b)}"))
    good = o.either(o.safe_result(result), o.zero(a))
    nonzero = o.negate(o.zero(b))
    return result, o.all_of(o.nothing_to_record(fpscr), o.plain(a), o.plain(b), nonzero, good)


def _sqrt(o: FloatingPoint, fpscr: Value, a: Value) -> tuple[Value, Value]:
    result = o.bits(o.emit(f"call float @llvm.sqrt.f32(float {o.f32(a)})"))
    positive = o.ult(o.sub(a, 0x00800000), 0x7F000000)
    return result, o.both(o.nothing_to_record(fpscr), positive)


def _fma(o: FloatingPoint, fpscr: Value, addend: Value, a: Value, b: Value) -> tuple[Value, Value]:
    call = f"call float @llvm.fma.f32(float {o.f32(a)}, float {o.f32(b)}, float {o.f32(addend)})"
    result = o.bits(o.emit(call))
    plain = o.all_of(o.plain(addend), o.plain(a), o.plain(b))
    return result, o.all_of(o.nothing_to_record(fpscr), plain, o.safe_result(result))


def _compare(o: FloatingPoint, fpscr: Value, a: Value, b: Value) -> tuple[Value, Value]:
    x, y = o.f32(a), o.f32(b)
    less, equal = o.emit(f"fcmp olt float {x}, {y}"), o.emit(f"fcmp oeq float {x}, {y}")
    nzcv = o.select(equal, 0b0110, o.select(less, 0b1000, 0b0010))
    ordered = o.emit(f"fcmp ord float {x}, {y}")
    return nzcv, o.both(ordered, o.eq(o.and_(fpscr, 1 << 24), 0))


def _from_integer(instruction: str) -> Fast:
    def fast(o: FloatingPoint, fpscr: Value, a: Value) -> tuple[Value, Value]:
        return o.bits(o.emit(f"{instruction} i32 {a} to float")), o.nothing_to_record(fpscr)

    return fast


def _to_integer(instruction: str, signed: bool) -> Fast:
    def fast(o: FloatingPoint, fpscr: Value, a: Value) -> tuple[Value, Value]:
        # Below 2**31 in magnitude (and not negative when unsigned); zero when the exponent is small.
        limit = 158 if signed else 159
        inside = o.ult(o.exponent(a), limit)
        if not signed:
            inside = o.both(inside, o.negate(o.bit(a, 31)))
        safe = o.select(inside, a, 0)
        result = o.emit(f"{instruction} float {o.f32(safe)} to i32")
        return result, o.all_of(inside, o.plain(a), o.nothing_to_record(fpscr))

    return fast


_FAST: dict[str, Any] = {
    "add": _add("fadd"),
    "sub": _add("fsub"),
    "mul": _mul,
    "div": _div,
    "sqrt": _sqrt,
    "fma": _fma,
    "compare": _compare,
    "compare_signalling": _compare,
    "from_s32": _from_integer("sitofp"),
    "from_u32": _from_integer("uitofp"),
    "to_s32_zero": _to_integer("fptosi", signed=True),
    "to_u32_zero": _to_integer("fptoui", signed=False),
}

INTRINSICS = """
declare i32 @llvm.fshr.i32(i32, i32, i32)
declare i32 @llvm.ctlz.i32(i32, i1)
declare i32 @llvm.bitreverse.i32(i32)
declare i32 @llvm.bswap.i32(i32)
declare float @llvm.sqrt.f32(float)
declare float @llvm.fma.f32(float, float, float)
"""
