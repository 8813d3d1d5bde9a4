"""The benchmark's arithmetic, its document and its table."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from coincell.engines.bench import BenchResult, Measurement, Program, Start, choose
from coincell.engines.bench.program import answer
from coincell.errors import InputError
from coincell.report.bench import show, write

COLD = Measurement(
    "network",
    "coincell",
    "auto, cold",
    instructions=8_000_000,
    wall_s=9.0,
    cpu_s=4.0,
    compile_s=2.0,
    shares={"interpreted": 0.25, "thorough": 0.5, "quick": 0.25},
    regions_compiled=7,
    bus_accesses=16,
    polled=40,
    answer="00000001",
)
WARM = replace(COLD, tier="auto, warm", cpu_s=0.5, compile_s=0.1)  # 16 million a second, 20 while it runs
UNICORN = Measurement("network", "unicorn", "unicorn 2", 8_000_000, 8.0, 8.0, answer="00000001")
QEMU = replace(UNICORN, engine="qemu", tier="qemu 7", cpu_s=1.0)
HOST = replace(UNICORN, engine="host", tier="host, native", cpu_s=0.1)
EMPTY = Start("whole", "coincell", "empty cache", 8_000_000, wall_s=3.0, cpu_s=5.0, answer="0000000a")
FULL = replace(EMPTY, tier="full cache", wall_s=1.0, cpu_s=1.0)
CUT = Measurement("network", "coincell", "interpreted", 1000, 1.0, 1.0, shares={"interpreted": 1.0})


def result(*more: Measurement, starts: tuple[Start, ...] = ()) -> BenchResult:
    return BenchResult((COLD, CUT, *more), "a timing", "a host", 1.5, {"qemu": "not on the PATH"}, starts)


def printed(of: BenchResult) -> str:
    text = StringIO()
    Console(file=text, width=80, highlight=False).print(show(of))
    return text.getvalue()


def cells(row: str, of: BenchResult) -> list[str]:
    (found,) = (line.split() for line in printed(of).splitlines() if line.startswith(row))
    return found


OWN = ["2.00", "s", "25", "%", "50", "%"]


def test_speeds_are_per_cpu_second() -> None:
    assert COLD.per_second == 2e6
    assert COLD.steady == 4e6
    assert COLD.per_million(COLD.bus_accesses) == 2


def test_the_table_shows_ratios_shares_and_conditions() -> None:
    everything = result(UNICORN, QEMU, HOST)
    text = printed(everything)
    assert cells("auto, cold", everything)[2:] == ["2.00", "4.00", "4.00", "0.50", "5.0", "%", *OWN]
    assert cells("unicorn 2", everything)[2:] == ["1.00", "1.00", "0.12", "1.2", "%"]
    assert cells("host, native", everything)[2:] == ["80", "80.00", "10.00", "100", "%"]
    for words in (
        "a timing",
        "a host",
        "load average 1.5",
        "register accesses by Python 2, read without Python 5;",
        "qemu is left out: not on the PATH",
    ):
        assert words in text


def test_tables_fit_80_columns() -> None:
    slow = replace(WARM, tier="auto, no waits", cpu_s=0.001, compile_s=0.0, instructions=33_000_000)
    everything = result(WARM, slow, UNICORN, QEMU, HOST, starts=(EMPTY, FULL))
    wide = StringIO()
    Console(file=wide, width=200, highlight=False).print(show(everything))
    rows = [
        line
        for line in wide.getvalue().splitlines()
        if line.startswith(("auto", "interpreted", "empty", "─"))
    ]
    assert len(rows) == 7
    assert max(map(len, rows)) <= 80


def test_without_others_there_are_no_ratios_and_nothing_is_judged() -> None:
    assert cells("auto, cold", result())[2:] == ["2.00", "4.00", *OWN]
    assert "targets" not in printed(result(WARM))
    assert result(UNICORN, QEMU).verdicts == ()  # a cold run is not what the targets speak of


def test_targets_are_judged_by_the_warm_run() -> None:
    network, against_unicorn = result(WARM, UNICORN, QEMU).verdicts
    assert (network.target, network.limit, network.met) == ("network: 3 times qemu 7", 3, False)
    assert (network.value, network.other) == (pytest.approx(2.5), pytest.approx(2.0))
    assert (against_unicorn.target, against_unicorn.met) == ("network: 15 times unicorn 2", True)
    assert against_unicorn.value == pytest.approx(20)
    branchy = [replace(m, program="branchy") for m in (WARM, QEMU)]
    assert [(v.target, v.met) for v in result(*branchy).verdicts] == [("branchy: 1 times qemu 7", True)]


def test_short_runs_are_not_judged() -> None:
    short = replace(result(WARM, UNICORN, QEMU, starts=(EMPTY,)), quick=True)
    assert short.verdicts == ()
    assert short.document()["verdicts"] == []
    assert "missed" not in printed(short)
    assert printed(short).splitlines()[-1] == "targets are judged by the full run, without --quick"
    assert "full run" not in printed(result(WARM, UNICORN, QEMU))


def test_the_legend_speaks_of_rows_that_are_there() -> None:
    assert "no waits:" in printed(result(replace(WARM, tier="auto, no waits")))
    assert "no waits:" not in printed(result(QEMU))
    assert "count no cycles" in printed(result(QEMU))
    assert "count no cycles" not in printed(result(WARM))


def test_a_cold_start_is_judged_on_the_wall() -> None:
    (verdict,) = result(starts=(EMPTY, FULL)).verdicts
    assert (verdict.value, verdict.other, verdict.limit, verdict.met) == (3.0, 5.0, 4.0, True)
    late = replace(EMPTY, wall_s=4.5)
    assert [v.met for v in result(starts=(late, FULL)).verdicts] == [False]
    text = printed(result(starts=(late, FULL)))
    assert text.rstrip().endswith("missed  whole: 4 s with an empty cache  4.50 s on the wall, 5.00 s of CPU")
    assert cells("empty cache", result(starts=(late, FULL)))[2:] == ["4.50", "s", "5.00", "s"]
    assert "whole: cold start" in text
    assert "8,000,000 instructions, answer 0000000a" in text


def test_answers_that_differ_are_said() -> None:
    wrong = Measurement("network", "unicorn", "unicorn 2", 8_000_000, 8.0, 8.0, answer="00000002")
    assert result(UNICORN).disagreements == ()
    assert result(wrong).disagreements == ("network",)
    longer = replace(QEMU, answer="00000002", longer=True)
    assert result(longer).disagreements == ()  # the only one with so many rounds
    assert result(longer, replace(WARM, answer="00000003", longer=True)).disagreements == ("network",)
    assert result(starts=(EMPTY, replace(FULL, answer="0000000b"))).disagreements == ("whole",)
    assert "network: the answers differ" in printed(result(wrong))


def test_the_document_is_versioned(tmp_path) -> None:
    write(result(UNICORN, WARM, starts=(EMPTY,)), str(tmp_path / "b.json"))
    read = json.loads((tmp_path / "b.json").read_text())
    assert (read["format"], read["timing"], read["load"]) == (2, "a timing", 1.5)
    assert [m["instructions_per_s"] for m in read["measurements"]] == [2e6, 1e3, 1e6, 16e6]
    assert [(m["bus_per_million"], m["polled_per_million"]) for m in read["measurements"][:1]] == [(2, 5)]
    assert [v["met"] for v in read["verdicts"]] == [True, True]
    assert read["starts"][0]["wall_s"] == 3.0
    assert read["missing"] == {"qemu": "not on the PATH"}


@pytest.mark.parametrize(
    ("text", "found"), [("sum 0123abcd\n", "0123abcd"), ("a\nsum 00000000", "00000000"), ("sum 12", None)]
)
def test_the_answer_is_the_sum(text: str, found: str | None) -> None:
    assert answer(text) == found


def test_unknown_names_and_files_are_refused() -> None:
    assert choose([]) == ("network", "branchy", "filter", "whole")
    with pytest.raises(InputError, match=r"no such benchmark[\s\S]*network, branchy, filter, whole"):
        choose(["dhrystone"])
    with pytest.raises(InputError, match="not an ELF"):
        Program("network", b"nothing").with_rounds(1)
