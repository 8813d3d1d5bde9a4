"""The benchmark's programs: every tier and Unicorn, an independent emulator, run the same instructions."""

from __future__ import annotations

from pathlib import Path

import pytest

from coincell.build.app import build_app
from coincell.build.target import Memory, Target
from coincell.cpu.code_cache import CodeCache
from coincell.cpu.interpreter import InterpreterOps
from coincell.engines.bench import MEMORIES, PER_ROUND, Program, others, ours, program
from coincell.errors import InputError
from coincell.timing import MemoryTiming

SOURCES = Path(__file__).parents[2] / "benchmarks"
MEASURED = ("branchy", "filter")  # what the network computes is compared with TensorFlow elsewhere


def build(name: str) -> Program:
    target = Target("bare", "cortex-m4f", "bare", tuple(Memory(k, *p, k) for k, p in MEMORIES.items()))
    return Program(name, build_app(str(SOURCES / name), target).elf.read_bytes())


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
    # SCB_CPACR twice (read, write) and VTOR: the start-up code, and nothing after it.
    assert cold.bus_accesses == warm.bus_accesses == 3


def test_the_interpreter_runs_the_beginning(image) -> None:
    name, elf = image
    done = ours.measure(name, elf, "interpret", "interpreted", MemoryTiming(), limit_cycles=3000)
    assert done.answer is None
    assert 1000 < done.instructions <= 3000


@pytest.mark.skipif("qemu" in others.missing(), reason="no qemu-system-arm")
def test_qemu_gets_the_same_answer(image, tmp_path) -> None:
    name, elf = image
    longer = program.write(build(name).with_rounds(300), tmp_path, name)
    mine = ours.measure(name, elf, "auto", "auto", MemoryTiming())
    assert others.measure_qemu(name, elf, longer, 100, mine.instructions).answer == mine.answer


def test_what_is_not_installed_is_left_out(monkeypatch) -> None:
    monkeypatch.setattr(others.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(others.shutil, "which", lambda name: None)
    assert set(others.missing()) == {"unicorn", "qemu"}


def test_an_image_without_rounds_is_refused() -> None:
    target = Target("bare", "cortex-m4f", "bare", tuple(Memory(k, *p, k) for k, p in MEMORIES.items()))
    hello = build_app("hello", target).elf.read_bytes()
    with pytest.raises(InputError, match="bench_rounds"):
        Program("hello", hello).with_rounds(2)
