"""Compiles a file of tests/firmware and puts it on a bare core: flash, RAM, one block, no chip around it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from coincell.cpu.bus import Bus, DirectMemory
from coincell.cpu.compiled.tiers import Tiers
from coincell.cpu.core import Core, CoreOptions
from coincell.cpu.private.scs import SystemControlSpace
from coincell.cpu.state import CYCLES, INSTRUCTIONS
from coincell.image.load import load_image
from coincell.image.model import FirmwareImage
from coincell.simtime import Simulation
from coincell.timing import MemoryTiming

FIRMWARE = Path(__file__).parent.parent / "firmware"
_V7M = frozenset({"v6m", "v7m"})
M4F = CoreOptions("cortex-m4f", _V7M | {"dsp", "fpsp"}, "cortex-m4", 48, 3, 0x410FC241)
UNCACHED = MemoryTiming(line_bytes=16, fetch_wait=2, data_wait=2, bus_wait=1)
CACHED = MemoryTiming(line_bytes=16, fetch_wait=2, data_wait=2, bus_wait=1, cache_sets=8, cache_ways=2)


@dataclass(frozen=True)
class Target:
    """A core here, what the compiler calls it, and QEMU's board that has it."""

    options: CoreOptions
    compiler: str
    machine: str


M0 = CoreOptions("m0", frozenset({"v6m"}), "cortex-m0", 32, 2, 0x410CC200, unaligned_access=False)
M3 = CoreOptions("m3", _V7M, "cortex-m3", 32, 3, 0x412FC231, bit_band=True, mpu_regions=8)
M7 = CoreOptions("m7", _V7M | {"dsp", "fpsp", "fpv5", "fpdp"}, "cortex-m7", 32, 4, 0x411FC272, mpu_regions=8)
M33 = CoreOptions(
    "m33", _V7M | {"dsp", "fpsp", "fpv5", "v8m"}, "cortex-m33", 48, 3, 0x411FD210, mpu_regions=8
)
TARGETS = {
    "m0": Target(M0, "cortex_m0", "microbit"),
    "m3": Target(M3, "cortex_m3", "mps2-an385"),
    "m4f": Target(replace(M4F, mpu_regions=8, bit_band=True), "cortex_m4+vfp4d16sp", "mps2-an386"),
    "m7": Target(M7, "cortex_m7+fp_armv8d16", "mps2-an500"),
    "m33": Target(M33, "cortex_m33+fp_armv8d16sp", ""),  # QEMU's has other addresses: see bare_v8m
}


@cache
def compile_bare(name: str, *flags: str, core: str = "m4f") -> FirmwareImage:
    """The image of tests/firmware/<name>.c."""
    elf = Path(mkdtemp()) / f"{name}.elf"
    abi = "eabihf" if "fpsp" in TARGETS[core].options.features else "eabi"
    target = ["-target", f"thumb-freestanding-{abi}", f"-mcpu={TARGETS[core].compiler}"]
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


def bare_core(
    image: FirmwareImage, policy: str, timing: MemoryTiming = CACHED, options: CoreOptions = M4F
) -> tuple[Core, TimeBlock]:
    """A core with `image` loaded. `policy` as in `cpu.compiled.tiers`, or "step" for the stepper alone."""
    memories = [DirectMemory("flash", 0, 1 << 20, False), DirectMemory("ram", 0x20000000, 1 << 17, True)]
    bus = Bus(memories, options.bit_band)
    for segment in image.segments:
        bus.program(segment.address, segment.data)
    core = Core(options, bus, Simulation(), 64_000_000, timing)
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
