"""Cortex-M33 against what was measured on an RP2350: by jnk0le (jnk0le/random, cortex_m33.md, 3dfc2ab),
and for SLOTHY's model of the core ([S]: slothy-optimizer/slothy, cortex_m33.py, commit 902e68e)."""

from __future__ import annotations

import pytest
from measure import M33, Lines, bare, cycles

from coincell.cpu.state import R

SEQUENCES = [
    # Loads and stores: "load to use latency is 2 cycles", 1 to what is stored and to a MAC's addend.
    ("ldr r0, [r1]; mov r2, r3; add r4, r0, r5", 3),
    ("ldr r0, [r1]; add r4, r0, r5", 3),
    ("ldr r0, [r1]; ldr r2, [r3]; ldr r4, [r5]", 3),
    ("ldr r0, [r1]; str r0, [r2]", 2),
    ("ldr r0, [r1]; mla r4, r2, r3, r0", 2),
    ("ldr r0, [r1]; mla r4, r0, r3, r2", 3),
    ("ldr r0, [r1]; uxtab r4, r0, r2", 3),
    ("ldrd r2, r3, [r1]", 2),
    ("ldm r0, {r1-r5}", 5),
    ("stm r0!, {r1-r4}", 4),
    ("push {r0-r3, lr}", 5),
    # Two stages: shifted operands, extension with addition, DSP, multiplication.
    *[(f"add.w r0, r1, r2, {shift} #3; add r3, r0, r4", 3) for shift in ("lsr", "asr", "ror")],
    ("add.w r0, r1, r2, lsl #3; add r3, r0, r4", 2),  # [S]
    ("ldr r0, [r1]; ldr r2, [r0]", 3),  # [S]: "latency 2 holds for both ports"
    ("smlal r0, r1, r2, r3; smlal r0, r1, r4, r5; smlal r0, r1, r6, r7", 3),  # [S]
    ("eor r0, r1, #0x1fc0; add r3, r0, r4", 3),
    ("eor r0, r1, #0x1b1b1b1b; add r3, r0, r4", 2),
    ("add.w r0, r1, #0xff; add r3, r0, r4", 2),
    ("mul r0, r1, r2; add r3, r0, r4", 3),
    ("mla r0, r1, r2, r0; mla r0, r3, r4, r0; mla r0, r5, r6, r0", 3),
    ("mul r0, r1, r2; mla r3, r0, r4, r5", 3),
    ("add.w r0, r1, r2, ror #24; mla r0, r3, r4, r0", 2),
    ("uxtab r0, r1, r2; uxtab r0, r0, r3", 2),
    ("mul r0, r1, r2; str r0, [r3]", 2),
    ("qsub r0, r1, r2; add r3, r0, r4", 3),
    ("bfi r0, r1, #3, #4; add r3, r0, r4", 2),
    ("ubfx r0, r1, #3, #4; add r3, r0, r4", 2),  # [S]
    ("muls r0, r1, r0", 2),
    ("mul r0, r1, r2", 1),
    ("adds.w r0, r1, #0x1fc0", 2),
    ("adds.w r0, r1, r2, lsl #3", 1),
    ("movs.w r0, #0x1fc0", 1),
    # Flags of a shifted register come a cycle late.
    ("adds.w r0, r1, r2, ror #3; adc r3, r4, r5", 3),
    ("adds.w r0, r1, r2; adc r3, r4, r5", 2),
    # Only 16-bit instructions pair, and only with NOP, IT and branches.
    ("mov r0, r1; nop", 1),
    ("mov r0, r1; nop.w", 2),
    ("mov.w r0, r1; nop", 2),
    ("nop; mov r0, r1", 2),
    ("ldr r0, [r1]; nop", 1),
    ("mov r0, r1; add r2, r3", 2),
    ("ldr r0, [r1]; add r2, r3", 2),
    ("add r2, r3; it eq; moveq r0, r1", 2),
    ("adds r3, r4; bmi 2f; 2:", 1),  # not taken
    ("adds.w r3, r4, r5; bmi 2f; 2:", 2),
    ("mov r10, r10; it eq; addseq.w r0, r1, #0x1fc0", 1 + 2),
    ("mov r10, r10; it ne; addsne.w r0, r1, #0x1fc0", 1 + 1),
    # Floating point.
    ("vldr s0, [r1]; vadd.f32 s1, s0, s2", 2),
    ("vldr d0, [r1]", 2),
    ("vldm r0, {s0-s3}", 4),
    ("vfma.f32 s0, s1, s2; mov r8, r8; mov r8, r8; vfma.f32 s0, s3, s4", 4),
    ("vfma.f32 s0, s1, s2; vfma.f32 s0, s3, s4", 4),
    ("vfma.f32 s0, s1, s2; vfma.f32 s5, s3, s4", 4),
    # "can issue floating point instruction a cycle before one of its operands is available"
    ("vfma.f32 s0, s1, s2; vfma.f32 s5, s0, s4", 4),
    ("vmul.f32 s0, s1, s2; vadd.f32 s3, s0, s4; mov r8, r8; mov r8, r8; vstr s3, [r12, #256]", 5),
    ("vmul.f32 s0, s1, s2; vadd.f32 s3, s0, s4; mov r8, r8; vstr s3, [r12, #256]", 5),
    ("vmul.f32 s0, s1, s2; vadd.f32 s3, s0, s4; vadd.f32 s5, s6, s7", 4),
    ("vadd.f32 s1, s4, s5; vfma.f32 s0, s1, s2; vfma.f32 s3, s5, s6", 6),
    ("vfma.f32 s0, s1, s2; vldr s7, [r0]", 4),
    ("vmul.f32 s0, s1, s2; vmul.f32 s4, s5, s6; vadd.f32 s3, s3, s0; vadd.f32 s7, s7, s4", 4),
    ("vmul.f32 s0, s1, s2; vadd.f32 s3, s0, s4; vadd.f32 s3, s3, s4; vadd.f32 s3, s3, s4", 6),
    ("vmov r0, r1, s0, s1; add r2, r0, r3", 3),
    ("vmov d0, r0, r1; vstr s0, [r12]", 3),
    ("vmov r0, s0; add r2, r0, r3", 3),
    ("vmov s0, r0; vadd.f32 s3, s0, s4", 2),
]
LOOPS = [
    ("1: subs r7, #1; bne 1b", 1 + 2),
    ("1: subs r7, #1; add r0, r1; bne 1b", 1 + 1 + 1),
    ("1: subs r7, #1; ldmia r6!, {r0-r3}; bne 1b", 1 + 4 + 1),
    ("1: subs.w r7, r7, #1; bne 1b", 1 + 2),
]
LINES = Lines(M33)
LINES.add(text for text, _ in SEQUENCES + LOOPS)


@pytest.mark.parametrize(("text", "expected"), SEQUENCES, ids=lambda x: x if isinstance(x, str) else "")
def test_as_measured(text: str, expected: int) -> None:
    core = bare(M33)
    core.state.xpsr_flags = 1 << 30
    assert cycles(core, LINES.code(text)) == expected


@pytest.mark.parametrize(("text", "expected"), LOOPS, ids=lambda x: x if isinstance(x, str) else "")
def test_loops_as_measured(text: str, expected: int) -> None:
    """Cycles of one more round."""
    spent = []
    for rounds in (10, 110):
        core = bare(M33)
        core.state.words[R + 7] = rounds
        spent.append(cycles(core, LINES.code(text)))
    assert spent[1] - spent[0] == 100 * expected
