"""What `coincell debug` says before a debugger comes and after it has gone."""

from __future__ import annotations

import shlex

from coincell.engines.gdb import Debuggee, Farewell
from coincell.image import FirmwareImage
from coincell.simtime import PS_PER_S


def greeting(port: int, image: FirmwareImage) -> str:
    """How to connect; `run` wants the extended kind."""
    command = ["gdb-multiarch", *([str(image.path)] if image.format == "elf" else [])]
    command += ["-ex", f"target extended-remote :{port}"]
    return f"halted at reset; waiting for gdb on 127.0.0.1:{port}\n  {shlex.join(command)}"


def farewell(debuggee: Debuggee, ending: Farewell) -> str:
    """How it ended, and where."""
    time_s = debuggee.processor.time / PS_PER_S
    code = debuggee.processor.exit_code
    left = "" if code is None else f"; the firmware had exited with {code}"
    return f"{ending} at {time_s:.6f} s of simulated time{left}"
