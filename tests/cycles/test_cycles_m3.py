"""Cortex-M3 against Arm 100165 (Cortex-M3 TRM) table 3-1, where it differs from Cortex-M4."""

from __future__ import annotations

import pytest
from measure import M3, Lines, assert_cycles_between, bare, cycles

from coincell.cpu.state import R

TABLE_3_1 = [
    ("muls r0, r1, r0", 1, 1),
    ("mul r0, r1, r2", 1, 1),
    ("mla r0, r1, r2, r3", 2, 2),
    ("mls r0, r1, r2, r3", 2, 2),
    *[(f"{name} r0, r3, r1, r2", 3, 5) for name in ("smull", "umull")],
    *[(f"{name} r0, r3, r1, r2", 4, 7) for name in ("smlal", "umlal")],
    *[(f"{name} r0, r1, r2", 2, 12) for name in ("sdiv", "udiv")],
    ("adds r0, r1, r2", 1, 1),
    ("ldr r0, [r1]", 2, 2),
    ("ldr r0, [r1]; ldr r1, [r2]", 3, 3),
    ("ldrd r0, r1, [r2]", 3, 3),
    ("ldmdb r0!, {r1-r8}", 9, 9),
    ("add r0, r1, #4; ldr r2, [r0]", 1 + 1 + 2, 1 + 1 + 2),
    ("cmp r0, r0; it eq; addeq r0, r1", 2, 2),
    # "only first load in a chain can be pre or post indexed mode" (jnk0le/random, cortex_m3m4.md).
    ("ldr r0, [r1], #4; ldr r2, [r3]", 3, 3),
    ("ldr r0, [r1]; ldr r2, [r3], #4", 4, 4),
    ("ldr r0, [r1]; str r2, [r3], #4", 3, 3),
    ("str r0, [r1], #4", 1, 1),
]
OPERANDS = [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_8000, 0xFFFF_FFFF]
LINES = Lines(M3)
LINES.add(text for text, _, _ in TABLE_3_1)


@pytest.mark.parametrize(("text", "low", "high"), TABLE_3_1, ids=lambda x: x if isinstance(x, str) else "")
def test_as_in_the_table(text: str, low: int, high: int) -> None:
    assert_cycles_between(bare(M3), LINES.code(text), low, high)


@pytest.mark.parametrize(
    ("name", "low", "high"), [("smull", 3, 5), ("umull", 3, 5), ("smlal", 4, 7), ("umlal", 4, 7)]
)
def test_long_multiplications_end_early(name: str, low: int, high: int) -> None:
    """ "early termination depending on the size of source values": both ends of the range are met."""
    code, seen = LINES.code(f"{name} r0, r3, r1, r2"), []
    for a in OPERANDS:
        for b in OPERANDS:
            core = bare(M3)
            core.state.words[R + 1], core.state.words[R + 2] = a, b
            seen.append(cycles(core, code))
    assert (min(seen), max(seen)) == (low, high)
    assert seen[0] == low
    minus_one_squared = seen[-1]
    assert minus_one_squared == (low if name[0] == "s" else high)
