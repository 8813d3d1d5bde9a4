"""RNG: random number generator, seeded by the scenario. nRF52840 PS v1.7, "RNG"."""

from __future__ import annotations

import random

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Shorts, Task
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register

_US = 1_000_000
START_PS = 128 * _US
"""tRNG,START, from START to the first bit. estimate: remembered from the PS."""
RAW_PS, CORRECTED_PS = 30 * _US, 120 * _US
"""tRNG,RAW and tRNG,BC, per byte. estimate: remembered from the PS."""


@register("nordic.rng")
class Rng(NordicBlock):
    """Component states: off, running."""

    TASKS_START = Task(0x000)
    TASKS_STOP = Task(0x004)
    EVENTS_VALRDY = Event(0x100)
    SHORTS = Shorts({0: (EVENTS_VALRDY, TASKS_STOP)})
    CONFIG = Register(0x504, mask=1)
    VALUE = Register(0x508, access="r")

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._random = random.Random(f"{context.seed}/{name}")
        self._ready = context.sim.alarm(self._value_ready)

    def on_reset(self) -> None:
        self._ready.cancel()

    @property
    def _byte_ps(self) -> int:
        return CORRECTED_PS if self.CONFIG else RAW_PS

    @TASKS_START.runs
    def _start(self, value: int, index: int) -> None:
        self.power_state("running")
        self._ready.set(self.now + START_PS + self._byte_ps)

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        self.power_state("off")
        self._ready.cancel()

    def _value_ready(self) -> None:
        self.VALUE = self._random.getrandbits(8)
        self._ready.set(self.now + self._byte_ps)
        self.fire(Rng.EVENTS_VALRDY)
