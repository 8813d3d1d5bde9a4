"""Words as pairs of halfwords in compiled code: the multiplications that int8 networks consist of.

On x86-64, promoted code keeps such words in vector registers, where one instruction (PMADDWD) multiplies both
halves and adds the products. Elsewhere, and in quick code, they are done in words.
"""

from __future__ import annotations

import platform

from coincell.cpu.llvm.slots import Slots
from coincell.cpu.llvm.values import FOLD, Value

_VECTORS = platform.machine() in ("x86_64", "AMD64")
HALVES_INTRINSICS = "declare <4 x i32> @llvm.x86.sse2.pmadd.wd(<8 x i16>, <8 x i16>)" if _VECTORS else ""
_EIGHT = f"<{', '.join(['i16 8'] * 8)}>"
_LOWER, _UPPER = (f"<{', '.join([f'i16 {low}', f'i16 {high}'] * 4)}>" for low, high in ((-1, 0), (0, -1)))
_EVEN_BYTES, _LOW_BITS, _SIGNS = 0x00FF_00FF, 0x7FFF_7FFF, 0x8000_8000


class Halves(Slots):
    """`widen_bytes`, `add_halves` and `dot_halves` of `isa.ops`."""

    @property
    def _in_vectors(self) -> bool:
        return self.promote and _VECTORS

    def widen_bytes(self, a: Value, odd: bool) -> Value:
        if isinstance(a, int):
            return FOLD.widen_bytes(a, odd)
        if self._in_vectors:
            lanes = self._lanes(a)
            if not odd:
                lanes = self.emit(f"shl <8 x i16> {lanes}, {_EIGHT}")
            result = self._first(self.emit(f"ashr <8 x i16> {lanes}, {_EIGHT}"))
        else:
            bytes_ = self.and_(self.lshr(a, 8) if odd else a, _EVEN_BYTES)
            # A sign at bit 7 times 0x1FE is ones in bits 8 to 15, and what overflows them leaves the half.
            result = self.or_(bytes_, self.mul(self.and_(bytes_, 0x0080_0080), 0x1FE))
        self._byte_pairs.add(result)
        return result

    def add_halves(self, a: Value, b: Value) -> Value:
        if isinstance(a, int) and isinstance(b, int):
            return FOLD.add_halves(a, b)
        if self._in_vectors:
            return self._first(self.emit(f"add <8 x i16> {self._lanes(a)}, {self._lanes(b)}"))
        sums = self.add(self.and_(a, _LOW_BITS), self.and_(b, _LOW_BITS))
        return self.xor(sums, self.and_(self.xor(a, b), _SIGNS))

    def mul_halves(self, a: Value, a_top: int, b: Value, b_top: int) -> Value:
        if isinstance(a, int) and isinstance(b, int):
            return FOLD.mul_halves(a, a_top, b, b_top)
        if not self._in_vectors:
            return self.mul(self._half(a, a_top), self._half(b, b_top))
        left, right = self._lanes(a), self._lanes(b)
        # What is not wanted must meet a zero: a mask makes one, or a shift.
        if a_top == b_top:
            left = self.emit(f"and <8 x i16> {left}, {_UPPER if a_top else _LOWER}")
        elif a_top:
            left = self._upper_as_lower(left)
        else:
            right = self._upper_as_lower(right)
        return self._products(left, right)

    def dot_halves(self, total: Value, a: Value, b: Value) -> tuple[Value, Value]:
        if isinstance(total, int) and isinstance(a, int) and isinstance(b, int):
            return FOLD.dot_halves(total, a, b)
        if self._in_vectors:
            products = self._products(self._lanes(a), self._lanes(b))
        else:
            low, high = (self.mul(self._half(a, top), self._half(b, top)) for top in (0, 1))
            products = self.add(low, high)
        result, overflow = self.add_signed(total, products)
        if a not in self._byte_pairs and b not in self._byte_pairs:
            # The products alone overflow only as 2**31, whose word has the wrong sign.
            overflow = self.differ(overflow, self.eq(products, 0x8000_0000))
        return result, overflow

    def _half(self, a: Value, top: int) -> Value:
        return self.ashr(a, 16) if top else self.sext(a, 16)

    def _products(self, a: str, b: str) -> Value:
        """Of two vectors, the sum of the products of their first two halves."""
        sums = self.emit(f"call <4 x i32> @llvm.x86.sse2.pmadd.wd(<8 x i16> {a}, <8 x i16> {b})")
        return self._first_word(sums)

    def _upper_as_lower(self, lanes: str) -> str:
        words = self.emit(f"bitcast <8 x i16> {lanes} to <4 x i32>")
        moved = self.emit(f"lshr <4 x i32> {words}, <i32 16, i32 16, i32 16, i32 16>")
        return self.emit(f"bitcast <4 x i32> {moved} to <8 x i16>")

    def _lanes(self, word: Value) -> str:
        """A vector of halves whose first two are those of a word."""
        vector = self.emit(f"insertelement <4 x i32> undef, i32 {word}, i64 0")
        return self.emit(f"bitcast <4 x i32> {vector} to <8 x i16>")

    def _first(self, lanes: str) -> str:
        """The first two halves of a vector, as a word."""
        return self._first_word(self.emit(f"bitcast <8 x i16> {lanes} to <4 x i32>"))

    def _first_word(self, words: str) -> str:
        return self.emit(f"extractelement <4 x i32> {words}, i64 0")
