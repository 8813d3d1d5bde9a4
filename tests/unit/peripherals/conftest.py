"""A bench for one block or a few: memory, interrupt, energy and pins that record what blocks do to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from coincell.peripherals.context import BlockContext
from coincell.peripherals.pins import Net
from coincell.peripherals.registry import create
from coincell.ports import BusFault
from coincell.simtime import Simulation

RAM, RAM_SIZE = 0x20000000, 0x40000


class Ram:
    def __init__(self, base: int = RAM, size: int = RAM_SIZE, fill: int = 0) -> None:
        self.base = base
        self.bytes = bytearray([fill]) * size

    def _at(self, address: int, size: int, write: bool) -> int:
        start = address - self.base
        if start < 0 or start + size > len(self.bytes):
            raise BusFault(address, write)
        return start

    def read_block(self, address: int, size: int) -> bytes:
        start = self._at(address, size, False)
        return bytes(self.bytes[start : start + size])

    def write_block(self, address: int, data: bytes) -> None:
        start = self._at(address, len(data), True)
        self.bytes[start : start + len(data)] = data


class Irq:
    def __init__(self, sim: Simulation) -> None:
        self.sim, self.level, self.edges = sim, False, []

    def set(self, level: bool) -> None:
        self.level = level
        self.edges.append((self.sim.now, level))


class Component:
    def __init__(self, sim: Simulation) -> None:
        self.sim, self.history = sim, []

    def enter(self, state: str) -> None:
        self.history.append((self.sim.now, state))

    def count(self, event: str, n: int = 1) -> None:
        self.history.append((self.sim.now, f"{event}*{n}"))

    @property
    def state(self) -> str:
        return self.history[-1][1]


class Bench:
    """`bench.make("nordic.rtc", base=..., n_compare=3)` builds a block; all share one context."""

    def __init__(self) -> None:
        self.sim = Simulation()
        self.ram = Ram()
        self.flash = Ram(0, 0x100000, 0xFF)
        self.components: dict[str, Component] = {}
        self.pins: dict[str, Net] = {}
        self.unmodelled: list[tuple[str, str]] = []
        self.irqs: dict[str, Irq] = {}
        self.context = BlockContext(
            sim=self.sim,
            memory=self.ram,
            irq=Irq(self.sim),
            power=self.power,
            pin=self.pin,
            unmodelled=lambda block, register: self.unmodelled.append((block, register)),
            flash=self.flash,
            seed=1,
        )

    def power(self, name: str) -> Component:
        return self.components.setdefault(name, Component(self.sim))

    def pin(self, name: str) -> Net:
        return self.pins.setdefault(name, Net(name))

    def make(self, kind: str, base: int = 0x40000000, name: str = "", **options: Any) -> Any:
        name = name or kind.rsplit(".", 1)[-1]
        self.irqs[name] = Irq(self.sim)
        return create(kind, name, base, replace(self.context, irq=self.irqs[name]), **options)

    def running_lfclk(self) -> None:
        """A clock block whose 32768 Hz began at time 0 of the crystal's own start."""
        clock = self.make("nordic.clock", 0x40000000)
        clock.write(0x518, 4, 1)
        clock.write(0x008, 4, 1)
        self.sim.advance(10**12)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="session")
def new_bench() -> type[Bench]:
    """For tests that need a fresh bench per example."""
    return Bench
