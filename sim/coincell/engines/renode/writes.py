"""Register writes of Renode's run, repeated on the native machine's blocks.

Renode's models may be done sooner than the chip is: a radio of its sends a packet without ramp-up and CRC, a
UART a line in no time (renode-infrastructure 0c7d0762, Wireless/NRF52840_Radio.cs:355-516,
UART/NRF52840_UART.cs:347). Firmware then goes on while our block is still at work, so what it writes there
waits until the block is free.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from coincell.errors import InputError
from coincell.machine import Machine
from coincell.ports import BusBlock, BusFault


class Writes:
    """Takes writes in the order of their times. `machine` is at reset, and its core does not run."""

    def __init__(self, machine: Machine) -> None:
        self._sim, self._bus = machine.sim, machine.processor.bus
        self._waiting: dict[BusBlock, deque[Callable[[], None]]] = {}
        """What each block is to be told once it is free."""
        self._memory: list[Callable[[], None]] = []
        """What the next write finds in memory."""

    def memory(self, address: int, data: bytes) -> None:
        """Memory as the block that is written to next reads it. Raises InputError where the chip has none.

        What is beyond the end of a memory is left out: the probe takes the most that a block may read.
        """
        memory = self._bus.memory_at(address)
        if memory is None:
            fault = BusFault(address, write=True)
            raise InputError("Renode has memory where the chip has none", value=str(fault))
        there = data[: memory.base + memory.size - address]
        self._memory.append(partial(self._bus.write_block, address, there))

    def write(self, time_ps: int, address: int, width: int, value: int) -> BusBlock | None:
        """A write at `time_ps`; the block that it went to."""
        self.advance(time_ps)
        memory, self._memory = self._memory, []
        block = self._bus.block_at(address)
        if block is not None:
            write = partial(block.write, address - block.base, width, value)
            self._waiting.setdefault(block, deque()).extend((*memory, write))
            self._go_on()
        return block

    def advance(self, time_ps: int) -> None:
        """Let it be `time_ps`, unless it is later already."""
        while self._waiting and self._sim.next_event() <= time_ps:
            self._sim.advance(self._sim.next_event())
            self._go_on()
        self._sim.advance(max(time_ps, self._sim.now))

    def forget(self) -> None:
        """What still waits is never written: the chip is reset."""
        self._waiting.clear()
        self._memory.clear()

    def finish(self, end_ps: int) -> None:
        """Let it be `end_ps`. Writes that still wait would have come later; memory is as Renode left it."""
        self.advance(end_ps)
        for store in self._memory:
            store()

    def _go_on(self) -> None:
        for block, actions in list(self._waiting.items()):
            while actions and not getattr(block, "finishing", False):
                actions.popleft()()
            if not actions:
                del self._waiting[block]
