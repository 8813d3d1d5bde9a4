"""Every encoding that is ever compiled does in compiled code what the stepper does, to the cycle."""

from __future__ import annotations

from typing import Any

import pytest
from bare import CACHED, UNCACHED
from compiled_twin import M0PLUS, M7, Case, CompiledTwin
from random_code import compiled_encodings, random_words, single_case

from coincell.cpu.core import CoreOptions
from coincell.timing import MemoryTiming

STATES = 8
LONGEST = 48
TRAPS = 0x218
"""CCR with UNALIGN_TRP and DIV_0_TRP."""


def every_encoding(
    options: CoreOptions, timing: MemoryTiming, seed: int, each: int, longest: int = LONGEST, **how: Any
) -> list[str]:
    """Compare `each` instructions of every encoding from STATES states; those that never finished."""
    twin = CompiledTwin(options, timing, seed, how.pop("configuration", 0x200))
    rng, decoder = twin.rng, twin.compiled.core.decoder
    encodings = compiled_encodings(options.features)
    cases: list[list[Case]] = [[single_case(rng, decoder, e) for _ in range(each)] for e in encodings]
    twin.compile([case for some in cases for case in some], longest=longest, **how)
    unfinished = []
    for encoding, some in zip(encodings, cases, strict=True):
        done = [
            twin.run(case, random_words(rng), rng.choice((0, 0, 3, 14)), longest)[1]
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
    assert len(unfinished) < 5, unfinished


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("promote", [False, True], ids=["quick", "thorough"])
def test_many(seed: int, promote: bool) -> None:
    timing = (CACHED, UNCACHED)[seed % 2]
    each = 3 if promote else 20
    assert not every_encoding(M7, timing, seed=100 + seed, each=each, promote=promote)
