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

    def i2c(self, address: int, sent: bytes, n_read: int = 0) -> bytes | None:
        """A transfer by TWIM0 on A5 and A4 at 400 kHz: what was read, or None where nobody acknowledged."""
        shorts = (
            (1 << 7 | 1 << 12) if n_read else 1 << 9
        )  # LASTTX to STARTRX, LASTRX to STOP; or LASTTX to STOP
        self.bus.write_block(RAM, sent)
        for offset, value in (
            (0x500, 6),  # ENABLE
            (0x508, 2),  # PSEL.SCL: P0.02
            (0x50C, 31),  # PSEL.SDA: P0.31
            (0x524, 0x0640_0000),  # FREQUENCY
            (0x588, address),
            (0x544, RAM),  # TXD
            (0x548, len(sent)),
            (0x534, RAM + 0x100),  # RXD
            (0x538, n_read),
            (0x200, shorts),
            (0x104, 0),  # EVENTS_STOPPED
            (0x4C4, 7),  # ERRORSRC
            (0x008, 1),  # STARTTX
        ):
            self.put(TWIM0 + offset, value)
        self.after((3 + len(sent) + n_read) * 10 / 400_000)
        if self.bus.read(TWIM0 + 0x4C4, 4):
            self.put(TWIM0 + 0x014, 1)  # STOP
            self.after(10 / 400_000)
            return None
        assert self.bus.read(TWIM0 + 0x104, 4), "the transfer has not ended"
        return bytes(self.bus.read_block(RAM + 0x100, n_read))

    def reads(self, address: int, register: int, count: int = 1) -> bytes:
        data = self.i2c(address, bytes([register]), count)
        assert data is not None, "no acknowledge"
        return data

    def writes(self, address: int, *data: int) -> None:
        assert self.i2c(address, bytes(data)) is not None, "no acknowledge"
