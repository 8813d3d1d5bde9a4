"""One floating-point operation as LLVM code that tells Arm's result and flags from the host's arithmetic.

A `Call` collects what it learns: flags to raise, and whether anything is beyond it (`sure`). The manual's
order holds: operands are flushed, then NaNs among them decide, then the host's result is judged.
"""

from __future__ import annotations

from collections.abc import Callable

from coincell.cpu.llvm.host_float import FZ, INEXACT, HostType
from coincell.cpu.llvm.values import LlvmValues, Value
from coincell.isa.float_format import DN, IDC, IOC, IXC, OFC, UFC

RMODE = 3 << 22


class Call(LlvmValues):
    """One operation being emitted, in format `t`; FPSCR is `%fpscr`."""

    def __init__(self, t: HostType, name: str) -> None:
        super().__init__()
        self.t, self._name = t, name
        self.nearest = self.eq(self.and_("%fpscr", RMODE), 0)
        self.flushing = self.ne(self.and_("%fpscr", FZ), 0)
        self.default_nan = self.ne(self.and_("%fpscr", DN), 0)
        self.recorded = self.ne(self.and_("%fpscr", INEXACT), 0)
        self.flags: Value = 0
        """What the operation raises in FPSCR."""
        self.sure: Value = 1
        """Result and flags are Arm's."""

    def label(self, stem: str) -> str:
        return f"{self._name}.{super().label(stem)}"

    def emit(self, instruction: str) -> str:
        # One function holds all operations, so their values need names of their own.
        self._count += 1
        name = f"%{self._name}.{self._count}"
        self.lines.append(f"  {name} = {instruction}")
        return name

    # ---- what is learnt -----------------------------------------------------------------------------
    def all(self, *truths: Value) -> Value:
        joined: Value = 1
        for truth in truths:
            joined = self.both(truth, joined)
        return joined

    def any(self, *truths: Value) -> Value:
        joined: Value = 0
        for truth in truths:
            joined = self.either(truth, joined)
        return joined

    def raise_if(self, truth: Value, bits: int) -> None:
        """These bits of FPSCR become set."""
        self.flags = self.or_(self.select(truth, bits, 0), self.flags)

    def need(self, truth: Value) -> None:
        """Without this the answer is somebody else's business."""
        self.sure = self.both(truth, self.sure)

    # ---- patterns -----------------------------------------------------------------------------------
    def choose(self, truth: Value, a: Value, b: Value) -> Value:
        """Pattern a when true, else b."""
        return self.emit(f"select i1 {truth}, {self.t.word} {a}, {self.t.word} {b}")

    def masked(self, pattern: Value, mask: int) -> str:
        return self.emit(f"and {self.t.word} {pattern}, {mask}")

    def nonzero(self, word: Value) -> str:
        return self.emit(f"icmp ne {self.t.word} {word}, 0")

    def is_nan(self, pattern: Value) -> str:
        magnitude = self.t.magnitude(self, pattern)
        return self.emit(f"icmp ugt {self.t.word} {magnitude}, {2 * self.t.fmt.infinity}")

    def is_infinite(self, pattern: Value) -> str:
        magnitude = self.t.magnitude(self, pattern)
        return self.emit(f"icmp eq {self.t.word} {magnitude}, {2 * self.t.fmt.infinity}")

    def is_tiny(self, pattern: Value) -> Value:
        """Below the least normal number, zero too."""
        return self.t.below(self, pattern, self.t.fmt.hidden)

    def is_large(self, pattern: Value) -> Value:
        """So large that the error of a product or quotient of this size has not underflowed."""
        fmt = self.t.fmt
        return self.negate(self.t.below(self, pattern, self.t.power_of_two(fmt.min_exp + fmt.frac_bits + 2)))

    def is_zero(self, pattern: Value) -> Value:
        return self.t.zero(self, pattern)

    def unpacked(self, pattern: Value) -> Value:
        """FPUnpack: a subnormal is zero under FZ, which raises IDC."""
        subnormal = self.both(self.is_tiny(pattern), self.negate(self.is_zero(pattern)))
        flushed = self.both(subnormal, self.flushing)
        self.raise_if(flushed, IDC)
        return self.choose(flushed, self.masked(pattern, self.t.fmt.sign_bit), pattern)

    # ---- numbers ------------------------------------------------------------------------------------
    def number(self, pattern: Value) -> str:
        return self.t.number(self, pattern)

    def calculate(self, instruction: str, *numbers: str) -> str:
        return self.emit(f"{instruction} {self.t.name} {', '.join(numbers)}")

    def opposite(self, number: str) -> str:
        return self.calculate("fneg", number)

    def differ_as_numbers(self, a: str, b: str) -> str:
        return self.calculate("fcmp une", a, b)

    def attempt(self, compute: Callable[..., str], *patterns: Value) -> tuple[list[Value], str]:
        """The operands unpacked, and the host's result for them.

        Returns at once what is harmless: operands that are not subnormal, a safe result, IXC set already.
        """
        result = self.t.pattern(self, compute(*map(self.number, patterns)))
        normal = [self.either(self.negate(self.is_tiny(p)), self.is_zero(p)) for p in patterns]
        harmless = self.all(self.nearest, self.recorded, self.t.safe(self, result), *normal)
        done, on = self.label("done"), self.label("on")
        self.do(f"br i1 {harmless}, label %{done}, label %{on}")
        self.lines.append(f"{done}:")
        self.do(f"ret i64 {result if self.t.word == 'i64' else self.zext64(result)}")
        self.lines.append(f"{on}:")
        unpacked = [self.unpacked(p) for p in patterns]
        return unpacked, compute(*map(self.number, unpacked))

    # ---- results ------------------------------------------------------------------------------------
    def process_nans(self, *patterns: Value) -> tuple[Value, Value]:
        """FPProcessNaNs: (truth that there is one, the one to return); a signalling one raises IOC."""
        fmt = self.t.fmt
        nans = [self.is_nan(p) for p in patterns]
        quiet = [self.nonzero(self.masked(p, fmt.quiet_bit)) for p in patterns]
        signalling = [self.both(nan, self.negate(q)) for nan, q in zip(nans, quiet, strict=True)]
        chosen: Value = patterns[-1]
        for kinds in (nans, signalling):
            for kind, pattern in reversed(list(zip(kinds, patterns, strict=True))):
                chosen = self.choose(kind, pattern, chosen)
        self.raise_if(self.any(*signalling), IOC)
        chosen = self.emit(f"or {self.t.word} {chosen}, {fmt.quiet_bit}")
        return self.any(*nans), self.choose(self.default_nan, fmt.default_nan, chosen)

    def settle(
        self,
        number: str,
        nan: Value,
        propagated: Value,
        *,
        from_infinity: Value,
        exact_zero: Value,
        inexact: Value,
        known: Value,
        sum_: bool = False,
    ) -> Value:
        """FPRound and the special cases around it, for a host result `number`; its pattern.

        `nan`, `propagated`: what `process_nans` gave. `from_infinity`: an infinite result would not be an
        overflow. `exact_zero`: the result is zero, and not by underflow. `inexact`, if it is `known`.
        A `sum_` below the least normal number is exact.
        """
        fmt, result = self.t.fmt, self.t.pattern(self, number)
        invalid = self.both(self.is_nan(result), self.negate(nan))
        self.raise_if(invalid, IOC)
        infinite = self.is_infinite(result)
        overflow = self.both(infinite, self.negate(from_infinity))
        self.raise_if(overflow, OFC | IXC)

        below = self.both(self.is_tiny(result), self.negate(exact_zero))
        flushed = self.both(below, self.flushing)
        self.raise_if(flushed, UFC)
        finite = self.all(self.negate(infinite), self.negate(nan), self.negate(invalid))
        self.raise_if(self.all(finite, self.negate(flushed), inexact), IXC)

        known = self.any(known, self.recorded, flushed)
        if not sum_:
            # The least normal number may have been rounded up to, and is then an underflow.
            least = self.emit(f"icmp eq {self.t.word} {self.t.magnitude(self, result)}, {2 * fmt.hidden}")
            no_news = self.eq(self.and_("%fpscr", FZ | UFC | IXC), UFC | IXC)
            known = self.both(known, self.any(self.negate(self.either(below, least)), no_news, flushed))
        rounded = self.both(self.nearest, self.either(infinite, known))
        self.need(self.any(nan, invalid, rounded))

        result = self.choose(flushed, self.masked(result, fmt.sign_bit), result)
        result = self.choose(invalid, fmt.default_nan, result)
        return self.choose(nan, propagated, result)
