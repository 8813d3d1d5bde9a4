"""Every compiled integer encoding against Unicorn: registers, flags, GE, IT state and memory."""

from __future__ import annotations

import pytest
from harness import M0PLUS, M4F, M33
from unicorn_twin import Twin, declared, random_opcode

from coincell.isa.encoding import Encoding, UndefinedInstruction

TRIALS = 50
BRANCHING = {"branches"}
"""UNPREDICTABLE inside an IT block except as its last instruction; conditional ones even then."""

TWINS = {model: Twin(model, seed=20260101) for model in ("m0", "m4", "m33")}

CASES = [("m4", e) for e in declared(M4F)] + [("m0", e) for e in declared(M0PLUS)]
CASES += [("m33", e) for e in declared(M33) if e.feature == "v8m"]


def is_yield(encoding: Encoding, opcode: int) -> bool:
    return encoding.name.startswith("NOP") and encoding.extract(opcode)["hint"] == 1


@pytest.mark.parametrize(("model", "encoding"), CASES, ids=lambda x: x if isinstance(x, str) else x.name)
def test_agrees_with_unicorn(model: str, encoding: Encoding) -> None:
    twin = TWINS[model]
    rng, decoder = twin.rng, twin.core.decoder
    can_be_in_it = model != "m0" and encoding.semantics.__module__.rpartition(".")[2] not in BRANCHING
    done = 0
    for _ in range(100 * TRIALS):
        opcode = random_opcode(rng, encoding)
        try:
            decoded = decoder.decode(opcode, encoding.width // 8)
        except UndefinedInstruction:
            continue
        if decoded.encoding is not encoding or is_yield(encoding, opcode):
            continue
        condition = rng.randrange(15) if can_be_in_it and done % 3 == 0 else None
        different = twin.run(encoding, opcode, condition)
        if different is None:
            continue
        assert not different, f"{encoding.name} {opcode:#x} {decoded.fields} in IT: {condition}: {different}"
        done += 1
        if done == TRIALS:
            return
    pytest.fail(f"{encoding.name}: only {done} of {TRIALS} trials could run")
