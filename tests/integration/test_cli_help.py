"""Help as programs usually give it, and a terminal that says what it waits for."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import coincell
from coincell.cli import app

COMMANDS = sorted(get_command(app).commands)


def help_of(*command: str) -> str:
    done = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "100"})
    assert done.exit_code == 0
    return done.stdout


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)], ids=" ".join)
def test_flags_take_no_value_and_arguments_are_in_capitals(command):
    text = help_of(*command)
    assert not re.search(r"<(bool|str|path|int|float|list)|\{\w+\}|\[\[", text)
    assert re.search(r"--help +-h +Show this message", text)


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ("run", "coincell run [OPTIONS] SCENARIO"),
        ("boards", "coincell boards [OPTIONS] [BOARD]"),
        ("bench", "coincell bench [OPTIONS] [PROGRAM]..."),
        ("build", "coincell build [OPTIONS] APP"),
        ("signals", "coincell signals [OPTIONS] COMMAND [ARGUMENTS]..."),
    ],
)
def test_usage(command, usage):
    assert f"Usage: {usage} " in " ".join(help_of(command).replace("root", "coincell").split())


def test_a_strict_run_takes_no_value():
    assert re.search(r"--strict +An access", help_of("run"))


def test_while_the_firmware_is_compiled_the_bar_says_so(tmp_path):
    """On a terminal, with nothing in the cache."""
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    scenario = tmp_path / "s.toml"
    scenario.write_text(
        'schema = "coincell.scenario/1"\ntitle = "Blinking"\nboard = "nucleo_g0b1re"\nbattery = "aaa2"\n'
        'firmware = { app = "hello" }\nduration_ms = 500\n',
        "utf-8",
    )
    screen, terminal = pty.openpty()
    program = "from coincell.cli import main; main()"
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(coincell.__file__).parents[1]),
        "TERM": "xterm",
        "COLUMNS": "100",
    }
    child = subprocess.Popen(
        [sys.executable, "-c", program, "run", str(scenario)],
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        env=environment,
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            piece = os.read(screen, 4096)
        except OSError:  # what Linux answers when the last writer has gone
            break
        if not piece:
            break
        shown += piece
    os.close(screen)
    assert child.wait() == 0
    text = shown.decode("utf-8")
    assert text.index("compiling hello with zig") < text.rindex("Blinking")
