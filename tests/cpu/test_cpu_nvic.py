"""Interrupt controllers of every size, and the corners of the system timer (ARMv7-M ARM B3.3, B3.4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rig import HERE, M4F, Rig

ISER, ICER, ISPR, ICPR, IPR, ICTR, STIR = 0x100, 0x180, 0x200, 0x280, 0x400, 0x004, 0xF00
CSR, RVR, CVR = 0x010, 0x014, 0x018


@pytest.mark.parametrize("n_irqs", [1, 8, 31, 32, 33, 48, 64, 239, 240, 480, 496])
def test_registers_cover_the_interrupts_there_are(n_irqs: int) -> None:
    """Bits and bytes of interrupts that do not exist read zero and ignore writes."""
    rig = Rig([HERE], options=replace(M4F, n_irqs=n_irqs))
    rig.core.exceptions.primask = 1
    for offset in range(0, 0x40, 4):
        for bank in (ISER, ISPR):
            rig.write(bank + offset, 0xFFFFFFFF)
    for offset in range(0, 496, 4):
        rig.write(IPR + offset, 0xFFFFFFFF)
    there = [n < n_irqs for n in range(512)]
    for bank in (ISER, ICER, ISPR, ICPR):
        read = [bool(rig.read(bank + 4 * (n // 32)) >> n % 32 & 1) for n in range(512)]
        assert read == there
    assert [rig.read(IPR + n, 1) for n in range(496)] == [0xE0 * there[n] for n in range(496)]
    assert rig.read(ICTR) == (n_irqs - 1) // 32
    last = n_irqs - 1
    rig.write(ICPR + 4 * (last // 32), 1 << last % 32)
    rig.write(STIR, n_irqs)  # none
    assert 16 + last not in rig.core.exceptions.pending
    rig.write(STIR, last)
    assert 16 + last in rig.core.exceptions.pending
    rig.write(ICER + 4 * (last // 32), 1 << last % 32)
    assert not rig.read(ISER + 4 * (last // 32)) >> last % 32 & 1


def test_the_last_interrupt_has_a_vector() -> None:
    rig = Rig([HERE], options=replace(M4F, n_irqs=48))
    rig.write(ISER + 4, 1 << 15)
    rig.at(20, 16 + 47)
    rig.run(60)
    assert [number for number, _ in rig.taken] == [63]


def test_a_reload_of_zero_stops_the_timer_at_the_next_wrap() -> None:
    """B3.3.1: it counts to zero, pends once, and stays there."""
    rig = Rig([HERE])
    rig.write(RVR, 50)
    rig.write(CVR, 0)
    rig.write(CSR, 7)
    rig.run(20)
    rig.write(RVR, 0)
    rig.run(400)
    assert [number for number, _ in rig.taken] == [15]
    assert (rig.read(CVR), rig.read(CSR) >> 16) == (0, 1)
    assert rig.read(CSR) >> 16 == 0


def test_with_a_reload_of_zero_it_never_starts() -> None:
    rig = Rig([HERE])
    rig.write(CSR, 7)
    rig.run(400)
    assert (rig.taken, rig.read(CSR)) == ([], 7)


def test_writing_the_value_neither_pends_nor_counts() -> None:
    """B3.3.5: any write clears it and COUNTFLAG; the next cycle loads the reload value."""
    rig = Rig([HERE])
    rig.write(RVR, 30)
    rig.write(CVR, 0)
    rig.write(CSR, 5)
    rig.run(40)
    rig.write(CVR, 0x12345)
    assert rig.read(CSR) >> 16 == 0
    assert rig.read(CVR) == 0
    rig.run(41)
    assert rig.read(CVR) == 30 - (rig.cycle - 41)
    assert rig.taken == []


def test_the_clock_source_is_the_core() -> None:
    """SYST_CALIB.NOREF: CLKSOURCE reads one whatever is written (B3.3.3, B3.3.6)."""
    rig = Rig([HERE])
    rig.write(CSR, 0)
    assert (rig.read(CSR), rig.read(0x01C) >> 31) == (4, 1)


def test_a_reference_clock_of_an_eighth() -> None:
    """CLKSOURCE chooses (B3.3.3): with it clear every count takes eight cycles."""
    rig = Rig([HERE], options=replace(M4F, systick_divider=8))
    assert rig.read(0x01C) == 1 << 30  # a reference clock, not calibrated
    rig.write(RVR, 24)
    rig.write(CVR, 0)
    rig.write(CSR, 3)
    assert rig.read(CSR) == 3
    begin = rig.cycle
    for cycle in range(begin + 5, begin + 1000, 37):
        rig.run(cycle)
        assert rig.read(CVR) == -((rig.cycle - begin) // 8) % 25
    assert all(start - begin - 25 * 8 * n in range(12, 15) for n, (_, start) in enumerate(rig.taken, 1))
    assert len(rig.taken) == 4
    rig.write(RVR, 24)  # amid a count: its phase stays
    rig.run(begin + 1004)
    assert rig.read(CVR) == -((rig.cycle - begin) // 8) % 25
    rig.write(CSR, 5)
    left, cycle = rig.read(CVR), rig.cycle
    rig.run(cycle + 10)
    assert rig.read(CVR) == left - (rig.cycle - cycle)
