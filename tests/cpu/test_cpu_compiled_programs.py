"""Short random programs, with IT blocks, loops, faults and deadlines inside, stepped and compiled."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from bare import CACHED, UNCACHED
from compiled_twin import BREAKPOINT, DEVICE, M0PLUS, M4F, Case, CompiledTwin
from random_code import Programs, random_words

from coincell.cpu.core import CoreOptions
from coincell.cpu.llvm.ops import CONTINUE, EXCHANGE, FAULT, INTERPRET, LEFT, NEAR
from coincell.timing import MemoryTiming

FPV5 = replace(M4F, features=M4F.features | {"fpv5", "fpdp"})
V8M = replace(M4F, features=M4F.features | {"fpv5", "v8m"}, security="secure")
STATES = 5
LONGEST = 48


def programs(
    options: CoreOptions, timing: MemoryTiming, seed: int, count: int, longest: int = LONGEST, **how: Any
) -> Counter[int]:
    """Compare `count` programs of 2 to 12 instructions; how often each way of leaving was taken."""
    twin = CompiledTwin(options, timing, seed)
    rng = twin.rng
    made = Programs(rng, twin.compiled.core.decoder, options.features)
    cases = [made.case(rng.randrange(2, 13)) for _ in range(count)]
    twin.compile(cases, longest=longest, **how)
    exits = Counter[int]()
    for case in cases:
        for _ in range(STATES):
            exits[twin.run(case, random_words(rng), rng.choice((0, 0, 3, 14)))[0]] += 1
    return exits


@pytest.mark.parametrize("options", [M4F, M0PLUS], ids=lambda o: o.name)
@pytest.mark.parametrize(
    ("timing", "longest"),
    [(CACHED, LONGEST), (UNCACHED, LONGEST), (CACHED, 1), (UNCACHED, 3)],
    ids=["cached", "uncached", "one-by-one", "by-threes"],
)
def test_quickly_compiled(options: CoreOptions, timing: MemoryTiming, longest: int) -> None:
    exits = programs(options, timing, seed=21 + longest, count=130, longest=longest)
    # Single instructions continue at the interpreted one instead of asking for it.
    for code in (CONTINUE, NEAR, LEFT, FAULT, EXCHANGE, *([INTERPRET] if longest > 1 else [])):
        assert exits[code], f"no run left with code {code}"


@pytest.mark.parametrize(
    ("core", "pipeline"),
    [
        (M0PLUS, "cortex-m0"),
        (M0PLUS, "cortex-m0plus.small-multiply"),
        (M4F, "cortex-m3"),
        (FPV5, "cortex-m7"),
        (V8M, "cortex-m33"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_every_pipeline(core: CoreOptions, pipeline: str) -> None:
    """Costs, and what is remembered between instructions, are the same in both."""
    for timing, longest, promote in ((CACHED, LONGEST, False), (UNCACHED, 2, False), (CACHED, LONGEST, True)):
        exits = programs(
            replace(core, pipeline=pipeline), timing, seed=31, count=60, longest=longest, promote=promote
        )
        assert exits[CONTINUE]
        assert exits[LEFT]


def test_the_single_cycle_port() -> None:
    """An access there gives a cycle back after it."""
    exits = programs(M0PLUS, replace(UNCACHED, io_port_base=DEVICE, io_port_bytes=0x800), seed=33, count=60)
    assert exits[CONTINUE]


def test_thoroughly_compiled() -> None:
    exits = programs(M4F, CACHED, seed=23, count=70, promote=True)
    assert exits[INTERPRET] > 50


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("promote", [False, True], ids=["quick", "thorough"])
@pytest.mark.parametrize("timing", [CACHED, UNCACHED], ids=["cached", "uncached"])
def test_many(seed: int, promote: bool, timing: MemoryTiming) -> None:
    longest = (LONGEST, 1, 5)[seed % 3]
    programs(M4F, timing, seed=1000 + seed, count=60 if promote else 1200, longest=longest, promote=promote)


def test_flags_that_several_instructions_of_an_it_block_read() -> None:
    """cmp r0, r1; itt eq; adceq r2, r3; adceq r4, r3; sbcs r2, r2: each reads the carry for itself."""
    code = b"".join(h.to_bytes(2, "little") for h in (0x4288, 0xBF04, 0x415A, 0x415C, 0x419A)) + BREAKPOINT
    twin = CompiledTwin(M4F, CACHED, seed=3)
    case = Case(code, "carry in an IT block")
    twin.compile([case], promote=True)
    for equal in (True, False):
        words = random_words(twin.rng)
        words[1] = words[0] if equal else words[0] ^ 1
        assert twin.run(case, words)[0] in (CONTINUE, INTERPRET, NEAR)
