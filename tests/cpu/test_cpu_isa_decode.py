"""Decoding: nothing is shadowed, nothing undefined is accepted, nothing that capstone knows is missing."""

from __future__ import annotations

import random
import re

import capstone
import pytest
from harness import M0PLUS, M4F, BareCore
from unicorn_twin import declared, halfwords, random_opcode

from coincell.isa import instruction_set
from coincell.isa.encoding import Encoding, UndefinedInstruction

ALL = [*declared(), *declared(interpreted=True)]
V7M = frozenset({"v6m", "v7m"})


DECODERS = {features: instruction_set(features) for features in (M0PLUS, V7M, M4F)}


def is_undefined(opcode: int, width: int, features: frozenset[str] = M4F) -> bool:
    try:
        DECODERS[features].decode(opcode, width // 8)
    except UndefinedInstruction:
        return True
    return False


@pytest.mark.parametrize("encoding", ALL, ids=lambda e: e.name)
def test_decodes_to_itself_or_to_a_special_case(encoding: Encoding) -> None:
    rng, decoder, itself = random.Random(1), DECODERS[M4F], 0
    for _ in range(300):
        opcode = random_opcode(rng, encoding)
        try:
            found = decoder.decode(opcode, encoding.width // 8).encoding
        except UndefinedInstruction:
            fields = encoding.extract(opcode)
            assert encoding.where is not None
            assert not encoding.where(**fields)
            continue
        itself += found is encoding
        if found is not encoding and not (encoding.where and not encoding.where(**encoding.extract(opcode))):
            assert found.mask & encoding.mask == encoding.mask, (
                f"{found.name} is not a case of {encoding.name}"
            )
            assert found.match & encoding.mask == encoding.match
    assert itself


@pytest.mark.parametrize(
    ("opcode", "width", "why"),
    [
        (0xB100, 16, "CBZ"),
        (0xBF08, 16, "IT"),
        (0xF3AF8000, 32, "NOP.W"),
        (0xF8D00000, 32, "LDR.W"),
        (0xFB90F0F0, 32, "SDIV"),
        (0xEE010F10, 32, "MCR"),
    ],
)
def test_armv6m_has_few_wide_instructions(opcode: int, width: int, why: str) -> None:
    assert is_undefined(opcode, width, M0PLUS), why
    assert not is_undefined(opcode, width, V7M), why


@pytest.mark.parametrize("opcode", [0xF000F800, 0xF3EF8010, 0xF3808810, 0xF3BF8F5F, 0xF3BF8F4F, 0xF3BF8F6F])
def test_armv6m_has_bl_mrs_msr_and_barriers(opcode: int) -> None:
    assert not is_undefined(opcode, 32, M0PLUS)


@pytest.mark.parametrize("opcode", [0xFA81F002, 0xFB10F001, 0xFA80F080, 0xEAC00001, 0xF3200000, 0xFA00F180])
def test_dsp_needs_the_extension(opcode: int) -> None:
    """SADD8, SMULBB, QADD, PKHBT, SSAT16, SXTAH."""
    assert is_undefined(opcode, 32, V7M)
    assert not is_undefined(opcode, 32, M4F)


@pytest.mark.parametrize(
    ("opcode", "width", "why"),
    [
        (0xB600, 16, "1011 0110 000 is free"),
        (0xBA80, 16, "1011 1010 10 is free (HLT)"),
        (0xBFF8, 16, "IT with condition 15"),
        (0xF36F70C0, 32, "BFC with msb below lsb"),
        (0xF8C0F000, 32, "STR of PC"),
        (0xF8CF0000, 32, "STR to a literal"),
        (0xFB811102, 32, "SMULL into one register twice"),
        (0xE8B00001, 32, "LDM of one register"),
        (0xE9500000, 32, "LDRD into one register twice"),
        (0xF900004F, 32, "Advanced SIMD"),
        (0xF7E08000, 32, "HVC"),
        (0xFA90F081, 32, "REV naming two sources"),
    ],
)
def test_undefined_and_unpredictable_opcodes_raise(opcode: int, width: int, why: str) -> None:
    assert is_undefined(opcode, width), why


def test_stepping_an_undefined_opcode_raises() -> None:
    core = BareCore(M0PLUS)
    core.memory.code[:2] = halfwords(0xBF08, 16)
    core.state.words[15] = 0x1000
    with pytest.raises(UndefinedInstruction, match="0xbf08"):
        core.step()


OTHER_ARCHITECTURES = re.compile(r"v(ld|st)\d|hvc|smc|tt|a?t?ld?a|stl|lda|mrs|msr|bxns|blxns|sg")
"""Advanced SIMD, virtualisation, TrustZone, acquire and release: none is Armv7E-M."""

UNPREDICTABLE_WIDTHS = {"bfi", "bfc", "sbfx", "ubfx"}
"""Fields that end beyond bit 31 or before they begin."""

NAMES_RM_TWICE = {"rev", "rev16", "revsh", "rbit", "clz"}
"""Capstone does not check that both copies agree."""


def refusal_is_right(mnemonic: str, operands: str) -> bool:
    """UNPREDICTABLE: PC as an operand, SP in a list, a register twice (write-back, or two results)."""
    registers = re.findall(r"\b(?:r\d+|s[bpl]|fp|ip|lr|pc)\b", operands)
    base = mnemonic.split(".")[0]
    return (
        bool(OTHER_ARCHITECTURES.match(mnemonic))
        or base in UNPREDICTABLE_WIDTHS | NAMES_RM_TWICE
        or "pc" in registers
        or len(registers) != len(set(registers))
        or (
            "{" in operands
            and ("sp" in registers[1:] or ("sp" in registers and base == "pop") or len(registers) < 3)
        )
    )


def test_what_capstone_decodes_is_declared() -> None:
    """All of the narrow space, and a sample of the wide space without coprocessors."""
    disassembler = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    rng, missing = random.Random(2), []
    wide = (
        rng.choice((0xE8, 0xEA, 0xF0, 0xF2, 0xF8, 0xFA)) << 24 | rng.getrandbits(26) for _ in range(60_000)
    )
    coprocessor = {0xEC, 0xED, 0xEE, 0xEF, 0xFC, 0xFD, 0xFE, 0xFF}
    candidates = [(n, 16) for n in range(0xE800)]
    candidates += [(n, 32) for n in wide if n >> 24 not in coprocessor]
    known = 0
    for opcode, width in candidates:
        for _, _, mnemonic, operands in disassembler.disasm_lite(halfwords(opcode, width), 0x1000, 1):
            known += 1
            if is_undefined(opcode, width) and not refusal_is_right(mnemonic, operands):
                missing.append(f"{opcode:#x} {mnemonic} {operands}")
    assert known > 60_000
    unknown_forms = [m for m in missing if not re.match(r"0xbf[ef]\w it", m)]  # IT: "else" of always
    assert not unknown_forms, unknown_forms[:20]
