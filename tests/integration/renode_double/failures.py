"""Ways to fail, chosen by RENODE_DOUBLE_FAILS, separated by commas. "@SECONDS" is virtual time.

die@S    the process is gone, with code 7, in the middle of a run
crash@S  an exception in the program: "Fatal error:" on the error stream, and SIGABRT
hang@S   a run does not go on
abort@S  the core executes where nothing is
deaf     it does not take the signals that end it, either
loading  the firmware's file is not taken
cut      the file that the probe wrote loses its last half
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import NoReturn

PS_PER_S = 10**12


def chosen() -> dict[str, int]:
    """The ways, with their times [ps]."""
    words = os.environ.get("RENODE_DOUBLE_FAILS", "").split(",")
    pairs = [word.partition("@") for word in words if word]
    return {name: round(float(at or 0) * PS_PER_S) for name, _, at in pairs}


def hang() -> NoReturn:
    """Do not come back."""
    while True:
        time.sleep(1)


def crash(text: str) -> NoReturn:
    """End as .NET ends after an exception that nobody takes: I UI/CrashHandler.cs:102-108."""
    sys.stdout.flush()
    sys.stderr.write(f"Fatal error:\n{text}\n")
    sys.stderr.flush()
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGABRT)
    raise SystemExit(134)
