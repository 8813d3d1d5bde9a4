"""Runs one self-describing image here and on a board of QEMU's with the same core, for what it prints."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from bare import CACHED, TARGETS, bare_core

from coincell.cpu.semihosting import Semihosting
from coincell.image.model import FirmwareImage
from coincell.simtime import PS_PER_S


class Left(Exception):  # noqa: N818 - not an error: why the core stopped
    """The program exited."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def run_here(image: FirmwareImage, policy: str, core: str = "m4f") -> str:
    """What the image prints over semihosting until it exits."""
    here, _ = bare_core(image, policy, CACHED, TARGETS[core].options)
    printed: list[bytes] = []
    semihosting = Semihosting(here, printed.append, lambda code: here.stop(Left(code)))
    here.on_breakpoint = semihosting.breakpoint
    here.on_lockup = lambda fault: here.stop(fault or RuntimeError("locked up"))
    here.run(PS_PER_S // 50)
    text = b"".join(printed).decode()
    assert isinstance(here.stopped, Left), f"{here.stopped!r} after\n{text}"
    return text


def run_on_qemu(image: FirmwareImage, folder: Path, core: str = "m4f") -> str:
    """What the image prints over semihosting; skips the test where there is no QEMU."""
    qemu = shutil.which("qemu-system-arm")
    if qemu is None:
        pytest.skip("qemu-system-arm is not installed")
    command = [qemu, "-M", TARGETS[core].machine, "-display", "none", "-monitor", "none", "-serial", "none"]
    command += ["-semihosting-config", "enable=on,target=native"]
    for n, segment in enumerate(image.segments):
        file = folder / f"{n}.bin"
        file.write_bytes(segment.data)
        command += ["-device", f"loader,file={file},addr={segment.address},force-raw=on"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return (done.stdout + done.stderr).decode()
