"""Compiled floating point at the borders of what the host's arithmetic may do, against the stepper's."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from bare import CACHED
from compiled_twin import M7, CompiledTwin
from fp_truth import F32, F64, Kind
from random_code import BREAKPOINT, Case, random_words
from unicorn_twin import halfwords

from coincell.cpu import state as st

STATES = 300
IXC, UFC, FZ, DN, AHP = 1 << 4, 1 << 3, 1 << 24, 1 << 25, 1 << 26
# Three registers, so that every operand can be chosen: s0 := s0 op s1, s2, and the same with d0 to d2.
SINGLE = {
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
    "VMAXNM": 0xFE800A81,
    "VMINNM": 0xFE800AC1,
    "VRINTN": 0xFEB90A60,
    "VRINTX": 0xEEB70A60,
    "VRINTR": 0xEEB60A60,
    "VRINTP": 0xFEBA0A60,
    "VCVT.F32.S32": 0xEEB80AE0,
    "VCVT.F32.U32": 0xEEB80A60,
    "VCVT.S32.F32": 0xEEBD0AE0,
    "VCVT.U32.F32": 0xEEBC0AE0,
    "VCVTR.S32.F32": 0xEEBD0A60,
    "VCVTN.S32.F32": 0xFEBD0AE0,
    "VCVTM.U32.F32": 0xFEBF0A60,
    "VCVTA.U32.F32": 0xFEBC0A60,
    "VCVTB.F32.F16": 0xEEB20A60,
    "VCVT.F32.S16": 0xEEBA0A44,
    "VCVT.F32.U32 (fixed)": 0xEEBB0AEC,
    "VCVT.U32.F32 (fixed)": 0xEEBF0AC4,
    "VCVT.S16.F32": 0xEEBE0A66,
    "VCVTT.F16.F32": 0xEEB30AE0,
}
DOUBLE = {
    "VADD": 0xEE310B02,
    "VSUB": 0xEE310B42,
    "VMUL": 0xEE210B02,
    "VNMUL": 0xEE210B42,
    "VDIV": 0xEE810B02,
    "VMLA": 0xEE010B02,
    "VFMA": 0xEEA10B02,
    "VFNMS": 0xEE910B02,
    "VSQRT": 0xEEB10BC1,
    "VCMP": 0xEEB40B41,
    "VCMPE": 0xEEB40BC1,
    "VMAXNM": 0xFE810B02,
    "VMINNM": 0xFE810B42,
    "VRINTA": 0xFEB80B41,
    "VRINTX": 0xEEB70B41,
    "VRINTR": 0xEEB60B41,
    "VRINTZ": 0xEEB60BC1,
    "VRINTM": 0xFEBB0B41,
    "VCVT.F64.S32": 0xEEB80BC1,
    "VCVT.F64.U32": 0xEEB80B41,
    "VCVT.S32.F64": 0xEEBD0BC1,
    "VCVT.U32.F64": 0xEEBC0BC1,
    "VCVTR.S32.F64": 0xEEBD0B41,
    "VCVTA.S32.F64": 0xFEBC0BC1,
    "VCVTP.U32.F64": 0xFEBE0B41,
    "VCVT.F64.F32": 0xEEB70AC1,
    "VCVT.F32.F64": 0xEEB70BC1,
    "VCVTB.F64.F16": 0xEEB20B41,
    "VCVT.F64.S16": 0xEEBA0B66,
    "VCVT.F64.U32 (fixed)": 0xEEBB0BC1,
    "VCVT.S16.F64": 0xEEBE0B66,
    "VCVT.U32.F64 (fixed)": 0xEEBF0BEC,
    "VCVTT.F16.F64": 0xEEB30BC1,
}
HOST = {"VCVT.F32.S16", "VCVT.F64.S16", "VCVT.F64.S32", "VCVT.F64.U32", "VCVT.F64.U32 (fixed)"}
"""What never does: these integers fit, whatever FPSCR says."""


MODES = (0, 0, DN, FZ, FZ | IXC, FZ | DN | UFC | IXC, UFC | IXC, UFC | IXC, IXC, AHP)
"""FPSCR as after reset, flushing, with default NaNs, with flags that are set already."""


class Numbers:
    """Bit patterns of one format, by exponent and place."""

    def __init__(self, kind: Kind, rng: random.Random) -> None:
        self.kind, self.rng = kind, rng
        self.frac = 23 if kind is F32 else 52
        self.bias = 127 if kind is F32 else 1023

    def scaled(self, exponent: int, fraction: int = 0) -> int:
        """About 2**exponent."""
        return exponent + self.bias << self.frac | fraction

    def near(self, pattern: int, spread: int = 3) -> int:
        """A pattern a few units in the last place away, of either sign."""
        moved = (pattern & ~self.kind.minus) + self.rng.randrange(-spread, spread + 1)
        return moved & ~self.kind.minus | self.sign()

    def sign(self) -> int:
        return self.kind.minus * self.rng.getrandbits(1)

    def any(self, low: int, high: int) -> int:
        """A number between 2**low and 2**high."""
        return self.scaled(self.rng.randrange(low, high), self.rng.getrandbits(self.frac))

    def operands(self) -> list[int]:
        """Three: results underflow, overflow, cancel or tie, integers meet their limits."""
        rng, kind, bias = self.rng, self.kind, self.bias
        a, b, c = (
            rng.choice(kind.edges) if rng.randrange(3) == 0 else rng.getrandbits(kind.bits) for _ in "abc"
        )
        style = rng.randrange(9)
        if style == 0:  # a product or quotient around the least normal number
            b = self.any(2 - bias, -1)
            c = self.near(self.scaled(1 - bias - (b >> self.frac) + bias + rng.randrange(-1, 3)), 1 << 20)
        elif style == 1:  # a product around the greatest
            b = self.any(1, bias)
            c = self.scaled(bias - (b >> self.frac) + bias, rng.getrandbits(self.frac))
        elif style == 2:  # sums that cancel
            b = self.any(1 - bias, rng.choice((bias, 30 - bias)))
            a, c = self.near(b), self.near(b)
            if rng.randrange(2):  # with a product too
                a, c = b ^ kind.minus, self.scaled(0)
        elif style == 3:  # ties of sums: half a unit in the last place
            exponent = rng.randrange(-90, 90)
            b = self.scaled(exponent, rng.getrandbits(2))
            c = self.scaled(exponent - self.frac - 1, rng.choice((0, 0, 1, 1 << self.frac - 1)))
        elif style == 4:  # integers: their limits, halves, and small ones
            limits = [self.scaled(n) for n in (31, 32, 15, 16, 12, 25, 0, -1)]
            b, c = self.near(rng.choice(limits), 2), self.near(rng.choice(limits), 2)
            a = self.near(self.any(-2, 8) & -1 << self.frac - 4, 1)
        elif style == 5:
            b = self.near(self.scaled(rng.choice((1, 2)) - bias), 1)
            c = self.near(self.scaled(rng.choice((0, 0, -1))), rng.choice((0, 1)))
        elif style == 6:
            greatest = kind.infinity - 1
            b, c = self.near(greatest), self.near(rng.choice((greatest, self.scaled(0), self.scaled(100))))
        elif style == 7:
            a, b, c = (rng.choice((0, 0, self.scaled(0), kind.infinity, 1)) | self.sign() for _ in "abc")
            a |= rng.choice((0, 0, kind.infinity | 1, kind.infinity | 1 << self.frac - 1))
        else:  # plain numbers
            a, b, c = (self.any(-27, 23) | self.sign() for _ in "abc")
            if rng.randrange(2):  # halves, and what lies between two of them
                b = b & -1 << self.frac - 11 | rng.choice((0, 0, 1))
        return [x & (1 << kind.bits) - 1 for x in (a, b, c)]


FORMATS = pytest.mark.parametrize(
    ("kind", "opcodes"), [(F32, SINGLE), (F64, DOUBLE)], ids=["single", "double"]
)


def run_cases(
    kind: Kind,
    opcodes: dict[str, int],
    promote: bool,
    library_after: int,
    modes: Sequence[int],
    states: int = STATES,
    seed: int = 31,
) -> dict[str, float]:
    """Each operation from some states, compared with the stepper; the share that Python did."""
    twin = CompiledTwin(M7, CACHED, seed)
    twin.runtime.library_after = library_after
    rng = twin.rng
    numbers, size = Numbers(kind, rng), kind.bits // 32
    cases = [Case(halfwords(opcode, 32) + BREAKPOINT, name) for name, opcode in opcodes.items()]
    twin.compile(cases, promote=promote)
    shares = {}
    for case in cases:
        done = soft = 0
        for _ in range(states):
            words = random_words(rng)
            registers = [x >> 32 * half & 0xFFFFFFFF for x in numbers.operands() for half in range(size)]
            words[st.S : st.S + 3 * size] = registers
            words[st.FP_READY] = 1
            words[st.FPSCR] = rng.choice((*modes, words[st.FPSCR]))
            before = twin.runtime.soft_floats
            done += twin.run(case, words)[1]
            soft += twin.runtime.soft_floats > before
        shares[case.text] = soft / done
    return shares


@FORMATS
@pytest.mark.parametrize("promote", [False, True], ids=["quick", "thorough"])
def test_host_arithmetic_is_arms_or_is_not_used(kind: Kind, opcodes: dict[str, int], promote: bool) -> None:
    for name, share in run_cases(kind, opcodes, promote, -1, (IXC, IXC, IXC, IXC | AHP, 0)).items():
        assert share == 0 if name in HOST else 0.02 < share < 0.97, (name, share)


@FORMATS
def test_the_library_is_arms_too_or_calls_softfloat(kind: Kind, opcodes: dict[str, int]) -> None:
    """With FPSCR as after reset, flushing, default NaNs, or all flags set; Python is left with rare cases."""
    for name, share in run_cases(kind, opcodes, False, 1, MODES).items():
        assert share < 0.25, (name, share)


@FORMATS
@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_many(kind: Kind, opcodes: dict[str, int], seed: int) -> None:
    """A million operations."""
    for library_after in (-1, 1):
        run_cases(kind, opcodes, bool(seed % 2), library_after, MODES, states=2000, seed=seed)


def test_opcodes_are_what_they_are_called() -> None:
    capstone = pytest.importorskip("capstone")
    mode = capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
    disassembler = capstone.Cs(capstone.CS_ARCH_ARM, mode)
    for form, opcodes in ((".f32", SINGLE), (".f64", DOUBLE)):
        for name, opcode in opcodes.items():
            (found,) = disassembler.disasm(halfwords(opcode, 32), 0)
            assert found.mnemonic.startswith(name.lower().split()[0]), (name, found.mnemonic, found.op_str)
            assert form in found.mnemonic
