"""Compiles a file of tests/firmware and puts it on a bare core: flash, RAM, one block, no chip around it."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from coincell.cpu.bus import Bus, DirectMemory
from coincell.cpu.core import Core, CoreOptions
from coincell.cpu.scs import SystemControlSpace
from coincell.cpu.state import CYCLES, INSTRUCTIONS
from coincell.cpu.tiers import Tiers
from coincell.image.load import load_image
from coincell.image.model import FirmwareImage
from coincell.simtime import Simulation
from coincell.timing import MemoryTiming

FIRMWARE = Path(__file__).parent.parent / "firmware"
M4F = CoreOptions("cortex-m4f", frozenset({"v6m", "v7m", "dsp", "fpsp"}), "cortex-m4", 48, 3, 0x410FC241)
UNCACHED = MemoryTiming(line_bytes=16, fetch_wait=2, data_wait=2, bus_wait=1)
CACHED = MemoryTiming(line_bytes=16, fetch_wait=2, data_wait=2, bus_wait=1, cache_sets=8, cache_ways=2)


@cache
def compile_bare(name: str, *flags: str) -> FirmwareImage:
    """The image of tests/firmware/<name>.c, for a Cortex-M4F."""
    elf = Path(mkdtemp()) / f"{name}.elf"
    target = ["-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp"]
    options = ["-ffreestanding", "-O2", "-fno-sanitize=all", "-Wl,-e,reset", f"-Wl,-T,{FIRMWARE / 'bare.ld'}"]
    source = str(FIRMWARE / f"{name}.c")
    command = [sys.executable, "-m", "ziglang", "cc", *target, *options, *flags, source, "-o", str(elf)]
    subprocess.run(command, check=True, capture_output=True)
    return load_image(elf)


class TimeBlock:
    """Two registers: reading 0 tells the cycle, writing 4 raises interrupt 0 after so many cycles."""

    name, base, size = "time", 0x40000000, 0x1000

    def __init__(self, core: Core) -> None:
        self.core = core
        self.alarm = core.sim.alarm(self.ring)
        self.accesses: list[tuple[int, int]] = []

    def reset(self) -> None:
        self.alarm.cancel()

    def ring(self) -> None:
        self.core.exceptions.set_line(16, True)
        self.core.exceptions.set_line(16, False)

    def read(self, offset: int, width: int) -> int:
        cycle = self.core.state.wides[CYCLES]
        self.accesses.append((cycle, self.core.sim.now))
        return cycle & 0xFFFF

    def write(self, offset: int, width: int, value: int) -> None:
        cycle = self.core.state.wides[CYCLES]
        self.accesses.append((cycle, value))
        self.alarm.set(self.core.clock.time_of(cycle + value))


def bare_core(image: FirmwareImage, policy: str, timing: MemoryTiming = CACHED) -> tuple[Core, TimeBlock]:
    """A core with `image` loaded. `policy` as in `cpu.tiers`, or "step" for the stepper alone."""
    memories = [DirectMemory("flash", 0, 1 << 20, False), DirectMemory("ram", 0x20000000, 1 << 17, True)]
    bus = Bus(memories)
    for segment in image.segments:
        bus.program(segment.address, segment.data)
    core = Core(M4F, bus, Simulation(), 64_000_000, timing)
    bus.attach(SystemControlSpace(core, lambda: None))
    block = TimeBlock(core)
    bus.attach(block)
    core.reset()
    if policy != "step":
        core.execute = Tiers(core, policy).run
    return core, block


def fingerprint(core: Core) -> tuple[object, ...]:
    """Everything architectural: registers, memory, cycles, instructions, time."""
    wides = core.state.wides
    words = core.state.words
    ram = next(m for m in core.bus.memories if m.writable)
    registers = (*words[:25].tolist(), words[26], *words[32:64].tolist())
    return registers, wides[CYCLES], wides[INSTRUCTIONS], hash(bytes(ram.data)), core.sleep_cycles
