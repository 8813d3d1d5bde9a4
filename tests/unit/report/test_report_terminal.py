"""The report says everything it must, at 100 columns and at 80, and cuts nothing off."""

from __future__ import annotations

import re
from fractions import Fraction
from io import StringIO

import pytest
from rich.console import Console

from coincell.engines.contract import (
    ConsoleLine,
    CoreCounters,
    MemoryUse,
    Packet,
    RunResult,
    Unmodelled,
)
from coincell.errors import InputError
from coincell.report import json as document
from coincell.report.terminal import show
from coincell.scenario.detection import Detections, Hit, Missed
from coincell.scenario.expect import Verdict
from coincell.scenario.result import (
    Energy,
    EnergyEntry,
    Life,
    Measured,
    Origin,
    ScenarioResult,
    SpanEnergy,
)
from coincell.scenario.timing import Latency

S = 10**12


def entry(component: str, state: str, charge: Fraction, n_events: int = 0) -> EnergyEntry:
    return EnergyEntry(component, state, 0 if n_events else S, n_events, charge, charge * 3, "estimate")


@pytest.fixture
def result() -> ScenarioResult:
    """Everything that a report can show."""
    entries = (
        entry("cpu", "run_flash_cache", Fraction(6, 1000)),
        entry("cpu", "run_flash_cache", Fraction(1, 1000)),
        entry("radio", "burst", Fraction(3, 1000) - Fraction(1, 10**6), 12),
        entry("rtc0", "running", Fraction(1, 10**6)),
    )
    energy = Energy(
        supply_v=Fraction(3),
        charge_c=sum((e.charge_c for e in entries), Fraction(0)),
        energy_j=Fraction(3, 100),
        average_a=Fraction(1, 1000),
        peak_a=Fraction(15, 1000),
        entries=entries,
        spans=(SpanEnergy("inference", Fraction(95, 100_000), Fraction(55, 100_000)),),
        estimate_ratio=Fraction(1, 5),
    )
    run = RunResult(
        engine="native",
        board="b",
        duration_ps=10 * S,
        console=(ConsoleLine(S, "uart", "x"),),
        edges=(),
        spans=(),
        packets=(Packet(S, S, 2402, 0, b"abcdef"),),
        states=(),
        events=(),
        cores=(CoreCounters("chip", 64_000_000, 1000, 900, 4 * S, 6 * S, "cortex-m4", False),),
        memory=MemoryUse(30_000, 1 << 20, 20_000, 256 << 10, 776, 4096),
        unmodelled=(Unmodelled("qspi", "TASKS_ACTIVATE", 1, 16),),
        sample_digests={},
    )
    heard = Detections(
        "coincell",
        "LED",
        (Hit("coincell", 2 * S, 3 * S, 3 * S + S // 5),),
        (Missed("coincell", 5 * S, 6 * S),),
        (7 * S,),
        0,
        2 * S,
    )
    inference = Latency("inference", 190, 69 * 10**9, 69 * 10**9, 70 * 10**9, 4_416_266, 4_416_614, 4_416_722)
    life = Life(
        9.4 * 86_400,
        11e5,
        14e5,
        0.9,
        50.0,
        0.004,
        "voltage",
        (("cpu", 0.6),),
        ("too much",),
        ("a fresh one",),
    )
    return ScenarioResult(
        origin=Origin(
            "A title", "f.toml", "", "b", "A board", "app", "elf", "", "zig", "aaa2", "two AAA", "pin", 1
        ),
        measured=Measured(run, heard, {"inference": inference}, energy, life),
        verdicts=(
            Verdict("found_min", ">=", 2, 1, "", False),
            Verdict("duty_max_ratio", "<=", 0.5, 0.4, "ratio", True),
            Verdict("console_contains", "contains", "y" * 60, None, "", False),
        ),
        warnings=("the load is above the rating",),
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
        "1 of 2 found, 1 false alarm; latency min +200 ms",
        "radio: 1 packet, 6 bytes, the first at 1.000 s; 6 bytes before the first word",
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
    assert "Heard" not in text
    assert "none stated: nothing to pass or fail" in text


def test_json_goes_where_it_is_told(result, tmp_path, capsys):
    document.write(result, "-")
    printed = capsys.readouterr().out
    document.write(result, str(tmp_path / "a.json"))
    assert (tmp_path / "a.json").read_text() == printed
    with pytest.raises(InputError, match="cannot be written"):
        document.write(result, str(tmp_path / "no" / "a.json"))
