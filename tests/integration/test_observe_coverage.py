"""Coverage of a program that is known line by line, read back by a small reader and by genhtml."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from seen import FIRMWARE, Seen, compiled, look

from coincell.errors import InputError
from coincell.observe.coverage import coverage, tracefile

SOURCE = (FIRMWARE / "seen.c").read_text().splitlines()


@cache
def plain() -> Seen:
    return look(compiled("seen", "-O0"))


def line_of(text: str) -> int:
    """The one line of the source with this text."""
    (number,) = [number for number, line in enumerate(SOURCE, 1) if text in line]
    return number


def read(text: str) -> dict[str, dict[str, list[list[str]]]]:
    """File -> record -> fields, from a tracefile."""
    files: dict[str, dict[str, list[list[str]]]] = {}
    records: dict[str, list[list[str]]] = defaultdict(list)
    for line in text.splitlines():
        kind, _, rest = line.partition(":")
        if kind == "end_of_record":
            files[records["SF"][0][0]] = records
            records = defaultdict(list)
        else:
            records[kind].append(rest.split(","))
    assert not records
    return files


@cache
def records() -> dict[str, list[list[str]]]:
    files = read(tracefile(coverage(plain().recording)))
    (name,) = (name for name in files if name.endswith("seen.c"))
    return files[name]


def test_lines():
    times = {int(line): int(count) for line, count in records()["DA"]}
    assert times[line_of("/* odd */")] == 4
    assert times[line_of("/* even */")] == 5
    assert times[line_of("return n ^ 0x55")] == 0
    assert times[line_of("/* never */")] == 0
    assert times[line_of("if (n & 1)")] == 9
    assert times[line_of("sink = work_a(3)")] == 5
    assert int(records()["LF"][0][0]) == len(times)
    assert int(records()["LH"][0][0]) == sum(count > 0 for count in times.values())


def test_functions():
    calls = {name: int(count) for count, name in records()["FNDA"]}
    assert (calls["leaf"], calls["choose"], calls["never"], calls["tick"]) == (30, 9, 0, 6)
    lines = {name: int(line) for line, name in records()["FN"]}
    assert lines["choose"] in (line_of("NOINLINE u32 choose"), line_of("NOINLINE u32 choose") + 1)
    assert int(records()["FNF"][0][0]) == len(calls) == len(lines)
    assert int(records()["FNH"][0][0]) == sum(count > 0 for count in calls.values())


def test_branches():
    ways = defaultdict(list)
    for line, block, way, times in records()["BRDA"]:
        ways[int(line)].append((int(block), int(way), times))
    assert sorted(times for *_, times in ways[line_of("if (n & 1)")]) == ["4", "5"]
    # n + n+1 turns in twice, and so on: as many ways into the loop as turns, as many out as calls
    loop = [int(times) for *_, times in ways[line_of("for (u32 i = 0; i < n; i++)")]]
    assert min(loop) == 30
    assert [block_way[:2] for block_way in ways[line_of("if (n & 1)")]] == [(0, 0), (0, 1)]
    assert int(records()["BRF"][0][0]) == len(records()["BRDA"])
    taken = [times for *_, times in records()["BRDA"]]
    assert int(records()["BRH"][0][0]) == sum(times not in ("-", "0") for times in taken)
    assert sorted(times for *_, times in ways[line_of("if (ticks == 12345)")]) == ["0", "1"]


def test_a_branch_that_was_never_reached_is_a_dash():
    unreached = {int(line) for line, *_, times in records()["BRDA"] if times == "-"}
    assert unreached == {line_of("if (n == 1)")}


def test_genhtml_reads_it(tmp_path: Path):
    if shutil.which("genhtml") is None:
        pytest.skip("genhtml (of lcov) is not installed")
    files = [one for one in coverage(plain().recording) if one.file.endswith("seen.c")]
    (tmp_path / "seen.info").write_text(tracefile(files))
    command = ["genhtml", "--branch-coverage", "seen.info", "-o", "html", "--ignore-errors", "source"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = {words[0].rstrip(".:"): words[1] for line in done.stdout.splitlines() if (words := line.split())}
    hit = sum(int(count) > 0 for _, count in records()["DA"])
    assert found["lines"] == f"{100 * hit / len(records()['DA']):.1f}%"
    assert {"functions", "branches"} <= set(found)


def test_without_lines_there_is_no_coverage():
    blind = replace(plain().recording, image=replace(compiled("seen", "-O0"), line_spans=lambda: ()))
    with pytest.raises(InputError, match="compiled with -g"):
        coverage(blind)
