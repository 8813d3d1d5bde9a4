"""Bytes that the firmware sends become lines, each with the time of its last byte."""

from __future__ import annotations

from collections.abc import Callable

from coincell.engines.contract import ConsoleLine

LONGEST_LINE = 4096
"""Bytes after which a line is broken: firmware may never send a newline."""
MOST_BYTES = 16 << 20
"""Bytes kept of one run: firmware that prints for ever must not fill the host's memory."""


class Console:
    """Collects the lines of every port of a machine."""

    def __init__(self) -> None:
        self._lines: list[ConsoleLine] = []
        self._ports: list[LineCollector] = []
        self._n_bytes = 0
        self.on_line: Callable[[ConsoleLine], None] = lambda line: None
        """Called with each line when it is complete."""

    def port(self, name: str, time: Callable[[], int]) -> LineCollector:
        """A port called `name`; `time` gives the present time [ps]."""
        self._ports.append(LineCollector(name, time, self._take))
        return self._ports[-1]

    def _take(self, line: ConsoleLine) -> None:
        if self._n_bytes > MOST_BYTES:
            return
        self._n_bytes += len(line.text) + 1
        if self._n_bytes > MOST_BYTES:
            line = ConsoleLine(line.time_ps, line.port, "[more was sent; coincell stopped keeping it]")
        self._lines.append(line)
        self.on_line(line)

    @property
    def lines(self) -> tuple[ConsoleLine, ...]:
        """Every complete line so far, in order of time, and what was sent without an end of line."""
        return tuple(sorted([*self._lines, *self.unfinished], key=lambda line: line.time_ps))

    @property
    def unfinished(self) -> tuple[ConsoleLine, ...]:
        """What each port sent since its last end of line."""
        return tuple(line for port in self._ports if (line := port.unfinished) is not None)


class LineCollector:
    """Implements ports.SerialPort: the far end of a UART, or of a debug port."""

    def __init__(self, name: str, time: Callable[[], int], take: Callable[[ConsoleLine], None]) -> None:
        self._name, self._time, self._take = name, time, take
        self._bytes = bytearray()
        self._last_ps = 0

    def receive(self, byte: int) -> None:
        self._last_ps = self._time()
        if byte == 0x0A:
            self._end()
            return
        self._bytes.append(byte)
        if len(self._bytes) >= LONGEST_LINE:
            self._end()

    def write(self, data: bytes) -> None:
        """Several bytes at one time."""
        for byte in data:
            self.receive(byte)

    @property
    def unfinished(self) -> ConsoleLine | None:
        """What came since the last end of line, if anything."""
        return self._line() if self._bytes else None

    def _line(self) -> ConsoleLine:
        text = bytes(self._bytes).decode("utf-8", "replace").rstrip("\r")
        return ConsoleLine(self._last_ps, self._name, text)

    def _end(self) -> None:
        self._take(self._line())
        self._bytes.clear()
