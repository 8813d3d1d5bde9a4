"""Every encoding that is ever compiled does in compiled code what the stepper does, to the cycle."""

from __future__ import annotations

import random
from typing import Any

import pytest
from bare import CACHED, UNCACHED
from compiled_twin import BREAKPOINT, M0PLUS, M7, M33, Case, CompiledTwin
from random_code import compiled_encodings, random_instruction, random_words, single_case
from test_cpu_isa_symbolic import OpaqueOps
from unicorn_twin import halfwords

from coincell.cpu import state as st
from coincell.cpu.core import CoreOptions
from coincell.cpu.llvm.ops import FAULT
from coincell.isa.encoding import DecodedInstruction
from coincell.timing import MemoryTiming

STATES = 8
LONGEST = 48
TRAPS = 0x218
"""CCR with UNALIGN_TRP and DIV_0_TRP."""


def state_of(rng: random.Random, options: CoreOptions) -> list[int]:
    """State words; an Armv8-M core has a stack limit near its stack pointer, or none."""
    words = random_words(rng)
    if "v8m" in options.features:
        words[st.STACK_LIMIT] = rng.choice((0, words[st.R + 13] + rng.randrange(-160, 32) & ~7))
    return words


def every_encoding(
    options: CoreOptions, timing: MemoryTiming, seed: int, each: int, longest: int = LONGEST, **how: Any
) -> list[str]:
    """Compare `each` instructions of every encoding from STATES states; those that never finished."""
    twin = CompiledTwin(options, timing, seed, how.pop("configuration", 0x200))
    encodings = how.pop("encodings", compiled_encodings(options.features))
    rng, decoder = twin.rng, twin.compiled.core.decoder
    cases: list[list[Case]] = [[single_case(rng, decoder, e) for _ in range(each)] for e in encodings]
    twin.compile([case for some in cases for case in some], longest=longest, **how)
    unfinished = []
    for encoding, some in zip(encodings, cases, strict=True):
        done = [
            twin.run(case, state_of(rng, options), rng.choice((0, 0, 3, 14)))[1]
            for case in some
            for _ in range(STATES)
        ]
        if not any(done):
            unfinished.append(encoding.name)
    return unfinished


@pytest.mark.parametrize("options", [M7, M0PLUS], ids=lambda o: o.name)
@pytest.mark.parametrize(
    ("timing", "longest"), [(CACHED, LONGEST), (UNCACHED, 1)], ids=["cached", "uncached-one-by-one"]
)
def test_quickly_compiled(options: CoreOptions, timing: MemoryTiming, longest: int) -> None:
    assert not every_encoding(options, timing, seed=5, each=4, longest=longest)


def test_thoroughly_compiled() -> None:
    unfinished = every_encoding(M7, CACHED, seed=6, each=1, promote=True)
    assert len(unfinished) < 10, unfinished  # rare ones, that often fault


def test_with_traps_and_free_fetching() -> None:
    """Unaligned accesses fault, and divisions are left to the interpreter."""
    unfinished = every_encoding(M7, MemoryTiming(), seed=7, each=4, configuration=TRAPS)
    assert {"SDIV T1", "UDIV T1"} <= set(unfinished)
    assert len(unfinished) < 10, unfinished  # lists of registers often fault


class Watch(OpaqueOps):
    """Notes whether an instruction has its stack pointer checked."""

    checked = False

    def check_stack(self, address: object) -> None:
        self.checked = True


def checks_stack(instruction: DecodedInstruction) -> bool:
    watch = Watch(in_it=False)
    instruction.execute(watch)
    return watch.checked


@pytest.mark.parametrize("promote", [False, True], ids=["quick", "thorough"])
def test_stack_limits(promote: bool) -> None:
    """Armv8-M: compiled code stops where the stepper faults, with the same done and undone."""
    twin = CompiledTwin(M33, CACHED, seed=8 + promote)
    rng, decoder = twin.rng, twin.compiled.core.decoder
    cases, kinds = [], set()
    for encoding in compiled_encodings(M33.features):
        for _ in range(60):
            decoded = random_instruction(rng, decoder, encoding)
            if checks_stack(decoded):
                code = halfwords(decoded.opcode, encoding.width) + BREAKPOINT
                cases.append(Case(code, f"{decoded.name} {decoded.opcode:#x}"))
                kinds.add(decoded.name)
                break
    assert len(kinds) > 25, kinds
    twin.compile(cases, promote=promote)
    overflows = 0
    for case in cases:
        for _ in range(4 * STATES):
            code, _ = twin.run(case, state_of(rng, M33))
            overflows += code == FAULT and "STKOF" in twin.compiled.faults[-1]
    assert overflows > 3 * len(cases)


def test_armv8m() -> None:
    own = [e for e in compiled_encodings(M33.features) if e.feature == "v8m"]
    assert {e.name for e in own} == {"LDA T1", "LDAB T1", "LDAH T1", "STL T1", "STLB T1", "STLH T1"}
    assert not every_encoding(M33, CACHED, seed=9, each=6, encodings=own)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("promote", [False, True], ids=["quick", "thorough"])
def test_many(seed: int, promote: bool) -> None:
    timing = (CACHED, UNCACHED)[seed % 2]
    each = 3 if promote else 20
    assert not every_encoding(M7, timing, seed=100 + seed, each=each, promote=promote)
