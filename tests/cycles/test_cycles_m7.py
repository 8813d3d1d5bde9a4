"""Cortex-M7 against what jnk0le measured on an STM32H743 (jnk0le/random, cortex_m7.md, commit 3dfc2ab).

Each line is repeated; the cycles are those of one repetition when the pipeline is full.
"""

from __future__ import annotations

import pytest
from measure import M7, Lines, bare, cycles

from coincell.cpu.core import Core
from coincell.cpu.state import R

TIMES = 8
PER_REPETITION = [
    ("add.w r0, r1, r2; add.w r3, r4, r5", 1.0),
    ("add.w r0, r0, r1", 1.0),
    ("nop.w; nop.w", 1.0),
    # Second operands: two shifters' work does not pair, a shift alone may follow it.
    ("add.w r0, r1, r2, ror #24; eor r3, r4, #0x1fc0", 2.0),
    ("add.w r0, r1, r2, ror #24; lsr.w r3, r4, #12", 1.0),
    ("eor.w r0, r1, #0x1b1b1b1b; add.w r3, r4, r5, ror #24", 1.0),
    # The early ALU: "result of early alu can be forwarded to late alu in 0 cycles".
    ("movw r0, #1; movt r0, #2", 1.0),
    ("add.w r0, r1, r2; eor.w r6, r0, r7", 1.0),
    # Bit field and DSP instructions do not pair with each other.
    ("uxtb r0, r1; uxtb r2, r3", 2.0),
    ("sadd8 r0, r1, r2; uxtb r4, r3", 2.0),
    ("uxtb.w r0, r1; add.w r2, r3, r4", 1.0),
    ("ubfx r0, r1, #3, #4; add.w r2, r3, r4, ror #24", 2.0),
    # Multiplication: one a cycle, chained in the addend; not with stores.
    ("mla r0, r1, r2, r0", 1.0),
    ("mul r0, r1, r2; mul r3, r4, r5", 2.0),
    ("mul r0, r1, r2; str r3, [r4]", 2.0),
    ("mul r0, r1, r2; add.w r3, r4, r5", 1.0),
    ("smull r0, r1, r2, r3; ldr.w r4, [r5]", 1.0),
    # Loads: two a cycle from different banks; stores: one, beside a load.
    ("ldr.w r0, [r4]; ldr.w r1, [r4, #4]", 1.0),
    ("ldr.w r0, [r4]; ldr.w r1, [r4, #8]", 2.0),
    ("ldr.w r0, [r4]; str.w r1, [r5]", 1.0),
    ("ldr.w r0, [r4]; str.w r0, [r5]", 1.0),  # "can store any result in same cycle, including ldr"
    ("ldrb.w r0, [r4]; strb.w r0, [r5]", 1.0),
    ("str.w r0, [r4]; str.w r1, [r5]", 2.0),
    ("ldr.w r0, [r4]; add.w r1, r2, r3", 1.0),
    # ceil(registers / 2), alone.
    ("ldm r8, {r0-r4}", 3.0),
    ("ldm r8, {r0-r3}; nop.w", 2.0 + 1.0),
    ("push {r0-r5}", 3.0),
    ("ldrd r0, r1, [r4]", 1.0),
    # Floating point.
    ("vadd.f32 s0, s1, s2; vadd.f32 s3, s4, s5", 2.0),
    ("vmul.f32 s0, s1, s2; add.w r0, r1, r2", 1.0),
    ("vmul.f32 s0, s1, s2; vldr s3, [r4]", 1.0),
    ("vfma.f32 s0, s1, s2; vfma.f32 s3, s4, s5; vfma.f32 s6, s7, s8", 3.0),
    ("vfma.f32 s0, s1, s2", 3.0),
    ("vmla.f32 s0, s1, s2", 3.0),
    ("vadd.f32 s0, s0, s1", 3.0),
    ("vmul.f32 s0, s0, s1", 3.0),
    ("vdiv.f32 s0, s1, s2; add.w r0, r1, r2", 16.0),
    ("vsqrt.f32 s0, s1", 14.0),
    # Double precision, exponents differ.
    ("vadd.f64 d0, d1, d2", 2.0),
    ("vmul.f64 d0, d1, d2; add.w r0, r1, r2", 5.0),
    ("vdiv.f64 d0, d1, d2", 30.0),
    ("vfma.f64 d0, d1, d2; vfma.f64 d3, d4, d5", 7.0 + 7.0),
    ("vldr d0, [r4]; nop.w", 1.0 + 1.0),
]
LATENCIES = [
    # "word loads can be consumed by late ALU in next cycle", but not by early operands and multiplications
    ("ldr.w r0, [r4]; nop.w; add.w r1, r0, r2; nop.w", 2),
    ("ldr.w r0, [r4]; nop.w; add.w r1, r2, r0, ror #24; nop.w", 3),
    ("ldr.w r0, [r4]; nop.w; mul r1, r0, r2; nop.w", 3),
    ("ldr.w r0, [r4]; nop.w; mla r1, r2, r3, r0; nop.w", 2),
    ("ldrb.w r0, [r4]; nop.w; add.w r1, r0, r2; nop.w", 3),
    ("ldr.w r0, [r4]; nop.w; ldr.w r1, [r0]; nop.w", 3),
    # "1 additional cycle of result latency"
    ("mul r0, r1, r2; nop.w; add.w r3, r0, r4; nop.w", 3),
    # A late result cannot be an address in the next cycle; the early ALU's can.
    ("mul r9, r8, r9; add.w r0, r4, r9; nop.w; ldr.w r1, [r0]; nop.w", 5),
    ("eor.w r0, r4, r9; nop.w; ldr.w r1, [r0]; nop.w", 3),
    ("add.w r0, r4, r9; nop.w; ldr.w r1, [r0]; nop.w", 2),
    ("uxtb.w r9, r8; nop.w; ldr.w r1, [r4, r9]; nop.w", 3),
    # The "extracted" register is read a cycle early, the other is not.
    ("mul r0, r1, r2; nop.w; bfi r3, r0, #3, #4; nop.w", 4),
    ("mul r0, r1, r2; nop.w; bfi r0, r3, #3, #4; nop.w", 3),
    ("eor.w r0, r1, r2; nop.w; uxtab r3, r0, r5; nop.w", 2),
    ("eor.w r0, r1, r2; nop.w; uxtab r3, r5, r0; nop.w", 3),
    ("eor.w r0, r1, r2; nop.w; rbit r3, r0; nop.w", 3),
    ("eor.w r0, r1, r2; nop.w; uxtb.w r3, r0; nop.w", 2),
    ("ldr.w r1, [r4], #4; nop.w; ldr.w r0, [r4]; nop.w", 2),
    # "vfma.f": 5 as a factor, 3 as an addend; "vadd.f", "vmul.f": 3, as an addend of vmla 2
    ("vfma.f32 s0, s1, s2; nop.w; vfma.f32 s3, s0, s4", 6),
    ("vadd.f32 s0, s1, s2; nop.w; vmul.f32 s3, s0, s4", 4),
    ("vmul.f32 s0, s1, s2; nop.w; vfma.f32 s0, s3, s4", 4),
    ("vmul.f32 s0, s1, s2; nop.w; vmla.f32 s0, s3, s4", 3),
    ("vadd.f32 s0, s1, s2; nop.w; vstr s0, [r4]", 2),
    ("vfma.f32 s0, s1, s2; nop.w; vstr s0, [r4]", 4),
    ("vldr s0, [r4]; nop.w; vadd.f32 s1, s0, s2", 2),
    ("vmov s0, r0; nop.w; vadd.f32 s1, s0, s2", 4),
    # "after executing multiply accumulate instructions vadd.f ... cannot be executed for 3 next cycles"
    ("vfma.f32 s0, s1, s2; nop.w; vadd.f32 s4, s5, s6", 5),
]
LINES = Lines(M7)
LINES.add("; ".join([text] * n) for text, _ in PER_REPETITION for n in (TIMES, 2 * TIMES))
LINES.add(text for text, _ in LATENCIES)
BRANCHES = "1: subs.w r7, r7, #1; bne 1b"
LINES.add([BRANCHES])


def prepared() -> Core:
    core = bare(M7)
    core.state.words[R + 9] = 0
    core.bus.write(core.state.words[R + 4], 4, core.state.words[R + 5])
    return core


@pytest.mark.parametrize(("text", "expected"), PER_REPETITION, ids=lambda x: x if isinstance(x, str) else "")
def test_throughput_as_measured(text: str, expected: float) -> None:
    once, twice = (cycles(prepared(), LINES.code("; ".join([text] * n))) for n in (TIMES, 2 * TIMES))
    assert (twice - once) / TIMES == expected


@pytest.mark.parametrize(("text", "expected"), LATENCIES, ids=lambda x: x if isinstance(x, str) else "")
def test_latency_as_measured(text: str, expected: int) -> None:
    assert cycles(prepared(), LINES.code(text)) == expected


@pytest.mark.parametrize("offset", [1, 2, 3])
def test_unaligned_accesses(offset: int) -> None:
    """ "+3 cycles as older op"; stores "execute without any stalls until store buffer clogs up"."""
    for text, extra in (("ldr.w r0, [r4]", 3), ("str.w r0, [r4]", 0)):
        core = prepared()
        aligned = cycles(core, LINES.code(text))
        core.state.words[R + 4] += offset
        assert cycles(core, LINES.code(text)) == aligned + extra


def test_a_loop_is_predicted_and_its_end_is_not() -> None:
    """Predicted branches cost nothing beside another instruction; a misprediction 6 to 8 cycles."""
    spent = []
    for rounds in (10, 110):
        core = bare(M7)
        core.state.words[R + 7] = rounds
        spent.append(cycles(core, LINES.code(BRANCHES)))
    assert spent[1] - spent[0] == 100
    assert 6 <= spent[0] - 10 <= 8
