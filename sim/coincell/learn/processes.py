"""Independent runs, side by side in processes of their own. How many there are changes no result."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

from coincell.errors import CoincellError

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(one: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> Iterator[Result]:
    """What `one`, which can be pickled, gives for each of `items`, in order, in up to `jobs` processes.

    Raises the CoincellError of the first item that fails.
    """
    jobs = min(jobs, len(items))
    if jobs < 2:
        yield from map(one, items)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin) as pool:
        try:
            for item, found in zip(items, pool.map(partial(_there, one), items), strict=True):
                yield found[0] if found else one(item)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def processors() -> int:
    """How many processes may run at a time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business


def _there(one: Callable[[Item], Result], item: Item) -> tuple[Result] | None:
    """None where it fails: run again by the parent it fails again, and there the error can be told."""
    try:
        return (one(item),)
    except CoincellError:
        return None
