"""What is wrong gets one clear message and exit code 2, whoever finds it."""

from __future__ import annotations

import importlib.util
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from coincell.build.app import build_app
from coincell.cli import main
from coincell.describe import load_board

HEAD = """
schema = "coincell.scenario/1"
title = "Hello"
board = "nano33ble_sense"
battery = "aaa2"
duration_s = 1
"""
HELLO = HEAD + 'firmware = { app = "hello" }\n'


@dataclass
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def coincell(tmp_path, monkeypatch, capsys):
    """Run the command line in an empty folder, in this process: starting Python forty times takes minutes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as done:
            main(list(arguments))
        out, err = capsys.readouterr()
        return Done(done.value.code, out, err)

    return run


def refused(done: Done, *says: str) -> None:
    """It ended with exit code 2, printed nothing as a result, and said each of `says`; no traceback."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for words in says:
        assert words in done.stderr


def test_a_missing_scenario(coincell):
    refused(coincell("run", "none.toml"), "coincell: none.toml: there is no such file")


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ("durationn_s = 3\n", ["hello.toml: durationn_s", "did you mean 'duration_s'"]),
        ("duration_v = 3\n", ["hello.toml", "duration_s, duration_ms"]),
        (
            '[signals.camera]\nsignal = "quiet_room"\n',
            ["signals.camera", "allowed: ", "microphone", "`coincell boards nano33ble_sense`"],
        ),
        ('[signals.microphone]\nsignal = "quiet_zoom"\n', ["quiet_zoom", "quiet_room"]),
        ('[signals.microphone]\nkind = "recording"\npath = "none.wav"\n', ["none.wav"]),
        ('[markers.inference]\nfunction = "mian"\n', ["markers.inference", "mian", "main"]),
    ],
)
def test_a_wrong_scenario(coincell, tmp_path, extra, says):
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    (tmp_path / "hello.toml").write_text(HELLO + extra)
    refused(coincell("run", "hello.toml"), *says)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.elf", b"", "the file is empty"),
        ("a.elf", b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00" + bytes(44), "for another machine"),
        ("a.elf", b"\x7fELF\x01\x01", "truncated ELF"),
        ("a.hex", b":0400000001020304F2\n", "no end-of-file record"),
        ("a.uf2", bytes.fromhex("5546320a") + bytes(100), "truncated UF2"),
        ("a.bin", b"abcd", "address"),
        ("a.xyz", b"abcd", "does not look like firmware"),
    ],
)
def test_firmware_that_cannot_be_loaded(coincell, tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "own.toml").write_text(HEAD + f'firmware = "{name}"\n')
    refused(coincell("run", "own.toml"), name, says)
    refused(coincell("exec", name, "--board", "nano33ble_sense"), name, says)


def test_firmware_that_is_not_there(coincell, tmp_path):
    (tmp_path / "own.toml").write_text(HEAD + 'firmware = "build/fw.elf"\n')
    refused(coincell("run", "own.toml"), "own.toml: firmware.path: no such firmware file", "build/fw.elf")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), ["either a board, or a bare core"]),
        (("--board", "nano33ble_sense", "--core", "cortex-m4f"), ["not both", "leave --board out"]),
        (("--core", "cortex-m4f"), ["--flash 0x08000000:2M --ram 0x20000000:640K"]),
        (
            ("--core", "cortex-a53", "--flash", "0:1M", "--ram", "0x20000000:64K"),
            ["cortex-a53", "cortex-m4f"],
        ),
        (("--core", "cortex-m4f", "--flash", "zero:1M", "--ram", "0x20000000:64K"), ["--flash", "zero:1M"]),
        (("--core", "cortex-m4f", "--flash", "0:1T", "--ram", "0x20000000:64K"), ["--flash", "0:1T"]),
        (("--board", "nano34"), ["nano34", "nano33ble_sense"]),
        (("--board", "nano33ble_sense", "--for", "10"), ["--for", "not a duration", "'10'"]),
        (("--board", "nano33ble_sense", "--for", "0s"), ["--for", "more than 0"]),
        (("--board", "nano33ble_sense", "--address", "0x0"), ["carry their own"]),
        (("--board", "nano33ble_sense", "--format", "srec"), ["srec", "elf"]),
        (("--board", "nano33ble_sense", "--tier", "fast"), ["fast", "interpret"]),
    ],
)
def test_exec_with_wrong_arguments(coincell, tmp_path, small_elf, arguments, says):
    (tmp_path / "a.elf").write_bytes(small_elf)
    refused(coincell("exec", "a.elf", *arguments), *says)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("rum",), ["rum"]),
        (("run",), ["Missing argument"]),
        (("run", "a.toml", "--colour"), ["--colour"]),
        (("build", "hello"), ["--board"]),
        (("build", "hallo", "--board", "nano33ble_sense"), ["hallo", "hello"]),
        (("build", "hello", "--board", "nano34"), ["nano34"]),
        (("build", "hello", "--board", "nano33ble_sense", "--toolchain", "icc"), ["icc", "zig"]),
        (("train", "hello"), ["hello", "wake_word"]),
        (("evaluate", "hello"), ["hello", "wake_word"]),
        (("debug", "none.elf"), ["either a board, or a bare core"]),
        (("debug", "none.elf", "--board", "nano33ble_sense"), ["none.elf: no such firmware file"]),
        (("debug", "none.toml"), ["none.toml: there is no such file"]),
        (("debug", "none.toml", "--port", "70000"), ["--port", "65535"]),
        (("debug", "none.toml", "--board", "nano33ble_sense"), ["a scenario says itself", "--board"]),
    ],
)
def test_wrong_usage(coincell, arguments, says):
    refused(coincell(*arguments), *says)


def test_no_compiler_installed(coincell, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    hidden = lambda name, package=None: None if name == "ziglang" else find(name, package)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", hidden)
    (tmp_path / "hello.toml").write_text(HELLO)
    refused(coincell("run", "hello.toml"), "pip install -e '.[firmware]'", "--toolchain gcc")


def test_no_gcc_installed(coincell, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "hello.toml").write_text(HELLO)
    done = coincell("run", "hello.toml", "--toolchain", "gcc")
    refused(done, "arm-none-eabi-gcc", "apt install gcc-arm-none-eabi")


def test_an_image_for_another_core(coincell, tmp_path):
    """A hard-float image for Cortex-M4F on a Cortex-M0+; without its attributes it runs, into a fault."""
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    content = build_app("hello", load_board("nano33ble_sense")).elf.read_bytes()
    (tmp_path / "m4.elf").write_bytes(content)
    small = ("--core", "cortex-m0plus", "--flash", "0x0:1M", "--ram", "0x20000000:256K")
    refused(
        coincell("exec", "m4.elf", *small),
        "m4.elf: .ARM.attributes: this image was compiled for another core",
        "Armv7E-M, FPv4 of single precision (cortex-m4)",
        "allowed: Armv6-M, no floating-point registers",
        "to mend: compile it for this core",
    )
    (tmp_path / "silent.elf").write_bytes(content.replace(struct.pack("<I", 0x7000_0003), bytes(4)))
    done = coincell("exec", "silent.elf", *small)
    assert done.returncode == 3
    assert "UNDEFINSTR" in done.stderr or "HardFault" in done.stderr


FAST_CLOCK = """
#include <stdint.h>
#define PDM(offset) (*(volatile uint32_t *)(0x4001D000u + (offset)))
int main(void)
{
    PDM(0x540) = 26; /* CLK and DIN, as the board wires them */
    PDM(0x544) = 25;
    PDM(0x504) = 0x20000000u; /* 32 MHz / 8 */
    PDM(0x500) = 1;
    PDM(0x000) = 1;
    for (;;) {
    }
}
"""


@pytest.mark.parametrize("tier", ["interpret", "compile"])
def test_a_clock_that_the_microphone_cannot_take(coincell, tmp_path, tier):
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    (tmp_path / "fast").mkdir()
    (tmp_path / "fast/main.c").write_text(FAST_CLOCK)
    (tmp_path / "fast/app.toml").write_text('title = "Too fast"\nsources = ["main.c"]\n')
    assert coincell("build", "fast", "--board", "nano33ble_sense", "--out", ".").returncode == 0
    done = coincell("exec", "fast.elf", "--board", "nano33ble_sense", "--for", "1ms", "--tier", tier)
    refused(
        done,
        "microphone cannot take this PDM clock",
        "4,000,000 Hz",
        "1,200,000 to 3,250,000 Hz",
        "PDMCLKCTRL",
    )


def test_a_real_process_ends_the_same_way(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from coincell.cli import main; main()", "run", "none.toml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    refused(done, "coincell: none.toml: there is no such file")


@pytest.mark.parametrize("option", ["--json", "--trace"])
@pytest.mark.parametrize(
    ("name", "says"), [("no/where.json", "there is no folder 'no'"), ("folder.json", "this is a folder")]
)
def test_results_that_cannot_be_written_are_told_before_the_run(
    coincell, tmp_path, monkeypatch, option, name, says
):
    monkeypatch.setattr("coincell.facade.run", lambda *_args, **_options: pytest.fail("it was run"))
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "hello.toml").write_text(HELLO)
    refused(coincell("run", "hello.toml", option, name), f"{name}: cannot be written: {says}")
    if option == "--json":
        refused(coincell("evaluate", "wake_word", option, name), f"{name}: cannot be written: {says}")


MAIN = [sys.executable, "-c", "from coincell.cli import main; main()"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("arguments", [["batteries"], ["run", "hello.toml"], ["run", "hello.toml", "--json"]])
def test_a_full_disk_is_one_message(tmp_path, arguments):
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    (tmp_path / "hello.toml").write_text(HELLO.replace("duration_s = 1", "duration_ms = 5"))
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*MAIN, *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert done.stderr == "coincell: the output cannot be written: No space left on device\n"
