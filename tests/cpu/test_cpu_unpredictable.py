"""What is UNPREDICTABLE and executes all the same (docs/decisions/unpredictable.md), in both tiers.

What is undefined is in test_cpu_encoding_space and test_cpu_it_blocks.
"""

from __future__ import annotations

import pytest
from bare_v8m import M33
from rig import HERE, M4F, MAIN, NOP, RAM, Rig

BOTH = pytest.mark.parametrize("policy", ["step", "compile"])
AT = RAM + 0x1000


def run(code: list[int], policy: str, registers: dict[int, int] | None = None, data: int = 0) -> Rig:
    """To the end; `data` is the word at AT. UsageFault is enabled and takes note."""
    rig = Rig([*code, NOP, NOP, HERE], {3: [HERE], 6: [HERE]}, policy)
    rig.write(0xD24, 1 << 18)
    rig.bus.write(AT, 4, data)
    for n, value in (registers or {}).items():
        rig.core.state.words[n] = value
    rig.run(200)
    return rig


def faults(rig: Rig) -> int:
    return rig.read(0xD28)


@BOTH
def test_should_be_bits_are_ignored(policy: str) -> None:
    """BX with bits 2:0 set, CPS with the A bit, UXTB.W with bit 6, SDIV without its ones."""
    taken = run([0x4767, 0xDE00, 0xDE00, 0xB676, 0xFA5F, 0xF1C0, 0xFB92, 0x03F4], policy)
    assert faults(taken) == 1 << 17  # r12 is 0: an even address, but BX it was
    rig = run([0xB676, 0xFA5F, 0xF1C0, 0xFB92, 0x03F4], policy, {0: 0x1234, 2: 42, 4: 6})
    assert (rig.core.exceptions.primask, rig.reg(1), rig.reg(3)) == (1, 0x34, 7)


@BOTH
def test_the_stack_pointer_is_a_register(policy: str) -> None:
    """MUL sp; LDRB.W sp; ORR.W to sp clears its low bits."""
    rig = run([0xFB00, 0xFD01, 0x466A], policy, {0: 0x101, 1: 0x101})
    assert (rig.reg(2), faults(rig)) == (0x10201 & ~3, 0)
    rig = run([0xF890, 0xD000, 0x466A], policy, {0: AT}, data=0x1F7)
    assert rig.reg(2) == 0xF4
    rig = run([0xF041, 0x0D03, 0x466A], policy, {1: 0x20000000})
    assert rig.reg(2) == 0x20000000


@BOTH
def test_high_registers(policy: str) -> None:
    """CMP of two low registers and of PC; ADD pc, pc; MOV of a low register."""
    rig = run([0x4508, 0xF04F, 0x0200, 0xBF08, 0x2201], policy, {0: 5, 1: 5})  # cmp; it eq; moveq
    assert rig.reg(2) == 1
    rig = run([0x4578, 0xF04F, 0x0200, 0xBF08, 0x2201], policy, {0: MAIN + 4})
    assert rig.reg(2) == 1
    # add pc, r0 with 4: over two instructions
    rig = run([0x4487, 0x3101, 0x3101, 0x3101, 0x3101], policy, {0: 4, 1: 0})
    assert rig.reg(1) == 1


@BOTH
def test_bx_to_pc_is_to_an_even_address(policy: str) -> None:
    rig = run([0x4778], policy)
    assert faults(rig) == 1 << 17


@BOTH
def test_a_stored_base_is_as_it_was(policy: str) -> None:
    """STM r1!, {r0, r1}: the base is not the lowest."""
    rig = run([0xC103], policy, {0: 0x55555555, 1: AT})
    assert (rig.bus.read(AT, 4), rig.bus.read(AT + 4, 4), rig.reg(1)) == (0x55555555, AT, AT + 8)


@BOTH
def test_table_branches_by_the_stack_pointer(policy: str) -> None:
    """TBB [sp, r0] and TBB [r1, sp] read as any other registers."""
    rig = run([0xE8DD, 0xF000, 0x3201, 0x3201, 0x3201], policy, {13: AT, 0: 0, 2: 0}, data=2)
    assert rig.reg(2) == 1
    rig = run([0xE8D1, 0xF00D, 0x3201, 0x3201, 0x3201], policy, {13: AT, 1: 0, 2: 0}, data=2)
    assert rig.reg(2) == 1


@BOTH
def test_an_unaligned_literal_to_pc(policy: str) -> None:
    """LDR.W pc, [pc, #6]: three of its bytes are in one word, one in the next."""
    target = MAIN + 0x20 | 1
    code = [0xF8DF, 0xF006, NOP, NOP, NOP, target & 0xFFFF, target >> 16, *[NOP] * 9, 0x2307]
    rig = run(code, policy)
    assert (rig.reg(3), faults(rig)) == (7, 0)


@BOTH
def test_special_registers_that_are_not_there(policy: str) -> None:
    """MRS of SYSm 12, MSR to it, CPS of nothing, MSR of APSR with mask 0, of PRIMASK with mask 00."""
    code = [0xF3EF, 0x810C, 0xF380, 0x880C, 0xB660, 0xF380, 0x8000, 0xF3EF, 0x8200, 0xF380, 0x8010]
    rig = run(code, policy, {0: 0xFFFFFFFF, 1: 5})
    assert (rig.reg(1), rig.reg(2) >> 28, faults(rig)) == (0, 0, 0)
    assert rig.core.exceptions.primask == 1


def test_an_exclusive_store_to_another_address() -> None:
    """The monitor has no address: LDREX r2, [r0]; STREX r3, r1, [r0, #8]."""
    rig = run([0xE850, 0x2F00, 0xE840, 0x1302], "step", {0: AT, 1: 0x77777777, 3: 5}, data=1)
    assert (rig.reg(2), rig.reg(3), rig.bus.read(AT + 8, 4)) == (1, 0, 0x77777777)


def test_exc_return_with_zeros_above() -> None:
    for options, value in ((M4F, 0xFFFFFF09), (M33, 0xFF7FFFF9)):
        rig = Rig([0xDF00, HERE], {11: [0x4720], 6: [HERE]}, options=options)  # bx r4
        rig.write(0xD24, 1 << 18)
        rig.core.state.words[4] = value
        rig.run(100)
        assert faults(rig) == 1 << 18


def test_regions_that_do_not_exist() -> None:
    rig = Rig([HERE], options=M33)
    rig.write(0xD98, 3)
    rig.write(0xD98, 16)
    assert rig.read(0xD98) == 3
