"""One instruction on our interpreter and on Unicorn (QEMU), from the same random state."""

from __future__ import annotations

import random
import re

import unicorn.arm_const as arm
from harness import CODE, DATA, M0PLUS, M4F, M33, SIZE, BareCore
from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, UcError

from coincell.cpu.state import ITSTATE, R
from coincell.isa import instruction_set
from coincell.isa.encoding import _ENCODINGS, Encoding

MODELS = {
    "m0": (M0PLUS, arm.UC_CPU_ARM_CORTEX_M0),
    "m4": (M4F, arm.UC_CPU_ARM_CORTEX_M4),
    "m33": (M33, arm.UC_CPU_ARM_CORTEX_M33),
}
"""Unicorn 2.1 runs its Cortex-M33 whatever the model."""
REGISTERS = [arm.UC_ARM_REG_R0 + n for n in range(13)]
REGISTERS += [arm.UC_ARM_REG_SP, arm.UC_ARM_REG_LR, arm.UC_ARM_REG_PC]
NAMES = [f"r{n}" for n in range(16)] + ["apsr", "itstate"]
APSR = {"m0": 0xF000_0000, "m4": 0xF80F_0000, "m33": 0xF80F_0000}
MIDDLE = DATA + SIZE // 2
ADDRESSING = {"load_store", "load_store_wide", "load_store_multiple", "armv8m"}
EXTREMES = (0x7FFF_7FFF, 0x7FFF_FFFF, 0x8000_0000, 0x8000_8000, 0x8080_8080)
CORNERS = (0, 1, 2, 31, 32, 33, 255, 0x7FFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000, 0x8000_8000, 0xFFFF_FFFF)

instruction_set(M4F)  # declares everything


def declared(features: frozenset[str] = M4F, *, interpreted: bool = False) -> list[Encoding]:
    """The integer encodings of a core."""
    chosen = [e for e in _ENCODINGS if e.feature in features and not e.feature.startswith("fp")]
    return [e for e in chosen if e.interpreted == interpreted]


def random_opcode(rng: random.Random, encoding: Encoding) -> int:
    """An opcode of the pattern: random fields, should-be bits as they should be."""
    bits = ""
    for token in encoding.pattern.split():
        if found := re.fullmatch(r"([A-Za-z]\w*)(?::(\d+))?", token):
            width = int(found[2] or 1)
            bits += f"{rng.getrandbits(width):0{width}b}"
        else:
            bits += token.strip("()")
    return int(bits, 2)


def random_word(rng: random.Random) -> int:
    """Any word, with corner cases and shift amounts often enough."""
    kind = rng.randrange(4)
    return rng.choice(CORNERS) if kind == 0 else rng.randrange(64) if kind == 1 else rng.getrandbits(32)


def halfwords(opcode: int, width: int) -> bytes:
    """An opcode as it stands in memory."""
    parts = (opcode,) if width == 16 else (opcode >> 16, opcode & 0xFFFF)
    return b"".join(part.to_bytes(2, "little") for part in parts)


class Twin:
    """The same core twice, with the same memory."""

    def __init__(self, model: str, seed: int) -> None:
        features, cpu = MODELS[model]
        self.rng = random.Random(seed)
        self.apsr = APSR[model]
        self.core = BareCore(features)
        self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(cpu)
        for base, memory in ((CODE, self.core.memory.code), (DATA, self.core.memory.data)):
            memory[:] = self.rng.randbytes(SIZE)
            self.uc.mem_map(base, SIZE)
            self.uc.mem_write(base, bytes(memory))

    def run(self, encoding: Encoding, opcode: int, condition: int | None = None) -> str | None:
        """What differs, "" when nothing does; None when the access left the test's memory.

        With a `condition` the instruction stands alone in an IT block.
        """
        r = self._registers(encoding, encoding.extract(opcode))
        flags = self.rng.getrandbits(32) & self.apsr
        prefix = b"" if condition is None else halfwords(0xBF08 | condition << 4, 16)
        code = prefix + halfwords(opcode, encoding.width)
        self.core.memory.code[r[15] - CODE : r[15] - CODE + len(code)] = code
        self.uc.mem_write(r[15], code)
        try:
            ours = self._ours(r, flags, steps=1 + bool(prefix))
        except AssertionError:
            return None
        theirs = self._theirs(r, flags, len(code), steps=1 + bool(prefix))
        found = [
            f"{name}: {a:#x}, Unicorn {b:#x}"
            for name, a, b in zip(NAMES, ours, theirs, strict=True)
            if a != b
        ]
        if encoding.name.startswith(("ST", "PUSH")) and self.core.memory.data != self.uc.mem_read(DATA, SIZE):
            found.append("memory")
        if self.error and ours[15] == r[15] + len(code):
            found.append(f"Unicorn: {self.error}")  # after a branch it is about the next fetch
        return "; ".join(found)

    def _registers(self, encoding: Encoding, fields: dict[str, int]) -> list[int]:
        """r0-r15 such that what the instruction uses as an address is one."""
        rng = self.rng
        if encoding.feature == "dsp" and rng.randrange(2):  # what saturates is rare among random words
            r = rng.choices(EXTREMES, k=16)
        else:
            r = [random_word(rng) for _ in range(16)]
        r[13] = MIDDLE + rng.randrange(-256, 256) * 4
        group = encoding.semantics.__module__.rpartition(".")[2]
        if group in ADDRESSING or encoding.name.startswith("TB"):
            if "Rm" in fields:
                r[fields["Rm"]] = rng.randrange(200)
            if "Rn" in fields:
                r[fields["Rn"]] = MIDDLE + rng.randrange(-256, 256) * 4
                if group == "load_store_wide" and not encoding.name.startswith(("LDRD", "STRD")):
                    r[fields["Rn"]] += rng.randrange(4)
        r[13] &= ~3
        r[15] = CODE + SIZE // 2 + rng.randrange(-2000, 2000) * 2
        return r

    def _ours(self, r: list[int], flags: int, steps: int) -> list[int]:
        state = self.core.state
        for n in range(16):
            state.words[R + n] = r[n]
        state.xpsr_flags = flags
        state.words[ITSTATE] = 0
        for _ in range(steps):
            self.core.step()
        return [*state.words[R : R + 16], state.xpsr_flags, state.words[ITSTATE]]

    def _theirs(self, r: list[int], flags: int, size: int, steps: int) -> list[int]:
        uc = self.uc
        uc.reg_write(arm.UC_ARM_REG_XPSR, 1 << 24)
        uc.reg_write_batch(list(zip([*REGISTERS, arm.UC_ARM_REG_APSR_NZCVQG], [*r, flags], strict=True)))
        uc.ctl_flush_tb()
        self.error = None
        try:
            uc.emu_start(r[15] | 1, r[15] + size, count=steps)
        except UcError as error:
            self.error = error
        *words, xpsr = (v & 0xFFFF_FFFF for v in uc.reg_read_batch([*REGISTERS, arm.UC_ARM_REG_XPSR]))
        words[13] &= ~3  # Unicorn keeps bits 1:0 of SP, which are always zero (ARMv7-M ARM B1.4.1)
        words[15] &= ~1
        return [*words, xpsr & self.apsr, (xpsr >> 8 & 0xFC) | (xpsr >> 25 & 3)]
