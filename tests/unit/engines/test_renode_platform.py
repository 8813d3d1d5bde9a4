"""Platforms for Renode: golden files, the grammar, and names that Renode's files have in every release."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from renode_boards import BOARDS, board, chip, unknown
from repl_grammar import read, split_tags

from coincell.describe import load_board
from coincell.engines.renode.description import chip_models, load_chip_model, load_common
from coincell.engines.renode.platform import SEMIHOSTING, Feed, RenodePlatform, platform_of
from coincell.errors import InputError
from coincell.machine.cores import CORES

HERE = Path(__file__).parent / "renode"
NAMES = tomllib.loads((HERE / "names.toml").read_text("utf-8"))
TYPES = {
    # type -> where a file of Renode's, release 1.15.0, uses it (platforms/…)
    "CPU.CortexM": "cpus/nrf52840.repl:4",
    "IRQControllers.NVIC": "cpus/nrf52840.repl:1",
    "Memory.MappedMemory": "cpus/nrf52840.repl:33",
    "Miscellaneous.BitBanding": "cpus/stm32f4.repl:212",
    "Miscellaneous.DWT": "cpus/max32652.repl:109",
    "Miscellaneous.LED": "boards/nrf52840dk_nrf52840.repl:9",
    "SPI.NRF52840_SPI": "cpus/nrf52840.repl:45",
    "Sensors.LSM6DSO_IMU": "../tests/peripherals/LSM6DSO_IMU.robot:15, at 06854d4d",
    "Sensors.LSM9DS1_IMU": "boards/arduino_nano_33_ble.repl:14",
    "Sensors.LSM9DS1_Magnetic": "boards/arduino_nano_33_ble.repl:16",
    "UART.SemihostingUart": "cpus/a20.repl:70",
    "Timers.STM32_Timer": "cpus/stm32f746.repl:185",
}


def made(name: str) -> RenodePlatform:
    return platform_of(BOARDS[name]())


@pytest.mark.parametrize("name", BOARDS)
def test_text_is_the_golden_file(name):
    """Written anew with COINCELL_GOLDEN=1, to be read before it is committed."""
    path, text = HERE / f"{name}.repl", made(name).repl
    if os.environ.get("COINCELL_GOLDEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize("name", BOARDS)
def test_text_keeps_the_grammar_and_every_name_exists(name):
    platform = made(name)
    seen = read(platform.repl)
    assert seen.using == ([platform.based_on] if platform.based_on else [])
    theirs = set(NAMES[platform.based_on]) if platform.based_on else set()
    assert not theirs & set(seen.declared), "an object of Renode's file is declared again"
    known = theirs | set(seen.declared) | {"sysbus"}
    assert seen.updated <= theirs | {"sysbus"}
    assert seen.referred <= known
    assert set(seen.declared.values()) <= set(TYPES)
    assert not seen.updated & {path.removeprefix("sysbus.") for path in platform.since}


@pytest.mark.parametrize("name", BOARDS)
def test_tags_are_taken_by_the_bus(name):
    split_tags(read(made(name).repl).tags)


@pytest.mark.parametrize("name", BOARDS)
def test_objects_that_are_named_exist(name):
    platform = made(name)
    seen = read(platform.repl)
    known = set(seen.declared) | set(NAMES.get(platform.based_on, ())) | {"cpu"}
    paths = [platform.core, *platform.uarts.values(), *platform.blocks.values()]
    paths += [port for port, _ in platform.pins.values()]
    for path in paths:
        first, _, rest = path.partition(".")
        assert first == "sysbus"
        assert rest in known or path in platform.since, path
    for feed in platform.inputs.values():
        assert feed.object.split(".")[-1] in known


@pytest.mark.parametrize("name", BOARDS)
def test_memories_stand_on_renodes_pages(name):
    seen = read(made(name).repl)
    for (entry, key), value in seen.values.items():
        if key == "size":
            assert int(value, 16) % 0x400 == 0, entry
    for entry, kind in seen.declared.items():
        if kind == "Memory.MappedMemory":
            assert all(int(place.split()[1], 16) % 0x400 == 0 for place in seen.places[entry])


@pytest.mark.parametrize("way", SEMIHOSTING, ids=lambda way: way.type)
def test_semihosting_keeps_the_grammar(way):
    seen = read(way.repl)
    assert seen.referred <= {"cpu", *seen.declared}
    kinds = {f"Antmicro.Renode.Peripherals.{kind}" for kind in seen.declared.values()}
    assert way.type in kinds
    assert way.uart.rsplit(".", 1)[1] in seen.declared


def test_the_nano_as_its_variant_wires_it():
    platform = made("nano33ble_sense")
    imu = Feed("sysbus.twi0.imu_motion", "lsm9ds1")
    motion = {"acceleration": imu, "rotation": imu, "magnetic_field": imu}
    assert platform.inputs == {"microphone": Feed("sysbus.pdm", "pdm"), **motion}
    assert platform.uarts["uarte0"] == "sysbus.uart0"
    assert platform.uarts["uarte1"] == "sysbus.uart1"
    assert platform.pins["LED_PWR"] == ("sysbus.gpio1", 9)
    assert platform.pins["PDM_CLK"] == ("sysbus.gpio0", 26)
    assert platform.blocks["clock_power"] == "sysbus.clock"
    assert platform.blocks["p1"] == "sysbus.gpio1"
    assert set(platform.missing) == {"humidity", "barometer", "gesture", "crypto", "i2c_pullups"}
    assert {"saadc", "nvmc", "temp"} <= set(platform.tags)
    assert platform.wfe_event
    values = split_tags(read(platform.repl).tags)
    assert values[0x4001E400] == 1, "NVMC is ready"
    assert values[0x10001000] == 0xFFFFFFFF, "UICR is erased"


def test_a_text_that_the_grammar_refuses_is_noticed():
    """The reader is strict: each of these is one change away from something right."""
    good = "a: X.Y @ sysbus 0x0\n    b: 1\n"
    read(good)
    bad = [
        "  b: 1",
        "    b:1",
        "    init: 1",
        "    b: [1, 2]",
        "    new: 1",
        '    b: "x',
        "    -> a",
        "        b: 1",
    ]
    for line in bad:
        with pytest.raises(AssertionError):
            read(good.replace("    b: 1", line))
    for text in ("a:\n", "a: Y\n", 'a: X.Y\nusing "z"\n', "a: X.Y\n\na: X.Z\n", "none: X.Y\n"):
        with pytest.raises(AssertionError):
            read(text)
    with pytest.raises(AssertionError):
        split_tags([(0, 9, "a", 0), (5, 12, "b", 0)])


def test_what_renodes_file_fixes_runs_at_the_clock_after_reset():
    seen = read(made("nucleo_f746zg").repl)  # HSI: RM0385 5.3.3
    for place in (("nvic", "systickFrequency"), ("dwt", "frequency"), ("timer6", "frequency")):
        assert seen.values[place] == "16000000"


def test_what_depends_on_the_release_is_completed():
    """TIM2 of the F746 came with 1.16.1: declared where it is absent, at the core's clock either way."""
    platform = made("nucleo_f746zg")
    timer2 = next(one for one in platform.completions if one.declared == "timer2: Timers.")
    now = read(timer2.present)
    assert (now.updated, now.values) == ({"timer2"}, {("timer2", "frequency"): "16000000"})
    before = read(timer2.absent)
    assert before.declared == {"timer2": "Timers.STM32_Timer"}
    assert before.values["timer2", "frequency"] == "16000000"
    assert before.irqs == [("timer2", "", "nvic", 28)]
    assert platform.since["sysbus.timer2"] == "1.16.1"
    assert {f"sysbus.{one.declared.partition(':')[0]}" for one in platform.completions} <= set(platform.since)
    assert not made("nano33ble_sense").completions


def test_every_core_of_ours_has_one_of_theirs():
    assert {model.core for model in load_common().cpu} == set(CORES)
    types = {model.core: model.type for model in load_common().cpu}
    assert types["cortex-m4f"] == "cortex-m4", "Renode's cortex-m4f is a Cortex-M7"
    m0plus = made("nucleo_g0b1re").deviations[0]
    assert "Cortex-M3" in m0plus.differs
    assert (m0plus.file, len(m0plus.commit)) == ("tlib arch/arm/helper.c", 40)


@pytest.mark.parametrize("name", chip_models())
def test_data_of_a_chip_agrees_with_renodes_file(name):
    """What is not under [later] or added here is declared by Renode's file in every release."""
    model = load_chip_model(name)
    theirs = set(NAMES[model.based_on])
    added = {entry.name for entry in model.entry if entry.type}
    updated = {entry.name for entry in model.entry if not entry.type}
    memories = {memory.name for memory in model.memory if memory.name}
    assert (set(model.objects) | memories) - set(model.since()) - added <= theirs
    assert updated <= theirs
    assert not added & theirs
    assert not set(model.since()) & theirs
    assert len(set(model.objects.values())) == len(model.objects), "two objects at one address"
    assert model.checked == ("1.15.0", "1.15.3", "1.16.0", "1.16.1")


@pytest.mark.parametrize("name", BOARDS)
def test_deviations_are_complete(name):
    for row in made(name).deviations:
        assert all(vars(row).values()), row
        assert len(row.commit) == 40


def test_an_input_that_cannot_be_fed_says_why():
    platform = platform_of(unknown())
    with pytest.raises(InputError) as refusal:
        platform.feed("vibration")
    for words in (
        "signals.vibration",
        "no model of its part 'piezo'",
        "no block that could",
        "native engine",
    ):
        assert words in str(refusal.value)
    with pytest.raises(InputError, match="has no such input"):
        platform.feed("nose")
    assert made("nano33ble_sense").feed("microphone").kind == "pdm"


def test_an_lsm6dso_hangs_on_the_other_two_wires_and_is_fed():
    """LSM6DSO_IMU.cs has RESD for both quantities; address 0x6A as its board has it."""
    platform = made("nano33ble_motion")
    feed = Feed("sysbus.twi1.wrist_imu", "lsm6dso")
    assert platform.feed("wrist_acceleration") == platform.feed("wrist_rotation") == feed
    assert read(platform.repl).places["wrist_imu"] == ["twi1 0x6A"]
    assert "machine" in platform.missing
    with pytest.raises(InputError, match=r"no model of its part 'machine' \(ST IIS3DWB"):
        platform.feed("vibration")


def test_an_analog_input_names_the_block_that_is_missing():
    nano = load_board("nano33ble_sense")
    analog = nano.part_named("humidity").model_copy(update={"name": "piezo", "wires": {"OUT": "A0"}})
    changed = nano.model_copy(update={"part": (*nano.part, analog), "inputs": {"vibration": "piezo"}})
    refused = platform_of(changed).refused["vibration"]
    assert "part 'piezo' (ST HTS221" in refused
    assert "no model of the block saadc" in refused


def test_a_core_that_renode_lacks_is_refused_by_name(monkeypatch):
    common = load_common()
    fewer = common.model_copy(update={"cpu": common.cpu[-1:]})
    monkeypatch.setattr("coincell.engines.renode.platform.load_common", lambda: fewer)
    with pytest.raises(InputError) as refusal:
        made("nucleo_f746zg")
    for words in ("platforms/chips/stm32f746.toml", "core.type", "'cortex-m7'", "cortex-m33+nodsp+nofp"):
        assert words in str(refusal.value)
    with pytest.raises(InputError, match="Renode has no core of this type"):
        made("obscure1")


def test_a_memory_that_cannot_be_placed_is_refused():
    memories = (("flash", "flash", 0x08000000, 4 << 20, None), ("ram", "ram", 0x20000000, 64 << 10, None))
    about = chip("stm32h743", {"type": "cortex-m7"}, memories, {}, ("PA:16",))
    with pytest.raises(InputError) as refusal:
        platform_of(board(about, {}, {}, {}))
    for words in ("memory.flash", "2,097,152 bytes", "0x08000000 + 4,194,304 bytes"):
        assert words in str(refusal.value)
    shifted = (("flash", "flash", 0x100, 64 << 10, None), memories[1])
    with pytest.raises(InputError, match="multiples of 1024 bytes"):
        platform_of(board(chip("obscure2", {"type": "cortex-m3"}, shifted, {}, ("PA:16",)), {}, {}, {}))
