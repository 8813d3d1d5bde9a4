"""The operations that instruction semantics are written over.

A *word* is an unsigned 32-bit value, a *wide* an unsigned 64-bit value, a *truth* a single bit. In every
evaluation a plain Python int is a constant word, wide or truth (0 or 1, or bool). Semantics may branch in
Python only on the fields of their encoding and on `in_it`, never on a Value: use `select` instead.

Order matters: evaluate loads before writing registers, so that a fault leaves the instruction undone.
"""

from __future__ import annotations

from typing import Any, Protocol

Value = Any


class Ops(Protocol):
    """One evaluation of the instruction set."""

    # ---- where we are -------------------------------------------------------------------------------
    pc: int
    """Address of this instruction plus 4 (what reading PC gives)."""
    next_pc: int
    """Address of the instruction after this one."""
    in_it: bool
    """Inside an IT block: narrow data processing does not set flags there."""

    # ---- registers ----------------------------------------------------------------------------------
    def reg(self, n: int) -> Value:
        """Register n; 15 reads as `pc` (word-align it yourself where the manual says Align(PC,4))."""

    def set_reg(self, n: int, value: Value) -> None:
        """Write r0-r14 (writing r13 clears its two low bits). For 15 use a branch operation."""

    def flag(self, name: str) -> Value:
        """Truth of "n", "z", "c", "v" or "q"."""

    def set_flags(self, n: Value = None, z: Value = None, c: Value = None, v: Value = None) -> None:
        """Write those that are given."""

    def set_nz(self, result: Value) -> None:
        """N and Z from a word."""

    def set_difference_flags(self, a: Value, b: Value, result: Value) -> None:
        """N, Z, C and V of the subtraction a - b = result: C is "no borrow"."""

    def set_q_if(self, truth: Value) -> None:
        """The sticky Q flag: set when true, else unchanged."""

    def ge(self) -> Value:
        """The four GE bits as a word 0-15."""

    def set_ge(self, value: Value) -> None:
        """Write the GE bits (word 0-15)."""

    def check_stack(self, address: Value) -> None:
        """SP is about to become `address`: on Armv8-M it faults (STKOF) below the limit of its stack."""

    def condition(self, cond: int) -> Value:
        """Truth of the condition code 0-14 (14 is constant true)."""

    # ---- words --------------------------------------------------------------------------------------
    def add(self, a: Value, b: Value) -> Value: ...
    def sub(self, a: Value, b: Value) -> Value: ...
    def mul(self, a: Value, b: Value) -> Value: ...
    def and_(self, a: Value, b: Value) -> Value: ...
    def or_(self, a: Value, b: Value) -> Value: ...
    def xor(self, a: Value, b: Value) -> Value: ...
    def not_(self, a: Value) -> Value: ...
    def shl(self, a: Value, n: Value) -> Value:
        """Shift left by 0-31 (the caller keeps n in range, here and in the next three)."""

    def lshr(self, a: Value, n: Value) -> Value: ...
    def ashr(self, a: Value, n: Value) -> Value: ...
    def ror(self, a: Value, n: Value) -> Value: ...
    def clz(self, a: Value) -> Value:
        """Leading zeros, 0-32."""

    def rbit(self, a: Value) -> Value: ...
    def bswap(self, a: Value) -> Value: ...
    def sext(self, a: Value, bits: int) -> Value:
        """The low `bits` bits, sign-extended to a word."""

    def udiv(self, a: Value, b: Value) -> Value:
        """Unsigned quotient; 0 when b is 0 (CCR.DIV_0_TRP is the core's business)."""

    def sdiv(self, a: Value, b: Value) -> Value:
        """Signed quotient towards zero; 0 when b is 0; 0x80000000 / -1 = 0x80000000."""

    def add_with_carry(self, a: Value, b: Value, carry: Value) -> tuple[Value, Value, Value]:
        """(word, carry truth, overflow truth) of a + b + carry (the manual's AddWithCarry)."""

    def add_signed(self, a: Value, b: Value) -> tuple[Value, Value]:
        """(word, signed overflow truth) of a + b."""

    # ---- words of two halves ------------------------------------------------------------------------
    def widen_bytes(self, a: Value, odd: bool) -> Value:
        """Bytes 0 and 2, or with `odd` 1 and 3, sign-extended to the two halves of a word."""

    def add_halves(self, a: Value, b: Value) -> Value:
        """The sums of the lower and of the upper halves, each without carry."""

    def mul_halves(self, a: Value, a_top: int, b: Value, b_top: int) -> Value:
        """The signed product of the lower half, or the upper one where 1 is given, of each of two words."""

    def dot_halves(self, total: Value, a: Value, b: Value) -> tuple[Value, Value]:
        """(word, truth: it does not fit) of total + a.low * b.low + a.high * b.high, all signed."""

    # ---- truths -------------------------------------------------------------------------------------
    def eq(self, a: Value, b: Value) -> Value: ...
    def ne(self, a: Value, b: Value) -> Value: ...
    def ult(self, a: Value, b: Value) -> Value: ...
    def ule(self, a: Value, b: Value) -> Value: ...
    def slt(self, a: Value, b: Value) -> Value: ...
    def sle(self, a: Value, b: Value) -> Value: ...
    def bit(self, a: Value, n: Value) -> Value:
        """Bit n (0-31) of a word, as a truth."""

    def both(self, a: Value, b: Value) -> Value:
        """a and b, of truths."""

    def either(self, a: Value, b: Value) -> Value:
        """a or b, of truths."""

    def differ(self, a: Value, b: Value) -> Value:
        """a xor b, of truths."""

    def negate(self, a: Value) -> Value:
        """not a, of a truth."""

    def word(self, truth: Value) -> Value:
        """A truth as a word 0 or 1."""

    def select(self, truth: Value, a: Value, b: Value) -> Value:
        """Word a when true, else word b (both are evaluated)."""

    def select_truth(self, truth: Value, a: Value, b: Value) -> Value:
        """Truth a when true, else truth b."""

    # ---- wides --------------------------------------------------------------------------------------
    def zext64(self, a: Value) -> Value: ...
    def sext64(self, a: Value) -> Value: ...
    def pair64(self, low: Value, high: Value) -> Value: ...
    def low32(self, a: Value) -> Value: ...
    def high32(self, a: Value) -> Value: ...
    def add64(self, a: Value, b: Value) -> Value: ...
    def sub64(self, a: Value, b: Value) -> Value: ...
    def mul64(self, a: Value, b: Value) -> Value: ...
    def shl64(self, a: Value, n: Value) -> Value:
        """Shift a wide left by a word 0-63 (likewise the next two)."""

    def lshr64(self, a: Value, n: Value) -> Value: ...
    def ashr64(self, a: Value, n: Value) -> Value: ...
    def slt64(self, a: Value, b: Value) -> Value: ...
    def select64(self, truth: Value, a: Value, b: Value) -> Value: ...

    # ---- memory -------------------------------------------------------------------------------------
    def load(self, address: Value, size: int, aligned: bool = False) -> Value:
        """Zero-extended 1, 2 or 4 bytes. `aligned`: misalignment faults (LDM, LDRD, exclusives, VLDR)."""

    def store(self, address: Value, value: Value, size: int, aligned: bool = False) -> None:
        """Store the low 1, 2 or 4 bytes of a word."""

    def load_words(self, address: Value, n: int) -> list[Value]:
        """`n` words from an address that must be aligned, ascending (LDM, LDRD, VLDM)."""

    def store_words(self, address: Value, values: list[Value]) -> None:
        """Words to an address that must be aligned, ascending (STM, STRD, VSTM)."""

    # ---- going elsewhere ----------------------------------------------------------------------------
    def branch(self, address: Value) -> None:
        """Go to address with bit 0 ignored (BranchWritePC: B, BL, MOV PC, TBB)."""

    def branch_if(self, truth: Value, address: int) -> None:
        """Go to a constant address when true."""

    def branch_exchange(self, address: Value) -> None:
        """BXWritePC / LoadWritePC: EXC_RETURN in handler mode; bit 0 clear faults INVSTATE."""

    def start_it(self, itstate: int) -> None:
        """ITSTATE := firstcond:mask."""

    # ---- floating point: registers hold bit patterns; FPSCR gives modes and takes sticky flags ----------
    def sreg(self, n: int) -> Value:
        """S register n as a word."""

    def set_sreg(self, n: int, value: Value) -> None: ...
    def fpscr(self) -> Value: ...
    def set_fpscr(self, value: Value) -> None: ...
    def fp(self, operation: str, *operands: Value) -> Value:
        """An operation of `isa.float_operations.OPERATIONS`, which tells which values are words or wides.

        Rounding, flush-to-zero, default NaN and the sticky flags follow FPSCR. `compare` and
        `compare_signalling` give the four NZCV bits as a word 0-15.
        """

    # ---- only in instructions declared `interpreted` ---------------------------------------------------
    def read_special(self, sysm: int) -> Value:
        """MRS."""

    def write_special(self, sysm: int, mask: int, value: Value) -> None:
        """MSR."""

    def change_masks(self, disable: bool, primask: bool, faultmask: bool) -> None:
        """CPS."""

    def wait(self, kind: str) -> None:
        """ "wfi" or "wfe"."""

    def send_event(self) -> None:
        """SEV."""

    def barrier(self, kind: str) -> None:
        """ "dmb", "dsb" or "isb"."""

    def supervisor_call(self, number: int) -> None: ...
    def breakpoint(self, number: int) -> None: ...
    def load_exclusive(self, address: Value, size: int) -> Value: ...
    def store_exclusive(self, address: Value, value: Value, size: int) -> Value:
        """0 when stored, 1 when not."""

    def clear_exclusive(self) -> None: ...
    def test_target(self, address: Value, nonsecure: bool, unprivileged: bool) -> Value:
        """TT: the response for an address; with `nonsecure` (TTA, TTAT) for the Non-secure state."""

    def secure_gateway(self) -> None:
        """SG."""

    def branch_nonsecure(self, target: Value, link: bool) -> None:
        """BXNS, or BLXNS with `link`."""

    def save_fp_context(self, address: Value) -> None:
        """VLSTM."""

    def load_fp_context(self, address: Value) -> None:
        """VLLDM."""

    def coprocessor(self, number: int) -> None:
        """An access to a coprocessor that is not there: UsageFault NOCP."""

    def undefined(self) -> None:
        """UsageFault UNDEFINSTR."""
