"""The benchmark's programs: every tier, Unicorn, QEMU and the host itself compute the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coincell.build.app import build_app
from coincell.build.host import build_host
from coincell.build.target import Memory, Target
from coincell.cli import main
from coincell.cpu.compiled.code_cache import CodeCache
from coincell.cpu.interpreter import InterpreterOps
from coincell.engines.bench import MEMORIES, PER_ROUND, Program, others, ours, program, suite
from coincell.engines.bench.starts import measure_starts
from coincell.errors import InputError, MissingToolError
from coincell.timing import MemoryTiming

SOURCES = Path(__file__).parents[2] / "benchmarks"
MEASURED = ("branchy", "filter")  # what the network computes is compared with TensorFlow elsewhere
TARGET = Target("bare", "cortex-m4f", "bare", tuple(Memory(k, *p, k) for k, p in MEMORIES.items()))


def native(name: str, path: Path, rounds: int) -> Path:
    build_host(str(SOURCES / name), path, {"BENCH_ROUNDS": rounds})
    return path


def build(name: str) -> Program:
    return Program(name, build_app(str(SOURCES / name), TARGET).elf.read_bytes())


@pytest.fixture(scope="module", params=MEASURED)
def image(request, tmp_path_factory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("bench")
    return request.param, program.write(build(request.param).with_rounds(3), folder, request.param)


def test_unicorn_executes_as_many_instructions_and_gets_the_same_answer(image, monkeypatch) -> None:
    """Unicorn's hook is silent about instructions that an IT block skips; we count them, as the core does."""
    unicorn = pytest.importorskip("unicorn")
    name, elf = image
    skipped, condition = [0], InterpreterOps.condition

    def counting(self: InterpreterOps, code: int) -> int:
        holds = condition(self, code)
        skipped[0] += self.in_it and not holds
        return holds

    monkeypatch.setattr(InterpreterOps, "condition", counting)
    mine = ours.measure(name, elf, "interpret", "interpreted", MemoryTiming())
    guest, count = others._UnicornGuest(elf), [0]
    guest.uc.hook_add(unicorn.UC_HOOK_CODE, lambda *_: count.__setitem__(0, count[0] + 1))
    guest.run()
    assert mine.answer == program.answer(guest.console) is not None
    assert mine.instructions == count[0] + skipped[0]
    # The last digit of PER_ROUND is nobody's business; that it chooses about the right rounds is.
    assert mine.instructions / 3 == pytest.approx(PER_ROUND[name], rel=0.2)


def test_cold_then_warm(image, tmp_path) -> None:
    name, elf = image
    cache = CodeCache(tmp_path / "cache")
    cold, warm = (ours.measure(name, elf, "auto", "auto", MemoryTiming(), cache) for _ in range(2))
    assert cold.regions_compiled == warm.regions_loaded > 0
    assert cold.regions_loaded == warm.regions_compiled == 0
    assert (cold.answer, cold.instructions) == (warm.answer, warm.instructions)
    assert 0 < warm.compile_s < cold.compile_s < cold.cpu_s
    # The start-up code, and nothing after it: SCB_CPACR three times (read, its kind, write) and VTOR.
    assert cold.bus_accesses == warm.bus_accesses == 4
    assert cold.polled == warm.polled == 0


def test_the_interpreter_runs_the_beginning(image) -> None:
    name, elf = image
    done = ours.measure(name, elf, "interpret", "interpreted", MemoryTiming(), limit_cycles=3000)
    assert done.answer is None
    assert 1000 < done.instructions <= 3000


@pytest.mark.skipif("qemu" in others.missing(), reason="no qemu-system-arm")
def test_qemu_gets_the_same_answer(image, tmp_path) -> None:
    name, elf = image
    longer = program.write(build(name).with_rounds(300), tmp_path, name)
    mine = ours.measure(name, longer, "auto", "auto", MemoryTiming(), longer=True)
    theirs = others.measure_qemu(name, elf, longer, 100, mine.instructions // 100)
    assert (theirs.answer, theirs.longer) == (mine.answer, mine.longer)
    assert theirs.instructions == pytest.approx(mine.instructions, rel=0.02)


def test_the_host_gets_the_same_answer(image, tmp_path) -> None:
    name, elf = image
    mine = ours.measure(name, elf, "auto", "auto", MemoryTiming())
    host = others.measure_host(name, native(name, tmp_path / "native", 3), mine.instructions)
    assert host.answer == mine.answer is not None
    assert host.instructions == mine.instructions
    assert host.per_second > mine.per_second  # three rounds are over here before anything is compiled


def test_whole_processes_are_timed_with_an_empty_cache_and_a_full_one(tmp_path) -> None:
    whole = build("whole")
    rows = measure_starts(
        whole, native("whole", tmp_path / "native", 1), "qemu" not in others.missing(), tmp_path
    )
    assert len({row.answer for row in rows} - {None}) == 1
    assert all(row.answer for row in rows)
    empty, full = rows[:2]
    assert full.cpu_s < empty.cpu_s  # nothing is compiled
    assert empty.instructions == pytest.approx(8e6, rel=0.05)  # what the target speaks of
    elf = tmp_path / "whole.elf"
    assert sum(len(segment.data) for segment in ours.load_image(elf).segments) == pytest.approx(
        300e3, rel=0.05
    )


def test_the_command_measures_and_compares(tmp_path, monkeypatch, capsys) -> None:
    """The whole command, with short runs."""
    monkeypatch.setattr(suite, "QUICK_INSTRUCTIONS", 1_000_000)
    monkeypatch.setattr(suite, "QUICK_INTERPRETED_CYCLES", 10_000)
    with pytest.raises(SystemExit) as ended:
        main(["bench", "branchy", "--quick", "--json", str(tmp_path / "b.json")])
    text = capsys.readouterr().out
    assert ended.value.code == 0, text
    found = json.loads((tmp_path / "b.json").read_text())
    rows = {row["engine"]: row for row in found["measurements"]}
    assert set(rows) | set(found["missing"]) == {"coincell", "unicorn", "qemu", "host"}
    assert "host" in rows
    assert found["disagreements"] == []
    tiers = [row["tier"] for row in found["measurements"] if row["engine"] == "coincell"]
    assert tiers == ["auto, cold", "auto, warm", "quick", "interpreted"]
    for row in found["measurements"][:4]:
        if row["tier"] == "quick":
            assert row["shares"]["quick"] > 0.9
        if row["tier"] == "interpreted":
            assert row["shares"] == {"interpreted": 1.0}
        assert row["instructions_per_s"] <= row["steady_per_s"]
    assert (found["quick"], found["verdicts"]) == (True, [])
    assert text.splitlines()[-1] == "targets are judged by the full run, without --quick"


def test_the_share_of_each_tier_is_that_of_the_instructions(image, tmp_path) -> None:
    name, _ = image
    elf = program.write(build(name).with_rounds(10_000_000 // PER_ROUND[name]), tmp_path, name)
    cache = CodeCache(tmp_path / "cache")
    for _ in range(2):  # what the first run orders may come too late for it
        done = ours.measure(name, elf, "auto", "auto", MemoryTiming(), cache)
        assert set(done.shares) == {"interpreted", "quick", "thorough"}
        assert sum(done.shares.values()) == pytest.approx(1)
        assert 0 < done.shares["interpreted"] < 0.02
    quick = ours.measure(name, elf, "quick", "quick", MemoryTiming())
    assert quick.shares["thorough"] == 0
    assert quick.shares["quick"] > 0.99


def test_without_a_compiler_the_host_is_left_out(tmp_path, monkeypatch) -> None:
    def refuse(path: Path, rounds: int) -> None:
        raise MissingToolError("no compiler here\n  to get it: ...")

    monkeypatch.setattr(suite, "QUICK_INSTRUCTIONS", 100_000)
    monkeypatch.setattr(suite, "QUICK_INTERPRETED_CYCLES", 1000)
    monkeypatch.setattr(others, "missing", lambda: {"qemu": "-", "unicorn": "-"})
    branchy = Program("branchy", build("branchy").elf, refuse)
    result = suite.run_bench([branchy], MemoryTiming(), "none", quick=True)
    assert result.missing["host"] == "no compiler here to get it: ..."
    assert {row.engine for row in result.measurements} == {"coincell"}


def test_what_is_not_installed_is_left_out(monkeypatch) -> None:
    monkeypatch.setattr(others.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(others.shutil, "which", lambda name: None)
    assert set(others.missing()) == {"unicorn", "qemu"}


def test_an_image_without_rounds_is_refused() -> None:
    hello = build_app("hello", TARGET).elf.read_bytes()
    with pytest.raises(InputError, match="bench_rounds"):
        Program("hello", hello).with_rounds(2)
