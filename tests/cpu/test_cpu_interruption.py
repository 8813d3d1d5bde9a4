"""LDM, STM, PUSH, POP and divisions that an interrupt ends early, at every cycle (ARMv7-M ARM B1.5.10)."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from bare_v8m import M33
from rig import BX_LR, HERE, M4F, MAIN, NOP, RAM, SCS, STACK, Rig

from coincell.cpu.core import CoreOptions
from coincell.ports import BusBlock

M0PLUS = replace(M4F, features=frozenset({"v6m"}), pipeline="cortex-m0plus", cpuid=0x410CC601)
TIERS = pytest.mark.parametrize("policy", ["step", "compile"])
BUFFER = RAM + 0x100
LDM_R8, STMDB_R8 = [0xE898, 0x00FF], [0xE928, 0x00FF]
"""LDM r8, {r0-r7}; STMDB r8!, {r0-r7}."""
PUSH_8, POP_8 = 0xB4FF, 0xBCFF
COUNT_ONE = [*[NOP] * 5, 0xF10B, 0x0B01, BX_LR]
"""ADD r11, r11, #1; BX lr."""
BEFORE = 24
"""Cycles of NOPs before the instruction."""


def prepared(code: list[int], policy: str = "step", options: object = M4F) -> Rig:
    """`code` after BEFORE cycles; r0-r7 hold 1..8, r8 points into a buffer of known words."""
    handler = COUNT_ONE if options == M4F else [BX_LR]
    rig = Rig([*[NOP] * BEFORE, *code, HERE], {16: handler}, policy, options)  # type: ignore[arg-type]
    words = rig.core.state.words
    for n in range(8):
        words[n] = n + 1
    words[8] = BUFFER
    rig.words(BUFFER - 32, *range(0x100, 0x110))
    rig.write(0x100, 1)
    return rig


def outcome(rig: Rig) -> tuple[object, ...]:
    """Registers but r11, the buffer and what lies on the stack above SP."""
    registers = [rig.reg(n) for n in range(14) if n != 11]
    above = rig.bus.read_block(rig.reg(13), STACK - rig.reg(13))
    return registers, rig.bus.read_block(BUFFER - 32, 64), above


@TIERS
@pytest.mark.parametrize(
    "code", [LDM_R8, STMDB_R8, [PUSH_8], [PUSH_8, POP_8]], ids=["ldm", "stmdb", "push", "pop"]
)
def test_an_interrupt_at_any_cycle_changes_nothing(code: list[int], policy: str) -> None:
    plain = prepared(code, policy)
    plain.run(200)
    waits = set()
    for late in range(22):
        rig = prepared(code, policy)
        rig.at(BEFORE + late, 16)
        rig.run(200)
        assert outcome(rig) == outcome(plain)
        ((number, start),) = rig.taken
        assert number == 16
        assert rig.reg(11) == 1
        waits.add(start - BEFORE - late - 12)
    assert waits <= {0, 1}  # never the nine cycles of the instruction


def stacked(rig: Rig) -> tuple[int, int]:
    """Return address and xPSR of the frame on the stack."""
    address, psr = struct.unpack("<2I", rig.bus.read_block(rig.reg(13) + 24, 8))
    return address, psr


@pytest.mark.parametrize("late", range(12))
def test_what_the_frame_says(late: int) -> None:
    """One transfer a cycle behind the first: EPSR.ICI names the next register, and LDM is returned to."""
    rig = prepared(LDM_R8)
    rig.at(BEFORE + late, 16)
    rig.run(BEFORE + late + 14)
    address, psr = stacked(rig)
    done = max(late - 1, 0)
    if done >= 8:
        assert (address, psr & 0x0600FC00) == (MAIN + 2 * BEFORE + 4, 0)
    else:
        assert (address, psr >> 12 & 15) == (MAIN + 2 * BEFORE, done)
        assert psr & 0x06000C00 == 0
        assert [rig.reg(n) for n in range(4, 8)] == [
            0x10C if done > 4 else 5,
            *[0x108 + n if done > n else n + 1 for n in range(5, 8)],
        ]


def test_a_push_makes_room_before_the_frame() -> None:
    """The words already pushed lie above the frame, and are not stored again."""
    rig = prepared([PUSH_8])
    rig.at(BEFORE + 5, 16)
    rig.run(BEFORE + 18)
    assert rig.reg(13) == STACK - 32 - 32
    assert rig.bus.read_block(STACK - 32, 32) == struct.pack("<8I", 1, 2, 3, 4, 0, 0, 0, 0)
    assert stacked(rig)[1] >> 12 & 15 == 4
    rig.words(STACK - 32, 77)
    rig.run(200)
    assert rig.bus.read_block(STACK - 32, 32) == struct.pack("<8I", 77, *range(2, 9))


def test_an_ldm_that_loads_its_base_goes_on_with_that() -> None:
    """DDI 0439 3.9.1. LDM r2, {r0-r7} holds r2 until the end."""
    for late in range(12):
        rig = prepared([0xCAFF])
        rig.core.state.words[2] = BUFFER
        rig.at(BEFORE + late, 16)
        rig.run(200)
        assert [rig.reg(n) for n in range(8)] == list(range(0x108, 0x110))
        early = prepared([0xCAFF])
        early.core.state.words[2] = BUFFER
        early.at(BEFORE + late, 16)
        early.run(BEFORE + late + 14)
        if 1 < late < 9:
            assert stacked(early)[1] >> 12 & 15 == min(late - 1, 2)


def test_in_an_it_block_it_begins_again() -> None:
    """ITSTATE takes the bits of ICI (B1.5.10): nothing is loaded, and EPSR holds the IT block."""
    # cmp r0, r0; ITT EQ; LDMEQ r8, {r0-r7}; ADDEQ r9, r9, #1
    rig = prepared([0x4280, 0xBF04, *LDM_R8, 0xF109, 0x0901])
    rig.at(BEFORE + 8, 16)
    rig.run(BEFORE + 21)
    address, psr = stacked(rig)
    assert address == MAIN + 2 * BEFORE + 4
    assert (psr >> 25 & 3) | (psr >> 8 & 0xFC) == 0x04
    assert [rig.reg(n) for n in range(4, 8)] == [5, 6, 7, 8]
    rig.run(200)
    assert [rig.reg(n) for n in range(8)] == list(range(0x108, 0x110))
    assert rig.reg(9) == 1


class Fifo:
    """Every read gives the next number."""

    name, base, size = "fifo", 0x40000000, 0x100

    def __init__(self) -> None:
        self.reads = 0

    def reset(self) -> None: ...

    def read(self, offset: int, width: int) -> int:
        self.reads += 1
        return offset

    def write(self, offset: int, width: int, value: int) -> None: ...


@pytest.mark.parametrize(("options", "reads"), [(M4F, 6), (M0PLUS, 6 + 3)], ids=["m4", "m0+"])
def test_continued_or_begun_again(options: object, reads: int) -> None:
    """Cortex-M4 goes on where it was, Cortex-M0+ reads again (DDI 0439 3.9.1, DDI 0484C 3.6.1)."""
    rig = prepared([0xCE3F], options=options)  # LDM r6!, {r0-r5}
    fifo = Fifo()
    block: BusBlock = fifo
    rig.bus.attach(block)
    rig.core.state.words[6] = fifo.base
    rig.at(BEFORE + 4, 16)
    rig.run(200)
    assert [rig.reg(n) for n in range(7)] == [0, 4, 8, 12, 16, 20, fifo.base + 24]
    assert fifo.reads == reads
    assert len(rig.taken) == 1


@TIERS
def test_divisions_begin_again(policy: str) -> None:
    """UDIV r2, r0, r1 of 12 cycles: the interrupt does not wait for it (DDI 0439 3.9.1)."""
    for late in range(1, 14):
        rig = prepared([0xFBB0, 0xF2F1], policy)
        rig.core.state.words[0], rig.core.state.words[1] = 0xFFFFFFFF, 1
        rig.at(BEFORE + late, 16)
        rig.run(200)
        ((_, start),) = rig.taken
        assert start - BEFORE - late <= 13
        assert rig.reg(2) == 0xFFFFFFFF
        assert rig.reg(15) == MAIN + 2 * BEFORE + 4


def test_multiples_complete_with_dismcycint() -> None:
    """ACTLR bit 0 (DDI 0439D): the interrupt waits for the whole LDM."""
    rig = prepared(LDM_R8)
    rig.write(0x008, 1)
    rig.at(BEFORE + 3, 16)
    rig.run(200)
    ((_, start),) = rig.taken
    assert start == BEFORE + 9 + 12


@TIERS
def test_slow_multiplications_begin_again(policy: str) -> None:
    """MULS r0, r1 of 32 cycles (DDI 0484C 3.6.1): entry takes 15, not 47."""
    options = replace(M0PLUS, pipeline="cortex-m0plus.small-multiply")
    plain = prepared([0x4348], policy, options)
    plain.run(100)
    for late in (1, 9, 20, 31):
        rig = prepared([0x4348], policy, options)
        rig.core.state.words[0], rig.core.state.words[1] = 0x10001, 0x30003
        rig.at(BEFORE + late, 16)
        rig.run(200)
        ((_, start),) = rig.taken
        assert start - BEFORE - late == 15
        assert rig.reg(0) == 0x10001 * 0x30003 & 0xFFFFFFFF
    assert plain.reg(0) == 2


def test_an_event_that_interrupts_nothing_costs_nothing() -> None:
    plain, other = prepared(LDM_R8), prepared(LDM_R8)
    for late in range(12):
        other.sim.at((BEFORE + late) * 1_000_000, lambda: None)
    for rig in (plain, other):
        rig.core.state.words[11] = 0
        rig.code(MAIN + 2 * BEFORE + 4, [0xF8DA, 0xB004, HERE])  # LDR r11, [r10, #4]: CYCCNT
        rig.core.state.words[10] = 0xE0001000
        rig.write(0xDFC, 1 << 24)
        rig.bus.write(0xE0001000, 4, 1)
        rig.run(200)
    assert plain.reg(11) == other.reg(11) > 0


def test_a_base_that_was_loaded_cannot_be_continued_behind() -> None:
    """LDM r2, {r0-r7} with EPSR.ICI at r5: INVSTATE (100230 C.5)."""
    rig = Rig([0xDF01, 0xCAFF, HERE], {11: [NOP] * 20 + [BX_LR], 6: [HERE]})
    rig.core.state.words[2] = BUFFER
    rig.write(0xD24, 1 << 18)
    rig.run(20)
    rig.words(rig.reg(13) + 28, 1 << 24 | 5 << 12)
    rig.run(100)
    assert rig.bus.read(SCS + 0xD28, 4) == 1 << 17


@pytest.mark.parametrize(("options", "continued"), [(M4F, True), (M33, False)], ids=["m4", "m33"])
def test_a_store_of_the_base_that_it_moves(options: CoreOptions, continued: bool) -> None:
    """STM r2!, {r2-r7} on Cortex-M33: begun again, and EPSR.ICI at r5 is INVSTATE (100230 C.5)."""
    frames = set()
    for cycle in range(BEFORE // 2, BEFORE + 8):  # Cortex-M33 issues two NOPs a cycle
        rig = prepared([0xC2FC], options=options)
        rig.core.state.words[2] = BUFFER
        rig.at(cycle, 16)
        rig.run(200)
        assert struct.unpack("<6I", rig.bus.read_block(BUFFER, 24)) == (BUFFER, 4, 5, 6, 7, 8)
        assert rig.reg(2) == BUFFER + 24
        frames.add(struct.unpack("<I", rig.bus.read_block(STACK - 4, 4))[0] & 0x0600FC00 != 0)
    assert frames == ({False, True} if continued else {False})
    rig = Rig([0xDF01, 0xC2FC, HERE], {11: [NOP] * 20 + [BX_LR], 6: [HERE]}, options=options)
    rig.core.state.words[2] = BUFFER
    rig.write(0xD24, 1 << 18)
    rig.run(20)
    rig.words(rig.reg(13) + 28, 1 << 24 | 5 << 12)
    rig.run(100)
    assert rig.bus.read(SCS + 0xD28, 4) == (0 if continued else 1 << 17)


@pytest.mark.parametrize("register", [0, 3, 9])
def test_state_that_does_not_fit_the_instruction(register: int) -> None:
    """EPSR.ICI for an instruction that is no multiple, or for a register that it does not load: INVSTATE."""
    code = [NOP, NOP] if register == 3 else LDM_R8
    rig = Rig([0xDF01, *code, HERE], {11: [NOP] * 20 + [BX_LR], 6: [HERE]})
    rig.core.state.words[8] = BUFFER
    rig.write(0xD24, 1 << 18)
    rig.run(20)
    rig.words(rig.reg(13) + 28, 1 << 24 | register << 12)
    rig.run(100)
    expected = 1 << 17 if register else 0
    assert rig.bus.read(SCS + 0xD28, 4) == expected
    if expected:
        assert stacked(rig) == (MAIN + 2, 1 << 24 | register << 12)


def floating(code: list[int], policy: str = "step", late: int | None = None) -> Rig:
    """`code` with s0-s15 in use, interrupted `late` cycles behind BEFORE; not run yet."""
    rig = prepared(code, policy)
    rig.write(0xD88, 0xF << 20)
    rig.core.special.control = 4
    rig.core.fp.update_ready()
    for n in range(16):
        rig.core.state.words[32 + n] = 0x3F800000 + n
    if late is not None:
        rig.at(BEFORE + late, 16)
    return rig


@TIERS
@pytest.mark.parametrize(
    "code",
    [
        [0xED2D, 0x0A08],
        [0xED2D, 0x0A08, 0xECBD, 0x0A08],
        [0xED6D, 0x0A07],
        [0xED6D, 0x0A07, 0xECFD, 0x0A07],
        [0xECB8, 0x2B08],
        [0xED68, 0x1A05],
        [0xED38, 0x2B07],
    ],
    ids=["vpush", "vpop", "vpush s1", "vpop s1", "vldm d2-d5", "vstmdb s3", "fldmdbx d2"],
)
def test_floating_point_multiples_at_every_cycle(code: list[int], policy: str) -> None:
    """{s0-s7}, {s1-s7}, {d2-d5}, {s3-s7}, {d2-d4} with a word more."""

    def run(late: int | None) -> tuple[object, ...]:
        rig = floating(code, policy, late)
        rig.run(250)
        assert len(rig.taken) == (late is not None)
        return outcome(rig), rig.core.state.words[32:48].tolist()

    plain = run(None)
    for late in range(0, 22, 2 if policy == "compile" else 1):
        assert run(late) == plain


def test_floating_point_multiples_go_on() -> None:
    """TI SLAU723A table 1-9: VLDM and VPUSH too. What is there is not transferred again; pairs are."""
    for late in range(1, 10):
        done = max(late - 1, 0) & ~1
        load = floating([0xEC98, 0x4A08], late=late)  # VLDM r8, {s8-s15}
        load.run(BEFORE + late + 14)
        assert stacked(load)[1] >> 12 & 15 == (4 + done // 2 if 0 < done < 8 else 0)
        load.words(BUFFER, *range(0x200, 0x208))
        load.run(200)
        loaded = load.core.state.words[40:48].tolist()
        assert loaded == [(0x108 if n < done else 0x200) + n for n in range(8)]
    push = floating([0xED2D, 0x4A08], late=6)  # VPUSH {s8-s15}
    push.run(BEFORE + 6 + 14)
    push.words(STACK - 32, 77)
    push.run(200)
    assert struct.unpack("<2I", push.bus.read_block(STACK - 32, 8)) == (77, 0x3F800009)
    assert push.reg(13) == STACK - 32
