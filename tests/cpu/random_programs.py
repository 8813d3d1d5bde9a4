"""Random programs that stay where they should: loops end, calls return, addresses lie in a window.

Most instructions are drawn from everything that is declared, with any fields. A few registers are pinned:
pointers into the window, a small index and loop counters change only as the frame of the program wants.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from assembler import NOP, NOP_WIDE, Assembler, Item
from fp_truth import EDGES, WIDE_EDGES
from unicorn_twin import CORNERS

from coincell.cpu.it_blocks import INSIDE, LAST, allowed_in_it
from coincell.isa import instruction_set
from coincell.isa.encoding import _ENCODINGS, DecodedInstruction, Encoding, UndefinedInstruction
from coincell.timing.footprint import Sources, _Tracer

CODE, RAM, RAM_SIZE = 0x2000, 0x2000_0000, 0x1_0000
CODE_IN_RAM = RAM + 0x1000
"""Programs there change themselves."""
FLASH_SIZE = 0x1_0000
WINDOW = RAM + 0x6000
"""Where the pointers point; accesses reach some 4 KB and a bit either way."""
STACK, PROCESS_STACK = RAM + 0xE000, RAM + 0xC000
DEVICE = 0x4000_0000
MEMORY_GROUPS = {"load_store", "load_store_wide", "load_store_multiple"}
HARD_FAULT = 3
ROUNDING = (0, 0, 0x0040_0000, 0x0080_0000, 0x00C0_0000, 0x0100_0000, 0x0200_0000, 0x0380_0000)


class Effects(_Tracer):
    """A footprint, and where each address and each written register comes from."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, object] = {}
        self.aligned = False
        self.addresses: list[Sources] = []

    def set_reg(self, n: int, value: object) -> None:
        super().set_reg(n, value)
        self.values[f"r{n}"] = value

    def load(self, address: object, size: int, aligned: bool = False) -> Sources:
        self._note(address, size, aligned)
        return super().load(address, size, aligned)

    def store(self, address: object, value: object, size: int, aligned: bool = False) -> None:
        self._note(address, size, aligned)
        super().store(address, value, size, aligned)

    def _note(self, address: object, size: int, aligned: bool) -> None:
        self.aligned |= aligned
        self.addresses.append(address if isinstance(address, frozenset) else frozenset())


@dataclass
class Program:
    """Bytes to put at `base`. `lines` tell what stands where."""

    base: int
    code: bytes
    entry: int
    handlers: dict[int, int]
    lines: list[tuple[int, int, str]]
    """(address, opcode, name) of every instruction."""

    def without(self, dropped: set[int]) -> Program:
        """The same with NOPs at some addresses: what a failing program shrinks by."""
        code, lines = bytearray(self.code), []
        for at, opcode, name in self.lines:
            if at in dropped:
                wide = opcode > 0xFFFF
                opcode, name = (NOP_WIDE if wide else NOP), "nop"
                code[at - self.base : at - self.base + 2 + 2 * wide] = halfwords(opcode, 4 if wide else 2)
            lines.append((at, opcode, name))
        return replace(self, code=bytes(code), lines=lines)

    def __str__(self) -> str:
        shown = [f"{at:#x}: {op:8x}  {name}" for at, op, name in self.lines if name != "nop"]
        return "\n".join([f"entry {self.entry:#x}, handlers {self.handlers}", *shown])


def halfwords(opcode: int, size: int) -> bytes:
    """An opcode as it stands in memory."""
    parts = (opcode,) if size == 2 else (opcode >> 16, opcode & 0xFFFF)
    return b"".join(part.to_bytes(2, "little") for part in parts)


@dataclass
class Pins:
    """Registers with a purpose."""

    aligned: int
    """Points to a word of the window, always."""
    loose: int
    """Points anywhere near it."""
    index: int
    """Below 64, a multiple of four where the core cannot access unaligned data."""
    counters: tuple[int, ...]
    """Loops count these down, innermost last."""
    device: int | None = None
    """Points to the device, in programs that have one."""

    def all(self) -> set[int]:
        found = {self.aligned, self.loose, self.index, *self.counters}
        return found if self.device is None else found | {self.device}


@dataclass
class Generator:
    """Makes programs for a core with these features."""

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

    # ---- the whole -------------------------------------------------------------------------------------
    def program(self, handlers: tuple[int, ...] = ()) -> Program:
        """main, which runs for ever, its functions, and handlers of exceptions."""
        rng, self.asm = self.rng, Assembler()
        low = rng.sample(range(8), 5)
        high = rng.sample(range(8, 12), 2) if self.v7m and rng.randrange(2) else [low[3], low[4]]
        self.pins = Pins(low[0], low[1], low[2], tuple(high))
        if self.device:
            free = [n for n in range(8) if n not in self.pins.all()]
            self.pins.device = rng.choice(free)
        self._theme = rng.choices(self._names, k=4)
        self._functions: list[tuple[str, bool]] = []
        asm, main = self.asm, self.asm.label("main")
        asm.put(main)
        self._stacks()
        self._anchor_all()
        self._body(depth=0, sp=True)
        if self.v7m:
            asm.bl(main, link=rng.randrange(3) == 0)
        else:
            asm.bl(main)
        while self._functions:
            self._function(*self._functions.pop())
        entries = {n: self._recovery() if n == HARD_FAULT else self._handler(n) for n in handlers}
        return self._finish(main, entries)

    def recovery(self, at: int) -> bytes:
        """A fault handler to stand at `at`, for code at `base` that skips what faults."""
        self.asm = Assembler()
        self._recovery()
        return b"".join(halfwords(opcode, item.size) for _, item, opcode in self.asm.assemble(at))

    def _finish(self, main: str, entries: dict[int, str]) -> Program:
        placed = self.asm.assemble(self.base)
        code = b"".join(halfwords(opcode, item.size) for _, item, opcode in placed)
        lines = [(at, opcode, item.name) for at, item, opcode in placed if not item.is_data]
        where = self.asm.labels
        return Program(self.base, code, where[main], {n: where[label] for n, label in entries.items()}, lines)

    def _function(self, label: str, leaf: bool) -> None:
        """Called with BL; saves what it must to come back."""
        asm, rng = self.asm, self.rng
        asm.put(label)
        saved = rng.getrandbits(8) & rng.getrandbits(8) & ~sum(1 << n for n in self.pins.all() if n < 8)
        if leaf:
            self._straight(rng.randrange(1, 5), sp=False, lr=False)
            asm.emit(0x4770, name="bx lr")
            return
        asm.emit(0xB500 | saved, name="push {.., lr}")
        self._straight(rng.randrange(1, 5), sp=False)
        if rng.randrange(2):
            self._skip(depth=3, sp=False)
        asm.emit(0xBD00 | saved, name="pop {.., pc}")

    def _handler(self, number: int) -> str:
        """Sets up pointers of its own, and may change any register that is not pinned."""
        asm, rng = self.asm, self.rng
        label = asm.label(f"handler{number}_")
        asm.put(label)
        saved = sum(1 << n for n in self.pins.all() if n < 8)
        asm.emit(0xB500 | saved, name="push {pins, lr}")
        self._anchor_all()
        self._straight(rng.randrange(1, 6), sp=False)
        if rng.randrange(2):
            self._skip(depth=3, sp=False)
        asm.emit(0xBD00 | saved, name="pop {pins, pc}")
        return label

    def _recovery(self) -> str:
        """HardFault: the faulting instruction is skipped; after a jump out of the code all starts anew."""
        asm = self.asm
        label, framed, restart, narrow = map(asm.label, ("recovery", "framed", "restart", "narrow"))
        asm.put(label)
        asm.emit(0xF3EF8009, 4, "mrs r0, psp")
        asm.emit(0x4671, name="mov r1, lr")
        asm.emit(0x0749, name="lsls r1, #29")
        asm.b_if(4, framed)
        asm.emit(0xF3EF8008, 4, "mrs r0, msp")
        asm.put(framed)
        asm.emit(0x69C2, name="ldr r2, [r0, #28]")
        self._constant(3, 1 << 24)
        asm.emit(0x431A, name="orrs r2, r3")
        asm.emit(0x61C2, name="str r2, [r0, #28]")
        asm.emit(0x6981, name="ldr r1, [r0, #24]")
        for limit, outside in ((self.base, 3), (self.base + 0x1000, 2)):
            self._constant(2, limit)
            asm.emit(0x4291, name="cmp r1, r2")
            asm.b_if(outside, restart)
        asm.emit(0x880A, name="ldrh r2, [r1]")
        asm.emit(0x0AD2, name="lsrs r2, #11")
        asm.emit(0x3102, name="adds r1, #2")
        asm.emit(0x2A1D, name="cmp r2, #0x1d")
        asm.b_if(3, narrow)
        asm.emit(0x3102, name="adds r1, #2")
        asm.put(narrow)
        asm.emit(0x6181, name="str r1, [r0, #24]")
        asm.emit(0x4770, name="bx lr")
        asm.put(restart)
        self._constant(1, self.base)
        asm.emit(0x6181, name="str r1, [r0, #24]")
        self._constant(1, 1 << 24)
        asm.emit(0x61C1, name="str r1, [r0, #28]")
        asm.emit(0x4770, name="bx lr")
        return label

    def _stacks(self) -> None:
        """Stack pointers drift in a round of the program; here they are put back."""
        asm, free = self.asm, self.pins.aligned  # pinned: no handler changes it half way
        self._constant(free, STACK)
        if not self.device:
            asm.emit(0x4685 | free << 3, name=f"mov sp, r{free}")
            return
        asm.emit(0xF3808808 | free << 16, 4, f"msr msp, r{free}")
        self._constant(free, PROCESS_STACK)
        asm.emit(0xF3808809 | free << 16, 4, f"msr psp, r{free}")

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

    # ---- control ---------------------------------------------------------------------------------------
    def _body(self, depth: int, sp: bool) -> None:
        """A few pieces of any kind; fewer the deeper."""
        rng = self.rng
        pieces = [self._plain, self._plain, self._skip, self._skip, self._loop, self._call, self._renew]
        if self.v7m:
            pieces += [self._it_block, self._it_block, self._it_block, self._table]
        if self.fp:
            pieces += [self._fp_setup, self._busy_fpu]
        if self.special:
            pieces += [self._special]
            pieces += [self._sticky] if "dsp" in self.features else []
        pieces += [self._base_loaded]
        if self.base == CODE_IN_RAM:
            pieces += [self._patch] * 2
        if self.device:
            pieces += [self._device_access] * 2 + [self._system] * 4
            pieces += [self._alarm_in_it] if self.v7m else []
        for _ in range(int(rng.randrange(3, 6) * self.density) if depth == 0 else rng.randrange(1, 4)):
            rng.choice(pieces)(depth, sp)

    def _plain(self, depth: int, sp: bool) -> None:
        self._straight(self.rng.randrange(1, 7), sp)

    def _renew(self, depth: int, sp: bool) -> None:
        """Fresh pointers, fresh corner cases in registers."""
        rng = self.rng
        kind = rng.randrange(3)
        if kind == 0:
            self._anchor_all()
        elif kind == 1 and sp and not self.device:  # back to the middle of the stack
            free = self._free_low()
            self._constant(free, STACK - 0x400 - 4 * rng.randrange(64))
            self.asm.emit(0x4685 | free << 3, name=f"mov sp, r{free}")
        else:
            self._constant(self._free_low(), rng.choice(CORNERS))

    def _free_low(self) -> int:
        return self.rng.choice([n for n in range(8) if n not in self.pins.all()])

    def _condition(self) -> int:
        return self.rng.randrange(14)

    def _skip(self, depth: int, sp: bool) -> None:
        """A forward branch, taken or not."""
        asm, rng = self.asm, self.rng
        over = asm.label("over")
        kind = rng.randrange(4 if self.v7m else 1)
        if kind == 1:
            asm.cbz(rng.randrange(8), over, bool(rng.randrange(2)))
        elif kind == 2:
            asm.b_if_wide(self._condition(), over)
        elif kind == 3 and rng.randrange(3) == 0:
            asm.bl(over, link=False)
        else:
            asm.b_if(self._condition(), over)
        self._straight(rng.randrange(1, 5), sp)
        asm.put(over)

    def _loop(self, depth: int, sp: bool) -> None:
        """Counted down in a pinned register."""
        if depth >= 2:
            return
        asm, rng = self.asm, self.rng
        counter, back = self.pins.counters[depth], asm.label("back")
        if counter < 8:
            asm.movs(counter, rng.randrange(1, 9))
        else:
            asm.movw_movt(counter, rng.randrange(1, 9))
        asm.put(back)
        if rng.randrange(2):
            self._anchor_all()
        self._body(depth + 1, sp=False)
        if counter < 8:
            asm.subs(counter, 1)
        else:
            asm.emit(0xF1B00001 | counter << 16 | counter << 8, 4, f"subs r{counter}, #1")
        if self.v7m:
            asm.b_if_wide(1, back)
        else:
            done = asm.label("done")
            asm.b_if(0, done)
            asm.b(back)
            asm.put(done)

    def _call(self, depth: int, sp: bool) -> None:
        asm, rng = self.asm, self.rng
        function = asm.label("function")
        self._functions.append((function, bool(rng.randrange(2))))
        if self.v7m and rng.randrange(3) == 0:
            free = self._free_low()
            asm.movw_movt(free, function)
            asm.emit(0x4780 | free << 3, name=f"blx r{free}")
        else:
            asm.bl(function)

    def _table(self, depth: int, sp: bool) -> None:
        """TBB or TBH over four cases."""
        asm, rng, free = self.asm, self.rng, self._free_low()
        wide, ends = rng.randrange(2), [asm.label("case") for _ in range(4)]
        asm.emit(0xF0000003 | rng.randrange(8) << 16 | free << 8, 4, f"and r{free}, #3")
        here = asm.label("table")
        asm.emit(0xE8DFF000 | wide << 4 | free, 4, f"tb{'bh'[wide]} [pc, r{free}]")
        asm.put(here)
        for n in range(0, 4, 2 - wide):

            def make(at: int, where: dict[str, int], n: int = n) -> int:
                steps = [(where[ends[m]] - where[here]) // 2 for m in (n, n + 1 - wide)]
                return steps[0] if wide else steps[0] | steps[1] << 8

            asm.items.append(Item(2, make, "table", True))
        for end in rng.sample(ends, 4):
            asm.put(end)
            self._straight(rng.randrange(0, 3), sp)

    def _it_block(self, depth: int, sp: bool, group: str = "") -> None:
        """IT and one to four instructions; the last may branch."""
        asm, rng = self.asm, self.rng
        condition, mask = rng.randrange(15), rng.randrange(1, 16)
        if condition == 14:
            mask = 1 << rng.randrange(4)
        n = 4 - ((mask & -mask).bit_length() - 1)
        over = asm.label("over") if rng.randrange(4) == 0 else ""
        asm.emit(0xBF00 | condition << 4 | mask, name=f"it {condition} {mask:04b}")
        for k in range(n):
            if k == n - 1 and over:
                asm.b(over)
            elif self.device and rng.randrange(4) == 0:
                self._device_access(depth, sp)
            else:
                self._instruction(sp, group=group, place=LAST if k == n - 1 else INSIDE)
        if over:
            self._straight(rng.randrange(0, 3), sp)
            asm.put(over)

    # ---- single instructions ---------------------------------------------------------------------------
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

    # ---- what only whole programs do -------------------------------------------------------------------
    def _fp_setup(self, depth: int, sp: bool) -> None:
        """A rounding mode, and an edge value in an S register."""
        asm, rng, free = self.asm, self.rng, self._free_low()
        if rng.randrange(2):
            self._constant(free, rng.choice(ROUNDING) | rng.randrange(2) << 4)
            asm.emit(0xEEE10A10 | free << 12, 4, f"vmsr fpscr, r{free}")
        for _ in range(rng.randrange(1, 4)):
            self._constant(free, rng.choice(EDGES))
            n = rng.randrange(32)
            asm.emit(0xEE000A10 | n >> 1 << 16 | free << 12 | (n & 1) << 7, 4, f"vmov s{n}, r{free}")

    def _busy_fpu(self, depth: int, sp: bool) -> None:
        """Floating point that meets a divider at work, also where it is skipped."""
        rng = self.rng
        d, n, m = (rng.randrange(16) for _ in range(3))
        self.asm.emit(0xEE800A00 | n << 16 | d << 12 | m, 4, f"vdiv s{2 * d}, s{2 * n}, s{2 * m}")
        if rng.randrange(3):
            self._it_block(depth, sp, "floating_point")
        self._straight(rng.randrange(1, 3), sp, group="floating_point")

    def _sticky(self, depth: int, sp: bool) -> None:
        """What sets Q, from a clear Q, and a look at it."""
        asm, free = self.asm, self._free_low()
        self._constant(free, self.rng.getrandbits(4) << 28)
        asm.emit(0xF3808800 | free << 16, 4, f"msr apsr, r{free}")
        self._straight(self.rng.randrange(1, 3), sp, group=self.rng.choice(("dsp", "dsp_multiply")))
        asm.emit(0xF3EF8000 | free << 8, 4, f"mrs r{free}, apsr")

    def _base_loaded(self, depth: int, sp: bool) -> None:
        """Accesses with a base of their own, which they may overwrite."""
        asm, rng, base = self.asm, self.rng, self._free_low()
        pins = self.pins.all()
        asm.emit(0x1C00 | self.pins.aligned << 3 | base, name=f"adds r{base}, r{self.pins.aligned}, #0")
        while True:
            group = rng.choice([g for g in sorted(MEMORY_GROUPS) if g in self._groups])
            encoding = rng.choice(self._groups[group])
            fields = {name: rng.randint(0, mask) for name, _, mask in encoding.fields} | {"Rn": base}
            fields["Rm"] = self.pins.index
            fields["registers"] = fields.get("registers", 0) & ~sum(1 << n for n in pins) | 1 << base
            decoded = self.encode(encoding, fields)
            if decoded is None or self.avoid(decoded):
                continue
            effects = Effects()
            decoded.execute(effects)
            touched = {*effects.found.address_sources} - {"memory", f"r{self.pins.index}"}
            spoiled = effects.found.writes & {f"r{n}" for n in (*pins, 13, 14)}
            if touched == {f"r{base}"} and not effects.found.branch and not spoiled:
                asm.emit(decoded.opcode, decoded.size, f"{decoded.name} {decoded.fields}")
                return

    def _special(self, depth: int, sp: bool) -> None:
        """Instructions that are always interpreted, and end regions."""
        asm, rng, free = self.asm, self.rng, self._free_low()
        kind = rng.randrange(5 if self.v7m else 3)
        if kind == 0:
            asm.emit(0xF3EF8000 | free << 8, 4, f"mrs r{free}, apsr")
        elif kind == 1:
            mask = 8 | (rng.randrange(2) << 2 if "dsp" in self.features else 0)
            source = rng.randrange(8)
            if not self.v7m:  # no Q there, see test_cpu_sequences
                source = free
                self._constant(free, rng.getrandbits(4) << 28)
            asm.emit(0xF3808000 | source << 16 | mask << 8, 4, "msr apsr")
        elif kind == 2:
            asm.emit(0xF3BF8F40 | rng.choice((0x1F, 0x0F, 0x2F)), 4, "barrier")
        elif kind == 3:
            self._exclusive_pair()
        else:
            asm.emit(0xF3BF8F2F, 4, "clrex")

    def _exclusive_pair(self) -> None:
        """LDREX and STREX of one word, and nothing between them that could touch it."""
        asm, rng, base = self.asm, self.rng, self.pins.aligned
        loaded, result = rng.sample([n for n in range(8) if n not in self.pins.all()], 2)
        at = rng.randrange(64)
        asm.emit(0xE8500F00 | base << 16 | loaded << 12 | at, 4, "ldrex")
        for _ in range(rng.randrange(3)):
            self._instruction(sp=False, group="data_processing_wide")
        if rng.randrange(4) == 0:
            asm.emit(0xF3BF8F2F, 4, "clrex")
        asm.emit(0xE8400000 | base << 16 | loaded << 12 | result << 8 | at, 4, "strex")

    def _patch(self, depth: int, sp: bool) -> None:
        """A store over an instruction that runs right after it, or when the program comes by again."""
        asm, rng = self.asm, self.rng
        place, value = rng.sample([n for n in range(8) if n not in self.pins.all()], 2)
        target = asm.label("patched")
        before = rng.randrange(2)
        if before:
            asm.put(target)
            self._narrow()
        if self.v7m:
            asm.movw_movt(place, target)
            asm.subs(place, 1)
        else:
            asm.adr(place, target)
        self._constant(value, 0x1C00 | rng.randrange(8) << 6 | self._free_low() << 3 | self._free_low())
        asm.emit(0x8000 | place << 3 | value, name=f"strh r{value}, [r{place}]")
        for _ in range(rng.randrange(3)):
            self._narrow()
        if not before:
            asm.put(target)
            self._narrow()

    def _narrow(self) -> None:
        free = self._free_low()
        self.asm.emit(0x1C00 | self.rng.randrange(8) << 6 | free << 3 | free, name=f"adds r{free}")

    def _device_access(self, depth: int, sp: bool) -> None:
        """Read the device's clock, or set its alarm."""
        asm, rng, device = self.asm, self.rng, self.pins.device
        assert device is not None
        if rng.randrange(3):
            asm.emit(0x6800 | device << 3 | self._free_low(), name="ldr [device]")
        else:
            asm.emit(0x6040 | device << 3 | rng.randrange(8), name="str [device, #4]")

    def _alarm_in_it(self, depth: int, sp: bool) -> None:
        """An alarm so near that compiled code leaves in the middle of an IT block."""
        asm, rng, free, device = self.asm, self.rng, self._free_low(), self.pins.device
        self._constant(free, rng.randrange(10, 200))
        asm.emit(0x4280 | free << 3 | free, name=f"cmp r{free}, r{free}")
        mask = rng.choice((0b0100, 0b1100, 0b0010, 0b1010, 0b1110, 0b0001, 0b0111, 0b1011, 0b1111))
        n = 4 - ((mask & -mask).bit_length() - 1)
        asm.emit(0xBF00 | mask, name=f"it eq {mask:04b}")
        asm.emit(0x6040 | device << 3 | free, name="str [device, #4]")
        for k in range(1, n):
            self._instruction(sp, place=LAST if k == n - 1 else INSIDE)

    def _system(self, depth: int, sp: bool) -> None:
        """Masks, sleep, SVC, and PendSV by register."""
        asm, rng, free = self.asm, self.rng, self._free_low()
        kind = rng.choice((0, 1, 2, 3, 4, 5, 5, 5, 6, 7))
        if kind == 7:
            self._wild()
        elif kind == 0:
            asm.emit(0xDF00 | rng.randrange(256), name="svc")
        elif kind == 1:
            asm.emit(0xBF30, name="wfi")
        elif kind == 2:
            asm.emit(rng.choice((0xBF40, 0xBF20)), name="sev or wfe")
        elif kind == 3:
            asm.emit(0xB672, name="cpsid i")
            self._straight(rng.randrange(0, 4), sp)
            asm.emit(0xB662, name="cpsie i")
        elif kind == 4 and self.v7m:
            index = self.pins.index
            asm.movw_movt(index, rng.choice((0x40, 0x80, 0xC0)))
            asm.emit(0xF3808811 | index << 16, 4, "msr basepri")
            self._straight(rng.randrange(0, 4), sp)
            asm.movw_movt(index, 0)
            asm.emit(0xF3808811 | index << 16, 4, "msr basepri, 0")
        elif kind == 5:
            free, other = rng.sample([n for n in range(8) if n not in self.pins.all()], 2)
            self._constant(free, 0xE000ED04)
            self._constant(other, rng.choice((1 << 28, 1 << 28, 1 << 28, 1 << 27, 1 << 26)))
            asm.emit(0x6000 | free << 3 | other, name="str [icsr]")
        elif sp:  # the other stack: both are restored at once, so handlers see either
            index = self.pins.index
            self._constant(index, rng.choice((0, 2)))
            asm.emit(0xF3808814 | index << 16, 4, "msr control")
            self._it_block(depth, sp) if self.v7m else self._plain(depth, sp)
            self._constant(index, 4)

    def _wild(self) -> None:
        """Something that faults: an address that nobody answers, an undefined instruction, a jump away."""
        asm, rng, free = self.asm, self.rng, self._free_low()
        kind = rng.randrange(5)
        if kind == 0:
            asm.emit(0xDE00, name="udf")
            return
        self._constant(free, rng.choice((RAM, RAM + RAM_SIZE, DEVICE, 1)) + rng.randrange(-8, 4) & 0xFFFFFFFF)
        if kind == 1:
            asm.emit(0x4700 | free << 3, name=f"bx r{free}")
        elif kind == 2:
            asm.emit(0xC800 | free << 8 | 0xFF & ~sum(1 << n for n in self.pins.all() if n < 8), name="ldm")
        else:
            asm.emit((0x6000 if kind == 3 else 0x6800) | free << 3 | free, name="ldr or str")


def should_be_one(encoding: Encoding) -> int:
    """The bits that a pattern prints as (1)."""
    found, at = 0, encoding.width
    for token in encoding.pattern.split():
        fixed = set(token) <= {"0", "1"}
        width = len(token) if fixed else 1 if token[0] == "(" else int(f"{token}:1".split(":")[1])
        at -= width
        found |= (token == "(1)") << at
    return found


def random_memory(rng: random.Random, size: int = RAM_SIZE) -> bytes:
    """Random words, edges of floating point, corner cases and small numbers."""
    words: list[int] = []
    while len(words) < size // 4:
        kind = rng.randrange(4)
        if kind == 0:
            double = rng.choice(WIDE_EDGES)
            words += [double & 0xFFFFFFFF, double >> 32]
        else:
            pair = (
                [rng.choice(EDGES), rng.choice(CORNERS)] if kind == 1 else [rng.getrandbits(32) for _ in "ab"]
            )
            words += pair
    return b"".join(word.to_bytes(4, "little") for word in words)
