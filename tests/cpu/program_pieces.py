"""Pieces of random programs: IT blocks, floating point, and what only whole programs do to the system."""

from __future__ import annotations

from fp_truth import EDGES
from instruction_draw import Drawing
from program_parts import DEVICE, MEMORY_GROUPS, RAM, RAM_SIZE, ROUNDING, Effects

from coincell.cpu.it_blocks import INSIDE, LAST


class Pieces(Drawing):
    """Each piece gets how deep in loops it stands, and whether the stack pointer may move."""

    def _plain(self, depth: int, sp: bool) -> None:
        self._straight(self.rng.randrange(1, 7), sp)

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
