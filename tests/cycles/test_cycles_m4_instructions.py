"""Single instructions of Cortex-M4 against Arm DDI 0439 (Cortex-M4 TRM) tables 3-1 and 7-1.

P is 1 to 3, B and W at least 0 (here: at most what a barrier of an idle core may plausibly take).
"""

from __future__ import annotations

import pytest
from measure import M4F, Lines, assert_cycles_between, bare, cycles

from coincell.cpu.state import R

P_MIN, P_MAX = 1, 3
END = "; 9:"
"""Branches go to the end of the program."""

TABLE_3_1 = [
    *[
        (text, 1, 1)
        for text in ("movs r0, #1", "mov r0, r1", "movw r0, #0x1234", "movt r0, #1", "mvns r0, r1")
    ],
    *[
        (text, 1, 1)
        for text in ("adds r0, r1, r2", "adc r0, r1, r2", "adr r0, 1f; 1:", "sub r0, r1, r2, lsl #3")
    ],
    *[
        (text, 1, 1)
        for text in ("muls r0, r1, r0", "mul r0, r1, r2", "mla r0, r1, r2, r3", "mls r0, r1, r2, r3")
    ],
    *[(text, 1, 1) for text in ("smull r0, r1, r2, r3", "umull r0, r1, r2, r3", "smlal r0, r1, r2, r3")],
    *[(text, 1, 1) for text in ("umlal r0, r1, r2, r3", "umaal r0, r1, r2, r3", "smlalbb r0, r1, r2, r3")],
    *[
        (text, 1, 1)
        for text in (
            "smlad r0, r1, r2, r3",
            "smmla r0, r1, r2, r3",
            "smulbt r0, r1, r2",
            "usada8 r0,r1,r2,r3",
        )
    ],
    *[
        (text, 1, 1)
        for text in ("qadd r0, r1, r2", "sadd16 r0, r1, r2", "uhsub8 r0, r1, r2", "sel r0, r1, r2")
    ],
    *[(text, 1, 1) for text in ("ssat r0, #8, r1", "usat16 r0, #8, r1", "pkhbt r0, r1, r2, lsl #4")],
    *[
        (text, 1, 1)
        for text in ("cmp r0, r1", "cmn r0, #1", "tst r0, r1", "teq r0, r1", "ands r0, r1", "bic r0, r1, #3")
    ],
    *[
        (text, 1, 1)
        for text in ("lsls r0, r1, #3", "lsr r0, r1, r2", "rors r0, r1", "rrx r0, r1", "clz r0, r1")
    ],
    *[
        (text, 1, 1)
        for text in ("sxth r0, r1", "uxtab16 r0, r1, r2", "ubfx r0, r1, #3, #4", "bfi r0, r1, #3, #4")
    ],
    *[(text, 1, 1) for text in ("rev r0, r1", "rbit r0, r1", "nop", "nop.w", "sev", "clrex")],
    *[(text, 2, 12) for text in ("sdiv r0, r1, r2", "udiv r0, r1, r2")],
    *[
        (text, 2, 2)
        for text in ("ldr r0, [r1]", "ldr r0, [r1, #4]", "ldr.w r0, [r1, #4]!", "ldr r0, [r1], #4")
    ],
    *[
        (text, 2, 2)
        for text in ("ldrb r0, [r1]", "ldrh r0, [r1]", "ldrsb r0, [r1, #1]", "ldrsh r0, [r1, #2]")
    ],
    *[(text, 2, 2) for text in ("ldrt r0, [r1]", "ldrex r0, [r1]", "strex r0, r1, [r2]")],
    # "might add a cycle because of contention with the fetch unit" (3.3.2)
    ("ldr r0, 1f; 1: mov r2, r2; mov r2, r2", 2 + 2, 3 + 2),
    # "STR Rx,[Ry,#imm] is always one cycle" (3.3.2); table 3-1 says 2 otherwise.
    *[
        (text, 1, 1)
        for text in ("str r0, [r1]", "strb r0, [r1, #3]", "strh r0, [r1, #2]", "str.w r0, [r1, #100]")
    ],
    ("ldrd r0, r1, [r2]", 3, 3),
    ("strd r0, r1, [r2]", 3, 3),
    ("ldm r0!, {r1}", 2, 2),
    ("ldm r0, {r1, r2, r3}", 4, 4),
    ("ldmdb r0!, {r1-r8}", 9, 9),
    ("stm r0!, {r1, r2, r3}", 4, 4),
    ("stm r0!, {r1-r8}", 9, 9),  # "an eight element store takes nine cycles" (3.3.2)
    ("push {r0-r3, lr}", 6, 6),
    ("pop {r0-r3}", 5, 5),
    ("b 9f" + END, 1 + P_MIN, 1 + P_MAX),
    ("b.w 9f" + END, 1 + P_MIN, 1 + P_MAX),
    ("bl 9f" + END, 1 + P_MIN, 1 + P_MAX),
    ("bx r14" + END, 1 + P_MIN, 1 + P_MAX),
    ("blx r14" + END, 1 + P_MIN, 1 + P_MAX),
    ("mov pc, r14" + END, 1 + P_MIN, 1 + P_MAX),
    ("beq 9f" + END, 1 + P_MIN, 1 + P_MAX),  # Z is set in every test here
    ("bne 9f" + END, 1, 1),
    ("bne.w 9f" + END, 1, 1),
    ("cbz r7, 9f" + END, 1, 1),
    ("cbnz r7, 9f; nop" + END, 1 + P_MIN, 1 + P_MAX),
    ("it eq; addeq r0, r1", 1 + 1, 1 + 1),  # the IT has nothing before it to fold onto
    ("cpsid i", 1, 2),
    ("mrs r0, primask", 1, 2),
    ("msr basepri, r7", 1, 2),
    *[(text, 1, 4) for text in ("dmb", "dsb", "isb")],
]

TABLE_7_1 = [
    *[(text, 1, 1) for text in ("vadd.f32 s0, s1, s2", "vsub.f32 s0, s1, s2", "vmul.f32 s0, s1, s2")],
    *[
        (text, 1, 1)
        for text in ("vnmul.f32 s0, s1, s2", "vabs.f32 s0, s1", "vneg.f32 s0, s1", "vcmp.f32 s0, s1")
    ],
    *[
        (text, 1, 1)
        for text in ("vcmpe.f32 s0, #0", "vcvt.s32.f32 s0, s1", "vcvt.f32.u32 s0, s1", "vcvtb.f32.f16 s0, s1")
    ],
    *[(text, 1, 1) for text in ("vmov.f32 s0, #1.0", "vmov.f32 s0, s1", "vmov r0, s0", "vmov s0, r0")],
    *[(text, 1, 1) for text in ("vmrs r0, fpscr", "vmsr fpscr, r7", "vmrs apsr_nzcv, fpscr")],
    ("vmov r0, r1, s0, s1", 2, 2),
    ("vmov d0, r0, r1", 2, 2),
    *[(f"{name}.f32 s0, s1, s2", 3, 3) for name in ("vmla", "vmls", "vnmla", "vnmls")],
    *[(f"{name}.f32 s0, s1, s2", 3, 3) for name in ("vfma", "vfms", "vfnma", "vfnms")],
    # 14, but one when no floating-point instruction follows (7.2.3)
    ("vdiv.f32 s0, s1, s2", 1, 1),
    ("vsqrt.f32 s0, s1", 1, 1),
    ("vldr s0, [r1]", 2, 2),
    ("vldr d0, [r1]", 3, 3),
    ("vstr s0, [r1]", 2, 2),
    ("vstr d0, [r1]", 3, 3),
    ("vldm r0, {s0-s3}", 5, 5),
    ("vldm r0, {d0-d3}", 9, 9),
    ("vstm r0!, {s0}", 2, 2),
    ("vstm r0, {d0, d1}", 5, 5),
    ("vpush {s0-s15}", 17, 17),
    ("vpop {s16-s18}", 4, 4),
]

LINES = Lines(M4F)
LINES.add(text for text, _, _ in TABLE_3_1 + TABLE_7_1)


@pytest.mark.parametrize(
    ("text", "low", "high"), TABLE_3_1 + TABLE_7_1, ids=lambda x: x if isinstance(x, str) else ""
)
def test_as_in_the_table(text: str, low: int, high: int) -> None:
    core, code = bare(), LINES.code(text)
    core.state.words[R + 14] = 0x1000 + len(code) | 1
    core.state.xpsr_flags = 1 << 30
    assert_cycles_between(core, code, low, high)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        # "LDR PC,[any]: at least two cycles for the load, and three cycles for the pipeline reload" (3.3.2)
        ("ldr pc, [r1]; 9:", 5, 5),
        ("pop {pc}; 9:", 1 + 1 + P_MIN, 1 + 1 + P_MAX),
        ("pop {r0, pc}; 9:", 1 + 2 + P_MIN, 1 + 2 + P_MAX),
        ("ldm r1, {r2-r4, pc}; 9:", 1 + 4 + P_MIN, 1 + 4 + P_MAX),
    ],
)
def test_loading_the_program_counter(text: str, low: int, high: int) -> None:
    core, code = bare(), LINES.code(text)
    core.state.words[R + 1] = core.state.words[R + 13]
    for n in range(8):
        core.bus.write(core.state.words[R + 13] + 4 * n, 4, 0x1000 + len(code) | 1)
    assert_cycles_between(core, code, low, high)


def test_table_branches() -> None:
    """Two cycles for the load, one for the add and three for the reload: at least six (3.3.2)."""
    for text in ("tbb [pc, r0]; .byte 1, 0", "tbh [pc, r0, lsl #1]; .short 1"):
        core = bare()
        core.state.words[R] = 0
        assert_cycles_between(core, LINES.code(text), 6, 6)


@pytest.mark.parametrize(
    ("name", "dividend", "divisor", "expected"),
    [
        ("udiv", 5, 0, 2),
        ("udiv", 0, 7, 2),
        ("udiv", 100, 200, 3),
        ("udiv", 200, 200, 5),
        ("udiv", 0xF, 1, 5),
        ("udiv", 0x10, 1, 6),
        ("udiv", 0xFFFF_FFFF, 1, 12),
        ("udiv", 0xFFFF_FFFF, 0x8000_0000, 5),
        ("sdiv", 0xFFFF_FFF0, 1, 6),  # -16 as 16
        ("sdiv", 0x10, 0xFFFF_FFFF, 6),
        ("sdiv", 0xFFFF_FFFF, 0x8000_0000, 3),
        ("sdiv", 0x8000_0000, 0xFFFF_FFFF, 12),
    ],
)
def test_division_ends_early(name: str, dividend: int, divisor: int, expected: int) -> None:
    """2 when an operand is zero, 3 when the dividend has fewer bits, else 5 + (difference of the bits) / 4:
    measured, compendium.i-0.nl, "Division timing". Table 3-1 says 2 to 12."""
    core = bare()
    core.state.words[R + 1], core.state.words[R + 2] = dividend, divisor
    assert cycles(core, LINES.code(f"{name} r0, r1, r2")) == expected
