"""How releases of Renode differ in what we meet."""

from __future__ import annotations

import os
from dataclasses import dataclass

COMMON = frozenset({"plain", "port", "execute", "config", "disable-xwt", "hide-monitor", "hide-log"}) | {
    *("hide-analyzers", "pid-file", "robot-server-port", "robot-debug-on-error", "version", "console"),
    "keep-temporary-files",
}
"""Options of 1.15.0 and later: I UI/Options.cs:55-110."""
WITH_VALUE = frozenset({"port", "execute", "config", "pid-file", "robot-server-port"})
SHORT = {"p": "plain", "P": "port", "e": "execute", "v": "version"}


@dataclass(frozen=True)
class Generation:
    """One release."""

    name: str
    version: tuple[str, ...]
    """Lines of `--version`: R src/Renode/Program.cs:134-150 and that of v1.15.3."""
    banner: str
    bracketed: bool
    """Whether the log's time stamps stand in brackets: I Main/Logging/Backends/FormattedTextBackend.cs:51."""
    ticks_per_us: int
    """Virtual time's resolution: Main/Time/TimeInterval.cs; 1.15.0 has microseconds (:233 there)."""
    registers: str
    """How a register is read: 1.15.0's TranslationCPU.cs:721 against 1.15.3's :723."""
    options: frozenset[str]
    collapses: bool
    """Whether repeated entries are told once with `--console`: v1.15.3 UI/CommandLineInterface.cs:165-170."""
    has_lockup: bool
    """CortexM.cs:316."""
    has_f7_timers: bool
    """R platforms/cpus/stm32f746.repl:187-261; at v1.16.0 there is timer6 alone (:184)."""
    has_capitals: bool
    """Names that a Python peripheral's script sees: PeripheralPythonEngine.cs:128-180 against v1.16.0."""


def _old(version: str, build: str, **more: object) -> Generation:
    told = (f"Renode v{version}", f"  build: {build}", "  build type: Release", "  runtime: .NET 6.0.33")
    facts = {"bracketed": False, "ticks_per_us": 1000, "registers": "GetRegister", "has_lockup": False} | more
    facts["has_f7_timers"] = facts["has_capitals"] = version.startswith("1.16.1")
    facts["collapses"] = version.startswith("1.16")
    options = COMMON | {"disable-gui"} if version.startswith("1.16") else COMMON
    banner = f"Renode, version {version} ({build})"
    return Generation(version, told, banner, options=options, **facts)  # type: ignore[arg-type]


_BUILD = "1.16.1+20260820git06854d4d1"
GENERATIONS = {
    "1.15.0": _old("1.15.0.1475", "25886f62-202403181200", ticks_per_us=1, registers="GetRegisterUnsafe"),
    "1.15.3": _old("1.15.3.10370", "9736cf57-202409161200"),
    "1.16.0": _old("1.16.0.1525", "20ad06d9-202508031200"),
    "1.16.1": _old("1.16.1.20745", "add012af-202602141200"),
    "head": Generation(
        "1.16.1",
        ("Renode v1.16.1", f"  build: {_BUILD}", "  build type: Release", "  runtime: .NET 8.0.8"),
        f"Renode, version 1.16.1 ({_BUILD})",
        bracketed=True,
        ticks_per_us=1000,
        registers="GetRegister",
        options=COMMON | {"disable-gui", "ui", "server-mode", "server-mode-port", "server-mode-work-dir"},
        collapses=True,
        has_lockup=True,
        has_f7_timers=True,
        has_capitals=True,
    ),
}


def present() -> Generation:
    """The one that is played."""
    return GENERATIONS[os.environ.get("RENODE_DOUBLE_GENERATION", "head")]
