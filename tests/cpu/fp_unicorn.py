"""One floating-point instruction at a time, on this core and on Unicorn, from the same state.

Unicorn 2.1's Cortex-M7 refuses doubles, so these are judged by its Armv8-A: the floating point of AArch32 has
the same encodings, FPSCR and pseudocode, and FPv5 was made from it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from fp_truth import EDGES, WIDE_EDGES
from harness import CODE, DATA, M7, BareCore
from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc
from unicorn.arm_const import (
    UC_ARM_REG_APSR_NZCV,
    UC_ARM_REG_C1_C0_2,
    UC_ARM_REG_FPEXC,
    UC_ARM_REG_FPSCR,
    UC_ARM_REG_LR,
    UC_ARM_REG_PC,
    UC_ARM_REG_R0,
    UC_ARM_REG_S0,
    UC_ARM_REG_SP,
    UC_CPU_ARM_CORTEX_M7,
    UC_CPU_ARM_MAX,
)

from coincell.cpu.state import FPSCR, C, N, R, S, V, Z
from coincell.isa.encoding import _ENCODINGS, Encoding

CORE = [UC_ARM_REG_R0 + n for n in range(13)] + [UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC]
SINGLE = [UC_ARM_REG_S0 + n for n in range(32)]
WINDOW = 4096
"""Bytes of memory around the base registers that are compared: more than any offset reaches."""
MIDDLE = DATA + WINDOW // 2
HERE = CODE + WINDOW // 2
"""Where the instruction stands, or two bytes after; literals lie on both sides."""
LITERALS = random.Random(7).randbytes(WINDOW)
FIRST = 0xEEB00A40
"""vmov.f32 s0, s0: the first one makes a context, whose FPSCR comes from FPDSCR (ExecuteFPCheck)."""


@dataclass
class Snapshot:
    """Everything that a floating-point instruction may change."""

    core: list[int]
    nzcv: int
    single: list[int]
    fpscr: int
    memory: bytes


def encodings() -> list[Encoding]:
    """Every declared floating-point pattern."""
    BareCore(M7)
    return [e for e in _ENCODINGS if e.is_floating_point]


def random_opcode(rng: random.Random, encoding: Encoding) -> int:
    """The pattern with random fields that it accepts; bits that are ignored keep their proper value."""
    while True:
        opcode = encoding.match | bits_like(encoding, "(1)")
        for _, shift, mask in encoding.fields:
            opcode |= rng.randint(0, mask) << shift
        if encoding.where is None or encoding.where(**encoding.extract(opcode)):
            return opcode


def bits_like(encoding: Encoding, token: str) -> int:
    """A mask of the bits that the pattern gives as `token`."""
    bits = _bits(encoding.pattern)
    return sum(1 << encoding.width - 1 - at for at, bit in enumerate(bits) if bit == token)


def _bits(pattern: str) -> list[str]:
    bits: list[str] = []
    for token in pattern.split():
        name, _, width = token.partition(":")
        bits += list(name) if set(name) <= {"0", "1"} else [name] * int(width or 1)
    return bits


def random_state(rng: random.Random) -> Snapshot:
    """Edge values and random patterns; every core register points into the window."""
    return Snapshot(
        core=[MIDDLE + 4 * rng.randint(-90, 90) for _ in range(15)] + [HERE + rng.choice([0, 2])],
        nzcv=rng.randint(0, 15) << 28,
        single=_random_registers(rng),
        fpscr=rng.choice([0, 0, rng.getrandbits(32)]) & 0xF7C0009F,
        memory=rng.randbytes(WINDOW),
    )


def _random_registers(rng: random.Random) -> list[int]:
    """Edges of singles, or of doubles in pairs, among random patterns."""
    if rng.randrange(2):
        return [rng.choice(EDGES) if rng.random() < 0.7 else rng.getrandbits(32) for _ in range(32)]
    doubles = [rng.choice(WIDE_EDGES) if rng.random() < 0.8 else rng.getrandbits(64) for _ in range(16)]
    return [double >> shift & 0xFFFFFFFF for double in doubles for shift in (0, 32)]


class Unicorn:
    """A Cortex-M7, or for `doubles` an Armv8-A, with its FPU on."""

    def __init__(self, doubles: bool = False) -> None:
        self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB if doubles else UC_MODE_THUMB | UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(UC_CPU_ARM_MAX if doubles else UC_CPU_ARM_CORTEX_M7)
        if doubles:
            self.uc.reg_write(UC_ARM_REG_C1_C0_2, 0xF << 20)  # CPACR: access to CP10 and CP11
            self.uc.reg_write(UC_ARM_REG_FPEXC, 1 << 30)
        self.uc.mem_map(CODE, WINDOW)
        self.uc.mem_map(DATA, WINDOW)
        self.uc.mem_write(CODE, LITERALS)
        self.run(FIRST, random_state(random.Random(0)))

    def run(self, opcode: int, before: Snapshot) -> Snapshot:
        """The state after one wide instruction. Raises UcError when it is undefined."""
        uc, pc = self.uc, before.core[15]
        uc.mem_write(HERE, LITERALS[:8])
        uc.mem_write(pc, _thumb(opcode))
        uc.mem_write(DATA, before.memory)
        for register, word in zip(CORE[:15] + SINGLE, before.core[:15] + before.single, strict=True):
            uc.reg_write(register, word)
        uc.reg_write(UC_ARM_REG_FPSCR, before.fpscr)
        uc.reg_write(UC_ARM_REG_APSR_NZCV, before.nzcv)
        uc.emu_start(pc | 1, pc + 4, count=1)
        return Snapshot(
            [uc.reg_read(r) for r in CORE],
            uc.reg_read(UC_ARM_REG_APSR_NZCV) & 0xF0000000,
            [uc.reg_read(r) for r in SINGLE],
            uc.reg_read(UC_ARM_REG_FPSCR),
            bytes(uc.mem_read(DATA, WINDOW)),
        )


def run_here(core: BareCore, opcode: int, before: Snapshot) -> Snapshot:
    """The same on the interpreter."""
    words, memory = core.state.words, core.memory
    memory.code[:WINDOW] = LITERALS
    for at, code in ((HERE, LITERALS[:8]), (before.core[15], _thumb(opcode))):
        memory.code[at - CODE : at - CODE + len(code)] = code
    memory.data[:WINDOW] = before.memory
    for n, word in enumerate(before.core):
        words[R + n] = word
    for n, word in enumerate(before.single):
        words[S + n] = word
    core.state.xpsr_flags = before.nzcv
    words[FPSCR] = before.fpscr
    core.step()
    return Snapshot(
        [words[R + n] for n in range(16)],
        words[N] << 31 | words[Z] << 30 | words[C] << 29 | words[V] << 28,
        [words[S + n] for n in range(32)],
        words[FPSCR],
        bytes(memory.data[:WINDOW]),
    )


def _thumb(opcode: int) -> bytes:
    return (opcode >> 16).to_bytes(2, "little") + (opcode & 0xFFFF).to_bytes(2, "little")
