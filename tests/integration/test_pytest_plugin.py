"""The plugin, in a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCENARIO = """
schema = "coincell.scenario/1"
title = "Hello"
board = "nano33ble_sense"
battery = "aaa2"
firmware = { app = "hello" }
duration_ms = 6
"""


@pytest.fixture
def run_pytest(tmp_path):
    """Run pytest in an empty folder and give what it printed."""

    def run(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "COLUMNS": "100"},
        )
        return done.returncode, done.stdout

    return run


def test_scenarios_are_collected_and_other_toml_is_not(tmp_path, run_pytest):
    (tmp_path / "hello.toml").write_text(SCENARIO)
    (tmp_path / "other.toml").write_text('[tool]\nschema = "something/1"\n')
    code, out = run_pytest("--collect-only", "-q")
    assert "hello.toml::scenario" in out
    assert "other.toml" not in out
    assert code == 0


def test_a_scenario_that_holds_passes(tmp_path, run_pytest):
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    (tmp_path / "hello.toml").write_text(SCENARIO + '[expect]\nconsole_contains = ["hello from coincell"]\n')
    code, out = run_pytest()
    assert "1 passed" in out
    assert code == 0


def test_a_scenario_that_fails_shows_its_report(tmp_path, run_pytest):
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    (tmp_path / "hello.toml").write_text(
        SCENARIO + "[expect]\npackets_min = 1\nconsole_contains = ['adieu']\n"
    )
    code, out = run_pytest("--junit-xml=junit.xml")
    assert code == 1
    assert "scenario hello" in out
    assert "2 of 2 expectations fail" in out
    headline = "packets 0, at least 1; console contains adieu: no line does"
    assert f"\n{headline}\n" in out
    assert f"FAILED hello.toml::scenario - {headline}\n" in out
    assert f'message="{headline}"' in (tmp_path / "junit.xml").read_text("utf-8")
    assert "Traceback" not in out


def test_a_broken_scenario_shows_one_message(tmp_path, run_pytest):
    (tmp_path / "hello.toml").write_text(SCENARIO + "colour = 3\n")
    code, out = run_pytest()
    assert code == 1
    assert "'colour' is not a key" in out
    assert "FAILED hello.toml::scenario - " in out
    assert "Traceback" not in out


def test_the_fixture_runs_scenarios_beside_the_test(tmp_path, run_pytest):
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    (tmp_path / "hello.toml").write_text(SCENARIO)
    (tmp_path / "test_it.py").write_text(
        "def test_hello(coincell):\n"
        "    result = coincell.run('hello.toml')\n"
        "    assert result.passed\n"
        "    assert result.measured.run.console[0].text == 'hello from coincell'\n"
        "    assert coincell.build('hello', 'nano33ble_sense').is_file()\n"
    )
    code, out = run_pytest("test_it.py")
    assert code == 0, out


def test_a_failing_assertion_names_the_expectations(tmp_path, run_pytest):
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    (tmp_path / "hello.toml").write_text(
        SCENARIO + "[expect]\npackets_min = 1\nbattery_life_min_days = 1000\n"
    )
    (tmp_path / "test_it.py").write_text(
        "def test_hello(coincell):\n    assert coincell.run('hello.toml').passed\n"
    )
    code, out = run_pytest("test_it.py")
    assert code == 1
    line = next(line for line in out.splitlines() if "<ScenarioResult hello.toml: " in line)
    assert "packets_min measured 0, bound >= 1" in line
    assert "bound >= 8.64e+07" in line
