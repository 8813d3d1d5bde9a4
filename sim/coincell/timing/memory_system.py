"""The memory system of a chip: what fetching from flash, reading data from it and the buses cost.

One mechanism with parameters: flash is fetched in lines; a fetch of another line than the last one costs
the flash's wait states, unless a set-associative cache with LRU replacement holds it. Data reads of flash
take their own path. RAM costs nothing extra.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MemoryTiming:
    """Costs in core cycles. Part of the key under which compiled code is kept."""

    line_bytes: int = 16
    """Bytes that one flash fetch delivers; also the cache's line."""
    fetch_wait: int = 0
    """Cycles that fetching a line from flash adds."""
    data_wait: int = 0
    """Cycles that a data read from flash adds."""
    bus_wait: int = 0
    """Cycles that an access to a peripheral adds."""
    cache_sets: int = 0
    """0: the instruction cache is off or absent."""
    cache_ways: int = 2
    io_port_base: int = 0
    io_port_bytes: int = 0
    """Addresses on a Cortex-M0+'s single-cycle I/O port: a load or store of one register takes one cycle
    there, not two (DDI 0484 table 3-1, note). Each access of LDM and STM is counted so: an estimate."""

    @property
    def line_shift(self) -> int:
        return self.line_bytes.bit_length() - 1

    def on_io_port(self, address: int) -> bool:
        return 0 <= address - self.io_port_base < self.io_port_bytes

    @property
    def has_fetch_cost(self) -> bool:
        return self.fetch_wait > 0
