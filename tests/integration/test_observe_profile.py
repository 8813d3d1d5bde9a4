"""Profiles of a program whose calls are known, beside what it measures itself. Looking changes nothing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from functools import cache

import probe
import pytest
from seen import Seen, compiled, look

import coincell
from coincell.build.app import build_app
from coincell.cpu.state import INSTRUCTIONS
from coincell.describe import load_battery
from coincell.engines.contract import RunRequest
from coincell.engines.execute import exec_image
from coincell.engines.native import NativeEngine
from coincell.facade import profile_of
from coincell.image import load_image
from coincell.observe import Wanted
from coincell.observe.functions import Functions
from coincell.observe.lines import by_address
from coincell.observe.profile import profile
from coincell.observe.speedscope import SCHEMA, document
from coincell.scenario import read_scenario
from coincell.scenario.document import to_json
from coincell.scenario.power import ledger_of

UNITS = {"none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"}
HELLO = """
schema = "coincell.scenario/1"
title = "Hello"
board = "nano33ble_sense"
battery = "aaa2"
firmware = { app = "hello" }
duration_ms = 2
"""


@cache
def optimised() -> Seen:
    return look(compiled("seen", "-O2"))


@cache
def plain() -> Seen:
    return look(compiled("seen", "-O0"))


@pytest.mark.parametrize("seen", [optimised, plain])
def test_everything_adds_up_to_the_cycles_of_the_run(seen):
    run = seen()
    core = run.assembly.processor.core
    assert run.profile.cycles == core.awake_cycles
    assert sum(cost.self_cycles for cost in run.profile.functions) == core.awake_cycles
    assert sum(node.cycles for node in run.profile.nodes) == core.awake_cycles
    entries = sum(c.self_cycles for c in run.profile.functions if c.title.startswith("["))
    counted = by_address(run.recording)
    assert sum(one.spent for one in counted.values()) == core.awake_cycles - entries, (
        "no time to wake up here"
    )
    assert entries == core.exception_cycles
    assert sum(one.executed for one in counted.values()) <= core.state.wides[INSTRUCTIONS]
    lines = sum(line.cycles for line in run.profile.lines)
    assert 0.9 * run.profile.cycles < lines <= run.profile.cycles - entries, (
        "compilers leave some code without"
    )


def test_functions_have_the_cycles_of_their_instructions():
    """From the tree of calls and from the counts by address: two ways to the same figure."""
    run = optimised()
    spent: dict[str, int] = {}
    for address, one in by_address(run.recording).items():
        title = run.recording.functions.at(address).title
        spent[title] = spent.get(title, 0) + one.spent
    own = {c.title: c.self_cycles for c in run.profile.functions if not c.title.startswith("[")}
    assert own == spent


@pytest.mark.parametrize("seen", [optimised, plain])
def test_calls_are_those_of_the_source(seen):
    run = seen()
    calls = {cost.title: cost.calls for cost in run.profile.functions}
    # twice 10, recurse 4, tail 1, measured 2, deep 3, jumper 1, the tasks 5 and 4
    assert calls["leaf"] == 10 + 4 + 1 + 2 + 3 + 1 + 5 + 4
    assert (calls["twice"], calls["recurse"], calls["choose"], calls["deep"]) == (5, 5, 9, 3)
    assert calls["tick"] == calls["tick_work"] == calls["[SysTick]"] == run.word("ticks")
    assert calls["pendsv"] == calls["pick"] == run.word("switches")
    assert (calls["work_a"], calls["work_b"]) == (5, 4)
    assert "never" not in calls


@pytest.mark.parametrize("seen", [optimised, plain])
def test_cycles_are_those_that_the_firmware_measures(seen):
    """CYCCNT around a call, less the same around another: what reading the counter costs is in neither."""
    run = seen()
    chains = run.chains()
    of = {name: chains["reset", "main", f"measure_{name}", "leaf"][1] for name in ("short", "long")}
    assert of["long"] - of["short"] == run.word("long_cycles") - run.word("short_cycles")
    assert 0 < run.word("short_cycles") - of["short"] < 20
    assert of["long"] - of["short"] > 600


@pytest.mark.parametrize("seen", [optimised, plain])
def test_who_called_whom(seen):
    chains = seen().chains()
    main = ("reset", "main")
    assert chains[*main, *["recurse"] * 5][0] == 1
    assert chains[*main, "jumper", "deep", "deep", "deep", "leaf"][0] == 1
    assert chains[*main, "jumper", "leaf"][0] == 1, "after the jump back, jumper goes on"
    assert chains["[SysTick]", "tick", "tick_work"][0] == 6
    tasks = {chain[:2] for chain in chains if chain[0] in ("task_a", "task_b") and len(chain) > 1}
    assert ("task_a", "work_b") not in tasks
    assert ("task_b", "work_a") not in tasks
    assert chains["task_a",][0] == chains["task_b",][0] == 1, "a task that goes on is not begun again"


def test_a_jump_in_the_place_of_a_call_is_one():
    chains = optimised().chains()
    assert chains["reset", "main", "in_place_of_a_return"][0] == 1
    assert chains["reset", "main", "leaf"][0] == 1
    assert chains["task_a", "leaf"][0] == 5
    assert chains["reset", "main", "leaves_or_loops"][0] == 20
    assert chains["reset", "main", "left_for"][0] == 5
    assert plain().chains()["task_a", "work_a", "leaf"][0] == 5


def test_totals_hold_what_was_called():
    run = optimised()
    calls, own, total = run.function("twice")
    inside = sum(cycles for chain, (_, cycles) in run.chains().items() if "twice" in chain)
    assert (calls, total) == (5, inside)
    assert own < total
    _, own, total = run.function("recurse")
    assert total == sum(cycles for chain, (_, cycles) in run.chains().items() if "recurse" in chain)


def test_lines_ran_as_often_as_the_loops_say():
    run = plain()
    source = (probe.SOURCE.parents[1] / "firmware/seen.c").read_text().splitlines()
    body = next(number for number, text in enumerate(source, 1) if "the body" in text)
    times = {line.line: line.times for line in run.profile.lines}
    turns = sum(n + n + 1 for n in range(5)) + 4 * 2 + 4 + 100 + 200 + (2 + 1 + 0) + 5 + 5 * 3 + 4 * 5
    assert times[body] == turns


def test_an_image_without_symbols_is_told_by_its_addresses():
    image = compiled("seen", "-O2")
    bare = replace(image, symbols={}, line_at=lambda _: None, line_spans=lambda: (), code=())
    run = look(bare)
    known = {
        f"0x{symbol.address:08x}": symbol.name for symbol in image.symbols.values() if symbol.is_function
    }
    cycles = {cost.title: cost.self_cycles for cost in optimised().profile.functions}
    found = {known.get(cost.title.split("-")[0]): cost.self_cycles for cost in run.profile.functions}
    for name in ("leaf", "twice", "recurse", "tick", "pendsv"):
        assert found[name] == cycles[name]
    assert sum(cost.self_cycles for cost in run.profile.functions) == run.profile.cycles


def test_without_symbols_functions_begin_where_objdump_sees_calls():
    if shutil.which("arm-none-eabi-objdump") is None:
        pytest.skip("arm-none-eabi-objdump is not installed")
    image = compiled("seen", "-O0")
    found = Functions(replace(image, symbols={}), [(0, 1 << 20)])
    command = ["arm-none-eabi-objdump", "-d", "--no-show-raw-insn", str(image.path)]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    called = {int(target, 16) for target in re.findall(r"\tbl\t([0-9a-f]+) ", listing)}
    assert len(called) > 15
    assert {address for address in called if found.at(address).start != address} == set()
    handlers = {image.symbols[name].address for name in ("reset", "tick", "pendsv")}
    assert {address for address in handlers if found.at(address).start != address} == set()


def test_the_file_is_what_speedscope_reads():
    """The rules of its file-format-spec: indices into frames, as many weights as samples."""
    page = json.loads(json.dumps(document(optimised().profile, "seen")))
    assert page["$schema"] == SCHEMA == "https://www.speedscope.app/file-format-schema.json"
    frames = page["shared"]["frames"]
    assert all(isinstance(f["name"], str) and isinstance(f.get("line", 1), int) for f in frames)
    assert page["activeProfileIndex"] < len(page["profiles"])
    for one in page["profiles"]:
        assert (one["type"], one["unit"] in UNITS, one["startValue"]) == ("sampled", True, 0)
        assert len(one["samples"]) == len(one["weights"])
        assert all(0 <= index < len(frames) for stack in one["samples"] for index in stack)
        assert one["endValue"] == pytest.approx(sum(one["weights"]))
    assert page["profiles"][0]["endValue"] == optimised().profile.cycles


@pytest.mark.parametrize("tier", ["auto", "compile", "random:2"])
@pytest.mark.parametrize("core", ["cortex-m4f", "cortex-m33", "cortex-m7"])
def test_a_profile_does_not_depend_on_what_runs_the_core(core, tier):
    stepped, other = (look(compiled("seen", "-O2"), how, core=core) for how in ("interpret", tier))
    assert other.profile == stepped.profile
    chains = stepped.chains()
    of = {name: chains["reset", "main", f"measure_{name}", "leaf"][1] for name in ("short", "long")}
    assert of["long"] - of["short"] == stepped.word("long_cycles") - stepped.word("short_cycles")


def test_nor_does_that_of_a_board():
    """With its radio's clock, a console that is polled, sleep, and a core that draws three currents."""
    image = load_image(build_app("hello", probe.board()).elf)
    seen = [
        exec_image(image, probe.board(), 4 * probe.MS, tier=tier, observe=Wanted(counts=True))
        for tier in ("interpret", "auto", "random:1")
    ]
    assert len(seen[0].recording.banks) == 3
    assert profile(seen[0].recording) == profile(seen[1].recording) == profile(seen[2].recording)
    assert profile(seen[0].recording).cycles == seen[0].core.cycles


def test_looking_changes_nothing():
    for tier in ("interpret", "auto"):
        request = RunRequest(probe.board(), probe.probe(7), probe.MS, tier=tier)
        blind = NativeEngine().run(request)
        seen = NativeEngine().run(replace(request, observe=Wanted(counts=True)))
        assert replace(seen, recording=None, tiers={}) == replace(blind, tiers={})
        assert profile(seen.recording).cycles == blind.cores[0].cycles


def test_energy_adds_up_with_the_ledger(tmp_path):
    path = tmp_path / "hello.toml"
    path.write_text(HELLO)
    scenario = read_scenario(path)
    result = coincell.run(scenario, observe=Wanted(counts=True))
    assert to_json(result) == to_json(coincell.run(scenario))
    found = profile_of(scenario, result)
    ledger = ledger_of(scenario, result.measured.run, probe.board(), load_battery("aaa2"))
    states = [e for e in ledger.entries() if e.component == "cpu"]
    awake = sum((e.energy_j for e in states if e.state.startswith("run")), Fraction(0))
    assert found.energy_j == awake > 0
    assert sum(cost.energy_j for cost in found.functions) == awake
    assert awake + sum(found.elsewhere_j.values()) == result.measured.energy.energy_j
    assert found.elsewhere_j.get("cpu asleep", 0) == sum(e.energy_j for e in states) - awake
    _, energy, _ = document(found, "hello")["profiles"]
    assert energy["endValue"] == pytest.approx(float(awake) * 1e9)
