"""What blocks ask of the chip around them: resets, System OFF, flash, consoles, what is not modelled."""

from __future__ import annotations

from itertools import pairwise

import probe
import pytest

from coincell.engines.contract import RunResult
from coincell.errors import InputError
from coincell.machine import Machine
from coincell.machine.memories import UNTOUCHED

MS = probe.MS


def texts(result: RunResult) -> list[str]:
    return [line.text for line in result.console]


def test_exit_code_through_semihosting() -> None:
    result = probe.run(0)
    assert result.exit_code == 7
    assert 0 < result.duration_ps < MS


def test_a_reset_restarts_core_and_chip_and_keeps_its_reason() -> None:
    result = probe.run(3)
    assert texts(result) == ["reason 00000000", "reason 00000004"]  # SREQ, nRF52840 PS, RESETREAS
    assert result.exit_code == 0  # .bss was cleared again
    uart = [s.state for s in result.states if s.component == "uarte0"]
    assert uart.count("transmitting") == 2


def test_system_off_sleeps_until_the_pin_and_then_resets() -> None:
    machine = Machine(probe.board(), probe.probe(4))
    machine.sim.at(50 * MS, lambda: machine.nets.net("D2").drive("finger", True))
    machine.processor.run(60 * MS)
    assert machine.processor.exit_code == 1
    assert 50 * MS < machine.processor.time < 51 * MS
    states = [(s.time_ps, s.state) for s in machine.recorder.states if s.component == "system"]
    assert [state for _, state in states] == ["on_lowpwr", "off", "on_lowpwr"]
    assert states[2][0] == 50 * MS
    cpu = [s.state for s in machine.recorder.states if s.component == "cpu"]
    assert cpu[cpu.index("off") + 1].startswith("run_")
    counters = machine.processor.counters(machine.processor.time)
    assert counters.active_ps + counters.sleep_ps == machine.processor.time
    assert counters.sleep_ps > 49 * MS


def test_flash_is_written_and_erased_in_its_time() -> None:
    result = probe.run(5, 100 * MS)
    assert texts(result) == ["before ffffffff", "after 12345678", "erased ffffffff"]
    nvmc = [(s.state, s.time_ps) for s in result.states if s.component == "nvmc"]
    durations = {a: end - start for (a, start), (_, end) in pairwise(nvmc)}
    assert durations["writing"] == 41_000_000  # tWRITE and tERASEPAGE of peripherals.nordic.nvmc
    assert durations["erasing"] == 85 * MS
    assert result.cores[0].instructions < 5_000  # the core stood still meanwhile
    assert result.cores[0].active_ps > 85 * MS


@pytest.mark.parametrize("tier", ["interpret", "compile", "random:2"])
def test_what_is_not_modelled_is_counted_once_with_its_place(tier: str) -> None:
    (access,) = probe.run(6, tier=tier).unmodelled
    assert access == probe.run(6).unmodelled[0]
    assert (access.block, access.register, access.count) == ("power", "POFCON", 3)
    function = probe.probe(6).function_at(access.first_pc)
    assert function is not None
    assert function.name == "main"


def test_strict_makes_it_an_error_that_names_the_place() -> None:
    with pytest.raises(InputError, match=r"main\+0x[0-9a-f]+ \(app/main.c:\d+\).*POFCON of power"):
        probe.run(6, strict=True)


def test_debug_consoles() -> None:
    result = probe.run(7)
    assert [(line.port, line.text) for line in result.console] == [
        ("itm", "from the ITM"),
        ("semihosting", "from semihosting"),
        ("semihosting", "and more"),  # without an end of line
    ]


def test_code_in_ram_runs_at_both_addresses_and_may_change() -> None:
    for tier in ("interpret", "random:5"):
        assert probe.run(10, tier=tier).exit_code == sum(range(40))


def test_stack_high_water() -> None:
    shallow, deep = probe.run(0).memory, probe.run(11).memory
    assert deep.stack_size == 2048
    assert 1000 <= deep.stack_high_water < 1000 + 64
    assert shallow.stack_high_water < 64


def test_untouched_memory() -> None:
    machine = Machine(probe.board(), probe.probe(14))
    bus = machine.processor.bus
    assert bus.read(0x2003FFFC, 4) == UNTOUCHED * 0x01010101
    assert bus.read(0x000FFFFC, 4) == 0xFFFFFFFF
    bus.write(0x20000000, 4, 0x12345678)
    assert bus.read(0x00800000, 4) == 0x12345678  # Code RAM region: the same bytes


def test_an_image_for_another_chip_is_refused() -> None:
    image = probe.probe(0)
    moved = type(image)(
        image.path, "elf", tuple(type(s)(s.address + 0x08000000, s.data) for s in image.segments)
    )
    with pytest.raises(InputError, match="does not fit the chip's memories"):
        Machine(probe.board(), moved)


def test_an_image_above_a_boot_loader_starts_at_its_own_table() -> None:
    image = probe.probe(0)
    moved = type(image)(
        image.path, "elf", tuple(type(s)(s.address + 0x10000, s.data) for s in image.segments)
    )
    assert Machine(probe.board(), moved).processor.core.vector_table == 0x10000


def test_a_reset_of_the_core_alone_leaves_the_chip_as_it_is() -> None:
    """AIRCR.VECTRESET (Armv7-M ARM B3.2.6): SysTick and NVIC begin anew, blocks of the chip do not."""
    machine = Machine(probe.board(), probe.probe(14))
    processor, reasons = machine.processor, []
    processor.on_reset.append(reasons.append)
    processor.run(MS)
    bus = processor.bus
    for address, value in ((0x4000051C, 0x5A), (0xE000E014, 1234), (0xE000E100, 8)):  # GPREGRET, RVR, ISER
        bus.write(address, 4, value)
    bus.write(0xE000ED0C, 4, 0x05FA0001)
    processor.run(processor.time + 1)
    assert reasons == []
    assert processor.core.state.words[15] < 0x1000
    assert [bus.read(address, 4) for address in (0x4000051C, 0xE000E014, 0xE000E100)] == [0x5A, 0, 0]
    processor.run(2 * MS)  # it runs again
    assert processor.core.state.words[13] > 0x20000000


def test_every_stimulus_port_is_a_console() -> None:
    machine = Machine(probe.board(), probe.probe(14))
    bus = machine.processor.bus
    for address, value in ((0xE000EDFC, 1 << 24), (0xE0000E80, 1), (0xE0000E00, 1 << 7 | 1)):
        bus.write(address, 4, value)
    for port, text in ((0, b"zero\n"), (7, b"seven\n"), (8, b"off\n")):
        for byte in text:
            bus.write(0xE0000000 + 4 * port, 1, byte)
    lines = [(line.port, line.text) for line in machine.processor.console.lines]
    assert lines == [("itm", "zero"), ("itm7", "seven")]
