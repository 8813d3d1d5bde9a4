"""What is printed: the monitor's text and the log, both on the standard output."""

from __future__ import annotations

import configparser
import sys
import time
from collections.abc import Callable
from pathlib import Path

from renode_double.generation import Generation

_MOST_REPEATS = 10000


class Output:
    """`virtual_ns` gives the virtual time, once there is any."""

    def __init__(self, generation: Generation, config: Path | None) -> None:
        self._generation = generation
        settings = _settings(config)
        self._is_virtual = generation.bracketed and settings.get("log-timestamps-type") == "Virtual"
        self._collapses = generation.collapses and settings.get("collapse-repeated-log-entries") != "False"
        self._last, self._stamped, self._repeats = "", "", 0
        self.virtual_ns: Callable[[], int] = lambda: 0

    def write(self, text: str) -> None:
        """The monitor's: as it is."""
        self._flush()
        sys.stdout.write(text)
        sys.stdout.flush()

    def line(self, text: str) -> None:
        """A line of the monitor."""
        self.write(text.replace("\n", "\r\n") + "\r\n")

    def log(self, level: str, object: str, text: str) -> None:
        """An entry of the log; `object` is who says it, without "sysbus.", or ""."""
        who = f"{object}: " if object else ""
        body = text.replace("\n", "\n    ")
        entry = f"[{level.upper()}] {who}{body}"
        if self._collapses and entry == self._last:
            self._repeats += 1
            if self._repeats == _MOST_REPEATS:
                self._flush()
            return
        self._flush()
        self._last, self._stamped = entry, f"{self._stamp()} {entry}"
        sys.stdout.write(f"{self._stamped}\n")

    def _flush(self) -> None:
        """How often an entry came again: I Logger.cs:735-808, Backends/TextBackend.cs:47."""
        if self._repeats:
            count = f" ({self._repeats})" if self._repeats > 1 else ""
            sys.stdout.write(f"{self._stamped}{count}\n")
            self._repeats = 0

    def _stamp(self) -> str:
        if self._is_virtual:
            seconds, ns = divmod(self.virtual_ns(), 10**9)
            text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ns:09d}"
        else:
            now = time.time()
            text = time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now % 1 * 10000):04d}"
        return f"[{text}]" if self._generation.bracketed else text


def _settings(config: Path | None) -> dict[str, str]:
    if config is None or not config.exists():
        return {}
    read = configparser.ConfigParser(inline_comment_prefixes=(";",))
    read.read(config, "utf-8")
    return dict(read["general"])
