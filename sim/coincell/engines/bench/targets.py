"""What speed is asked for, and whether a run of the benchmark has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coincell.engines.bench.measurement import EMPTY_CACHE, WARM, Measurement, Start

TIMES = {("network", "qemu"): 3.0, ("branchy", "qemu"): 1.0, ("network", "unicorn"): 15.0}
"""Speed with a warm cache over that of another emulator, at least."""
COLD_START_S = 4.0
"""From the start of the process to its end, nothing cached, at most [s]."""


@dataclass(frozen=True)
class Verdict:
    """Whether one target is met. `value` decides; `other` is the same measured less kindly, or without the
    disturbance of other processes. Both are times another speed, or seconds."""

    target: str
    limit: float
    value: float
    other: float
    unit: str
    met: bool


def verdicts(measurements: Sequence[Measurement], starts: Sequence[Start]) -> tuple[Verdict, ...]:
    """Of every target for which both sides were measured."""
    found = []
    for (program, engine), limit in TIMES.items():
        rows = [m for m in measurements if m.program == program]
        warm = next((m for m in rows if m.tier == WARM), None)
        base = next((m for m in rows if m.engine == engine), None)
        if warm is not None and base is not None:
            running, everything = warm.steady / base.per_second, warm.per_second / base.per_second
            text = f"{program}: {limit:g} times {base.tier}"
            found.append(Verdict(text, limit, running, everything, "times", running >= limit))
    for start in starts:
        if start.tier == EMPTY_CACHE:
            text = f"{start.program}: {COLD_START_S:g} s with an empty cache"
            met = start.wall_s < COLD_START_S
            found.append(Verdict(text, COLD_START_S, start.wall_s, start.cpu_s, "s", met))
    return tuple(found)
