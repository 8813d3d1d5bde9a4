"""A progress bar on a terminal; nothing at all in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from coincell.simtime import PS_PER_S


class Advance:
    """Call it with the simulated time [ps]. `line` prints a line without breaking the bar."""

    def __init__(self, bar: Progress | None = None, task: TaskID | None = None, title: str = "") -> None:
        self._bar = bar
        self._task = task
        self._title = title

    def __call__(self, time_ps: int) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=time_ps / PS_PER_S)

    def doing(self, what: str) -> None:
        """Before the firmware runs: show `what` is being done; "" when it is."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=what[:40] or self._title)

    def line(self, text: str) -> None:
        """To the standard output at once; where that is a terminal with a bar, above the bar."""
        if self._bar is not None and sys.stdout.isatty():
            self._bar.console.print(Text(text), soft_wrap=True)
        else:
            print(text, flush=True)


@contextmanager
def progress(title: str, total_s: float) -> Iterator[Advance]:
    """What to tell how far the run is; the bar is gone when the block ends."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Advance()
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.1f} of {task.total:g} s simulated"),
        TimeElapsedColumn(),
    )
    # not redirected: rich would send the standard output, a file perhaps, to the bar's terminal
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        yield Advance(bar, bar.add_task(title[:40], total=total_s), title[:40])


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
