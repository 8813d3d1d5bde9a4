"""The value operations over Python integers: the interpreter's arithmetic, and constant folding for LLVM."""

from __future__ import annotations

_M32 = 0xFFFFFFFF
_M64 = 0xFFFFFFFFFFFFFFFF


def signed(a: int) -> int:
    """A word as a signed number."""
    return a - (1 << 32) if a & 0x80000000 else a


def signed64(a: int) -> int:
    """A wide as a signed number."""
    return a - (1 << 64) if a >> 63 else a


class IntegerOps:
    """Pure operations of `isa.ops.Ops` on Python ints. No state, no memory."""

    def add(self, a: int, b: int) -> int:
        return (a + b) & _M32

    def sub(self, a: int, b: int) -> int:
        return (a - b) & _M32

    def mul(self, a: int, b: int) -> int:
        return a * b & _M32

    def and_(self, a: int, b: int) -> int:
        return a & b

    def or_(self, a: int, b: int) -> int:
        return a | b

    def xor(self, a: int, b: int) -> int:
        return a ^ b

    def not_(self, a: int) -> int:
        return a ^ _M32

    def shl(self, a: int, n: int) -> int:
        return a << n & _M32

    def lshr(self, a: int, n: int) -> int:
        return a >> n

    def ashr(self, a: int, n: int) -> int:
        return signed(a) >> n & _M32

    def ror(self, a: int, n: int) -> int:
        return (a >> n | a << (32 - n)) & _M32

    def clz(self, a: int) -> int:
        return 32 - a.bit_length()

    def rbit(self, a: int) -> int:
        return int(f"{a:032b}"[::-1], 2)

    def bswap(self, a: int) -> int:
        return int.from_bytes(a.to_bytes(4, "little"), "big")

    def sext(self, a: int, bits: int) -> int:
        sign = 1 << (bits - 1)
        return ((a & (sign * 2 - 1)) ^ sign) - sign & _M32

    def udiv(self, a: int, b: int) -> int:
        return a // b if b else 0

    def sdiv(self, a: int, b: int) -> int:
        if not b:
            return 0
        x, y = signed(a), signed(b)
        quotient = abs(x) // abs(y)
        return (quotient if (x < 0) == (y < 0) else -quotient) & _M32

    def add_signed(self, a: int, b: int) -> tuple[int, bool]:
        total = a + b & _M32
        return total, bool((a ^ total) & (b ^ total) & 0x80000000)

    def widen_bytes(self, a: int, odd: bool) -> int:
        a = a >> 8 if odd else a
        return self.sext(a, 8) & 0xFFFF | self.sext(a >> 16, 8) << 16 & _M32

    def add_halves(self, a: int, b: int) -> int:
        return a + b & 0xFFFF | (a >> 16) + (b >> 16) << 16 & _M32

    def mul_halves(self, a: int, a_top: int, b: int, b_top: int) -> int:
        return self.mul(self.sext(a >> 16 * a_top, 16), self.sext(b >> 16 * b_top, 16))

    def dot_halves(self, total: int, a: int, b: int) -> tuple[int, bool]:
        low = signed(self.sext(a, 16)) * signed(self.sext(b, 16))
        exact = signed(total) + low + (signed(a) >> 16) * (signed(b) >> 16)
        return exact & _M32, not -(1 << 31) <= exact < 1 << 31

    def add_with_carry(self, a: int, b: int, carry: int) -> tuple[int, int, int]:
        total = a + b + carry
        result = total & _M32
        return result, total >> 32, ((a ^ result) & (b ^ result)) >> 31

    def eq(self, a: int, b: int) -> int:
        return a == b

    def ne(self, a: int, b: int) -> int:
        return a != b

    def ult(self, a: int, b: int) -> int:
        return a < b

    def ule(self, a: int, b: int) -> int:
        return a <= b

    def slt(self, a: int, b: int) -> int:
        return signed(a) < signed(b)

    def sle(self, a: int, b: int) -> int:
        return signed(a) <= signed(b)

    def bit(self, a: int, n: int) -> int:
        return a >> n & 1

    def both(self, a: int, b: int) -> int:
        return a & b

    def either(self, a: int, b: int) -> int:
        return a | b

    def differ(self, a: int, b: int) -> int:
        return a ^ b

    def negate(self, a: int) -> int:
        return not a

    def word(self, truth: int) -> int:
        return int(truth)

    def select(self, truth: int, a: int, b: int) -> int:
        return a if truth else b

    select_truth = select
    select64 = select

    def zext64(self, a: int) -> int:
        return a

    def sext64(self, a: int) -> int:
        return signed(a) & _M64

    def pair64(self, low: int, high: int) -> int:
        return low | high << 32

    def low32(self, a: int) -> int:
        return a & _M32

    def high32(self, a: int) -> int:
        return a >> 32

    def add64(self, a: int, b: int) -> int:
        return (a + b) & _M64

    def sub64(self, a: int, b: int) -> int:
        return (a - b) & _M64

    def mul64(self, a: int, b: int) -> int:
        return a * b & _M64

    def shl64(self, a: int, n: int) -> int:
        return a << n & _M64

    def lshr64(self, a: int, n: int) -> int:
        return a >> n

    def ashr64(self, a: int, n: int) -> int:
        return signed64(a) >> n & _M64

    def slt64(self, a: int, b: int) -> int:
        return signed64(a) < signed64(b)
