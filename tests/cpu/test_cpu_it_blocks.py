"""What may not stand in an IT block is undefined there (ARMv7-M ARM A7.3.2)."""

from __future__ import annotations

import pytest
from rig import HERE, NOP, Rig

EQ, NE = 0, 1
"""Z is clear at first: EQ fails, NE passes."""
NEVER = {
    "it": (0xBF08,),
    "cbz": (0xB110,),  # r0 is 0
    "b.cond": (0xD100,),
    "b.cond wide": (0xF040, 0x8000),
    "cpsid i": (0xB672,),
}
NOT_INSIDE = {
    "b": (0xE000,),
    "b.w": (0xF000, 0xB800),
    "bl": (0xF000, 0xF800),
    "bx lr": (0x4770,),
    "blx lr": (0x47F0,),
    "mov pc": (0x46F7,),
    "add pc": (0x44F7,),
    "pop pc": (0xBD00,),
    "ldr pc": (0xF85D, 0xFB04),
    "ldm pc": (0xE8BD, 0x8001),
    "tbb": (0xE8D1, 0xF000),
}


def itt(condition: int) -> int:
    return 0xBF00 | condition << 4 | (4 if condition == EQ else 0xC)


def undefined(*code: int, policy: str = "step") -> bool:
    """Whether UsageFault UNDEFINSTR is taken; everything else that happens is NOPs."""
    rig = Rig([*code, *[NOP] * 8, HERE], policy=policy, handlers={6: [HERE]})
    rig.write(0xD24, 1 << 18)
    rig.run(300)
    assert [number for number, _ in rig.taken] in ([], [6])
    assert (rig.read(0xD28) == 0x10000) == bool(rig.taken)
    return bool(rig.taken)


BOTH = pytest.mark.parametrize("policy", ["step", "compile"])


@BOTH
@pytest.mark.parametrize("code", NEVER.values(), ids=NEVER.keys())
def test_nowhere_in_a_block(code: tuple[int, ...], policy: str) -> None:
    assert undefined(itt(NE), *code, NOP, policy=policy)
    assert undefined(0xBF00 | NE << 4 | 8, *code, policy=policy)
    assert not undefined(itt(EQ), *code, NOP, policy=policy)  # its condition fails
    assert not undefined(*code, policy=policy)


@BOTH
@pytest.mark.parametrize("code", NOT_INSIDE.values(), ids=NOT_INSIDE.keys())
def test_only_last_in_a_block(code: tuple[int, ...], policy: str) -> None:
    assert undefined(itt(NE), *code, NOP, policy=policy)
    assert not undefined(itt(EQ), *code, NOP, policy=policy)
    assert not undefined(itt(EQ), NOP, *code, policy=policy)


@BOTH
def test_a_branch_may_be_last(policy: str) -> None:
    # itt ne; nop; b +2; udf
    assert not undefined(itt(NE), NOP, 0xE000, 0xDE00, policy=policy)


@BOTH
def test_undefined_instructions_have_conditions(policy: str) -> None:
    """UDF and what no encoding has, narrow and wide: they fault where their condition passes."""
    for code in ((0xDE00,), (0xB600,), (0xF7F0, 0xA000), (0xFB90, 0xF0A1)):
        assert undefined(*code, policy=policy)
        assert undefined(itt(NE), *code, NOP, policy=policy)
        assert not undefined(itt(EQ), *code, NOP, policy=policy)


def test_a_breakpoint_has_none() -> None:
    """BKPT is unconditional, even in an IT block (A7.7.17)."""
    rig = Rig([itt(EQ), 0xBE07, NOP, HERE])
    seen: list[int] = []
    rig.core.on_breakpoint = lambda number: not seen.append(number)  # type: ignore[func-returns-value]
    rig.run(40)
    assert seen == [7]
