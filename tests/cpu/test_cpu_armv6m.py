"""What a Cortex-M0+ has not (ARMv6-M ARM, DDI 0419E B1.5, B3.2)."""

from __future__ import annotations

from dataclasses import replace

from rig import HERE, NOP, RAM, Rig

from coincell.cpu.core import CoreOptions

M0PLUS = CoreOptions(
    "cortex-m0plus", frozenset({"v6m"}), "cortex-m0plus", 32, 2, 0x410CC601, unaligned_access=False
)


def rig(*main: int) -> Rig:
    return Rig([*main, HERE], {3: [HERE]}, options=M0PLUS)


def test_registers_that_do_not_exist_read_zero() -> None:
    core = rig()
    for offset in (0x300, 0xD18, 0xD28, 0xD2C, 0xD38, 0xD88, 0xF00, 0xF34):
        core.write(offset, 0xFFFFFFFF)
        assert core.read(offset) == 0
    assert core.core.exceptions.pending == set()
    core.write(0xD14, 0)
    assert core.read(0xD14) == 0x208
    core.write(0xD0C, 0x05FA0700)
    assert core.read(0xD0C) == 0xFA050000
    core.write(0xD1C, 0xFFFFFFFF)
    assert core.read(0xD1C) == 0xC0000000  # SVCall, two bits


def test_no_masks_but_primask() -> None:
    # cpsid f; msr BASEPRI, r0; mrs r1, BASEPRI; cpsid i; mrs r2, PRIMASK
    core = rig(0xB671, 0xF380, 0x8811, 0xF3EF, 0x8111, 0xB672, 0xF3EF, 0x8210)
    core.core.state.words[0] = 0x40
    core.run(40)
    e = core.core.exceptions
    assert (e.faultmask, e.basepri, e.primask, core.reg(1), core.reg(2)) == (0, 0, 1, 0, 1)


def test_every_fault_is_a_hardfault() -> None:
    unaligned = rig(NOP, 0x6808)  # ldr r0, [r1]
    unaligned.core.state.words[1] = RAM + 2
    undefined = rig(NOP, 0xDE00)
    unmapped = rig(NOP, 0x6808)
    unmapped.core.state.words[1] = 0x90000000
    for core in (unaligned, undefined, unmapped):
        core.write(0xD24, 7 << 16)
        core.run(60)
        assert [number for number, _ in core.taken] == [3]
        assert core.core.special.ipsr == 3


def test_entry_takes_fifteen_cycles() -> None:
    """DDI 0484 (Cortex-M0+ TRM) 3.5: 15 cycles without wait states; B . takes 2."""
    core = rig()
    core.write(0x100, 1)
    core.at(21, 16)
    core.run(60)
    assert core.taken[0][1] - 21 in (15, 16)


def test_flags_and_privilege_that_are_not_there() -> None:
    """APSR has no Q and no GE; a Cortex-M0 has no unprivileged code (DDI 0419E B1.4.2, DDI 0432)."""
    # msr APSR_nzcvqg, r0; mrs r1, APSR; msr CONTROL, r0; mrs r2, CONTROL
    code = (0xF380, 0x8C00, 0xF3EF, 0x8100, 0xF380, 0x8814, 0xF3EF, 0x8214, HERE)
    for options, control in ((M0PLUS, 3), (replace(M0PLUS, cpuid=0x410CC200), 2)):
        core = Rig(code, options=options)
        core.core.state.words[0] = 0xFFFFFFFF
        core.run(60)
        assert (core.reg(1), core.reg(2)) == (0xF0000000, control)


def test_a_cortex_m3_has_no_ge() -> None:
    options = replace(M0PLUS, features=frozenset({"v6m", "v7m"}), cpuid=0x412FC231, pipeline="cortex-m3")
    core = Rig((0xF380, 0x8C00, 0xF3EF, 0x8100, HERE), options=options)
    core.core.state.words[0] = 0xFFFFFFFF
    core.run(60)
    assert core.reg(1) == 0xF8000000
