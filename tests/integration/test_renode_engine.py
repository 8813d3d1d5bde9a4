"""The Renode engine on a program that stands in for Renode: what comes back is what that did."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import intelhex
import pytest
import renode_double

from coincell.build.app import build_app
from coincell.describe import BoardDescription, load_board
from coincell.engines.contract import Marker, RunRequest, RunResult
from coincell.engines.native import NativeEngine
from coincell.engines.renode.engine import RenodeEngine
from coincell.errors import CoincellError, FirmwareCrash, InputError, MissingToolError
from coincell.facade import renode_engine, run_compared
from coincell.image import FirmwareImage, load_image
from coincell.scenario import read_scenario
from coincell.signals.recipes import create
from coincell.simtime import PS_PER_S

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

MS = PS_PER_S // 1000
US, NS = 10**6, 1000
FIRMWARE = Path(__file__).parents[1] / "firmware"
SCENARIOS = Path(__file__).parents[2] / "scenarios"
SOUND_S = 3.2
"""The first word of the recording ends at 2.65 s."""
INFERENCE = Marker("inference", "nn_invoke", (), ("nn_output",))


@cache
def board() -> BoardDescription:
    return load_board("nano33ble_sense")


@cache
def image(app: str) -> FirmwareImage:
    return load_image(build_app(app, board()).elf)


@pytest.fixture(scope="session")
def renode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return renode_double.install(tmp_path_factory.mktemp("program"))


def hello(duration_ps: int = 11 * MS, **more: object) -> RunRequest:
    """The greeting, and the LED on and off."""
    fields = {"board": board(), "image": image("hello"), "duration_ps": duration_ps, "seed": 1} | more
    return RunRequest(**fields)  # type: ignore[arg-type]


def by_hand(program: Path, script: str, folder: Path, **environment: str) -> str:
    """What a run started by hand prints."""
    command = [str(program), "--disable-xwt", "--console", "--plain", script, "-e", "quit"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# ---- wake_word, once -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def heard(
    renode: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[RenodeEngine, RunResult, dict, Path]:
    """A word said to wake_word: engine, result, what the double knows, and the folder that it ran."""
    folder = tmp_path_factory.mktemp("heard")
    request = RunRequest(
        board(),
        image("wake_word"),
        round(SOUND_S * PS_PER_S),
        {"microphone": create({"signal": "wake_word_room"}, 1)},
        (INFERENCE,),
        seed=1,
    )
    truth = folder / "truth.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RENODE_DOUBLE_TRUTH", str(truth))
        patch.setenv("RENODE_DOUBLE_CALLS", "nn_invoke")
        engine = RenodeEngine(renode=renode, keep=folder / "run")
        result = engine.run(request)
    return engine, result, json.loads(truth.read_text()), folder / "run"


def test_it_hears_the_word_when_the_native_engine_does(heard) -> None:
    engine, result, _, _ = heard
    texts = [line.text for line in result.console]
    assert texts == [line.text for line in engine.native.console]
    assert texts[0] == "wake_word: listening"
    assert texts[1] == "wake word 1"
    ours, theirs = result.console[1].time_ps, engine.native.console[1].time_ps
    assert abs(ours - theirs) < 20 * MS  # a line of 20 bytes takes 1.7 ms on the native engine's wire


def test_bytes_and_pins_are_those_that_the_double_sent(heard) -> None:
    _, result, truth, _ = heard
    sent = bytes(byte for _, _, byte in truth["bytes"]).decode()
    assert sent == "".join(f"{line.text}\n" for line in result.console)
    ends = [time for time, _, byte in truth["bytes"] if byte == 0x0A]
    assert [line.time_ps for line in result.console] == [time // NS * NS for time in ends]
    edges = [(e.time_ps, e.net, e.level) for e in result.edges]
    assert edges == [(time // NS * NS, net, level) for time, net, level in truth["edges"] if time]
    assert ("LED_BUILTIN", True) in [(net, level) for _, net, level in edges]


def test_every_pin_begins_low_and_none_rises_for_that(heard) -> None:
    """Lamps that hang on the supply are put out by a rise that the board has not."""
    _, result, _, folder = heard
    records = (folder / "records.txt").read_text()
    for net in ("LED_RED", "LED_GREEN", "LED_BLUE"):
        assert records.count(f" {net} 1\n") == 1
        assert net not in {edge.net for edge in result.edges}


def test_packets_are_those_that_the_double_sent(heard) -> None:
    """Its radio is done 58 + 8 n µs after TXEN, while ours still sends: the next one has to wait."""
    engine, result, truth, _ = heard
    sent = [(mhz, pdu) for _, mhz, pdu in truth["packets"]]
    assert [mhz for mhz, _ in sent] == [2402, 2426, 2480]
    assert [(packet.freq_mhz, packet.payload.hex()) for packet in result.packets] == sent
    named = slice(2, 8)  # by the chip's own address: the native engine's FICR has another
    for ours, theirs in zip(result.packets, engine.native.packets, strict=True):
        assert ours.payload.replace(ours.payload[named], theirs.payload[named]) == theirs.payload
    n_bytes = len(sent[0][1]) // 2 - 2
    first, second, _ = (time for time, _, _ in truth["packets"])
    assert 58 + 8 * n_bytes <= (second - first) / 1e6 < 58 + 8 * n_bytes + 20
    assert result.packets[1].start_ps > result.packets[0].end_ps > second


def test_marked_calls_are_those_that_the_double_saw(heard) -> None:
    engine, result, truth, _ = heard
    calls = [call for call in truth["calls"] if call["end"] is not None]
    assert len(calls) == len(result.spans) > 15
    assert [(s.start_ps, s.end_ps) for s in result.spans] == [
        (call["start"] // NS * NS, call["end"] // NS * NS) for call in calls
    ]
    (core,) = result.cores
    mips = int(core.timing_model.split()[1])
    for span, call in zip(result.spans, calls, strict=True):
        cycles = (call["done"] - call["begun"]) * 64 / mips
        assert abs(span.end_cycle - span.start_cycle - cycles) <= 2
    captured = [span.captured["return:nn_output"] for span in result.spans]
    native = [span.captured["return:nn_output"] for span in engine.native.spans]
    # One of the first two buffers is never written: NRF52840_PDM.cs:153-229. After that both hear the same.
    assert captured[1:] == native[1 : len(captured)]
    assert captured[0] != native[0]


def test_sleep_and_instructions_are_those_of_the_double(heard) -> None:
    engine, result, truth, _ = heard
    (core,) = result.cores
    assert core.instructions == truth["instructions"]
    asleep, since = 0, None
    for time, on in truth["sleeps"]:
        asleep, since = (asleep, time) if on else (asleep + time - since, None)
    asleep += result.duration_ps - since if since is not None else 0
    # Told from the instruction before it on: one more each time; and of the ends, whole nanoseconds.
    assert 0 <= core.sleep_ps - asleep < len(truth["sleeps"]) * 30 * NS
    assert core.sleep_ps + core.active_ps == result.duration_ps
    (native,) = engine.native.cores
    assert abs(core.instructions - native.instructions) < 0.01 * native.instructions


def test_every_register_write_is_repeated_in_its_order(heard) -> None:
    """All that the double's bus took outside the core's own registers, and outside what nobody declares."""
    _, result, truth, folder = heard
    told = []
    for line in (folder / "records.txt").read_text().splitlines():
        kind, _, _, *words = line.split(" ")
        if kind == "W":
            told.append((int(words[0], 16), int(words[1]), int(words[2], 16)))
    known = [(address, size, value) for _, address, size, value in truth["writes"] if address < 0xE0000000]
    assert told == known
    running = [s for s in result.states if s.component == "pdm" and s.state == "running"]
    (start,) = [time for time, address, _, _ in truth["writes"] if address == 0x4001D000]
    assert [s.time_ps for s in running] == [start // NS * NS]


def test_the_microphone_got_all_samples_but_those_that_would_be_late(heard) -> None:
    engine, _, truth, folder = heard
    taken = engine.native.samples["microphone"]
    file = (folder / "microphone.s16le").read_bytes()
    first = 2 * taken.first_buffer
    assert file == taken.data[:first] + taken.data[2 * first :]
    assert truth["taken"]["pdm"] <= len(file) // 2 < truth["taken"]["pdm"] + 3 * taken.first_buffer


def test_what_the_double_complained_of_is_in_the_report(heard) -> None:
    _, result, _, _ = heard
    assert result.engine_report is not None
    assert result.engine_report.program == "Renode 1.16.1"
    notes = "\n".join(result.engine_report.notes)
    assert "offset 0x578 of clock, written once" in notes
    assert "offset 0x540 of nvmc, written once" in notes
    assert "offset 0x544 (PIN (0x19), PORT (0x0), CONNECT) of pdm, written once" in notes


# ---- a reset by the firmware; semihosting -----------------------------------------------------------


@cache
def restarting() -> FirmwareImage:
    """The image of tests/firmware/restart.c."""
    elf = Path(mkdtemp()) / "restart.elf"
    target = ["-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp"]
    options = ["-ffreestanding", "-O2", "-g", "-Wl,-e,reset", f"-Wl,-T,{FIRMWARE / 'bare.ld'}"]
    source = str(FIRMWARE / "restart.c")
    command = [sys.executable, "-m", "ziglang", "cc", *target, *options, source, "-o", str(elf)]
    subprocess.run(command, check=True, capture_output=True)
    return load_image(elf)


def test_a_machine_that_resets_itself_begins_anew(renode: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("RENODE_DOUBLE_TRUTH", str(tmp_path / "truth.json"))
    engine = RenodeEngine(renode=renode, keep=tmp_path / "run")
    result = engine.run(hello(image=restarting(), markers=(Marker("work", "work"),)))
    records = [line.split(" ") for line in (tmp_path / "run" / "records.txt").read_text().splitlines()]
    (reset,) = [int(record[1]) * NS for record in records if record[0] == "K"]
    assert reset % (10 * US) == 0, "at the end of a quantum, which the folder's script sets"
    assert result.engine_report is not None
    assert "the machine was reset once; inputs then began anew" in result.engine_report.notes
    lit = [(edge.time_ps, edge.level) for edge in result.edges if edge.net == "LED_BUILTIN"]
    assert [level for _, level in lit] == [True, False, True]
    assert lit[1][0] == reset
    native = [(edge.net, edge.level) for edge in engine.native.edges if edge.time_ps]
    assert [(edge.net, edge.level) for edge in result.edges] == native
    truth = json.loads((tmp_path / "truth.json").read_text())
    (core,) = result.cores
    # Those after the last record and before the reset are seen by nobody.
    assert 0 <= truth["instructions"] - core.instructions < 10 * int(core.timing_model.split()[1]) + 10
    first, second = result.spans
    assert first.end_ps < reset < second.start_ps
    assert first.end_cycle < second.start_cycle
    assert abs((first.end_cycle - first.start_cycle) - (second.end_cycle - second.start_cycle)) <= 2


@pytest.mark.parametrize("generation", ["1.15.0", "1.16.1", "head"])
def test_semihosting_is_a_console_as_far_as_the_release_serves_it(
    renode: Path, monkeypatch: pytest.MonkeyPatch, generation: str
) -> None:
    monkeypatch.setenv("RENODE_DOUBLE_GENERATION", generation)
    engine = RenodeEngine(renode=renode)
    result = engine.run(hello(image=restarting()))
    texts = ["first", "FIRST", "again", "AGAIN"]
    assert [(line.port, line.text) for line in engine.native.console] == [("semihosting", t) for t in texts]
    told = texts if generation == "head" else ["first", "again"]
    assert [(line.port, line.text) for line in result.console] == [("semihosting", text) for text in told]
    assert result.engine_report is not None
    notes = [note for note in result.engine_report.notes if "SYS_WRITE0" in note]
    assert len(notes) == (0 if generation == "head" else 1)


# ---- hello: releases, images, places ---------------------------------------------------------------


@pytest.mark.parametrize("generation", ["1.15.0", "1.15.3", "1.16.1", "head"])
def test_releases_differ_in_what_they_print_alone(
    renode: Path, monkeypatch: pytest.MonkeyPatch, generation: str
) -> None:
    monkeypatch.setenv("RENODE_DOUBLE_GENERATION", generation)
    marker = Marker("write", "hal_console_write")
    engine = RenodeEngine(renode=renode)
    result = engine.run(hello(markers=(marker,)))
    assert [line.text for line in result.console] == ["hello from coincell"]
    assert [(e.net, e.level) for e in result.edges] == [
        ("D1_TX", True),
        ("LED_BUILTIN", True),
        ("LED_BUILTIN", False),
    ]
    assert [span.marker for span in result.spans] == ["write"]
    assert result.engine_report is not None
    assert result.engine_report.program == f"Renode {generation.replace('head', '1.16.1')}"
    tick = 10**6 if generation == "1.15.0" else 1000
    assert all(edge.time_ps % tick == 0 for edge in result.edges)


def test_a_hex_file_runs_as_the_elf_does(renode: Path, tmp_path: Path) -> None:
    file = tmp_path / "hello.hex"
    flash = intelhex.IntelHex()
    for segment in image("hello").segments:
        flash.puts(segment.address, segment.data)
    flash.write_hex_file(str(file))
    results = [
        RenodeEngine(renode=renode).run(hello(image=made)) for made in (image("hello"), load_image(file))
    ]
    for name in ("console", "edges", "cores", "states"):
        assert getattr(results[0], name) == getattr(results[1], name)


@pytest.fixture
def kept(renode: Path, tmp_path: Path) -> Path:
    """The folder of a run of hello."""
    RenodeEngine(renode=renode, keep=tmp_path / "kept").run(hello())
    return tmp_path / "kept"


def test_the_folder_runs_elsewhere_by_hand(renode: Path, kept: Path, tmp_path: Path) -> None:
    before = (kept / "records.txt").read_bytes()
    for name, script in (("elsewhere", "run.resc"), ("a place with blanks", "")):
        there = tmp_path / "moved" / name
        shutil.copytree(kept, there)
        (there / "records.txt").unlink()
        told = by_hand(renode, script or str(there / "run.resc").replace(" ", "\\ "), there)
        assert "error" not in told.lower(), told
        assert (there / "records.txt").read_bytes() == before


def test_without_the_hook_it_sleeps_past_its_interrupt(renode: Path, tmp_path: Path) -> None:
    """Why setup.resc has the hook. Renode's core does not know that an interrupt ends the next WFE."""
    RenodeEngine(renode=renode, keep=tmp_path).run(hello(25 * MS))
    lit = "LED_BUILTIN 1"
    assert (tmp_path / "records.txt").read_text().count(lit) == 2
    setup = tmp_path / "setup.resc"
    lines = setup.read_text().splitlines()
    assert sum("AddHookAtInterruptEnd" in line for line in lines) == 1
    setup.write_text("\n".join(line for line in lines if "AddHookAtInterruptEnd" not in line))
    by_hand(renode, str(tmp_path / "run.resc"), tmp_path)
    records = (tmp_path / "records.txt").read_text()
    assert records.count(lit) < 2
    assert records.splitlines()[-1].startswith("X 25000000 ")


# ---- other chips ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("board_name", "generation"),
    [
        *(("nucleo_f746zg", generation) for generation in ("1.15.0", "1.16.0", "1.16.1")),
        *(("nucleo_g0b1re", generation) for generation in ("1.15.0", "head")),
    ],
)
def test_both_engines_agree_on_stm32(
    renode: Path, monkeypatch: pytest.MonkeyPatch, board_name: str, generation: str
) -> None:
    """Until 1.16.0 complete.py adds TIM2 to the F746; later it is there, at 10 MHz without us."""
    monkeypatch.setenv("RENODE_DOUBLE_GENERATION", generation)
    scenario = read_scenario(SCENARIOS / f"hello_{board_name}.toml")
    result, opinion = run_compared(scenario, renode_engine(scenario, renode), True)
    assert result.passed
    assert opinion is not None
    differences = [(kind.tolerance.kind, kind.differences) for kind in opinion.comparison.kinds]
    assert opinion.comparison.agrees, differences


@pytest.mark.parametrize("generation", ["1.15.0", "1.16.1", "head"])
def test_buffers_of_sound_come_at_the_chips_rate(
    renode: Path, monkeypatch: pytest.MonkeyPatch, generation: str
) -> None:
    """16,000 / 512 is no whole number: without the script Renode is 0.8 % slow (NRF52840_PDM.cs:374)."""
    monkeypatch.setenv("RENODE_DOUBLE_GENERATION", generation)
    request = RunRequest(
        board(),
        image("sound_scene"),
        4 * PS_PER_S,
        {"microphone": create({"signal": "wake_word_room"}, 1)},
        (Marker("answer", "judge"),),
    )
    engine = RenodeEngine(renode=renode)
    theirs, ours = engine.run(request), engine.native_again().run(request)
    starts = [[span.start_ps for span in run.spans] for run in (theirs, ours)]
    assert len(starts[0]) == len(starts[1]) > 5
    assert max(abs(a - b) for a, b in zip(*starts, strict=True)) < 1 * MS


def test_an_lsm6dso_is_given_its_file(renode: Path, tmp_path: Path) -> None:
    """The file is taken at a data rate, as Renode refuses to read one at 0 Hz."""
    motion = load_board("nano33ble_motion")
    signals = {
        "wrist_acceleration": create({"kind": "constant", "values": [0, 0, 1], "unit": "g"}, 1),
        "wrist_rotation": create({"kind": "constant", "values": [0, 0, 1], "unit": "rad/s"}, 1),
    }
    built = load_image(build_app("hello", motion).elf)
    engine = RenodeEngine(renode=renode, keep=tmp_path / "kept")
    result = engine.run(hello(board=motion, image=built, signals=signals))
    assert set(result.sample_digests) == {"wrist_acceleration.resd", "wrist_rotation.resd"}
    script = (tmp_path / "kept" / "setup.resc").read_text()
    assert script.index("WriteByte 0x10 0x40") < script.index("FeedAccelerationSamplesFromRESD")
    for rate in (
        "    sysbus.twi1.wrist_imu WriteByte 0x10 0x40",
        "    sysbus.twi1.wrist_imu WriteByte 0x11 0x40",
    ):
        (tmp_path / "kept" / "setup.resc").write_text(script.replace(f"{rate}\n", ""))
        assert "Frequency must be higher than zero" in by_hand(
            renode, str(tmp_path / "kept" / "run.resc"), tmp_path
        )


# ---- failures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "kind", "says"),
    [
        ("die@0.005", CoincellError, ["it stopped at 0.00", "its process ended with code 7"]),
        ("crash@0.005", CoincellError, ["Fatal error:", "NullReferenceException"]),
        (
            "hang@0.005,deaf",
            CoincellError,
            ["did not come to the end of the run in its time", "--renode-time"],
        ),
        ("abort@0.005", FirmwareCrash, ["the core halted: Abort", "CPU abort [PC=0x20000000]", "0.005000 s"]),
        ("loading", CoincellError, ["There was an error executing command", "not a proper ELF file"]),
        ("cut", CoincellError, ["did not come to the end of the run"]),
    ],
)
def test_a_renode_that_fails_is_told_of(
    renode: Path, monkeypatch: pytest.MonkeyPatch, how: str, kind: type[Exception], says: list[str]
) -> None:
    monkeypatch.setenv("RENODE_DOUBLE_FAILS", how)
    with pytest.raises(kind) as told:
        RenodeEngine(renode=renode, wall_limit_s=5 if "hang" in how else 60).run(hello())
    for words in says:
        assert words in str(told.value)


def test_a_platform_that_renode_refuses_is_told_of(renode: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coincell.engines.renode import engine

    made = engine.platform_of(board())
    wrong = replace(made, repl=made.repl.replace("Miscellaneous.LED", "Miscellaneous.Lamp"))
    monkeypatch.setattr(engine, "platform_of", lambda board: wrong)
    with pytest.raises(CoincellError, match=r"Error E04: Could not resolve type: 'Miscellaneous\.Lamp'"):
        RenodeEngine(renode=renode).run(hello())


def test_the_native_engine_heard_the_same_request(heard) -> None:
    """The numbers that this module compares with are those of a run of its own."""
    engine, _, _, _ = heard
    request = hello()
    assert NativeEngine().run(request).console[0].text == "hello from coincell"
    assert engine.native.engine == "native"


def test_records_of_a_renode_elsewhere_are_judged_alike(heard) -> None:
    """No Renode is looked for: what comes back is the run that was made there."""
    _, result, _, folder = heard
    request = RunRequest(
        board(),
        image("wake_word"),
        round(SOUND_S * PS_PER_S),
        {"microphone": create({"signal": "wake_word_room"}, 1)},
        (INFERENCE,),
        seed=1,
    )
    again = RenodeEngine(renode=Path("nowhere"), records=folder / "records.txt").run(request)
    assert again.engine_report.program == "Renode elsewhere (records.txt)"
    same = ("console", "edges", "spans", "packets", "states", "events", "cores", "memory", "sample_digests")
    assert [getattr(again, name) for name in same] == [getattr(result, name) for name in same]


def test_records_that_end_early_are_no_result(renode, tmp_path) -> None:
    RenodeEngine(renode=renode, keep=tmp_path / "kept").run(hello())
    lines = (tmp_path / "kept" / "records.txt").read_text().splitlines(keepends=True)
    short = tmp_path / "records.txt"
    short.write_text("".join(lines[: len(lines) // 2]))
    with pytest.raises(InputError, match=r"these records end at 0\.0\d+ s, before the run's end"):
        RenodeEngine(records=short).run(hello())


def test_records_of_another_run_are_refused(heard) -> None:
    _, _, _, folder = heard
    with pytest.raises(InputError, match="records are of another run"):
        RenodeEngine(records=folder / "records.txt").run(hello())


def test_a_folder_with_other_files_is_left_alone(tmp_path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(InputError, match="this folder has other files"):
        RenodeEngine(keep=tmp_path).run(hello())
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text() == "mine"


def test_a_kept_folder_is_made_anew_and_its_records_stay(renode, tmp_path) -> None:
    place = tmp_path / "kept"
    RenodeEngine(renode=renode, keep=place).run(hello())
    first = (place / "records.txt").read_bytes()
    (place / "image7.bin").write_bytes(b"an earlier input")
    manifest = place / "coincell-files.txt"
    manifest.write_text(manifest.read_text() + "image7.bin\n../README.md\n")
    outside = tmp_path / "README.md"
    outside.write_text("not yours")
    RenodeEngine(renode=renode, keep=place).run(hello())
    assert (place / "records.earlier.txt").read_bytes() == first
    assert (place / "records.txt").read_bytes() == first
    assert not (place / "image7.bin").exists()
    assert outside.read_text() == "not yours"


def test_without_renode_the_folder_is_ready(tmp_path) -> None:
    with pytest.raises(CoincellError) as caught:
        RenodeEngine(renode=tmp_path / "nowhere", keep=tmp_path / "kept").run(hello())
    assert "is ready to be run where there is Renode" in caught.value.__notes__[0]
    assert "--renode-records records.txt" in (tmp_path / "kept" / "README.md").read_text()


def test_an_old_renode_is_refused(tmp_path) -> None:
    old = tmp_path / "renode"
    old.write_text("#!/bin/sh\necho 'Renode, version 1.14.0.36150 (6a0ba28d-202305111234)'\n")
    old.chmod(0o755)
    with pytest.raises(MissingToolError, match=r"1\.15 or later is needed; .*renode is 1\.14\.0"):
        RenodeEngine(renode=old).run(hello())


def test_firmware_that_would_wait_for_ever_is_refused_by_name() -> None:
    """motion_log reads its sensor by TWIM0 and EasyDMA, which Renode's TWI does not know."""
    request = RunRequest(board(), image("motion_log"), 300 * MS, seed=1)
    with pytest.raises(InputError, match=r"the firmware uses twim0, .*its TWI knows no EasyDMA"):
        RenodeEngine(records=Path("none")).run(request)
