"""A run that is too short to stand for a day says so; the truth is the life that a long run gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import coincell.cli
from coincell.build.app import build_app
from coincell.describe import load_board

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

MAIN = """
#include "hal.h"
static const char line[92] = "the core sleeps while this is sent";
static void spin(uint32_t us)
{
    for (uint32_t turns = us * 16; turns; turns--)
        __asm volatile("nop"); /* with the branch, 4 cycles of 64 MHz */
}
__attribute__((noinline)) void work(void)
{
    spin(1600);
}
int main(void)
{
    for (spin(80000);;) {
        work();
        hal_console_write(line, sizeof line); /* 8 ms at 115,200 baud */
    }
}
"""
SCENARIO = """
schema = "coincell.scenario/1"
title = "A start of 80 ms, then a fifth of the time awake"
board = "nano33ble_sense"
battery = "aaa2"
firmware = "app.elf"
duration_ms = {ms}
"""


def run(folder: Path, ms: int, extra: str = "") -> tuple[dict, str]:
    """The document and the report."""
    (folder / "one.toml").write_text(SCENARIO.replace("{ms}", str(ms)) + extra)
    done = CliRunner().invoke(coincell.cli.app, ["run", "one.toml", "--json", "one.json"])
    assert done.exit_code == 0, done.output
    return json.loads((folder / "one.json").read_text()), done.stdout


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/main.c").write_text(MAIN)
    (tmp_path / "app/app.toml").write_text(
        'title = "Work"\nsources = ["main.c"]\nhal = ["console", "time"]\n'
    )
    build_app(str(tmp_path / "app"), load_board("nano33ble_sense"), out_dir=tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_doubted_is_wrong_and_what_is_not_is_right(here: Path):
    true_s = run(here, 4_000)[0]["battery_life"]["central_s"]
    for ms, believed in ((50, False), (200, False), (400, False), (2_000, True)):
        document, report = run(here, ms)
        life = document["battery_life"]
        assert (life["central_s"] == pytest.approx(true_s, rel=0.1)) == believed, ms
        # of 50 ms in which the core never sleeps nothing is known: see the next test
        assert (not life["doubts"]) == (believed or ms == 50), ms
        assert ("not to be believed" in report) == bool(life["doubts"])
        assert document["warnings"][: len(life["doubts"])] == life["doubts"]


def test_the_reasons(here: Path):
    marked = '[markers.inference]\nfunction = "work"\n'
    (never,) = run(here, 50, marked)[0]["battery_life"]["doubts"]
    assert never == (
        "the simulated window of 0.05 s is too short to stand for a day: it ends before the first inference, "
        "so all of it is start-up; simulate longer (duration_s)"
    )
    for extra, what in ((marked, "the first inference"), ("", "the first sleep")):
        start_up, unsettled = run(here, 200, extra)[0]["battery_life"]["doubts"]
        assert f"4{0 if extra else 1} % of it is start-up, before {what}; simulate 0.8" in start_up
        assert "its second half draws" in unsettled
    assert run(here, 2_000, marked)[0]["battery_life"]["doubts"] == []
