"""Runs tests/firmware/seen.c on a bare core and looks into it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from coincell.engines.assembly import Assembly, BareChip, Plan
from coincell.image import FirmwareImage, load_image
from coincell.machine import Schedule
from coincell.observe import Recording, Wanted, Window
from coincell.observe.profile import Profile, profile
from coincell.simtime import NEVER

FIRMWARE = Path(__file__).parents[1] / "firmware"
CHIP = BareChip("cortex-m4f", ((0, 1 << 20),), ((0x2000_0000, 1 << 16),), 1_000_000)


@cache
def compiled(name: str = "seen", *flags: str) -> FirmwareImage:
    """tests/firmware/<name>.c for a Cortex-M4F, with debug information."""
    elf = Path(mkdtemp()) / f"{name}.elf"
    target = ["-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp", "-g", "-ffreestanding"]
    options = ["-fno-sanitize=all", "-fno-unroll-loops", "-Wl,-e,reset", f"-Wl,-T,{FIRMWARE / 'bare.ld'}"]
    command = [sys.executable, "-m", "ziglang", "cc", *target, *options, *flags]
    subprocess.run([*command, str(FIRMWARE / f"{name}.c"), "-o", str(elf)], check=True, capture_output=True)
    return load_image(elf)


@dataclass(frozen=True)
class Seen:
    """A run, the machine after it, and what was seen."""

    assembly: Assembly
    recording: Recording
    profile: Profile
    trace: str

    def word(self, name: str) -> int:
        """The value of a variable at the end."""
        processor = self.assembly.processor
        return processor.bus.read(processor.image.symbols[name].address, 4)

    def function(self, name: str) -> tuple[int, int, int]:
        """(calls, own cycles, cycles with callees)."""
        (cost,) = (cost for cost in self.profile.functions if cost.title == name)
        return cost.calls, cost.self_cycles, cost.total_cycles

    def chains(self) -> dict[tuple[str, ...], tuple[int, int]]:
        """Chain of callers -> (calls, own cycles)."""
        names = [cost.title for cost in self.profile.functions]
        return {tuple(names[i] for i in node.stack): (node.calls, node.cycles) for node in self.profile.nodes}


def look(
    image: FirmwareImage,
    tier: str = "interpret",
    window: tuple[int, int] | None = None,
    core: str = CHIP.core,
) -> Seen:
    """Run it to its end. `window` (start and length in ps) traces instructions."""
    lines: list[str] = []
    traced = Window(*window, lines.append) if window else None
    assembly = Plan(image, replace(CHIP, core=core), {}, 0, False, tier, Wanted(True, traced)).assemble()
    Schedule([assembly.runner]).run(NEVER)
    recording = assembly.recording()
    assert recording is not None
    return Seen(assembly, recording, profile(recording), "".join(lines))
