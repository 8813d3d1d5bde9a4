"""What our speed is compared with: the same image on Unicorn (a Python package) and QEMU (from the PATH), and
the same C as a program of the host. None counts cycles; QEMU is asked to count instructions."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from coincell.engines.bench.clock import Stopwatch
from coincell.engines.bench.measurement import Measurement
from coincell.engines.bench.program import MEMORIES, answer
from coincell.errors import CoincellError
from coincell.image import load_image

QEMU = "qemu-system-arm"
HOST = "host, native"
_SYSTEM_SPACE = (0xE000_0000, 1 << 20)
_OPEN, _WRITE, _EXIT_EXTENDED = 0x01, 0x05, 0x20
_LONGEST_S = 300


def missing() -> dict[str, str]:
    """Which of them cannot be measured here, and why."""
    absent = {}
    if importlib.util.find_spec("unicorn") is None:
        absent["unicorn"] = "the package is not installed (pip install unicorn)"
    if shutil.which(QEMU) is None:
        absent["qemu"] = f"{QEMU} is not on the PATH"
    return absent


def unicorn_version() -> str:
    """As the package says."""
    return version("unicorn")


def qemu_version() -> str:
    """As the program says: "7.2.22"."""
    said = subprocess.run([QEMU, "--version"], capture_output=True, text=True, check=False).stdout
    return said.split("version ", 1)[-1].split(maxsplit=1)[0] if "version " in said else "?"


def measure_unicorn(program: str, elf: Path, instructions: int) -> Measurement:
    """Translation only: the one hook serves semihosting calls, of which there are three in a run."""
    guest = _UnicornGuest(elf)
    watch = Stopwatch()
    guest.run()
    wall_s, cpu_s = watch.wall_s, watch.cpu_s
    label = f"unicorn {unicorn_version()}"
    return Measurement(program, "unicorn", label, instructions, wall_s, cpu_s, answer=answer(guest.console))


def _untyped(module: Any) -> Any:
    """Unicorn's types are half there: without them is better."""
    return module


class _UnicornGuest:
    """A Cortex-M4 with the benchmark's memories; its private peripherals are plain memory."""

    def __init__(self, elf: Path) -> None:
        import unicorn
        from unicorn import arm_const as arm

        self._arm = arm
        self.console = ""
        self.uc = _untyped(unicorn).Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M4)
        for base, size in (*MEMORIES.values(), _SYSTEM_SPACE):
            self.uc.mem_map(base, size)
        for segment in load_image(elf).segments:
            self.uc.mem_write(segment.address, segment.data)
        self.uc.hook_add(unicorn.UC_HOOK_INTR, self._breakpoint)

    def run(self) -> None:
        """To the program's exit."""
        stack, reset = self._words(MEMORIES["flash"][0], 2)
        self.uc.reg_write(self._arm.UC_ARM_REG_SP, stack)
        self.uc.emu_start(reset | 1, 0xFFFF_FFFE, timeout=_LONGEST_S * 1_000_000)

    def _words(self, address: int, n: int) -> list[int]:
        data = self.uc.mem_read(address, 4 * n)
        return [int.from_bytes(data[i : i + 4], "little") for i in range(0, 4 * n, 4)]

    def _breakpoint(self, uc: Any, _number: int, _data: object) -> None:
        """BKPT 0xAB: console and exit, as the firmware's semihosting HAL uses them."""
        arm = self._arm
        operation, block = uc.reg_read(arm.UC_ARM_REG_R0), uc.reg_read(arm.UC_ARM_REG_R1)
        if operation == _WRITE:
            _, address, size = self._words(block, 3)
            self.console += bytes(uc.mem_read(address, size)).decode("ascii", "replace")
        if operation not in (_OPEN, _WRITE):
            uc.emu_stop()
            return
        uc.reg_write(arm.UC_ARM_REG_R0, 1 if operation == _OPEN else 0)
        # Unicorn leaves the program counter at the BKPT: without this it would call for ever.
        uc.reg_write(arm.UC_ARM_REG_PC, uc.reg_read(arm.UC_ARM_REG_PC) + 2 | 1)


def measure_qemu(program: str, elf: Path, longer: Path, factor: float, instructions: int) -> Measurement:
    """What `longer`, with `factor` times the rounds, takes more than `elf`: starting QEMU cancels out.

    Rounds are alike within a percent, so its instructions are taken as so many times ours.
    """
    short, _ = timed(qemu_command(elf))
    long, console = timed(qemu_command(longer))
    return Measurement(
        program,
        "qemu",
        f"qemu {qemu_version()}",
        round(instructions * (factor - 1)),
        max(long.wall_s - short.wall_s, 1e-6),
        max(long.cpu_s - short.cpu_s, 1e-6),
        answer=answer(console),
        longer=True,
    )


def measure_host(program: str, native: Path, instructions: int) -> Measurement:
    """The program of the host that does what took the guest so many instructions."""
    taken, console = timed([str(native)])
    return Measurement(
        program, "host", HOST, instructions, taken.wall_s, max(taken.cpu_s, 1e-6), answer=answer(console)
    )


def qemu_command(elf: Path) -> list[str]:
    """What runs an image on QEMU's Cortex-M4, counting instructions."""
    command = [QEMU, "-M", "mps2-an386", "-icount", "shift=0", "-display", "none", "-monitor", "none"]
    command += ["-serial", "none", "-semihosting-config", "enable=on,target=native"]
    return [*command, "-kernel", str(elf)]


@dataclass(frozen=True)
class Taken:
    """How long a process took, from its start to its end."""

    wall_s: float
    cpu_s: float


def timed(command: Sequence[str], **variables: str) -> tuple[Taken, str]:
    """Run a program, with more environment variables; how long it took and what it printed.

    Raises CoincellError when it fails or does not end.
    """
    watch = Stopwatch()
    environment = {**os.environ, **variables}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LONGEST_S, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise CoincellError(f"{Path(command[0]).name} did not end within {_LONGEST_S} s") from None
    taken = Taken(watch.wall_s, watch.cpu_s)
    if done.returncode:
        words = done.stderr.strip()[:200]
        raise CoincellError(f"{Path(command[0]).name} ended with {done.returncode}: {words}")
    return taken, done.stdout + done.stderr
