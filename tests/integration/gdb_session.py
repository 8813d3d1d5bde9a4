"""A firmware compiled without optimisation, served in a thread, and a real GDB that is told what to do."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from textwrap import dedent

import pytest

from coincell.engines.assembly import BareChip, Plan
from coincell.engines.gdb import Debuggee, Farewell, serve
from coincell.image import FirmwareImage, load_image

FIRMWARE = Path(__file__).parent.parent / "firmware"
SOURCE = (FIRMWARE / "debug.c").read_text().splitlines()
CHIP = BareChip("cortex-m4f", ((0, 1 << 20),), ((0x20000000, 1 << 17),))
LINES = {
    text.split("/* LINE: ")[1].split(" */")[0]: n for n, text in enumerate(SOURCE, 1) if "/* LINE: " in text
}
"""Line number by the word after `LINE:` in the source."""


WHERE = "python f = gdb.selected_frame(); print('at', f.name(), f.find_sal().line)"


GCC_CORES = {
    "cortex-m0plus": ("-mcpu=cortex-m0plus",),
    "cortex-m3": ("-mcpu=cortex-m3",),
    "cortex-m4f": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    "cortex-m7+fp.dp": ("-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard"),
    "cortex-m33": ("-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
}


@cache
def compiled(compiler: str = "zig", *flags: str, name: str = "debug", core: str = "cortex-m4f") -> Path:
    """tests/firmware/`name`.c as an ELF, -O0 unless `flags` say otherwise. zig knows the Cortex-M4F here."""
    elf = Path(mkdtemp()) / f"{name}.elf"
    zig = [sys.executable, "-m", "ziglang", "cc", "-target", "thumb-freestanding-eabihf"]
    zig += ["-mcpu=cortex_m4+vfp4d16sp", "-fno-sanitize=all"]
    command = zig if compiler == "zig" else ["arm-none-eabi-gcc", "-mthumb", *GCC_CORES[core]]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    options = ["-O0", "-g", "-ffreestanding", "-nostdlib", "-ffunction-sections", *flags]
    link = ["-Wl,--gc-sections", "-Wl,-e,reset", f"-Wl,-T,{FIRMWARE / 'bare.ld'}", "-o", str(elf)]
    libraries = ["-lgcc"] if compiler == "gcc" else []  # soft floating point
    source = str(FIRMWARE / f"{name}.c")
    subprocess.run([*command, *options, source, *link, *libraries], check=True, capture_output=True)
    return elf


def firmware(
    compiler: str = "zig", *flags: str, name: str = "debug", core: str = "cortex-m4f"
) -> FirmwareImage:
    return load_image(compiled(compiler, *flags, name=name, core=core))


def plan(
    tier: str = "auto", compiler: str = "zig", *flags: str, name: str = "debug", core: str = "cortex-m4f"
) -> Plan:
    image = firmware(compiler, *flags, name=name, core=core)
    return Plan(image, replace(CHIP, core=core), {}, 0, False, tier)


@dataclass
class Served:
    """A debuggee that a thread serves on `port`; `farewell` is set at the end."""

    debuggee: Debuggee
    port: int = 0
    farewell: Farewell | None = None


@contextmanager
def served(debuggee: Debuggee) -> Iterator[Served]:
    """Serve one debugger on any free port, and wait for its end."""
    session, ready = Served(debuggee), threading.Event()

    def announce(port: int) -> None:
        session.port = port
        ready.set()

    def run() -> None:
        session.farewell = serve(debuggee, 0, announce)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield session
    thread.join(20)
    assert not thread.is_alive(), "the server did not end"


def gdb_command(elf: Path, port: int, script: str, target: str = "remote") -> list[str]:
    """GDB in batch mode, connected, doing each line of `script`; skips the test where there is none.

    A line `where` prints "at FUNCTION LINE".
    """
    program = shutil.which("gdb-multiarch")
    if program is None:
        pytest.skip("gdb-multiarch is not installed")
    setup = ["set pagination off", "set width 0", "set confirm off", f"target {target} 127.0.0.1:{port}"]
    commands = [WHERE if line == "where" else line for line in script.split("\n")]
    asked = [command.strip() for command in commands if command.strip()]
    return [program, "-nx", "-batch", *(word for c in (*setup, *asked) for word in ("-ex", c)), str(elf)]


def gdb(debuggee: Debuggee, script: str, target: str = "remote", elf: Path | None = None) -> str:
    """What GDB prints to the end of `script`."""
    with served(debuggee) as session:
        command = gdb_command(elf or compiled(), session.port, dedent(script), target)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert session.farewell is not None
    return done.stdout + done.stderr


def places(text: str) -> list[tuple[str, int]]:
    """Function and line of each `where`."""
    return [(name, int(line)) for name, line in re.findall(r"^at (\w+) (\d+)$", text, re.MULTILINE)]


def values(text: str) -> list[str]:
    """What each `print` printed."""
    return re.findall(r"^\$\d+ = (.*)$", text, re.MULTILINE)
