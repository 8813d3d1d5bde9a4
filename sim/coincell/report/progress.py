"""A progress bar on a terminal; nothing at all in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from coincell.simtime import PS_PER_S


@contextmanager
def progress(title: str, total_s: float) -> Iterator[Callable[[int], None]]:
    """A function to call with the simulated time [ps]; the bar is gone when the block ends."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.1f} of {task.total:g} s simulated"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title[:40], total=total_s)
        yield lambda time_ps: bar.update(task, completed=time_ps / PS_PER_S)


@contextmanager
def share(title: str) -> Iterator[Callable[[float, str], None]]:
    """A function to call with the share that is done (0 to 1) and what is being done."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _share, _what: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda done, what: bar.update(task, completed=done, description=f"{title}: {what}"[:60])
