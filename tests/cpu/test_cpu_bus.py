"""Bus, bit-band, trace and cycle counter, exclusives, undefined instructions by name."""

from __future__ import annotations

import pytest
from rig import HERE, M4F, MAIN, NOP, RAM, WFI, Rig

from coincell.cpu.bus import Bus, DirectMemory
from coincell.cpu.faults import CoreFault
from coincell.ports import BusFault

DWT, ITM = 0xE0001000, 0xE0000000
TRCENA = 1 << 24
"""DEMCR's switch of both."""


class Register:
    """One word that remembers accesses."""

    name, base, size = "register", 0x40001000, 0x10

    def __init__(self) -> None:
        self.value = 0
        self.accesses: list[tuple[str, int, int]] = []

    def reset(self) -> None:
        self.value = 0

    def read(self, offset: int, width: int) -> int:
        self.accesses.append(("read", offset, width))
        return self.value >> 8 * (offset & 3) & ((1 << 8 * width) - 1)

    def write(self, offset: int, width: int, value: int) -> None:
        self.accesses.append(("write", offset, width))
        mask = (1 << 8 * width) - 1 << 8 * (offset & 3)
        self.value = self.value & ~mask | value << 8 * (offset & 3) & mask


@pytest.fixture
def bus() -> Bus:
    return Bus(
        [DirectMemory("flash", 0, 0x1000, False), DirectMemory("ram", RAM, 0x1000, True)], bit_band=True
    )


def test_little_endian_any_width(bus: Bus) -> None:
    bus.write(RAM + 3, 4, 0x11223344)
    assert bus.read_block(RAM + 3, 4) == b"\x44\x33\x22\x11"
    assert (bus.read(RAM + 3, 2), bus.read(RAM + 6, 1)) == (0x3344, 0x11)


@pytest.mark.parametrize("address", [RAM - 1, RAM + 0xFFE, 0x0FFE, 0xFFFFFFFE, 0x40001000])
def test_edges_of_memory(bus: Bus, address: int) -> None:
    with pytest.raises(BusFault) as caught:
        bus.read(address, 4)
    assert caught.value.address == address
    with pytest.raises(BusFault):
        bus.write(address, 4, 0)
    with pytest.raises(BusFault):
        bus.read_block(address, 4)
    with pytest.raises(BusFault):
        bus.write_block(address, bytes(4))


def test_flash_takes_programming_not_stores(bus: Bus) -> None:
    with pytest.raises(BusFault):
        bus.write(0x10, 4, 1)
    bus.program(0x10, b"\x01\x02\x03\x04")
    assert bus.read(0x10, 4) == 0x04030201


@pytest.mark.parametrize(("byte", "bit"), [(0, 0), (0, 7), (1, 0), (0xFFF, 5), (0x123, 3)])
def test_bit_band_of_ram(bus: Bus, byte: int, bit: int) -> None:
    """DDI 0439 3.7: alias = alias_base + byte_offset * 32 + bit * 4."""
    alias = 0x22000000 + byte * 32 + bit * 4
    bus.write(RAM + byte, 1, 0x5A)
    assert bus.read(alias, 4) == 0x5A >> bit & 1
    bus.write(alias, 4, 0xFFFFFFFE)  # only bit 0 counts
    assert bus.read(RAM + byte, 1) == 0x5A & ~(1 << bit)
    bus.write(alias, 4, 1)
    assert bus.read(RAM + byte, 1) == 0x5A & ~(1 << bit) | 1 << bit


@pytest.mark.parametrize(("width", "offset"), [(1, 1), (2, 0), (4, 0)])
def test_bit_band_of_peripherals(bus: Bus, width: int, offset: int) -> None:
    """A write reads and writes the register as widely as the alias was accessed (as QEMU's does)."""
    register = Register()
    bus.attach(register)
    register.value = 0x40000000
    bus.write(0x42000000 + 0x1001 * 32 + 4 * 4, width, 1)
    assert register.value == 0x40001000
    assert register.accesses == [("read", offset, width), ("write", offset, width)]
    assert bus.read(0x42000000 + 0x1001 * 32 + 4 * 4 + 3, 1) == 1  # the low bits of the alias do not count
    assert bus.read(0x42000000 + 0x1001 * 32 + 5 * 4, width) == 0


def test_no_bit_band_unless_chosen() -> None:
    with pytest.raises(BusFault):
        Bus([DirectMemory("ram", RAM, 0x1000, True)]).read(0x22000000, 4)


def test_an_alias_shares_bytes_and_marks() -> None:
    flash = DirectMemory("flash", 0x08000000, 0x1000, False)
    bus = Bus([flash, flash.alias("boot", 0, 0x800)])
    changed: list[tuple[int, int]] = []
    bus.on_code_written = lambda address, size: changed.append((address, size))
    bus.program(0x08000010, b"\x07")
    assert bus.read(0x10, 1) == 7
    assert changed == []
    flash.marks[0] = 1
    bus.program(0x7E, b"1234")
    assert bus.read(0x08000080, 2) == 0x3433
    assert changed == [(0x7E, 4)]


# ---- debug blocks ----------------------------------------------------------------------------------------


def test_cycle_counter_counts_awake_cycles() -> None:
    """C1.8.8: two loads of CYCCNT around n NOPs differ by n and the load itself (2, unpaired), less the NOP
    that the first load hides (see timing.cortex_m4)."""
    # ldr r1, [r0, #4]; 10 x nop; ldr r2, [r0, #4]; wfi; ldr r3, [r0, #4]
    rig = Rig([0x6841, *[NOP] * 10, 0x6842, WFI, 0x6843, HERE])
    rig.core.state.words[0] = DWT
    rig.write(0xDFC, TRCENA)
    rig.bus.write(DWT + 4, 4, 0xFFFFFFF8)
    rig.bus.write(DWT, 4, 1)
    rig.write(0x100, 1)
    rig.at(5000, 16)
    rig.run(6000)
    assert (rig.reg(2) - rig.reg(1)) & 0xFFFFFFFF == 11
    assert rig.reg(2) < 0x100  # it wrapped
    assert rig.reg(3) - rig.reg(2) < 40  # asleep, it stood still
    assert rig.bus.read(DWT, 4) & 1
    rig.bus.write(DWT, 4, 0)
    stopped = rig.bus.read(DWT + 4, 4)
    rig.run(6100)
    assert rig.bus.read(DWT + 4, 4) == stopped


def test_trace_port_prints_when_enabled() -> None:
    """C1.7: ITM_TCR.ITMENA and the port's bit of ITM_TER."""
    rig = Rig([HERE])
    rig.write(0xDFC, TRCENA)
    rig.bus.write(ITM, 1, ord("x"))
    rig.bus.write(ITM + 0xE80, 4, 1)
    rig.bus.write(ITM, 1, ord("x"))
    rig.bus.write(ITM + 0xE00, 4, 1)
    assert rig.bus.read(ITM, 4) == 1  # ready
    rig.bus.write(ITM, 1, ord("a"))
    rig.bus.write(ITM, 2, 0x6362)
    rig.bus.write(ITM, 4, 0x67666564)
    rig.bus.write(ITM + 4, 1, ord("x"))  # another port, not enabled
    assert rig.printed == {0: b"abcdefg"}


# ---- exclusives (A3.4) -----------------------------------------------------------------------------------

LDREX, STREX, CLREX = [0xE851, 0x2F00], [0xE841, 0x3000], [0xF3BF, 0x8F2F]
"""LDREX r2, [r1]; STREX r0, r3, [r1]; CLREX."""


@pytest.mark.parametrize(
    ("between", "stored"),
    [([], True), (CLREX, False), ([0xDF01], False), ([0x600B], True), ([*STREX], False)],
    ids=["nothing", "CLREX", "an exception", "a plain store of its own", "another STREX"],
)
def test_exclusive_store(between: list[int], stored: bool) -> None:
    rig = Rig([*LDREX, *between, *STREX, HERE])
    words = rig.core.state.words
    words[0], words[1], words[3] = 99, RAM, 0xABCD
    rig.run(100)
    assert rig.reg(0) == (0 if stored else 1)
    if between in (CLREX, [0xDF01]):
        assert rig.bus.read(RAM, 4) == 0


def test_the_monitor_has_no_address() -> None:
    """DDI 0337I 3.6: the reservation granule is all of memory; the size does not matter either."""
    # ldrexh r2, [r1]; strex r0, r3, [r4]
    rig = Rig([0xE8D1, 0x2F5F, 0xE844, 0x3000, HERE])
    words = rig.core.state.words
    words[0], words[1], words[3], words[4] = 99, RAM, 0xABCD, RAM + 0x400
    rig.run(30)
    assert (rig.reg(0), rig.bus.read(RAM + 0x400, 4)) == (0, 0xABCD)


def test_exclusive_without_load_fails() -> None:
    rig = Rig([*STREX, HERE])
    rig.core.state.words[0], rig.core.state.words[1] = 99, RAM
    rig.run(10)
    assert rig.reg(0) == 1


# ---- what is not there -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "enabled", "bit", "words"),
    [
        ([0xDE07], True, 16, "undefined instruction 0xde07"),
        ([0xF7F0, 0xA005], True, 16, "undefined instruction 0xf7f0a005"),
        ([0xEEB9, 0x0A40], True, 16, "undefined instruction 0xeeb90a40"),
        ([0xEEB9, 0x0A40], False, 19, "FPU used while it is disabled"),
        ([0xEE07, 0x0F90], True, 19, "coprocessor 15"),
    ],
    ids=["UDF", "UDF.W", "FPU", "FPU off", "MCR p15"],
)
def test_undefined_instructions_are_named(code: list[int], enabled: bool, bit: int, words: str) -> None:
    """A5.3.18: NOCP where the coprocessor is absent or off, else UNDEFINSTR."""
    rig = Rig([*code, HERE], {3: [HERE]})
    rig.write(0xD88, 0x00F00000 if enabled else 0)
    faults: list[CoreFault] = []
    rig.core.on_fault = faults.append
    rig.run(20)
    assert words in str(faults[0])
    assert rig.read(0xD28) == 1 << bit
    assert rig.bus.read(rig.reg(13) + 24, 4) == MAIN  # the stacked return address


def test_no_fpu_is_no_coprocessor() -> None:
    options = type(M4F)(**{**M4F.__dict__, "features": frozenset({"v6m", "v7m", "dsp"})})
    rig = Rig([0xEEB9, 0x0A40, HERE], options=options)
    rig.write(0xD88, 0x00F00000)
    assert rig.read(0xD88) == 0
    rig.run(20)
    assert rig.read(0xD28) == 1 << 19
