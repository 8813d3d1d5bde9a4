"""A run's files: tried before it, written whatever happens, and never in the place of its report.

/dev/full takes every write and then says that the disk is full (Linux, full(4)); nothing is written to /proc.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from coincell.build.app import build_app
from coincell.cli import main
from coincell.describe import load_board

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")

HEAD = """
schema = "coincell.scenario/1"
title = "One"
board = "nano33ble_sense"
battery = "aaa2"
duration_ms = 2
firmware = { path = "NAME", address = 0 }
"""
FULL = "coincell: /dev/full: cannot be written: No space left on device\n"


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def coincell(tmp_path, monkeypatch, capsys) -> Callable[..., Done]:
    """Run the command line in a folder with crash.bin, crash.toml, hello.elf and hello.toml."""
    # r0 = 3 << 29; ldr r0, [r0]: there is nothing at 0x60000000, and nobody handles the fault
    code = struct.pack("<16I4H", 0x20001000, 0x41, *[0] * 14, 0x2003, 0x0740, 0x6800, 0xE7FE)
    (tmp_path / "crash.bin").write_bytes(code)
    (tmp_path / "crash.toml").write_text(HEAD.replace("NAME", "crash.bin"))
    build_app("hello", load_board("nano33ble_sense"), out_dir=tmp_path)
    (tmp_path / "hello.toml").write_text(HEAD.replace('{ path = "NAME", address = 0 }', '"hello.elf"'))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(line: str) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as done:
            main(line.split())
        out, err = capsys.readouterr()
        return Done(done.value.code, out, err)

    return run


SEEN = ("--coverage", "--instructions", "--swo", "--profile")
CRASH = "exec crash.bin --address 0 --board nano33ble_sense"
HELLO = "exec hello.elf --for 2ms --board nano33ble_sense"


def test_the_document_of_a_crash(coincell):
    done = coincell("run crash.toml --json out.json --trace out.csv")
    assert done.code == 3
    document = json.loads(Path("out.json").read_text())
    assert document["schema"] == "coincell.result/1"
    assert document["passed"] is False
    assert document["scenario"]["title"] == "One"
    crash = document["crash"]
    assert f"coincell: {crash['report']}\n" in done.err
    assert (crash["registers"][0], crash["registers"][15]) == (0x6000_0000, 0x44)  # at the third instruction
    assert crash["fault"] == "BusFault"
    assert crash["cfsr"] == 0x8200  # BFARVALID and PRECISERR: Armv7-M ARM B3.2.15
    assert crash["instructions"] == 2
    assert "coincell: out.csv: not written: the run did not reach its end\n" in done.err
    assert not Path("out.csv").exists()


def test_the_document_of_a_crash_has_the_keys_of_any_other(coincell):
    crash = coincell("run crash.toml --json")
    assert crash.code == 3
    assert coincell("run crash.toml --json --tier interpret").out == crash.out
    hello = json.loads(coincell("run hello.toml --json").out)
    document = json.loads(crash.out)
    assert set(document) < set(hello)
    assert set(document["scenario"]) == set(hello["scenario"])
    assert hello["crash"] is None


@pytest.mark.parametrize("option", SEEN)
def test_a_crash_is_told_whatever_becomes_of_the_files(coincell, option):
    done = coincell(f"{CRASH} {option}=/dev/full")
    assert done.code == 3
    crash, told, later = done.err.partition("coincell: the firmware crashed")
    assert told
    if option in ("--instructions", "--profile"):
        assert later.endswith(FULL)
    if option == "--coverage":  # a raw binary has no lines to cover
        assert "compiled with -g" in later
    assert "cannot be written" not in crash


def test_a_crash_with_a_full_disk_under_its_document(coincell):
    done = coincell("run crash.toml --json=/dev/full --instructions=/dev/full")
    assert done.code == 3
    assert "the firmware crashed" in done.err
    assert done.err.count(FULL) == 2


@pytest.mark.parametrize("option", ["--coverage", "--instructions", "--json", "--trace", "--profile"])
def test_one_file_that_fails_takes_nothing_else_along(coincell, option):
    good = {
        "--coverage": "c.info",
        "--instructions": "i.txt",
        "--json": "j.json",
        "--trace": "t.csv",
        "--profile": "p.json",
    }
    files = " ".join(f"{name}={'/dev/full' if name == option else file}" for name, file in good.items())
    done = coincell(f"run hello.toml {files}")
    assert done.code == 2
    assert "none stated: nothing to pass or fail" in done.out  # the report's last section
    assert done.err == FULL
    for name, file in good.items():
        assert Path(file).exists() == (name != option)
        assert name == option or Path(file).stat().st_size > 100


@pytest.mark.parametrize("command", [HELLO, "run hello.toml"])
@pytest.mark.parametrize(
    "option", ["--coverage", "--instructions", "--swo", "--profile", "--json", "--trace"]
)
def test_what_cannot_be_opened_is_told_before_the_run(coincell, monkeypatch, command, option):
    if command == HELLO and option in ("--json", "--trace"):
        return
    for name in ("run", "execute"):
        monkeypatch.setattr(f"coincell.facade.{name}", lambda *_args, **_options: pytest.fail("it was run"))
    Path("old.info").write_text("of an earlier run")
    before = sorted(path.name for path in Path().iterdir())
    for other in ("--coverage=old.info", "--swo=new.swo"):
        done = coincell(f"{command} {other} {option}=/proc/x.out")
        assert done.code == 2
        assert done.out == ""
        assert done.err.startswith("coincell: /proc/x.out: cannot be written: ")
        assert "to mend: choose another place" in done.err
    assert sorted(path.name for path in Path().iterdir()) == before
    assert Path("old.info").read_text() == "of an earlier run"
