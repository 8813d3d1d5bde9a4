"""Random instructions for random programs: any encoding, any fields, addresses that are likely to be good."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from assembler import Assembler
from program_parts import CODE, DEVICE, MEMORY_GROUPS, WINDOW, Effects, Pins, should_be_one

from coincell.cpu.it_blocks import allowed_in_it
from coincell.isa import instruction_set
from coincell.isa.encoding import _ENCODINGS, DecodedInstruction, Encoding, UndefinedInstruction


@dataclass
class Drawing:
    """Draws instructions for a core with these features into `asm`."""

    rng: random.Random
    features: frozenset[str]
    device: bool = False
    """Whether there is one, and interrupts: then programs touch it, mask interrupts, sleep and call SVC."""
    special: bool = True
    """Whether there are instructions that are always interpreted."""
    base: int = CODE
    """Where it is to stand: CODE or CODE_IN_RAM."""
    avoid: Callable[[DecodedInstruction], bool] = lambda decoded: False
    density: float = 1.0
    """How much of everything; about 40 instructions at 1."""
    asm: Assembler = field(init=False)
    pins: Pins = field(init=False)

    def __post_init__(self) -> None:
        self.decoder = instruction_set(self.features)
        self.v7m = "v7m" in self.features
        self.fp = "fpsp" in self.features
        self._groups: dict[str, list[Encoding]] = {}
        for e in _ENCODINGS:
            if e.feature in self.features and not e.interpreted and not e.name.startswith("IT "):
                group = e.semantics.__module__.rpartition(".")[2]
                if group != "branches":
                    self._groups.setdefault(group, []).append(e)
        self._names = sorted(self._groups)

    def _anchor_all(self) -> None:
        p = self.pins
        self._constant(p.aligned, WINDOW + 4 * self.rng.randrange(-64, 64))
        self._constant(p.loose, WINDOW + self.rng.randrange(-256, 256) * (1 if self.v7m else 4))
        self._constant(p.index, self.rng.randrange(16) * 4 + (self.rng.randrange(4) if self.v7m else 0))
        if p.device is not None:
            self._constant(p.device, DEVICE)

    def _constant(self, rd: int, value: int) -> None:
        if self.v7m and (rd > 7 or self.rng.randrange(3)):
            self.asm.movw_movt(rd, value)
        else:
            self.asm.byte_by_byte(rd, value)

    def _free_low(self) -> int:
        return self.rng.choice([n for n in range(8) if n not in self.pins.all()])

    def _straight(self, n: int, sp: bool, lr: bool = True, group: str = "") -> None:
        for _ in range(n):
            self._instruction(sp, lr, group)

    def _instruction(self, sp: bool, lr: bool = True, group: str = "", place: int = 0) -> None:
        while True:
            chosen = group or self.rng.choice(self._theme if self.rng.randrange(3) else self._names)
            decoded = self._draw(self.rng.choice(self._groups[chosen]))
            if decoded is None or (place and not allowed_in_it(decoded, place)):
                continue
            if self._acceptable(decoded, sp, lr):
                self.asm.emit(decoded.opcode, decoded.size, f"{decoded.name} {decoded.fields}")
                return

    def _draw(self, encoding: Encoding) -> DecodedInstruction | None:
        """An instruction of this encoding whose address, if it makes one, is likely to be good."""
        rng, fields, pins = self.rng, {}, self.pins
        for name, _, mask in encoding.fields:
            fields[name] = rng.randint(0, mask)
        group = encoding.semantics.__module__.rpartition(".")[2]
        if group in MEMORY_GROUPS or encoding.name.startswith(("VLD", "VST")):
            bases = [pins.aligned, pins.aligned, pins.loose, 13, 15]
            bases += [] if pins.device is None else [pins.device] * 2
            if "Rn" in fields:
                fields["Rn"] = rng.choice(bases)
            if "Rm" in fields:
                fields["Rm"] = pins.index
            if "registers" in fields:
                fields["registers"] &= ~sum(1 << n for n in pins.all())
        return self.encode(encoding, fields)

    def encode(self, encoding: Encoding, fields: dict[str, int]) -> DecodedInstruction | None:
        """The instruction with these fields, unless they belong to another encoding."""
        opcode = encoding.match | should_be_one(encoding)
        for name, shift, mask in encoding.fields:
            opcode |= (fields[name] & mask) << shift
        try:
            decoded = self.decoder.decode(opcode, encoding.width // 8)
        except UndefinedInstruction:
            return None
        return decoded if decoded.encoding is encoding else None

    def _acceptable(self, decoded: DecodedInstruction, sp: bool, lr: bool) -> bool:
        effects = Effects()
        decoded.execute(effects)
        found, pins = effects.found, self.pins
        if found.branch or self.avoid(decoded):
            return False
        if "r14" in found.writes and not lr:
            return False
        for sources in effects.addresses:
            registers = sources - {"memory"}
            good = [set(), {f"r{pins.aligned}"}, {f"r{pins.aligned}", f"r{pins.index}"}]
            good += [{"r13"}] if sp else []
            good += (
                [] if pins.device is None else [{f"r{pins.device}"}, {f"r{pins.device}", f"r{pins.index}"}]
            )
            good += [] if effects.aligned or not self.v7m else [{f"r{pins.loose}"}]
            if not self.v7m:
                good += [{f"r{pins.loose}"}]
            if "memory" in sources or registers not in good:
                return False
        for name in found.writes & {f"r{n}" for n in (*pins.all(), 13)}:
            moved = effects.values[name]
            if not effects.addresses or moved != frozenset({name}) or (name == "r13" and not sp):
                return False
            if name != f"r{pins.loose}" and decoded.fields.get("imm8", 0) & 3 and "LDRD" not in decoded.name:
                return False
        return True
