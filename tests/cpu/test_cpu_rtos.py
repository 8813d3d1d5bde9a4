"""A preemptive kernel of ours for simulated minutes: tests/firmware/rtos.c watches itself, and is watched.

Its tasks check their own registers, sums, messages and mutex. Here the clock, the interrupts and the tiers
are checked from outside, and QEMU has to print the same.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from bare import CACHED, FIRMWARE, TARGETS, bare_core, compile_bare, fingerprint
from emulate import Left, run_on_qemu

from coincell.cpu.core import Core
from coincell.cpu.exceptions import SYSTICK
from coincell.cpu.semihosting import Semihosting
from coincell.cpu.state import CYCLES
from coincell.image.load import load_image
from coincell.image.model import FirmwareImage
from coincell.simtime import PS_PER_S

TICK = 640_000
"""Cycles: 10 ms at the bare core's 64 MHz."""
MINUTE = 6000
LATENESS = 3000
"""Cycles for which tasks and handlers keep interrupts locked, at most (seen: some hundreds)."""


@dataclass
class Run:
    """What the program printed, by name, and what was seen of it."""

    core: Core
    image: FirmwareImage
    printed: dict[str, int] = field(default_factory=dict)
    ticks: list[int] = field(default_factory=list)
    """Cycles at which SysTick was taken."""

    def variable(self, name: str) -> int:
        return self.core.bus.read(self.image.symbols[name].address, 4)


@cache
def image(ticks: int, *flags: str, core: str = "m4f") -> FirmwareImage:
    return compile_bare("rtos", f"-DRUN_TICKS={ticks}", *flags, core=core)


def fields(text: str) -> dict[str, int]:
    """name=value pairs; the second of two of a name is name2."""
    found: dict[str, int] = {}
    before = ""
    for name, _, value in (word.partition("=") for word in text.split()):
        before = before + "2" if name == "and" else name
        found[before] = int(value, 16)
    return found


def run(
    image: FirmwareImage, ticks: int, policy: str = "auto", pulses: tuple[int, ...] = (), core: str = "m4f"
) -> Run:
    """Run to the end, or for `ticks`; the interrupt comes also at `pulses` [cycles]."""
    here, _ = bare_core(image, policy, CACHED, TARGETS[core].options)
    seen, printed = Run(here, image), list[bytes]()
    leave = Semihosting(here, printed.append, lambda code: here.stop(Left(code)))
    here.on_breakpoint = leave.breakpoint
    here.on_lockup = lambda fault: here.stop(fault or RuntimeError("locked up"))
    begin = here.exceptions.begin

    def noted(number: int) -> None:
        if number == SYSTICK:
            seen.ticks.append(here.state.wides[CYCLES])
        begin(number)

    here.exceptions.begin = noted  # type: ignore[method-assign]
    for cycle in pulses:
        here.sim.at(here.clock.time_of(cycle), lambda: (pulse(here), None)[1])
    here.run((ticks + 1) * PS_PER_S // 100)
    seen.printed = fields(b"".join(printed).decode())
    return seen


def pulse(core: Core) -> None:
    core.exceptions.set_line(16, True)
    core.exceptions.set_line(16, False)


def random_pulses(ticks: int, seed: int) -> tuple[int, ...]:
    """Four a second on average, some in bursts."""
    rng = random.Random(seed)
    starts = sorted(rng.sample(range(TICK, ticks * TICK), ticks // 25))
    return tuple(start + 2000 * n for start in starts for n in range(rng.choice((1, 1, 1, 4))))


def check(done: Run, ticks: int, pulses: int) -> None:
    printed = done.printed
    assert isinstance(done.core.stopped, Left), done.core.stopped
    assert (printed["errors"], printed["stacks"], printed["ticks"]) == (0, 0, ticks)
    assert (printed["sent"], printed["sent2"]) == (printed["received"], printed["received2"])
    assert printed["raised"] == ticks // 4 + 1 + pulses
    assert done.variable("taken") + done.variable("lost") == printed["raised"]
    # The tick is the simulated time, exactly: late only while interrupts are locked, never adrift.
    assert len(done.ticks) == ticks
    late = [at - done.ticks[0] - n * TICK for n, at in enumerate(done.ticks)]
    assert all(abs(cycles) < LATENESS for cycles in late)
    end = done.core.state.wides[CYCLES]
    assert (end - done.ticks[0] + LATENESS) // TICK == ticks - 1


def test_a_minute() -> None:
    pulses = random_pulses(MINUTE, seed=1)
    check(run(image(MINUTE), MINUTE, pulses=pulses), MINUTE, len(pulses))


@pytest.mark.long
def test_five_minutes() -> None:
    pulses = random_pulses(5 * MINUTE, seed=2)
    check(run(image(5 * MINUTE), 5 * MINUTE, pulses=pulses), 5 * MINUTE, len(pulses))


BURST = 8
"""Ticks until both computing tasks are in the middle of their first burst."""


@pytest.fixture(scope="module")
def stepped() -> Run:
    return run(image(1000), BURST, "step", random_pulses(50, seed=3))


LONG = [pytest.param(policy, marks=pytest.mark.long) for policy in ("thorough", "random:4", "random:5")]


@pytest.mark.parametrize("policy", ["auto", "compile", "random:3", *LONG])
def test_every_tier_ends_alike(stepped: Run, policy: str) -> None:
    got = run(image(1000), BURST, policy, random_pulses(50, seed=3))
    assert fingerprint(got.core) == fingerprint(stepped.core)
    assert got.ticks == stepped.ticks


@pytest.mark.parametrize("core", ["m4f", "m7"])
def test_qemu_prints_the_same(core: str, tmp_path: Path) -> None:
    ours = run(image(60, core=core), 60, core=core)
    check(ours, 60, 0)
    theirs = run_on_qemu(image(60, "-DTICK_CYCLES=250000u", core=core), tmp_path, core)
    assert fields(theirs) == ours.printed


def test_built_by_gcc(tmp_path: Path) -> None:
    gcc = shutil.which("arm-none-eabi-gcc")
    if gcc is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    elf = tmp_path / "rtos.elf"
    target = [
        "-mcpu=cortex-m4",
        "-mthumb",
        "-mfloat-abi=hard",
        "-mfpu=fpv4-sp-d16",
        "-ffreestanding",
        "-nostdlib",
    ]
    options = ["-O2", "-DRUN_TICKS=60", "-Wl,-e,reset", "-Wl,-T," + str(FIRMWARE / "bare.ld")]
    command = [gcc, *target, *options, str(FIRMWARE / "rtos.c"), "-o", str(elf)]
    subprocess.run(command, check=True, capture_output=True)
    done = run(load_image(elf), 60)
    check(done, 60, 0)
    assert done.printed == run(image(60), 60).printed


def test_the_tasks_notice_a_switch_that_forgets_registers() -> None:
    assert run(image(60, "-DFORGET_FLOATS"), 60).printed["errors"]
