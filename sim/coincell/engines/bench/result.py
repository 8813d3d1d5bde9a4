"""What the benchmark measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1
"""Version of the JSON document."""


@dataclass(frozen=True)
class Measurement:
    """One program on one engine in one way. Seconds are from the first guest instruction to the last.

    `cpu_s` counts every thread and child process. `instructions` of other emulators are ours on the same
    image: they run the same instructions, which `answer` shows.
    """

    program: str
    engine: str
    """ "coincell", "unicorn" or "qemu"."""
    tier: str
    instructions: int
    wall_s: float
    cpu_s: float
    compile_s: float = 0.0
    """Part of `cpu_s`: finding regions, translating, LLVM, linking, loading from the cache."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Of the instructions (interpreted, compiled), and of samples (quick, thorough)."""
    regions_compiled: int = 0
    regions_loaded: int = 0
    bus_accesses: int = 0
    """Accesses outside flash and RAM: each is a call out of compiled code."""
    float_calls: int = 0
    """Floating-point operations that compiled code could not do inline."""
    answer: str | None = None
    """What the program computed; None when it was cut short."""

    @property
    def per_second(self) -> float:
        """Guest instructions per CPU second, everything included [1/s]."""
        return self.instructions / self.cpu_s

    @property
    def steady(self) -> float:
        """Guest instructions per CPU second, compiling left out [1/s]."""
        return self.instructions / max(self.cpu_s - self.compile_s, 1e-9)

    @property
    def bus_per_million(self) -> float:
        """Accesses outside flash and RAM, per million instructions."""
        return self.bus_accesses * 1e6 / self.instructions


@dataclass(frozen=True)
class BenchResult:
    """A whole run. `timing` says which cost models were in use; `host` is where it ran."""

    measurements: tuple[Measurement, ...]
    timing: str
    host: str
    load: float
    """Load average of the host when the run began; nan where there is none."""
    missing: Mapping[str, str]
    """Emulators that were not measured, and why."""

    def of(self, program: str) -> tuple[Measurement, ...]:
        """The measurements of one program, in order."""
        return tuple(m for m in self.measurements if m.program == program)

    @property
    def programs(self) -> tuple[str, ...]:
        """Programs that were run."""
        return tuple(dict.fromkeys(m.program for m in self.measurements))

    @property
    def disagreements(self) -> tuple[str, ...]:
        """Programs whose answers differ between engines or tiers: then no speed means anything."""
        return tuple(p for p in self.programs if len({m.answer for m in self.of(p)} - {None}) > 1)

    def document(self) -> dict[str, Any]:
        """For JSON."""
        rows = [
            asdict(m)
            | {
                "instructions_per_s": m.per_second,
                "steady_per_s": m.steady,
                "bus_per_million": m.bus_per_million,
            }
            for m in self.measurements
        ]
        return {
            "format": FORMAT,
            "host": self.host,
            "load": None if self.load != self.load else self.load,
            "timing": self.timing,
            "missing": dict(self.missing),
            "disagreements": list(self.disagreements),
            "measurements": rows,
        }
