"""Guests that mean harm, run in a process of their own: `python hostile.py KIND CORE FIRST COUNT`.

A guest is random bytes as code, a storm of writes to system registers, or accesses at the edges of memory,
with any vector table and any stack pointer. Whatever it does: this process lives, nothing outside the guest's
memories changes, flash stays as it was, the run ends at its limit, and every tier gives the same end.
"""

from __future__ import annotations

import ctypes
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass

from bare import CACHED, UNCACHED, TimeBlock
from program_core import PERIOD_PS, Snapshot, snapshot
from program_parts import FLASH_SIZE, RAM, RAM_SIZE, halfwords, random_memory
from random_programs import Generator
from unicorn_twin import random_opcode

from coincell.cpu import state as st
from coincell.cpu.bus import Bus, DirectMemory
from coincell.cpu.compiled.tiers import Tiers
from coincell.cpu.core import Core
from coincell.cpu.private.dwt import DataWatchpointAndTrace
from coincell.cpu.private.itm import InstrumentationTrace
from coincell.cpu.private.scs import SystemControlSpace
from coincell.cpu.private.scs_alias import NonSecureAlias
from coincell.cpu.semihosting import Semihosting
from coincell.isa.encoding import _ENCODINGS
from coincell.machine.cores import bare_options
from coincell.simtime import Simulation

CYCLES, FREQ_HZ = 3000, 1_000_000
CANARY = 4096
"""Bytes around each array of the guest that must stay as they are."""
_GROUPS = (
    (0xE000E004, 0xE000E020),
    (0xE000E400, 0xE000E420),
    (0xE000ED00, 0xE000ED40),
    (0xE000ED88, 0xE000EE00),
)
_GROUPS += ((0xE000EF34, 0xE000EF40), (0xE0001000, 0xE0001080), (0xE002ED00, 0xE002ED40))
_SINGLE = (0xE000E100, 0xE000E180, 0xE000E200, 0xE000E280, 0xE000E300, 0xE000EF00)
_TRACE = (0xE0000000, 0xE0000E00, 0xE0000E80)
SYSTEM = tuple(address for group in _GROUPS for address in range(*group, 4)) + _SINGLE + _TRACE
SKIP = 0x2000
"""Where noise has its handler, which skips what faulted."""
RESET = 0xE000ED0C
"""AIRCR is left out where a reset would only end the guest early."""
STACKS = (
    0,
    4,
    RAM,
    RAM + 8,
    RAM + 0x60,
    RAM + RAM_SIZE,
    RAM + RAM_SIZE + 4,
    0xFFFFFFFF,
    SYSTEM[0],
    0x40000000,
)


def fenced(size: int) -> tuple[memoryview, bytearray]:
    """(an array of `size` bytes, the whole it lies in the middle of)."""
    whole = bytearray(b"\xc5" * (size + 2 * CANARY))
    return memoryview(whole)[CANARY : CANARY + size], whole


def intact(whole: bytearray) -> bool:
    return whole[:CANARY] == whole[-CANARY:] == b"\xc5" * CANARY


class FencedMemory(DirectMemory):
    """Its bytes and its marks lie between canaries."""

    def __init__(self, name: str, base: int, size: int, writable: bool) -> None:
        data, self._whole = fenced(size)
        super().__init__(name, base, size, writable, data)  # type: ignore[arg-type]
        marks, self._whole_marks = fenced(len(self.marks))
        marks[:] = bytes(len(marks))
        self.marks = marks  # type: ignore[assignment]
        self._pin_marks = (ctypes.c_char * len(marks)).from_buffer(marks)
        self.host_marks = ctypes.addressof(self._pin_marks)

    @property
    def intact(self) -> bool:
        return intact(self._whole) and intact(self._whole_marks)


@dataclass
class Guest:
    """What goes into memory before the core is reset, and its registers."""

    flash: bytes
    ram: bytes
    registers: list[int]


def vectors(rng: random.Random, entry: int, handler: Callable[[], int]) -> bytes:
    words = [rng.choice(STACKS), entry | 1] + [handler() for _ in range(62)]
    return b"".join(word.to_bytes(4, "little") for word in words)


def anywhere(rng: random.Random) -> int:
    """An address: in memory, at an edge of it, in a device, or any at all."""
    edge = rng.choice((0, FLASH_SIZE, RAM, RAM + RAM_SIZE, 0x4000_0000, 0x4000_1000)) + rng.randrange(-12, 12)
    inside = rng.choice((RAM, RAM, 0)) + rng.randrange(RAM_SIZE)
    return rng.choice((edge, inside, inside, rng.choice(SYSTEM), rng.getrandbits(32))) & 0xFFFF_FFFF


def noise(rng: random.Random, name: str) -> Guest:
    """Random bytes, or random instructions of this core, as code and as data."""
    features = bare_options(name).features
    known = [e for e in _ENCODINGS if e.feature in features]

    def instructions(size: int) -> bytes:
        code = b""
        while len(code) < size:
            e = rng.choice(known)
            code += halfwords(random_opcode(rng, e), e.width // 8)
        return code[:size]

    flash = bytearray(rng.randbytes(FLASH_SIZE))
    ram = bytearray(random_memory(rng))
    for memory in (flash, ram):
        for _ in range(rng.randrange(4)):
            at = 2 * rng.randrange(len(memory) // 2 - 600)
            memory[at : at + 1024] = instructions(1024)
    body, entry = instructions(4096), rng.choice((0x400, RAM + 0x100))
    flash[0x400 : 0x400 + len(body)] = body
    ram[0x100 : 0x100 + len(body)] = body
    skip = Generator(rng, features, base=entry).recovery(SKIP)
    flash[SKIP : SKIP + len(skip)] = skip
    chosen = rng.choice((0x401, RAM + 0x101, anywhere(rng)))
    flash[:256] = vectors(rng, entry, lambda: rng.choice((SKIP | 1,) * 5 + (chosen,)))
    if rng.randrange(4):
        flash[:4] = (RAM + RAM_SIZE - 64).to_bytes(4, "little")
    return Guest(bytes(flash), bytes(ram), [anywhere(rng) for _ in range(13)])


class Storm(Generator):
    """A random program whose system accesses are writes of anything to any system register."""

    def _system(self, depth: int, sp: bool) -> None:
        rng, asm = self.rng, self.asm
        free, other = rng.sample([n for n in range(8) if n not in self.pins.all()], 2)
        for _ in range(rng.randrange(1, 4)):
            address = rng.choice(SYSTEM)
            if address == RESET and rng.randrange(4):
                continue
            self._constant(free, address)
            value = rng.choice(
                (rng.getrandbits(32), anywhere(rng), 1 << rng.randrange(32), 0xFFFF_FFFF, 5, 7)
            )
            self._constant(other, value)
            store = rng.choice((0x6000, 0x6000, 0x6000, 0x8000, 0x7000, 0x6800))
            asm.emit(store | free << 3 | other, name=f"{store:#x} [{address:#x}]")
        if rng.randrange(3) == 0:
            super()._system(depth, sp)


class Edges(Generator):
    """A random program whose wild accesses straddle the ends of memories, with any encoding."""

    def _wild(self) -> None:
        rng, asm, base = self.rng, self.asm, self._free_low()
        edge = rng.choice((0, FLASH_SIZE, RAM, RAM + RAM_SIZE))
        self._constant(
            base, edge + rng.choice((rng.randrange(-8, 5), 4 * rng.randrange(-33, 3))) & 0xFFFF_FFFF
        )
        groups = ("load_store", "load_store_wide", "load_store_multiple", "floating_point_moves")
        for _ in range(rng.randrange(1, 4)):
            encoding = rng.choice(self._groups[rng.choice([g for g in groups if g in self._groups])])
            fields = {name: rng.randint(0, mask) for name, _, mask in encoding.fields} | {"Rn": base}
            for offset in ("imm5", "imm12"):
                fields[offset] = rng.choice((0, 0, 1, 4))
            fields["imm8"] = rng.randrange(33)
            fields["registers"] = fields.get("registers", 0) & ~sum(1 << n for n in self.pins.all())
            decoded = self.encode(encoding, fields)
            if decoded is not None and not decoded.name.startswith(("POP", "LDR (literal)")):
                asm.emit(decoded.opcode, decoded.size, f"{decoded.name} {decoded.fields}")


def program(kind: type[Generator]) -> Callable[[random.Random, str], Guest]:
    """Guests that are random programs; handlers are the program's own or anything."""

    def make(rng: random.Random, name: str) -> Guest:
        generator = kind(rng, bare_options(name).features, device=True, density=4)
        made = generator.program((2, 3, 4, 5, 6, 11, 14, 15, 16))
        flash = bytearray(rng.randbytes(FLASH_SIZE))
        flash[made.base : made.base + len(made.code)] = made.code
        table = vectors(rng, made.entry, lambda: made.handlers[3] | 1)
        for number, handler in made.handlers.items():
            if rng.randrange(6):
                table = table[: 4 * number] + (handler | 1).to_bytes(4, "little") + table[4 * number + 4 :]
        flash[:256] = (RAM + RAM_SIZE).to_bytes(4, "little") + table[4:] if rng.randrange(3) else table
        return Guest(bytes(flash), random_memory(rng), [anywhere(rng) for _ in range(13)])

    return make


KINDS = {"noise": noise, "storm": program(Storm), "edges": program(Edges)}


def run(guest: Guest, name: str, seed: int, policy: str) -> list[Snapshot]:
    """The core at a few moments. Raises AssertionError when the guest got out."""
    rng = random.Random(seed)
    memories = [FencedMemory("flash", 0, FLASH_SIZE, False), FencedMemory("ram", RAM, RAM_SIZE, True)]
    bus = Bus(memories, bit_band=bool(rng.randrange(2)))
    memories[0].data[:], memories[1].data[:] = guest.flash, guest.ram
    core = Core(bare_options(name), bus, Simulation(), FREQ_HZ, rng.choice((CACHED, UNCACHED)))
    scs = SystemControlSpace(
        core, lambda: core.stop(SystemExit(0)), lambda *a: None, lambda: core.stop(SystemExit(1))
    )
    trace = InstrumentationTrace(core, lambda port, byte: None)
    blocks = [scs, TimeBlock(core), DataWatchpointAndTrace(core), trace]
    for block in [*blocks, NonSecureAlias(core)] if core.is_v8m else blocks:
        bus.attach(block)
    core.on_breakpoint = Semihosting(
        core, lambda text: None, lambda code: core.stop(SystemExit(2))
    ).breakpoint
    core.on_lockup = lambda fault: core.stop(fault or RuntimeError("locked up"))
    core.reset()
    core.state.words[st.R : st.R + 13] = memoryview(
        b"".join(r.to_bytes(4, "little") for r in guest.registers)
    ).cast("I")
    if core.has_fpu and rng.randrange(3):
        bus.write(0xE000ED88, 4, 0xF << 20)
    if policy != "step":
        core.execute = Tiers(core, policy).run
    seen = []
    for moment in (CYCLES // 3, CYCLES):
        core.run(moment * PERIOD_PS)
        assert core.stopped is not None or core.state.wides[st.CYCLES] >= moment, "ended too early"
        assert core.state.wides[st.CYCLES] < moment + 5000, "went on too long"
        assert all(m.intact for m in memories), "wrote outside its memories"
        assert memories[0].data == guest.flash, "wrote to flash"
        seen.append(snapshot(core))
    return seen


def main(kind: str, name: str, first: int, count: int) -> None:
    done = 0
    for seed in range(first, first + count):
        guest = KINDS[kind](random.Random(f"{kind} {name} {seed}"), name)
        truth = run(guest, name, seed, "step")
        for policy in ("compile", ("auto", f"random:{seed}")[seed % 2]):
            for a, b in zip(run(guest, name, seed, policy), truth, strict=True):
                wrong = {key: (a[key], b[key]) for key in b if a[key] != b[key] and key != "memory"}
                assert a == b, f"{kind} {name} {seed}, {policy} differs from the stepper: {wrong}"
        done += int(truth[-1]["instructions"])  # type: ignore[call-overload]
    print(done, "instructions")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
