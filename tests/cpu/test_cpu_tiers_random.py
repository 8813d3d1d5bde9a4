"""Tiers are one, for random programs under random interrupts: every register, byte, cycle and exception time.

The stepper tells the truth. Every policy, code from the cache, and blocks cut at random must repeat it, also
when the core is stopped at random cycles.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from bare import CACHED, UNCACHED
from program_core import CORES, HANDLERS, IRQS, SYSTICK, Experiment, History, smallest
from program_parts import CODE, CODE_IN_RAM
from random_programs import Generator

from coincell.cpu.compiled import tiers
from coincell.cpu.compiled.code_cache import CodeCache
from coincell.cpu.core import CoreOptions
from coincell.cpu.exceptions import HARD_FAULT, PENDSV, SVCALL

CYCLES = 4000
PROGRAMS = 2


def experiment(options: CoreOptions, seed: int) -> Experiment:
    """A program with handlers, interrupts at random cycles, and moments to stop at."""
    rng = random.Random(f"{options.name} {seed}")
    base = CODE_IN_RAM if seed % 3 == 1 else CODE
    program = Generator(rng, options.features, device=True, base=base, density=4).program(HANDLERS)
    pulses = sorted((rng.randrange(1, CYCLES), rng.choice(IRQS)) for _ in range(rng.choice((0, 5, 30, 100))))
    moments = [*sorted(rng.sample(range(1, CYCLES), 6)), CYCLES]
    return Experiment(program, options, rng.choice((CACHED, UNCACHED)), seed, moments, pulses)


def check(case: Experiment, policy: str, truth: History, cache: CodeCache | None = None) -> History:
    """The run of this policy, which must be the stepper's."""
    got = case.history(policy, cache)
    if different := got.differs_from(truth):
        small = smallest(case, lambda c: bool(c.history(policy).differs_from(c.history("step"))))
        again = small.history(policy).differs_from(small.history("step"))
        pytest.fail(f"{policy}, seed {case.seed}, {case.timing}: {different}\n{again}\n{small.program}")
    return got


def check_all(case: Experiment, folder: Path) -> History:
    truth = case.history("step")
    for policy in ("interpret", "auto", f"random:{case.seed}"):
        check(case, policy, truth)
    first = check(case, "compile", truth, CodeCache(folder))
    second = check(case, "compile", truth, CodeCache(folder))
    assert first.tiers is not None
    assert second.tiers is not None
    assert second.tiers.store.loaded_regions
    assert not second.tiers.store.compiled_regions
    return truth


@pytest.mark.parametrize("seed", range(PROGRAMS))
@pytest.mark.parametrize("options", CORES, ids=lambda o: o.name)
def test_random_programs(options: CoreOptions, seed: int, tmp_path: Path) -> None:
    check_all(experiment(options, seed), tmp_path)


@pytest.mark.parametrize("options", CORES, ids=lambda o: o.name)
def test_thorough_code(options: CoreOptions) -> None:
    case = experiment(options, PROGRAMS)
    check(case, "thorough", case.history("step"))


@pytest.mark.parametrize("options", CORES, ids=lambda o: o.name)
def test_hot_code(options: CoreOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thresholds so low that regions are optimised while the program runs; then again with the cache, which
    remembers what was hot."""
    monkeypatch.setattr(tiers, "HOT", 1)
    monkeypatch.setattr(tiers, "SHORTEST_SLICE", 1000)
    monkeypatch.setattr(tiers.Tiers, "longest_slice", 4000)
    thorough = 0
    for seed in range(3):
        program = Generator(random.Random(seed), options.features, special=False, density=4).program()
        case = Experiment(program, options, CACHED, seed, (10_000, 20_000, 30_000))
        truth, cache = case.history("step"), CodeCache(tmp_path)
        got = check(case, "auto", truth, cache)
        check(case, "auto", truth, cache)
        assert got.tiers is not None
        thorough += sum(code.level == tiers.THOROUGH for code in got.tiers.store.made)
    assert thorough


@pytest.mark.parametrize("options", [CORES[0], CORES[-1]], ids=lambda o: o.name)
def test_hot_code_that_is_interrupted(options: CoreOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Much is optimised at once, and deadlines are met by the form that checks each instruction."""
    monkeypatch.setattr(tiers, "HOT", 1)
    monkeypatch.setattr(tiers, "PRECISE_AFTER", 0)
    monkeypatch.setattr(tiers, "SHORTEST_SLICE", 200)
    thorough = precise = 0
    for seed in range(500, 505):
        case = replace(experiment(options, seed), moments=(5000, 10_000, 15_000))
        got = check(case, "auto", case.history("step"))
        assert got.tiers is not None
        thorough += sum(code.level == tiers.THOROUGH for code in got.tiers.store.made)
        precise += len(got.tiers._precise)
    assert thorough
    assert precise


@pytest.mark.parametrize("options", CORES, ids=lambda o: o.name)
def test_the_programs_do_what_is_to_be_compared(options: CoreOptions) -> None:
    taken, instructions, slept = Counter[int](), 0, 0
    for seed in range(30):
        last = experiment(options, seed).history("step").snapshots[-1]
        assert last["stopped"] == "None"
        taken.update(n for n, _ in last["taken"])  # type: ignore[attr-defined]
        instructions += last["instructions"]  # type: ignore[operator]
        slept += last["asleep"] > 0  # type: ignore[operator]
    assert instructions > 20_000
    assert slept >= 3
    for n in (HARD_FAULT, SVCALL, PENDSV, SYSTICK, *IRQS):
        assert taken[n] > 5, f"exception {n} was taken {taken[n]} times"


@pytest.mark.long
@pytest.mark.parametrize("block", range(10))
@pytest.mark.parametrize("options", CORES, ids=lambda o: o.name)
def test_many_random_programs(options: CoreOptions, block: int, tmp_path: Path) -> None:
    for seed in range(1000 + 10 * block, 1010 + 10 * block):
        check_all(experiment(options, seed), tmp_path / str(seed))
