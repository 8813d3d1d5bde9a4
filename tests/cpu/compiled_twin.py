"""The same code twice: stepped on one core, compiled on its twin, from the same state."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field, replace

import llvmlite.binding as llvm

from coincell.cpu import state as st
from coincell.cpu.bus import Bus, DirectMemory
from coincell.cpu.compiled.compiler import compiler
from coincell.cpu.compiled.layout import layout_of
from coincell.cpu.compiled.native import NativeRuntime
from coincell.cpu.compiled.region import Region, Shape, find_region
from coincell.cpu.core import Core, CoreOptions
from coincell.cpu.faults import CoreFault
from coincell.cpu.llvm.ops import CONTINUE, EXCHANGE, FAULT, INTERPRET, LEFT, NEAR
from coincell.cpu.llvm.translate import translate
from coincell.ports import BusFault
from coincell.simtime import Simulation
from coincell.timing import MemoryTiming

FLASH_SIZE, RAM, RAM_SIZE, DEVICE = 0x4_0000, 0x2000_0000, 0x2000, 0x4000_0000
M4F = CoreOptions("cortex-m4f", frozenset({"v6m", "v7m", "dsp", "fpsp"}), "cortex-m4", 48, 3, 0x410FC241)
M7 = replace(M4F, name="cortex-m7", features=M4F.features | {"fpv5", "fpdp"})
M33 = replace(M7, name="cortex-m33", features=M7.features - {"fpdp"} | {"v8m"}, pipeline="cortex-m33")
M0PLUS = CoreOptions("m0+", frozenset({"v6m"}), "cortex-m0plus", 32, 2, 0x410CC601, unaligned_access=False)
CYCLES_ALLOWED = (70, 500, 1500, 1500)
"""Every run ends within one of these: random code loops, and deadlines fall inside blocks."""
BREAKPOINT = b"\x00\xbe"
_NUMBERS = itertools.count()
COMPARED = [n for n in range(64) if n not in (st.EXIT, 28, 29, 30, 31)]


class Device:
    """Remembers when it was accessed; parts of it fault, ask to leave, or bring the deadline nearer."""

    name, base, size = "device", DEVICE, 0x1_0000

    def __init__(self, core: Core) -> None:
        self.core = core
        self.accesses: list[tuple[int, ...]] = []

    def reset(self) -> None: ...

    def _access(self, *what: int) -> int:
        core, kind = self.core, what[0] >> 4 & 15
        cycle = core.state.wides[st.CYCLES]
        self.accesses.append((cycle, core.sim.now, *what))
        if kind == 15:
            raise BusFault(DEVICE + what[0])
        if kind == 14:
            core.state.words[st.EXIT] |= 1
        if kind == 13:
            core.sim.at(core.clock.time_of(cycle + 5), lambda: None)
        return (what[0] + 1) * 0x9E3779B1 & 0xFFFF_FFFF

    def read(self, offset: int, width: int) -> int:
        return self._access(offset, width) & ((1 << 8 * width) - 1)

    def write(self, offset: int, width: int, value: int) -> None:
        self._access(offset, width, value)


@dataclass
class Half:
    """One core and what it met."""

    core: Core
    device: Device
    flash: DirectMemory
    ram: DirectMemory
    faults: list[str] = field(default_factory=list)


def make_half(options: CoreOptions, timing: MemoryTiming) -> Half:
    """A core with flash full of breakpoints, RAM and the device."""
    flash = DirectMemory("flash", 0, FLASH_SIZE, False, bytearray(BREAKPOINT * (FLASH_SIZE // 2)))
    ram = DirectMemory("ram", RAM, RAM_SIZE, True)
    bus = Bus([flash, ram])
    core = Core(options, bus, Simulation(), 64_000_000, timing)
    half = Half(core, Device(core), flash, ram)
    bus.attach(half.device)
    core.faults.raise_fault = lambda fault: half.faults.append(f"{fault.exception} {fault.bit:x} {fault}")  # type: ignore[method-assign]
    return half


@dataclass
class Case:
    """A piece of code to run. `text` tells a person what it is."""

    code: bytes
    text: str
    pipe: int = 0
    address: int = 0
    in_ram: bool = False
    function: int = 0
    region: Region | None = None


class CompiledTwin:
    """Compile all cases at once, then `run` each from as many states as wanted."""

    def __init__(
        self, options: CoreOptions, timing: MemoryTiming, seed: int, configuration: int = 0x200
    ) -> None:
        """`configuration` is CCR: the traps of unaligned accesses (bit 3) and of division by zero (4)."""
        self.rng = random.Random(seed)
        self.stepped, self.compiled = make_half(options, timing), make_half(options, timing)
        for half in (self.stepped, self.compiled):
            half.core.configuration = configuration
        self.runtime = NativeRuntime(self.compiled.core)
        self.layout = layout_of(self.compiled.core)
        self._free = 0x400
        self._ram_template = self.rng.randbytes(RAM_SIZE)

    # ---- compiling ----------------------------------------------------------------------------------
    def place(self, case: Case) -> None:
        """Put the code somewhere, at either halfword of a word, with breakpoints after it."""
        if case.in_ram:
            case.address = RAM + RAM_SIZE // 2 + 2 * self.rng.randrange(200)
            return
        case.address = self._free + 2 * self.rng.randrange(8)
        self._free = case.address + len(case.code) + 16
        assert self._free < FLASH_SIZE
        for half in (self.stepped, self.compiled):
            half.flash.data[case.address : case.address + len(case.code)] = case.code

    def compile(self, cases: list[Case], *, promote: bool = False, longest: int = 48) -> None:
        """Translate all cases into one module, check that it is well formed, and link it."""
        core = self.compiled.core
        texts = []
        for case in cases:
            if not case.address:
                self.place(case)
        if any(case.in_ram for case in cases):
            core.stepper.code_in_ram = True
            self.layout = layout_of(core)
        for number, case in enumerate(cases):
            if case.in_ram:
                self._reset_half(self.compiled, case)
            entry = (case.address, case.pipe)
            shape = Shape(80, longest, calls=promote, checks_everywhere=not promote)
            case.region = find_region(entry, core.stepper.plan, self.layout, (), shape)
            text = translate(case.region, self.layout, f"case{number}", self._code, promote)
            head, define, body = text.partition("define i32 @case")
            body, _, weights = body.partition("!0 = ")
            texts.append((head if number == 0 else "") + define + body)
        module = "\n".join([*texts, "!0 = " + weights])
        llvm.parse_assembly(module).verify()
        obj = compiler().compile(module, 2 if promote else 0)
        builder = llvm.JITLibraryBuilder().add_object_img(obj)
        for number in range(len(cases)):
            builder.export_symbol(f"case{number}")
        self._tracker = builder.link(self.runtime.jit._lljit, f"twin{next(_NUMBERS)}")
        for number, case in enumerate(cases):
            case.function = self._tracker[f"case{number}"]

    def _code(self, address: int, size: int) -> int:
        memory = self.compiled.core.bus.memory_at(address, size)
        assert memory is not None
        return int.from_bytes(memory.data[address - memory.base :][:size], "little")

    # ---- running ------------------------------------------------------------------------------------
    def run(self, case: Case, words: list[int], fpu_busy: int = 0) -> tuple[int, int]:
        """(what compiled code returned, instructions done); AssertionError when the twins differ.

        `words` are the state's first 64, as in `cpu.state`; r15 and the pipeline's state are the case's.
        """
        allowed = self.rng.choice(CYCLES_ALLOWED)
        for half in (self.stepped, self.compiled):
            self._prepare(half, case, words, fpu_busy, allowed)
        compiled, stepped = self.compiled.core, self.stepped.core
        self.stepped.ram.marks[:] = self.compiled.ram.marks
        before, self._deadline = compiled.state.wides[st.INSTRUCTIONS], compiled.state.wides[st.DEADLINE]
        code = self.runtime.call(case.function)
        done = compiled.state.wides[st.INSTRUCTIONS] - before
        for _ in range(done):
            assert stepped.state.wides[st.CYCLES] < stepped.state.wides[st.DEADLINE], f"overran: {case.text}"
            assert not stepped.state.words[st.EXIT], f"did not leave when asked: {case.text}"
            assert not self.stepped.faults, f"stepped code faulted: {self.stepped.faults}: {case.text}"
            stepped.stepper.step()
        self._check_exit(code, case)
        different = self._differences()
        assert not different, f"{case.text} at {case.address:x}, {done} done, exit {code}: {different}"
        return code, done

    def _prepare(self, half: Half, case: Case, words: list[int], fpu_busy: int, allowed: int) -> None:
        state, core = half.core.state, half.core
        for n in COMPARED:
            if n not in (st.R + 15, st.PIPE, st.FETCH):
                state.words[n] = words[n]
        state.words[st.R + 15], state.words[st.PIPE], state.words[st.ITSTATE] = case.address, case.pipe, 0
        state.words[st.EXIT], state.words[st.STACK_LIMIT] = 0, words[st.STACK_LIMIT]
        if words[st.FETCH]:
            state.words[st.FETCH] = (case.address >> 4) + words[st.FETCH] % 3
        core.thumb, core.exchange = True, False
        half.faults.clear()
        half.device.accesses.clear()
        self._reset_half(half, case)
        now = state.wides[st.CYCLES]
        state.wides[st.FPU_FREE] = now + fpu_busy
        core.sim.advance(core.clock.time_of(now))
        core._limit_ps = core.clock.time_of(now + allowed)
        core._set_deadline()

    def _reset_half(self, half: Half, case: Case) -> None:
        half.ram.data[:] = self._ram_template
        if case.in_ram:
            at = case.address - RAM
            half.ram.data[at : at + len(case.code) + 16] = case.code + BREAKPOINT * 8
            half.core.stepper.forget()

    def _check_exit(self, code: int, case: Case) -> None:
        """Compiled code had a reason to stop where it did; then both do what the core does there."""
        compiled, stepped = self.compiled.core, self.stepped.core
        state = compiled.state
        words, wides = state.words, state.wides
        key = words[st.R + 15], words[st.PIPE]
        assert case.region is not None
        if code == FAULT:
            stepped.stepper.step()
            fault = self.runtime.fault
            assert fault is not None
            self.compiled.faults.append(f"{fault.exception} {fault.bit:x} {fault}")
            words[st.EXIT] &= 1
        elif code == EXCHANGE:
            compiled.complete_exchange()
        elif code == INTERPRET:
            try:
                step = compiled.stepper.plan(*key, words[st.ITSTATE] != 0)
            except CoreFault:
                return
            # An IT block that ends in an interpreted instruction is interpreted from its IT on.
            kind = step.instruction
            unready = step.is_fp and not words[st.FP_READY]
            trapped = self.layout.divide_faults and step.instruction.name[1:4] == "DIV"
            in_it = kind.name.startswith("IT ")
            assert in_it or kind.encoding.interpreted or unready or trapped, case.text
        elif code == LEFT:
            assert words[st.EXIT], case.text
        elif code == NEAR:
            # An access may have moved the deadline away, which compiled code need not notice.
            deadline = min(wides[st.DEADLINE], self._deadline)
            assert wides[st.CYCLES] + case.region.checks[key] >= deadline, case.text
            compiled.stepper.step()
            stepped.stepper.step()
        else:
            assert code == CONTINUE
            assert key not in case.region.blocks or words[st.PIPE] == 0, case.text

    def _differences(self) -> str:
        a, b = self.compiled.core.state, self.stepped.core.state
        found = [
            f"word {n}: {a.words[n]:#x}, stepped {b.words[n]:#x}"
            for n in COMPARED
            if a.words[n] != b.words[n]
        ]
        names = {
            "cycles": st.CYCLES,
            "instructions": st.INSTRUCTIONS,
            "fpu free": st.FPU_FREE,
            "deadline": st.DEADLINE,
        }
        found += [
            f"{name}: {a.wides[n]}, stepped {b.wides[n]}"
            for name, n in names.items()
            if a.wides[n] != b.wides[n]
        ]
        if a.words[st.EXIT] != b.words[st.EXIT]:
            found.append(f"exit: {a.words[st.EXIT]}, stepped {b.words[st.EXIT]}")
        for name, x, y in (
            ("faults", self.compiled.faults, self.stepped.faults),
            ("accesses", self.compiled.device.accesses, self.stepped.device.accesses),
            ("memory", self.compiled.ram.data, self.stepped.ram.data),
            ("cache", self.compiled.core.tags, self.stepped.core.tags),
        ):
            if x != y:
                found.append(f"{name}: {x if len(x) < 9 else ''}, stepped {y if len(y) < 9 else ''}")
        if found:  # keep one failure from becoming many
            for n in (st.CYCLES, st.INSTRUCTIONS):
                a.wides[n] = b.wides[n] = max(a.wides[n], b.wides[n])
            self.compiled.core.tags[:] = self.stepped.core.tags
        return "; ".join(found)
