"""POWER, NVMC, and the reset values and names of every block."""

from __future__ import annotations

import pytest

from coincell.ports import BusFault


class TestPower:
    @pytest.fixture
    def power(self, bench):
        return bench.make("nordic.power", 0x40000000, "power")

    def test_regulator_and_sub_power_modes(self, bench, power) -> None:
        power.write(0x578, 4, 1)
        power.write(0x078, 4, 1)
        power.write(0x07C, 4, 1)
        power.write(0x578, 4, 0)
        assert [s for _, s in bench.components["reg1"].history] == ["ldo", "dcdc", "ldo"]
        assert [s for _, s in bench.components["system"].history] == ["on_lowpwr", "on_constlat", "on_lowpwr"]

    def test_ram_sections_add_up(self, bench, power) -> None:
        assert bench.components["ram"].state == "on_256k"
        power.write(0x908, 4, 0b01)  # one of 4 KB
        assert bench.components["ram"].state == "on_252k"
        power.write(0x980, 4, 1)  # RAM8 keeps one of six sections of 32 KB
        assert bench.components["ram"].state == "on_92k"
        power.write(0x904, 4, 0b01)
        assert bench.components["ram"].state == "on_96k"

    def test_system_off_and_wake_by_pin(self, bench, power) -> None:
        calls = []
        bench.context.hooks.system_off = lambda: calls.append("off")
        bench.context.hooks.reset = calls.append
        port = bench.make("nordic.gpio", 0x50000500, "p0")
        port.write(0x200, 4, 2 << 16)
        power.write(0x984, 4, 1 << 16)
        power.write(0x500, 4, 1)
        assert power.is_off
        assert bench.components["ram"].state == "off_32k"
        assert bench.components["system"].state == "off"
        bench.pin("P0.00").drive("button", True)
        assert calls == ["off", "OFF"]

    def test_reset_reasons_accumulate_until_cleared_by_ones(self, bench, power) -> None:
        power.note_reset("DOG")
        power.reset()
        power.note_reset("SREQ")
        assert power.read(0x400, 4) == 0b110
        power.write(0x400, 4, 0b010)
        assert power.read(0x400, 4) == 0b100
        power.write(0x51C, 4, 0x1A5)
        power.reset()
        assert power.read(0x51C, 4) == 0xA5


class TestNvmc:
    @pytest.fixture
    def nvmc(self, bench):
        return bench.make("nordic.nvmc", 0x4001E000, "nvmc")

    def test_writing_needs_wen_and_only_clears_bits(self, bench, nvmc) -> None:
        stalls = []
        bench.context.hooks.stall_core = stalls.append
        with pytest.raises(BusFault):
            nvmc.store_word(0x1000, 0)
        nvmc.write(0x504, 4, 1)
        nvmc.store_word(0x1000, 0xFFFF00FF)
        assert nvmc.read(0x400, 4) == 0
        assert bench.components["nvmc"].state == "writing"
        nvmc.store_word(0x1000, 0x00FFFFFF)
        assert stalls == [41 * 10**6, 82 * 10**6]
        bench.sim.advance(82 * 10**6)
        assert nvmc.read(0x400, 4) == 1
        assert bench.flash.read_block(0x1000, 4) == bytes.fromhex("ff00ff00")

    def test_page_erase(self, bench, nvmc) -> None:
        bench.flash.write_block(0x1FFC, bytes(8))
        nvmc.write(0x508, 4, 0x2000)
        assert bench.flash.read_block(0x2000, 4) == bytes(4)  # not enabled
        nvmc.write(0x504, 4, 2)
        nvmc.write(0x508, 4, 0x2000)
        assert bench.flash.read_block(0x1FFC, 8) == bytes(4) + b"\xff" * 4
        bench.sim.advance(85 * 10**9 - 1)
        assert bench.components["nvmc"].state == "erasing"
        bench.sim.advance(85 * 10**9)
        assert bench.components["nvmc"].state == "idle"

    def test_partial_erase_completes_when_the_parts_add_up(self, bench, nvmc) -> None:
        bench.flash.write_block(0x3000, bytes(4))
        nvmc.write(0x504, 4, 2)
        nvmc.write(0x51C, 4, 20)
        for n in range(5):
            assert (bench.flash.read_block(0x3000, 1) == b"\xff") == (n > 4)
            nvmc.write(0x518, 4, 0x3000)
        assert bench.flash.read_block(0x3000, 1) == b"\xff"

    def test_cache_switch_and_profile(self, bench, nvmc) -> None:
        heard = []
        counters = [10, 3]
        bench.context.hooks.icache_changed = heard.append
        bench.context.hooks.icache_counters = lambda: tuple(counters)
        assert not nvmc.icache_enabled
        nvmc.write(0x540, 4, 0x101)
        nvmc.write(0x548, 4, 0)
        counters[:] = [110, 5]
        assert nvmc.icache_enabled
        assert (nvmc.read(0x548, 4), nvmc.read(0x54C, 4)) == (100, 2)
        nvmc.write(0x540, 4, 0)
        assert heard == [True, False]
        assert nvmc.read(0x548, 4) == 0

    def test_a_profile_that_nobody_counts_is_reported(self, bench, nvmc) -> None:
        nvmc.write(0x540, 4, 0x101)
        assert nvmc.read(0x548, 4) == nvmc.read(0x54C, 4) == 0
        assert bench.unmodelled == [("nvmc", "IHIT"), ("nvmc", "IMISS")]
