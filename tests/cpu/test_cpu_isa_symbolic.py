"""Semantics hold over any evaluation: values are opaque, and no access follows a register write."""

from __future__ import annotations

import random
from typing import Any

import pytest
from fp_unicorn import encodings as floating_point
from harness import M7
from unicorn_twin import declared, random_opcode

from coincell.isa import instruction_set
from coincell.isa.encoding import Encoding, UndefinedInstruction
from coincell.isa.ops import Ops

OPERATIONS = {name for name in vars(Ops) if not name.startswith("_")}
WRITES = {"set_reg", "set_flags", "set_nz", "set_difference_flags", "set_q_if", "set_ge"}
WRITES |= {"set_sreg", "set_fpscr"}
ACCESSES = {"load", "load_words", "store", "store_words", "load_exclusive", "store_exclusive", "branch_if"}


class Opaque:
    """A value that Python may only hand on."""

    __hash__ = None  # type: ignore[assignment]

    def _refuse(self, *_: object) -> Any:
        raise AssertionError("semantics used a Python operator on a value")

    __bool__ = __index__ = __eq__ = __lt__ = _refuse


class OpaqueOps:
    """Records the operations asked for; each answers with something opaque."""

    pc, next_pc = 0x1004, 0x1004

    def __init__(self, in_it: bool) -> None:
        self.in_it = in_it
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        assert name in OPERATIONS, f"{name} is not in isa.ops"

        def operation(*operands: Any, **__: Any) -> Any:
            self.asked.append(name)
            if name == "load_words":
                return [Opaque() for _ in range(operands[1])]
            several = {"add_with_carry": 3, "add_signed": 2, "dot_halves": 2}.get(name)
            return tuple(Opaque() for _ in range(several)) if several else Opaque()

        return operation


@pytest.mark.parametrize("encoding", [*declared(M7), *floating_point()], ids=lambda e: e.name)
def test_values_are_opaque_and_accesses_come_first(encoding: Encoding) -> None:
    rng, decoder = random.Random(3), instruction_set(M7)
    for _ in range(40):
        opcode = random_opcode(rng, encoding)
        try:
            decoded = decoder.decode(opcode, encoding.width // 8)
        except UndefinedInstruction:
            continue
        o = OpaqueOps(in_it=bool(rng.randrange(2)))
        decoded.execute(o)
        written = next((i for i, name in enumerate(o.asked) if name in WRITES), len(o.asked))
        assert not ACCESSES & set(o.asked[written:]), decoded.name
        if encoding.width == 16 and o.in_it and not encoding.name.startswith(("CMP", "CMN", "TST")):
            assert not {"set_flags", "set_nz"} & set(o.asked)
        assert len(o.asked) <= 80, f"{decoded.name} takes {len(o.asked)} operations"
