"""Where the time goes: samples of the program counter at deterministic moments."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from coincell.cpu.state import R
from coincell.machine import Processor

FIRST_PS = 20_000_000
"""20 us between the first samples."""
RELATIVE = 1000
"""Later, samples are a thousandth of the time run so far apart: enough for short runs, few for long."""
_GOLDEN = 0x9E3779B97F4A7C15
"""2**64 / golden ratio: multiples of it spread evenly, so samples do not lock on to what is periodic."""


@dataclass(frozen=True)
class Share:
    """`function` ("?" where there is no symbol) took this share of the time the core was awake."""

    function: str
    ratio: float


class Profiler:
    """`run` is as Processor.run, and takes samples. They do not change what happens."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._weights: Counter[str] = Counter()
        self._start_ps = processor.time
        self._number = 0

    @property
    def time(self) -> int:
        """Local time [ps]."""
        return self._processor.time

    @property
    def finished(self) -> bool:
        """The firmware left."""
        return self._processor.finished

    def run(self, limit_ps: int) -> None:
        """Each stretch of time is sampled once, somewhere within, and counts by its length."""
        while self._processor.time < limit_ps and not self.finished:
            length = max(FIRST_PS, self._start_ps // RELATIVE)
            place = (self._number * _GOLDEN % 2**64) * length >> 64
            if self._processor.time < self._start_ps + place:
                self._processor.run(min(limit_ps, self._start_ps + place))
                continue
            self._sample(length)
            self._number += 1
            self._start_ps += length

    def _sample(self, length_ps: int) -> None:
        core = self._processor.core
        if not core.sleeping:
            function = self._processor.image.function_at(core.state.words[R + 15])
            self._weights[function.name if function else "?"] += length_ps

    @property
    def shares(self) -> tuple[Share, ...]:
        """The largest first."""
        total = self._weights.total()
        ordered = sorted(self._weights.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Share(name, weight / total) for name, weight in ordered)
