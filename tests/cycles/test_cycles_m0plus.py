"""Cortex-M0+ against Arm DDI 0484 (Cortex-M0+ TRM) table 3-1, with the single-cycle multiplier."""

from __future__ import annotations

import pytest
from measure import M0PLUS, Lines, assert_cycles_between, bare

from coincell.cpu.state import R

END = "; 9:"
TABLE_3_1 = [
    *[(text, 1) for text in ("movs r0, #1", "mov r0, r8", "adds r0, r1, r2", "adcs r0, r1", "add sp, #4")],
    *[
        (text, 1)
        for text in ("subs r0, #1", "rsbs r0, r1, #0", "muls r0, r1, r0", "cmp r0, r1", "tst r0, r1")
    ],
    *[(text, 1) for text in ("ands r0, r1", "mvns r0, r1", "lsls r0, r1, #3", "rors r0, r1", "sxth r0, r1")],
    *[(text, 1) for text in ("rev16 r0, r1", "nop", "sev", "cpsid i", "cpsie i")],
    ("add pc, r7; nop" + END, 2),  # r7 is 0
    ("mov pc, r9" + END, 2),
    *[(text, 2) for text in ("ldr r0, [r1]", "ldrb r0, [r1, r7]", "ldrsh r0, [r1, r7]", "ldr r0, [sp, #4]")],
    *[(text, 2) for text in ("str r0, [r1]", "strh r0, [r1, #2]", "str r0, [sp, #8]")],
    ("ldm r0!, {r1, r2, r3}", 1 + 3),
    ("stm r0!, {r1}", 1 + 1),
    ("push {r0-r3, lr}", 1 + 5),
    ("pop {r0, r1}", 1 + 2),
    ("beq 9f" + END, 2),  # Z is set
    ("bne 9f" + END, 1),
    ("b 9f" + END, 2),
    ("bl 9f" + END, 3),
    ("bx r9" + END, 2),
    ("blx r9" + END, 2),
    ("mrs r0, primask", 3),
    ("msr primask, r7", 3),
    ("dmb", 3),
    ("dsb", 3),
    ("isb", 3),
    # No history: nothing pairs, nothing stalls.
    ("ldr r0, [r1]; ldr r2, [r1]; str r0, [r1]", 6),
    ("adds r0, r1, #4; ldr r2, [r0]", 3),
]
LINES = Lines(M0PLUS)
LINES.add(text for text, _ in TABLE_3_1)


@pytest.mark.parametrize(("text", "expected"), TABLE_3_1, ids=lambda x: x if isinstance(x, str) else "")
def test_as_in_the_table(text: str, expected: int) -> None:
    core, code = bare(M0PLUS), LINES.code(text)
    core.state.words[R + 7] = 0
    core.state.words[R + 9] = 0x1000 + len(code) | 1
    core.state.xpsr_flags = 1 << 30
    assert_cycles_between(core, code, expected, expected)


def test_popping_the_program_counter() -> None:
    """3 + N."""
    core, code = bare(M0PLUS), LINES.code("pop {r0, pc}; 9:")
    for n in range(2):
        core.bus.write(core.state.words[R + 13] + 4 * n, 4, 0x1000 + len(code) | 1)
    assert_cycles_between(core, code, 3 + 2, 3 + 2)
