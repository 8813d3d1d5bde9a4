"""The flags that show the inside of a run, from the command line to the files."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import probe
import pytest
from intelhex import IntelHex
from typer.testing import CliRunner

import coincell.cli
from coincell.arguments import with_files
from coincell.build.app import build_app
from coincell.cli import main
from coincell.image import load_image

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

HELLO = """
schema = "coincell.scenario/1"
title = "Hello"
board = "nano33ble_sense"
battery = "aaa2"
firmware = { app = "hello" }
duration_ms = 2
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scenario and an image."""
    (tmp_path / "hello.toml").write_text(HELLO)
    (tmp_path / "hello.elf").write_bytes(build_app("hello", probe.board()).elf.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_trace_port(here: Path):
    """The probe writes its text to stimulus port 0, a byte a packet (Armv7-M ARM, appendix D4.2.8)."""
    image = here / "probe.hex"
    text = IntelHex()
    for segment in probe.probe(7).segments:
        text.frombytes(segment.data, segment.address)
    text.tofile(str(image), "hex")
    done = CliRunner().invoke(
        coincell.cli.app, ["exec", str(image), "--board", "nano33ble_sense", "--swo", "out.swo"]
    )
    assert done.exit_code == 0, done.output
    packets = (here / "out.swo").read_bytes()
    assert packets[::2] == b"\x01" * (len(packets) // 2)
    assert packets[1::2] == b"from the ITM\n"


def test_run(here: Path):
    flags = "--profile out.json --coverage out.info --instructions out.txt"
    flags += " --instructions-from 5us --instructions-for 10us"
    done = CliRunner().invoke(coincell.cli.app, ["run", "hello.toml", *flags.split()])
    assert done.exit_code == 0, done.output
    text = done.stdout[done.stdout.index("Where the cycles went") :]
    assert "hal_time_us" in text
    assert "of the core while awake, shared out by cycles" in text
    assert "not shared out:" in text
    page = json.loads((here / "out.json").read_text())
    assert [one["name"] for one in page["profiles"]][1:] == [
        "energy of the core [nJ]",
        "cycles by source line",
    ]
    assert f"of {page['coincell']['cycles']:,} cycles" in text
    sources = re.findall(r"^SF:(.*)", (here / "out.info").read_text(), re.MULTILINE)
    assert {Path(name).name for name in sources} > {"main.c", "console.c"}
    assert all(Path(name).is_file() for name in sources), "of an app of ours, they lie beside its image"
    rows = (here / "out.txt").read_text().splitlines()
    assert 100 < len(rows) < 1280, "10 us at 64 MHz, and headings"


def test_exec(here: Path):
    line = "exec hello.elf --board nano33ble_sense --for 2ms --profile --instructions out.txt"
    done = CliRunner().invoke(coincell.cli.app, with_files(line.split()))
    assert done.exit_code == 0, done.output
    assert done.stdout == "hello from coincell\n"
    assert "Where the cycles went" in done.stderr
    assert "energy" not in done.stderr, "without a battery nothing is known of it"
    assert not (here / "-").exists()
    assert (here / "out.txt").stat().st_size > 10_000


def test_a_file_without_symbols(here: Path):
    """The same firmware as Intel HEX: the same cycles, by address."""
    image = load_image("hello.elf")
    text = IntelHex()
    for segment in image.segments:
        text.puts(segment.address, segment.data)
    text.tofile("hello.hex", "hex")
    line = "--board nano33ble_sense --for 2ms --profile"
    with_names, without = (
        CliRunner().invoke(coincell.cli.app, with_files(["exec", name, *line.split()])).stderr
        for name in ("hello.elf", "hello.hex")
    )
    assert "no symbols either: functions are told by their addresses" in without
    place = image.symbols["hal_time_us"].address
    (named,) = re.findall(r"hal_time_us +\S+ +(.*\d)\n", with_names.split("  line ")[0])
    (found,) = re.findall(rf"0x{place:08x}-0x\w+ +\S+ +(.*\d)\n", without)
    assert found.split() == named.split()


def test_a_trace_without_capstone_says_how_to_get_it(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "capstone", None)
    (here / "out.txt").write_text("of an earlier run")
    with pytest.raises(SystemExit) as ended:
        main(["exec", "hello.elf", "--board", "nano33ble_sense", "--instructions", "out.txt"])
    assert ended.value.code == 2
    assert "pip install -e '.[trace]'" in capsys.readouterr().err
    assert (here / "out.txt").read_text() == "of an earlier run"


def test_a_window_in_which_nothing_happens_says_so(here: Path):
    line = "exec hello.elf --board nano33ble_sense --for 1ms"
    flags = "--instructions out.txt --instructions-from 5ms"
    done = CliRunner().invoke(coincell.cli.app, f"{line} {flags}".split())
    assert done.exit_code == 0, done.output
    assert "no instruction began in this window" in (here / "out.txt").read_text()


def test_what_led_to_a_crash_is_seen(here: Path, capsys: pytest.CaptureFixture[str]):
    text = IntelHex()
    for segment in probe.probe(1).segments:  # it reads where nothing is
        text.puts(segment.address, segment.data)
    text.tofile("crash.hex", "hex")
    line = "exec crash.hex --board nano33ble_sense --profile out.json --instructions out.txt"
    with pytest.raises(SystemExit) as ended:
        main([*line.split(), "--instructions-from", "1us"])
    assert ended.value.code == 3
    said = capsys.readouterr().err
    assert said.index("Where the cycles went") < said.index("the firmware crashed")
    assert json.loads((here / "out.json").read_text())["coincell"]["cycles"] > 100
    assert (here / "out.txt").read_text().splitlines()[-1].endswith("undone")


def test_without_the_flags_nothing_is_said(here: Path):
    done = CliRunner().invoke(
        coincell.cli.app, ["exec", "hello.elf", "--board", "nano33ble_sense", "--for", "2ms"]
    )
    assert "Where the cycles went" not in done.stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--profile nowhere/out.json", "cannot be written"),
        ("--coverage nowhere/out.info", "cannot be written"),
        ("--coverage -", "give it a name"),
        ("--instructions -", "give it a name"),
        ("--instructions out.txt --instructions-for 0ms", "this duration cannot be run"),
        ("--instructions out.txt --instructions-from soon", "not a duration"),
        ("--instructions-for 1ms", "--instructions"),
    ],
)
def test_what_is_refused(here: Path, capsys: pytest.CaptureFixture[str], flags: str, message: str):
    with pytest.raises(SystemExit) as ended:
        main(["run", "hello.toml", *flags.split()])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--instructions", "--swo", "--profile", "--coverage"])
@pytest.mark.parametrize("name", ["x" * 300, "/proc/x.out"])
def test_files_that_no_check_foresees(here: Path, capsys: pytest.CaptureFixture[str], option: str, name: str):
    with pytest.raises(SystemExit) as ended:
        main(["exec", "hello.elf", "--board", "nano33ble_sense", "--for", "1ms", option, name])
    assert ended.value.code == 2
    assert f"coincell: {name}: cannot be written: " in capsys.readouterr().err


def test_a_file_without_lines_has_no_coverage(here: Path, capsys: pytest.CaptureFixture[str]):
    elf = (here / "hello.elf").read_bytes()
    (here / "bare.elf").write_bytes(elf.replace(b".debug_line\0", b".nothing_at\0"))
    with pytest.raises(SystemExit) as ended:
        main(["exec", "bare.elf", "--board", "nano33ble_sense", "--for", "1ms", "--coverage", "out.info"])
    assert ended.value.code == 2
    assert "compiled with -g" in capsys.readouterr().err
