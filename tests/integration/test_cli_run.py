"""`coincell run` and `coincell exec` from the command's first letter to its exit code."""

from __future__ import annotations

import csv
import json
import os
import struct
import subprocess
import sys
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise

import pytest

from coincell.build.app import build_app
from coincell.describe import load_board

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

HELLO = """
schema = "coincell.scenario/1"
title = "Hello"
board = "nano33ble_sense"
battery = "aaa2"
firmware = { app = "hello" }
duration_ms = 6

[markers.inference]
function = "console_puts"

[expect]
console_contains = ["hello from coincell"]
unmodelled_max = 0
"""


@pytest.fixture
def coincell(tmp_path):
    """Run the command line in a process of its own, in a folder with `hello.toml`."""
    (tmp_path / "hello.toml").write_text(HELLO)

    def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from coincell.cli import main; main()", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "NO_COLOR": "1", **env},
        )

    return run


def test_expectations_that_hold(coincell):
    done = coincell("run", "hello.toml")
    assert done.returncode == 0, done.stderr
    for words in (
        "Hello",
        "Arduino Nano 33 BLE Sense",
        "two AAA",
        "all 2 expectations hold",
        "not yet validated",
    ):
        assert words in done.stdout
    assert done.stderr == ""  # silence in a pipe: no progress bar


def test_an_expectation_that_fails_is_named(coincell, tmp_path):
    path = tmp_path / "hello.toml"
    path.write_text(path.read_text() + "packets_min = 5\n")
    done = coincell("run", "hello.toml")
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if "FAILS" in line]
    assert line.split() == ["FAILS", "packets", "at", "least", "5", "0"]
    assert "1 of 3 expectations fails" in done.stdout


def test_json_alone_on_the_standard_output(coincell):
    done = coincell("run", "hello.toml", "--json")
    document = json.loads(done.stdout)
    assert document["schema"] == "coincell.result/1"
    assert document["passed"] is True
    assert document["console"][0]["text"] == "hello from coincell"


def test_the_document_is_the_same_bytes_on_every_tier_and_from_every_folder(coincell, tmp_path):
    first = coincell("run", "hello.toml", "--json").stdout
    interpreted = coincell("run", "hello.toml", "--tier", "interpret", "--json").stdout
    mixed = coincell("run", "hello.toml", "--tier", "random:7", "--json", XDG_CACHE_HOME=str(tmp_path)).stdout
    absolute = coincell("run", str(tmp_path / "hello.toml"), "--json").stdout
    assert first == interpreted == mixed == absolute
    assert str(tmp_path) not in first


def test_the_trace_integrates_to_the_charge_of_the_report(coincell, tmp_path):
    """Computed apart from the ledger: rectangles under the exported steps, and the events' charges."""
    done = coincell("run", "hello.toml", "--json", "out.json", "--trace", "out.csv")
    assert done.returncode == 0, done.stderr
    header, *lines = (tmp_path / "out.csv").read_text().splitlines()
    unit, end_ps = (int(part.split("=")[1]) for part in header.lstrip("# ").split())
    rows = list(csv.DictReader(lines))
    steps = [(int(row["time_ps"]), int(row["current_units"])) for row in rows if row["current_units"]]
    area = sum(level * (later - time) for (time, level), (later, _) in pairwise([*steps, (end_ps, 0)]))
    charge_c = Fraction(area, unit * 10**12)
    charge_c += sum(Fraction(row["event_charge_c"]) for row in rows if row["event_charge_c"])
    energy = json.loads((tmp_path / "out.json").read_text())["energy"]
    assert float(charge_c) == energy["charge_c"]
    assert max(Fraction(level, unit) for _, level in steps) == pytest.approx(energy["peak_a"])


@pytest.fixture(scope="module")
def hello_elf(tmp_path_factory):
    """The hello app, built once."""
    return build_app("hello", load_board("nano33ble_sense"), out_dir=tmp_path_factory.mktemp("built")).elf


def test_exec_prints_the_console_and_a_summary(coincell, hello_elf):
    done = coincell(
        "exec", str(hello_elf), "--board", "nano33ble_sense", "--for", "5ms", "--tier", "interpret"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "hello from coincell\n"
    for words in ("instructions", "cycles", "asleep", "the time was up"):
        assert words in done.stderr


def test_an_own_image_gives_the_same_console_as_elf_and_bin(coincell, hello_elf, tmp_path):
    from coincell.image import load_image

    segments = load_image(hello_elf).segments
    base = segments[0].address
    flat = bytearray(b"\xff") * (segments[-1].address + len(segments[-1].data) - base)
    for segment in segments:
        start = segment.address - base
        flat[start : start + len(segment.data)] = segment.data
    (tmp_path / "fw.bin").write_bytes(flat)
    (tmp_path / "fw.elf").write_bytes(hello_elf.read_bytes())
    documents = []
    for firmware in ('"fw.elf"', f'{{ path = "fw.bin", address = {base} }}'):
        text = (
            HELLO.replace('{ app = "hello" }', firmware)
            .replace("[markers.inference]", "")
            .replace('function = "console_puts"', "")
        )
        (tmp_path / "own.toml").write_text(text)
        done = coincell("run", "own.toml", "--json")
        assert done.returncode == 0, done.stderr
        documents.append(json.loads(done.stdout))
    elf, binary = documents
    assert elf["console"] == binary["console"]
    assert elf["cores"] == binary["cores"]
    assert elf["energy"] == binary["energy"]


def image_of(*halfwords: int) -> bytes:
    """A raw image for flash at 0: a vector table without handlers, and code at 0x40."""
    return struct.pack("<16I", 0x20001000, 0x41, *[0] * 14) + struct.pack(f"<{len(halfwords)}H", *halfwords)


def test_exec_on_a_bare_core_returns_the_firmwares_exit_code(coincell, tmp_path):
    """SYS_EXIT_EXTENDED (0x20) with a block {ADP_Stopped_ApplicationExit, 3} that follows the code."""
    code = image_of(0x2020, 0xA101, 0xBEAB, 0xE7FE)  # movs r0,#0x20; adr r1,block; bkpt 0xab; b .
    (tmp_path / "exit.bin").write_bytes(code + struct.pack("<2I", 0x20026, 3))
    bare = ("--core", "cortex-m4f", "--flash", "0x0:64K", "--ram", "0x20000000:16K", "--address", "0x0")
    done = coincell("exec", "exit.bin", *bare)
    assert "exit code 3" in done.stderr
    assert done.returncode == 1


def test_a_crash_has_exit_code_3_and_says_where(coincell, tmp_path):
    """A load from an address where nothing is, with nobody to handle the fault."""
    code = image_of(0x2003, 0x0740, 0x6800, 0xE7FE)  # movs r0,#3; lsls r0,#29; ldr r0,[r0]; b .
    (tmp_path / "crash.bin").write_bytes(code)
    text = HELLO.replace('{ app = "hello" }', '{ path = "crash.bin", address = 0 }')
    text = text[: text.index("[markers")]
    (tmp_path / "crash.toml").write_text(text)
    board = ("--board", "nano33ble_sense", "--address", "0x0")
    for arguments in (("run", "crash.toml"), ("exec", "crash.bin", *board)):
        done = coincell(*arguments)
        assert done.returncode == 3, done.stderr
        assert "the firmware crashed" in done.stderr
        assert "0x60000000" in done.stderr
        assert "0x00000044" in done.stderr  # the load
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("what", ["boards", "batteries", "sensors", "signals", "apps"])
def test_lists(coincell, what):
    known = {
        "boards": "nano33ble_sense",
        "batteries": "aaa2",
        "sensors": "mp34dt05",
        "signals": "wake_word_room",
    }
    done = coincell(what)
    assert done.returncode == 0
    assert known.get(what, "wake_word") in done.stdout


def test_build_prints_the_elf_and_its_sizes(coincell, tmp_path):
    done = coincell("build", "hello", "--board", "nano33ble_sense", "--out", "here")
    assert done.stdout == "here/hello.elf\n"
    assert (tmp_path / "here/hello.elf").is_file()
    assert "flash" in done.stderr


def test_a_terminal_shows_each_console_line_on_its_own(coincell, hello_elf, tmp_path):
    """The bar is on the same terminal: what stands before a line on it must have been erased."""
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    command = ["exec", str(hello_elf), "--board", "nano33ble_sense", "--for", "20ms"]
    running = subprocess.Popen(
        [sys.executable, "-c", "from coincell.cli import main; main()", *command],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(slave)
    seen = b""
    with suppress(OSError):  # EIO: how Linux says that the other end is closed
        while part := os.read(master, 4096):
            seen += part
    os.close(master)
    assert running.wait() == 0
    before, found, after = seen.partition(b"hello from coincell")
    assert found
    assert before.endswith((b"\x1b[2K", b"\n", b"\x1b[?25l")), before  # ANSI EL 2: the line is erased
    assert after.startswith(b"\r\n")


def test_an_encoding_without_our_glyphs_is_no_traceback(coincell):
    done = coincell("run", "hello.toml", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "uA" in done.stdout
    document = coincell("run", "hello.toml", "--json", PYTHONIOENCODING="ascii").stdout
    assert json.loads(document) == json.loads(coincell("run", "hello.toml", "--json").stdout)


def test_a_pipe_gets_no_blanks_that_fill_lines(coincell):
    lines = coincell("run", "hello.toml").stdout.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    assert lines[-1]


def test_the_documents_file_may_have_any_name(coincell, tmp_path):
    for arguments in (("hello.toml", "--json", "out.txt"), ("--json", "out.txt", "hello.toml")):
        done = coincell("run", *arguments)
        assert done.returncode == 0, done.stderr
        assert json.loads((tmp_path / "out.txt").read_text())["passed"] is True
        (tmp_path / "out.txt").unlink()
    assert json.loads(coincell("run", "--json", "hello.toml", "--tier", "auto").stdout)["passed"] is True
