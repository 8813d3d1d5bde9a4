"""A board at reset with signals at its inputs, driven from outside: its core does not run, its blocks do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from coincell.describe import load_board
from coincell.image import FirmwareImage, Segment
from coincell.machine import Machine
from coincell.ports import Label, Samples, Signal
from coincell.simtime import seconds

RAM = 0x2000_0000
SAADC, TWIM0 = 0x4000_7000, 0x4000_3000
"""nRF52840 PS, instantiation table."""
AIN = {"P0.02": 1, "P0.03": 2, "P0.04": 3, "P0.05": 4, "P0.28": 5, "P0.29": 6, "P0.30": 7, "P0.31": 8}
"""nRF52840 PS, SAADC, CH[n].PSELP."""


@dataclass
class Wave:
    """`value(seconds)`, one row of channels for each sample."""

    value: Callable[[Any], Any]
    unit: str
    rate_hz: Fraction = Fraction(250)
    n_channels: int = 1
    labels: tuple[Label, ...] = ()

    def samples(self, start: int, count: int) -> Samples:
        time = np.arange(start, start + count) / float(self.rate_hz)
        out = np.empty((count, self.n_channels))
        out[:] = np.broadcast_to(np.asarray(self.value(time), float).reshape(-1, self.n_channels), out.shape)
        return out


def steady(value: float, unit: str, rate_hz: int = 10) -> Wave:
    return Wave(lambda _: value, unit, Fraction(rate_hz))


class Bench:
    """A machine whose registers the test reads and writes."""

    def __init__(self, board: str, signals: Mapping[str, Signal], seed: int = 1) -> None:
        idle = (0x2000_1000).to_bytes(4, "little") + (0x9).to_bytes(4, "little") + b"\xfe\xe7"  # b .
        image = FirmwareImage(Path("idle.bin"), "bin", (Segment(0, idle),))
        self.machine = Machine(load_board(board), image, signals, seed)
        self.sim = self.machine.sim
        self.bus: Any = self.machine.processor.bus

    def part(self, name: str) -> Any:
        return self.machine.devices[name]

    def states(self, part: str) -> list[str]:
        return [change.state for change in self.machine.recorder.states if change.component == part]

    def spent_s(self, part: str, state: str) -> float:
        """How long `part` was in `state` so far [s]."""
        changes = [c for c in self.machine.recorder.states if c.component == part]
        ends = [c.time_ps for c in changes[1:]] + [self.sim.now]
        return sum(end - c.time_ps for c, end in zip(changes, ends, strict=True) if c.state == state) / 1e12

    def drive(self, net: str, level: bool | None) -> None:
        self.machine.nets.net(net).drive("test", level)

    def after(self, duration_s: float) -> Bench:
        self.sim.advance(self.sim.now + seconds(duration_s))
        return self

    def put(self, address: int, value: int) -> None:
        self.bus.write(address, 4, value)

    def adc(self, net: str, count: int, rate_hz: int = 1000) -> Any:
        """`count` conversions of the pin that `net` is on, as volts: 12 bits, gain 1/6, reference 0.6 V."""
        wire = self.machine.board.wire_of(net)
        assert wire is not None
        for offset, value in (
            (0x500, 1),  # ENABLE
            (0x5F0, 2),  # RESOLUTION: 12 bits
            (0x510, AIN[wire.pin]),  # CH[0].PSELP
            (0x518, 0x20000),  # CH[0].CONFIG: TACQ 10 us, gain 1/6
            (0x62C, RAM),  # RESULT.PTR
            (0x630, count),  # RESULT.MAXCNT
            (0x000, 1),  # START
        ):
            self.put(SAADC + offset, value)
        for _ in range(count):
            self.put(SAADC + 0x004, 1)  # SAMPLE
            self.after(1 / rate_hz)
        codes = np.frombuffer(self.bus.read_block(RAM, 2 * count), "<i2")
        return codes * 0.6 * 6 / 4096
