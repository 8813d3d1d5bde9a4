"""The seam between a scenario and what runs it: a request goes in, a result comes out.

`native` is the embedded engine; others implement `Engine` too. All times are picoseconds since reset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

from coincell.image import FirmwareImage
from coincell.ports import Signal


@dataclass(frozen=True)
class Marker:
    """A stretch of firmware worth measuring: from each call of `function` to its return.

    `capture_entry` and `capture_return` name symbols whose memory is copied at those moments.
    """

    name: str
    function: str
    capture_entry: tuple[str, ...] = ()
    capture_return: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunRequest:
    """One experiment: a board (a validated description), an image, what the sensors feel, how long."""

    board: Any  # describe.BoardDescription; typed there
    image: FirmwareImage
    duration_ps: int
    signals: Mapping[str, Signal] = field(default_factory=dict)
    """Board input name (for instance "microphone") to what it senses."""
    markers: tuple[Marker, ...] = ()
    seed: int = 0
    strict: bool = False
    """An access to something not modelled is an error instead of a line in the report."""
    tier: str = "auto"
    """"auto", "interpret", "compile" or "random:SEED": what runs the core. Never changes results."""
    observe: Any = None  # observe.Wanted; typed there
    """What is to be seen of the run beside its result. Never changes results."""
    keep_samples: bool = False
    """The result brings the samples that sensors gave (`RunResult.samples`). Never changes results."""


@dataclass(frozen=True)
class ConsoleLine:
    """A line of text that the board sent; `time_ps` is when its last byte was complete."""

    time_ps: int
    port: str
    text: str


@dataclass(frozen=True)
class Edge:
    """A net of the board changed level."""

    time_ps: int
    net: str
    level: bool


@dataclass(frozen=True)
class Span:
    """One passage through a Marker."""

    marker: str
    start_ps: int
    end_ps: int
    start_cycle: int
    end_cycle: int
    captured: Mapping[str, bytes]
    """Keys are "entry:SYMBOL" and "return:SYMBOL"."""


@dataclass(frozen=True)
class Packet:
    """A radio packet on the air."""

    start_ps: int
    end_ps: int
    freq_mhz: int
    power_dbm: int
    payload: bytes


@dataclass(frozen=True)
class StateChange:
    """A component entered a state, or had events."""

    time_ps: int
    component: str
    state: str


@dataclass(frozen=True)
class ChargeEvent:
    """A component had `count` events at one time."""

    time_ps: int
    component: str
    event: str
    count: int


@dataclass(frozen=True)
class CoreCounters:
    """What one core did."""

    core: str
    freq_hz: int
    cycles: int
    """Cycles while awake."""
    instructions: int
    active_ps: int
    sleep_ps: int
    timing_model: str
    timing_validated: bool


@dataclass(frozen=True)
class MemoryUse:
    """Bytes that the image occupies and the firmware used."""

    flash_used: int
    flash_size: int
    ram_static: int
    ram_size: int
    stack_high_water: int
    stack_size: int | None


@dataclass(frozen=True)
class Unmodelled:
    """Accesses to a register that the machine does not model."""

    block: str
    register: str
    count: int
    first_pc: int


@dataclass(frozen=True)
class Taken:
    """The quantised samples that left a sensor."""

    rate_hz: Fraction
    n_channels: int
    data: bytes
    """16-bit, little-endian, channels of a sample side by side."""
    first_buffer: int
    """How many of them the first transfer brought."""


@dataclass(frozen=True)
class EngineReport:
    """What a reader must know of an engine that is not the native one."""

    program: str
    """Its name and version."""
    notes: tuple[str, ...]
    """How this run was made to fit it, and what of the board it lacks: a sentence each."""
    deviations: tuple[str, ...]
    """What its models do otherwise than the chip, with the place in their source."""


@dataclass(frozen=True)
class RunResult:
    """Everything that happened, exactly. Energy and verdicts are computed from this alone."""

    engine: str
    board: str
    duration_ps: int
    console: tuple[ConsoleLine, ...]
    edges: tuple[Edge, ...]
    spans: tuple[Span, ...]
    packets: tuple[Packet, ...]
    states: tuple[StateChange, ...]
    events: tuple[ChargeEvent, ...]
    cores: tuple[CoreCounters, ...]
    memory: MemoryUse
    unmodelled: tuple[Unmodelled, ...]
    sample_digests: Mapping[str, str]
    """Input name to the SHA-256 of the quantised samples that left its sensor."""
    exit_code: int | None = None
    """What the firmware passed to semihosting's exit, if it did."""
    tiers: Mapping[str, int] = field(default_factory=dict)
    """Instructions per tier. Reported apart from the result document: it may differ between runs."""
    recording: Any = None  # observe.Recording; typed there
    """What was seen, where `observe` asked for counts. Not part of the result document."""
    samples: Mapping[str, Taken] = field(default_factory=dict)
    """Board input to what its sensor gave, where that was asked for. Not part of the result document."""
    engine_report: EngineReport | None = None


Progress = Callable[[int], None]
"""Called now and then with the simulated time [ps]."""


class Engine(Protocol):
    """Runs a scenario's machine. What it cannot do it refuses by name with InputError."""

    name: str

    def run(self, request: RunRequest, progress: Progress | None = None) -> RunResult:
        """Run to the end of `duration_ps`, or until the firmware exits.

        Raises FirmwareCrash when the core locks up or faults without a handler.
        """
