"""Compiled floating point at the borders of what the host's arithmetic may do, against the stepper's."""

from __future__ import annotations

import random

import pytest
from bare import CACHED
from compiled_twin import M4F, CompiledTwin
from fp_truth import EDGES, MAX, MIN_NORMAL
from random_code import BREAKPOINT, Case, random_words
from unicorn_twin import halfwords

from coincell.cpu import state as st

STATES = 400
IXC = 0x10
# Three registers, so that every operand can be chosen: s0 := s0 op s1, s2.
FAST = {
    "VADD": 0xEE300A81,
    "VSUB": 0xEE300AC1,
    "VMUL": 0xEE200A81,
    "VNMUL": 0xEE200AC1,
    "VDIV": 0xEE800A81,
    "VMLA": 0xEE000A81,
    "VFMA": 0xEEA00A81,
    "VFNMS": 0xEE900A81,
    "VSQRT": 0xEEB10AE0,
    "VCMP": 0xEEB40A60,
    "VCMPE": 0xEEB40AE0,
    "VCVT.F32.S32": 0xEEB80AE0,
    "VCVT.F32.U32": 0xEEB80A60,
    "VCVT.S32.F32": 0xEEBD0AE0,
    "VCVT.U32.F32": 0xEEBC0AE0,
    "VCVTR.S32.F32": 0xEEBD0A60,
    "VCVTB.F32.F16": 0xEEB20A60,
    "VCVT.U32.F32 (fixed)": 0xEEBF0AC4,
}
"""What compiled code may do on the host. The mnemonics are checked against capstone below."""
SOFT = {"VCVTT.F16.F32": 0xEEB30AE0}
"""What always calls back."""
HOST_ONLY = {"VCVT.F32.S16": 0xEEBA0A44}
"""What never does: sixteen bits fit."""


def near(rng: random.Random, word: int, spread: int = 3) -> int:
    """A word a few units in the last place away, of either sign."""
    return (word & 0x7FFFFFFF) + rng.randrange(-spread, spread + 1) & 0x7FFFFFFF | rng.getrandbits(1) << 31


def operands(rng: random.Random) -> list[int]:
    """s0, s1 and s2: pairs whose results underflow, overflow, cancel or tie, integers at their limits."""
    a, b, c = (rng.choice(EDGES) if rng.randrange(3) == 0 else rng.getrandbits(32) for _ in range(3))
    kind = rng.randrange(9)
    if kind == 0:  # a product or quotient around the least normal number
        exponent = rng.randrange(2, 126)
        b = exponent << 23 | rng.getrandbits(23)
        c = (127 + rng.randrange(-1, 3) - exponent & 0xFF) << 23 | rng.getrandbits(23)
    elif kind == 1:  # a product around the greatest
        exponent = rng.randrange(128, 254)
        b, c = exponent << 23 | rng.getrandbits(23), (127 * 2 + 127 - exponent) << 23 | rng.getrandbits(23)
        c &= 0x7F7FFFFF
    elif kind == 2:  # sums that cancel
        b = rng.randrange(1, 255) << 23 | rng.getrandbits(23)
        c = near(rng, b)
        a = near(rng, b)
    elif kind == 3:  # ties of sums: half a unit in the last place
        exponent = rng.randrange(30, 250)
        b, c = exponent << 23 | rng.getrandbits(2), (exponent - 24) << 23 | rng.choice((0, 0, 1, 0x400000))
    elif kind == 4:
        limits = (0x4F000000, 0x4F800000, 0x3F800000, 0x3F000000, 0x4EFFFFFF)
        b, c = near(rng, rng.choice(limits)), near(rng, rng.choice(limits))
    elif kind == 5:
        b, c = near(rng, MIN_NORMAL, 1), near(rng, rng.choice((0x3F800000, 0x3F800000, 0x3F000000)), 1)
    elif kind == 6:
        b, c = near(rng, MAX), near(rng, rng.choice((MAX, 0x3F800000, 0x73000000)))
    elif kind == 7:
        a, b, c = (
            rng.choice((0, 0, 0x3F800000, 0x7F800000, 0x00000001)) | rng.getrandbits(1) << 31 for _ in "abc"
        )
    else:  # plain numbers
        a, b, c = (
            rng.randrange(100, 150) << 23 | rng.getrandbits(23) | rng.getrandbits(1) << 31 for _ in "abc"
        )
    return [a, b, c]


@pytest.mark.parametrize("promote", [False, True], ids=["quick", "thorough"])
def test_host_arithmetic_is_arms_or_is_not_used(promote: bool) -> None:
    twin = CompiledTwin(M4F, CACHED, seed=31)
    rng = twin.rng
    cases = [Case(halfwords(op, 32) + BREAKPOINT, name) for name, op in {**FAST, **SOFT, **HOST_ONLY}.items()]
    twin.compile(cases, promote=promote)
    for case in cases:
        done = soft = 0
        for _ in range(STATES):
            words = random_words(rng)
            words[st.S : st.S + 3] = operands(rng)
            words[st.FP_READY] = 1
            words[st.FPSCR] = rng.choice((IXC, IXC, IXC, 0, words[st.FPSCR]))
            before = twin.runtime.soft
            done += twin.run(case, words)[1]
            soft += twin.runtime.soft > before
        if case.text in FAST:
            assert 0.03 * done < soft < 0.97 * done, f"{case.text}: {soft} of {done} in software"
        else:
            assert soft == (done if case.text in SOFT else 0)


def test_opcodes_are_what_they_are_called() -> None:
    capstone = pytest.importorskip("capstone")
    disassembler = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    for name, opcode in {**FAST, **SOFT, **HOST_ONLY}.items():
        (found,) = disassembler.disasm(halfwords(opcode, 32), 0)
        assert found.mnemonic.upper().startswith(name.split()[0]), (name, found.mnemonic, found.op_str)
