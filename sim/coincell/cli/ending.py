"""How a command ends: what goes wrong becomes one message on the standard error and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from coincell.cli.root import INTERRUPTED, app
from coincell.errors import CoincellError, FirmwareCrash

_DEVICE_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What writing to a full or broken device answers."""


def main(arguments: list[str] | None = None) -> None:
    """Entry point: what goes wrong becomes one message on the standard error and an exit code."""
    from coincell.arguments import with_files
    from coincell.report.output import prepare_streams

    prepare_streams()
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(_guarded(lambda: app(with_files(given), prog_name="coincell")))


def _guarded(action: Callable[[], Any]) -> int:
    try:
        code = _ended(action)
        sys.stdout.flush()  # here, where a full disk can still be told
        return code
    except BrokenPipeError:  # the reader of a pipe went away, as `| head` does
        _drop_output()
        return 0
    except OSError as error:
        if error.errno not in _DEVICE_ERRORS:
            raise
        _drop_output()
        with suppress(OSError):
            print(f"coincell: the output cannot be written: {error.strerror}", file=sys.stderr)
        return CoincellError.exit_code


def _ended(action: Callable[[], Any]) -> int:
    try:
        action()
    except SystemExit as done:  # how typer ends, also after a wrong usage (2)
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except CoincellError as error:
        _tell(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("coincell: interrupted", file=sys.stderr)
        return INTERRUPTED
    return 0


def _tell(error: CoincellError) -> None:
    if isinstance(error, FirmwareCrash):
        from coincell.report.crash import tell

        tell(error)
    else:
        print(f"coincell: {error}", file=sys.stderr)
    for note in getattr(error, "__notes__", ()):  # what else went wrong, of less weight
        print(f"coincell: {note}", file=sys.stderr)


def _drop_output() -> None:
    """What is still buffered goes nowhere, or Python complains about it when it ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
