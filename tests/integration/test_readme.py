"""What the documents say exists."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import coincell.cli
from coincell.build.app import _cache_root, build_app
from coincell.build.target import Memory, Target
from coincell.cpu.compiled.code_cache import FOLDER_VARIABLE
from coincell.describe import load_board
from coincell.describe.units import spellings
from coincell.facade import build_elf

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / name
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/debugging.md",
        "docs/renode.md",
        "scenarios/README.md",
        "docs/seeing_inside.md",
    )
]
COMMANDS = set(get_command(coincell.cli.app).commands)


def test_the_two_commands_stand_in_the_readme():
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert "pip install -e '.[firmware]' && coincell run scenarios/wake_word.toml" in lines
    assert "pip install -e '.[test]' && pytest" in lines


def test_the_readmes_own_scenario_holds(tmp_path):
    """As it stands there, with the smallest app in the place of somebody's firmware."""
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    (snippet,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "mine.toml").write_text(snippet, "utf-8")
    shutil.copyfile(build_elf("hello", load_board("nano33ble_sense"), "zig"), tmp_path / "my.elf")
    result = coincell.run(tmp_path / "mine.toml")
    assert result.passed, result
    assert result.verdicts


def test_the_readmes_bare_core_prints_by_semihosting(tmp_path, monkeypatch):
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    (arguments,) = re.findall(r"`coincell (exec my\.elf --core [^`]*)`", text)
    memories = (Memory("flash", 0x0800_0000, 1 << 20, "flash"), Memory("ram", 0x2000_0000, 256 << 10, "ram"))
    built = build_app("hello", Target("bare", "cortex-m4f", "none", memories))
    shutil.copyfile(built.elf, tmp_path / "my.elf")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(coincell.cli.app, arguments.split())
    assert "hello from coincell" in done.stdout, done.output


@pytest.fixture
def seen_page(tmp_path, monkeypatch) -> str:
    """docs/seeing_inside.md, in a folder with the image and the scenario that it speaks of."""
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    text = (ROOT / "docs/seeing_inside.md").read_text("utf-8")
    shutil.copyfile(build_elf("hello", load_board("nano33ble_sense"), "zig"), tmp_path / "my.elf")
    (snippet,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "mine.toml").write_text(snippet.replace("duration_s = 10", "duration_ms = 2"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return text


def test_the_commands_that_see_inside(seen_page):
    commands = re.findall(r"```\ncoincell (.*)\n```", seen_page)
    texts = re.findall(r"```text\n(.*?)```", seen_page, re.DOTALL)
    said = ""
    for command in commands:
        done = CliRunner().invoke(coincell.cli.app, command.split())
        assert done.exit_code == 0, done.output
        said += done.output
    said += Path("out.txt").read_text("utf-8")
    assert len(commands) >= 3
    for words in (re.findall(r"[A-Za-z_]{3,}", text) for text in texts):  # figures move with compilers
        assert [word for word in words if word not in said] == []
    assert Path("out.json").stat().st_size > 1000
    assert Path("out.info").read_text("utf-8").startswith("TN:\nSF:")


def test_the_python_that_sees_inside(seen_page, capsys):
    (snippet,) = re.findall(r"```python\n(.*?)```", seen_page, re.DOTALL)
    exec(snippet.replace("scenarios/wake_word.toml", "mine.toml"), {})
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert "hal_time_us" in {row[0] for row in rows}


def test_the_readme_knows_the_caches():
    text = (ROOT / "README.md").read_text("utf-8")
    assert FOLDER_VARIABLE in text
    assert f"`{_cache_root().name}`" in text
    assert "`regions`" in text
    assert "pip install pytest && pytest scenarios/" in text.splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_mentioned_exist(page):
    for command in re.findall(r"[`\n]coincell ([a-z]+)\b", page.read_text("utf-8")):
        assert command in COMMANDS, command


def test_every_scenario_key_is_explained():
    from coincell.scenario import Scenario
    from coincell.scenario.expect import Expect

    text = (ROOT / "scenarios/README.md").read_text("utf-8")
    for name, field in {**Scenario.model_fields, **Expect.model_fields}.items():
        assert any(key.rstrip("_") in text for key in spellings(field.alias or name)), name


def test_ci_runs_the_readmes_command():
    assert "README.md" in (ROOT / ".ci/run").read_text("utf-8")
