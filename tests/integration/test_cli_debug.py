"""`coincell debug` as its users start it: a process of its own that GDB finds by the port it prints."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from gdb_session import compiled, gdb_command

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

HELLO = """
schema = "coincell.scenario/1"
title = "Hello"
board = "nano33ble_sense"
battery = "aaa2"
firmware = { app = "hello" }
duration_ms = 6
"""
BARE = ("--core", "cortex-m4f", "--flash", "0:1M", "--ram", "0x20000000:128K")


@contextmanager
def debug(folder, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The process, and the GDB command that it printed."""
    command = [
        sys.executable,
        "-c",
        "from coincell.cli import main; main()",
        "debug",
        *arguments,
        "--port",
        "0",
    ]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = {**os.environ, "NO_COLOR": "1"}
    with subprocess.Popen(
        command, cwd=folder, text=True, env=environment, preexec_fn=heed_ctrl_c, **pipes
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert "halted at reset; waiting for gdb on 127.0.0.1:" in first, process.communicate()
            yield process, [first, process.stdout.readline()]
            process.wait(30)
        finally:
            process.kill()


def heed_ctrl_c() -> None:
    """Tests that run in a shell's background have been told to ignore it, and so have their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def port_of(lines: list[str]) -> int:
    found = re.search(r"127\.0\.0\.1:(\d+)", lines[0])
    assert found
    return int(found[1])


def test_a_scenario_to_its_end(tmp_path):
    """With the command that it prints, as far as that goes; the end of the scenario is the end."""
    (tmp_path / "hello.toml").write_text(HELLO)
    with debug(tmp_path, "hello.toml") as (process, lines):
        printed = re.fullmatch(r"  gdb-multiarch (\S+) -ex 'target (extended-remote) :(\d+)'\n", lines[1])
        assert printed
        assert int(printed[3]) == port_of(lines)
        script = "break main\nrun\nmonitor time\ndelete\ncontinue"
        done = subprocess.run(
            gdb_command(printed[1], port_of(lines), script, printed[2]),
            capture_output=True,
            text=True,
            timeout=60,
        )
        _, errors = process.communicate(timeout=30)
    text = done.stdout + done.stderr
    assert re.search(r"Breakpoint 1, .*main \(\)", text)
    assert "hello from coincell" in text
    assert "exited normally" in text
    assert "[the scenario's time is over]" in text
    assert process.returncode == 0
    assert errors == "the debugger closed the connection at 0.006000 s of simulated time\n"


@pytest.mark.parametrize(
    ("script", "code", "says"),
    [
        ("continue", 1, "the firmware had exited with 42"),
        ("detach", 0, "the debugger detached at 0.000000 s"),
        (
            "break main\ncontinue\nset var trouble = 2\ncontinue\ncontinue\nkill",
            3,
            "the firmware crashed: read of",
        ),
    ],
)
def test_exit_codes(tmp_path, script, code, says):
    shutil.copyfile(compiled(), tmp_path / "my.elf")
    with debug(tmp_path, "my.elf", *BARE) as (process, lines):
        command = gdb_command(compiled(), port_of(lines), script)
        subprocess.run(command, capture_output=True, timeout=60, check=False)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert says in errors
    assert "Traceback" not in errors


def test_ctrl_c_before_a_debugger_comes(tmp_path):
    shutil.copyfile(compiled(), tmp_path / "my.elf")
    with debug(tmp_path, "my.elf", *BARE) as (process, _):
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
