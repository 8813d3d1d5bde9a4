"""A stopwatch for the host. Nothing inside a simulation sees it."""

from __future__ import annotations

import os
import time


def _children_s() -> float:
    """CPU seconds of the children that this process has waited for."""
    try:
        import resource
    except ImportError:  # Windows; os.times counts no children there either
        return 0.0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Stopwatch:
    """Runs from its creation."""

    def __init__(self) -> None:
        self._wall, self._own, self._children = time.perf_counter(), time.process_time(), _children_s()

    @property
    def wall_s(self) -> float:
        """Seconds on the wall."""
        return time.perf_counter() - self._wall

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU, all threads and children: less disturbed by what else the host does."""
        return time.process_time() - self._own + self.children_s

    @property
    def children_s(self) -> float:
        """Seconds of CPU that children took, of those that have ended."""
        return _children_s() - self._children


def load_average() -> float:
    """Processes that want a CPU, over the last minute; nan where the host does not say."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return float("nan")
