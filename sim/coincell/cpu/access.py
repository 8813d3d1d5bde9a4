"""Loads, stores and fetches of one core, with their time and their faults (ARMv7-M ARM B2, B3.1)."""

from __future__ import annotations

from struct import pack, unpack
from typing import TYPE_CHECKING

from coincell.cpu.faults import (
    CoreFault,
    data_bus_error,
    execute_never,
    fetch_bus_error,
    unaligned,
    unprivileged_access,
)
from coincell.cpu.interpreter import CoreMemory
from coincell.cpu.mpu import is_private
from coincell.cpu.state import CYCLES
from coincell.ports import BusFault

if TYPE_CHECKING:
    from coincell.cpu.core import Core

PPB = 0xE0000000
"""The private peripheral bus starts here: no wait states, not seen by DMA."""
STIR = 0xE000EF00


class CoreAccess(CoreMemory):
    """What the core's own accesses do. Its bus knows neither time nor privilege."""

    def __init__(self, core: Core) -> None:
        self.core, self.bus = core, core.bus
        self._wides = core.state.wides
        self.guarded = False
        """Every access is looked at, and instructions run one at a time (see `cpu.guarded`)."""
        self.acts_unprivileged = False
        """The present instruction is an LDRT or STRT (told only while guarded)."""

    def load(self, address: int, size: int, aligned: bool = False) -> int:
        if address & (size - 1):
            self._misaligned(address, size, aligned, self.core.pipeline.unaligned)
        if self.guarded:
            self._check(address, size, False)
        memory = self.bus.memory_at(address, size)
        if memory is not None:
            if not memory.writable:
                self._wides[CYCLES] += self.core.timing.data_wait
            at = address - memory.base
            value = int.from_bytes(memory.data[at : at + size], "little")
            if self.guarded:
                self._watch(address, size, False, value)
            return value
        self._reach(address)
        try:
            value = self.bus.read(address, size)
        except BusFault as fault:
            self._data_fault(data_bus_error(fault.address, False))
            return 0
        self._leave(address)
        if self.guarded:
            self._watch(address, size, False, value)
        return value

    def store(self, address: int, value: int, size: int, aligned: bool = False) -> None:
        if address & (size - 1):
            self._misaligned(address, size, aligned, self.core.pipeline.unaligned_store)
        if self.guarded:
            self._check(address, size, True)
        memory = self.bus.memory_at(address, size)
        if memory is None or not memory.writable:
            self._reach(address)
        try:
            self.bus.write(address, size, value)
        except BusFault as fault:
            self._data_fault(data_bus_error(fault.address, True, memory is not None))
        if memory is None or not memory.writable:
            self._leave(address)
        if self.guarded:
            self._watch(address, size, True, value)

    def _check(self, address: int, size: int, write: bool) -> None:
        if self.core.mpu.enabled:
            self.core.mpu.check_data(address, size, write, self._access_privileged)

    def _watch(self, address: int, size: int, write: bool, value: int) -> None:
        if self.core.watch.armed:
            self.core.watch.accessed(address, size, write, value)

    def _data_fault(self, fault: CoreFault) -> None:
        """Raise it, unless CCR.BFHFNMIGN lets code at priority -1 or -2 probe the bus (B3.2.8)."""
        if not self.core.configuration >> 8 & 1 or self.core.exceptions.execution_priority() >= 0:
            raise fault from None
        self.core.faults.record(fault)

    def _misaligned(self, address: int, size: int, aligned: bool, costs: tuple[int, int]) -> None:
        if aligned or not self.core.options.unaligned_access or self.core.configuration >> 3 & 1:
            raise unaligned(address)
        # A halfword splits into two accesses at most, a word at an odd address into three.
        self._wides[CYCLES] += costs[address & 1 if size == 4 else 0]

    def _leave(self, address: int) -> None:
        """After an access outside the memories: the single-cycle I/O port has no second cycle."""
        if self.core.timing.on_io_port(address):
            self._wides[CYCLES] = max(self._wides[CYCLES] - 1, 0)
        self.core.after_access()

    def _reach(self, address: int) -> None:
        """Let everything due by the moment of this access happen first."""
        if address < PPB and not self.core.timing.on_io_port(address):
            self._wides[CYCLES] += self.core.timing.bus_wait
        elif is_private(address) and not self._access_privileged and not self._open_to_all(address):
            raise unprivileged_access(address)
        self.core.sim.advance(self.core.clock.time_of(self._wides[CYCLES]))

    @property
    def _access_privileged(self) -> bool:
        return self.core.special.privileged and not self.acts_unprivileged

    def _open_to_all(self, address: int) -> bool:
        """Private peripherals for unprivileged code (B3.1.1): ITM ports; STIR if allowed."""
        return address < PPB + 0x1000 or (address & ~3 == STIR and bool(self.core.configuration >> 1 & 1))

    def fetch(self, address: int, size: int) -> int:
        """Instruction bytes. Raises CoreFault where nothing can be executed."""
        memory = self.bus.memory_at(address, size)
        if memory is None:
            # The default map's XN regions, MPU or not (B3.1, table B3-1).
            devices = 0x40000000 <= address < 0x60000000 or address >= 0xA0000000
            raise execute_never(address) if devices else fetch_bus_error(address)
        at = address - memory.base
        return int.from_bytes(memory.data[at : at + size], "little")

    # ---- frames and vectors ---------------------------------------------------------------------------
    def write_words(self, address: int, values: list[int]) -> None:
        """Consecutive words of a frame. Raises BusFault."""
        self.bus.write_block(address, pack(f"<{len(values)}I", *values))

    def read_words(self, address: int, n: int) -> tuple[int, ...]:
        """Consecutive words of a frame. Raises BusFault."""
        return unpack(f"<{n}I", self.bus.read_block(address, 4 * n))

    def read_vector(self, number: int) -> tuple[int, int]:
        """The address of a handler, and the cycles that reading it waits. Raises BusFault."""
        address = self.core.vector_table + 4 * number
        vector, memory = self.bus.read(address, 4), self.bus.memory_at(address)
        return vector, 0 if memory is None or memory.writable else self.core.timing.data_wait
