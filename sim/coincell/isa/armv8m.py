"""What Armv8-M Mainline adds to Armv7-M: acquire and release, and the Security Extension's instructions.

From the Armv8-M ARM (DDI 0553). Stack limits are checked where SP is written, see `Ops.check_stack`.
"""

from __future__ import annotations

from coincell.isa.arithmetic import no_pc
from coincell.isa.encoding import instruction
from coincell.isa.ops import Ops
from coincell.isa.system import answers_apart

# ---- load-acquire and store-release: a single core sees its own accesses in order ------------------------


def _acquire_and_release(suffix: str, size_bits: str, size: int) -> None:
    load = "111010001101 Rn:4 Rt:4 (1) (1) (1) (1)"
    store = "111010001100 Rn:4 Rt:4 (1) (1) (1) (1)"
    ones = "(1) (1) (1) (1)"

    @instruction(f"LDA{suffix} T1", f"{load} 10 {size_bits} {ones}", feature="v8m", where=no_pc)
    def _(o: Ops, Rn: int, Rt: int) -> None:
        o.set_reg(Rt, o.load(o.reg(Rn), size, aligned=True))

    @instruction(f"STL{suffix} T1", f"{store} 10 {size_bits} {ones}", feature="v8m", where=no_pc)
    def _(o: Ops, Rn: int, Rt: int) -> None:
        o.store(o.reg(Rn), o.reg(Rt), size, aligned=True)

    @instruction(
        f"LDAEX{suffix} T1", f"{load} 11 {size_bits} {ones}", feature="v8m", where=no_pc, interpreted=True
    )
    def _(o: Ops, Rn: int, Rt: int) -> None:
        o.set_reg(Rt, o.load_exclusive(o.reg(Rn), size))

    @instruction(
        f"STLEX{suffix} T1",
        f"111010001100 Rn:4 Rt:4 (1) (1) (1) (1) 11 {size_bits} Rd:4",
        feature="v8m",
        where=answers_apart,
        interpreted=True,
    )
    def _(o: Ops, Rn: int, Rt: int, Rd: int) -> None:
        o.set_reg(Rd, o.store_exclusive(o.reg(Rn), o.reg(Rt), size))


_acquire_and_release("B", "00", 1)
_acquire_and_release("H", "01", 2)
_acquire_and_release("", "10", 4)

# ---- the Security Extension ------------------------------------------------------------------------------


@instruction(
    "TT T1",
    "111010000100 Rn:4 1111 Rd:4 A T (0) (0) (0) (0) (0) (0)",
    feature="v8m",
    where=no_pc,
    interpreted=True,
)
def _tt(o: Ops, Rn: int, Rd: int, A: int, T: int) -> None:
    """TT, TTT, TTA and TTAT: what the memory protection says about an address."""
    o.set_reg(Rd, o.test_target(o.reg(Rn), nonsecure=bool(A), unprivileged=bool(T)))


@instruction("SG T1", "11101001011111111110100101111111", feature="v8m", interpreted=True)
def _sg(o: Ops) -> None:
    o.secure_gateway()


@instruction("BXNS T1", "010001110 Rm:4 1 (0) (0)", feature="v8m", where=no_pc, interpreted=True)
def _bxns(o: Ops, Rm: int) -> None:
    o.branch_nonsecure(o.reg(Rm), link=False)


@instruction("BLXNS T1", "010001111 Rm:4 1 (0) (0)", feature="v8m", where=no_pc, interpreted=True)
def _blxns(o: Ops, Rm: int) -> None:
    o.branch_nonsecure(o.reg(Rm), link=True)


_LAZY = "11101100001 {} Rn:4 (0) (0) (0) (0) 1010 00000000"


@instruction("VLSTM T1", _LAZY.format(0), feature="v8m", where=no_pc, interpreted=True)
def _vlstm(o: Ops, Rn: int) -> None:
    o.save_fp_context(o.reg(Rn))


@instruction("VLLDM T1", _LAZY.format(1), feature="v8m", where=no_pc, interpreted=True)
def _vlldm(o: Ops, Rn: int) -> None:
    o.load_fp_context(o.reg(Rn))
