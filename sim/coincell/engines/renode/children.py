"""A program that ends together with everything it started.

Renode is often a shell script around a .NET or Mono program (renode 06854d4d,
tools/packaging/linux/renode-dotnet-template:26): ending the script alone would leave the emulator running.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

GRACE_S = 3.0
"""How long an interrupted Renode may tidy up; as Renode's own test runner allows it (renode 06854d4d,
tests/robot_tests_provider.py, cleanup_timeout)."""
_POLL_S = 0.02
_LAST_OUTPUT_S = 2.0


class Child:
    """A running program in a process group of its own.

    `hear` gets what the whole group prints, from a thread, so that no full pipe holds it up. Its input is a
    pipe that nobody writes, or nothing. Raises OSError where it cannot be started.
    `end()` must be called on every way out.
    """

    def __init__(
        self,
        command: Sequence[str],
        hear: Callable[[bytes], None],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        has_input: bool = False,
    ) -> None:
        windows = sys.platform == "win32"
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=not windows,
            creationflags=flags,
        )
        self._hear = hear
        self._listener = threading.Thread(target=self._listen, name="output of a child", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        output: Any = self._process.stdout
        with output:
            while data := output.read1(1 << 16):
                self._hear(data)

    def has_ended(self) -> bool:
        """Whether the program itself has; what it started may still be there."""
        if self._process.returncode is None and hasattr(os, "waitid"):
            # Not reaped yet, its number cannot become another group's before `end()` has ended this one.
            with suppress(ChildProcessError):
                options = os.WEXITED | os.WNOWAIT | os.WNOHANG
                return os.waitid(os.P_PID, self._process.pid, options) is not None
        return self._process.poll() is not None

    def wait(self, limit_s: float) -> bool:
        """Wait for the program's end, `limit_s` at most; whether it has come."""
        deadline = time.monotonic() + limit_s
        while not self.has_ended():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(_POLL_S, left))
        return True

    def end(self) -> int:
        """End all of it: ask, wait `GRACE_S`, kill; then close its input and hear the rest.

        Gives the program's exit code. An exception (a second Ctrl-C) does not keep it from killing.
        """
        try:
            if not self.has_ended():
                self._interrupt()
                self.wait(GRACE_S)
        finally:
            self._kill()
            code = self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
        # A process that left the group may hold the pipe open: it is not waited for.
        self._listener.join(_LAST_OUTPUT_S)
        return code

    def _interrupt(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # all gone
            if sys.platform == "win32":
                self._process.send_signal(signal.CTRL_BREAK_EVENT)
            else:
                os.killpg(self._process.pid, signal.SIGINT)

    def _kill(self) -> None:
        if sys.platform == "win32":
            if not self.has_ended():
                command = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
                subprocess.run(command, capture_output=True, check=False)
        else:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
