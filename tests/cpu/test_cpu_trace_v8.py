"""DWT comparators of Armv8-M (DDI 0553, DWT_FUNCTION)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bare_v8m import M33
from rig import BX_LR, HERE, MAIN, NOP, RAM, Rig

DWT, DEMCR, DFSR = 0xE0001000, 0xDFC, 0xD30
MON_EN, TRCENA, DWTTRAP, MATCHED = 1 << 16, 1 << 24, 4, 1 << 24
CYCLES, PC, PC_LIMIT, DATA, WRITES, READS, LIMIT, VALUE, VALUE_WRITES, VALUE_READS, LINKED = range(1, 12)
EVENT, HALF, WORD = 1 << 4, 1 << 10, 2 << 10
LDR, STR, LDRB, STRB = 0x680A, 0x600A, 0x780A, 0x700A
"""r2 from and to [r1]."""


def watching(code: list[int], comparators: dict[int, tuple[int, int]], policy: str = "compile") -> Rig:
    """`code` with comparators of (COMP, FUNCTION); the monitor counts in r4 and goes on."""
    rig = Rig([*code, HERE], {12: [0x3401, BX_LR]}, policy, M33)
    rig.write(DEMCR, MON_EN | TRCENA)
    for n, (value, function) in comparators.items():
        rig.bus.write(DWT + 0x20 + 16 * n, 4, value)
        rig.bus.write(DWT + 0x28 + 16 * n, 4, function)
    rig.core.state.words[1], rig.core.state.words[2] = RAM + 0x100, 0x12345678
    rig.run(120)
    return rig


def function(rig: Rig, n: int) -> int:
    return rig.bus.read(DWT + 0x28 + 16 * n, 4)


def test_an_instruction_address_and_what_is_read_back() -> None:
    rig = watching([NOP] * 10, {0: (MAIN + 8, PC | EVENT)})
    assert [number for number, _ in rig.taken] == [12]
    assert rig.read(DFSR) == DWTTRAP
    assert function(rig, 0) == 0b01011 << 27 | MATCHED | PC | EVENT
    assert function(rig, 0) == 0b01011 << 27 | PC | EVENT
    assert rig.bus.read(DWT + 0x20, 4) == MAIN + 8
    assert rig.bus.read(DWT, 4) >> 28 == 4


def test_a_range_of_instructions() -> None:
    rig = watching([NOP] * 10, {0: (MAIN + 4, PC | EVENT), 1: (MAIN + 8, PC_LIMIT)})
    assert rig.reg(4) == 3


def test_without_an_action_it_only_matches() -> None:
    rig = watching([NOP] * 10, {2: (MAIN + 4, PC)})
    assert (rig.reg(4), function(rig, 2)) == (0, 0b01010 << 27 | MATCHED | PC)


@pytest.mark.parametrize(
    ("code", "match", "address", "hit"),
    [
        (LDR, DATA, 0x100, True),
        (LDR, READS | WORD, 0x100, True),
        (STR, READS | WORD, 0x100, False),
        (STR, WRITES, 0x103, True),  # the last byte of the word
        (LDR, WRITES, 0x100, False),
        (STR, DATA | WORD, 0x104, False),
        (STRB, DATA | WORD, 0xFE, False),  # a word is compared where it is aligned: bits below are zero
        (STRB, DATA | HALF, 0x100, True),
        (STRB, DATA, 0x101, False),
    ],
)
def test_a_data_address(code: int, match: int, address: int, hit: bool) -> None:
    rig = watching([NOP, code, NOP, NOP], {1: (RAM + address, match | EVENT)})
    assert (rig.reg(4), bool(function(rig, 1) & MATCHED)) == (hit, hit)


@pytest.mark.parametrize(
    ("first", "last", "hit"), [(0xF0, 0xFF, 0), (0xF0, 0x100, 1), (0x103, 0x200, 1), (0x104, 0x200, 0)]
)
def test_a_range_of_data(first: int, last: int, hit: int) -> None:
    rig = watching([NOP, STR, NOP, NOP], {2: (RAM + first, WRITES | EVENT), 3: (RAM + last, LIMIT)})
    assert rig.reg(4) == hit


@pytest.mark.parametrize(
    ("match", "value", "hit"),
    [
        (VALUE | WORD, 0x12345678, 1),
        (VALUE_WRITES | WORD, 0x12345679, 0),
        (VALUE_READS | WORD, 0x12345678, 0),
        (VALUE_WRITES | HALF, 0x56785678, 1),
        (VALUE_WRITES, 0x34343434, 1),
        (VALUE_WRITES, 0x99999999, 0),
    ],
)
def test_a_value(match: int, value: int, hit: int) -> None:
    rig = watching([NOP, STR, NOP, NOP], {3: (value, match | EVENT)})
    assert rig.reg(4) == hit


@pytest.mark.parametrize(
    ("address", "value", "hit"), [(0x100, 0x12345678, 1), (0x104, 0x12345678, 0), (0x100, 1, 0)]
)
def test_a_value_at_an_address(address: int, value: int, hit: int) -> None:
    rig = watching(
        [NOP, STR, NOP, NOP], {2: (RAM + address, WRITES | WORD | EVENT), 3: (value, LINKED | WORD | EVENT)}
    )
    assert rig.reg(4) == hit


def test_a_cycle() -> None:
    rig = Rig([NOP] * 20 + [HERE], {12: [0x3401, BX_LR]}, "step", M33)
    rig.write(DEMCR, MON_EN | TRCENA)
    rig.bus.write(DWT, 4, 1)
    rig.bus.write(DWT + 0x20, 4, 9)
    rig.bus.write(DWT + 0x28, 4, CYCLES | EVENT)
    rig.run(60)
    assert rig.reg(4) == 1


def test_what_a_comparator_is_not_capable_of_is_off() -> None:
    """DDI 0553, DWT_FUNCTION.ID: only 3 has values, only it and 1 limits, only 0 the cycle counter."""
    rig = watching([NOP], {})
    assert [function(rig, n) for n in range(4)] == [0x58000000, 0xD0000000, 0x50000000, 0xF0000000]
    for n, match, able in (
        (0, VALUE, 0),
        (1, VALUE, 0),
        (1, LINKED, 0),
        (1, LIMIT, 1),
        (1, CYCLES, 0),
        (0, CYCLES, 1),
        (2, LIMIT, 0),
        (3, LIMIT, 1),
        (3, VALUE, 1),
        (3, LINKED, 1),
    ):
        rig.bus.write(DWT + 0x28 + 16 * n, 4, match)
        assert function(rig, n) & 15 == (match if able else 0)


def test_comparator_capabilities_as_rp2350_has_them() -> None:
    """pico-sdk's m33.h: what DWT_FUNCTION0 to 3 are reset to. Of a number with ten decimal digits it has the
    last eight, as if they were hexadecimal, as far as the register has bits there."""
    printed = (0x58000000, 0x89000828, 0x50000000, 0x20000800)
    rig = watching([NOP], {})
    for n, there in enumerate(printed):
        value = function(rig, n)
        digits = int(str(value)[-8:], 16) & 0xF9000C3F
        assert there in (value, digits)


@pytest.mark.parametrize(("security", "more"), [("secure", 0x100800), ("nonsecure", 0), ("none", 0)])
def test_what_demcr_holds(security: str, more: int) -> None:
    """DDI 0553, DEMCR: VC_SFERR and SDME, which cannot be written, are there in Secure state."""
    rig = Rig([HERE], options=replace(M33, security=security))
    assert rig.read(DEMCR) == more & 1 << 20
    rig.write(DEMCR, 0xFFFDFFFF)
    assert rig.read(DEMCR) == 0x010D07F1 | more
