"""A program that stands in for `renode` in tests: strict where Renode is strict, odd where Renode is odd.

A script called `renode` (see `install`) starts it. It reads our command line, scripts, platform file and
probe as Renode does, and refuses what Renode refuses, in its words. The firmware runs on coincell's own
core and blocks. Facts are Renode's, at commits that are called "R", "I" and "T" in this package: renode
06854d4d, renode-infrastructure 0c7d0762 (below src/Emulator), tlib c0c259ae; older releases as named.

It plays: every instruction takes 1/PerformanceInMips; exceptions cost nothing, do not set WFE's event and
wait for the end of a block; a peripheral's callback sees the time of the last report; UARTE sends in no
time; oscillators start at once; PDM is as I NRF52840_PDM.cs has it; what has no model reads as its tag's
value, swallows writes and is logged; a watchpoint is told once, before the write; an exception that leaves
a callback ends the process; the exit code is 0 whatever happens.

It does not play: skips of whole quanta, times that are early within a block (SyncTime is exact here),
INTENSET of UARTE at the next synchronisation; that RTC, TIMER, PPI and RADIO are otherwise than the chip's;
that TWI ignores its pins; threads.

Environment, for tests:
RENODE_DOUBLE_GENERATION  "1.15.0", "1.15.3", "1.16.0", "1.16.1" or "head" (see `generation`)
RENODE_DOUBLE_FAILS       see `failures`
RENODE_DOUBLE_TRUTH       file that gets what happened, as JSON, at the end
RENODE_DOUBLE_CALLS       names of functions, whose calls belong to it
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

HERE = Path(__file__).parent


def install(folder: Path) -> Path:
    """Make a program called `renode` in `folder`."""
    import coincell

    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "renode"
    paths = f"{HERE.parent}:{Path(coincell.__file__).parents[1]}"
    start = f"exec {shlex.quote(sys.executable)} -m renode_double"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(paths)} {start} "$@"\n')
    program.chmod(0o755)
    return program
