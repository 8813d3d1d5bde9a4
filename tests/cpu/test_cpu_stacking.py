"""What entry and return move, and when it fails: stepped and compiled."""

from __future__ import annotations

import struct

import pytest
from rig import BX_LR, HERE, MAIN, NOP, RAM, STACK, WFI, Rig

from coincell.cpu.state import FP_READY, FPSCR, S
from coincell.cpu.state import R as R0

SVC_1, SVC_2 = 0xDF01, 0xDF02
VMOV_S0_R0 = [0xEE00, 0x0A10]
VADD_S0 = [0xEE30, 0x0A00]
"""VADD.F32 s0, s0, s0."""
BOTH = pytest.mark.parametrize("policy", ["step", "compile"])
CPACR, FPCCR, FPCAR, CFSR, HFSR, SHCSR, CCR = 0xD88, 0xF34, 0xF38, 0xD28, 0xD2C, 0xD24, 0xD14


def frame(rig: Rig, address: int, words: int = 8) -> tuple[int, ...]:
    return struct.unpack(f"<{words}I", rig.bus.read_block(address, 4 * words))


@pytest.mark.parametrize("low", [0, 4])
def test_frame_bit_by_bit(low: int) -> None:
    """B1.5.6: r0-r3, r12, lr, return address, xPSR from low to high; xPSR[9] = SP[2]."""
    rig = Rig([SVC_1, HERE], {11: [HERE]})
    words = rig.core.state.words
    for n in range(13):
        words[n] = 0x1000 + n
    words[14], words[13] = 0xCAFE0001, STACK - low
    rig.core.state.xpsr_flags = 0xF80F0000
    rig.run(20)
    stack = STACK - 0x20 - 2 * low
    assert rig.reg(13) == stack
    assert frame(rig, stack) == (
        *(0x1000, 0x1001, 0x1002, 0x1003, 0x100C, 0xCAFE0001, MAIN + 2),
        0xF80F0000 | 1 << 24 | bool(low) << 9,
    )
    assert (rig.reg(14), rig.core.special.ipsr) == (0xFFFFFFF9, 11)
    assert [words[n] for n in range(4, 12)] == [0x1000 + n for n in range(4, 12)]


def test_nested_on_the_process_stack() -> None:
    """Thread on PSP: its frame goes there, a nested handler's on MSP with EXC_RETURN 0xFFFFFFF1."""
    rig = Rig([SVC_1, HERE], {11: [NOP] * 20 + [BX_LR], 16: [HERE]})
    rig.core.special.write(9, 0, RAM + 0x800)
    rig.core.special.write(20, 0, 2)
    rig.write(SHCSR - 8, 0xE0 << 24)  # SHPR2: SVCall is low
    rig.write(0x100, 1)
    rig.at(20, 16)
    rig.run(60)
    special = rig.core.special
    assert special.other_sp == RAM + 0x800 - 0x20
    assert rig.reg(13) == STACK - 0x20
    assert (rig.reg(14), special.control) == (0xFFFFFFF1, 0)
    assert frame(rig, rig.reg(13))[5] == 0xFFFFFFFD
    assert frame(rig, rig.reg(13))[7] & 0x1FF == 11


@BOTH
def test_lazy_context_is_stored_by_the_first_fp_instruction(policy: str) -> None:
    """B1.5.7: 26 words of room, FPCAR at s0; the handler's VADD stores s0-s15 and FPSCR there."""
    rig = Rig([*VMOV_S0_R0, SVC_1, HERE], {11: [NOP, WFI, *VADD_S0, WFI, BX_LR]}, policy)
    rig.core.state.words[0] = 0x40000000
    rig.write(CPACR, 0xF << 20)
    rig.write(0x100, 3)
    rig.write(0xD1C, 0xE0 << 24)
    rig.run(60)
    base = STACK - 0x68
    assert rig.core.fp.pending
    assert rig.read(FPCCR) == 0xC0000019  # HFRDY, THREAD, LSPACT
    assert rig.read(FPCAR) == base + 0x20
    assert frame(rig, base + 0x20) == (0,) * 8
    rig.at(100, 16)
    rig.run(200)
    assert rig.read(FPCCR) == 0xC0000018
    assert frame(rig, base + 0x20)[0] == 0x40000000
    assert rig.core.state.words[S] == 0x40800000
    rig.at(250, 17)
    rig.run(350)
    assert rig.core.state.words[S] == 0x40000000
    assert rig.core.special.control == 4
    assert rig.reg(13) == STACK


def test_lazy_context_untouched_costs_nothing() -> None:
    """A handler without floating point: the registers are never moved."""
    rig = Rig([*VMOV_S0_R0, SVC_1, HERE])
    rig.core.state.words[0] = 0x40000000
    rig.write(CPACR, 0xF << 20)
    rig.run(60)
    assert frame(rig, STACK - 0x68 + 0x20)[0] == 0
    assert rig.core.state.words[S] == 0x40000000
    assert not rig.core.fp.pending
    assert rig.core.state.words[FP_READY]


def test_lazy_context_without_memory() -> None:
    """BFSR.LSPERR (B3.2.15), from the instruction that wanted the registers stored."""
    rig = Rig([*VMOV_S0_R0, SVC_1, HERE], {11: [*[NOP] * 20, *VADD_S0, HERE], 3: [HERE]})
    rig.write(CPACR, 0xF << 20)
    rig.run(20)
    rig.core.fp.address = 0x90000000
    rig.run(60)
    assert rig.taken[-1][0] == 3
    assert rig.read(CFSR) == 1 << 13
    assert rig.read(HFSR) == 1 << 30


def test_fpdscr_begins_a_context() -> None:
    rig = Rig([*VADD_S0, HERE])
    rig.write(CPACR, 0xF << 20)
    rig.write(0xF3C, 0x01C00000)
    rig.run(10)
    assert rig.core.state.words[FPSCR] & 0x07C00000 == 0x01C00000


def test_unstacking_fails() -> None:
    """BFSR.UNSTKERR: tail-chained, with the frame and EXC_RETURN as they were."""
    rig = Rig([SVC_1, HERE], {11: [NOP] * 10 + [BX_LR], 3: [HERE]})
    rig.core.special.write(9, 0, RAM + 0x800)
    rig.core.special.write(20, 0, 2)
    rig.run(20)
    rig.core.special.other_sp = 0x90000000
    rig.run(60)
    assert (rig.read(CFSR), rig.read(HFSR)) == (1 << 11, 1 << 30)
    assert rig.reg(14) == 0xFFFFFFFD
    assert (rig.core.special.other_sp, rig.reg(13)) == (0x90000000, STACK)
    assert rig.core.exceptions.active == [3]


def test_vector_table_that_is_not_there() -> None:
    """HFSR.VECTTBL (B1.5.14); HardFault's own vector is not there either: lock-up."""
    rig = Rig([SVC_1, HERE])
    rig.core.vector_table = 0x90000000
    rig.core.run(100_000_000)
    assert "VECTTBL" in str(rig.core.stopped)
    assert rig.read(HFSR) & 2


@pytest.mark.parametrize("place", ["reset", "handler", "frame"])
def test_thumb_bit_clear(place: str) -> None:
    """B1.5.2, A4.1.1: EPSR.T = 0 makes the next instruction fault with INVSTATE."""
    rig = Rig([SVC_1, HERE], {11: [NOP] * 10 + [BX_LR], 3: [HERE]})
    if place == "reset":
        rig.words(4, MAIN)
        rig.core.reset()
    elif place == "handler":
        rig.words(4 * 11, 0x1000 + 0x40 * 11)
    rig.run(16)
    if place == "frame":
        rig.words(STACK - 4, 0)
    rig.run(80)
    assert rig.taken[-1][0] == 3
    assert rig.read(CFSR) == 1 << 17
    expected = {"reset": MAIN, "handler": 0x1000 + 0x40 * 11, "frame": MAIN + 2}[place]
    stacked = frame(rig, rig.reg(13))
    assert stacked[6] == expected
    assert not stacked[7] >> 24 & 1


def test_a_fault_in_hardfault_locks_up() -> None:
    rig = Rig([0xDE00, HERE], {3: [0xDE01, HERE]})
    rig.core.run(100_000_000)
    assert "0xde01" in str(rig.core.stopped)


# ---- CCR traps under compiled code -----------------------------------------------------------------------


@BOTH
def test_traps_come_and_go(policy: str) -> None:
    """B3.2.8: DIV_0_TRP and UNALIGN_TRP act on code that is already compiled, and a reset clears them."""
    # udiv r2, r0, r1; ldr r3, [r4]; b back
    rig = Rig([0xFBB0, 0xF2F1, 0x6823, 0xE7FB], {3: [HERE]}, policy)

    def go() -> int:
        words = rig.core.state.words
        words[R0 + 0], words[R0 + 1], words[R0 + 4] = 5, 0, RAM + 1
        rig.core.run((rig.cycle + 100) * 1_000_000)
        assert rig.core.stopped is None
        return rig.read(CFSR)

    assert go() == 0
    rig.write(CCR, 1 << 4)
    assert go() == 1 << 25
    rig.core.reset()
    assert go() == 0
    rig.write(CCR, 1 << 3)
    assert go() == 1 << 24
    rig.core.reset()
    assert go() == 0
