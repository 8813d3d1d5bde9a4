"""One thing that the benchmark measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

COLD, WARM = "auto, cold", "auto, warm"
"""Tiers as they are used: with an empty cache of compiled code, and with what that run left there."""
EMPTY_CACHE, FULL_CACHE = "empty cache", "full cache"


@dataclass(frozen=True)
class Measurement:
    """One program on one engine in one way. Seconds are from the first guest instruction to the last.

    `cpu_s` counts every thread and child process. `instructions` of others are ours on the same image: other
    emulators run the same, and the host's own program does the same work, which `answer` shows.
    """

    program: str
    engine: str
    """ "coincell", "unicorn", "qemu" or "host"."""
    tier: str
    instructions: int
    wall_s: float
    cpu_s: float
    compile_s: float = 0.0
    """Part of `cpu_s`: finding and watching regions, translating, LLVM (beside the guest too), linking, and
    loading from the cache."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Of the instructions: interpreted (counted), quick and thorough (by samples; absent without any)."""
    regions_compiled: int = 0
    regions_loaded: int = 0
    bus_accesses: int = 0
    """Accesses outside flash and RAM that called Python; the first read of a register by compiled code counts
    twice, because it also asks what kind of register that is."""
    polled: int = 0
    """Reads of registers that compiled code answered without Python."""
    float_calls: int = 0
    """Floating-point operations that compiled code could not do inline."""
    answer: str | None = None
    """What the program computed; None when it was cut short."""
    longer: bool = False
    """Whether it ran more rounds than the others, so that its beginning does not count."""

    @property
    def per_second(self) -> float:
        """Guest instructions per CPU second, everything included [1/s]."""
        return self.instructions / self.cpu_s

    @property
    def steady(self) -> float:
        """Guest instructions per CPU second, compiling left out [1/s]."""
        return self.instructions / max(self.cpu_s - self.compile_s, 1e-9)

    def per_million(self, count: int) -> float:
        """So many, per million instructions."""
        return count * 1e6 / self.instructions


@dataclass(frozen=True)
class Start:
    """One program in a process of its own. Seconds are from the process's start to its end.

    `cpu_s` counts every thread and child.
    """

    program: str
    engine: str
    tier: str
    instructions: int
    wall_s: float
    cpu_s: float
    answer: str | None
