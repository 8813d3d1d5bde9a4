"""The value operations of `isa.ops` as LLVM IR text. Constants are Python ints and fold.

A value is an int, the name of an SSA value, or a `Deferred` that emits itself where it is first used: flags
that nobody reads are never emitted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from coincell.isa.integers import IntegerOps

Value = Any
FOLD = IntegerOps()
"""Folds constants."""


class Deferred:
    """Emits its instruction when it is first formatted into another one, in the block being written then."""

    __slots__ = ("_make", "_name", "comparison", "words")

    def __init__(
        self,
        make: Callable[[], Value],
        comparison: tuple[Value, Value] | None = None,
        words: tuple[Value, ...] = (),
    ) -> None:
        self._make = make
        self._name: Value = None
        self.comparison = comparison
        """(a, b) when this is a flag of the subtraction a - b."""
        self.words = words
        """What stands for the flag where flags are kept as the words they come from (see cpu.llvm.slots)."""

    def __str__(self) -> str:
        if self._name is None:
            self._name = self._make()
        return str(self._name)

    def unread(self) -> Deferred:
        """The same, but not remembering what is emitted for this one from now on."""
        twin = Deferred(self._make, self.comparison, self.words)
        twin._name = self._name
        return twin

    def again(self) -> str:
        """Emit anew without remembering: for a side exit, whose values the main path cannot use."""
        return str(self._name if self._name is not None else self._make())


def _pure(function: Callable[..., Value]) -> Callable[..., Value]:
    """Fold when every operand is constant."""
    fold = getattr(FOLD, function.__name__)

    @wraps(function)
    def operation(self: LlvmValues, *operands: Value) -> Value:
        for operand in operands:
            if not isinstance(operand, int):
                return function(self, *operands)
        return int(fold(*operands))

    return operation


def _binary(instruction: str, neutral: int | None = None) -> Any:
    """A two-operand word or wide operation; `neutral` on the right leaves the left operand."""

    def operation(self: LlvmValues, a: Value, b: Value) -> Value:
        if b is neutral or (isinstance(b, int) and b == neutral):
            return a
        return self.emit(f"{instruction} {a}, {b}")

    return operation


def _named(name: str, operation: Any) -> Any:
    operation.__name__ = name
    return _pure(operation)


class LlvmValues:
    """Appends instructions to `lines`. Control flow and state are added by `ops`."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._count = 0

    def emit(self, instruction: str) -> str:
        """Append an instruction that gives a value; its name."""
        self._count += 1
        name = f"%t{self._count}"
        self.lines.append(f"  {name} = {instruction}")
        return name

    def do(self, instruction: str) -> None:
        """Append an instruction that gives nothing."""
        self.lines.append(f"  {instruction}")

    def label(self, stem: str) -> str:
        """A fresh block label."""
        self._count += 1
        return f"{stem}{self._count}"

    # ---- words --------------------------------------------------------------------------------------
    add = _named("add", _binary("add i32", 0))
    mul = _named("mul", _binary("mul i32", 1))
    and_ = _named("and_", _binary("and i32", 0xFFFFFFFF))
    or_ = _named("or_", _binary("or i32", 0))
    xor = _named("xor", _binary("xor i32", 0))
    shl = _named("shl", _binary("shl i32", 0))
    lshr = _named("lshr", _binary("lshr i32", 0))
    ashr = _named("ashr", _binary("ashr i32", 0))

    @_pure
    def sub(self, a: Value, b: Value) -> Value:
        return a if isinstance(b, int) and b == 0 else self.emit(f"sub i32 {a}, {b}")

    @_pure
    def not_(self, a: Value) -> Value:
        return self.emit(f"xor i32 {a}, -1")

    @_pure
    def ror(self, a: Value, n: Value) -> Value:
        return self.emit(f"call i32 @llvm.fshr.i32(i32 {a}, i32 {a}, i32 {n})")

    @_pure
    def clz(self, a: Value) -> Value:
        return self.emit(f"call i32 @llvm.ctlz.i32(i32 {a}, i1 false)")

    @_pure
    def rbit(self, a: Value) -> Value:
        return self.emit(f"call i32 @llvm.bitreverse.i32(i32 {a})")

    @_pure
    def bswap(self, a: Value) -> Value:
        return self.emit(f"call i32 @llvm.bswap.i32(i32 {a})")

    def sext(self, a: Value, bits: int) -> Value:
        if isinstance(a, int):
            return FOLD.sext(a, bits)
        if bits in (8, 16):
            narrow = self.emit(f"trunc i32 {a} to i{bits}")
            return self.emit(f"sext i{bits} {narrow} to i32")
        up = self.emit(f"shl i32 {a}, {32 - bits}")
        return self.emit(f"ashr i32 {up}, {32 - bits}")

    @_pure
    def udiv(self, a: Value, b: Value) -> Value:
        safe = self.select(self.eq(b, 0), 1, b)
        return self.select(self.eq(b, 0), 0, self.emit(f"udiv i32 {a}, {safe}"))

    @_pure
    def sdiv(self, a: Value, b: Value) -> Value:
        # LLVM leaves x / 0 and INT_MIN / -1 undefined; Arm gives 0 and INT_MIN.
        negative = self.emit(f"icmp eq i32 {b}, -1")
        special = self.either(self.eq(b, 0), negative)
        quotient = self.emit(f"sdiv i32 {a}, {self.select(special, 1, b)}")
        return self.select(self.eq(b, 0), 0, self.select(negative, self.sub(0, a), quotient))

    def add_with_carry(self, a: Value, b: Value, carry: Value) -> tuple[Value, Value, Value]:
        if isinstance(a, int) and isinstance(b, int) and isinstance(carry, int):
            folded = FOLD.add_with_carry(a, b, carry)
            return folded[0], int(folded[1]), int(folded[2])
        if isinstance(carry, int) and carry == 0:
            result = self.add(a, b)
            # For a constant b, a + b carries just when a - (-b) does not borrow.
            negated = (a, -b & 0xFFFFFFFF) if isinstance(b, int) and b else ()
            c = Deferred(lambda: self.emit(f"icmp ult i32 {result}, {a}"), words=negated)
        else:
            total = self.emit(f"add i64 {self.zext64(a)}, {self.zext64(b)}")
            total = self.emit(f"add i64 {total}, {self.zext64(self.word(carry))}")
            result = self.emit(f"trunc i64 {total} to i32")
            c = Deferred(lambda: self.emit(f"icmp ugt i64 {total}, 4294967295"))
        words = (a, b ^ 0xFFFFFFFF, result) if isinstance(b, int) else ()
        return result, c, Deferred(lambda: self._overflow(a, b, result), words=words)

    def add_signed(self, a: Value, b: Value) -> tuple[Value, Value]:
        if isinstance(a, int) and isinstance(b, int):
            total, overflow = FOLD.add_signed(a, b)
            return total, int(overflow)
        pair = self.emit(f"call {{ i32, i1 }} @llvm.sadd.with.overflow.i32(i32 {a}, i32 {b})")
        return tuple(self.emit(f"extractvalue {{ i32, i1 }} {pair}, {n}") for n in (0, 1))  # type: ignore[return-value]

    def difference_flags(self, a: Value, b: Value, result: Value) -> tuple[Deferred, ...]:
        """N, Z, C and V of the subtraction a - b = result."""
        pair = (a, b)

        def overflow() -> str:
            signs = self.emit(f"xor i32 {a}, {b}")
            changed = self.emit(f"xor i32 {a}, {result}")
            both = self.emit(f"and i32 {signs}, {changed}")
            return self.emit(f"icmp slt i32 {both}, 0")

        return (
            Deferred(lambda: self.emit(f"icmp slt i32 {result}, 0"), pair, (result,)),
            Deferred(lambda: self.emit(f"icmp eq i32 {a}, {b}"), pair, (result,)),
            Deferred(lambda: self.emit(f"icmp uge i32 {a}, {b}"), pair, pair),
            Deferred(overflow, pair, (a, b, result)),
        )

    def _overflow(self, a: Value, b: Value, result: Value) -> str:
        left = self.emit(f"xor i32 {a}, {result}")
        right = self.emit(f"xor i32 {b}, {result}")
        return self.emit(f"icmp slt i32 {self.emit(f'and i32 {left}, {right}')}, 0")

    # ---- truths -------------------------------------------------------------------------------------
    eq = _named("eq", _binary("icmp eq i32"))
    ne = _named("ne", _binary("icmp ne i32"))
    ult = _named("ult", _binary("icmp ult i32"))
    ule = _named("ule", _binary("icmp ule i32"))
    slt = _named("slt", _binary("icmp slt i32"))
    sle = _named("sle", _binary("icmp sle i32"))
    both = _named("both", _binary("and i1", 1))
    either = _named("either", _binary("or i1", 0))
    differ = _named("differ", _binary("xor i1", 0))

    @_pure
    def bit(self, a: Value, n: Value) -> Value:
        if isinstance(n, int) and n == 31:
            return self.emit(f"icmp slt i32 {a}, 0")
        return self.emit(f"trunc i32 {self.lshr(a, n)} to i1")

    @_pure
    def negate(self, a: Value) -> Value:
        return self.emit(f"xor i1 {a}, true")

    @_pure
    def word(self, truth: Value) -> Value:
        return self.emit(f"zext i1 {truth} to i32")

    def _select(self, kind: str, truth: Value, a: Value, b: Value) -> Value:
        if isinstance(truth, int):
            return a if truth else b
        return self.emit(f"select i1 {truth}, {kind} {a}, {kind} {b}")

    def select(self, truth: Value, a: Value, b: Value) -> Value:
        return self._select("i32", truth, a, b)

    def select_truth(self, truth: Value, a: Value, b: Value) -> Value:
        a, b = (int(x) if isinstance(x, bool) else x for x in (a, b))
        return self._select("i1", truth, a, b)

    def select64(self, truth: Value, a: Value, b: Value) -> Value:
        return self._select("i64", truth, a, b)

    # ---- wides --------------------------------------------------------------------------------------
    add64 = _named("add64", _binary("add i64", 0))
    sub64 = _named("sub64", _binary("sub i64", 0))
    mul64 = _named("mul64", _binary("mul i64", 1))
    slt64 = _named("slt64", _binary("icmp slt i64"))

    @_pure
    def zext64(self, a: Value) -> Value:
        return self.emit(f"zext i32 {a} to i64")

    @_pure
    def sext64(self, a: Value) -> Value:
        return self.emit(f"sext i32 {a} to i64")

    @_pure
    def pair64(self, low: Value, high: Value) -> Value:
        upper = self.emit(f"shl i64 {self.zext64(high)}, 32")
        return self.emit(f"or i64 {upper}, {self.zext64(low)}")

    @_pure
    def low32(self, a: Value) -> Value:
        return self.emit(f"trunc i64 {a} to i32")

    @_pure
    def high32(self, a: Value) -> Value:
        return self.emit(f"trunc i64 {self.emit(f'lshr i64 {a}, 32')} to i32")

    def _shift64(self, instruction: str, a: Value, n: Value) -> Value:
        return self.emit(f"{instruction} i64 {a}, {n if isinstance(n, int) else self.zext64(n)}")

    @_pure
    def shl64(self, a: Value, n: Value) -> Value:
        return self._shift64("shl", a, n)

    @_pure
    def lshr64(self, a: Value, n: Value) -> Value:
        return self._shift64("lshr", a, n)

    @_pure
    def ashr64(self, a: Value, n: Value) -> Value:
        return self._shift64("ashr", a, n)
