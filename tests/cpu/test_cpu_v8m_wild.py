"""Wild Armv8-M code goes the same way in every tier: in every security state, with limits and regions."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from bare_v8m import M33
from random_code import random_instruction
from rig import HERE, RAM, Rig
from unicorn_twin import halfwords

from coincell.cpu import state as st
from coincell.cpu.security import WORLDS
from coincell.isa import instruction_set
from coincell.isa.encoding import _ENCODINGS

DECODER = instruction_set(M33.features)
ANY = [e for e in _ENCODINGS if e.feature in M33.features]
SPECIAL = [e for e in ANY if e.feature == "v8m" or e.interpreted]
STEP_OVER = [0x9806, 0x3002, 0x9006, 0x4770]
"""Moves the return address on by two: ldr r0, [sp, #24]; adds r0, #2; str r0, [sp, #24]; bx lr."""
PLACES = (RAM + 0x1000, 0xE000ED00, 0xE002ED00, 0x90000000)


def code(rng: random.Random, length: int = 60) -> list[int]:
    """Instructions of every kind, those of this architecture often, and halfwords that are anything."""
    found: list[int] = []
    while len(found) < length:
        if rng.randrange(4) == 0:
            found.append(rng.getrandbits(16))
            continue
        decoded = random_instruction(rng, DECODER, rng.choice(rng.choice((ANY, SPECIAL))))
        data = halfwords(decoded.opcode, 8 * decoded.size)
        found += [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]
    return [*found, HERE]


def outcome(seed: int, policy: str) -> tuple[object, ...]:
    """Everything that can be seen after 3000 cycles."""
    rng = random.Random(seed)
    options = replace(M33, security=rng.choice(WORLDS), mpu_regions=rng.choice((0, 8)))
    rig = Rig(code(rng), dict.fromkeys((2, 3, 4, 5, 6, 7, 11, 12), STEP_OVER), policy, options)
    core, words = rig.core, rig.core.state.words
    core.on_lockup = lambda fault: core.stop(RuntimeError("locked up"))
    rig.write(0xD24, rng.choice((0, 0xF0000)))
    rig.write(0xD88, rng.choice((0, 0xF00000, 0xF00000)))
    rig.write(0xF34, rng.choice((0xC0000004, 0x80000004, 4, 0xD0000004, 0xC4000004)))
    words[st.STACK_LIMIT] = rng.choice((0, 0, RAM + 0x3F00))
    for number, (base, last) in enumerate(((0, 0xFFFF), (RAM, RAM + 0x7FFF))):
        rig.write(0xD98, number)
        rig.write(0xD9C, base | rng.choice((1, 1, 0)) << 1)
        rig.write(0xDA0, last & ~31 | 1)
    rig.write(0xD94, rng.choice((0, 0, 1, 5, 7)))
    for n in range(13):
        words[n] = rng.choice((*PLACES, RAM + 2 * rng.randrange(0x4000), rng.getrandbits(32)))
    core.run(3000 * 10**6)
    assert core.stopped is None or "locked up" in str(core.stopped)
    state = core.state
    registers = words[:25].tolist(), words[st.S : st.S + 32].tolist()
    seen = (*registers, state.wides[st.CYCLES], state.wides[st.INSTRUCTIONS])
    return (
        *seen,
        hash(bytes(rig.ram.data)),
        core.faults.status,
        core.faults.secure_status,
        str(core.stopped),
    )


@pytest.mark.parametrize("block", [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 20))])
def test_every_tier_goes_the_same_way(block: int) -> None:
    ended = set()
    for seed in range(25 * block, 25 * block + 25):
        truth = outcome(seed, "step")
        for policy in ("compile", f"random:{seed}"):
            assert outcome(seed, policy) == truth, f"seed {seed}, {policy}"
        ended.add(truth[-1])
    assert len(ended) == 2  # some lock up, some do not
