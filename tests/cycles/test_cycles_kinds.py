"""Every instruction that can be declared has a kind, and a cost on every pipeline that can run it."""

from __future__ import annotations

import random

import pytest
from measure import M0, M0PLUS, M3, M4F, M7, M33, bare

from coincell.cpu.core import CoreOptions
from coincell.isa.encoding import _ENCODINGS, UndefinedInstruction
from coincell.timing.kinds import Kind, kind_of
from coincell.timing.pipeline import FPU_BUSY_WORST, REFILL, UNALIGNED_WORST, pipeline
from coincell.timing.scoreboard import FLAGS, FPU, History, Result


def opcodes(options: CoreOptions, seed: int, count: int) -> list[tuple[int, int]]:
    """(opcode, bytes) of random instructions, a few of each encoding."""
    rng, found = random.Random(seed), []
    decoder = bare(options).decoder
    for encoding in (e for e in _ENCODINGS if e.feature in options.features):
        for _ in range(count):
            opcode = rng.getrandbits(encoding.width) & ~encoding.mask | encoding.match
            try:
                decoder.decode(opcode, encoding.width // 8)
            except UndefinedInstruction:
                continue
            found.append((opcode, encoding.width // 8))
    return found


@pytest.mark.parametrize("options", [M0, M0PLUS, M3, M4F, M7, M33], ids=lambda o: o.pipeline)
def test_every_instruction_has_a_cost(options: CoreOptions) -> None:
    """What is remembered fits 32 bits, no cost is negative, and after a refill nothing is free."""
    model, decoder, rng = pipeline(options.pipeline), bare(options).decoder, random.Random(1)
    assert max(model.unaligned + model.unaligned_store) <= UNALIGNED_WORST
    pipes, met = [REFILL], set()
    for opcode, size in opcodes(options, 7, 12):
        instruction = decoder.decode(opcode, size)
        met.add(kind_of(instruction))
        for pipe in (REFILL, rng.choice(pipes)):
            issue = model.issue(instruction, 2 * rng.randrange(2), pipe, False)
            most = issue.before + issue.after + (issue.operands.worst if issue.operands else 0)
            assert issue.before >= 0
            assert issue.skipped >= 0
            assert 0 <= most + min(issue.taken, 0) <= issue.worst
            assert issue.fpu_busy <= FPU_BUSY_WORST
            assert 0 <= issue.next_pipe < 1 << 32
            assert most + min(issue.taken, 0) > 0 or pipe != REFILL, instruction.name
            pipes.append(issue.next_pipe)
    if options is M7:
        assert met == set(Kind)


def test_what_is_remembered_is_packed_and_found_again() -> None:
    rng = random.Random(3)
    for _ in range(2000):
        history = History()
        for _ in range(rng.randrange(4)):
            number = rng.choice([rng.randrange(1, 16), rng.randrange(16, 48), FLAGS, FPU])
            result = Result(number, rng.randrange(7), rng.random() < 0.5)
            history = history.followed(rng.randrange(3), rng.randrange(16), [result])
        again = History.unpack(history.pack())
        assert again.open == history.open
        assert set(again.pending) <= set(history.pending)
        assert len(again.pending) >= min(len(history.pending), 2)
        assert again.pack() == history.pack()
    assert History().pack() == REFILL
