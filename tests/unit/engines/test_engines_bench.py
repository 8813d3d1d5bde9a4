"""The benchmark's arithmetic, its document and its table."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from rich.console import Console

from coincell.engines.bench import BenchResult, Measurement, Program, choose
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
    shares={"interpreted": 0.25, "compiled": 0.75, "thorough": 0.5, "quick": 0.5},
    regions_compiled=7,
    bus_accesses=16,
    answer="00000001",
)
UNICORN = Measurement("network", "unicorn", "unicorn 2", 8_000_000, 8.0, 8.0, answer="00000001")
CUT = Measurement("network", "coincell", "interpreted", 1000, 1.0, 1.0, shares={"interpreted": 1.0})


def result(*more: Measurement) -> BenchResult:
    return BenchResult((COLD, CUT, *more), "a timing", "a host", 1.5, {"qemu": "not on the PATH"})


def printed(of: BenchResult) -> str:
    text = StringIO()
    Console(file=text, width=80, highlight=False).print(show(of))
    return text.getvalue()


def cells(row: str, of: BenchResult) -> list[str]:
    (found,) = (line.split() for line in printed(of).splitlines() if line.startswith(row))
    return found


OWN = ["2.0", "s", "7", "+", "0", "25", "%", "50", "%"]


def test_speeds_are_per_cpu_second() -> None:
    assert COLD.per_second == 2e6
    assert COLD.steady == 4e6
    assert COLD.bus_per_million == 2


def test_the_table_shows_ratios_shares_and_conditions() -> None:
    text = printed(result(UNICORN))
    assert cells("auto, cold", result(UNICORN))[2:] == ["2.00", "2.00", "4.00", "4.00", *OWN]
    for words in (
        "a timing",
        "a host",
        "load average 1.5",
        "2 bus accesses",
        "qemu is left out: not on the PATH",
    ):
        assert words in text


def test_without_other_emulators_there_are_no_ratios() -> None:
    assert cells("auto, cold", result())[2:] == ["2.00", "4.00", *OWN]


def test_answers_that_differ_are_said() -> None:
    wrong = Measurement("network", "unicorn", "unicorn 2", 8_000_000, 8.0, 8.0, answer="00000002")
    assert result(UNICORN).disagreements == ()
    assert result(wrong).disagreements == ("network",)
    assert "network: the answers differ" in printed(result(wrong))


def test_the_document_is_versioned(tmp_path) -> None:
    write(result(UNICORN), str(tmp_path / "b.json"))
    read = json.loads((tmp_path / "b.json").read_text())
    assert (read["format"], read["timing"], read["load"]) == (1, "a timing", 1.5)
    assert [m["instructions_per_s"] for m in read["measurements"]] == [2e6, 1e3, 1e6]
    assert read["missing"] == {"qemu": "not on the PATH"}


@pytest.mark.parametrize(
    ("text", "found"), [("sum 0123abcd\n", "0123abcd"), ("a\nsum 00000000", "00000000"), ("sum 12", None)]
)
def test_the_answer_is_the_sum(text: str, found: str | None) -> None:
    assert answer(text) == found


def test_unknown_names_and_files_are_refused() -> None:
    assert choose([]) == ("network", "branchy", "filter")
    with pytest.raises(InputError, match=r"no such benchmark[\s\S]*network, branchy, filter"):
        choose(["dhrystone"])
    with pytest.raises(InputError, match="not an ELF"):
        Program("network", b"nothing").with_rounds(1)
