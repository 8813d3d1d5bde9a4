"""Register writes of Renode's run, repeated on the native machine's blocks.

Renode's models may be done sooner than the chip is: a radio of its sends a packet without ramp-up and CRC
(renode-infrastructure 0c7d0762, Wireless/NRF52840_Radio.cs:355-516). Firmware then goes on while our block is
still at work, so what it writes waits until the block is free, and what comes after that waits as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from coincell.errors import InputError
from coincell.machine import Machine
from coincell.ports import BusBlock, BusFault


class Writes:
    """Takes writes in the order of their times. `machine` is at reset, and its core does not run."""

    def __init__(self, machine: Machine) -> None:
        self._sim, self._bus = machine.sim, machine.processor.bus
        self._waiting: deque[tuple[Any, Callable[[], None]]] = deque()
        """What is to be done once a block is free, or at once where there is None."""

    def memory(self, address: int, data: bytes) -> None:
        """Memory that a block is about to read. Raises InputError where the chip has none."""
        self._do(None, partial(self._store, address, data))

    def write(self, time_ps: int, address: int, width: int, value: int) -> BusBlock | None:
        """A write at `time_ps`; the block that it went to."""
        self.advance(time_ps)
        block = self._bus.block_at(address)
        if block is not None:
            self._do(block, partial(block.write, address - block.base, width, value))
        return block

    def advance(self, time_ps: int) -> None:
        """Let it be `time_ps`, unless it is later already."""
        while self._waiting and self._sim.next_event() <= time_ps:
            self._sim.advance(self._sim.next_event())
            self._go_on()
        self._sim.advance(time_ps)

    def finish(self, end_ps: int) -> None:
        """Let it be `end_ps`. Writes that still wait would have come later; memory is as Renode left it."""
        self.advance(end_ps)
        for block, action in self._waiting:
            if block is None:
                action()

    def _do(self, block: BusBlock | None, action: Callable[[], None]) -> None:
        self._waiting.append((block, action))
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and not getattr(self._waiting[0][0], "finishing", False):
            self._waiting.popleft()[1]()

    def _store(self, address: int, data: bytes) -> None:
        try:
            self._bus.write_block(address, data)
        except BusFault as fault:
            raise InputError("Renode has memory where the chip has none", value=str(fault)) from fault
