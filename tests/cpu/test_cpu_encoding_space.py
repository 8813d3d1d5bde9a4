"""Which opcodes exist: all narrow ones and a sample of the wide ones, asked of Unicorn and of the manuals.

Unicorn 2.1 runs a Cortex-M33 (QEMU 5.0), so that core is compared with it opcode by opcode; the others differ
from it by lists that are read off the manuals. Floating point has its own test.
"""

from __future__ import annotations

import random
import re
from collections import Counter

import capstone
import pytest
import unicorn.arm_const as arm
from harness import M0PLUS, M4F, M33
from test_cpu_isa_decode import refusal_is_right
from unicorn import UC_ARCH_ARM, UC_ERR_INSN_INVALID, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, UcError
from unicorn_twin import halfwords

from coincell.isa import instruction_set
from coincell.isa.encoding import DecodedInstruction, UndefinedInstruction

V7M = frozenset({"v6m", "v7m"})
DECODERS = {features: instruction_set(features) for features in (M0PLUS, V7M, M4F, M33)}
CODE, ODD = 0x1000, 0x2121_2121
"""Registers and memory hold ODD, which is mapped, so that a branch anywhere is one to Thumb code."""
NARROW = [(opcode, 16) for opcode in range(0xE800)]


def wide(seed: int, each: int) -> list[tuple[int, int]]:
    """`each` opcodes of every first halfword; the fields of half of them are registers that matter."""
    rng, found = random.Random(seed), []
    for first in range(0xE800, 0x10000):
        for k in range(each):
            second = rng.getrandbits(16)
            if k % 2:
                fields = (
                    (0, 1, 2, 13, 14, 15),
                    (0, 1, 2, 8, 13, 15),
                    (0, 1, 2, 4, 8, 12, 15),
                    (0, 1, 2, 13, 15),
                )
                second = sum(rng.choice(field) << 12 - 4 * n for n, field in enumerate(fields))
            opcode = first << 16 | second
            if not (opcode >> 26 in (0b111011, 0b111111) and opcode >> 9 & 7 == 5):  # coprocessors 10 and 11
                found.append((opcode, 32))
    return found


def ours(opcode: int, width: int, features: frozenset[str] = M33) -> DecodedInstruction | None:
    """What it is; None when it is undefined, permanently or not."""
    try:
        found = DECODERS[features].decode(opcode, width // 8)
    except UndefinedInstruction:
        return None
    return None if found.name.startswith("UDF") else found


class Unicorn:
    """Executes single opcodes from the same state."""

    def __init__(self) -> None:
        self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        for base in (0, ODD & ~0xFFFFF):
            self.uc.mem_map(base, 0x100000)
            self.uc.mem_write(base, b"\x21" * 0x100000)
        registers = [arm.UC_ARM_REG_R0 + n for n in range(13)] + [arm.UC_ARM_REG_SP, arm.UC_ARM_REG_LR]
        for register in registers:
            self.uc.reg_write(register, ODD)
        self.uc.reg_write(arm.UC_ARM_REG_XPSR, 1 << 24)
        self.start = self.uc.context_save()
        self.near = b"\x21" * 0x3000
        """What a store can reach."""

    def knows(self, opcode: int, width: int) -> bool:
        """Whether it has a meaning; failing to access memory is one."""
        self.uc.context_restore(self.start)
        for base in (CODE, ODD):
            self.uc.mem_write((base & ~0xFFF) - 0x1000, self.near)
        self.uc.mem_write(CODE, halfwords(opcode, width))
        self.uc.ctl_remove_cache(CODE, CODE + 4)
        try:
            self.uc.emu_start(CODE | 1, CODE + width // 8, count=1)
        except UcError as error:
            return error.errno != UC_ERR_INSN_INVALID
        return True


def violates_should_be(opcode: int, found: DecodedInstruction) -> bool:
    """A bit in round brackets of the manual's pattern has the other value."""
    bits = ""
    for token in found.encoding.pattern.split():
        field = re.fullmatch(r"[A-Za-z]\w*?(?::(\d+))?", token)
        bits += "." * int(field[1] or 1) if field else token[1] if token[0] == "(" else "." * len(token)
    return not re.fullmatch(bits, f"{opcode:0{len(bits)}b}")


CAPSTONES = [
    capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | more)
    for more in (0, capstone.CS_MODE_V8)
]


def unpredictable(opcode: int, width: int) -> bool:
    """What capstone can tell of it makes it UNPREDICTABLE; a few that it cannot read, by their fields."""
    if width == 16:
        return False
    n, registers = opcode >> 16 & 15, opcode & 0xFFFF
    if opcode >> 25 == 0b1110100 and not opcode >> 22 & 1:  # LDM, STM
        load, bad = opcode >> 20 & 1, registers & 0x2000
        bad |= registers >> 14 == 3 if load else registers & 0x8000
        return bool(bad or registers.bit_count() < 2 or n == 15 or (opcode >> 21 & 1 and registers >> n & 1))
    if opcode >> 28 == 0b1111 and opcode >> 25 & 5 == 1 and not opcode >> 15 & 1:
        # Plain binary immediates: nothing to PC, no saturation or bit field of PC.
        return opcode >> 8 & 15 == 15 or (n == 15 and opcode >> 20 & 31 in (16, 18, 20, 24, 26, 28))
    if opcode >> 25 == 0b1111100 and not opcode >> 23 & 1 and opcode & 0xFCF == 15:
        return True  # a load or preload indexed by PC
    texts = (next(cs.disasm_lite(halfwords(opcode, width), CODE, 1), None) for cs in CAPSTONES)
    return any(text is not None and refusal_is_right(text[2], text[3]) for text in texts)


def explanation(opcode: int, width: int, found: DecodedInstruction | None) -> str:
    """Why Unicorn and we differ about it; "" when nothing explains it."""
    if found is not None:
        name = found.name.partition(" ")[0]
        if violates_should_be(opcode, found):
            return "should-be bits are ignored here"
        if name in ("YIELD", "WFE") or opcode == 0xBF10:
            return "Unicorn stops at it as at an error"
        if name in ("BX", "BLX") and opcode >> 3 & 15 in (13, 15):
            return "a branch to an even address: SP and PC are never odd"
        if re.match(r"(LD[AR]|ST[LR])EX|TT", name) and re.search("13", str(found.fields.values())):
            return "SP is a register like any other here"
        return ""
    if width == 16:
        return {
            0xB650: "SETEND: only A and R profiles have it (A5.2.5)",
            0xBFE0: "IT with no condition: UNPREDICTABLE",
            0x47F4: "BLXNS PC: UNPREDICTABLE",
        }.get(opcode & 0xFFF7 if opcode < 0xBF00 else opcode & 0xFFE0, "")
    if opcode >> 27 == 0b11110 and opcode & 0xD000 == 0xC000:
        return "BLX (immediate): M profiles have no other instruction set (A5.3.4)"
    if opcode >> 21 == 0b11101000110 and opcode >> 4 & 7 == 7:
        return "exclusive access to a doubleword: M profiles have none (A5.3.6)"
    if opcode >> 24 in (0xEF, 0xFF) or opcode & 0xFF100000 == 0xF9000000:
        return "Advanced SIMD: no M profile has it (A5.3.1, A5.3.18)"
    if opcode >> 26 in (0b111011, 0b111111) and opcode >> 21 & 31 == 0:
        return "op1 is 00000x: undefined before it is a coprocessor's (A5.3.18)"
    if opcode >> 25 == 0b1111100 and not opcode >> 20 & 1 and opcode >> 16 & 15 == 15:
        return "a store with base PC is UNDEFINED (A7.7.161 and others)"
    return "UNPREDICTABLE is undefined here" if unpredictable(opcode, width) else ""


@pytest.mark.parametrize("candidates", [NARROW, wide(3, 12)], ids=["narrow", "wide"])
def test_cortex_m33_and_unicorn(candidates: list[tuple[int, int]]) -> None:
    unicorn, seen = Unicorn(), Counter[str]()
    for opcode, width in candidates:
        found = ours(opcode, width)
        if unicorn.knows(opcode, width) == (found is not None):
            seen["both" if found else "neither"] += 1
            continue
        why = explanation(opcode, width, found)
        assert why, f"{opcode:#x}: we say {found.name if found else 'undefined'}, Unicorn does not"
        seen[why] += 1
    assert seen["both"] > 0.7 * sum(seen.values()) or candidates is not NARROW
    assert seen["neither"] > 300


# ---- the other cores: what each has not, from its manual --------------------------------------------------

ARMV6M_WIDE = (
    *((0xF800D000, 0xF000D000), (0xFFE0D000, 0xF3E08000), (0xFFE0D000, 0xF3808000)),  # BL, MRS, MSR
    *((0xFFF0D0F0, 0xF3B08040), (0xFFF0D0F0, 0xF3B08050), (0xFFF0D0F0, 0xF3B08060)),  # DSB, DMB, ISB
)
"""(mask, value) of Armv6-M's 32-bit instructions but UDF (DDI 0419E table A5-9, A5.3.1)."""
ARMV8M = r"SG |TT |B(L)?XNS |LDA|STL|VLSTM |VLLDM "
DSP = (
    r"(S|U)?(Q|SH|UH|UQ)?(ADD8|ADD16|ASX|SAX|SUB8|SUB16) |Q(D)?(ADD|SUB) |SEL |PKH|(S|U)SAT16 |(S|U)XTA|"
    r"(S|U)XTB16 |SMLA[BTxWD]|SMLALx|SMLALD|SMLS|SMM|SMUAD|SMUL[xW]|SMUSD|USAD|UMAAL "
)
"""By our names: Armv8-M's additions (DDI 0553), and the DSP extension (DDI 0403E table A5-2 and others)."""


def test_armv6m_is_the_manuals_list() -> None:
    for opcode, width in NARROW:
        v7 = ours(opcode, width, M4F)
        expected = v7 is not None and not v7.name.startswith(("CBZ", "CBNZ", "IT "))
        assert (ours(opcode, width, M0PLUS) is not None) == expected, hex(opcode)
    for opcode, width in wide(4, 6):
        expected = any(opcode & mask == value for mask, value in ARMV6M_WIDE)
        if opcode & 0xFFE0D000 in (0xF3E08000, 0xF3808000):  # of PC: UNPREDICTABLE
            expected &= (opcode >> 8 & 15 if opcode >> 22 & 1 else opcode >> 16 & 15) != 15
        assert (ours(opcode, width, M0PLUS) is not None) == expected, hex(opcode)


def test_armv7m_is_armv8m_without_its_additions() -> None:
    lost: set[str] = set()
    for opcode, width in [*NARROW, *wide(5, 6)]:
        v8, v7e, v7 = (ours(opcode, width, features) for features in (M33, M4F, V7M))
        added = v8 is not None and re.match(ARMV8M, v8.name)
        if v8 is not None and not added:
            assert v7e is not None, hex(opcode)
            assert v7e.encoding is v8.encoding
        if v7e is not None:
            assert v8 is not None, hex(opcode)
            assert (v7 is None) == bool(re.match(DSP, v7e.name)), f"{opcode:#x} {v7e.name}"
            lost |= {v7e.name} if v7 is None else set()
    assert len(lost) > 40
