"""Runs one self-describing image here and on QEMU's mps2-an386 (a Cortex-M4F), for what it prints."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from bare import CACHED, bare_core

from coincell.cpu.semihosting import Semihosting
from coincell.image.model import FirmwareImage
from coincell.simtime import PS_PER_S


class Left(Exception):  # noqa: N818 - not an error: why the core stopped
    """The program exited."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def run_here(image: FirmwareImage, policy: str) -> str:
    """What the image prints over semihosting until it exits."""
    core, _ = bare_core(image, policy, CACHED)
    printed: list[bytes] = []
    semihosting = Semihosting(core, printed.append, lambda code: core.stop(Left(code)))
    core.on_breakpoint = semihosting.breakpoint
    core.on_lockup = lambda fault: core.stop(fault or RuntimeError("locked up"))
    core.run(PS_PER_S // 50)
    text = b"".join(printed).decode()
    assert isinstance(core.stopped, Left), f"{core.stopped!r} after\n{text}"
    return text


def run_on_qemu(image: FirmwareImage, folder: Path) -> str:
    """What the image prints over semihosting; skips the test where there is no QEMU."""
    qemu = shutil.which("qemu-system-arm")
    if qemu is None:
        pytest.skip("qemu-system-arm is not installed")
    command = [qemu, "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "none"]
    command += ["-semihosting-config", "enable=on,target=native"]
    for n, segment in enumerate(image.segments):
        file = folder / f"{n}.bin"
        file.write_bytes(segment.data)
        command += ["-device", f"loader,file={file},addr={segment.address},force-raw=on"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return (done.stdout + done.stderr).decode()
