"""What the documents say exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

import coincell.cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "scenarios/README.md")]
COMMANDS = set(get_command(coincell.cli.app).commands)


def test_the_two_commands_stand_in_the_readme():
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert "pip install -e '.[firmware]' && coincell run scenarios/wake_word.toml" in lines
    assert "pip install -e '.[test]' && pytest" in lines


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
        assert (field.alias or name).rstrip("_") in text, name


def test_ci_runs_the_readmes_command():
    assert "README.md" in (ROOT / ".ci/run").read_text("utf-8")
