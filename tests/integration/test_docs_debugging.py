"""docs/debugging.md: its commands are run, its GDB session is held, its report is what a crash prints."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import probe
import pytest
from gdb_session import gdb_command
from test_cli_debug import debug, port_of
from typer.testing import CliRunner

import coincell.cli
from coincell.errors import FirmwareCrash

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

PAGE = (Path(__file__).parents[2] / "docs/debugging.md").read_text("utf-8")


def block(kind: str) -> list[str]:
    """The lines of the page's only block of that kind."""
    (found,) = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return found.splitlines()


def test_the_session(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    build, serve = (line.removeprefix("coincell ").split() for line in block("console"))
    assert CliRunner().invoke(coincell.cli.app, build).exit_code == 0
    assert serve[0] == "debug"
    with debug(tmp_path, *serve[1:]) as (process, lines):
        elf = tmp_path / serve[1]
        command = gdb_command(elf, port_of(lines), "\n".join(block("gdb")), "extended-remote")
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        process.communicate(timeout=30)
    text = done.stdout + done.stderr
    assert not re.search(r"(?i)error|undefined|no symbol|cannot|not being run", text), text
    assert re.search(r'Breakpoint 1, console_puts \(text=.*"blink "\)', text)
    assert re.search(r"#1 .* main \(\) at .*main\.c:\d+", text)
    assert "0xe000ed00:\t0x410fc241" in text
    assert process.returncode == 0


def test_sources_are_found_in_the_folder_that_build_prints(tmp_path, monkeypatch):
    gdb = shutil.which("gdb-multiarch") or pytest.skip("gdb-multiarch is not installed")
    monkeypatch.chdir(tmp_path)
    (build,) = re.findall(r"`coincell (build [^`]*)` prints without `--out`", " ".join(PAGE.split()))
    printed, _ = (
        CliRunner().invoke(coincell.cli.app, [*build.split(), *out]).stdout.split("\n", 1)[0]
        for out in ((), ("--out", "."))
    )
    assert "`directory FOLDER`" in PAGE
    command = [
        gdb,
        "-nx",
        "-batch",
        "-ex",
        f"directory {Path(printed).parent}",
        "-ex",
        "list main",
        "hello.elf",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "int main(void)" in done.stdout, done.stderr


def test_the_report():
    """Each line that the page shows of it is in the real one, but for numbers, which follow the compiler."""
    with pytest.raises(FirmwareCrash) as caught:
        probe.run(1)
    plain = [re.sub(r"[0-9a-fx]*\d[0-9a-fx]*", "#", line).split() for line in str(caught.value).splitlines()]
    for line in block("text"):
        if line.strip() != "…":
            assert re.sub(r"[0-9a-fx]*\d[0-9a-fx]*", "#", line).split() in plain, line
