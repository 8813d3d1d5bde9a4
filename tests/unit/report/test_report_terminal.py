"""The report says everything it must, at 100 columns and at 80, and cuts nothing off."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.console import Console

from coincell.engines.contract import (
    RunResult,
)
from coincell.errors import InputError
from coincell.report import json as document
from coincell.report.terminal import show
from coincell.scenario.expect import Verdict
from coincell.scenario.result import (
    Measured,
    ScenarioResult,
)


def text_of(result: ScenarioResult, width: int) -> str:
    out = StringIO()
    show(result, Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize("width", [100, 80])
def test_everything_is_there(result, width):
    text = re.sub(r"\s+", " ", text_of(result, width))
    for words in (
        "A title",
        "A board · app built by zig · 10.0 s on native · seed 1",
        "2.000 s coincell 3.200 s +200 ms found",
        "5.000 s coincell missed",
        "7.000 s false alarm",
        "1 of 2 found, 1 false alarm (360 an hour); F1 50.0 % latency min +200 ms",
        "radio: 1 packet, 6 bytes, the first at 1.000 s; 6 bytes before the first label",
        "inference µs 69,000.0 69,000.0 70,000.0",
        "cycles 4,416,266 4,416,614 4,416,722",
        "chip at 64 MHz: awake 40 % of the time, 900 instructions",
        "flash 29.3 KiB of 1,024.0 KiB",
        "stack 776 B of 4.0 KiB reserved",
        "average current 1.00 mA 3.00 mW at 3 V",
        "peak current 15.0 mA",
        "per inference 950 µJ gross 550 µJ above sleep",
        "run_flash_cache 2.00 s 70 %",  # two figures of one state, added up
        "12 times",
        "1 more, each below 0.1 %",
        "Battery: two AAA",
        "9.4 days to 16.2 days",
        "90 % interval, 50 detections a day",
        "assumed: a fresh one.",
        "! the load is above the rating",
        "FAILS found at least 2 1",
        "holds duty at most 50 % 40 %",
        "2 of 3 expectations fail",
    ):
        assert words in text


@pytest.mark.parametrize("width", [100, 80])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(result, width):
    text = text_of(result, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_text_from_firmware_is_not_taken_for_markup(result):
    """A console line such as `[red]` must neither vanish nor colour anything."""
    verdict = Verdict("console_contains", "contains", "[red]", "a [red] line [/nothing]", "", True)
    odd = ScenarioResult(result.origin, result.measured, (verdict,), ("[bold]odd[/bold]",))
    text = text_of(odd, 100)
    assert "a [red] line [/nothing]" in text
    assert "[bold]odd[/bold]" in text


@pytest.mark.parametrize("relation", ["contains", "lacks"])
def test_a_row_about_text_says_its_word_once(result, relation):
    verdict = Verdict(f"console_{relation}", relation, "wake word 4", None, "", False)
    text = text_of(ScenarioResult(result.origin, result.measured, (verdict,), ()), 100)
    (row,) = [line for line in text.splitlines() if "FAILS" in line]
    assert row.count(relation) == 1
    assert '"wake word 4"' in row
    assert "1 of 1 expectation fails" in text


def test_a_result_without_anything_special(result):
    run = RunResult(
        **{**result.measured.run.__dict__, "packets": (), "cores": (), "unmodelled": ()},
    )
    plain = ScenarioResult(
        result.origin, Measured(run, None, {}, result.measured.energy, result.measured.life), (), ()
    )
    text = text_of(plain, 100)
    assert "Detected" not in text
    assert "Classified" not in text
    assert "none stated: nothing to pass or fail" in text


def test_json_goes_where_it_is_told(result, tmp_path, capsys):
    document.write(result, "-")
    printed = capsys.readouterr().out
    document.write(result, str(tmp_path / "a.json"))
    assert (tmp_path / "a.json").read_text() == printed
    with pytest.raises(InputError, match="cannot be written"):
        document.write(result, str(tmp_path / "no" / "a.json"))
