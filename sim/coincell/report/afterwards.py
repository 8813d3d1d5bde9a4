"""What goes wrong with the files of a run that is over: said after its report, never instead of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from coincell.errors import CoincellError, FirmwareCrash
from coincell.report.json import opened, unwritable


class Afterwards:
    """Collects what could not be written, so that one file's trouble keeps no other from being written."""

    def __init__(self) -> None:
        self.problems: list[CoincellError] = []

    @contextmanager
    def trying(self) -> Iterator[None]:
        """A CoincellError inside is kept for later."""
        try:
            yield
        except CoincellError as problem:
            self.problems.append(problem)

    @contextmanager
    def crash_first(self, write: Callable[[FirmwareCrash], None] = lambda crash: None) -> Iterator[None]:
        """A crash inside is written by `write`, and goes on with what could not be written as its notes."""
        try:
            yield
        except FirmwareCrash as crash:
            try:
                with self.trying():
                    write(crash)
            except OSError as error:  # the standard output
                crash.add_note(f"the output cannot be written: {error.strerror}")
            _note(crash, self.problems)
            raise

    def tell(self) -> None:
        """Raise the first problem, which takes the others along as notes; nothing when there is none."""
        if self.problems:
            first, *others = self.problems
            _note(first, others)
            raise first


def _note(error: CoincellError, problems: list[CoincellError]) -> None:
    """The command line prints notes after the error."""
    for problem in problems:
        error.add_note(str(problem))


class Stream:
    """A file that is written while the firmware runs. When that fails, the run goes on without it."""

    def __init__(self, path: Path, mode: str, after: Afterwards) -> None:
        self._path, self._after = path, after
        self._file: IO[Any] | None = opened(path, mode)
        self.written = 0
        """Characters or bytes so far."""

    def write(self, what: Any) -> None:
        """Write, as long as that works."""
        self.written += len(what)
        if self._file is not None:
            try:
                self._file.write(what)
            except OSError as error:
                self._fail(error)

    def close(self) -> None:
        """Write what is buffered."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        self._after.problems.append(unwritable(self._path, error))
        broken, self._file = self._file, None
        if broken is not None:
            with suppress(OSError):
                broken.close()
