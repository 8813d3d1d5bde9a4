"""What really happened, for tests to compare with what our probe says. Times are exact [ps]."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coincell.cpu.state import R

if TYPE_CHECKING:
    from renode_double.hardware import Hardware

SP, LR = R + 13, R + 14


def _packets(part: Any) -> list[tuple[int, int, str]]:
    """Time, frequency [MHz] and PDU of what a radio sent."""
    return [(time, mhz, pdu.hex()) for time, mhz, pdu in getattr(part, "packets", ())]


class Truth:
    """Collected only when RENODE_DOUBLE_TRUTH names a file."""

    def __init__(self, hardware: Hardware) -> None:
        self._hardware = hardware
        self._path = os.environ.get("RENODE_DOUBLE_TRUTH")
        self.bytes: list[tuple[int, str, int]] = []
        self.writes: list[tuple[int, int, int, int]] = []
        self.sleeps: list[tuple[int, bool]] = []
        self.calls: list[dict[str, Any]] = []
        if self._path:
            self._look()

    def _look(self) -> None:
        hardware = self._hardware
        machine = hardware.machine
        asleep = machine.processor.on_sleep

        def slept(on: bool) -> None:
            self.sleeps.append((machine.sim.now, on))
            asleep(on)

        machine.processor.on_sleep = slept

    def watch_calls(self) -> None:
        """Of the functions that the environment names."""
        hardware = self._hardware
        for name in os.environ.get("RENODE_DOUBLE_CALLS", "").split():
            symbol = hardware.machine.processor.image.symbols[name]
            hardware.add_hook(symbol.address & ~1, partial(self._called, name))

    def _called(self, name: str, address: int) -> None:
        hardware = self._hardware
        words = hardware.core.state.words
        call = {
            "name": name,
            "start": hardware.core.time,
            "begun": hardware.before_reset + hardware.instructions,
            "end": None,
        }
        self.calls.append(call)
        stack = words[SP]

        def returned(_: int) -> None:
            if call["end"] is None and hardware.core.state.words[SP] == stack:
                call["end"], call["done"] = hardware.core.time, hardware.before_reset + hardware.instructions

        hardware.add_hook(words[LR] & ~1, returned)

    def sent(self, port: str, byte: int) -> None:
        if self._path:
            self.bytes.append((self._hardware.machine.sim.now, port, byte))

    def written(self, address: int, size: int, value: int) -> None:
        if self._path:
            self.writes.append((self._hardware.machine.sim.now, address, size, value))

    def save(self) -> None:
        """To the file."""
        if not self._path:
            return
        machine = self._hardware.machine
        document = {
            "bytes": self.bytes,
            "writes": self.writes,
            "sleeps": self.sleeps,
            "calls": self.calls,
            "edges": [(edge.time_ps, edge.net, edge.level) for edge in machine.nets.edges],
            "packets": [packet for part in machine.parts() for packet in _packets(part)],
            "instructions": self._hardware.before_reset + self._hardware.instructions,
            "taken": {part.name: part.n_taken for part in machine.parts() if hasattr(part, "n_taken")},
            "end": self._hardware.reported_ps,
        }
        Path(self._path).write_text(json.dumps(document))
