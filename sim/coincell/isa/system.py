"""Hints, special registers, barriers, exclusives, exceptions by instruction, coprocessors, undefined."""

from __future__ import annotations

from coincell.isa.arithmetic import no_pc
from coincell.isa.encoding import DecodedInstruction, Encoding, instruction
from coincell.isa.load_store import offset
from coincell.isa.ops import Ops

# ---- hints: those without a meaning are NOP -------------------------------------------------------------

_NARROW_HINT = "10111111 {} 0000"
_WIDE_HINT = "111100111010 (1) (1) (1) (1) 10 (0) 0 (0) 000 {}"


@instruction("NOP T1", _NARROW_HINT.format("hint:4"))
@instruction("NOP T2", _WIDE_HINT.format("hint:8"))
def _nop(o: Ops, hint: int) -> None:
    """YIELD, DBG, CSDB and the unallocated hints too."""


@instruction("WFE T1", _NARROW_HINT.format("0010"), interpreted=True)
@instruction("WFE T2", _WIDE_HINT.format("00000010"), interpreted=True)
def _wfe(o: Ops) -> None:
    o.wait("wfe")


@instruction("WFI T1", _NARROW_HINT.format("0011"), interpreted=True)
@instruction("WFI T2", _WIDE_HINT.format("00000011"), interpreted=True)
def _wfi(o: Ops) -> None:
    o.wait("wfi")


@instruction("SEV T1", _NARROW_HINT.format("0100"), interpreted=True)
@instruction("SEV T2", _WIDE_HINT.format("00000100"), interpreted=True)
def _sev(o: Ops) -> None:
    o.send_event()


# ---- special registers ----------------------------------------------------------------------------------


@instruction("CPS T1", "10110110011 im (0) (0) I F", interpreted=True)
def _cps(o: Ops, im: int, I: int, F: int) -> None:  # noqa: E741 - the manual's name
    """FAULTMASK (F) exists only in Armv7-M; the core ignores it elsewhere."""
    o.change_masks(disable=bool(im), primask=bool(I), faultmask=bool(F))


@instruction(
    "MRS T1",
    "11110011111 (0) (1) (1) (1) (1) 10 (0) 0 Rd:4 SYSm:8",
    feature="v6m",
    interpreted=True,
    where=lambda Rd, SYSm: Rd != 15,
)
def _mrs(o: Ops, Rd: int, SYSm: int) -> None:
    o.set_reg(Rd, o.read_special(SYSm))


@instruction(
    "MSR T1",
    "11110011100 (0) Rn:4 10 (0) 0 mask:2 (0) (0) SYSm:8",
    feature="v6m",
    interpreted=True,
    where=lambda Rn, mask, SYSm: Rn != 15,
)
def _msr(o: Ops, Rn: int, mask: int, SYSm: int) -> None:
    o.write_special(SYSm, mask, o.reg(Rn))


# ---- barriers -------------------------------------------------------------------------------------------


def _barrier(name: str, op: str) -> None:
    pattern = f"111100111011 (1) (1) (1) (1) 10 (0) 0 (1) (1) (1) (1) {op} option:4"

    @instruction(f"{name} T1", pattern, feature="v6m", interpreted=True)
    def _(o: Ops, option: int) -> None:
        o.barrier(name.lower())


_barrier("DSB", "0100")
_barrier("DMB", "0101")
_barrier("ISB", "0110")

# ---- exclusives -----------------------------------------------------------------------------------------


@instruction("LDREX T1", "111010000101 Rn:4 Rt:4 (1) (1) (1) (1) imm8:8", where=no_pc, interpreted=True)
def _ldrex(o: Ops, Rn: int, Rt: int, imm8: int) -> None:
    o.set_reg(Rt, o.load_exclusive(offset(o, Rn, imm8 * 4), 4))


def answers_apart(Rn: int, Rt: int, Rd: int, **_: int) -> bool:
    """A status register that is also address or data is UNPREDICTABLE, here undefined."""
    return Rd not in (Rn, Rt) and no_pc(Rn=Rn, Rt=Rt, Rd=Rd)


@instruction("STREX T1", "111010000100 Rn:4 Rt:4 Rd:4 imm8:8", where=answers_apart, interpreted=True)
def _strex(o: Ops, Rn: int, Rt: int, Rd: int, imm8: int) -> None:
    o.set_reg(Rd, o.store_exclusive(offset(o, Rn, imm8 * 4), o.reg(Rt), 4))


def _exclusive(suffix: str, op: str, size: int) -> None:
    load = f"111010001101 Rn:4 Rt:4 (1) (1) (1) (1) {op} (1) (1) (1) (1)"
    store = f"111010001100 Rn:4 Rt:4 (1) (1) (1) (1) {op} Rd:4"

    @instruction(f"LDREX{suffix} T1", load, where=no_pc, interpreted=True)
    def _(o: Ops, Rn: int, Rt: int) -> None:
        o.set_reg(Rt, o.load_exclusive(o.reg(Rn), size))

    @instruction(f"STREX{suffix} T1", store, where=answers_apart, interpreted=True)
    def _(o: Ops, Rn: int, Rt: int, Rd: int) -> None:
        o.set_reg(Rd, o.store_exclusive(o.reg(Rn), o.reg(Rt), size))


_exclusive("B", "0100", 1)
_exclusive("H", "0101", 2)


@instruction(
    "CLREX T1",
    "111100111011 (1) (1) (1) (1) 10 (0) 0 (1) (1) (1) (1) 0010 (1) (1) (1) (1)",
    interpreted=True,
)
def _clrex(o: Ops) -> None:
    o.clear_exclusive()


# ---- exceptions by instruction, and what is not there ---------------------------------------------------


@instruction("SVC T1", "11011111 imm8:8", interpreted=True)
def _svc(o: Ops, imm8: int) -> None:
    o.supervisor_call(imm8)


@instruction("BKPT T1", "10111110 imm8:8", interpreted=True)
def _bkpt(o: Ops, imm8: int) -> None:
    o.breakpoint(imm8)


@instruction("UDF T1", "11011110 imm8:8", interpreted=True)
@instruction("UDF T2", "111101111111 imm4:4 1010 imm8:12", feature="v6m", interpreted=True)
def _udf(o: Ops, **_: int) -> None:
    o.undefined()


def undefined(opcode: int, size: int) -> DecodedInstruction:
    """An opcode that no encoding has: like UDF it faults when it executes, not where a condition fails."""
    return DecodedInstruction(opcode, size, _UNDEFINED, {}, _udf)


_UNDEFINED = Encoding("undefined", "", _udf, "v6m", None, 0, 0, 0, (), True)


@instruction(
    "coprocessor",
    "111 T 11 op1:6 Rn:4 Rt:4 coproc:4 op2:8",
    interpreted=True,
    where=lambda op1, **_: op1 >> 1 != 0 and op1 >> 4 != 3,
)
def _coprocessor(o: Ops, coproc: int, **_: int) -> None:
    """MCR, MRC, MCRR, MRRC, CDP, LDC, STC and what the floating-point groups do not declare (A5.3.18)."""
    o.coprocessor(coproc)
