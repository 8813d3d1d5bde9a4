"""Code that changes under the core: by itself, by DMA, by the flash controller, under another address.

In every tier. A store counts from the next instruction on, DMA from the next boundary; what the core has
prefetched is not modelled (Arm asks for a barrier).
"""

from __future__ import annotations

import gc

import pytest
from bare import bare_core, compile_bare
from rig import BX_LR, HERE, MAIN, NOP, RAM, Rig

from coincell.cpu.compiled.compiler import QUICK, compiler
from coincell.cpu.compiled.native import jit

CODE = RAM + 0x1000
CODE_ALIAS = 0x10001000
TIERS = pytest.mark.parametrize("policy", ["step", "compile", "auto", "random:3"])
BX_R4 = 0x4720
STRH_R2_R1, LDRH_R2_R1 = 0x800A, 0x880A


def at(code: list[int], policy: str, place: int = CODE) -> Rig:
    """`code` in RAM, run from `place`."""
    rig = Rig([BX_R4], policy=policy, aliases=True)
    rig.code(CODE, [*code, HERE])
    rig.core.state.words[4] = place | 1
    return rig


@TIERS
def test_code_that_rewrites_itself(policy: str) -> None:
    """A store into RAM code counts from the next instruction on; here it becomes one more than before."""
    rig = Rig([0x4720], policy=policy)  # bx r4
    loop = [
        0x1C40,  # adds r0, r0, #1   <- becomes adds r0, r0, #2 and so on
        0x3301,  # adds r3, #1
        0x2B08,  # cmp r3, #8
        0xD1FB,  # bne loop
        0x2300,  # movs r3, #0
        0x880A,  # ldrh r2, [r1]
        0x3240,  # adds r2, #0x40: imm3 + 1
        0x800A,  # strh r2, [r1]
        0x3D01,  # subs r5, #1
        0xD1F5,  # bne loop
        HERE,
    ]
    rig.code(CODE, loop)
    words = rig.core.state.words
    words[1], words[4], words[5] = CODE, CODE | 1, 7
    rig.run(1000)
    assert rig.reg(15) == CODE + 20
    assert rig.reg(0) == 8 * sum(range(1, 8))
    assert (rig.compiled > 2) == (policy != "step")


@TIERS
def test_a_store_to_the_very_next_instruction(policy: str) -> None:
    """strh r2, [r1]; movs r0, #1 (becomes movs r0, #9). The core prefetches; here the store wins."""
    rig = Rig([0x4720], policy=policy)
    rig.code(CODE, [0x800A, 0x2001, HERE])
    words = rig.core.state.words
    words[1], words[2], words[4] = CODE + 2, 0x2009, CODE | 1
    rig.run(60)
    assert rig.reg(0) == 9


@TIERS
def test_dma_into_code(policy: str) -> None:
    """What another master writes counts from the next boundary."""
    rig = Rig([0x4720], policy=policy)
    rig.code(CODE, [0x2001, 0xE7FD])  # movs r0, #1; b back
    rig.core.state.words[4] = CODE | 1
    rig.run(100)
    assert rig.reg(0) == 1
    rig.sim.at(150_000_000, lambda: rig.bus.write_block(CODE, b"\x02\x20"))
    rig.run(200)
    assert rig.reg(0) == 2


FLIP = [
    STRH_R2_R1,  # becomes movs r0, #1 or movs r0, #9 in turn
    0x2001,  # movs r0, #1
    0x1836,  # adds r6, r6, r0
    0x405A,  # eors r2, r3
    0x3D01,  # subs r5, #1
    0xD1F9,  # bne FLIP
]


@TIERS
@pytest.mark.parametrize("place", [CODE, CODE_ALIAS])
def test_a_hot_loop_overwrites_its_next_instruction(policy: str, place: int) -> None:
    """Sixty times; run from the alias, the store still goes to the other address."""
    rig = at(FLIP, policy, place)
    words = rig.core.state.words
    words[1], words[2], words[3], words[5] = CODE + 2, 0x2009, 0x2001 ^ 0x2009, 60
    rig.run(3000)
    assert rig.reg(6) == 30 * 9 + 30 * 1
    assert rig.reg(15) == place + 12


@TIERS
@pytest.mark.parametrize("shift", [0, 1, 2, 3])
def test_a_store_across_two_granules(policy: str, shift: int) -> None:
    """A word store whose end lies in the 128 bytes where the code is, and whose start does not."""
    rig = Rig([BX_R4], policy=policy)
    start = RAM + 0x1080
    # ldr.w r2, [r7]: the new first instruction; str r2, [r1] unaligned; then the code again
    loop = [0x2001, 0x1836, 0x600A, 0x3D01, 0xD1FA, HERE]  # movs r0, #1; adds r6, r6, r0; str r2, [r1]; ...
    rig.code(start, loop)
    words = rig.core.state.words
    words[4], words[5], words[1] = start | 1, 8, start - shift
    words[2] = (0x18362009 << 8 * shift) & 0xFFFFFFFF if shift else 0x18362009
    rig.run(400)
    if shift in (0, 1, 2):
        assert rig.reg(6) == 1 + 7 * 9
    assert rig.reg(15) == start + 10


@TIERS
def test_in_an_it_block(policy: str) -> None:
    """cmp r0, r0; ITT EQ; strheq r2, [r1]; moveq r6, #1, which becomes moveq r6, #7."""
    rig = at([0x4280, 0xBF04, STRH_R2_R1, 0x2601, 0x3D01, 0xD1F9], policy)
    words = rig.core.state.words
    words[1], words[2], words[5] = CODE + 6, 0x2607, 5
    rig.run(200)
    assert rig.reg(6) == 7


@TIERS
def test_a_push_onto_code(policy: str) -> None:
    """A stack that grows into code: PUSH {r0, r1} replaces four instructions of the loop that it is in."""
    # push {r0, r1}; add sp, #8; 4 x movs r6, #1; subs r5, #1; bne
    rig = at([0xB403, 0xB002, *[0x2601] * 4, 0x3D01, 0xD1F7], policy)
    words = rig.core.state.words
    words[13], words[0], words[1], words[5] = CODE + 12, 0x36023601, 0x36023601, 6  # adds r6, #1; adds r6, #2
    rig.run(400)
    assert rig.reg(6) == 6 * 6
    assert rig.reg(13) == CODE + 12


@TIERS
def test_an_exception_frame_onto_code(policy: str) -> None:
    """The frame of SVC covers what comes behind it: there r0 and r1 are instructions."""
    rig = at([NOP, NOP, 0xDF01, *[NOP] * 20], policy)
    words = rig.core.state.words
    words[13] = CODE + 8 + 0x20
    words[0], words[1] = 0x36023601, HERE << 16 | 0x3604  # adds r6, #1; #2; #4; b .
    rig.run(200)
    assert rig.reg(6) == 7
    assert rig.reg(15) == CODE + 14


@TIERS
def test_dma_into_a_running_loop(policy: str) -> None:
    """The same counts in every tier: the change is seen at the first boundary behind it."""
    loop = [0x3001, *[NOP] * 5, 0xE7F8]  # adds r0, #1; ...; b back
    rig, judge = at(loop, policy), at(loop, "step")
    for one in (rig, judge):
        for n in range(1, 12):
            value = (0x3000 | n).to_bytes(2, "little")
            one.sim.at(
                (100 + 97 * n) * 1_000_000, lambda one=one, value=value: one.bus.write_block(CODE, value)
            )
        one.run(2000)
    assert (rig.reg(0), rig.reg(15), rig.cycle) == (judge.reg(0), judge.reg(15), judge.cycle)
    assert judge.reg(0) > 1000


@TIERS
def test_flash_that_is_programmed_under_its_alias(policy: str) -> None:
    """Instructions and literals, which compiled code folds; the controller writes at another address."""
    # ldr r0, [pc, #8]; adds r6, r6, r0; nop; nop; b back; align; literal
    rig = Rig([0x4801, 0x1836, NOP, 0xE7FB, 0x0001, 0x0000], policy=policy, aliases=True)
    judge = Rig([0x4801, 0x1836, NOP, 0xE7FB, 0x0001, 0x0000], aliases=True)
    for one in (rig, judge):
        for n in range(2, 8):
            word = n.to_bytes(4, "little")
            when = 200 * n * 1_000_000
            one.sim.at(when, lambda one=one, word=word: one.bus.program(0x08000000 + MAIN + 8, word))
        one.sim.at(1_700_000_000, lambda one=one: one.bus.program(0x08000000 + MAIN + 2, b"\x36\x1a"))  # subs
        one.run(2000)
    assert (rig.reg(6), rig.cycle, rig.reg(15)) == (judge.reg(6), judge.cycle, judge.reg(15))
    assert judge.reg(0) == 7


@TIERS
def test_code_that_is_copied_and_called_again_and_again(policy: str) -> None:
    """An overlay: the same place holds one function after another."""
    # loop: r7 += 2 bytes of the next source into CODE; blx r4
    rig = Rig([0x8838, STRH_R2_R1 & 0xFFC0 | 0x08, 0x47A0, 0x3702, 0x3D01, 0xD1F9, HERE], policy=policy)
    rig.code(CODE, [0, BX_LR])
    rig.code(RAM + 0x2000, [0x3601, 0x3602, 0x3604, 0x3608] * 5)  # adds r6, #...
    words = rig.core.state.words
    words[1], words[4], words[5], words[7] = CODE, CODE | 1, 20, RAM + 0x2000
    rig.run(2000)
    assert rig.reg(6) == 15 * 5


def test_the_code_of_a_core_that_is_gone_gives_its_memory_back() -> None:
    linked = jit()._trackers
    gc.collect()
    jit().link(compiler().compile("define i32 @first() {\n  ret i32 1\n}\n", QUICK), "first")
    before = len(linked)
    core, block = bare_core(compile_bare("tiers"), "compile")
    core.run(200_000_000)
    assert len(linked) > before + 5
    del core, block
    gc.collect()
    jit().link(compiler().compile("define i32 @second() {\n  ret i32 2\n}\n", QUICK), "second")
    assert len(linked) == before + 1
