"""DWT comparators and profiling counters, ITM ports and packets (ARMv7-M ARM C1.7, C1.8, appendix D4)."""

from __future__ import annotations

import pytest
from rig import BX_LR, HERE, M4F, MAIN, NOP, RAM, WFI, Rig

DWT, ITM, DEMCR, DFSR = 0xE0001000, 0xE0000000, 0xDFC, 0xD30
MON_EN, TRCENA = 1 << 16, 1 << 24
COMP, MASK, FUNCTION = 0x20, 0x24, 0x28
MATCHED, DATAVMATCH, CYCMATCH = 1 << 24, 1 << 8, 1 << 7
PC, READ, WRITE, BOTH = 4, 5, 6, 7
DWTTRAP = 4
LDR, STR, LDRB, STRB = 0x680A, 0x600A, 0x780A, 0x700A
"""r2 from and to [r1]."""


def watching(code: list[int], *comparators: tuple[int, int, int], policy: str = "compile") -> Rig:
    """`code` with comparators of (COMP, MASK, FUNCTION); the monitor counts in r4 and goes on."""
    rig = Rig([*code, HERE], {12: [0x3401, BX_LR]}, policy)
    rig.write(DEMCR, MON_EN | TRCENA)
    for n, setting in enumerate(comparators):
        for place, value in zip((COMP, MASK, FUNCTION), setting, strict=True):
            rig.bus.write(DWT + place + 16 * n, 4, value)
    rig.core.state.words[1], rig.core.state.words[2] = RAM + 0x100, 0x12345678
    return rig


def test_a_program_counter_that_matches() -> None:
    """The monitor is taken behind the instruction; MATCHED is cleared by reading it."""
    rig = watching([NOP] * 10, (MAIN + 8, 0, PC))
    rig.run(100)
    assert [number for number, _ in rig.taken] == [12]
    assert rig.read(DFSR) == DWTTRAP
    assert rig.bus.read(DWT + FUNCTION, 4) == MATCHED | PC
    assert rig.bus.read(DWT + FUNCTION, 4) == PC
    ranged = watching([NOP] * 10, (MAIN + 4, 2, PC))  # 4 bytes: two instructions
    ranged.run(100)
    assert ranged.reg(4) == 2


@pytest.mark.parametrize(
    ("code", "kind", "address", "mask", "hit"),
    [
        (LDR, READ, 0x100, 0, True),
        (STR, READ, 0x100, 0, False),
        (STR, WRITE, 0x100, 0, True),
        (LDR, WRITE, 0x100, 0, False),
        (STR, BOTH, 0x103, 0, True),  # the last byte of the word
        (STR, BOTH, 0x104, 0, False),
        (STRB, BOTH, 0x101, 0, False),
        (STRB, BOTH, 0x110, 5, True),  # somewhere in 32 bytes
        (STRB, BOTH, 0x120, 5, False),
        (STR, WRITE + 4, 0x100, 0, False),  # for the trace unit: matches, and raises nothing
    ],
)
def test_a_data_address_that_matches(code: int, kind: int, address: int, mask: int, hit: bool) -> None:
    rig = watching([NOP, code, NOP, NOP], (RAM + address, mask, kind))
    rig.run(80)
    assert rig.reg(4) == hit
    assert bool(rig.bus.read(DWT + FUNCTION, 4) & MATCHED) == (hit or kind > 7)
    if hit:
        assert rig.taken[0][0] == 12


@pytest.mark.parametrize(
    ("size", "value", "linked", "hit"),
    [
        (2, 0x12345678, None, True),
        (2, 0x12345679, None, False),
        (1, 0x12341234, None, True),  # a halfword of the word
        (0, 0x56565656, None, True),
        (2, 0x12345678, 0x100, True),
        (2, 0x12345678, 0x200, False),
    ],
)
def test_a_data_value_that_matches(size: int, value: int, linked: int | None, hit: bool) -> None:
    """DATAVMATCH of comparator 1, at the address of comparator 0 or anywhere (a link to itself)."""
    link = 1 if linked is None else 0
    function = WRITE | DATAVMATCH | size << 10 | link << 12 | link << 16
    rig = watching([NOP, STR, NOP], (RAM + (linked or 0), 0, 0), (value, 0, function))
    rig.run(80)
    assert rig.reg(4) == hit


def test_only_comparator_1_compares_values_and_0_cycles() -> None:
    rig = watching([NOP], (0, 0, 0xFFFFFFFF), (0, 0, 0xFFFFFFFF), (0, 0, 0xFFFFFFFF))
    rig.bus.write(DWT + 0x78, 4, 0xFFFFFFFF)  # FUNCTION5: there are four
    functions = [rig.bus.read(DWT + FUNCTION + 16 * n, 4) for n in range(3)]
    assert functions == [0xF | CYCMATCH, 0xFFD0F, 0xF]


def test_a_cycle_count_that_matches() -> None:
    rig = watching([NOP] * 60, (40, 0, PC | CYCMATCH))
    rig.bus.write(DWT, 4, 1)
    rig.run(60)
    ((number, start),) = rig.taken
    assert (number, start) == (12, 40 + 12)


def test_without_the_monitor_a_match_is_only_remembered() -> None:
    rig = watching([STR], (RAM + 0x100, 0, WRITE))
    rig.write(DEMCR, TRCENA)
    rig.run(40)
    assert (rig.taken, rig.read(DFSR)) == ([], 0)
    assert rig.bus.read(DWT + FUNCTION, 4) & MATCHED
    rig.write(DEMCR, MON_EN)  # and without TRCENA nothing is compared
    assert not rig.core.watch.armed


def test_what_is_off_costs_nothing() -> None:
    rig = watching([NOP] * 10, (RAM, 0, 0))
    assert not rig.core.access.guarded
    rig.run(100)
    assert rig.compiled > 0
    armed = watching([NOP] * 10, (RAM, 0, BOTH))
    assert armed.core.access.guarded
    armed.run(100)
    assert armed.compiled == 0
    assert armed.cycle == rig.cycle


def counters(rig: Rig) -> dict[str, int]:
    names = ("cycles", "cpi", "exc", "sleep", "lsu", "fold")
    return {name: rig.bus.read(DWT + 4 + 4 * n, 4) for n, name in enumerate(names)}


def test_profiling_counters_add_up() -> None:
    """C1.8.1: instructions = CYCCNT - CPICNT - EXCCNT - SLEEPCNT - LSUCNT + FOLDCNT."""
    # ldr; ldr; str; cmp r0, r0; IT EQ folds; udiv r3, r2, r1; svc; wfi that an interrupt ends
    code = [LDR, LDR, STR, 0x4280, 0xBF08, NOP, 0xFBB2, 0xF3F1, 0xDF01, NOP, WFI, NOP, NOP]
    rig = Rig([*code, HERE], {11: [NOP, BX_LR], 16: [BX_LR]}, options=M4F)
    rig.core.state.words[1], rig.core.state.words[2] = RAM + 0x100, 0xFFFFFF
    rig.write(0x100, 1)
    rig.write(DEMCR, TRCENA)
    rig.bus.write(DWT, 4, 0x3F << 16 & 0x3E0000 | 1)
    rig.at(120, 16)
    rig.run(160)
    counted = counters(rig)
    extra = counted["cpi"] + counted["exc"] + counted["lsu"] - counted["fold"]
    assert rig.core.state.wides[34] == counted["cycles"] - extra
    assert counted["exc"] == 2 * (12 + 10)
    assert counted["fold"] >= 1  # IT
    assert counted["lsu"] == 1  # the first load takes two cycles, the others pair
    assert counted["sleep"] > 30
    assert counted["cycles"] + counted["sleep"] == rig.cycle


def test_counters_begin_at_zero_and_wrap() -> None:
    rig = Rig([WFI, HERE])
    rig.run(500)
    rig.write(DEMCR, TRCENA)
    rig.bus.write(DWT, 4, 1 << 19)
    assert counters(rig)["sleep"] == 0
    rig.run(500 + 300)
    assert counters(rig)["sleep"] == 300 % 256


# ---- ITM -------------------------------------------------------------------------------------------------


def test_every_port_has_its_text_and_its_packets() -> None:
    """D4.2.8: header port << 3 | size, then the bytes, low first."""
    rig = Rig([HERE])
    packets: list[bytes] = []
    rig.core.on_trace_packet = packets.append
    rig.write(DEMCR, TRCENA)
    rig.bus.write(ITM + 0xE80, 4, 1)
    rig.bus.write(ITM + 0xE00, 4, 1 << 31 | 1 << 5)
    rig.bus.write(ITM + 4 * 5, 1, 0x41)
    rig.bus.write(ITM + 4 * 31, 2, 0x4342)
    rig.bus.write(ITM + 4 * 31, 4, 0x47464544)
    rig.bus.write(ITM + 4 * 6, 4, 0x48)
    assert rig.printed == {5: b"A", 31: b"BCDEFG"}
    assert packets == [bytes([5 << 3 | 1, 0x41]), bytes([31 << 3 | 2, 0x42, 0x43]), bytes([0xFB]) + b"DEFG"]


def test_unprivileged_code_uses_open_ports_only() -> None:
    """ITM_TPR: each bit keeps eight ports, and their enables, for privileged code (C1.7.2)."""
    rig = Rig([HERE])
    rig.write(DEMCR, TRCENA)
    rig.bus.write(ITM + 0xE80, 4, 1)
    rig.bus.write(ITM + 0xE00, 4, 0x00010101)
    rig.bus.write(ITM + 0xE40, 4, 0b0101)
    rig.core.special.control = 1
    for port in (0, 8, 16):
        rig.bus.write(ITM + 4 * port, 1, 0x30 + port)
    rig.bus.write(ITM + 0xE00, 4, 0xFF00FF00)
    rig.bus.write(ITM + 0xE40, 4, 0)
    rig.bus.write(ITM + 0xE80, 4, 0)
    assert rig.printed == {8: b"8"}
    assert [rig.bus.read(ITM + at, 4) for at in (0xE00, 0xE40, 0xE80)] == [0xFF01FF01, 0b0101, 1]
