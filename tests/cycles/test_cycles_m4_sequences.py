"""How Cortex-M4 instructions overlap, against Arm DDI 0439 (Cortex-M4 TRM) 3.3.2 and 7.2.3."""

from __future__ import annotations

import pytest
from measure import M4F, Lines, assert_cycles_between, bare, cycles

from coincell.cpu.state import R

LOADS_AND_STORES = [
    # The manual's own four examples.
    ("ldr r0, [r1]; ldr r1, [r2]", 3, 3),
    ("mov r2, #0; nop; ldr r0, [r1, r2]; str r0, [r3, #20]", 2 + 3, 2 + 3),
    ("mov r2, #0; nop; ldr r0, [r1, r2]; str r1, [r3, r2]", 2 + 3, 2 + 3),
    ("mov r5, #0; nop; ldr r0, [r1, r5]; ldr r1, [r2]; ldr r2, [r3, #4]", 2 + 4, 2 + 4),
    # n loads take n + 1.
    ("ldr r0, [r7]; ldr r1, [r7, #4]; ldr r2, [r7, #8]; ldr r3, [r7, #12]; ldrb r4, [r7, #1]", 6, 6),
    # "... the destination of the first LDR is not used to compute the address for the next": no gain.
    ("str r1, [r1]; nop; ldr r0, [r1]; ldr r2, [r0]", 2 + 4, 2 + 4),
    # "Any load or store that generates an address dependent on the result of a preceding data processing
    # operation stalls the pipeline for an additional cycle."
    ("add r0, r1, #4; ldr r2, [r0]", 1 + 1 + 2, 1 + 1 + 2),
    ("add r0, r1, #4; str r2, [r0]", 1 + 1 + 1, 1 + 1 + 1),
    ("add r0, r1, #4; nop; ldr r2, [r0]", 1 + 1 + 2, 1 + 1 + 2),
    ("add r0, r1, #4; str r0, [r1]", 2, 2),  # the data may be late
    # Immediate stores take one cycle each; "nothing can be pipelined after the store".
    ("str r0, [r1]; str r2, [r1, #4]; str r3, [r1, #8]", 3, 3),
    ("str r0, [r1]; ldr r2, [r1, #4]", 1 + 2, 1 + 2),
    ("movs r2, #0; nop; str r0, [r1, r2]; ldr r3, [r1]", 2 + 2 + 2, 2 + 2 + 2),
    # "LDM and STM cannot be pipelined with preceding or following instructions."
    ("ldr r0, [r7]; ldm r6, {r1, r2}", 2 + 3, 2 + 3),
    ("ldm r6, {r1, r2}; ldr r0, [r7]", 3 + 2, 3 + 2),
    ("ldrd r0, r1, [r7]; ldr r2, [r7]", 3 + 2, 3 + 2),
]

FLOATING_POINT = [
    # "... take one cycle longer if their result is consumed by the following instruction."
    ("vadd.f32 s0, s1, s2; vadd.f32 s3, s4, s5", 2, 2),
    ("vadd.f32 s0, s1, s2; vadd.f32 s3, s0, s5", 3, 3),
    ("vmul.f32 s0, s1, s2; vstr s0, [r0]", 1 + 1 + 2, 1 + 1 + 2),
    ("vcvt.s32.f32 s0, s1; vmov r0, s0", 3, 3),
    ("vmul.f32 s0, s1, s2; nop; vadd.f32 s3, s0, s5", 3, 3),
    # Moves, VABS and VNEG are not arithmetic.
    ("vmov s0, r0; vadd.f32 s3, s0, s5", 2, 2),
    ("vneg.f32 s0, s1; vadd.f32 s3, s0, s5", 2, 2),
    # Multiply-accumulate consumes its addend a cycle later, so chains do not stall; its factors do.
    ("vmul.f32 s0, s1, s2; vmla.f32 s0, s3, s4", 1 + 3, 1 + 3),
    ("vfma.f32 s0, s1, s2; vfma.f32 s0, s3, s4; vfma.f32 s0, s5, s6", 9, 9),
    ("vmul.f32 s0, s1, s2; vfma.f32 s5, s0, s4", 1 + 1 + 3, 1 + 1 + 3),
    # VDIV and VSQRT take 14, beside which integer instructions complete.
    ("vdiv.f32 s0, s1, s2; vadd.f32 s3, s4, s5", 14 + 1, 14 + 1),
    ("vdiv.f32 s0, s1, s2; vadd.f32 s3, s0, s5", 14 + 1, 14 + 2),
    ("vsqrt.f32 s0, s1; vsqrt.f32 s3, s4; vabs.f32 s5, s6", 28 + 1, 28 + 1),
    ("vdiv.f32 s0, s1, s2" + "; adds r0, r1, r2" * 10 + "; vadd.f32 s3, s4, s5", 14 + 1, 14 + 1),
    ("vdiv.f32 s0, s1, s2" + "; adds r0, r1, r2" * 20 + "; vadd.f32 s3, s4, s5", 22, 22),
]

IT_BLOCKS = [
    # An IT after a 16-bit instruction is folded; a skipped instruction takes one cycle.
    ("cmp r0, r0; it eq; addeq r0, r1", 2, 2),
    ("cmp r0, r0; it ne; addne r0, r1", 2, 2),
    ("cmp.w r0, r0; it eq; addeq r0, r1", 3, 3),
    (
        "cmp r0, r0; itete eq; ldreq r0, [r1]; ldrne r2, [r1]; moveq r3, #1; movne r3, #2",
        1 + 2 + 1 + 1 + 1,
        6,
    ),
    ("cmp r0, r0; it ne; sdivne r0, r1, r2", 2, 2),
]

LINES = Lines(M4F)
ALL = LOADS_AND_STORES + FLOATING_POINT + IT_BLOCKS
LINES.add(text for text, _, _ in ALL)


@pytest.mark.parametrize(("text", "low", "high"), ALL, ids=lambda x: x if isinstance(x, str) else "")
def test_as_the_manual_says(text: str, low: int, high: int) -> None:
    core = bare()
    core.bus.write(core.state.words[R + 1], 4, core.state.words[R + 5])  # what is loaded is an address
    assert_cycles_between(core, LINES.code(text), low, high)


def test_loops_take_what_nordic_measured() -> None:
    """nrfx delay loop, nRF52 with its cache: 3 cycles, 1 for SUBS and 2 for BHI (nrfx coredep header)."""
    code = LINES.code("1: subs r0, #3; bhi 1b")
    spent = []
    for rounds in (10, 110):
        core = bare()
        core.state.words[R] = 3 * rounds
        spent.append(cycles(core, code))
    assert spent[1] - spent[0] == 100 * 3


def test_a_wide_instruction_across_words_refills_more_slowly() -> None:
    """Taken branches cost P = 1 to 3 by "alignment and width of the target" (table 3-1)."""
    aligned = cycles(bare(), LINES.code("b 1f; nop; 1: add.w r0, r1, r2"))
    across = cycles(bare(), LINES.code("b 1f; nop; nop; 1: add.w r0, r1, r2"))
    assert aligned < across <= aligned + 2


@pytest.mark.parametrize(("text", "offset", "extra"), [("ldr r0, [r1]", 2, 1), ("ldr r0, [r1]", 1, 2)])
def test_unaligned_loads(text: str, offset: int, extra: int) -> None:
    """3.3.2: +1 for a halfword-aligned word, +2 for a byte-aligned one."""
    core = bare()
    core.state.words[R + 1] += offset
    assert_cycles_between(core, LINES.code(text), 2 + extra, 2 + extra)


def test_unaligned_halfword() -> None:
    """3.3.2: "a byte aligned halfword load or store adds one extra cycle"."""
    core = bare()
    core.state.words[R + 1] += 1
    assert_cycles_between(core, LINES.code("ldrh r0, [r1]"), 3, 3)
