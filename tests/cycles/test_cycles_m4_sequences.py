"""How Cortex-M4 instructions overlap, against Arm DDI 0439 (Cortex-M4 TRM) 3.3.2 and 7.2.3, and where that is
silent or was measured otherwise, jnk0le/random, cortex_m3m4.md (commit 3dfc2ab): [J]."""

from __future__ import annotations

import pytest
from measure import M4F, Lines, assert_cycles_between, bare, cycles

from coincell.cpu.state import R

LOADS_AND_STORES = [
    # The manual's own four examples.
    ("ldr r0, [r1]; ldr r1, [r2]", 3, 3),
    # "... str r0, [r3, #20]: normally three cycles"; the store "removes the stall" of the load [J]: two.
    ("mov r2, #0; nop; ldr r0, [r1, r2]; str r0, [r3, #20]", 2 + 2, 2 + 3),
    ("mov r2, #0; nop; ldr r0, [r1, r2]; str r1, [r3, r2]", 2 + 3, 2 + 3),
    ("mov r5, #0; nop; ldr r0, [r1, r5]; ldr r1, [r2]; ldr r2, [r3, #4]", 2 + 4, 2 + 4),
    # n loads take n + 1.
    ("ldr r0, [r7]; ldr r1, [r7, #4]; ldr r2, [r7, #8]; ldr r3, [r7, #12]; ldrb r4, [r7, #1]", 6, 6),
    # "... the destination of the first LDR is not used to compute the address for the next": no gain; an
    # address must be there a cycle earlier than other operands [J].
    ("str r1, [r1]; nop; ldr r0, [r1]; ldr r2, [r0]", 2 + 5, 2 + 5),
    ("str r1, [r1]; nop; ldr r0, [r1]; ldr r3, [r7]; ldr r2, [r0]", 2 + 5, 2 + 5),
    ("str r1, [r1]; nop; ldr r0, [r1]; mov r3, r4; ldr r2, [r0]", 2 + 5, 2 + 5),
    ("ldr r0, [r1], #4; ldr r2, [r1]", 4, 4),
    ("ldr r0, [r1], #4; ldr r2, [r3], #4; ldr r0, [r1], #4; ldr r2, [r3], #4", 5, 5),
    ("ldr r0, [r1], #4; ldr r0, [r1], #4; ldr r0, [r1], #4", 6, 6),
    ("str r0, [r1], #4; str r0, [r1], #4; str r0, [r1], #4", 1 + 2 + 2, 1 + 2 + 2),
    ("str r0, [r1], #4; str r0, [r3], #4; str r0, [r1], #4", 3, 3),
    # A NOP hides behind a load and behind a store with a register offset; CMP does not [J].
    ("ldr r0, [r1]; nop", 2, 2),
    ("ldr r0, [r1]; cmp r2, r3", 3, 3),
    ("movs r2, #0; nop; str r0, [r1, r2]; nop", 2 + 2, 2 + 2),
    ("str r0, [r1]; nop", 2, 2),
    # "Any load or store that generates an address dependent on the result of a preceding data processing
    # operation stalls the pipeline for an additional cycle."
    ("add r0, r1, #4; ldr r2, [r0]", 1 + 1 + 2, 1 + 1 + 2),
    ("add r0, r1, #4; str r2, [r0]", 1 + 1 + 1, 1 + 1 + 1),
    ("add r0, r1, #4; nop; ldr r2, [r0]", 1 + 1 + 2, 1 + 1 + 2),
    ("add r0, r1, #4; str r0, [r1]", 2, 2),  # the data may be late
    # Immediate stores take one cycle each; "nothing can be pipelined after the store": it takes one more
    # before a load [J].
    ("str r0, [r1]; str r2, [r1, #4]; str r3, [r1, #8]", 3, 3),
    ("str r0, [r1]; ldr r2, [r1, #4]", 2 + 2, 2 + 2),
    ("str r0, [r1]; mov r3, r4; ldr r2, [r1, #4]", 1 + 1 + 2, 1 + 1 + 2),
    ("str r0, [r7]; ldm r6, {r1, r2}", 2 + 3, 2 + 3),
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


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("add.w r0, r1, r2; add.w r0, r1, r2", 0),
        ("add.w r0, r1, r2; add.w r0, r1, r2; add.w r0, r1, r2", 1),
        ("add.w r0, r1, r2; add.w r0, r1, r2; add.w r0, r1, r2; eor.w r0, r1, r2; add.w r3, r1, r2", 1),
        ("str.w r0, [r1]; str.w r0, [r1]; str.w r0, [r1]", 0),
        ("str.w r0, [r1]; str.w r0, [r1]; str.w r0, [r1]; str.w r0, [r1]", 1),
    ],
)
def test_wide_instructions_across_words(text: str, extra: int) -> None:
    """Three in a row take a cycle more, stores four (measured: compendium.i-0.nl, "Alignment rules")."""
    aligned = cycles(bare(), LINES.code("nop; nop; " + text))
    assert cycles(bare(), LINES.code("nop; " + text)) == aligned - 1 + extra


@pytest.mark.parametrize(
    ("first", "expected"), [("mul r0, r0, r2", 19), ("add r0, r2", 16)], ids=["wide", "narrow"]
)
def test_a_loop_that_begins_at_an_odd_halfword(first: str, expected: int) -> None:
    """Fourteen instructions and two taken branches, measured: compendium.i-0.nl, "Branch timing"."""
    code = LINES.code(f"mov r2, r0; mov.w r0, #1; 1: {first}; sub.w r1, r1, #1; cmp r1, #0; bne 1b")
    core = bare()
    core.state.words[R + 1] = 3
    assert cycles(core, code) == expected


def test_a_function_of_a_benchmark_takes_what_was_measured() -> None:
    """Embench 2.0's crc32 takes 23.0 cycles a byte on an STM32F407 without wait states (4006 ms at 16 MHz for
    170 * 16 times 1024 bytes): its loop as gcc 12 and 13 compile it, with the generator of its bytes."""
    loop = (
        "b 3f; nop; 2: ldr r3, 8f; ldr r1, 8f + 4; ldr r2, [r3]; movw r0, #12345; mla r0, r1, r2, r0;"
        "bic r0, r0, #0x80000000; str r0, [r3]; lsrs r0, r0, #16; bx lr;"
        "8: .word 0x20001000; .word 1103515245;"
        "3: bl 2b; eor.w r0, r9, r0; and r0, r0, #255; subs.w r10, r10, #1; ldr.w r3, [r4, r0, lsl #2];"
        "eor.w r9, r3, r9, lsr #8; bne 3b"
    )
    spent = []
    for rounds in (10, 30):
        core = bare()
        core.state.words[R + 10] = rounds
        spent.append(cycles(core, LINES.code(loop)))
    assert spent[1] - spent[0] == 20 * 23


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
