"""Every floating-point pattern with random fields and edge-case registers, against Unicorn's Cortex-M7."""

from __future__ import annotations

import random
from functools import cache

import pytest
from fp_unicorn import Unicorn, bits_like, encodings, random_opcode, random_state, run_here
from harness import DATA, M0PLUS, M4F, M7, BareCore

from coincell.cpu.state import R, S
from coincell.isa import UndefinedInstruction, instruction_set
from coincell.isa.encoding import Encoding
from coincell.timing.footprint import footprint

RMODE = 3 << 22


@pytest.fixture(scope="module")
def unicorns() -> dict[bool, Unicorn]:
    """By whether it is for doubles."""
    return {doubles: Unicorn(doubles) for doubles in (False, True)}


@pytest.fixture(scope="module")
def core() -> BareCore:
    return BareCore(M7)


@pytest.mark.parametrize("encoding", encodings(), ids=lambda e: f"{e.name} {e.match:08x}")
@pytest.mark.parametrize("count", [150, pytest.param(5000, marks=pytest.mark.long)])
def test_like_unicorn(encoding: Encoding, count: int, unicorns: dict[bool, Unicorn], core: BareCore) -> None:
    rng = random.Random(encoding.match + count)
    for _ in range(count):
        opcode, before = random_opcode(rng, encoding), random_state(rng)
        if encoding.name.startswith("VCVT (fixed to float)"):
            # Unicorn rounds as FPSCR says; the manual to nearest (A7.7, VCVT between floating-point and
            # fixed-point: round_nearest is TRUE unless to_fixed).
            before.fpscr &= ~RMODE
        expected = unicorns[encoding.feature == "fpdp"].run(opcode, before)
        expected.core[13] &= ~3  # Unicorn lets SP keep its low bits (DDI 0403E, B1.4.1)
        assert core.decoder.decode(opcode, 4).encoding is encoding
        assert run_here(core, opcode, before) == expected, (hex(opcode), encoding.extract(opcode), before)


decoder = cache(instruction_set)


def is_floating_point(features: frozenset[str], opcode: int) -> bool:
    """Whether a core takes it as such, rather than as any access to a coprocessor."""
    try:
        return decoder(features).decode(opcode, 4).encoding.is_floating_point
    except UndefinedInstruction:
        return False


@pytest.mark.parametrize(
    "opcode",
    [
        pytest.param(0xEE300B02, id="VADD.F64"),
        pytest.param(0xEEB70AC0, id="VCVT.F64.F32"),
        pytest.param(0xECB20B01, id="FLDMX of nothing"),
        pytest.param(0xEC920A00, id="VLDM of nothing"),
        pytest.param(0xEC92FA03, id="VLDM beyond s31"),
        pytest.param(0xEDB20A02, id="VLDM with P, U and W"),
        pytest.param(0xECB20B22, id="VLDM beyond d15"),
        pytest.param(0xEC9F0A02, id="VLDM from PC"),
        pytest.param(0xED8F0A02, id="VSTR to PC"),
        pytest.param(0xEDD20B02, id="VLDR of d16"),
        pytest.param(0xEE00FA10, id="VMOV s0, pc"),
        pytest.param(0xEC511A10, id="VMOV r1, r1, s0, s1"),
        pytest.param(0xEC521A3F, id="VMOV r1, r2, s31, s32"),
        pytest.param(0xEEBA0A6F, id="VCVT with less than no fraction bits"),
        pytest.param(0xEEF00A10, id="VMRS of FPSID"),
    ],
)
def test_undefined(opcode: int) -> None:
    assert not is_floating_point(M4F, opcode)


def test_bits_that_should_be_and_are_not_are_ignored() -> None:
    rng, decode = random.Random(3), decoder(M7).decode
    for encoding in encodings():
        ignored = bits_like(encoding, "(0)") | bits_like(encoding, "(1)")
        opcode = random_opcode(rng, encoding)
        odd = decode(opcode ^ ignored, 4)
        assert (odd.encoding, odd.fields) == (encoding, decode(opcode, 4).fields)


CORES = {
    "Cortex-M0+": M0PLUS,
    "Cortex-M4 without FPU": M4F - {"fpsp"},
    "Cortex-M4": M4F,
    "Cortex-M33": M4F | {"fpv5"},
    "Cortex-M7": M7,
}


@pytest.mark.parametrize("name", CORES)
def test_a_core_has_what_its_features_say(name: str) -> None:
    """DDI 0403E A2.5: FPv4-SP and FPv5-SP leave the double-precision encodings UNDEFINED."""
    rng, features = random.Random(2), CORES[name]
    for encoding in encodings():
        opcode = random_opcode(rng, encoding)
        assert is_floating_point(features, opcode) == (encoding.feature in features), (name, encoding.name)


@pytest.mark.parametrize("bit", [22, 7, 5], ids="DNM")
def test_there_are_sixteen_doubles(bit: int) -> None:
    """VADD.F64 with a register from d16 to d31: UNDEFINED (VFPSmallRegisterBank)."""
    vadd = 0xEE300B00
    assert is_floating_point(M7, vadd)
    assert not is_floating_point(M7, vadd | 1 << bit)


def test_memory_is_asked_for_aligned_words(core: BareCore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, bool]] = []

    def load(address: int, size: int, aligned: bool) -> int:
        asked.append((address, size, aligned))
        return address

    monkeypatch.setattr(core.memory, "load", load)
    core.state.words[R + 1] = DATA + 8
    core.decoder.decode(0xED114B02, 4).execute(core.ops)  # vldr d4, [r1, #-8]
    assert asked == [(DATA, 4, True), (DATA + 4, 4, True)]
    assert list(core.state.words[S + 8 : S + 10]) == [DATA, DATA + 4]


@pytest.mark.parametrize(
    ("opcode", "reads", "writes", "operations"),
    [
        (0xEEA21B03, "s2 s3 s4 s5 s6 s7", "s2 s3", ("fma.f64",)),  # vfma.f64 d1, d2, d3
        (0xEE021B03, "s2 s3 s4 s5 s6 s7", "s2 s3", ("mul.f64", "add.f64")),  # vmla.f64 d1, d2, d3
        (0xEEF70BC3, "s6 s7", "s1", ("to_single.f64",)),  # vcvt.f32.f64 s1, d3
        (0xEEB71AE1, "s3", "s2 s3", ("from_single.f64",)),  # vcvt.f64.f32 d1, s3
        (0xFE121B03, "s4 s5 s6 s7 n z c v", "s2 s3", ()),  # vselvs.f64 d1, d2, d3
        (0xEEB01B43, "s6 s7", "s2 s3", ()),  # vmov.f64 d1, d3
        (0xEE721A23, "s4 s7", "s3", ("add",)),  # vadd.f32 s3, s4, s7
    ],
)
def test_footprint_of_doubles(opcode: int, reads: str, writes: str, operations: tuple[str, ...]) -> None:
    """What timing models see: pairs of single registers, and operations named with their precision."""
    found = footprint(decoder(M7).decode(opcode, 4))
    assert found.fp_operations == operations
    assert found.reads == set(reads.split())
    assert found.writes == set(writes.split())
