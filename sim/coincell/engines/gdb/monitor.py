"""What GDB's `monitor` commands answer."""

from __future__ import annotations

from collections.abc import Sequence

from coincell.cpu.state import INSTRUCTIONS, R
from coincell.engines.gdb.debuggee import Debuggee
from coincell.machine.crash import place
from coincell.simtime import PS_PER_S

_HELP = """\
monitor reset   power the machine off and on: time 0, at reset (then: maintenance flush register-cache)
monitor halt    say where the machine stands; it always does while gdb has its prompt
monitor time    simulated time, cycles and instructions so far
monitor help    this
"""


def monitor(debuggee: Debuggee, words: Sequence[str]) -> str:
    """The answer to `monitor WORDS`; a reset has been made already."""
    command = words[0] if words else "help"
    if command in ("reset", "halt"):
        return f"halted at {place(debuggee.processor.image, debuggee.core.state.words[R + 15])}\n"
    if command == "time":
        return _time(debuggee)
    return _HELP if command == "help" else f"there is no `monitor {command}`\n{_HELP}"


def _time(debuggee: Debuggee) -> str:
    core = debuggee.core
    text = f"{core.time / PS_PER_S:.9f} s, {core.awake_cycles:,} cycles awake, "
    return f"{text}{core.state.wides[INSTRUCTIONS]:,} instructions\n"
