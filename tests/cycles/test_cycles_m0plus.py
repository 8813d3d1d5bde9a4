"""Cortex-M0+ and M0 against Arm DDI 0484 and DDI 0432 (their TRMs), table 3-1 of both."""

from __future__ import annotations

from dataclasses import replace

import pytest
from measure import M0, M0PLUS, Lines, assert_cycles_between, bare

from coincell.cpu.core import CoreOptions
from coincell.cpu.state import R

END = "; 9:"
TABLES_3_1 = [
    *[(text, 1, 1) for text in ("movs r0, #1", "mov r0, r8", "adds r0, r1, r2", "adcs r0, r1", "add sp, #4")],
    *[
        (text, 1, 1)
        for text in ("subs r0, #1", "rsbs r0, r1, #0", "muls r0, r1, r0", "cmp r0, r1", "tst r0, r1")
    ],
    *[
        (text, 1, 1)
        for text in ("ands r0, r1", "mvns r0, r1", "lsls r0, r1, #3", "rors r0, r1", "sxth r0, r1")
    ],
    *[(text, 1, 1) for text in ("rev16 r0, r1", "nop", "sev", "cpsid i", "cpsie i")],
    ("add pc, r7; nop" + END, 2, 3),  # r7 is 0
    ("mov pc, r9" + END, 2, 3),
    *[
        (text, 2, 2)
        for text in ("ldr r0, [r1]", "ldrb r0, [r1, r7]", "ldrsh r0, [r1, r7]", "ldr r0, [sp, #4]")
    ],
    *[(text, 2, 2) for text in ("str r0, [r1]", "strh r0, [r1, #2]", "str r0, [sp, #8]")],
    ("ldm r0!, {r1, r2, r3}", 1 + 3, 1 + 3),
    ("stm r0!, {r1}", 1 + 1, 1 + 1),
    ("push {r0-r3, lr}", 1 + 5, 1 + 5),
    ("pop {r0, r1}", 1 + 2, 1 + 2),
    ("beq 9f" + END, 2, 3),  # Z is set
    ("bne 9f" + END, 1, 1),
    ("b 9f" + END, 2, 3),
    ("bl 9f" + END, 3, 4),
    ("bx r9" + END, 2, 3),
    ("blx r9" + END, 2, 3),
    ("mrs r0, primask", 3, 4),
    ("msr primask, r7", 3, 4),
    ("dmb", 3, 4),
    ("dsb", 3, 4),
    ("isb", 3, 4),
    # No history: nothing pairs, nothing stalls.
    ("ldr r0, [r1]; ldr r2, [r1]; str r0, [r1]", 6, 6),
    ("adds r0, r1, #4; ldr r2, [r0]", 3, 3),
]
"""(program, cycles on Cortex-M0+, cycles on Cortex-M0)"""
LINES = Lines(M0PLUS)
LINES.add(text for text, _, _ in TABLES_3_1)


@pytest.mark.parametrize("core", [M0PLUS, M0], ids=lambda core: core.name)
@pytest.mark.parametrize(("text", "m0plus", "m0"), TABLES_3_1, ids=lambda x: x if isinstance(x, str) else "")
def test_as_in_the_table(core: CoreOptions, text: str, m0plus: int, m0: int) -> None:
    expected = m0 if core is M0 else m0plus
    running, code = bare(core), LINES.code(text)
    running.state.words[R + 7] = 0
    running.state.words[R + 9] = 0x1000 + len(code) | 1
    running.state.xpsr_flags = 1 << 30
    assert_cycles_between(running, code, expected, expected)


@pytest.mark.parametrize(("core", "more"), [(M0PLUS, 3), (M0, 4)], ids=["m0+", "m0"])
def test_popping_the_program_counter(core: CoreOptions, more: int) -> None:
    """3 + N on Cortex-M0+, 4 + N on Cortex-M0."""
    running, code = bare(core), LINES.code("pop {r0, pc}; 9:")
    for n in range(2):
        running.bus.write(running.state.words[R + 13] + 4 * n, 4, 0x1000 + len(code) | 1)
    assert_cycles_between(running, code, more + 2, more + 2)


@pytest.mark.parametrize("core", [M0PLUS, M0], ids=["m0+", "m0"])
def test_the_small_multiplier(core: CoreOptions) -> None:
    """MULS takes 1 or 32 cycles, "depending on multiplier implementation"."""
    small = replace(core, pipeline=f"{core.pipeline}.small-multiply")
    assert_cycles_between(bare(small), LINES.code("muls r0, r1, r0"), 32, 32)
    assert_cycles_between(bare(small), LINES.code("adds r0, r1, r2"), 1, 1)
