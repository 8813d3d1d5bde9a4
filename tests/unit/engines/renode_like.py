"""Programs that behave as Renode does, or as badly as a program can; and its words, read in its sources."""

from __future__ import annotations

import sys
import time
from pathlib import Path

VERSIONS = {
    # renode 06854d4d, src/Renode/Program.cs:134-150
    "1.16.1+": (
        "Renode v1.16.1\n  build: 1.16.1+20260820git06854d4d1\n  build type: Release\n  runtime: .NET 8.0\n",
        ("1.16.1", "1.16.1+20260820git06854d4d1"),
    ),
    # renode v1.15.3, src/Renode/Program.cs:102-132
    "1.15.3": (
        "Renode v1.15.3.10370\n  build: 9736cf57-202409161200\n  build type: Release\n  runtime: Mono 6.12\n",
        ("1.15.3", "9736cf57-202409161200"),
    ),
    # renode-infrastructure v1.14.0, src/Emulator/Main/Core/EmulationManager.cs:197-213
    "1.14.0": (
        "Renode, version 1.14.0.36150 (6a0ba28d-202305110730)\n",
        ("1.14.0", "6a0ba28d-202305110730"),
    ),
    "Windows": ("RenodeWPF v1.15.0.21410\r\n  build: abc\r\n  build type: Release\r\n", ("1.15.0", "abc")),
}

SESSION = """\
[10:00:00.1000] [INFO] Loaded monitor commands from: /opt/renode/scripts/monitor.py\r
Renode, version 1.16.1 (1.16.1+20260820git06854d4d1)\r
\r
(monitor) i @/tmp/run/run.resc\n\r\
[00:00:00.000000000] [INFO] Including script(s): /tmp/run/run.resc
[00:00:00.000000000] [INFO] System bus created.
[00:00:00.000000000] [INFO] cpu: Setting initial values: PC = 0x8000189, SP = 0x20018000.
[00:00:00.012345678] [WARNING] sysbus: [cpu: 0x198] ReadDoubleWord from non existing peripheral at 0x40023C00.
(board) quit\n\r\
Renode is quitting\r
"""


def program(folder: Path, body: str, name: str = "renode") -> Path:
    """An executable Python script."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{body}", "utf-8")
    path.chmod(0o755)
    return path


def saying(folder: Path, text: str, name: str = "renode") -> Path:
    """One that answers `--version`."""
    return program(
        folder, f"import sys\nassert sys.argv[1:] == ['--version']\nsys.stdout.write({text!r})\n", name
    )


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def all_gone(file: Path) -> bool:
    """Whether none of the processes listed there is left, a moment later at most."""
    pids = [int(line) for line in file.read_text("utf-8").split()]
    assert pids
    deadline = time.monotonic() + 2
    while any(map(is_alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
