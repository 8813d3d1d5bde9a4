"""The seams between rooms: small Protocols that ground rooms own and upper rooms implement.

A peripheral knows these and nothing of the core, the ledger or the board it sits on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


class IrqLine(Protocol):
    """One interrupt input of the core's controller. A block drives its level."""

    def set(self, level: bool) -> None:
        """Drive the line. While high, the interrupt pends again as soon as its handler returns."""


class Memory(Protocol):
    """What a DMA engine sees: memory by bus address. Writing marks translated code as stale."""

    def read_block(self, address: int, size: int) -> bytes:
        """`size` bytes at `address`. Raises BusFault where there is no memory."""

    def write_block(self, address: int, data: bytes) -> None:
        """Store `data` at `address`. Raises BusFault where there is no writable memory."""


class BusFault(Exception):  # noqa: N818 - Arm's name for it
    """An access that no memory and no block answers."""

    def __init__(self, address: int, write: bool = False) -> None:
        super().__init__(f"{'write to' if write else 'read of'} unmapped address 0x{address:08x}")
        self.address = address
        self.write = write


class BusBlock(Protocol):
    """A block on the bus: registers at `base`, `size` bytes of address space."""

    name: str
    base: int
    size: int

    def read(self, offset: int, width: int) -> int:
        """Read `width` bytes (1, 2 or 4) at `offset`; time is already that of the access."""

    def write(self, offset: int, width: int, value: int) -> None:
        """Write `width` bytes at `offset`; time is already that of the access."""

    def reset(self) -> None:
        """Return to the state after a reset of the chip."""


class PowerComponent(Protocol):
    """One thing that draws current, as the energy ledger sees it. Calls take effect at the present time."""

    def enter(self, state: str) -> None:
        """Be in `state` from now on. Raises MissingFigureError when the description has no such state."""

    def count(self, event: str, n: int = 1) -> None:
        """`n` events that each cost the charge the description gives."""


class Pin(Protocol):
    """One electrical net. Several parties may drive it; the level is what they agree on."""

    name: str

    @property
    def level(self) -> bool:
        """The level now (an undriven net reads its pull, or low)."""

    def drive(self, who: str, level: bool | None) -> None:
        """`who` drives the net high or low, or lets go (None)."""

    def pull(self, who: str, level: bool | None) -> None:
        """`who` pulls the net up or down through a resistor, or no longer (None). Any driver is stronger."""

    def watch(self, action: Callable[[bool], None]) -> None:
        """Call `action(level)` after each change."""


@dataclass(frozen=True)
class Label:
    """Truth about a stretch of a signal: `name` holds from `start_s` to `end_s` [s]."""

    start_s: float
    end_s: float
    name: str


class Signal(Protocol):
    """A pure function of time: the same numbers however it is cut into pieces."""

    rate_hz: Fraction
    unit: str
    n_channels: int
    labels: tuple[Label, ...]

    def samples(self, start: int, count: int) -> Samples:
        """Samples [unit] number `start` to `start + count`, shape (count, n_channels)."""


@runtime_checkable
class Recorded(Signal, Protocol):
    """A signal that somebody recorded, and that ends."""

    recorded_s: float
    """How long it is [s]."""
    afterwards: str
    """What follows it, in words."""


class PdmSource(Protocol):
    """What a PDM input is wired to: a microphone that the block clocks."""

    def clock(self, freq_hz: Fraction | None) -> None:
        """The clock line now runs at `freq_hz`, or stops (None).

        Raises InputError when the part cannot take that frequency.
        """

    def density(self, start_ps: int, rate_hz: Fraction, count: int, right: bool) -> Samples:
        """Ones density of the bit stream, as -1..+1 of full scale, averaged over each of `count`
        periods of `rate_hz` beginning at `start_ps`; `right` selects the edge. Shape (count,).
        """


class I2sSource(Protocol):
    """What an I2S input is wired to: a part that puts a word into each frame."""

    def clock(self, sck_hz: Fraction | None, ws_hz: Fraction | None) -> None:
        """Bit clock and word select now run at these frequencies, or stop (None).

        Raises InputError when the part cannot take them.
        """

    def words(self, start_ps: int, rate_hz: Fraction, count: int) -> NDArray[np.int32]:
        """What stands in `count` frames of `rate_hz` beginning at `start_ps`: left and right, as the signed
        number that the first 24 bits of each half make. Shape (count, 2)."""


class I2cDevice(Protocol):
    """A target on a two-wire bus."""

    def start(self, read: bool) -> bool:
        """Addressed for reading or writing; True acknowledges."""

    def write(self, byte: int) -> bool:
        """A byte from the controller; True acknowledges."""

    def read(self) -> int:
        """The next byte for the controller."""

    def stop(self) -> None:
        """The transfer is over."""


class SpiDevice(Protocol):
    """A target on a serial peripheral bus."""

    def select(self, active: bool) -> None:
        """Its chip select became active or inactive."""

    def exchange(self, byte: int) -> int:
        """Shift one byte in and one out."""


class SerialPort(Protocol):
    """The far end of a UART."""

    def receive(self, byte: int) -> None:
        """A byte arrived here, completely, now."""


class RadioMedium(Protocol):
    """The air: packets sent are recorded; listeners may answer."""

    def transmit(self, start_ps: int, end_ps: int, freq_mhz: int, power_dbm: int, payload: bytes) -> None:
        """A packet was on the air from `start_ps` to `end_ps`; `payload` is address to CRC, exclusive."""


class AnalogSource(Protocol):
    """A voltage that an ADC input sees."""

    def voltage(self, time_ps: int) -> float:
        """The voltage [V] at `time_ps`."""
