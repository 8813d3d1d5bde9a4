"""A chip: its core, memories, blocks, timing models and what each part of it draws."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from coincell.describe import units
from coincell.describe.figures import Current, Kind, Number, Voltage
from coincell.describe.model import Described, Name, Positive
from coincell.describe.power import PowerDescription

Core = Literal[
    "cortex-m0",
    "cortex-m0plus",
    "cortex-m3",
    "cortex-m4",
    "cortex-m4f",
    "cortex-m7",
    "cortex-m7+fp.dp",
    "cortex-m33",
    "cortex-m33+nodsp+nofp",
]
"""As gcc's -mcpu names them; "cortex-m4f" is a "cortex-m4" with its FPU."""


def _size(value: Any) -> Any:
    """Bytes as an integer, or as text with a binary suffix: "256K", "2M"."""
    if isinstance(value, str) and value[:-1].isdigit() and value[-1:] in ("K", "M"):
        return int(value[:-1]) << (10 if value[-1] == "K" else 20)
    return value


Size = Annotated[int, BeforeValidator(_size), Field(gt=0, le=1 << 32)]
Address = Annotated[int, Field(ge=0, lt=1 << 32)]


class CoreDescription(Described):
    """Which core, and what its implementer chose."""

    type: Core
    fpu: bool = False
    priority_bits: int = Field(ge=2, le=8)
    irqs: int = Field(ge=1, le=480)
    """External interrupt lines."""
    mpu_regions: int = Field(default=0, ge=0, le=16)
    bitband: bool = False
    systick: bool = True
    vtor: bool = True
    """Optional on Armv6-M cores only, both of them."""
    systick_divider: int = Field(default=0, ge=0, le=1 << 16)
    """SysTick's reference clock is the core's divided by this (8 on STM32); 0 where there is none (NOREF)."""
    dwt_comparators: int = Field(default=0, ge=0, le=15)
    security: Literal["none", "secure", "nonsecure"] = "none"
    """The state of Armv8-M's Security Extension that firmware runs in; it does not change."""
    source: str = Field(min_length=3)


class MemoryDescription(Described):
    """A stretch of flash or RAM on the bus."""

    name: Name
    kind: Literal["flash", "ram"]
    base: Address
    size: Size
    alias_of: Name | None = None
    """Shows the bytes of that memory at another address."""
    page_size: Size | None = None
    """Bytes erased at once, for flash."""


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return float(units.exact(value)) if isinstance(value, Decimal) else value


class BlockDescription(Described):
    """One on-chip block: the registers of `type` at `base`."""

    name: Name
    type: Name
    base: Address
    size: Size | None = None
    """Bytes of address space; without it, what the block's type says."""
    irq: int | None = Field(default=None, ge=0, lt=480)
    options: dict[str, Any] = Field(default_factory=dict)
    """What the block's type needs to know; the type checks it."""

    @field_validator("options", mode="before")
    @classmethod
    def _plain_numbers(cls, value: Any) -> Any:
        return _plain(value)


class ClockDescription(Described):
    """The core's clock after reset."""

    cpu_hz: Positive
    source: str = Field(min_length=3)
    limits: str = ""
    """What firmware is refused for, in a sentence: a board's page says it."""

    @property
    def freq_hz(self) -> Fraction:
        """Exact frequency of the core [Hz]."""
        return self.cpu_hz


class MemoryTiming(Described):
    """A constant of the memory system: `value` in the unit that `name` says, with its source."""

    value: int
    kind: Kind
    source: str = Field(min_length=3)


class TimingDescription(Described):
    """Which models charge cycles, and whether anybody compared them with hardware."""

    pipeline: Name
    memory_system: Name
    parameters: dict[str, MemoryTiming] = Field(default_factory=dict)
    validated: bool = False
    validated_by: str = ""


class RegulatorDescription(Described):
    """The component whose present state says which mode's figures hold."""

    component: Name
    modes: tuple[str, ...] = Field(min_length=1)
    initial: str


class SupplyDescription(Described):
    """Between which voltages the chip works."""

    min_v: Voltage
    max_v: Voltage


class Overlap(Described):
    """`component` in `state` draws `figures` (per regulator mode) while another is in one of `states`.

    Data sheets give whole scenarios: a running core's current holds that of its clock already.
    """

    component: Name
    state: str
    other: Name = Field(alias="while")
    states: tuple[str, ...] = Field(min_length=1)
    figures: dict[str, Current] = Field(min_length=1)


class ChipDescription(Described):
    """A microcontroller, complete: what the machine is composed of and what the ledger needs."""

    name: Name
    title: str
    vendor: str
    family: Name
    """HAL folder: firmware/hal/<family>."""
    core: CoreDescription
    clock: ClockDescription
    memory: tuple[MemoryDescription, ...] = Field(min_length=1)
    block: tuple[BlockDescription, ...] = ()
    pins: tuple[str, ...] = ()
    """Port names with their number of pins: "P0:32" is P0.00 to P0.31."""
    timing: TimingDescription
    supply: SupplyDescription
    regulator: RegulatorDescription | None = None
    power: tuple[PowerDescription, ...] = ()
    overlap: tuple[Overlap, ...] = ()
    constants: dict[str, Number] = Field(default_factory=dict)
    """Other figures of the chip: `wake_us`, from a wake-up event to the first instruction."""

    def pin_names(self) -> tuple[str, ...]:
        """Every pin, as boards write it: "P0.00" …"""
        names: list[str] = []
        for port in self.pins:
            prefix, _, count = port.partition(":")
            names += [f"{prefix}.{n:02}" for n in range(int(count or 0))]
        return tuple(names)

    def component_power(self) -> dict[str, PowerDescription]:
        """Component name -> its states and events."""
        return {component: table for table in self.power for component in table.components}

    def memory_total(self, kind: Literal["flash", "ram"]) -> int:
        """Bytes of `kind`, aliases not counted twice."""
        return sum(m.size for m in self.memory if m.kind == kind and m.alias_of is None)
