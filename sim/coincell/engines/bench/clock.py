"""A stopwatch for the host. Nothing inside a simulation sees it."""

from __future__ import annotations

import os
import time


def _cpu_s() -> float:
    """CPU seconds of this process, all its threads and the children it has waited for."""
    try:
        import resource
    except ImportError:  # Windows; os.times counts no children there either
        return time.process_time()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


class Stopwatch:
    """Runs from its creation."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu_s()

    @property
    def wall_s(self) -> float:
        """Seconds on the wall."""
        return time.perf_counter() - self._wall

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU: less disturbed by what else the host does."""
        return _cpu_s() - self._cpu


def load_average() -> float:
    """Processes that want a CPU, over the last minute; nan where the host does not say."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return float("nan")
