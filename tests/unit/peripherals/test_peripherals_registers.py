"""The register framework: access kinds, widths, windows, reports."""

from __future__ import annotations

import pytest

from coincell.errors import InputError
from coincell.peripherals.pins import Net
from coincell.peripherals.registers import Block, Field, Register, Registers
from coincell.peripherals.registry import create, types

LOW, HIGH = Field(0, 3), Field(8, 11)


class Sample(Block):
    CONFIG = Register(0x10, reset=0x105, fields=(LOW, HIGH))
    CONFIGSET = Register(0x14, sets=CONFIG)
    CONFIGCLR = Register(0x18, clears=CONFIG)
    STATUS = Register(0x1C, access="r", reset=7)
    FLAGS = Register(0x20, access="w1c", reset=0xF0)
    GO = Register(0x24, access="w")
    LATER = Register(0x28, modelled=False)
    CC = Registers(0x40, 3, 8, reset=9, name="CC[{}].VALUE")
    LIVE = Register(0x60, access="r")

    def __init__(self, reports: list[tuple[str, str]]) -> None:
        self.seen: list[tuple[str, int, int]] = []
        super().__init__("sample", 0x40000000, lambda *what: reports.append(what))

    @CONFIG.on_write
    def _config(self, value: int, index: int) -> None:
        self.seen.append(("config", value, index))

    @GO.on_write
    def _go(self, value: int, index: int) -> None:
        self.seen.append(("go", value, index))

    @CC.on_write
    def _cc(self, value: int, index: int) -> None:
        self.seen.append(("cc", value, index))

    @LIVE.on_read
    def _live(self, index: int) -> int:
        return 0x1_0000_0042


@pytest.fixture
def reports() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def block(reports: list[tuple[str, str]]) -> Sample:
    return Sample(reports)


def test_reset_values_and_reserved_bits(block: Sample) -> None:
    assert block.read(0x10, 4) == 0x105
    block.write(0x10, 4, 0xFFFF_FFFF)
    assert block.read(0x10, 4) == block.CONFIG == 0xF0F
    block.reset()
    assert block.CONFIG == 0x105


def test_set_and_clear_windows_reach_the_register_and_its_hook(block: Sample) -> None:
    block.write(0x14, 4, 0x200)
    assert block.CONFIG == 0x305
    block.write(0x18, 4, 0x005)
    assert block.CONFIG == 0x300
    assert block.read(0x14, 4) == block.read(0x18, 4) == 0x300
    assert block.seen == [("config", 0x305, 0), ("config", 0x300, 0)]


def test_access_kinds(block: Sample) -> None:
    block.write(0x1C, 4, 0)
    assert block.read(0x1C, 4) == 7
    block.write(0x20, 4, 0x30)
    assert block.read(0x20, 4) == 0xC0
    block.write(0x24, 4, 5)
    assert block.read(0x24, 4) == 0
    assert block.seen == [("go", 5, 0)]


def test_narrow_accesses_keep_the_other_bytes_only_where_writing_ones_has_no_effect(block: Sample) -> None:
    block.write(0x11, 1, 0x02)
    assert block.CONFIG == 0x205
    assert block.read(0x11, 1) == 2
    assert block.read(0x10, 2) == 0x205
    block.write(0x20, 1, 0x10)
    assert block.FLAGS == 0xE0


def test_arrays(block: Sample) -> None:
    block.write(0x48, 4, 77)
    assert list(block.CC) == [9, 77, 9]
    assert block.seen == [("cc", 77, 1)]
    block.CC[2] = 5
    assert block.read(0x50, 4) == 5
    with pytest.raises(IndexError):
        block.CC[3]


def test_what_is_not_modelled_is_reported_by_name(block: Sample, reports: list[tuple[str, str]]) -> None:
    assert block.read(0x30, 4) == 0
    block.write(0x44, 4, 1)
    block.write(0x28, 4, 3)
    assert block.read(0x28, 4) == 3
    assert reports == [("sample", "0x030"), ("sample", "0x044"), ("sample", "LATER"), ("sample", "LATER")]


def test_compiled_code_may_read_only_registers_whose_reading_has_no_effect(block: Sample) -> None:
    plain = Sample.plain_offsets()
    assert {0x10, 0x1C, 0x20, 0x40, 0x48, 0x50} == plain
    assert block.read(0x60, 4) == 0x42
    assert block.words[0x10 >> 2] == 0x105


def test_two_registers_cannot_share_an_offset() -> None:
    with pytest.raises(TypeError, match="share 0x010"):

        class Wrong(Sample):
            OTHER = Register(0x10)


def test_fields() -> None:
    assert HIGH.mask == 0xF00
    assert HIGH.of(0x5A5) == 5
    assert HIGH.into(0xFFF, 3) == 0x3FF


def test_unknown_types_and_options_are_input_errors(bench) -> None:
    with pytest.raises(InputError, match=r"nordic\.rtc"):
        create("nordic.rct", "rtc0", 0x4000B000, bench.context)
    with pytest.raises(InputError, match="n_compares"):
        create("nordic.rtc", "rtc0", 0x4000B000, bench.context, n_compares=3)
    assert "stub" in types()


def test_stub_remembers_and_reports(bench) -> None:
    stub = bench.make("stub", 0x40027000, "usbd")
    stub.write(0x500, 4, 1)
    assert stub.read(0x500, 4) == 1
    assert bench.unmodelled == [("usbd", "0x500")] * 2


def test_net_drivers_beat_pulls_and_low_wins() -> None:
    net, heard = Net("n"), []
    net.watch(heard.append)
    net.pull("chip", True)
    net.drive("button", False)
    net.drive("chip", True)
    assert not net.level
    net.drive("button", None)
    net.drive("chip", None)
    net.pull("chip", None)
    assert heard == [True, False, True, False]
