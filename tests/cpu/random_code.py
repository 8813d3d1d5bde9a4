"""Random instructions, short programs and states for tests that run the same code in two ways."""

from __future__ import annotations

import random

from compiled_twin import BREAKPOINT, DEVICE, RAM, RAM_SIZE, Case
from fp_truth import EDGES
from unicorn_twin import halfwords, random_opcode, random_word

from coincell.cpu import state as st
from coincell.isa.encoding import _ENCODINGS, DecodedInstruction, Decoder, Encoding, UndefinedInstruction
from coincell.timing.footprint import footprint

MIDDLE = RAM + RAM_SIZE // 4
MOVE = b"\x08\x46"
"""MOV r0, r1: something to stand in an IT block."""
FP_MODES = (0, 0, 0x10, 0x10, 0x10, 0x90, 0x0100_0010, 0x0200_0010, 0x0040_0010, 0x0080_0010, 0x00C0_0010)
"""FPSCR by which compiled code may (IXC alone), or may not, use the host's arithmetic."""


def compiled_encodings(features: frozenset[str]) -> list[Encoding]:
    """Every declared encoding of a core that is ever compiled."""
    return [e for e in _ENCODINGS if e.feature in features and not e.interpreted]


def random_instruction(
    rng: random.Random, decoder: Decoder, encoding: Encoding, tries: int = 2000
) -> DecodedInstruction:
    """An instruction of exactly this encoding."""
    for _ in range(tries):
        opcode = random_opcode(rng, encoding)
        try:
            decoded = decoder.decode(opcode, encoding.width // 8)
        except UndefinedInstruction:
            continue
        if decoded.encoding is encoding:
            return decoded
    raise AssertionError(f"no random opcode is {encoding.name} {encoding.pattern}")


def random_words(rng: random.Random) -> list[int]:
    """State words: registers that are often addresses, edge values in S registers, any flags and modes."""
    words = [0] * 64
    style = rng.randrange(3)
    for n in range(15):
        kind = rng.randrange(10) if style else rng.randrange(6)
        if kind < 5:
            words[n] = (
                MIDDLE + rng.randrange(-300, 300) * 4 + (rng.randrange(4) if rng.randrange(4) == 0 else 0)
            )
        elif kind == 5:
            words[n] = rng.randrange(64)
        elif kind == 6:
            words[n] = DEVICE + rng.randrange(256) * 4
        elif kind == 7:
            words[n] = rng.choice((0, RAM, RAM + RAM_SIZE)) + rng.randrange(-12, 12) & 0xFFFF_FFFF
        else:
            words[n] = random_word(rng)
    words[st.R + 13] = MIDDLE + 4 * rng.randrange(-64, 64)
    for n in (st.N, st.Z, st.C, st.V, st.Q):
        words[n] = rng.randrange(2)
    words[st.GE] = rng.randrange(16)
    words[st.FPSCR] = rng.choice(FP_MODES) | rng.randrange(16) << 28
    words[st.FP_READY] = int(rng.randrange(20) > 0)
    words[st.FETCH] = rng.randrange(4)
    near = rng.randrange(1, 255) << 23
    for n in range(st.S, st.S + 32):
        kind = rng.randrange(4)
        if kind == 0:
            words[n] = rng.choice(EDGES)
        elif kind == 1:  # magnitudes that meet: sums that cancel, products near one
            words[n] = (
                (near + (rng.randrange(-2, 3) << 23) & 0x7F80_0000)
                | rng.getrandbits(23)
                | rng.getrandbits(1) << 31
            )
        elif kind == 2:
            words[n] = 0x3F80_0000 + rng.randrange(-(1 << 26), 1 << 26) | rng.getrandbits(1) << 31
        else:
            words[n] = rng.getrandbits(32)
    return words


def single_case(rng: random.Random, decoder: Decoder, encoding: Encoding) -> Case:
    """One instruction of the encoding, then a breakpoint."""
    decoded = random_instruction(rng, decoder, encoding)
    code = halfwords(decoded.opcode, encoding.width)
    if encoding.name.startswith("IT "):
        code += MOVE * 4
    code += BREAKPOINT
    return Case(code, f"{decoded.name} {decoded.opcode:#x}", in_ram=rng.randrange(12) == 0)


class Programs:
    """Short random programs for one core."""

    def __init__(self, rng: random.Random, decoder: Decoder, features: frozenset[str]) -> None:
        self.rng, self.decoder = rng, decoder
        self._has_it = "v7m" in features
        self._groups: dict[str, list[Encoding]] = {}
        for encoding in compiled_encodings(features):
            if not encoding.name.startswith("IT "):
                group = encoding.semantics.__module__.rpartition(".")[2]
                self._groups.setdefault(group, []).append(encoding)
        self._theme = sorted(self._groups)

    def _one(self) -> DecodedInstruction:
        group = self._groups[self.rng.choice(self._theme)]
        return random_instruction(self.rng, self.decoder, self.rng.choice(group))

    def _no_branch(self) -> DecodedInstruction:
        while footprint(one := self._one()).branch:
            pass
        return one

    def _it_block(self) -> list[DecodedInstruction]:
        """IT and its one to four instructions; only the last may branch, and not conditionally."""
        rng = self.rng
        condition, mask = rng.randrange(15), rng.randrange(1, 16)
        if condition == 14:
            mask = 1 << rng.randrange(4)
        count = 4 - ((mask & -mask).bit_length() - 1)
        block = [self.decoder.decode(0xBF00 | condition << 4 | mask, 2)]
        block += [self._no_branch() for _ in range(count - 1)]
        while footprint(last := self._one()).branch == "conditional":
            pass
        return [*block, last]

    def case(self, length: int) -> Case:
        """About `length` instructions and a breakpoint. Some branches are bent to stay inside."""
        rng = self.rng
        self._theme = rng.sample(sorted(self._groups), k=3)
        chosen: list[DecodedInstruction] = []
        while len(chosen) < length:
            chosen += self._it_block() if self._has_it and rng.randrange(4) == 0 else [self._one()]
        size = sum(i.size for i in chosen)
        code, names, in_it = b"", [], 0
        for i in chosen:
            opcode = i.opcode
            branch = footprint(i).branch
            if i.name.startswith("IT "):
                in_it = 5 - ((opcode & -opcode).bit_length() - 1)
            in_it = max(in_it - 1, 0)
            if branch in ("direct", "conditional") and rng.randrange(3):
                target = 2 * rng.randrange(size // 2 + 1)
                bent = 0xE000 | (target - len(code) - 4 >> 1) & 0x7FF
                if not in_it and branch == "conditional":
                    bent = 0xD000 | rng.randrange(14) << 8 | (target - len(code) - 4 >> 1) & 0xFF
                i = self.decoder.decode(bent, 2)
            code += halfwords(i.opcode, 8 * i.size)
            names.append(f"{i.name} {i.opcode:#x}")
        return Case(code + BREAKPOINT * 2, "; ".join(names), in_ram=rng.randrange(12) == 0)
