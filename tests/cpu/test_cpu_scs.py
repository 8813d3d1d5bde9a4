"""Registers of the System Control Space, SysTick in closed form, cycle counter, sleep, interrupt lines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rig import CPSID_I, CPSIE_I, HERE, M4F, MAIN, NOP, SEV, STACK, WFE, WFI, Rig, cycles_of

from coincell.cpu.private.dwt import DataWatchpointAndTrace
from coincell.cpu.private.itm import InstrumentationTrace
from coincell.cpu.private.scs import SystemControlSpace

ISER, ICER, ISPR, ICPR, IABR, IPR = 0x100, 0x180, 0x200, 0x280, 0x300, 0x400
ICSR, VTOR, AIRCR, SCR, CCR, SHPR1, SHCSR, CFSR, HFSR, BFAR = (
    *(0xD04, 0xD08, 0xD0C, 0xD10, 0xD14, 0xD18, 0xD24, 0xD28, 0xD2C),
    0xD38,
)
CSR, RVR, CVR = 0x010, 0x014, 0x018
ENTRY, CHAIN, RETURN, BX = 12, 6, 10, cycles_of(0x4770)
"""Cortex-M4 exception latencies without wait states: entry and tail-chaining are Arm's (DDI 0439 3.9)."""


def idle(**options: object) -> Rig:
    return Rig([HERE], **options)  # type: ignore[arg-type]


# ---- SysTick (B3.3) --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reload", [1, 7, 99, 1000])
def test_systick_counts_in_closed_form(reload: int) -> None:
    """After CVR is cleared, n cycles later it holds (-n) mod (reload + 1)."""
    rig = idle()
    rig.write(RVR, reload)
    rig.write(CVR, 12345)
    rig.write(CSR, 5)
    for moment in (0, 1, 2, 3, reload, reload + 1, 2 * reload + 3, 12 * reload):
        rig.run(moment)
        assert rig.read(CVR) == -rig.cycle % (reload + 1), moment


def test_systick_interrupts_once_a_period() -> None:
    rig = idle()
    rig.write(RVR, 99)
    rig.write(CVR, 0)
    rig.write(CSR, 7)
    rig.run(1000)
    expected = [100 * n + ENTRY for n in range(1, 10)]
    assert [number for number, _ in rig.taken] == [15] * 9
    # B . takes 2 cycles, so the boundary may be one late.
    assert all(0 <= cycle - want <= 1 for (_, cycle), want in zip(rig.taken, expected, strict=True))


def test_systick_countflag_and_stop() -> None:
    rig = idle()
    rig.write(RVR, 49)
    rig.write(CVR, 0)
    rig.write(CSR, 5)
    rig.run(48)
    assert rig.read(CSR) == 5
    rig.run(52)
    assert rig.read(CSR) == 5 | 1 << 16
    assert rig.read(CSR) == 5  # reading clears it
    rig.run(104)
    rig.write(CVR, 1)
    assert rig.read(CSR) == 5  # so does writing CVR
    rig.run(110)
    rig.write(CSR, 0)
    stopped = rig.read(CVR)
    rig.run(150)
    assert rig.read(CVR) == stopped
    assert rig.taken == []


def test_systick_without_reload_counts_down_once() -> None:
    rig = idle()
    rig.write(RVR, 9)
    rig.write(CVR, 0)
    rig.write(CSR, 7)
    rig.run(2)
    rig.write(RVR, 0)
    rig.run(200)
    assert [number for number, _ in rig.taken] == [15]
    assert rig.read(CVR) == 0


# ---- NVIC and SCB registers ------------------------------------------------------------------------------


def test_enable_and_pending_bits() -> None:
    """B3.4: each bit is set by one register and cleared by its twin; both read the same."""
    rig = idle()
    rig.write(ISER, 0x80000005)
    rig.write(ISER + 4, 0xFFFFFFFF)
    assert rig.read(ISER) == rig.read(ICER) == 0x80000005
    assert rig.read(ISER + 4) == 0xFFFF  # 48 interrupts
    rig.write(ICER, 4)
    assert rig.read(ISER) == 0x80000001
    rig.write(ISPR, 0x10)
    assert rig.read(ISPR) == rig.read(ICPR) == 0x10
    rig.write(ICPR, 0x10)
    assert rig.read(ISPR) == 0
    rig.write(0xF00, 5)  # STIR
    rig.write(0xF00, 200)  # not there
    assert rig.read(ISPR) == 0x20
    assert rig.read(ICSR) == 1 << 22 | 1 << 11


def test_narrow_writes() -> None:
    """Bytes reach single priorities; a byte of a write-one register touches no other."""
    rig = idle()
    rig.write(IPR + 2, 0xFF, 1)
    assert rig.read(IPR) == 0xE00000  # three priority bits
    rig.write(IPR + 4, 0x4080, 2)
    assert rig.read(IPR + 4) == 0x4080
    rig.write(SHPR1, 0xFFFFFFFF)
    assert rig.read(SHPR1) == 0xE0E0E0  # exception 7 does not exist
    rig.write(ISER, 0x0F0F)
    rig.write(ICER, 0x01, 1)
    assert rig.read(ISER) == 0x0F0E
    rig.core.faults.status = 0x02008282
    rig.write(CFSR + 1, 0x82, 1)
    assert rig.read(CFSR) == 0x02000082
    rig.write(CFSR + 2, 0x0200, 2)
    assert rig.read(CFSR) == 0x82


def test_keyed_and_fixed_registers() -> None:
    rig = idle()
    rig.write(AIRCR, 0x12340300)
    assert rig.read(AIRCR) == 0xFA050000
    rig.write(AIRCR, 0x05FA0300)
    assert rig.read(AIRCR) == 0xFA050300
    rig.write(VTOR, 0x20000FFF)
    assert rig.read(VTOR) == 0x20000F80
    assert rig.read(0xD00) == 0x410FC241
    assert rig.read(0x004) == 1  # 33 to 64 interrupts
    assert rig.read(CCR) == 0x200  # STKALIGN
    rig.write(CCR, 0xFFFFFFFF)
    assert rig.read(CCR) == 0x31B
    rig.write(CCR, 0)
    assert rig.read(CCR) == 0
    rig.write(SCR, 0xFF)
    assert rig.read(SCR) == 0x16
    rig.core.reset()
    rig.scs.reset()
    assert (rig.read(SCR), rig.read(VTOR), rig.read(AIRCR), rig.read(CFSR)) == (0, 0, 0xFA050000, 0)


def test_vectors_come_from_vtor() -> None:
    rig = idle()
    rig.words(0x20000100 + 4 * 16, 0x1801)
    rig.code(0x1800, [0x2055, HERE])  # movs r0, #0x55
    rig.write(VTOR, 0x20000100)
    rig.write(ISER, 1)
    rig.at(20, 16)
    rig.run(60)
    assert rig.reg(0) == 0x55


def test_vector_pending_sees_masks_but_primask() -> None:
    """DUI 0553A 4.3.2."""
    rig = Rig([CPSID_I, HERE])
    rig.run(10)
    rig.write(ISER, 1)
    rig.write(IPR, 0x80)
    rig.write(ISPR, 1)
    assert rig.read(ICSR) >> 12 & 0x1FF == 16
    rig.core.exceptions.basepri = 0x80
    assert rig.read(ICSR) >> 12 & 0x1FF == 0
    assert rig.read(ICSR) >> 22 & 1


def test_system_handlers_pended_by_hand() -> None:
    rig = idle()
    rig.write(SHCSR, 1 << 15 | 1 << 17)
    assert rig.read(SHCSR) == 1 << 15 | 1 << 17
    rig.run(30)
    assert [number for number, _ in rig.taken] == [11]


def test_probing_the_bus_at_high_priority() -> None:
    """B3.2.8 BFHFNMIGN: under FAULTMASK a read of nothing is 0, and BFSR tells."""
    # ldr r1, [r2]; movs r3, #1; b .
    rig = Rig([0x6811, 0x2301, HERE])
    rig.core.state.words[2] = 0x90000000
    rig.core.exceptions.faultmask = 1
    rig.write(CCR, 1 << 8)
    rig.run(20)
    assert (rig.reg(1), rig.reg(3)) == (0, 1)
    assert (rig.read(CFSR), rig.read(BFAR), rig.read(HFSR)) == (0x8200, 0x90000000, 0)


# ---- what is fixed, absent or not modelled ---------------------------------------------------------------


def test_identification_of_cortex_m4() -> None:
    """DDI 0439D table 4-1; ID_ISAR5 is reserved."""
    rig = idle()
    assert [rig.read(0xD40 + 4 * n) for n in range(14)] == [
        *(0x00000030, 0x00000200, 0x00100000, 0, 0x00100030, 0, 0x01000000, 0),
        *(0x01141110, 0x02112000, 0x21232231, 0x01111131, 0x01310132, 0),
    ]


def test_identification_of_cortex_m7() -> None:
    """What QEMU 7.2's mps2-an500 prints."""
    rig = idle(options=replace(M4F, cpuid=0x411FC271))
    assert [rig.read(0xD40 + 4 * n) for n in range(14)] == [
        *(0x00000030, 0x00000200, 0x00100000, 0, 0x00100030, 0, 0x01000000, 0),
        *(0x01101110, 0x02112000, 0x20232231, 0x01111131, 0x01310132, 0),
    ]


def test_identification_of_cortex_m3() -> None:
    """What TI's description of the CC13x0 has (seanmlyons22/ti-lprf-pacs, pacs/cc13x0), ID_ISAR0 left out."""
    rig = idle(options=replace(M4F, cpuid=0x412FC231))
    assert [rig.read(0xD40 + 4 * n) for n in range(14) if n != 8] == [
        *(0x00000030, 0x00000200, 0x00100000, 0, 0x00100030, 0, 0x01000000, 0),
        *(0x02111000, 0x21112231, 0x01111110, 0x01310132, 0),
    ]


def test_optional_parts_of_armv6m() -> None:
    """Without SysTick and VTOR their registers read zero and ignore writes (ARMv6-M ARM B3.2, B3.3)."""
    about = replace(M4F, features=frozenset({"v6m"}), pipeline="cortex-m0plus", cpuid=0x410CC601)
    with_them, without = idle(options=about), idle(options=replace(about, systick=False, vtor=False))
    for rig in (with_them, without):
        for offset, value in ((RVR, 99), (CVR, 0), (CSR, 7), (VTOR, 0x20000000)):
            rig.write(offset, value)
    without.run(500)
    assert [without.read(offset) for offset in (CSR, RVR, CVR, 0x01C, VTOR)] == [0] * 5
    assert without.taken == []
    assert (with_them.read(CSR), with_them.read(RVR), with_them.read(VTOR)) == (7, 99, 0x20000000)


def test_debug_fault_status() -> None:
    """B3.2.12, B1.5.14: BKPT without a debugger sets DFSR.BKPT and HFSR.DEBUGEVT; writing ones clears."""
    rig = Rig([0xBE01, HERE])
    rig.run(30)
    assert (rig.read(0xD30), rig.read(HFSR)) == (2, 1 << 31)
    rig.write(0xD30, 2, 1)
    assert rig.read(0xD30) == 0


@pytest.mark.parametrize(
    ("block", "offset", "value", "name"),
    [
        ("scs", 0x000, 1, "0x000"),
        ("scs", 0x008, 4, "ACTLR"),  # DISFOLD
        ("scs", 0xD78, 0, "CLIDR"),
        ("scs", 0xDF8, 0, "DCRDR"),
        ("scs", 0xF50, 0, "ICIALLU"),
        ("scs", 0xFE0, 0, "SCS_PIDR0"),
        ("dwt", 0x000, 1 << 16 | 1, "DWT_CTRL"),  # EXCTRCENA
        ("dwt", 0x038, 1, "DWT_FUNCTION1"),  # packets
        ("dwt", 0x068, 4, "DWT_FUNCTION4"),  # not there
        ("itm", 0xEF8, 1, "0xEF8"),
    ],
)
def test_what_is_not_modelled_is_told_by_name(block: str, offset: int, value: int, name: str) -> None:
    rig, told = idle(), []

    def note(where: str, register: str) -> None:
        told.append((where, register))

    blocks = {
        "scs": SystemControlSpace(rig.core, lambda: None, note),
        "dwt": DataWatchpointAndTrace(rig.core, note),
        "itm": InstrumentationTrace(rig.core, lambda port, byte: None, note),
    }
    blocks["itm"].write(0xE80, 4, 1)
    blocks["itm"].write(0xE00, 4, 0xFF)
    blocks[block].write(offset, 4, value)
    assert told == [(block, name)]


def test_what_is_modelled_is_not_told() -> None:
    """Every register of Armv7-M's table B3-4 that a start-up, a fault handler or an RTOS touches."""
    rig, told = idle(), []
    scs = SystemControlSpace(rig.core, lambda: None, lambda *where: told.append(where))
    dwt = DataWatchpointAndTrace(rig.core, lambda *where: told.append(where))
    registers = [0x004, 0x008, *range(0x010, 0x020, 4), *range(0x100, 0x120, 4), *range(0x300, 0x320, 4)]
    registers += [0x400, 0x4EC, *range(0xD00, 0xD78, 4), 0xD88, *range(0xD90, 0xDBC, 4), 0xDF0, 0xDFC]
    registers += [0xF34, 0xF38, 0xF3C, 0xF40, 0xF44]
    for offset in registers:
        scs.write(offset, 4, scs.read(offset, 4))
    scs.write(0xDFC, 4, 1 << 24)  # TRCENA
    dwt.write(0xFB0, 4, 0xC5ACCE55)
    dwt.write(0, 4, dwt.read(0, 4) | 1)
    assert dwt.read(0, 4) >> 28 == 4  # NUMCOMP
    assert told == []


# ---- interrupt lines, chains -----------------------------------------------------------------------------


def test_a_line_held_high_asks_again() -> None:
    """B3.4.1: level: pending again at return while the line is high; clearing pending does not help."""
    rig = idle()
    rig.write(ISER, 1)
    rig.sim.at(20_000_000, lambda: rig.core.exceptions.set_line(16, True))
    rig.sim.at(60_000_000, lambda: rig.core.exceptions.set_line(16, False))
    rig.run(22)
    assert (rig.read(IABR), rig.read(ISPR)) == (1, 0)  # active, and not pending meanwhile
    rig.run(150)
    gaps = [b - a for (_, a), (_, b) in zip(rig.taken, rig.taken[1:], strict=False)]
    assert len(rig.taken) >= 4
    assert set(gaps) == {BX + CHAIN}


def test_a_line_that_fell_stays_pending_and_can_be_cleared() -> None:
    rig = idle()
    rig.core.exceptions.set_line(16, True)
    rig.write(ICPR, 1)
    assert rig.read(ISPR) == 1  # the line is still high
    rig.core.exceptions.set_line(16, False)
    assert rig.read(ISPR) == 1
    rig.write(ICPR, 1)
    assert rig.read(ISPR) == 0


def test_a_pulse_while_active_is_not_lost() -> None:
    rig = Rig([HERE], {16: [NOP] * 20 + [0x4770]})
    rig.write(ISER, 1)
    rig.at(20, 16)
    rig.at(40, 16)
    rig.run(200)
    assert [number for number, _ in rig.taken] == [16, 16]


def test_tail_chaining_takes_six_cycles_and_no_stack() -> None:
    rig = Rig([HERE], {16: [NOP] * 10 + [0x4770]})
    rig.write(ISER, 3)
    rig.at(20, 16)
    rig.at(40, 17)  # same priority: waits
    rig.run(41)
    stack = rig.reg(13)
    rig.run(60)
    (_, first), (number, second) = rig.taken
    assert number == 17
    assert second - first == 10 + BX + CHAIN
    rig.run(200)
    assert rig.reg(13) == stack + 0x20


def test_late_arrival_takes_the_frame_of_the_first() -> None:
    """B1.5.11: a higher exception that comes during stacking goes first; the other chains behind it."""
    rig = idle()
    rig.write(ISER, 3)
    rig.write(IPR, 0x0080)  # 17 outranks 16
    rig.at(20, 16)
    rig.at(27, 17)
    rig.run(100)
    (a, first), (b, second) = rig.taken
    assert (a, b) == (17, 16)
    assert first - 20 in (ENTRY, ENTRY + 1)
    assert second - first == BX + CHAIN


def test_exception_return_takes_ten_cycles() -> None:
    """Entry 12, BX LR, return 10 (Arm's article KA 16366 for Cortex-M3 and M4)."""
    rig = idle()
    rig.write(ISER, 1)
    rig.at(20, 16)
    rig.run(25)
    ((_, start),) = rig.taken
    rig.run(start + BX)
    assert rig.cycle == start + BX + RETURN
    assert rig.reg(15) == MAIN


def test_an_interrupt_during_unstacking_is_chained() -> None:
    """B1.5.12: the pop is given up; 6 cycles after it came, the second handler runs on the same frame."""
    rig = idle()
    rig.write(ISER, 3)
    rig.at(20, 16)
    rig.run(25)
    ((_, start),) = rig.taken
    came = start + BX + RETURN // 2
    rig.at(came, 17)
    rig.run(came + 1)
    assert rig.taken[1] == (17, came + CHAIN)
    rig.run(100)
    assert rig.reg(13) == STACK


# ---- sleep -----------------------------------------------------------------------------------------------


def test_wfi_ends_behind_primask_and_wfe_does_not() -> None:
    """B1.5.18, B1.5.19."""
    for opcode, wakes in ((WFI, True), (WFE, False)):
        rig = Rig([CPSID_I, opcode, 0x2001, HERE])
        rig.write(ISER, 1)
        rig.at(100, 16)
        rig.run(200)
        assert (rig.reg(0) == 1) == wakes
        assert rig.taken == []
        assert (rig.core.sleep_cycles > 150) != wakes


def test_wfe_behind_primask_ends_with_sevonpend() -> None:
    rig = Rig([CPSID_I, WFE, 0x2001, HERE])
    rig.write(SCR, 1 << 4)
    rig.at(100, 16)  # not even enabled
    rig.run(99)
    assert rig.reg(0) == 0
    rig.run(110)
    assert rig.reg(0) == 1


def test_sev_lets_one_wfe_pass() -> None:
    rig = Rig([SEV, WFE, 0x2001, WFE, 0x2002, HERE])
    rig.run(50)
    assert rig.reg(0) == 1
    rig.core.send_event()
    rig.run(60)
    assert rig.reg(0) == 2


def test_an_exception_sets_the_event_register() -> None:
    rig = Rig([WFI, WFE, 0x2001, HERE])
    rig.write(ISER, 1)
    rig.at(100, 16)
    rig.run(200)
    assert rig.reg(0) == 1


def test_sleep_on_exit() -> None:
    """B3.2.7: after the last handler the core sleeps; thread code never continues."""
    rig = Rig([WFI, 0x2001, HERE])
    rig.write(SCR, 2)
    rig.write(ISER, 1)
    for cycle in (100, 200, 300):
        rig.at(cycle, 16)
    rig.run(1000)
    assert [number for number, _ in rig.taken] == [16] * 3
    assert rig.reg(0) == 0
    awake = 1000 - rig.core.sleep_cycles
    assert awake < 4 * (ENTRY + BX + RETURN)
    rig.write(SCR, 0)
    rig.at(1100, 16)
    rig.run(1200)
    assert rig.reg(0) == 1


def test_masked_interrupt_is_taken_when_unmasked() -> None:
    rig = Rig([CPSID_I, *[NOP] * 40, CPSIE_I, 0x2001, HERE], {16: [0x0001, 0x4770]})
    rig.write(ISER, 1)
    rig.at(10, 16)
    rig.run(39)
    assert rig.taken == []
    rig.run(80)
    assert len(rig.taken) == 1
    assert rig.reg(0) == 1
