"""`coincell doctor` on this machine, and on one where little is as it should be."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from typer.testing import CliRunner

import coincell
from coincell.cli import app
from coincell.doctor import folders, tools

PAGE = (Path(__file__).parents[2] / "docs/renode.md").read_text("utf-8")


def document() -> dict:
    done = CliRunner().invoke(app, ["doctor", "--json", "-"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def named(name: str) -> dict:
    (tool,) = (tool for tool in document()["tools"] if tool["name"] == name)
    return tool


def program(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path, monkeypatch) -> Path:
    """The folder of the PATH of a machine with an empty home."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("COINCELL_RENODE", "COINCELL_CODE_CACHE", "ZIG_GLOBAL_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "bin"


def test_the_versions_are_those_that_the_packages_have():
    found = {tool.name: tool for tool in tools()}
    for name in ("llvmlite", "ziglang", "capstone", "unicorn"):
        assert found[name].version == metadata.version(name)
    assert found["Python"].version == sys.version.split()[0]
    assert found["coincell"].version == coincell.__version__
    for name in ("arm-none-eabi-gcc", "qemu-system-arm", "gdb-multiarch"):
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?", found[name].version), found[name]
        asked = subprocess.run([name, "--version"], capture_output=True, text=True, check=True).stdout
        assert found[name].version in asked.splitlines()[0]


def test_every_tool_says_what_it_is_for_and_how_to_get_it():
    for tool in document()["tools"]:
        assert tool["purpose"]
        assert tool["to_get"] or tool["name"] in ("Python", "coincell")


def test_the_page_shows_the_command_and_names_what_it_lists():
    (command,) = re.findall(r"```console\ncoincell (.*)\n```", PAGE)
    done = CliRunner().invoke(app, command.split(), env={"COLUMNS": "100"})
    assert done.exit_code == 0
    for name in ("Python", "coincell", "LLVM", "TensorFlow", "gdb", "Renode", "renode-run"):
        assert name.lower() in PAGE.lower()
        assert name in done.stdout
    assert document()["schema"] in PAGE


def test_what_is_missing(bare):
    done = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "100"})
    assert done.exit_code == 0
    text = " ".join(done.stdout.split())
    assert "missing compiles apps: --toolchain gcc to get it: apt install gcc-arm-none-eabi" in text
    assert "Renode missing" in text
    assert "…" not in text  # what is to be typed is whole
    assert named("Renode")["to_get"].startswith("a portable package from https://github.com/renode/renode/")
    assert [named(name)["state"] for name in ("Renode", "renode-run", "gdb-multiarch")] == ["missing"] * 3


def test_renode_run_without_a_download(bare):
    path = program(bare, "renode-run", "touch started")
    assert named("renode-run")["state"] == "present"
    assert named("Renode")["to_get"] == f"{path} download"
    assert not Path("started").exists()


def test_renode_with_its_origin_and_build(bare):
    path = program(bare, "renode", "printf 'Renode v1.16.1\\n  build: 1.16.1+20260820git06854d4d1\\n'")
    tool = named("Renode")
    assert (tool["state"], tool["version"]) == ("present", "1.16.1")
    assert tool["detail"] == f"{path}, found by: PATH; build 1.16.1+20260820git06854d4d1"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("echo dotnet not found; exit 1", "does not run as Renode"),
        ("echo dotnet not found; exit 0", "is not Renode"),
    ],
)
def test_a_broken_renode(bare, body, problem):
    program(bare, "renode", body)
    tool = named("Renode")
    assert (tool["state"], tool["version"]) == ("broken", None)
    assert problem in tool["problem"]


def test_broken_programs(bare):
    program(bare, "qemu-system-arm", "echo libfoo.so: cannot open >&2; exit 127")
    program(bare, "gdb-multiarch", "kill -9 $$")
    (bare / "arm-none-eabi-gcc").write_bytes(b"\0")
    (bare / "arm-none-eabi-gcc").chmod(0o755)
    assert named("qemu-system-arm")["problem"] == "libfoo.so: cannot open"
    assert named("gdb-multiarch")["problem"] == "ended with -9"
    assert named("arm-none-eabi-gcc")["problem"] == "cannot be started: Exec format error"


def test_a_program_that_hangs(bare, monkeypatch):
    monkeypatch.setattr("coincell.doctor.programs._ANSWER_LIMIT_S", 0.3)
    program(bare, "qemu-system-arm", "exec /bin/sleep 60")
    assert named("qemu-system-arm")["problem"] == "no answer within 0.3 s"


def test_a_wrong_variable_is_no_reason_to_stop(bare, monkeypatch):
    monkeypatch.setenv("COINCELL_RENODE", str(bare / "gone"))
    tool = named("Renode")
    assert tool["state"] == "broken"
    assert "COINCELL_RENODE: there is nothing at this path" in tool["problem"]
    assert tool["to_get"] == "correct COINCELL_RENODE, or unset it: then Renode is looked for"
    lines = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "80"}).stdout.splitlines()
    (at,) = (i for i, line in enumerate(lines) if line.startswith("Renode "))
    column = lines[at].index("runs the same")
    assert lines[at + 1][column:].startswith("COINCELL_RENODE: there is nothing")
    assert lines[at + 2][column:].startswith("  found:")
    (mend,) = (i for i, line in enumerate(lines) if "to mend: " in line)
    assert lines[mend][column:].startswith("to mend: correct")
    assert lines[mend + 1][: column + 9].isspace()  # what is left of the line stands under its beginning


def test_it_runs_where_llvmlite_does_not(bare, tmp_path):
    (tmp_path / "broken/llvmlite").mkdir(parents=True)
    (tmp_path / "broken/llvmlite/__init__.py").write_text("raise ImportError('no libLLVM.so')", "utf-8")
    search = f"{tmp_path}/broken{os.pathsep}{Path(coincell.__file__).parents[1]}"
    command = [sys.executable, "-c", "from coincell.cli import main; main(['doctor', '--json'])"]
    environment = {**os.environ, "PYTHONPATH": search}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    (llvm,) = (tool for tool in json.loads(done.stdout)["tools"] if tool["name"] == "llvmlite")
    assert (llvm["state"], llvm["problem"]) == ("broken", "no libLLVM.so")


def test_the_caches(bare, tmp_path, monkeypatch):
    cache = tmp_path / "cache/coincell"
    for name, length in (("regions/a", 1000), ("regions/b", 24), ("builds/x/app.elf", 5000), ("later/c", 7)):
        (cache / name).parent.mkdir(parents=True, exist_ok=True)
        (cache / name).write_bytes(bytes(length))
    found = {folder.path: folder for folder in folders()}
    measured = [
        (found[cache / name].n_bytes, found[cache / name].n_files) for name in ("regions", "builds", "later")
    ]
    assert measured == [(1024, 2), (5000, 1), (7, 1)]
    assert found[tmp_path / "cache/zig"].n_files == 0
    monkeypatch.setenv("COINCELL_CODE_CACHE", str(tmp_path / "elsewhere"))
    assert folders()[0].path == tmp_path / "elsewhere"
    assert folders()[0].writable
    monkeypatch.setenv("COINCELL_CODE_CACHE", str(cache / "regions/a/within a file"))
    assert not folders()[0].writable
    done = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "100"})
    assert "1.0 KiB" in done.stdout
    assert "cannot be written: nothing is kept here" in " ".join(done.stdout.split())


def test_the_document_in_a_file(bare, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from coincell.cli import main; main()", "doctor", "--json", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Renode" in done.stdout
    assert json.loads((tmp_path / "out").read_text("utf-8"))["schema"] == "coincell.doctor/1"
