"""Where faults go when their handler cannot run: HardFault, lock-up, DebugMonitor (ARMv7-M B1.5, C1.4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rig import BX_LR, HERE, M4F, MAIN, NOP, RAM, STACK, Rig

from coincell.cpu.entry import LOCKUP_ADDRESS

UDF, SVC_1, BKPT, CPSID_F, CPSID_I = 0xDE00, 0xDF01, 0xBE01, 0xB671, 0xB672
CFSR, HFSR, DFSR, SHCSR, SHPR1, DEMCR, ICSR, VTOR, AIRCR = (
    *(0xD28, 0xD2C, 0xD30, 0xD24, 0xD18, 0xDFC),
    *(0xD04, 0xD08, 0xD0C),
)
FORCED, DEBUGEVT, VECTTBL = 1 << 30, 1 << 31, 2
NMI_NOW = 1 << 31
MON_EN, MON_PEND, MON_STEP = 1 << 16, 1 << 17, 1 << 18
VECTOR = 4
"""Bytes of a vector."""


def quiet(rig: Rig) -> Rig:
    """Lock-up does not end the run."""
    rig.core.on_lockup = lambda fault: None
    return rig


# ---- lock-up (B1.5.15) -----------------------------------------------------------------------------------


@pytest.mark.parametrize("main", [[UDF], [CPSID_F, UDF], [CPSID_F, SVC_1], [CPSID_F, BKPT]])
def test_faults_at_priority_minus_one_lock_up(main: list[int]) -> None:
    rig = quiet(Rig([*main, HERE], {3: [UDF]}))
    rig.run(100)
    assert rig.core.locked_up
    assert rig.reg(15) == LOCKUP_ADDRESS
    before = rig.core.state.wides[34]
    rig.run(200)
    assert (rig.cycle, rig.core.state.wides[34]) == (200, before)  # time passes, nothing executes
    assert rig.core.sleep_cycles == 0


def test_nmi_interrupts_lockup_and_returns_into_it() -> None:
    """NMI outranks HardFault; its frame holds the lock-up address."""
    rig = quiet(Rig([UDF, HERE], {3: [UDF], 2: [NOP] * 20 + [BX_LR]}))
    rig.run(60)
    assert rig.core.locked_up
    rig.write(ICSR, NMI_NOW)
    rig.run(80)
    assert not rig.core.locked_up
    assert rig.core.special.ipsr == 2
    assert rig.bus.read(rig.reg(13) + 24, 4) == LOCKUP_ADDRESS
    rig.run(200)
    assert rig.core.locked_up
    assert rig.core.exceptions.active == [3]


def test_nothing_interrupts_lockup_at_nmi_priority_but_reset() -> None:
    rig = quiet(Rig([NOP] * 50 + [HERE], {2: [UDF]}))
    rig.run(10)
    rig.write(ICSR, NMI_NOW)
    rig.run(60)
    assert rig.core.locked_up
    rig.write(ICSR, NMI_NOW)
    rig.run(120)
    assert [number for number, _ in rig.taken] == [2]
    rig.core.reset()
    rig.run(150)
    assert not rig.core.locked_up
    assert rig.reg(15) > MAIN


def test_an_interrupt_does_not_end_lockup() -> None:
    rig = quiet(Rig([UDF, HERE], {3: [UDF]}))
    rig.write(0x100, 1)
    rig.at(100, 16)
    rig.run(200)
    assert rig.core.locked_up
    assert [number for number, _ in rig.taken] == [3]


# ---- derived faults (B1.5.11; DDI 0439 3.9.1) ------------------------------------------------------------


def test_stacking_for_hardfault_fails() -> None:
    """A fault on the way to HardFault locks up at its priority."""
    rig = quiet(Rig([UDF, HERE]))
    rig.core.state.words[13] = 0x90000000
    rig.run(60)
    assert rig.core.locked_up
    assert rig.core.exceptions.active == [3]
    assert rig.read(CFSR) == 1 << 16 | 1 << 12


def test_stacking_for_hardfault_fails_with_busfault_enabled() -> None:
    """BusFault could preempt the interrupted code, so it is pending while HardFault runs, and chains."""
    rig = quiet(Rig([UDF, HERE], {3: [BX_LR], 5: [HERE]}))
    rig.write(SHCSR, 1 << 17)
    rig.core.state.words[13] = 0x90000000
    rig.run(60)
    assert [number for number, _ in rig.taken] == [3, 5]


def test_a_vector_that_cannot_be_read() -> None:
    """HFSR.VECTTBL; the exception that wanted it stays pending (B1.5.11)."""
    rig = Rig([NOP] * 40 + [HERE], {3: [HERE]})
    table = RAM + (1 << 15) - 0x80  # RAM ends behind exception 31
    rig.words(table + 3 * VECTOR, 0x1000 + 0x40 * 3 | 1)
    rig.write(VTOR, table)
    rig.write(0x100, 1 << 20)
    rig.at(20, 36)
    rig.run(60)
    assert rig.read(HFSR) == VECTTBL
    assert rig.core.exceptions.active == [3]
    assert rig.core.exceptions.pending == {36}


def test_unstacking_from_nmi_to_hardfault_locks_up() -> None:
    """DDI 0439 3.9.1: at HardFault priority."""
    rig = quiet(Rig([UDF, HERE], {3: [NOP] * 60 + [HERE], 2: [0xB081, *[NOP] * 9, BX_LR]}))  # sub sp, #4
    rig.run(30)
    rig.write(ICSR, NMI_NOW)
    rig.run(50)
    rig.core.state.words[13] = 0x90000000
    rig.run(100)
    assert rig.core.locked_up
    assert rig.core.exceptions.active == [3]
    assert rig.read(CFSR) & 1 << 11


# ---- DebugMonitor (C1.4, C1.6.5) -------------------------------------------------------------------------


def test_breakpoint_goes_to_the_monitor() -> None:
    rig = Rig([BKPT, HERE], {12: [HERE]})
    rig.write(DEMCR, MON_EN)
    rig.run(40)
    assert [number for number, _ in rig.taken] == [12]
    assert (rig.read(DFSR), rig.read(HFSR)) == (2, 0)
    assert rig.bus.read(rig.reg(13) + 24, 4) == MAIN  # the BKPT itself


def test_breakpoint_that_the_monitor_cannot_take() -> None:
    """It escalates, with HFSR.DEBUGEVT and not FORCED (B3.2.16)."""
    rig = Rig([CPSID_I, BKPT, HERE], {3: [HERE]})
    rig.write(DEMCR, MON_EN)
    rig.run(40)
    assert [number for number, _ in rig.taken] == [3]
    assert (rig.read(DFSR), rig.read(HFSR)) == (2, DEBUGEVT)


def test_the_monitor_can_be_pended() -> None:
    """MON_PEND works with or without MON_EN."""
    rig = Rig([HERE], {12: [HERE]})
    rig.write(DEMCR, MON_PEND)
    assert rig.read(DEMCR) == MON_PEND
    rig.write(DEMCR, 0)
    rig.run(20)
    assert rig.taken == []
    rig.write(DEMCR, MON_PEND)
    rig.run(60)
    assert [number for number, _ in rig.taken] == [12]


def test_single_steps() -> None:
    """MON_STEP: the monitor follows each instruction of the thread; what outranks it is not stepped."""
    # adds r0, #1 ten times
    rig = Rig([0x3001] * 10 + [HERE], {12: [0x3401, BX_LR], 16: [0x3501] * 5 + [BX_LR]})  # r4, r5
    rig.write(0xD20, 0x40)  # DebugMonitor below interrupt 0
    rig.write(0x100, 1)
    rig.write(DEMCR, MON_EN | MON_STEP)
    rig.run(200)
    steps = len([number for number, _ in rig.taken if number == 12])
    assert rig.reg(0) == steps
    assert rig.reg(4) in (steps - 1, steps)
    assert 5 < steps < 10
    assert rig.read(DFSR) == 1
    rig.at(rig.cycle + 1, 16)
    before = len(rig.taken)
    rig.run(rig.cycle + 30)
    assert rig.taken[before][0] == 16
    assert rig.reg(5) == 5
    assert rig.core.access.guarded


def test_vector_catch_is_kept_and_does_nothing() -> None:
    rig = Rig([UDF, HERE], {3: [HERE]})
    rig.write(DEMCR, 0x7F1)
    assert rig.read(DEMCR) == 0x7F1
    rig.run(40)
    assert [number for number, _ in rig.taken] == [3]


# ---- returns, resets, tables -----------------------------------------------------------------------------


def test_sleep_on_exit_only_from_the_last_handler() -> None:
    """B1.5.8: NestedActivation must be zero; a thread under an active exception goes on."""
    rig = Rig([SVC_1, 0x2001, HERE], {11: [NOP, HERE], 16: [0x4770]})
    rig.write(0xD14, 0x201)  # NONBASETHRDENA
    rig.write(0xD10, 2)  # SLEEPONEXIT
    rig.write(0x100, 1)
    rig.write(0xD1C, 0xE0 << 24)
    rig.run(30)
    rig.core.exceptions.pend(16)
    rig.core.state.words[14] = 0
    rig.run(60)  # the interrupt returns to SVCall's handler
    rig.words(rig.reg(13) + 28, 1 << 24)
    rig.core.state.words[15], rig.core.state.words[14] = 0x1400, 0xFFFFFFF9
    rig.code(0x1400, [BX_LR])
    rig.core.exceptions.active.append(15)
    rig.run(100)
    assert rig.core.special.ipsr == 0
    assert (rig.core.sleeping, rig.reg(0)) == ("", 1)


def test_core_reset() -> None:
    """AIRCR.VECTRESET asks for the core alone, SYSRESETREQ for the chip (B3.2.6)."""
    asked: list[str] = []
    rig = Rig([HERE])
    block = rig.scs.control_block
    block._on_reset_request = lambda: asked.append("chip")
    block._on_core_reset = lambda: asked.append("core")
    rig.write(AIRCR, 0x05FA0001)
    rig.write(AIRCR, 0x05FA0004)
    rig.write(AIRCR, 0x05FA0002)  # VECTCLRACTIVE is for a halted core
    assert asked == ["core", "chip"]


def test_vector_table_of_cortex_m0plus() -> None:
    """TBLOFF is [31:8] there (DUI 0662B 4.3.4)."""
    options = replace(M4F, features=frozenset({"v6m"}), pipeline="cortex-m0plus", cpuid=0x410CC601)
    rig = Rig([HERE], options=options)
    rig.write(VTOR, 0x200001FF)
    assert rig.read(VTOR) == 0x20000100


def test_stack_alignment_of_extended_frames() -> None:
    """PushStack(): a frame with floating-point context is aligned whatever STKALIGN says."""
    rig = Rig([SVC_1, HERE], {11: [HERE]})
    rig.write(0xD14, 0)
    rig.write(0xD88, 0xF << 20)
    rig.core.special.control = 4
    rig.core.state.words[13] = STACK - 4
    rig.run(40)
    assert rig.reg(13) == STACK - 8 - 0x68
    assert rig.bus.read(rig.reg(13) + 28, 4) & 1 << 9
