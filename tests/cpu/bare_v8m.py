"""A Cortex-M33 as QEMU's mps2-an505 has it at reset: Secure, code at 0x10000000, RAM at 0x38000000."""

from __future__ import annotations

import shutil
import subprocess
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from bare import CACHED, FIRMWARE
from emulate import Left

from coincell.cpu.bus import Bus, DirectMemory
from coincell.cpu.compiled.tiers import Tiers
from coincell.cpu.core import Core, CoreOptions
from coincell.cpu.private.scs import SystemControlSpace
from coincell.cpu.private.scs_alias import NonSecureAlias
from coincell.cpu.semihosting import Semihosting
from coincell.image.load import load_image
from coincell.image.model import FirmwareImage
from coincell.simtime import PS_PER_S, Simulation

CODE, RAM = {"secure": 0x10000000, "nonsecure": 0x40000}, {"secure": 0x38000000, "nonsecure": 0x28000000}
NOWHERE = 0x90000000
FEATURES = frozenset({"v6m", "v7m", "dsp", "fpsp", "fpv5", "v8m"})
M33 = CoreOptions("cortex-m33", FEATURES, "cortex-m33", 48, 3, 0x411FD210, mpu_regions=16, security="secure")


@cache
def compile_v8m(name: str, security: str = "secure", *flags: str) -> FirmwareImage:
    """The image of tests/firmware/<name>.c for a Cortex-M33; the Non-secure one has code to start it."""
    elf = Path(mkdtemp()) / f"{name}.elf"
    target = ["-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m33+fp_armv8d16sp"]
    options = ["-ffreestanding", "-O2", "-fno-sanitize=all", "-Wl,-e,reset"]
    secure = security == "secure"
    script = f"-Wl,-T,{FIRMWARE / ('bare_v8m.ld' if secure else 'bare_v8m_ns.ld')}"
    options += [] if secure else ["-DNONSECURE", "-mcmse"]
    options += [f"-DCODE={CODE[security]:#x}", f"-DRAM={RAM[security]:#x}u", f"-DNOWHERE={NOWHERE:#x}u"]
    source = str(FIRMWARE / f"{name}.c")
    command = [sys.executable, "-m", "ziglang", "cc", *target, *options, *flags, script, source]
    command += ["-o", str(elf)]
    subprocess.run(command, check=True, capture_output=True)
    return load_image(elf)


def run_here(
    image: FirmwareImage, policy: str, options: CoreOptions = M33, seconds: Fraction = Fraction(1, 20)
) -> str:
    """What the image prints over semihosting until it exits."""
    code, ram = CODE[options.security], RAM[options.security]
    bus = Bus([DirectMemory("flash", code, 1 << 20, False), DirectMemory("ram", ram, 1 << 21, True)])
    for segment in image.segments:
        if bus.memory_at(segment.address) is not None:  # Secure code is not run here
            bus.program(segment.address, segment.data)
    core = Core(options, bus, Simulation(), 64_000_000, CACHED)
    core.initial_vector_table = code
    bus.attach(SystemControlSpace(core, lambda: None))
    bus.attach(NonSecureAlias(core))
    core.reset()
    if policy != "step":
        core.execute = Tiers(core, policy).run
    printed: list[bytes] = []
    semihosting = Semihosting(core, printed.append, lambda code: core.stop(Left(code)))
    core.on_breakpoint = semihosting.breakpoint
    core.on_lockup = lambda fault: core.stop(fault or RuntimeError("locked up"))
    core.run(int(PS_PER_S * seconds))
    text = b"".join(printed).decode()
    assert isinstance(core.stopped, Left), f"{core.stopped!r} after\n{text}"
    return text


def run_on_qemu(image: FirmwareImage, folder: Path) -> str:
    """What the image prints over semihosting; skips the test where there is no QEMU."""
    qemu = shutil.which("qemu-system-arm")
    if qemu is None:
        pytest.skip("qemu-system-arm is not installed")
    command = [qemu, "-M", "mps2-an505", "-display", "none", "-monitor", "none", "-serial", "none"]
    command += ["-semihosting-config", "enable=on,target=native"]
    for n, segment in enumerate(image.segments):
        file = folder / f"{n}.bin"
        file.write_bytes(segment.data)
        command += ["-device", f"loader,file={file},addr={segment.address},force-raw=on"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return (done.stdout + done.stderr).decode()
