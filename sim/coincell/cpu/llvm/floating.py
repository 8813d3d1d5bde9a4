"""Floating point in compiled code: registers, FPSCR, and operations by the host or by a library.

`host_float` says which operations the host may do, and when its result is Arm's. Everything else is a
call (`float_library`), with FPSCR in its slot of the core's state.
"""

from __future__ import annotations

from coincell.cpu import state as st
from coincell.cpu.llvm.float_library import NAMES
from coincell.cpu.llvm.host_float import DECLARATIONS, HOST, host_type
from coincell.cpu.llvm.slots import Slots
from coincell.cpu.llvm.values import Value
from coincell.isa.float_operations import OPERATIONS


class FloatingPoint(Slots):
    """`sreg`, `set_sreg`, `fpscr`, `set_fpscr` and `fp` of `isa.ops`."""

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
        host = HOST[operation.removesuffix(".f64")]
        fast, slow, done = self.label("host"), self.label("soft"), self.label("float")
        result, sure, otherwise = host(self, host_type(operation), fpscr, *operands)
        missed = self.label("missed") if otherwise else slow
        self.do(f"br i1 {sure}, label %{fast}, label %{missed}")
        if otherwise:
            self.open_label(missed)
            self.do(f"br i1 {otherwise()}, label %{fast}, label %{slow}")
        self.open_label(fast)
        arrivals = [(self._close(done), result, fpscr)]
        self.open_label(slow)
        result, status = self._soft(operation, fpscr, operands)
        arrivals.append((slow, result, status))
        self._close(done)
        self.open_label(done)
        kind = f"i{OPERATIONS[operation].result}"
        value = self.emit(f"phi {kind} " + ", ".join(f"[ {v}, %{b} ]" for b, v, _ in arrivals))
        status = self.emit("phi i32 " + ", ".join(f"[ {s}, %{b} ]" for b, _, s in arrivals))
        self.write(st.FPSCR, status)
        return value

    def _soft(self, operation: str, fpscr: Value, operands: tuple[Value, ...]) -> tuple[Value, Value]:
        """(result, new FPSCR) from a call out."""
        signature = OPERATIONS[operation]
        wides = [
            self.zext64(x) if width == 32 else x
            for x, width in zip(operands, signature.operands, strict=True)
        ]
        arguments = ", ".join(f"i64 {x}" for x in [*wides, 0, 0, 0][:3])
        place = self.emit(f"getelementptr i32, ptr %state, i64 {st.FPSCR}")
        self.do(f"store i32 {fpscr}, ptr {place}")
        function = self.emit("load ptr, ptr %call_fp")
        answer = self.emit(f"call i64 {function}(ptr %state, i32 {NAMES.index(operation)}, {arguments})")
        result = self.low32(answer) if signature.result == 32 else answer
        return result, self.emit(f"load i32, ptr {place}")


INTRINSICS = f"""
declare {{ i32, i1 }} @llvm.sadd.with.overflow.i32(i32, i32)
declare i32 @llvm.fshr.i32(i32, i32, i32)
declare i32 @llvm.ctlz.i32(i32, i1)
declare i32 @llvm.bitreverse.i32(i32)
declare i32 @llvm.bswap.i32(i32)
{DECLARATIONS}"""
