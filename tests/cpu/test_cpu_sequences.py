"""Random programs against Unicorn: every register and byte, in every tier.

The stepper is compared with Unicorn, and each tier with the stepper, from the same state over the same code:
quick, quick from the cache, thorough, cut at random, and "auto", the mixture of a long run (interpreted,
quick, thorough where it is hot, precise near deadlines).
"""

from __future__ import annotations

import random
from itertools import count
from pathlib import Path

import pytest
from bare import CACHED, UNCACHED
from program_core import Experiment, smallest
from random_programs import Generator
from unicorn_core import MODELS, UnicornCore

from coincell.cpu import state as st
from coincell.cpu.compiled import tiers
from coincell.cpu.compiled.code_cache import CodeCache
from coincell.isa.encoding import DecodedInstruction
from coincell.machine.cores import bare_options

CORES = [*MODELS, "cortex-m7+fp.dp"]
CYCLES = 1500
PROGRAMS, COMPILED = 40, 8
"""Programs of a core in the normal run, and how many of them each tier runs."""


def unicorn_is_wrong(decoded: DecodedInstruction) -> bool:
    """What programs for Unicorn leave out, because the manual (DDI 0403E) says otherwise.

    * VCVT (between floating-point and fixed-point): to floating point it rounds to nearest, whatever
      FPSCR says (round_nearest is TRUE unless to_fixed).
    * YIELD: a hint that changes no register; Unicorn ends the run there.
    * MSR APSR on Armv6-M: its APSR has no Q (DDI 0419, B1.4.2); Unicorn keeps what is written there. Programs
      write zero.

    Beside these, SP: Unicorn keeps its low bits, which are always zero (B1.4.1); and instructions that are
    skipped in an IT block, which Unicorn does not count.
    """
    fixed = decoded.name.startswith("VCVT (fixed to float)")
    return fixed or (decoded.name.startswith("NOP") and decoded.fields.get("hint") == 1)


def experiment(name: str, seed: int, cycles: int = CYCLES) -> Experiment:
    """A program without interrupts; Armv8-A, which judges doubles, has no special registers like ours."""
    rng, options = random.Random(f"{name} {seed}"), bare_options(name)
    known = name in MODELS

    def avoid(decoded: DecodedInstruction) -> bool:
        return unicorn_is_wrong(decoded) or (not known and decoded.name == "VMSR")

    program = Generator(rng, options.features, special=known, avoid=avoid, density=3).program()
    moments = [*sorted(rng.sample(range(1, cycles), 8)), cycles]
    return Experiment(program, options, rng.choice((CACHED, UNCACHED)), seed, moments)


def witness(case: Experiment) -> tuple[int, str]:
    """Instructions done by the stepper and Unicorn alike, and in what they differ. A fault ends it."""
    core, _ = case.build()
    core.on_fault = core.stop
    if core.has_fpu:  # Unicorn starts with a floating-point context
        core.special.control |= 4
        core.fp.update_ready()
    unicorn = UnicornCore(core)
    words, wides = core.state.words, core.state.wides
    for moment in case.moments:
        executed = 0
        while core.stopped is None and (wides[st.CYCLES] < moment or words[st.ITSTATE] or executed == 1):
            itstate = words[st.ITSTATE]
            executed += not itstate or core.ops.condition(itstate >> 4)
            core.stepper.step()
        if core.stopped is not None:
            break
        wrong = unicorn.run(executed)
        if different := "; ".join(filter(None, (unicorn.differences(core), wrong))):
            return wides[st.INSTRUCTIONS], different
    return wides[st.INSTRUCTIONS], ""


def agree(case: Experiment) -> int:
    """Instructions compared with Unicorn."""
    done, different = witness(case)
    if different:
        small = smallest(case, lambda c: bool(again := witness(c)[1]) and "Unicorn: " not in again)
        pytest.fail(f"seed {case.seed}: {different}\n{witness(small)[1]}\n{small.program}")
    return done


@pytest.fixture
def hot_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds of board time in a real run happens within these programs."""
    monkeypatch.setattr(tiers, "HOT", 1)
    monkeypatch.setattr(tiers, "PRECISE_AFTER", 0)
    monkeypatch.setattr(tiers, "SHORTEST_SLICE", 200)
    monkeypatch.setattr(tiers.Tiers, "longest_slice", 1000)


def in_every_tier(case: Experiment, folder: Path) -> int:
    """Each tier does what the stepper does. Regions whose precise form was made."""
    truth, cache = case.history("step"), CodeCache(folder)
    runs = (
        ("compile", cache),
        ("compile", cache),
        ("thorough", None),
        (f"random:{case.seed}", None),
        ("auto", None),
    )
    for policy, kept in runs:
        got = case.history(policy, kept)
        different = got.differs_from(truth)
        assert not different, f"{policy}, seed {case.seed}: {different}\n{case.program}"
    assert got.tiers is not None
    return len(got.tiers._precise)


@pytest.mark.parametrize("name", CORES)
def test_like_unicorn(name: str) -> None:
    assert sum(agree(experiment(name, seed)) for seed in range(PROGRAMS)) > 20_000


@pytest.mark.usefixtures("hot_at_once")
@pytest.mark.parametrize("name", CORES)
def test_every_tier(name: str, tmp_path: Path) -> None:
    done = precise = 0
    for seed in range(COMPILED):
        case = experiment(name, seed, cycles=9000)
        done += agree(case)
        precise += in_every_tier(case, tmp_path)
    assert done > 200_000 / len(CORES)
    assert precise


@pytest.mark.long
@pytest.mark.parametrize("block", range(10))
@pytest.mark.parametrize("name", CORES)
def test_ten_million_instructions(name: str, block: int) -> None:
    done, seeds = 0, count(1_000_000 * (block + 1))
    while done < 1_000_000 / len(CORES):
        done += agree(experiment(name, next(seeds)))


@pytest.mark.long
@pytest.mark.usefixtures("hot_at_once")
@pytest.mark.parametrize("name", CORES)
def test_many_in_every_tier(name: str, tmp_path: Path) -> None:
    for seed in range(1000, 1050):
        in_every_tier(experiment(name, seed), tmp_path / str(seed))
