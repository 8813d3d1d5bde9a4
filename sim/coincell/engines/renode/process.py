"""One run of Renode without a window: started in a folder, watched, ended with all that it started.

How it must be started was read in Renode's sources; each choice stands beside its place there.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from coincell.engines.renode.children import Child
from coincell.engines.renode.installation import Installation
from coincell.errors import InputError, MissingToolError

SCRIPT, LOG = "run.resc", "renode.log"
_OPTIONS = ("--disable-xwt", "--console", "--plain")
"""No window (in the spelling that every version has), the monitor on the standard streams instead of on a TCP
port that parallel runs would fight for, no colours: renode-infrastructure 0c7d0762, src/UI/Options.cs:55-110
and src/UI/CommandLineInterface.cs:75-77."""
_WATCH_S = 0.2
_MOST_LOG_BYTES = 64 << 20
_TAIL_BYTES = 16 << 10

# A file of our own: the user's is locked and written by every Renode that uses it (renode-infrastructure
# 0c7d0762, src/Emulator/Main/Utilities/ConfigurationManager.cs). Up to 1.16.1 time stamps are the host's.
_CONFIG = """\
[general]
terminal = Termsharp
history-path = {history}
collapse-repeated-log-entries = True
log-timestamps-type = Virtual
[monitor]
consume-exceptions-from-command = True
break-script-on-exception = True
number-format = Hexadecimal
"""


@dataclass(frozen=True)
class Finished:
    """How Renode ended. Its exit code says nothing about success: it is 0 after a failed script too."""

    timed_out: bool
    returncode: int
    """Of the program; negative when a signal ended it."""


def run(
    installation: Installation, folder: Path, *, wall_limit_s: float, watch: Callable[[], None]
) -> Finished:
    """Run `folder`'s run.resc in Renode, to its end or for `wall_limit_s` [s] of real time.

    `watch` is called a few times a second and once after the end. What Renode prints goes to renode.log in
    the folder. Nothing else of it stays: no process, no file.
    Raises InputError for a folder that Renode cannot be told of, MissingToolError when it does not start,
    OSError when the log cannot be written, and what `watch` raises.
    """
    folder = folder.resolve()
    script = as_typed(folder / SCRIPT)
    with _work_area(folder) as area, _terminable(), (folder / LOG).open("wb", buffering=0) as file:
        config = area / "config"
        config.write_text(_CONFIG.format(history=area / "history"), "utf-8")
        # "quit" is a line of its own, reached after a script that failed: CommandLineInterface.cs:230-251
        command = [*installation.command, *_OPTIONS, "--config", str(config), script, "-e", "quit"]
        log = _Log(file)
        try:
            # at the end of an input Renode spins, and collects what it reads (src/UI/ConsoleIOSource.cs:117)
            child = Child(command, log.take, folder, _environment(area), has_input=True)
        except OSError as error:
            raise MissingToolError(f"Renode cannot be started: {command[0]}: {error.strerror}") from error
        try:
            timed_out = _watched(child, log, wall_limit_s, watch)
        finally:
            code = child.end()
        log.finish()
        watch()
    return Finished(timed_out, code)


def _watched(child: Child, log: _Log, limit_s: float, watch: Callable[[], None]) -> bool:
    """Wait for the end; whether the time ran out."""
    deadline = time.monotonic() + limit_s
    while not child.wait(min(_WATCH_S, max(0.0, deadline - time.monotonic()))):
        log.check()
        watch()
        if time.monotonic() >= deadline:
            return True
    return False


def as_typed(script: Path) -> str:
    """The script as Renode's monitor must read it: the command line's name is typed there.

    Absolute, as a relative one goes through $CWD, where blanks are not escaped; a path ends at ";" and at
    white space (renode-infrastructure 0c7d0762, Emulator/Extensions/UserInterface/Monitor.cs:64 and
    Tokenizer/Tokenizer.cs:53). Raises InputError.
    """
    text = str(script)
    if any(sign == ";" or (sign.isspace() and sign != " ") for sign in text):
        raise InputError(
            "Renode cannot read scripts from a folder of this name",
            where=str(script.parent),
            mend="choose a folder without semicolons, tabs and line ends in its path",
        )
    return text.replace(" ", r"\ ")


def _environment(area: Path) -> dict[str, str]:
    environment = {
        **os.environ,
        "RENODE_CI_MODE": "YES",  # settings are neither saved nor locked: Emulator/Main/Emulator.cs:147
        "TMPDIR": str(area),  # what a killed one leaves there goes with the area
    }
    environment.pop("STARTUP_COMMAND", None)  # would be run before the script
    # Its sockets would lie in TMPDIR, whose path may be too long for one:
    # learn.microsoft.com/dotnet/core/runtime-config/debugging-profiling
    environment.setdefault("DOTNET_EnableDiagnostics", "0")
    return environment


@contextmanager
def _work_area(folder: Path) -> Iterator[Path]:
    area = Path(tempfile.mkdtemp(prefix=".renode-", dir=folder))
    try:
        yield area
    finally:
        shutil.rmtree(area, ignore_errors=True)


@contextmanager
def _terminable() -> Iterator[None]:
    """While Renode runs, being terminated or hung up is an exit like any other, on which it is ended too."""
    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            with suppress(ValueError):  # not the main thread: then whoever has it decides
                before[number] = signal.signal(number, _exit)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


class _Log:
    """The file that gets what Renode prints, up to a bound, and the end of that in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._tail = b""
        self._written = self._dropped = 0
        self._failure: OSError | None = None

    def take(self, data: bytes) -> None:
        """More of it. What cannot be written is told by `check()`: here reading must go on."""
        self._tail = (self._tail + data)[-_TAIL_BYTES:]
        kept = data[: max(0, _MOST_LOG_BYTES - self._written)]
        self._dropped += len(data) - len(kept)
        self._write(kept)

    def _write(self, data: bytes) -> None:
        while data and self._failure is None:
            try:
                n = self._file.write(data)
            except OSError as error:
                self._failure = error
                return
            self._written, data = self._written + n, data[n:]

    def check(self) -> None:
        """Raise the OSError that keeps the file from being written."""
        if self._failure is not None:
            raise self._failure

    def finish(self) -> None:
        """Complete the file. Raises OSError."""
        if self._dropped:
            self._write(f"\n… {self._dropped:,} bytes are left out; the end:\n".encode() + self._tail)
        self.check()
