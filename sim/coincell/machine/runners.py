"""Several cores in one simulated time: who runs next, and until when.

The rules: whoever is furthest behind runs, the first of the list where two are equal; it runs to the next
multiple of the quantum, or until it is about to touch something shared. It then returns before the access
and makes it when it is furthest behind again. So shared accesses happen in order of (time, place in the
list), however time is cut into slices. One runner alone needs no quantum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

QUANTUM_PS = 1_000_000
"""1 us: how far one core may run ahead of another that it shares unannounced memory with."""
SLICE_PS = 10_000_000_000
"""10 ms: how often progress is told, at most."""
TOLD = 1000
"""How often it is told in a long run, so that sleeping for days costs no more than the wakings."""


class Runner(Protocol):
    """One core, or anything else that executes by itself."""

    @property
    def time(self) -> int:
        """Local time [ps]."""

    @property
    def finished(self) -> bool:
        """Nothing runs any more: the firmware left, or crashed."""

    def run(self, limit_ps: int) -> None:
        """Go on until local time is at least `limit_ps`, or until just before a shared access."""


class Schedule:
    """Runs `runners`, in this order where times are equal."""

    def __init__(self, runners: Sequence[Runner], quantum_ps: int = QUANTUM_PS) -> None:
        self._runners = tuple(runners)
        self._quantum_ps = quantum_ps if len(runners) > 1 else 0

    def run(
        self,
        end_ps: int,
        progress: Callable[[int], None] | None = None,
        slice_ps: int | None = None,
    ) -> None:
        """Until everybody's local time is at least `end_ps`, or until one has finished.

        `progress` is called with the time about every `slice_ps`, else as SLICE_PS says; neither changes what
        happens.
        """
        told_ps = min(runner.time for runner in self._runners)
        if slice_ps is None:
            slice_ps = max(SLICE_PS, (end_ps - told_ps) // TOLD)
        while not any(runner.finished for runner in self._runners):
            runner = min(self._runners, key=lambda r: r.time)
            now = runner.time
            if progress is not None and now >= told_ps + slice_ps:
                told_ps = now
                progress(now)
            if now >= end_ps:
                return
            limit = min(end_ps, now - now % slice_ps + slice_ps) if progress is not None else end_ps
            if self._quantum_ps:
                limit = min(limit, now - now % self._quantum_ps + self._quantum_ps)
            runner.run(limit)
