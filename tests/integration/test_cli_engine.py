"""`coincell run --engine`, from its options to its exit code, on a program that stands in for Renode."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import renode_double

from coincell.build.app import build_app
from coincell.cli import main
from coincell.describe import load_board

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

HELLO = """
schema = "coincell.scenario/1"
title = "Hello"
board = "nucleo_g0b1re"
battery = "aaa2"
firmware = "hello.elf"
duration_ms = 700

[expect]
console_contains = ["hello from coincell"]
"""


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with hello.elf, and with a program called renode."""
    folder = tmp_path_factory.mktemp("built")
    build_app("hello", load_board("nucleo_g0b1re"), out_dir=folder)
    renode_double.install(folder)
    return folder


@pytest.fixture
def coincell(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Run the command line in a folder with hello.toml, and fails.toml, which expects too much."""
    (tmp_path / "hello.elf").symlink_to(built / "hello.elf")
    (tmp_path / "hello.toml").write_text(HELLO)
    (tmp_path / "fails.toml").write_text(HELLO + "packets_min = 5\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("COINCELL_RENODE", str(built / "renode"))

    def run(line: str) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as done:
            main(line.split())
        out, err = capsys.readouterr()
        return Done(done.value.code, out, err)

    return run


def test_the_engines_options_stand_together(coincell):
    help_text = coincell("run --help").out
    panel = help_text[help_text.index("─ Engine ") :]
    panel = panel[: panel.index("╰")]
    assert re.findall(r"^│ (--[a-z-]+)", panel, re.MULTILINE) == [
        *("--engine", "--renode", "--renode-time", "--keep", "--renode-records"),
    ]


def test_renode_alone_is_judged_like_the_native_engine(coincell):
    done = coincell("run hello.toml --engine renode")
    assert done.code == 0, done.err
    for words in ("Renode 1.16.1", "the one expectation holds", "time is counted in instructions"):
        assert words in done.out
    assert "Second opinion" not in done.out
    assert done.err == ""
    failed = coincell("run fails.toml --engine renode")
    assert failed.code == 1
    assert "1 of 2 expectations fails" in failed.out


def test_both_agree(coincell):
    done = coincell("run hello.toml --engine both --json out.json")
    assert done.code == 0, done.err
    assert "Second opinion: renode against native" in done.out
    assert "the engines agree within every tolerance" in done.out
    assert "DIFFERS" not in done.out
    document = json.loads(Path("out.json").read_text())
    assert document["engine"] == "native"
    opinion = document["second_opinion"]
    assert opinion["agrees"] is True
    assert opinion["engine_report"]["program"] == "Renode 1.16.1"
    assert {kind["kind"] for kind in opinion["kinds"]} >= {"console text", "edges", "order", "sleep"}
    assert all(kind["holds"] or not kind["compared"] for kind in opinion["kinds"])
    assert {"block", "differs", "effect", "file", "lines", "commit"} <= set(opinion["deviations"][0])


def test_a_kept_folder_comes_back_as_records(coincell):
    """Engines that differ give 1, though every expectation holds: here, as no LED's records come back."""
    first = coincell("run hello.toml --engine both --keep kept --json first.json")
    assert first.code == 0, first.err
    kept = {path.name for path in Path("kept").iterdir()}
    assert {"board.repl", "run.resc", "setup.resc", "probe.py", "scenario.robot", "records.txt"} <= kept
    records = Path("kept/records.txt")
    again = coincell(f"run hello.toml --engine both --renode-records {records} --json again.json")
    assert again.code == 0, again.err
    kinds = [json.loads(Path(f"{n}.json").read_text())["second_opinion"]["kinds"] for n in ("first", "again")]
    assert kinds[0] == kinds[1]

    lines = records.read_text().splitlines(keepends=True)
    records.write_text("".join(line for line in lines if not line.endswith((" LD4 1\n", " LD4 0\n"))))
    assert len(records.read_text().splitlines()) == len(lines) - 6
    done = coincell(f"run hello.toml --engine both --renode-records {records}")
    assert done.code == 1
    assert "the one expectation holds" in done.out
    assert re.search(r"DIFFERS +edges ", done.out)
    assert "LD4" in done.out[done.out.index("Where they differ") :]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--keep kept", "add --engine renode or --engine both"),
        ("--renode-records records.txt", "add --engine renode or --engine both"),
        ("--engine both --renode nowhere", "found: 'nowhere'"),
        ("--engine both --keep kept --renode-records records.txt", "no Renode runs here when its records"),
        ("--engine both --renode-records missing.txt", "missing.txt"),
        ("--engine renode --keep hello.toml", "nothing can be written there"),
        ("--engine both --profile", "Renode is not looked into instruction by instruction"),
        ("--engine qemu", "qemu"),
    ],
)
def test_what_cannot_be_asked_for_gives_2(coincell, options, says):
    done = coincell(f"run hello.toml {options}")
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err
    assert not Path("kept").exists()


def test_a_renode_that_dies_is_an_error_and_no_result(coincell, monkeypatch):
    monkeypatch.setenv("RENODE_DOUBLE_FAILS", "die@0.005")
    done = coincell("run hello.toml --engine renode")
    assert done.code == 2
    assert done.out == ""
    assert "its process ended with code 7" in done.err
