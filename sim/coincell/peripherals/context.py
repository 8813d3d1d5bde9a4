"""What every block is given: time, memory, its interrupt, energy, pins, and the board's wires."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from coincell.peripherals.fabric import Fabric
from coincell.ports import (
    AnalogSource,
    I2cDevice,
    I2sSource,
    IrqLine,
    Memory,
    PdmSource,
    Pin,
    PowerComponent,
    RadioMedium,
    SerialPort,
    SpiDevice,
)
from coincell.simtime import Clock, Simulation


class ClockProvider(Protocol):
    """The chip's clock block, as its other blocks see it."""

    @property
    def lfclk(self) -> Clock | None:
        """The low-frequency clock, counting its own cycles, or None while it is stopped."""

    def on_lfclk_change(self, action: Callable[[], None]) -> None:
        """Call `action` after the low-frequency clock starts, stops or changes its frequency."""

    def request_hfclk(self, who: str) -> None:
        """`who` needs the high-frequency clock until it releases it. Twice is once."""

    def release_hfclk(self, who: str) -> None:
        """`who` needs it no more."""


@dataclass
class Clocks:
    """Where a chip's clock block announces itself. Without one, requests go nowhere and LFCLK stands."""

    provider: ClockProvider | None = None
    waiting: list[Callable[[], None]] = field(default_factory=list)

    @property
    def lfclk(self) -> Clock | None:
        return self.provider.lfclk if self.provider else None

    def on_lfclk_change(self, action: Callable[[], None]) -> None:
        self.waiting.append(action)
        if self.provider:
            self.provider.on_lfclk_change(action)

    def request_hfclk(self, who: str) -> None:
        if self.provider:
            self.provider.request_hfclk(who)

    def release_hfclk(self, who: str) -> None:
        if self.provider:
            self.provider.release_hfclk(who)

    def provide(self, provider: ClockProvider) -> None:
        """The clock block is there now; actions registered before it follow it too."""
        self.provider = provider
        for action in self.waiting:
            provider.on_lfclk_change(action)


@dataclass(frozen=True)
class Wave:
    """A steady square wave: a pin as another block or part sees it, without its edges being simulated."""

    freq_hz: Fraction
    since_ps: int
    """When a period began."""


@dataclass
class Wiring:
    """What the board connects to the chip's pins. Keys are pin names such as "P0.13"."""

    serial: Mapping[str, SerialPort] = field(default_factory=dict)
    """TXD pin to the far end."""
    serial_in: dict[str, Callable[[int], None]] = field(default_factory=dict)
    """RXD pin to the UART that listens there now; UARTs keep this up to date. Call it with each byte when its
    stop bit is over."""
    pdm: Mapping[tuple[str, str], PdmSource] = field(default_factory=dict)
    """(CLK, DIN) pins to the microphone(s)."""
    i2s: Mapping[str, I2sSource] = field(default_factory=dict)
    """SDIN pin to the part that sends there."""
    waves: dict[str, Wave] = field(default_factory=dict)
    """Pin to the wave that a block makes there now; PWM keeps this up to date, and publishes "waves"."""
    i2c: Mapping[tuple[str, str], Mapping[int, I2cDevice]] = field(default_factory=dict)
    """(SCL, SDA) pins to the devices by 7-bit address."""
    spi: Mapping[str, SpiDevice] = field(default_factory=dict)
    """SCK pin to the device; its chip select is a pin that the device watches."""
    analog: Mapping[str, AnalogSource] = field(default_factory=dict)
    """Pin name, or "VDD" or "VDDH", to its voltage."""
    die_temperature_c: Callable[[int], float] = lambda _: 25.0
    """Temperature of the chip [degrees Celsius] at a time [ps]."""
    radio: RadioMedium | None = None
    radio_in: list[Callable[..., bool]] = field(default_factory=list)
    """`Radio.hear` of every radio of the chip, for the medium to call."""


def _nothing(*_: object) -> None:
    return None


@dataclass
class ChipHooks:
    """What blocks ask of the chip around them. The composition root replaces these."""

    system_off: Callable[[], None] = _nothing
    """Everything stops until a wake-up source fires."""
    reset: Callable[[str], None] = _nothing
    """Reset the chip; the reason is named as in RESETREAS ("DOG", "OFF", ...)."""
    stall_core: Callable[[int], None] = _nothing
    """The core executes nothing until this time [ps] (flash is busy)."""
    icache_changed: Callable[[bool], None] = _nothing
    """The instruction cache was switched on or off."""
    flash_wait_changed: Callable[[int], None] = _nothing
    """Flash takes so many wait states from now on, besides what the chip's timing says of none."""
    deep_sleep: Callable[[], bool] = lambda: False
    """Whether SCR.SLEEPDEEP is set: sleep is to be a deeper one."""
    icache_counters: Callable[[], tuple[int, int]] | None = None
    """Hits and misses of the instruction cache so far; None where nobody counts them."""


@dataclass(frozen=True)
class BlockContext:
    """Everything a block may know. `irq` is its own; the rest is shared by the blocks of a chip."""

    sim: Simulation
    memory: Memory
    irq: IrqLine
    power: Callable[[str], PowerComponent]
    """The energy component of that name. Called once per component, when a block is built."""
    pin: Callable[[str], Pin]
    """The net that a pin ("P0.13") is on."""
    unmodelled: Callable[[str, str], None]
    """Told block and register names of an access to something not modelled; raises in strict mode."""
    flash: Memory | None = None
    """Non-volatile memory, with the controller's right to write it."""
    seed: int = 0
    fabric: Fabric = field(default_factory=Fabric)
    clocks: Clocks = field(default_factory=Clocks)
    wiring: Wiring = field(default_factory=Wiring)
    hooks: ChipHooks = field(default_factory=ChipHooks)
